"""What a source file takes from outside the house and does with it, read from its syntax tree."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOMS: dict[str, tuple[str, ...]] = {
    # what comes from outside -> the only rooms that may take it
    "PySide6": ("ntmdesk/ui/", "ntmdesk/app.py"),
    "shiboken6": ("ntmdesk/ui/", "ntmdesk/app.py"),
    "sqlcipher3": ("ntmdesk/store/",),
    "sqlite_utils": ("ntmdesk/store/",),
    "pysqlite3": (),
    "sqlite3": ("sync/server/store/", "sync/server/store.py"),
    "sqlalchemy": ("sync/server/store/", "sync/server/store.py"),
    "alembic": ("sync/server/store/", "sync/server/store.py"),
    "psycopg": ("sync/server/store/", "sync/server/store.py"),
    "starlette": ("sync/server/", "sync/point/", "sync/web/"),
    "uvicorn": ("sync/server/", "sync/point/"),
    "zeroconf": ("sync/point/announcing.py", "sync/engine/finding.py"),
    "segno": ("ntmdesk/ui/",),
    "requests": ("sync/engine/http.py",),
    "urllib3": ("sync/engine/http.py",),
    "truststore": ("sync/engine/http.py",),
    "httpx": (),
    "aiohttp": (),
    "http.client": (),
    "urllib.request": (),
    "platformdirs": ("ntmdesk/system/",),
    "docx": ("ntmdesk/services/",),
}
STATEMENTS = ("ntmdesk/store/", "sync/server/store/", "sync/server/store.py")
"""The rooms that speak SQL."""

AGREED = tuple(f"sync.protocol.{name}" for name in ("kinds", "records", "cells", "validation"))
"""What the domain may take of sync: the words Record and Kind, and what they are made of."""

_SQL = re.compile(
    r"\s*(?:SELECT\s.+\sFROM\s|INSERT\s+(?:OR\s+\w+\s+)?INTO\s|UPDATE\s+\w+\s+SET\s|DELETE\s+FROM\s|PRAGMA\s+\w"
    r"|(?:CREATE|DROP|ALTER)\s+(?:\w+\s+)?(?:TABLE|INDEX|VIEW|TRIGGER)\s|BEGIN\s+IMMEDIATE|VACUUM\s+INTO)",
    re.DOTALL,
)


@dataclass(frozen=True)
class Breach:
    """One line that does not belong in its room."""

    file: str
    line: int
    what: str


def sources(top: Path) -> Iterator[tuple[str, str]]:
    """Relative name and text of each source file of the two packages."""
    for package in ("ntmdesk", "sync"):
        for path in sorted((top / package).rglob("*.py")):
            yield path.relative_to(top).as_posix(), path.read_text("utf-8")


def breaches(file: str, text: str) -> list[Breach]:
    """Everything in one file that belongs elsewhere."""
    tree = ast.parse(text)
    found = [*_imports(file, tree), *_statements(file, tree), *_plain_stores(file, tree)]
    return sorted(found, key=lambda breach: breach.line)


def _imported(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                yield node.lineno, "." * node.level
            elif node.module:
                yield node.lineno, node.module
                yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
            first = node.args[0] if node.args else None
            if name in ("import_module", "__import__") and isinstance(first, ast.Constant):
                yield node.lineno, str(first.value)


def _imports(file: str, tree: ast.AST) -> Iterator[Breach]:
    for line, module in dict.fromkeys(_imported(tree)):
        if module.startswith("."):
            yield Breach(file, line, "relative import")
        for outside, rooms in ROOMS.items():
            if (module == outside or module.startswith(outside + ".")) and not file.startswith(rooms):
                yield Breach(file, line, outside)
        if (
            file.startswith("ntmdesk/domain/")
            and module.startswith("sync.")
            and not module.startswith(AGREED)
        ):
            if module == "sync.protocol":
                continue  # the names taken from it follow
            yield Breach(file, line, module)


def _statements(file: str, tree: ast.AST) -> Iterator[Breach]:
    if file.startswith(STATEMENTS):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
            if _SQL.match(text) or (text.islower() and _SQL.match(text.upper())):
                yield Breach(file, node.lineno, "SQL")
        elif isinstance(node, ast.Attribute) and node.attr in ("execute", "executemany", "executescript"):
            yield Breach(file, node.lineno, node.attr)


def _plain_stores(file: str, tree: ast.AST) -> Iterator[Breach]:
    """``sqlite_utils.Database`` takes an open connection by name; a path would open a file in clear.

    The type may be named anywhere in the store; only calls are looked at.
    """
    own = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sqlite_utils")
        for alias in node.names
        if alias.name == "Database"
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        named = isinstance(node.func, ast.Name) and node.func.id in own
        through = (
            isinstance(node.func, ast.Attribute)
            and node.func.attr == "Database"
            and ast.unparse(node.func.value).startswith("sqlite_utils")
        )
        if named or through:
            first = node.args[0] if node.args else None
            connection = isinstance(first, ast.Name) and first.id in ("connection", "db")
            if file != "ntmdesk/store/sqlcipher.py" or not connection:
                yield Breach(file, node.lineno, "sqlite_utils.Database")
