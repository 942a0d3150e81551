"""A clone noticed at an exchange: what was written under the shared id without a receipt becomes its own.

Two machines spoke under one replica id, so that one dot may stand for two saves.  By rule 10 every own dot
without a receipt is written again under the new id, with the same counter, and context entries of the old
id go back to what was receipted: this store no longer claims to have seen what its twin wrote.  Both twins'
edits stay, side by side where they met.

A receipt proves that a save is common to both twins only while the life of the server that gave it lasts.
Where the server went back in silence, a machine that went back too may have had receipts for saves under dots
that its twin had used in the life that was lost (``voided``); once a copy shows that there was a twin, those
are written again as well.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from ntmdesk.store.lives import epochs
from ntmdesk.store.packets import Packets
from ntmdesk.store.stored import COLUMNS, Stored, by_ids
from ntmdesk.store.unit_of_work import UnitOfWork
from sync.protocol.bodies import unpack_rows
from sync.protocol.clones import disowned
from sync.protocol.image import decode_image
from sync.protocol.packets import open_packet
from sync.protocol.pages import is_lost


class SpokenFor(Exception):
    """A copy came that knows of saves under an id of this store which were not made here: under its present
    one, or under a former one whose receipts are void.

    Nothing of it may be merged before the store has an id of its own: it would count what was saved here
    as seen, and drop it."""


Seen = dict[tuple[str, str, str], int]
"""(kind, id, cell) -> the highest own counter."""


@dataclass(frozen=True)
class Unreceipted:
    """What of one id's saves has no receipt that counts, as read before its waiting packets are dropped.

    ``receipted``, ``waiting``: of the packets kept; ``up``: of the records that wait, rowid -> as in
    ``outgoing``.
    """

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
    packets = uow.db.execute(
        "SELECT receipt IS NOT NULL, data FROM packet WHERE replica=? ORDER BY stream, number", (uow.replica,)
    )
    up = dict(uow.db.execute("SELECT n, up FROM outgoing").fetchall())
    return Unreceipted(uow.replica, *_seen(uow.replica, packets), up)


def _seen(replica: str, packets: Iterable[tuple[int, bytes]]) -> tuple[Seen, Seen]:
    """The saves of an id in packets with a receipt that counts, and in the others."""
    receipted: Seen = defaultdict(int)
    waiting: Seen = defaultdict(int)
    for has_receipt, data in packets:
        into = receipted if has_receipt else waiting
        for row in unpack_rows(open_packet(data).body):
            for name, cell in decode_image(row.kind, row.id, row.image).cells.items():
                key = (row.kind, row.id, name)
                into[key] = max(into[key], cell.context.get(replica, 0))
    return dict(receipted), dict(waiting)


def disown(uow: UnitOfWork, of: Unreceipted) -> int:
    """Writes the saves again under ``uow.replica``; how many records changed.

    In the caller's transaction, after the new id was minted.
    """
    rows = uow.db.execute(f"SELECT {COLUMNS} FROM record WHERE n IN (SELECT n FROM outgoing)").fetchall()
    waiting = [stored for row in rows if (stored := Stored(*row)).n in of.up]
    return _write_again(uow, of.replica, waiting, of.floor)


def disown_voided(uow: UnitOfWork, replica: str) -> int:
    """Writes again under ``uow.replica`` what only packets with a void receipt brought of a former id, and
    offers it; how many records changed.

    In the caller's transaction, after a new id was minted for it alone: two former ids may have used one
    counter.  The packets are forgotten: what they hold was offered again when their receipts became void.
    """
    line = epochs(uow)
    kept = uow.db.execute(
        "SELECT stream, number, receipt, receipt_seq, data FROM packet WHERE replica=?", (replica,)
    ).fetchall()
    void = {(s, n) for s, n, life, seq, _ in kept if is_lost(line, s, life, seq)}
    receipted, voided = _seen(replica, (((s, n) not in void, data) for s, n, _, _, data in kept))

    def floor(stored: Stored, name: str, highest: int) -> int:
        key = (stored.kind, stored.id, name)
        return receipted.get(key, 0) if voided.get(key) == highest else highest  # else a twin's is known here

    stood = by_ids(uow.db, {id for _, id, _ in voided})
    touched = [stood[key] for key in sorted({key[:2] for key in voided}) if key in stood]
    changed = _write_again(uow, replica, touched, floor)
    uow.db.executemany(
        "DELETE FROM packet WHERE replica=? AND stream=? AND number=?", [(replica, *key) for key in void]
    )
    packets = Packets(uow)
    for stream in {stored.stream for stored in touched}:
        packets.offer(stream, [stored.id for stored in touched if stored.stream == stream])
    return changed


def _write_again(
    uow: UnitOfWork, old: str, records: Iterable[Stored], floor: Callable[[Stored, str, int], int]
) -> int:
    """``floor``: of a cell whose highest counter of ``old`` is given, what stays under it."""
    changed = 0
    lowest = uow.counter + 1
    for stored in records:
        record = stored.record()
        floors = {
            name: floor(stored, name, highest)
            for name, cell in record.cells.items()
            if (highest := cell.context.get(old, 0))
        }
        floors = {n: low for n, low in floors.items() if low < record.cells[n].context[old]}
        if floors:
            after = disowned(record, old, uow.replica, floors)
            uow.writer.rewrite(stored, after)
            lowest = min([lowest, *(dot.counter for dot in after.stamps if dot.replica == uow.replica)])
            changed += 1
    uow.db.execute("UPDATE incarnation SET since=min(since, ?) WHERE replica=?", (lowest, uow.replica))
    return changed
