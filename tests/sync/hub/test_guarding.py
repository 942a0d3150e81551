"""What a sender may not take away (rules 26, 28), also after a server went back without a word."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.hub.guarding import ahead_of, no_more_than, taken_away
from sync.protocol import records
from sync.protocol.cells import Cell, canonical, merge_cells, plain, twin_values
from sync.protocol.dots import Dot, covers
from sync.protocol.image import decode_image, encode_image, image_hash
from sync.protocol.messages import Limits
from sync.protocol.records import Record
from tests.fakes import MemoryReplica
from tests.sync.hub.team import STREAM, Team

KIND = "weekly_log"


class House(Team):
    """Two members, a leader and a liar of one team, about one log."""

    def __init__(self, seed: int = 5) -> None:
        super().__init__(seed)
        self.leader = self.laptop("leader", "leader")
        self.one, self.other = self.honest
        self.all = (*self.honest, self.leader, self.liar)
        for laptop in self.all:
            laptop.save(STREAM, "visit", f"own-{laptop.id}", {"name": "đầu"})
            self.sync(laptop)

    def write(self, laptop: MemoryReplica, **changes: Any) -> Dot:
        return laptop.save(STREAM, KIND, "w", changes)

    def log(self) -> Record:
        stored, _ = self.archive.tables.rows[STREAM]["w"]
        return decode_image(KIND, "w", stored.image)

    def boss(self) -> set[Any]:
        """The distinct values that stand at the server."""
        return {plain(v) for s in self.log().cells["boss"].siblings.values() for v in twin_values(s)}

    def meet(self, *laptops: MemoryReplica) -> None:
        """All sync until they have the same; AssertionError when they do not come to it."""
        for _ in range(3):
            for laptop in laptops or self.all:
                self.sync(laptop)
                stranded = {id for id, held in laptop.held.items() if held.theirs is not None}
                laptop.offer(STREAM, stranded)  # as a store does (ntmdesk/store/stranded.py)
        images = {laptop.held["w"].image for laptop in laptops or self.all}
        assert images == {self.archive.tables.rows[STREAM]["w"][0].image}


@pytest.fixture
def house() -> House:
    house = House()
    house.write(house.leader, boss="một", text="chung")
    house.meet()
    return house


def by_hand(giver: MemoryReplica, taker: MemoryReplica) -> None:
    """What a stick of one laptop does to the other's log."""
    packet = giver.packet(STREAM, giver.lanes[STREAM].number + 1, Limits())
    assert packet is None or packet.head.replica == giver.id
    held = taker.held["w"]
    merged = records.merge(held.record, giver.held["w"].record)
    if held.theirs is None and not held.up:
        held.theirs = image_hash(KIND, "w", held.image)
    held.record, held.image = merged, encode_image(merged)


def refused_and_read(house: House) -> Any:
    """A member's value in the leader's field is refused, another member reads what the server wrote again.

    Returns the server's memory from before that.
    """
    before = house.archive.backup()
    house.write(house.other, boss="không phải việc của tôi")
    house.sync(house.other)
    house.sync(house.one)
    assert house.one.shown("w")["boss"] == "một"
    return before


def test_what_a_lost_life_wrote_again_is_believed_whoever_brings_it(house: House) -> None:
    house.archive.roll_back(refused_and_read(house))
    house.meet(house.one)
    assert house.boss() == {"một"}
    house.meet()
    assert house.leader.shown("w")["boss"] == "một"
    assert not records.conflicts(house.leader.held["w"].record)


def test_also_where_the_server_has_forgotten_the_record() -> None:
    house = House()
    nothing = house.archive.backup()
    house.write(house.leader, boss="một", text="chung")
    house.meet()
    refused_and_read(house)
    house.archive.roll_back(nothing)
    house.meet(house.one)
    assert house.boss() == {"một"}
    assert house.one.record_states()["w"] == "accepted"
    house.meet()
    assert not records.conflicts(house.leader.held["w"].record)


@pytest.mark.parametrize("seen", [True, False])
def test_what_a_lost_life_refused_goes_also_where_it_was_read_by_hand(house: House, seen: bool) -> None:
    """Its author never comes again, others know of the refusal.  ``seen``: it was written over what stands;
    if not, nothing had to be said again, and the refusal alone tells of it."""
    if not seen:
        house.write(house.leader, boss="hai")
        house.sync(house.leader)
    before = house.archive.backup()
    late = house.write(house.other, boss="không phải việc của tôi")
    by_hand(house.other, house.one)
    house.sync(house.other)
    house.sync(house.liar)
    house.archive.roll_back(before)
    here = (house.liar, house.one, house.leader)
    house.meet(*here)
    assert late not in house.one.held["w"].record.cells["boss"].siblings
    assert house.boss() == {"một" if seen else "hai"}
    assert {laptop.record_states()["w"] for laptop in here} == {"accepted"}


def test_a_refused_value_that_comes_late_hides_no_leaders_value(house: House) -> None:
    """It was written over one that this life of the server has yet to hear of."""
    before = house.archive.backup()
    house.write(house.leader, boss="hai")
    house.sync(house.leader)
    house.sync(house.other)
    house.write(house.other, boss="không phải việc của tôi")
    by_hand(house.other, house.one)
    house.sync(house.other)
    house.archive.roll_back(before)
    house.meet(house.other, house.one)
    house.meet()
    assert house.boss() == {"hai"}


