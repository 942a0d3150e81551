"""The encrypted engine, and the only door to it.

``sqlite-utils`` looks for ``pysqlite3`` before ``sqlite3``.  Registering SQLCipher under that name, before
anything imports ``sqlite_utils``, makes the library catch SQLCipher's own exceptions; without it a failed
statement can leave a transaction open.  Nothing opens ``sqlite_utils.Database`` by path: that would be a
plain file.  ``connect`` fails closed when the build at hand cannot encrypt.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlcipher3
from sqlcipher3 import dbapi2

sys.modules["pysqlite3"] = sqlcipher3
sys.modules["pysqlite3.dbapi2"] = dbapi2

import sqlite_utils  # noqa: E402
import sqlite_utils.db  # noqa: E402

from ntmdesk.errors import AppError, EnvironmentProblem, UserError  # noqa: E402

if getattr(sqlite_utils.db, "sqlite3", None) is not sqlcipher3:
    raise ImportError("sqlite_utils was imported before the encrypted engine: its errors would go unseen")

Connection = Any
"""A ``sqlcipher3.dbapi2.Connection``; the package ships no types."""

DatabaseError: type[Exception] = dbapi2.DatabaseError
IntegrityError: type[Exception] = dbapi2.IntegrityError
OperationalError: type[Exception] = dbapi2.OperationalError

PLAIN_HEADER = b"SQLite format 3\0"
PAGE = 8192
"""Bytes of a page: rows of a kilobyte pack well, and a page of 2,000 records is merged a fifth quicker than
with the engine's 4,096."""
CACHE_KIB = 16_000
"""Pages held in memory by one connection."""
LEAN_CACHE_KIB = 3_000
"""The same while records stream through and few pages are met twice."""
BUSY_SECONDS = 15.0
"""How long a statement waits for another process that is writing."""

_BUSY, _NOMEM, _READONLY, _IOERR, _CORRUPT, _FULL, _CANTOPEN, _PERM = 5, 7, 8, 10, 11, 13, 14, 3
_NOTADB = 26


def connect(path: Path, key: bytes, *, create: bool = False) -> Connection:
    """An open, keyed connection bound to this thread; nothing is read yet.

    ``key``: the raw 32 bytes.  Raises EnvironmentProblem ``no_encryption`` when this build of SQLite cannot
    encrypt, else what ``problem_of`` makes of the engine's error.
    """
    if len(key) != 32:
        raise ValueError("a store key has 32 bytes")
    uri = f"{path.absolute().as_uri()}?mode={'rwc' if create else 'rw'}"
    with doors(path):
        db = dbapi2.connect(uri, uri=True, timeout=BUSY_SECONDS, cached_statements=400)
        try:
            db.execute("PRAGMA cipher_log_level=NONE")
            db.execute(f"PRAGMA key=\"x'{bytes(key).hex()}'\"")
            db.execute(f"PRAGMA cipher_default_page_size={PAGE}")  # for copies by VACUUM INTO
            db.execute(f"PRAGMA cipher_page_size={PAGE}")
            if not db.execute("PRAGMA cipher_version").fetchone():
                raise EnvironmentProblem("no_encryption")
        except BaseException:
            db.close()
            raise
    return db


def set_up(db: Connection) -> None:
    """The pragmas every connection of a store runs with; reads the first page, so a wrong key shows here.

    WAL with ``synchronous=FULL``: what was committed outlives a power cut.
    """
    db.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    db.execute("PRAGMA journal_mode=WAL").fetchone()
    for pragma in (
        "synchronous=FULL",
        "foreign_keys=ON",
        "recursive_triggers=ON",
        f"cache_size=-{CACHE_KIB}",
        "journal_size_limit=8388608",
        "wal_autocheckpoint=4000",
        "secure_delete=FAST",
        "trusted_schema=OFF",
    ):
        db.execute(f"PRAGMA {pragma}")


def is_plain(path: Path) -> bool:
    """Whether a file is an unencrypted SQLite database."""
    try:
        with path.open("rb") as file:
            return file.read(len(PLAIN_HEADER)) == PLAIN_HEADER
    except FileNotFoundError:
        return False


def wrap(db: Connection) -> sqlite_utils.Database:
    """The connection as ``sqlite-utils`` sees it (migrations and schema only)."""
    return sqlite_utils.Database(db)


BESIDE_BYTES = 64 * 1024
"""Opening a store needs so much beside it; without it the engine speaks of trouble in reading."""


def _is_full(path: Path | None) -> bool:
    if path is None:
        return False
    try:
        return shutil.disk_usage(path.parent).free < BESIDE_BYTES
    except OSError:
        return False


def problem_of(error: BaseException, path: Path | None = None) -> AppError | None:
    """What the engine's or the system's error means to a person; None for one that is a bug of ours."""
    file = {"file": path.name} if path is not None else {}
    if isinstance(error, OSError):
        if error.errno in (28, 122):  # no space, quota
            return EnvironmentProblem("disk_full", **file)
        if isinstance(error, PermissionError) or error.errno == 30:
            return EnvironmentProblem("read_only", **file)
        return None
    if not isinstance(error, dbapi2.Error):
        return None
    code = getattr(error, "sqlite_errorcode", None)
    match code & 0xFF if isinstance(code, int) else None:
        case 13:
            return EnvironmentProblem("disk_full", **file)
        case 8 | 14 | 3:
            return EnvironmentProblem("read_only", **file)
        case 11:
            return EnvironmentProblem("store_damaged", **file)
        case 26:
            return UserError("not_a_store", **file)
        case 5 | 6:
            return EnvironmentProblem("store_busy", **file)
        case 10:
            return EnvironmentProblem("disk_full" if _is_full(path) else "disk_trouble", **file)
    return None


@contextmanager
def doors(path: Path | None = None) -> Iterator[None]:
    """Turns the engine's errors into the desk's at the door of this floor; others pass unchanged."""
    try:
        yield
    except (dbapi2.Error, OSError) as error:
        problem = problem_of(error, path)
        if problem is None:
            raise
        raise problem from error
