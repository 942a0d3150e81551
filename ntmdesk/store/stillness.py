"""What a sync without news has found in the store, true for as long as nobody writes to it.

Each answer costs a transaction and pages to be decrypted and proved.  While the file stands still the same
question gets the same answer from memory.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from typing import Any

from ntmdesk.store.sqlcipher import Connection

Mark = tuple[int, int]
"""Of one moment of a connection; two equal ones have no change of the file between them."""


def mark_of(db: Connection) -> Mark:
    """SQLite tells of commits by other connections, of this process or another, by ``data_version``; of rows
    written on this one, committed or not, by ``total_changes``.  No page is read."""
    return db.execute("PRAGMA data_version").fetchone()[0], db.total_changes


class Stillness:
    """The memory of one connection."""

    def __init__(self, db: Connection) -> None:
        self._db = db
        self._mark: Mark | None = None
        self._answers: dict[Hashable, Any] = {}

    def recall(self, question: Hashable) -> Any:
        """The answer kept to a question; None where there is none or something was written since."""
        if not self._answers or self._mark != mark_of(self._db):
            return None
        return self._answers.get(question)

    def keep(self, before: Mark, question: Hashable, answer: Any) -> None:
        """Remembers an answer given in a transaction that began with ``before``, if that has written nothing;
        called inside of it."""
        if before != mark_of(self._db):
            return
        if before != self._mark:
            self.forget()
            self._mark = before
        self._answers[question] = answer

    @contextmanager
    def apart(self) -> Iterator[None]:
        """Around what is written in a transaction and has no part in any answer kept here."""
        still = bool(self._answers) and self._mark == mark_of(self._db)
        yield
        if still:
            self._mark = mark_of(self._db)

    def forget(self) -> None:
        """Something changed that no row tells of: the catalogue that records are judged by."""
        self._answers.clear()
