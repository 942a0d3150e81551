"""Whether anybody has committed anything to the server's database since a moment ago."""

from __future__ import annotations

import sqlite3
import threading

from sync.server.store.database import Database

Mark = tuple[int, int]
"""Of one moment; two equal ones have no commit between them."""


class Commits:
    """Watches the embedded database, whoever writes to it: this process or another.

    A connection of its own asks SQLite for ``data_version``: a look at the head of the log, no page is read
    and no lock waited for, so that it may be asked on the event loop.  On PostgreSQL nobody watches.
    """

    def __init__(self, database: Database) -> None:
        self._path = database.engine.url.database if database.is_sqlite else None
        self._lock = threading.Lock()
        self._watch: sqlite3.Connection | None = None
        self._opened = 0

    def mark(self) -> Mark | None:
        """Of this moment; None where it cannot be told."""
        if self._path is None:
            return None
        with self._lock:
            try:
                if self._watch is None:
                    self._watch = sqlite3.connect(
                        self._path, timeout=0, isolation_level=None, check_same_thread=False
                    )
                    self._opened += 1
                return self._opened, int(self._watch.execute("PRAGMA data_version").fetchone()[0])
            except sqlite3.Error:
                self._forget()
                return None

    def close(self) -> None:
        """Watches no more."""
        with self._lock:
            self._forget()

    def _forget(self) -> None:
        if self._watch is not None:
            self._watch.close()
            self._watch = None
