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
from sync.protocol.pages import is_lost
from sync.protocol.records import Record

if TYPE_CHECKING:
    from ntmdesk.store.unit_of_work import UnitOfWork

NOT_AN_OLDER_COPY = ("epoch", "clone")
"""Reasons for a new id that do not tell that the store itself is an older copy: after any other, that more is
known of the former id than is here is as it must be."""


def doubtful_ids(uow: UnitOfWork) -> list[str]:
    """Former ids of this store with saves that a receipt was given for and is void."""
    line = epochs(uow)
    if not line:
        return []
    rows = uow.db.execute("SELECT replica, reason FROM incarnation ORDER BY n").fetchall()
    ended = {replica: why for (replica, _), (_, why) in pairwise(rows)}
    packets = uow.db.execute(
        "SELECT replica, stream, receipt, receipt_seq FROM packet WHERE receipt IS NOT NULL"
    ).fetchall()
    found = {r for r, *said in packets if ended.get(r) in NOT_AN_OLDER_COPY and is_lost(line, *said)}
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
