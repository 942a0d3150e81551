"""What members, lying or late, may do to values of leaders and of the server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from sync.hub.writing import write_record
from sync.protocol import records
from sync.protocol.cells import Cell, Value, plain
from sync.protocol.dots import Context, Dot
from sync.protocol.records import Record, Stamp
from tests.fakes import FakeJudge
from tests.sync.hub.team import STREAM
from tests.sync.hub.test_guarding import KIND, House, by_hand, house

__all__ = ["house"]


class Choosing(FakeJudge):
    """In ``status`` the choice says who may write it."""

    def writer(self, kind: str, cell: str, value: Value) -> str:
        if cell != "status":
            return super().writer(kind, cell, value)
        return {"submitted": "leader", "returned": "server"}.get(plain(value), "anyone")


@pytest.fixture
def choosing(monkeypatch: pytest.MonkeyPatch, house: House) -> House:
    monkeypatch.setattr("tests.sync.hub.team.FakeJudge", Choosing)
    return house


def decide(house: House, **changes: Any) -> None:
    """The server writes something itself."""
    with house.archive.begin((STREAM,)) as tx:
        write_record(
            tx,
            house.archive,
            STREAM,
            KIND,
            "w",
            changes,
            at=1,
            judge=Choosing(),
            random=house.chance.randbytes,
        )


def lie(house: House, name: str, siblings: Mapping[Dot, Value], context: Context | None = None) -> None:
    """The liar's copy of a cell is whatever it likes, and goes to the server."""
    house.write(house.liar, text="chạm vào")
    held = house.liar.held["w"].record
    seen = dict(context or {})
    for dot in siblings:
        seen[dot.replica] = max(dot.counter, seen.get(dot.replica, 0))
    stamps = {**dict.fromkeys(siblings, Stamp(1, "", 1)), **held.stamps}
    cells = {**held.cells, name: Cell(dict(siblings), seen)}
    house.liar._store(STREAM, Record(KIND, "w", cells, stamps))
    house.liar.offer(STREAM, ["w"])
    house.sync(house.liar)


def status(house: House) -> set[Any]:
    return {plain(value) for value in house.log().cells["status"].siblings.values()}


@pytest.mark.parametrize("name", ["approved", "boss"])
def test_what_is_not_signed_never_stands_under_another_ones_dot(house: House, name: str) -> None:
    """A dot its owner has certified, in a cell where he has never written."""
    decide(house, approved=False)
    house.meet()
    for n in range(9):
        house.one.save(STREAM, "visit", f"v{n}", {"name": "Ấp"})
    house.sync(house.one)
    before = records.shown(house.log())
    forged = Dot(house.one.counter, house.one.id)
    lie(house, name, {forged: "giả"}, dict(house.log().cells[name].context))
    assert forged not in house.log().cells[name].siblings
    assert records.shown(house.log())[name] == before[name]


def test_of_a_cell_of_which_nothing_is_taken_nothing_stands() -> None:
    house = House()
    house.write(house.one, text="chung")
    house.meet()
    before = house.archive.backup()
    house.write(house.leader, boss="hai")
    house.sync(house.leader)
    house.sync(house.one)
    house.archive.roll_back(before)
    house.write(house.one, text="nữa")
    house.sync(house.one)
    assert "boss" not in house.log().cells
    house.meet()
    assert house.boss() == {"hai"}


def test_a_late_save_without_a_right_does_not_choose_between_two_leaders(house: House) -> None:
    deputy = house.laptop("deputy", "deputy")
    house.sync(deputy)
    house.write(house.leader, boss="hai")
    house.sync(house.leader)
    house.sync(house.one)
    deputy.save(STREAM, "visit", "v", {"name": "Ấp"})
    house.write(deputy, boss="ba")
    house.sync(deputy)
    assert records.shown(house.log())["boss"] == "ba"
    house.write(house.one, boss="của tôi")  # he has seen the first only
    house.sync(house.one)
    assert house.boss() == {"hai", "ba"}
    assert records.shown(house.log())["boss"] == "ba"
    house.meet(*house.all, deputy)


@pytest.mark.parametrize("place", [0, 1])
def test_one_of_two_facts_takes_the_place_of_one_value(house: House, place: int) -> None:
    """They were said again together; somebody who hides one brings the other to a life that knows neither."""
    deputy = house.laptop("deputy", "deputy")
    house.sync(deputy)
    house.write(house.leader, boss="hai")
    house.write(deputy, boss="ba")
    house.meet(house.leader, deputy, house.one, house.liar)
    before = house.archive.backup()
    shown = records.shown(house.log())["boss"]
    seen = {"boss": tuple(house.one.held["w"].record.cells["boss"].siblings)}
    house.one.save(STREAM, KIND, "w", {"boss": "tôi chọn"}, seen)
    house.sync(house.one)
    house.sync(house.liar)
    said = house.liar.held["w"].record.cells["boss"]
    dot = sorted(said.siblings)[place]
    house.archive.roll_back(before)
    lie(house, "boss", {dot: said.siblings[dot]}, dict(said.context))
    assert house.boss() == {"hai", "ba"}
    assert records.shown(house.log())["boss"] == shown
    house.meet(house.leader, deputy, house.one)


