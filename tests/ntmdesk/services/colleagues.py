"""A colleague's laptop as it is known by its key: it signs whatever a test wants it to have signed."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from ntmdesk.services.bundle_intake import BundleIntake, Tally
from sync.protocol.bodies import pack_rows
from sync.protocol.bundles import BundlePage, Part, What, page_part
from sync.protocol.cells import Cell
from sync.protocol.dots import Dot
from sync.protocol.image import encode_image
from sync.protocol.packets import FIRST, Packet, PacketHead, seal
from sync.protocol.pages import Row
from sync.protocol.records import BORN, Record, Stamp
from sync.protocol.rosters import Mate, Roster, sign_roster
from sync.protocol.signing import public_of
from tests.ntmdesk.store.laptops import StoreLaptop

SERVER = "0190aaaa-0000-7000-8000-0000000000ff"
STREAM = "0190aaaa-0000-7000-8000-000000000001"
KEY = b"s" * 32
"""The server's."""

_ids = itertools.count(1)


def new_id() -> str:
    return f"0190cccc-0000-7000-8000-{next(_ids):012x}"


class Colleague:
    """Laptop number ``n`` of the team."""

    def __init__(self, n: int, *, revoked: bool = False) -> None:
        self.key = bytes([n]) * 32
        self.replica = f"{n:016x}"
        self.mate = Mate(f"device-{n}", "", "member", public_of(self.key), b"", revoked)

    def dot(self, counter: int) -> Dot:
        return Dot(counter, self.replica)

    def row(self, fields: Mapping[str, Any], *, id: str = "", kind: str = "visit", counter: int = 1) -> Row:
        """A record that this laptop wrote in one save.  A field is a value, or a whole cell."""
        dot = self.dot(counter)
        alone = {dot.replica: counter}
        cells = {BORN: Cell({dot: True}, alone)}
        for name, value in fields.items():
            cells[name] = value if isinstance(value, Cell) else Cell({dot: value}, alone)
        living = {dot for cell in cells.values() for dot in cell.siblings}
        record = Record(kind, id or new_id(), cells, {dot: Stamp(1, "", 1) for dot in living})
        return Row(record.kind, record.id, encode_image(record))

    def packet(
        self, *rows: Row, number: int = 1, highest: int = 1, stream: str = STREAM, replica: str = ""
    ) -> Packet:
        head = PacketHead(replica or self.replica, stream, number, FIRST, highest, 1, len(rows))
        return seal(head, pack_rows(rows), self.key)

    def part(self, *rows: Row, **head: Any) -> Part:
        return Part(What.PACKET, self.packet(*rows, **head).data)


def page(*rows: Row) -> Part:
    """Rows as they stand in a laptop's store."""
    return page_part(BundlePage(len(rows)), pack_rows(rows))


def roster(*mates: Mate, number: int = 1, key: bytes = KEY) -> Roster:
    return sign_roster(Roster(SERVER, STREAM, number, bytes(32), mates), key)


def meet(laptop: StoreLaptop, *colleagues: Colleague, number: int = 1) -> None:
    """The server's roster names them."""
    with laptop.store.begin(StoreLaptop.author) as uow:
        uow.mates.keep_roster(roster(*(c.mate for c in colleagues), number=number), (public_of(KEY),))


def take_from(laptop: StoreLaptop, maker: Colleague | None, *parts: Part) -> Tally:
    """The parts of a bundle that ``maker`` made; None: the server's own."""
    mate = maker.mate if maker is not None else None
    return BundleIntake(laptop.store, STREAM, mate).take(lambda: parts)


def reasons(tally: Tally) -> list[str]:
    return [reason for _, _, reason in tally.refused]


def cell_of(laptop: StoreLaptop, id: str, name: str) -> Sequence[Any]:
    """The values in a cell, [] where there is none."""
    held = laptop.held.get(id)
    cell = held.record.cells.get(name) if held is not None else None
    return [*cell.siblings.values()] if cell is not None else []
