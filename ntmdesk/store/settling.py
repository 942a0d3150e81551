"""What the server has said of this laptop's records: receipts, refusals, values it only holds.

Everything here runs in the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ntmdesk.store.packets import Packets
from ntmdesk.store.unit_of_work import UnitOfWork
from sync.protocol.cells import EMPTY, plain, twin_values, winning_value
from sync.protocol.dots import Dot
from sync.protocol.image import NO_STAMP, decode_image
from sync.protocol.pages import Row
from sync.protocol.receipts import Outcome, Receipt, ReceiptException
from sync.protocol.records import REFUSED, Record

UNKNOWN_DOT = "unknown_dot"
"""A value whose author has not certified it to the server yet: that packet is on its way, with its author or
with whoever carries it.  Nothing of one's own waits for it."""


def settle(uow: UnitOfWork, receipts: Sequence[Receipt]) -> tuple[int, set[str], set[str]]:
    """Own packets that the server has judged: (records accepted, ids refused, ids it only holds)."""
    packets = Packets(uow)
    accepted = 0
    refused: set[str] = set()
    later: set[str] = set()
    own = uow.carrying.own_ids()
    for receipt in receipts:
        settled = packets.settle(receipt)
        if settled is None:
            continue
        count, rows = settled
        by_id = {row.id: row for row in rows}
        told: set[str] = set()
        for exception in receipt.exceptions:
            if exception.outcome is Outcome.REFUSED:
                told.add(exception.id)
                refused.add(exception.id)
                _refuse(uow, exception, by_id.get(exception.id))
            elif exception.outcome is Outcome.LATER:
                told.add(exception.id)
                later.add(exception.id)
            if exception.code != UNKNOWN_DOT or Dot.parse(exception.dot).replica in own:
                _note(uow, exception)
        packets.release(receipt.stream, receipt.number, told)
        accepted += count - len(told)
    return accepted, refused, later


def _refuse(uow: UnitOfWork, exception: ReceiptException, row: Row | None) -> None:
    """The author's value goes to the quarantine, as the packet carried it."""
    if row is None:
        return
    record = decode_image(row.kind, row.id, row.image)
    dot = Dot.parse(exception.dot)
    _quarantine(
        uow, record, dot, dict.fromkeys([exception.cell] if exception.cell else record.cells, exception.code)
    )


def _quarantine(uow: UnitOfWork, record: Record, dot: Dot, codes: Mapping[str, str]) -> None:
    for name, code in codes.items():
        cell = record.cells.get(name)
        if cell is None or dot not in cell.siblings:
            continue
        stamp = record.stamps.get(dot, NO_STAMP)
        for value in twin_values(cell.siblings[dot]):
            uow.peers.set_aside(record.kind, record.id, name, dot, value, code, stamp.by, stamp.at)


def _note(uow: UnitOfWork, exception: ReceiptException) -> None:
    dot = Dot.parse(exception.dot)
    uow.db.execute(
        "INSERT OR REPLACE INTO exception(kind, id, cell, counter, replica, outcome, code, at) "
        "VALUES(?,?,?,?,?,?,?,?)",
        (
            exception.kind,
            exception.id,
            exception.cell,
            *dot,
            str(exception.outcome),
            exception.code,
            int(uow.now().timestamp()),
        ),
    )
    uow.next_seq()
    uow.touched.add(exception.kind)


def held_no_more(uow: UnitOfWork, rows: Sequence[Row]) -> None:
    """Nothing but a copy equal to what is here tells that the server took what it had only held."""
    held = set(uow.db.execute("SELECT kind, id FROM exception WHERE outcome='later'"))
    for kind, id in held & {(row.kind, row.id) for row in rows}:
        taken = uow.db.execute(
            "DELETE FROM exception WHERE outcome='later' AND kind=? AND id=? "
            "AND (id, kind) IN (SELECT id, kind FROM record WHERE id=? AND there IS NULL)",
            (kind, id, id),
        )
        if taken.rowcount:
            uow.next_seq()
            uow.touched.add(kind)


def rescue(uow: UnitOfWork, mine: Record, incoming: Record) -> None:
    """Own values that the server refused are copied to the quarantine before the merge drops them (rule
    26); one that stands in the copy was refused by a life that was lost, and taken since."""
    own = {r for (r,) in uow.db.execute("SELECT replica FROM incarnation")}
    for name, cell in incoming.cells.items():
        if not name.startswith(f"{REFUSED}/") or not cell.siblings:
            continue
        dot = Dot.parse(name.partition("/")[2])
        if dot.replica in own:
            said = plain(winning_value(cell))
            codes = said.get("cells", {}) if isinstance(said, dict) else {}
            gone = {n: c for n, c in codes.items() if dot not in incoming.cells.get(n, EMPTY).siblings}
            _quarantine(uow, mine, dot, gone)
