"""Many rows by few statements: while one runs, the interpreter is free for another thread.

The driver takes the interpreter's lock back after each row of ``executemany``; a statement of many rows costs
the processor the same and lets go of it until all of them are in.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from itertools import chain, islice
from typing import Any

from ntmdesk.store.sqlcipher import Connection

AT_ONCE = 200
"""Rows of one statement; with 15 columns a tenth of the parameters that the engine takes."""


def insert(db: Connection, into: str, rows: Iterable[tuple[Any, ...]]) -> None:
    """Puts rows in, in their order.  ``into``: ``INSERT INTO table(columns)``; each row has all of them."""
    left = iter(rows)
    while len(some := list(islice(left, AT_ONCE))) == AT_ONCE:
        db.execute(_statement(into, len(some[0]), AT_ONCE), list(chain.from_iterable(some)))
    if some:
        db.executemany(_statement(into, len(some[0]), 1), some)


@lru_cache(maxsize=64)
def _statement(into: str, width: int, rows: int) -> str:
    row = f"({','.join('?' * width)})"
    return f"{into} VALUES{','.join([row] * rows)}"
