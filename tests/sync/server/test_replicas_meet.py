"""Three laptops, a bad line and a real database: whatever the schedule, all end with the same."""

from __future__ import annotations

import random

import pytest

from sync.engine.runner import Outcome, converse
from sync.hub.ports import Device
from sync.protocol.messages import Limits
from sync.protocol.records import REMOVED
from sync.server.installation import Installation
from tests.fakes import FakeClock, FakeJudge, InlineExecutor, LocalTransport, LossyTransport, MemoryReplica
from tests.sync.server.laptop import made_id

STREAM = made_id("stream", 1)
IDS = [made_id("record", n) for n in range(5)]
CELLS = ["name", "phone", "lines/a", "@address", "attended_n"]
VALUES = [1, 2, "Ấp Đông", "bad", None, "x" * 300]
STEPS = 60


class Team:
    """Laptops in memory around one archive."""

    def __init__(self, server: Installation, seed: int) -> None:
        self.chance = random.Random(seed)
        self.archive = server.archive
        self.judge = FakeJudge()
        self.laptops = [
            MemoryReplica(
                [STREAM],
                self.archive.server,
                self.archive.public_keys,
                self.chance.randbytes(32),
                self.chance.randbytes,
            )
            for _ in range(3)
        ]

    def sync(self, laptop: MemoryReplica, trouble: float, limits: Limits | None = None) -> Outcome:
        device = Device(made_id("device", laptop.public_key.hex()), laptop.public_key, "member", {STREAM: 1})
        road = LocalTransport(self.archive, self.judge, device, self.chance.randbytes)
        return converse(
            laptop,
            LossyTransport(road, self.chance, trouble),
            FakeClock(),
            self.chance.randbytes,
            limits=limits,
            helper=InlineExecutor(),
        )

    def step(self) -> None:
        chance, laptop = self.chance, self.chance.choice(self.laptops)
        what = chance.random()
        if what < 0.5:
            id = chance.choice(IDS)
            laptop.save(STREAM, "visit", id, {chance.choice(CELLS): chance.choice(VALUES) for _ in range(3)})
        elif what < 0.6:
            for id, held in laptop.held.items():
                if "lines/a" in held.record.cells:
                    laptop.save(STREAM, "visit", id, {"lines/a": REMOVED})
                    break
        elif what < 0.65 and laptop.held:
            laptop.delete(chance.choice(sorted(laptop.held)))
        else:
            small = Limits(packet_records=2, page_records=2) if chance.random() < 0.5 else None
            self.sync(laptop, chance.choice([0.0, 0.5, 0.9]), small)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_all_end_with_the_same(either: Installation, seed: int) -> None:
    team = Team(either, seed)
    for _ in range(STEPS):
        team.step()
    for _ in range(4):
        for laptop in team.laptops:
            outcome = team.sync(laptop, 0.0)
            assert outcome.problem is None, (outcome.problem, outcome.problem.details)
            assert [n for n in outcome.notices if n.code == "differs"] == []
    with either.archive.look() as seen:
        server = {row.id: row.image for row in seen.page(STREAM, 0, 1_000, 10**9)}
        numbers = [row.seq for row in seen.page(STREAM, 0, 1_000, 10**9)]
        assert len(set(numbers)) == len(numbers)
        assert max(numbers) == seen.state(STREAM).seq
        before = seen.state(STREAM)
    assert server
    for laptop in team.laptops:
        assert {id: held.image for id, held in laptop.held.items()} == server
        assert set(laptop.record_states().values()) <= {"accepted", "refused"}
    for _ in range(3):  # at rest nothing is written
        for laptop in team.laptops:
            assert team.sync(laptop, 0.0).received == 0
    with either.archive.look() as seen:
        assert seen.state(STREAM) == before
