"""One database, SQLite or PostgreSQL, and the two sorts of transaction the server makes on it.

Every method may be called from several threads at once; a connection belongs to the ``with`` that gave it.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import event

from sync.protocol.errors import WireError

T = TypeVar("T")

BUSY_SECONDS = 20
"""How long a transaction waits for a lock that another one holds."""

TRIES = 4
"""A transaction that the database cancelled for another's sake is made again so many times."""

FULL_RETRY_SECONDS = 300
"""What a laptop is asked to wait when the server's disk is full."""

_AGAIN = frozenset({"40001", "40P01", "55P03", "57P01", "57P02", "57P03"})
"""PostgreSQL: serialization failure, deadlock, lock timeout, shutting down, crashed, starting."""
_FULL = frozenset({"53100"})
_SQLITE_FULL = frozenset({13, 10 | 19 << 8})
"""SQLITE_FULL, and SQLITE_IOERR_SHMSIZE: opening needs some KiB beside the file."""
_SQLITE_READ_ONLY = 8


class Database:
    """An engine and its habits: WAL and FULL on SQLite, one snapshot for each reading on PostgreSQL."""

    def __init__(self, url: str, *, connections: int = 8) -> None:
        address = sa.make_url(url)
        self.dialect = address.get_backend_name()
        if self.dialect not in ("sqlite", "postgresql"):
            raise WireError("bad_settings", reason=f"database {self.dialect} is not supported")
        self.is_sqlite = self.dialect == "sqlite"
        self._writer = threading.Lock()  # SQLite: queue here instead of polling the file's lock
        if self.is_sqlite:
            self.engine = sa.create_engine(
                address,
                pool_size=connections,
                max_overflow=8,
                connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
            )
            event.listen(self.engine, "connect", _prepare_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)
        else:
            self.engine = sa.create_engine(address, pool_size=connections, max_overflow=8, pool_pre_ping=True)
            event.listen(self.engine, "connect", _prepare_postgres)

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """A transaction that may write; commits on leaving, rolls back on an exception.

        SQLite takes its one write lock at the start; PostgreSQL takes row locks as they are asked for.
        Raises WireError ``busy`` (details: retry_after) when a lock does not come, the connection breaks, the
        disk is full or closed (details: reason = ``disk_full``, ``read_only``): nothing was written, the same
        may be tried again; ``store_damaged``.
        """
        with _foreseen_said(), self.engine.connect() as plain:
            if self.is_sqlite:
                connection = plain.execution_options(ntm_writes=True)
                if not self._writer.acquire(timeout=BUSY_SECONDS):
                    raise WireError("busy", retry_after=5)
                try:
                    with connection.begin():
                        yield connection
                finally:
                    self._writer.release()
            else:
                with _broken_noticed(plain), plain.begin():
                    yield plain

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A read transaction in which everything is seen as of one moment.  Raises as ``write``."""
        with _foreseen_said(), self.engine.connect() as plain:
            connection = plain
            if not self.is_sqlite:
                connection = plain.execution_options(
                    isolation_level="REPEATABLE READ", postgresql_readonly=True
                )
            with _broken_noticed(connection), connection.begin():
                yield connection

    def again(self, work: Callable[[], T]) -> T:
        """Does ``work`` (one whole transaction), once more when the database cancelled it for another's sake.

        Raises WireError ``busy`` when it stays so: the laptop offers the same again, nothing is lost.
        """
        for left in range(TRIES - 1, -1, -1):
            try:
                return work()
            except WireError as error:
                if not left or not error.details.get("cancelled"):
                    raise
        raise AssertionError

    def close(self) -> None:
        """Lets all connections go."""
        self.engine.dispose()


@contextmanager
def _foreseen_said() -> Iterator[None]:
    try:
        yield
    except WireError:
        raise
    except Exception as error:
        foreseen = _foreseen(error) if _of_the_database(error) else None
        if foreseen is None:
            raise
        raise foreseen from error


@contextmanager
def _broken_noticed(connection: sa.Connection) -> Iterator[None]:
    """Statements run on the driver itself leave SQLAlchemy unaware of a line that broke."""
    try:
        yield
    except Exception:
        driver = connection.connection.driver_connection if not connection.invalidated else None
        if driver is not None and getattr(driver, "closed", False):
            connection.invalidate()
        raise


def _of_the_database(error: Exception) -> bool:
    """SQLAlchemy's, SQLite's or psycopg's own; a server on SQLite never imports psycopg."""
    return isinstance(error, sa.exc.DBAPIError | sqlite3.Error) or type(error).__module__.startswith(
        "psycopg"
    )


def _foreseen(error: Exception) -> WireError | None:
    origin = getattr(error, "orig", None) or error
    state = getattr(origin, "sqlstate", None)
    text = str(origin)
    number = getattr(origin, "sqlite_errorcode", 0)
    if state in _FULL or number in _SQLITE_FULL or "disk is full" in text:
        return WireError("busy", retry_after=FULL_RETRY_SECONDS, reason="disk_full")
    if number & 0xFF == _SQLITE_READ_ONLY:
        return WireError("busy", retry_after=FULL_RETRY_SECONDS, reason="read_only")
    if state in _AGAIN:
        return WireError("busy", retry_after=2, cancelled=True)
    if isinstance(origin, sqlite3.OperationalError) and "locked" in text:
        return WireError("busy", retry_after=5)
    if "not a database" in text or "malformed" in text:
        return WireError("store_damaged", what=type(origin).__name__)
    broken = getattr(error, "connection_invalidated", False) or (state or "").startswith("08")
    if broken or (type(origin).__name__ == "OperationalError" and not isinstance(origin, sqlite3.Error)):
        return WireError("busy", retry_after=5)
    return None


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # transactions begin where this module says
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "temp_store=MEMORY",
        "cache_size=-4000",
        "wal_autocheckpoint=4000",
        "journal_size_limit=16777216",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _prepare_postgres(connection: Any, _record: Any) -> None:
    connection.execute(f"SET lock_timeout TO '{BUSY_SECONDS}s'")
    connection.commit()


def _begin_sqlite(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get("ntm_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
