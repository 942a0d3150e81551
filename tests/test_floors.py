"""The floors of the house hold, and their guards can fail."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.floors import Breach, breaches, sources

TOP = Path(__file__).resolve().parent.parent
LINT = Path(sys.executable).with_name("lint-imports")


def test_imports_go_downward() -> None:
    done = subprocess.run([LINT, "--no-cache"], cwd=TOP, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_comes_from_outside_stays_in_its_room() -> None:
    files = list(sources(TOP))
    found = [breach for file, text in files for breach in breaches(file, text)]
    assert len(files) > 30
    assert found == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    empty = {"core", "utils", "util", "common", "base", "manager", "helpers", "helper", "misc"}
    assert [file for file, _ in sources(TOP) if set(Path(file).with_suffix("").parts) & empty] == []


@pytest.mark.parametrize("package", ["ntmdesk", "sync", "tests"])
def test_every_folder_of_code_is_a_package(package: str) -> None:
    folders = {path.parent for path in (TOP / package).rglob("*.py")}
    assert [folder for folder in sorted(folders) if not (folder / "__init__.py").is_file()] == []


def test_no_room_of_the_desk_is_called_sync() -> None:
    assert [path for path in (TOP / "ntmdesk").rglob("sync*") if path.stem == "sync"] == []


@pytest.mark.parametrize(
    ("file", "line", "what"),
    [
        ("ntmdesk/services/x.py", "from PySide6.QtCore import QObject", "PySide6"),
        ("ntmdesk/cli/x.py", "def f():\n    import PySide6", "PySide6"),
        ("ntmdesk/services/x.py", "import importlib\nimportlib.import_module('PySide6.QtGui')", "PySide6"),
        ("ntmdesk/services/x.py", "import sqlcipher3", "sqlcipher3"),
        ("ntmdesk/ui/x.py", "from sqlite_utils import Database", "sqlite_utils"),
        ("ntmdesk/store/x.py", "import sqlite3", "sqlite3"),
        ("sync/engine/runner.py", "import requests", "requests"),
        ("ntmdesk/services/x.py", "from urllib import request", "urllib.request"),
        ("sync/server/app.py", "import sqlalchemy as sa", "sqlalchemy"),
        ("sync/hub/x.py", "from starlette.routing import Route", "starlette"),
        ("sync/engine/point.py", "from zeroconf import Zeroconf", "zeroconf"),
        ("ntmdesk/services/x.py", "import segno", "segno"),
        ("ntmdesk/domain/x.py", "from sync.protocol.packets import Packet", "sync.protocol.packets"),
        ("ntmdesk/domain/x.py", "from sync.protocol import packets", "sync.protocol.packets"),
        ("ntmdesk/services/x.py", "rows = uow.ask('SELECT id FROM record')", "SQL"),
        ("ntmdesk/services/x.py", "rows = f'select id from {table}'", "SQL"),
        ("ntmdesk/services/x.py", "text = 'PRAGMA user_version'", "SQL"),
        ("ntmdesk/services/x.py", "db.execute(text)", "execute"),
        ("ntmdesk/store/x.py", "import sqlite_utils\nsqlite_utils.Database('a.db')", "sqlite_utils.Database"),
        (
            "ntmdesk/store/sqlcipher.py",
            "import sqlite_utils\nsqlite_utils.Database(path)",
            "sqlite_utils.Database",
        ),
        (
            "ntmdesk/store/sqlcipher.py",
            "import sqlite_utils\nsqlite_utils.Database()",
            "sqlite_utils.Database",
        ),
        (
            "ntmdesk/store/x.py",
            "from sqlite_utils.db import Database as D\nD(connection)",
            "sqlite_utils.Database",
        ),
        ("ntmdesk/ui/x.py", "from . import tokens", "relative import"),
    ],
)
def test_a_breach_is_seen(file: str, line: str, what: str) -> None:
    found = breaches(file, line)
    assert what in [breach.what for breach in found]
    assert all(isinstance(breach, Breach) and breach.file == file for breach in found)


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("ntmdesk/ui/x.py", "from PySide6.QtCore import QObject"),
        ("ntmdesk/app.py", "from PySide6.QtWidgets import QApplication"),
        ("ntmdesk/store/x.py", "db.execute('SELECT id FROM record')"),
        ("ntmdesk/store/x.py", "from sqlite_utils.db import Database\ndef f(db: Database) -> None: ..."),
        ("ntmdesk/store/sqlcipher.py", "import sqlite_utils\nsqlite_utils.Database(connection)"),
        ("sync/engine/http.py", "import requests"),
        ("ntmdesk/ui/x.py", "text = 'Select a person from the list'"),
        ("ntmdesk/services/x.py", "'''Update the row and set nothing.'''"),
        ("ntmdesk/domain/x.py", "from sync.protocol.kinds import Kind"),
        ("ntmdesk/domain/x.py", "from sync.protocol import kinds"),
        ("ntmdesk/services/x.py", "from urllib.parse import urlsplit"),
    ],
)
def test_what_is_in_its_room_is_left_alone(file: str, line: str) -> None:
    assert breaches(file, line) == []


HOUSE = [
    *(f"ntmdesk/{name}.py" for name in ("__main__", "app", "messages", "errors")),
    *(
        f"ntmdesk/{room}/__init__.py"
        for room in ("cli", "ui", "demo", "services", "store", "domain", "system")
    ),
    *(f"sync/{room}/__init__.py" for room in ("engine", "server", "point", "web", "hub", "protocol")),
    "ntmdesk/__init__.py",
    "sync/__init__.py",
]


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """An empty house with the same floors."""
    for name in HOUSE:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    config = (TOP / "pyproject.toml").read_text("utf-8")
    (tmp_path / "pyproject.toml").write_text(config[config.index("[tool.importlinter]") :], "utf-8")
    return tmp_path


def verdict(house: Path) -> subprocess.CompletedProcess[str]:
    code = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports())"
    return subprocess.run(
        [sys.executable, "-c", code], cwd=house, capture_output=True, text=True, check=False
    )


def test_the_empty_house_stands(model: Path) -> None:
    done = verdict(model)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("file", "line", "contract"),
    [
        ("ntmdesk/domain/visits.py", "import ntmdesk.store", "the floors of the desk"),
        ("ntmdesk/domain/visits.py", "import ntmdesk.system", "the floors of the desk"),
        ("ntmdesk/services/visits.py", "import ntmdesk.ui", "the floors of the desk"),
        ("ntmdesk/system/paths.py", "def f():\n    import ntmdesk.store", "the floors of the desk"),
        ("ntmdesk/fresh.py", "", "the floors of the desk"),
        ("sync/fresh.py", "", "the two halves of sync"),
        ("sync/engine/runner.py", "import sync.server", "the two halves of sync"),
        ("sync/hub/answer.py", "import sync.engine", "the two halves of sync"),
        ("sync/point/opening.py", "import sync.server", "the two halves of sync"),
        ("sync/web/limits.py", "import sync.point", "the two halves of sync"),
        ("sync/protocol/kinds.py", "import ntmdesk.domain", "sync knows nothing"),
        ("ntmdesk/demo/play.py", "import sync.server", "the desk never holds the server"),
        ("ntmdesk/services/paper.py", "import PySide6", "no Qt below the window"),
        ("ntmdesk/domain/visits.py", "import sync.hub", "the domain is pure"),
        ("ntmdesk/ui/page.py", "import sync.protocol", "know nothing of sync"),
    ],
)
def test_a_wall_that_is_broken_through_is_told(model: Path, file: str, line: str, contract: str) -> None:
    (model / file).write_text(line + "\n")
    done = verdict(model)
    assert done.returncode == 1, done.stdout + done.stderr
    broken = [text for text in done.stdout.splitlines() if text.endswith("BROKEN")]
    assert any(contract in text for text in broken), done.stdout