def test_a_leaders_value_of_a_lost_life_waits_for_her(house: House) -> None:
    before = house.archive.backup()
    hers = house.write(house.leader, boss="hai")
    house.sync(house.leader)
    house.sync(house.one)
    house.archive.roll_back(before)
    house.sync(house.one)
    assert house.boss() == {"một"}, "a member brings no leader's value"
    assert house.one.shown("w")["boss"] == "hai", "and keeps it"
    assert house.one.held["w"].theirs is not None, "knowing that the server has something else"
    house.meet()
    assert house.boss() == {"hai"}
    assert hers in house.log().cells["boss"].siblings
    assert set(house.one.record_states().values()) == {"accepted"}


def test_a_refused_value_takes_nothing_along_that_the_server_has_not(house: House) -> None:
    before = house.archive.backup()
    house.write(house.leader, boss="hai")
    house.sync(house.leader)
    house.sync(house.one)
    house.write(house.one, boss="của tôi")
    house.archive.roll_back(before)
    house.sync(house.one)
    house.meet()
    assert house.boss() == {"một", "hai"}, "a leader is asked, nothing is gone"
    assert "của tôi" in house.one.quarantine.values()


def test_an_old_word_of_the_server_takes_no_newer_value_away(house: House) -> None:
    before = refused_and_read(house)
    old = dict(house.one.held["w"].record.cells["boss"].siblings)
    house.archive.roll_back(before)
    house.write(house.leader, boss="mới")
    house.meet(house.leader, house.liar)
    held = house.liar.held["w"]
    forged = Cell(old, {d.replica: d.counter for d in old} | dict(held.record.cells["boss"].context))
    house.write(house.liar, text="chạm vào", boss="x")
    cells = {**house.liar.held["w"].record.cells, "boss": forged}
    stamps = {**house.liar.held["w"].record.stamps, **held.record.stamps}
    house.liar._store(STREAM, Record(KIND, "w", cells, stamps))
    house.sync(house.liar)
    assert "mới" in house.boss()
    house.meet(*house.honest, house.leader)
    assert "mới" in house.boss()


def test_both_of_two_leaders_values_stand_again(house: House) -> None:
    deputy = house.laptop("deputy", "deputy")
    house.sync(deputy)
    house.write(house.leader, boss="hai")
    house.write(deputy, boss="ba")
    house.meet(house.leader, deputy, house.one)
    assert house.boss() == {"hai", "ba"}
    seen = {"boss": tuple(house.one.held["w"].record.cells["boss"].siblings)}
    house.one.save(STREAM, KIND, "w", {"boss": "tôi chọn"}, seen)
    shown = house.leader.shown("w")["boss"]
    house.meet(house.one, house.leader, deputy)
    assert house.boss() == {"hai", "ba"}
    assert house.leader.shown("w")["boss"] == shown, "and the same one is shown"


REPLICAS = ("a" * 16, "b" * 16, "c" * 16)
dots = st.builds(Dot, st.integers(1, 6), st.sampled_from(REPLICAS))
cells = st.builds(
    lambda siblings, context: Cell(
        siblings,
        {
            r: max([context.get(r, 0), *(d.counter for d in siblings if d.replica == r)])
            for r in {*context, *(d.replica for d in siblings)}
        },
    ),
    st.dictionaries(dots, st.sampled_from(["x", "y", None])),
    st.dictionaries(st.sampled_from(REPLICAS), st.integers(1, 6)),
)


FACTS = st.dictionaries(dots, st.dictionaries(st.sampled_from(REPLICAS), st.integers(1, 6)), max_size=2)


@settings(max_examples=200)
@given(cells, cells, FACTS)
def test_what_nothing_here_knows_of_is_ahead(came: Cell, stood: Cell, facts: dict[Dot, Any]) -> None:
    ahead = ahead_of(came, stood, lambda r: r == REPLICAS[0], facts)
    known = [stood.context, *facts.values(), *({d.replica: d.counter} for d in facts)]
    for replica, counter in came.context.items():
        seen = max(context.get(replica, 0) for context in known)
        assert (Dot(counter, replica) in ahead) == (counter > seen and replica != REPLICAS[0])


@settings(max_examples=200)
@given(cells, cells, FACTS, st.data())
def test_a_cell_cut_down_takes_the_place_of_nothing_unknown(
    came: Cell, stood: Cell, facts: dict[Dot, Any], data: st.DataObject
) -> None:
    facts = {dot: over for dot, over in facts.items() if dot in came.siblings}
    foreign = [d for d in sorted(came.siblings) if d not in facts and d.replica != REPLICAS[0]]
    others = data.draw(st.sets(st.sampled_from(foreign))) if foreign else set()
    others = {d for d in others if not covers(stood.context, d)}
    less = no_more_than(came, stood, lambda r: r == REPLICAS[0], facts, others)
    assert less.siblings.keys() == came.siblings.keys() - others
    for replica, counter in less.context.items():
        tops = [d.counter for d in (*less.siblings, *facts) if d.replica == replica]
        over = [context.get(replica, 0) for context in facts.values()]
        assert replica == REPLICAS[0] or counter <= max([stood.context.get(replica, 0), *tops, *over])
    if others and not facts:
        gone = stood.siblings.keys() - merge_cells(stood, less).siblings.keys()
        later = {d for d in gone if any(k.replica == d.replica and k > d for k in less.siblings)}
        assert all(dot.replica == REPLICAS[0] for dot in gone - later)


@given(cells, cells)
def test_what_is_taken_away_is_all_that_no_longer_stands(stood: Cell, came: Cell) -> None:
    merged = merge_cells(stood, came)
    again = taken_away(stood, merged, {}, stood.siblings)
    stands = {canonical(v) for s in (*merged.siblings.values(), *again) for v in twin_values(s)}
    assert {canonical(v) for v in stood.siblings.values()} <= stands
    assert len({canonical(v) for v in again}) == len(again)
