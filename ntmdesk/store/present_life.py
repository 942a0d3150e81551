"""Which life the store is in now, and whether a person has been told of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ntmdesk.store.unit_of_work import UnitOfWork

_TOLD = "life_told"


@dataclass(frozen=True)
class Life:
    """An id this store took.  ``at``: seconds since 1970.

    ``reason``: ``made``, or why it could not go on under the one before: ``clone gap other_machine
    other_folder other_life older_copy no_witness``; ``epoch``: the server began a new life, of which nobody
    need be told.
    """

    n: int
    replica: str
    at: int
    reason: str


def untold(uow: UnitOfWork) -> Life | None:
    """The newest life that has a story, when nobody has said yet that they know of it."""
    row = uow.db.execute(
        "SELECT n, replica, at, reason FROM incarnation WHERE reason <> 'epoch' ORDER BY n DESC LIMIT 1"
    ).fetchone()
    told = uow.db.execute("SELECT value FROM meta WHERE key=?", (_TOLD,)).fetchone()
    life = Life(*row)
    known = 0 if told is None else int(told[0])
    return life if life.reason != "made" and life.n > known else None


def tell(uow: UnitOfWork) -> None:
    """A person has read why the store took its present id."""
    uow.db.execute(
        "INSERT INTO meta VALUES(?, (SELECT max(n) FROM incarnation)) "
        "ON CONFLICT(key) DO UPDATE SET value=excluded.value",
        (_TOLD,),
    )
    uow.next_seq()
