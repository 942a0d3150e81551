"""A clone noticed at an exchange: what was written under the shared id without a receipt becomes its own.

Two machines spoke under one replica id, so that one dot may stand for two saves.  By rule 10 every own dot
without a receipt is written again under the new id, with the same counter, and context entries of the old
id go back to what was receipted: this store no longer claims to have seen what its twin wrote.  Both twins'
edits stay, side by side where they met.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from ntmdesk.store.stored import COLUMNS, Stored
from ntmdesk.store.unit_of_work import UnitOfWork
from sync.protocol.bodies import unpack_rows
from sync.protocol.clones import disowned
from sync.protocol.image import decode_image
from sync.protocol.packets import open_packet


class SpokenFor(Exception):
    """A copy came that knows of saves under this store's present id which were not made here.

    Nothing of it may be merged before the store has an id of its own: it would count what was saved here
    and not yet sent as seen, and drop it."""


Seen = dict[tuple[str, str, str], int]
"""(kind, id, cell) -> the highest own counter."""


@dataclass(frozen=True)
class Unreceipted:
    """What of one id's saves has no receipt, as read before its waiting packets are dropped."""

    replica: str
    receipted: Seen = field(default_factory=dict)
    waiting: Seen = field(default_factory=dict)
    up: Mapping[int, int | None] = field(default_factory=dict)

    def floor(self, stored: Stored, name: str, highest: int) -> int:
        """The last receipted counter of a cell whose highest own one is ``highest``.

        0 where no kept packet tells: then at worst a value stands twice.
        """
        key = (stored.kind, stored.id, name)
        known = self.receipted.get(key)
        if known is not None:
            return known
        up = self.up[stored.n]
        fresh = up is not None and highest >= up
        return 0 if fresh or key in self.waiting else highest


def unreceipted(uow: UnitOfWork) -> Unreceipted:
    """Reads the packets kept and the records that wait, of the present id."""
    replica = uow.replica
    receipted: Seen = defaultdict(int)
    waiting: Seen = defaultdict(int)
    for has_receipt, data in uow.db.execute(
        "SELECT receipt IS NOT NULL, data FROM packet WHERE replica=? ORDER BY stream, number", (replica,)
    ):
        into = receipted if has_receipt else waiting
        for row in unpack_rows(open_packet(data).body):
            for name, cell in decode_image(row.kind, row.id, row.image).cells.items():
                key = (row.kind, row.id, name)
                into[key] = max(into[key], cell.context.get(replica, 0))
    up = dict(uow.db.execute("SELECT n, up FROM outgoing").fetchall())
    return Unreceipted(replica, dict(receipted), dict(waiting), up)


def disown(uow: UnitOfWork, of: Unreceipted) -> int:
    """Writes the saves again under ``uow.replica``; how many records changed.

    In the caller's transaction, after the new id was minted.
    """
    rows = uow.db.execute(f"SELECT {COLUMNS} FROM record WHERE n IN (SELECT n FROM outgoing)").fetchall()
    changed = 0
    lowest = uow.counter + 1
    for row in rows:
        stored = Stored(*row)
        if stored.n not in of.up:
            continue
        record = stored.record()
        floors = {
            name: of.floor(stored, name, highest)
            for name, cell in record.cells.items()
            if (highest := cell.context.get(of.replica, 0))
        }
        floors = {n: low for n, low in floors.items() if low < record.cells[n].context[of.replica]}
        if floors:
            after = disowned(record, of.replica, uow.replica, floors)
            uow.writer.rewrite(stored, after)
            lowest = min([lowest, *(dot.counter for dot in after.stamps if dot.replica == uow.replica)])
            changed += 1
    uow.db.execute("UPDATE incarnation SET since=min(since, ?) WHERE replica=?", (lowest, uow.replica))
    return changed
