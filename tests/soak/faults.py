"""Places where a process may die or a disk may be full: every statement of a store or of the server.

A connection counts its statements through ``POINTS``; at the chosen one it raises ``Died`` or the process
kills itself with a real SIGKILL.  Nothing is caught between there and the schedule, so whatever was in hand
is lost as it would be.
"""

from __future__ import annotations

import os
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlcipher3 import dbapi2

from ntmdesk.store import sqlcipher


class Died(BaseException):
    """The process ended here, as far as the schedule is concerned."""


class Points:
    """Counts statements down; ``left`` None = nobody dies."""

    def __init__(self) -> None:
        self.left: int | None = None
        self.really = False

    def passed(self) -> None:
        """One more statement is about to run."""
        if self.left is None:
            return
        self.left -= 1
        if self.left <= 0:
            self.left = None
            if self.really:
                os.kill(os.getpid(), signal.SIGKILL)
            raise Died

    @contextmanager
    def at(self, number: int) -> Iterator[None]:
        """Within: the process dies at the ``number``-th statement from now, if it comes so far."""
        self.left = number
        try:
            yield
        finally:
            self.left = None


POINTS = Points()


class StoreConnection(dbapi2.Connection):  # type: ignore[misc]
    """A laptop's connection."""

    def execute(self, *args: Any) -> Any:
        POINTS.passed()
        return super().execute(*args)

    def executemany(self, *args: Any) -> Any:
        POINTS.passed()
        return super().executemany(*args)


class ServerCursor(sqlite3.Cursor):
    """A cursor of the server's database."""

    def execute(self, *args: Any) -> Any:
        POINTS.passed()
        return super().execute(*args)

    def executemany(self, *args: Any) -> Any:
        POINTS.passed()
        return super().executemany(*args)


class ServerConnection(sqlite3.Connection):
    """The server's connection."""

    def cursor(self, factory: Any = ServerCursor) -> Any:
        return super().cursor(factory)

    def execute(self, *args: Any) -> Any:
        POINTS.passed()
        return super().execute(*args)

    def executemany(self, *args: Any) -> Any:
        POINTS.passed()
        return super().executemany(*args)

    def commit(self) -> None:
        POINTS.passed()
        super().commit()


@contextmanager
def stores_counted() -> Iterator[None]:
    """Within: every store is opened through a connection that counts."""

    def connect(*args: Any, **named: Any) -> Any:
        return _plain_connect(*args, factory=StoreConnection, **named)

    sqlcipher.dbapi2.connect = connect
    try:
        yield
    finally:
        sqlcipher.dbapi2.connect = _plain_connect


_plain_connect = dbapi2.connect
