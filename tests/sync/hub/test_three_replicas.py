"""Three laptops and a server under loss, repetition, delay, refusals and restores of either side."""

from __future__ import annotations

import copy
import random
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from sync.engine.runner import Outcome, converse
from sync.hub.ports import Device
from sync.protocol import records
from sync.protocol.cells import EMPTY, plain, twin_values
from sync.protocol.dots import Dot, covers
from sync.protocol.image import decode_image
from sync.protocol.messages import Limits
from tests.fakes import (
    FakeClock,
    FakeJudge,
    InlineExecutor,
    LocalTransport,
    LossyTransport,
    MemoryArchive,
    MemoryReplica,
)

STREAM = "0190aaaa-0000-7000-8000-000000000001"
SERVER = "0190aaaa-0000-7000-8000-0000000000ff"
IDS = [f"0190bbbb-0000-7000-8000-{n:012d}" for n in range(4)]
CELLS = ["name", "phone", "lines/a", "lines/b", "@address", "attended_n", "women_n", "new_field"]
LAPTOPS = range(3)
VALUES = st.one_of(
    st.integers(0, 3), st.sampled_from(["bad", "Ấp Đông", "x" * 1001, "ngõ 3", "", "\u2028"]), st.none()
)


class Team(RuleBasedStateMachine):
    """Every rule is something that happens in a hamlet; ``teardown`` lets all meet and looks."""

    @initialize(seed=st.integers(0, 2**32))
    def start(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.archive = MemoryArchive(SERVER, self.chance.randbytes(32))
        self.judge = FakeJudge()
        self.laptops = [self.laptop() for _ in LAPTOPS]
        self.devices = [
            Device(f"device-{n}", laptop.public_key, "member", {STREAM: 1})
            for n, laptop in enumerate(self.laptops)
        ]
        self.backups: list[Any] = []
        self.server_went_back = False
        self.copies: list[tuple[int, MemoryReplica]] = []
        self.cloned = False
        self.named: set[Dot] = set()
        self.made: dict[Dot, tuple[str, str, Any]] = {}

    def laptop(self) -> MemoryReplica:
        return MemoryReplica(
            [STREAM], SERVER, self.archive.public_keys, self.chance.randbytes(32), self.chance.randbytes
        )

    def sync(self, n: int, trouble: float, limits: Limits | None = None) -> Outcome:
        road = LocalTransport(self.archive, self.judge, self.devices[n], self.chance.randbytes)
        lossy = LossyTransport(road, self.chance, trouble)
        outcome = converse(
            self.laptops[n], lossy, FakeClock(), self.chance.randbytes, limits=limits, helper=InlineExecutor()
        )
        if not (self.server_went_back or self.cloned):
            assert road.comparisons == 0, "nothing was damaged, so nothing may differ"
        return outcome

    @rule(
        n=st.sampled_from(LAPTOPS),
        id=st.sampled_from(IDS),
        changes=st.dictionaries(st.sampled_from(CELLS), VALUES, min_size=1, max_size=4),
    )
    def save(self, n: int, id: str, changes: dict[str, Any]) -> None:
        laptop = self.laptops[n]
        held = laptop.held.get(id)
        if held is not None:
            for name in changes:
                cell = held.record.cells.get(name)
                if cell is not None and cell.siblings:
                    self.named.add(max(cell.siblings))
        dot = laptop.save(STREAM, "visit", id, changes)
        for name, value in changes.items():
            self.made[dot] = (id, name, value)

    @rule(n=st.sampled_from(LAPTOPS), id=st.sampled_from(IDS))
    def delete(self, n: int, id: str) -> None:
        if id in self.laptops[n].held:
            self.laptops[n].delete(id)

    @rule(n=st.sampled_from(LAPTOPS), id=st.sampled_from(IDS), cell=st.sampled_from(["lines/a", "lines/b"]))
    def remove_row(self, n: int, id: str, cell: str) -> None:
        held = self.laptops[n].held.get(id)
        if held is not None and cell in held.record.cells:
            self.named |= set(held.record.cells[cell].siblings)
            seen = {cell: tuple(held.record.cells[cell].siblings)}
            self.laptops[n].save(STREAM, "visit", id, {cell: records.REMOVED}, seen)

    @rule(n=st.sampled_from(LAPTOPS), trouble=st.sampled_from([0.0, 0.4, 0.9]), small=st.booleans())
    def meet(self, n: int, trouble: float, small: bool) -> None:
        self.sync(n, trouble, Limits(packet_records=1, page_records=1) if small else None)

    @rule()
    def keep_server(self) -> None:
        self.backups.append(self.archive.backup())

    @rule(openly=st.booleans(), which=st.integers(0, 5))
    def restore_server(self, openly: bool, which: int) -> None:
        if not self.backups:
            return
        backup = self.backups[which % len(self.backups)]
        self.server_went_back = True
        if openly:
            self.archive.restore(backup, self.chance.randbytes)
        elif backup.epochs[-1] == self.archive.tables.epochs[-1]:
            self.archive.roll_back(backup)

    @rule(n=st.sampled_from(LAPTOPS))
    def keep_laptop(self, n: int) -> None:
        self.copies.append((n, copy.deepcopy(self.laptops[n])))

    @rule(which=st.integers(0, 5))
    def restore_laptop(self, which: int) -> None:
        """What was only on the laptop since the copy is lost with it; its old id is never used again."""
        if not self.copies:
            return
        n, kept = self.copies[which % len(self.copies)]
        laptop = copy.deepcopy(kept)
        laptop._random = self.chance.randbytes
        laptop.renew("restored")
        self.laptops[n] = laptop

    @rule(which=st.integers(0, 5))
    def wake_as_a_clone(self, which: int) -> None:
        """The whole machine went back to a snapshot: nothing on it can notice."""
        if not self.copies:
            return
        n, kept = self.copies[which % len(self.copies)]
        self.cloned = True
        self.laptops[n] = copy.deepcopy(kept)
        self.laptops[n]._random = self.chance.randbytes

    @rule(n=st.sampled_from(LAPTOPS), m=st.sampled_from(LAPTOPS))
    def new_catalogue(self, n: int, m: int) -> None:
        self.judge.version = 2

    @invariant()
    def no_dot_has_two_values(self) -> None:
        if getattr(self, "cloned", False) and self.server_went_back:
            return  # a third laptop may bring back what one twin wrote and the server forgot (rule 11)
        for laptop in getattr(self, "laptops", ()):
            for held in laptop.held.values():
                for cell in held.record.cells.values():
                    assert all(len(twin_values(v)) == 1 for v in cell.siblings.values())

    def teardown(self) -> None:
        if not hasattr(self, "laptops"):
            return
        self.judge.version = 2
        for _ in range(4):
            for n in LAPTOPS:
                outcome = self.sync(n, 0.0)
                assert outcome.problem is None, (outcome.problem, outcome.problem.details)
                assert not [x for x in outcome.notices if x.code == "differs"]
        self.everybody_has_the_same()
        self.nothing_is_unfinished()
        self.nothing_was_lost()
        self.refused_values_are_kept()
        self.rest_is_rest()

    def everybody_has_the_same(self) -> None:
        rows = self.archive.tables.rows.get(STREAM, {})
        server = {id: stored.image for id, (stored, _) in rows.items()}
        for laptop in self.laptops:
            assert {id: held.image for id, held in laptop.held.items()} == server

    def nothing_is_unfinished(self) -> None:
        for laptop in self.laptops:
            assert set(laptop.record_states().values()) <= {"accepted", "refused"}

    def nothing_was_lost(self) -> None:
        """Accepted means that the server holds or covers the dot (invariant 5)."""
        rows = self.archive.tables.rows.get(STREAM, {})
        server = {id: decode_image(stored.kind, id, stored.image) for id, (stored, _) in rows.items()}
        for laptop in self.laptops:
            for held in laptop.held.values():
                for name, cell in held.record.cells.items():
                    for dot in cell.siblings:
                        assert covers(server[held.record.id].cells[name].context, dot)
        for record in server.values():
            deleted = records.is_deleted(record)
            alive = [d for n, c in record.cells.items() if not records.is_reserved(n) for d in c.siblings]
            seen = records._deleters_saw(record.cells.get("_deleted", EMPTY)) or {}
            covered = all(
                covers(seen.get(n, {}), d)
                for n, c in record.cells.items()
                if not records.is_reserved(n)
                for d in c.siblings
            )
            has_deletion = "_deleted" in record.cells and bool(record.cells["_deleted"].siblings)
            assert deleted == (has_deletion and covered), alive

    def refused_values_are_kept(self) -> None:
        for laptop in self.laptops:
            for held in laptop.held.values():
                for name, cell in held.record.cells.items():
                    if name.startswith("_refused/"):
                        dot = Dot.parse(name.partition("/")[2])
                        told = plain(max(cell.siblings.items())[1])
                        for field in told["cells"]:
                            assert dot not in held.record.cells[field].siblings
                            if dot.replica == laptop.id:
                                assert (held.record.id, field, dot.text) in laptop.quarantine
                for value in records.shown(held.record).values():
                    assert value != "bad"

    def rest_is_rest(self) -> None:
        before = [(laptop.writes, laptop.counter) for laptop in self.laptops]
        tables = self.archive.backup()
        for _ in range(3):
            for n in LAPTOPS:
                outcome = self.sync(n, 0.0)
                assert (outcome.sent, outcome.received, outcome.rounds) == (0, 0, 1)
        assert [(laptop.writes, laptop.counter) for laptop in self.laptops] == before
        assert self.archive.tables.rows == tables.rows
        assert self.archive.tables.states == tables.states


Team.TestCase.settings = settings(
    max_examples=100,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
TestTeam = Team.TestCase
