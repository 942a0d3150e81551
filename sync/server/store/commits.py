"""Whether anybody has committed anything to the server's database since a moment ago."""

from __future__ import annotations

import sqlite3
import threading
from abc import ABC, abstractmethod
from typing import Any

from sync.server.store.database import Database

Mark = tuple[int, int]
"""Of one moment: which watch, and how far the database was.  Two equal ones have no commit between them."""

PATIENCE_SECONDS = 1.0
"""So long one look waits for another that is under way; then nothing can be told."""


class Commits(ABC):
    """Watches a database on a connection of its own, whoever writes: this process or another.  Any thread."""

    at_once: bool
    """Whether a look waits for nothing, so that it may be had on an event loop."""
    errors: type[Exception]
    """What a broken line raises."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._line: Any = None
        self._opened = 0

    def mark(self) -> Mark | None:
        """Of this moment; None where it cannot be told."""
        if not self._lock.acquire(timeout=PATIENCE_SECONDS):
            return None
        try:
            if self._line is None:
                self._line = self._open()
                self._opened += 1
            at = self._look(self._line)
        except self.errors:
            self._forget()
            return None
        finally:
            self._lock.release()
        return None if at is None else (self._opened, at)

    @abstractmethod
    def nothing_between(self, before: Mark | None, after: Mark | None, own: int) -> bool:
        """Whether what one writing transaction has read in between is true of ``after``: nobody else has
        committed.  ``own``: the number under which it wrote or locked, 0 for none."""

    def close(self) -> None:
        """Watches no more."""
        with self._lock:
            self._forget()

    @abstractmethod
    def _open(self) -> Any: ...

    @abstractmethod
    def _look(self, line: Any) -> int | None: ...

    def _forget(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None


class FileCommits(Commits):
    """Of the embedded database: ``data_version`` is a look at the head of the log, no page is read and no
    lock waited for."""

    at_once = True
    errors = sqlite3.Error

    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = path

    def nothing_between(self, before: Mark | None, after: Mark | None, own: int) -> bool:
        return before is not None and before == after

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path, timeout=0, isolation_level=None, check_same_thread=False)

    def _look(self, line: sqlite3.Connection) -> int:
        return int(line.execute("PRAGMA data_version").fetchone()[0])


class ServerCommits(Commits):
    """Of PostgreSQL: how far its numbered transactions are seen, while all below that number have ended.

    Transactions that only read take no number; those that lock or write do, in whatever database of the
    cluster, and are seen once they have committed.  Where the same numbers are seen, the same rows are.
    """

    at_once = False

    def __init__(self, database: Database) -> None:
        super().__init__()
        self._dialect, self._address = database.engine.dialect, database.engine.url
        self.errors = self._dialect.loaded_dbapi.Error

    def nothing_between(self, before: Mark | None, after: Mark | None, own: int) -> bool:
        if before is None or after is None or before[0] != after[0]:
            return False
        return after[1] == before[1] + 1 and own == before[1] if own else after == before

    def _open(self) -> Any:
        arguments, named = self._dialect.create_connect_args(self._address)
        line: Any = self._dialect.connect(*arguments, **named)
        line.autocommit = True
        return line

    def _look(self, line: Any) -> int | None:
        (text,) = line.execute("SELECT pg_current_snapshot()::text").fetchone()
        _, end, unfinished = text.split(":")
        return None if unfinished else int(end)


def watch(database: Database) -> Commits:
    """A watch over a server's database."""
    path = database.engine.url.database
    return FileCommits(path or "") if database.is_sqlite else ServerCommits(database)
