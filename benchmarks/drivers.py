"""The drivers of ``peers/`` that ``benchmarks/sync.py`` plays: ours, the floor, and what people would use
instead.

Ours runs with the project's interpreter, the others in an environment of their own
(``peers/requirements.txt``, ``peers/package.json``), made for the run or given by ``BENCH_PYTHON`` and
``BENCH_NODE_MODULES``.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any, NamedTuple

PEERS = Path(__file__).resolve().parent / "peers"
DRIVERS = {
    "floor": ("peer_floor.py", "sqlite"),
    "ntmdesk": ("peer_ntmdesk.py", "sqlite"),
    "floor-pg": ("peer_floor.py", "pg"),
    "ntmdesk-pg": ("peer_ntmdesk.py", "pg"),
    "anki": ("peer_anki.py", "default"),
    "changeset": ("peer_changeset.py", "zstd"),
    "geodiff": ("peer_geodiff.py", "zstd"),
    "pouchdb": ("peer_pouchdb.py", "b1000"),
    "kinto": ("peer_kinto.py", "b25"),
}
"""Name -> script and its variant."""
FLOOR_NEEDS = (
    "orjson==3.13.0",
    "psutil==7.2.2",
    "requests==2.34.2",
    "starlette==1.10.0",
    "uvicorn==0.54.0",
    "zstandard==0.25.0",
    "psycopg2-binary==2.9.13",
)
"""What the floor and the limits import; the peers need all of ``requirements.txt``."""

Result = dict[str, Any]


class Environment(NamedTuple):
    """``python``: the interpreter of everything but ours; ``variables``: of the processes."""

    python: str
    variables: dict[str, str]


def environment(folder: Path, names: list[str]) -> Environment:
    """What these drivers need, installed below ``folder`` where it is not given."""
    variables = dict(os.environ)
    python = variables.get("BENCH_PYTHON")
    if not python:
        venv.create(folder / "python", with_pip=True)
        python = str(folder / "python" / ("Scripts" if os.name == "nt" else "bin") / "python")
        plain = all(DRIVERS[name][0] in ("peer_floor.py", "peer_ntmdesk.py") for name in names)
        needs = FLOOR_NEEDS if plain else ("-r", str(PEERS / "requirements.txt"), "psycopg2-binary==2.9.13")
        subprocess.run([python, "-m", "pip", "install", "-q", *needs], check=True)
    if "pouchdb" in names and "BENCH_NODE_MODULES" not in variables:
        modules = folder / "node"
        modules.mkdir()
        shutil.copy(PEERS / "package.json", modules)
        subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--silent"], check=True, cwd=modules)
        variables["BENCH_NODE_MODULES"] = str(modules / "node_modules")
    # a peer that is a program of its environment (Kinto's server) is found there
    variables["PATH"] = os.pathsep.join((str(Path(python).parent), variables["PATH"]))
    return Environment(python, variables)


def drive(within: Environment, name: str, n: int, mode: str, seed: int = 1) -> Result:
    """One run of one driver; its JSON with the machine's load beside it.  SystemExit when it fails or lost,
    doubled or changed a record."""
    script, variant = DRIVERS[name]
    ours = script == "peer_ntmdesk.py"
    command = [sys.executable if ours else within.python, str(PEERS / script), "--n", str(n), "--mode", mode]
    result = _said(
        name, [*command, "--variant", variant, "--seed", str(seed)], None if ours else within.variables
    )
    for where, verdict in result["check"].items():
        if any(verdict.values()):
            raise SystemExit(f"{name}: {where} does not hold what was sent: {verdict}")
    return result


def limits(within: Environment, n: int) -> Result:
    """What this machine can do at all with the same rows: ``peers/limits.py``."""
    return _said("limits", [within.python, str(PEERS / "limits.py"), "--n", str(n)], within.variables)


def _said(name: str, command: list[str], variables: dict[str, str] | None) -> Result:
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=variables)
    if done.returncode:
        raise SystemExit(f"{name}: exit {done.returncode}\n{done.stderr[-2000:]}")
    result: Result = json.loads(done.stdout.strip().splitlines()[-1])
    result["load"] = os.getloadavg()[0]
    return result