def test_one_signature_is_written_in_one_way(house: House) -> None:
    decide(house, approved=False)
    house.meet()
    stood = house.log().cells["approved"]
    ((dot, value),) = stood.siblings.items()
    key, _, signature = value["sig"].partition(".")
    lie(house, "approved", {dot: {**value, "sig": f"{key}.{signature.upper()}"}}, dict(stood.context))
    assert house.log().cells["approved"] == stood


def test_a_leader_answers_what_the_server_chose(choosing: House) -> None:
    house = choosing
    house.write(house.leader, status="submitted")
    house.meet()
    decide(house, status="returned")
    house.meet()
    house.write(house.leader, status="submitted")
    house.meet()
    assert status(house) == {"submitted"}
    house.write(house.one, status="draft")
    house.meet()
    assert status(house) == {"submitted"}


def test_nobody_takes_a_leaders_choice_away_behind_another_value(choosing: House) -> None:
    house = choosing
    house.write(house.leader, status="submitted")
    house.one.save(STREAM, "visit", "v", {"name": "Ấp"})
    house.write(house.one, status="draft")  # neither has seen the other's; the later one is shown
    house.sync(house.leader)
    house.sync(house.one)
    assert house.one.shown("w")["status"] == "draft"
    both = {"status": tuple(house.one.held["w"].record.cells["status"].siblings)}
    house.one.save(STREAM, KIND, "w", {"status": "nháp"}, both)
    house.meet()
    assert status(house) == {"submitted", "draft"}
    assert "nháp" in house.one.quarantine.values()
    house.write(house.one, status="nháp")  # in the place of his own alone
    house.meet()
    assert status(house) == {"submitted", "nháp"}


def test_what_the_server_wrote_in_a_leaders_field_is_believed_whoever_brings_it(house: House) -> None:
    before = house.archive.backup()
    decide(house, boss="của cấp trên")
    house.sync(house.one)
    house.archive.roll_back(before)
    house.meet(house.one)
    assert house.boss() == {"của cấp trên"}
    house.meet()


def test_who_wrote_a_value_is_not_for_others_to_say(house: House) -> None:
    stood = house.log()
    stamps = dict.fromkeys(stood.stamps, Stamp(1, "người khác", 1))
    house.liar._store(STREAM, Record(KIND, "w", stood.cells, stamps))
    house.liar.offer(STREAM, ["w"])
    house.sync(house.liar)
    assert house.log().stamps == stood.stamps


def test_a_deletion_covers_no_leaders_value_that_has_not_come() -> None:
    """The server has forgotten it, not that she certified it; her laptop has not been there since."""
    house = House()
    house.write(house.one, text="chung")
    house.meet()
    before = house.archive.backup()
    house.write(house.leader, boss="hai")
    house.sync(house.leader)
    house.sync(house.liar)
    house.archive.roll_back(before)
    house.liar.delete("w")
    house.sync(house.liar)
    house.meet()
    assert not records.is_deleted(house.log())
    assert house.boss() == {"hai"}
    assert any(type(value) is list for value in house.liar.quarantine.values())


def written_over_by_hand(house: House) -> None:
    """A leader's value goes to a colleague by stick, he writes over it, his stick comes back."""
    house.write(house.leader, boss="hai")
    by_hand(house.leader, house.one)
    house.write(house.one, boss="của tôi")
    by_hand(house.one, house.leader)


@pytest.mark.parametrize("carried", [False, True])
def test_what_was_written_over_by_hand_is_not_gone_with_the_leaders_copy(house: House, carried: bool) -> None:
    written_over_by_hand(house)
    if carried:  # with his stick came his packet: her laptop hands it on before anything else
        house.sync(house.one)
    house.sync(house.leader)
    assert "hai" in house.boss()
    for _ in range(2):
        house.leader.offer(STREAM, ["w"])  # as a store does with what the server has not
        house.sync(house.leader)
    assert "hai" in house.boss()
    house.meet()
    assert "hai" in house.boss()
    assert "của tôi" not in house.boss()


def test_a_choice_put_beside_one_that_was_not_seen_is_for_a_leader_to_settle(choosing: House) -> None:
    house = choosing
    house.write(house.leader, status="submitted")
    house.meet()
    lie(house, "status", {house.liar._dot(): "draft"})
    stands = {plain(value) for value in house.log().cells["status"].siblings.values()}
    assert stands == {"submitted", "draft"}
    assert records.conflicts(house.log()) == ("status",)
