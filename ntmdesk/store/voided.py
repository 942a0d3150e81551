"""Receipts that count no more, because the server went back behind them (rules 20 and 23).

The record of a packet whose receipt became void was offered to the server's next life at once.  What cannot
be known then is whether the saves in it are this laptop's alone: a whole machine that went back together with
its server had those receipts from a life in which nobody knew of its twin.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from ntmdesk.store.lives import epochs
from sync.protocol.clones import speaks_for
from sync.protocol.pages import forks_of
from sync.protocol.records import Record

if TYPE_CHECKING:
    from ntmdesk.store.unit_of_work import UnitOfWork

TWINLESS = ("epoch", "clone")
"""Reasons for a new id that do not tell that the store itself is an older copy: after any other, that more is
known of the former id than is here is as it must be."""


class Voids:
    """Which receipts are void, inside one unit of work."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._epochs = epochs(uow)

    def __bool__(self) -> bool:
        """Whether the server ever went back, as far as this laptop has heard."""
        return bool(self._epochs)

    def has(self, stream: str, life: str | None, seq: int | None) -> bool:
        """Whether what a receipt said, given in a life of the server at a number of a stream, was lost with
        that life; also where there is none."""
        if life is None or seq is None:
            return True
        known = [epoch.random for epoch in self._epochs]
        since = self._epochs[known.index(life) + 1 :] if life in known else self._epochs
        return bool(since) and seq > forks_of(since, stream, life)


def doubtful_ids(uow: UnitOfWork) -> list[str]:
    """Former ids of this store with saves that a receipt was given for and is void."""
    voids = Voids(uow)
    if not voids:
        return []
    rows = uow.db.execute("SELECT replica, reason FROM incarnation ORDER BY n").fetchall()
    ended = {replica: why for (replica, _), (_, why) in pairwise(rows)}
    packets = uow.db.execute(
        "SELECT replica, stream, receipt, receipt_seq FROM packet WHERE receipt IS NOT NULL"
    ).fetchall()
    found = {replica for replica, *said in packets if ended.get(replica) in TWINLESS and voids.has(*said)}
    return sorted(found)


class Speakers:
    """Whether copies know of saves under ids of this store that were not made here.

    Asked before a batch of copies is merged.
    """

    def __init__(self, uow: UnitOfWork) -> None:
        self._ids = [uow.replica, *doubtful_ids(uow)]

    def speak(self, mine: Record, incoming: Record) -> bool:
        """See ``sync.protocol.clones.speaks_for``."""
        return any(speaks_for(replica, mine, incoming) for replica in self._ids)
