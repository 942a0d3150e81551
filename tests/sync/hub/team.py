"""A team whose laptops meet a server of memory, and one of them lies."""

from __future__ import annotations

import random
from typing import Any

from sync.engine.runner import converse
from sync.hub.ports import Device
from sync.protocol.cells import Cell
from sync.protocol.dots import Dot
from sync.protocol.image import decode_image
from sync.protocol.messages import Limits
from sync.protocol.records import Record, Stamp
from tests.fakes import FakeClock, FakeJudge, InlineExecutor, LocalTransport, MemoryArchive, MemoryReplica

STREAM = "0190aaaa-0000-7000-8000-000000000001"
SERVER = "0190aaaa-0000-7000-8000-0000000000ff"


class Team:
    """Honest laptops and one whose store somebody edits by hand."""

    def __init__(self, seed: int = 5, honest: int = 2) -> None:
        self.chance = random.Random(seed)
        self.archive = MemoryArchive(SERVER, self.chance.randbytes(32))
        self.devices: dict[str, Device] = {}
        self.honest = [self.laptop(f"d{n}") for n in range(honest)]
        self.liar = self.laptop("liar")
        self.saved: dict[tuple[str, str, Dot], Any] = {}

    def laptop(self, name: str, role: str = "member") -> MemoryReplica:
        laptop = MemoryReplica(
            [STREAM], SERVER, self.archive.public_keys, self.chance.randbytes(32), self.chance.randbytes
        )
        self.devices[laptop.public_key.hex()] = Device(name, laptop.public_key, role, {STREAM: 1})
        return laptop

    def save(self, laptop: MemoryReplica, id: str, **changes: Any) -> Dot:
        return laptop.save(STREAM, "visit", id, changes)

    def sync(self, laptop: MemoryReplica, exchanges: int = 99) -> None:
        """``exchanges``: after so many of one packet each the laptop is gone for ever."""
        device = self.devices[laptop.public_key.hex()]
        road = LocalTransport(self.archive, FakeJudge(), device, self.chance.randbytes)
        left = iter(range(exchanges))
        outcome = converse(
            laptop,
            road,
            FakeClock(),
            self.chance.randbytes,
            helper=InlineExecutor(),
            limits=Limits(packet_records=1) if exchanges < 99 else None,
            cancelled=lambda: next(left, None) is None,
        )
        assert outcome.problem is None or exchanges < 99, outcome.problem
        assert laptop is self.liar or not [n for n in outcome.notices if n.code == "differs"]

    def claim(self, id: str, cell: str, context: dict[str, int], siblings: dict[Dot, Any]) -> None:
        """The liar writes into a cell of its store whatever it likes, under a new dot of its own."""
        dot = self.save(self.liar, id, **{cell: "của kẻ sửa"})
        held = self.liar.held[id]
        old = held.record.cells[cell]
        new = Cell({**old.siblings, **siblings}, {**old.context, **context})
        for known in new.siblings:
            new.context[known.replica] = max(known.counter, new.context.get(known.replica, 0))
        stamps = {**held.record.stamps, **dict.fromkeys(siblings, Stamp(dot.counter, "", 1))}
        self.liar._store(STREAM, Record("visit", id, {**held.record.cells, cell: new}, stamps))

    def stored(self, id: str) -> Record:
        stored, _ = self.archive.tables.rows[STREAM][id]
        return decode_image(stored.kind, id, stored.image)

    def issued(self) -> dict[str, int]:
        return {laptop.id: laptop.counter for laptop in self.honest}
