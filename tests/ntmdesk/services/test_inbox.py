"""Conflicts opened again for a month, records that came back, edits that merged by themselves."""

from __future__ import annotations

from typing import Any

import pytest

from ntmdesk.errors import UserError
from ntmdesk.services import inbox, people, records
from ntmdesk.services.home import line_state
from tests.ntmdesk.after_sync import (
    MINH,
    changed_elsewhere,
    deleted_elsewhere,
    opened_again_elsewhere,
    record_of,
)
from tests.ntmdesk.services.conftest import Bench


@pytest.fixture
def home(bench: Bench) -> str:
    values = {"head_name": "Trần Văn Đức", "lane": "Ngõ 4", "members_n": 4}
    made = bench.do(people.add_household, values)
    return str(made.household)


def disagree(bench: Bench, home: str) -> None:
    """5 here and 6 at Minh's, neither having seen the other."""
    before = record_of(bench, home)
    bench.do(records.set_fields, "household", home, {"members_n": 5})
    changed_elsewhere(bench, "household", home, {"members_n": 6}, base=before)


def values(bench: Bench) -> list[Any]:
    return [v.value for c in bench.ask(records.conflicts) for v in c.values]


def shown(bench: Bench, home: str) -> Any:
    return bench.ask(records.get, "household", home)["members_n"]


def test_a_settled_conflict_is_listed_with_what_it_replaced(bench: Bench, home: str) -> None:
    disagree(bench, home)
    assert values(bench) == [6, 5]
    bench.do(records.resolve, home, "members_n", "mine")
    (one,) = bench.ask(inbox.settled)
    assert (one.id, one.field, one.chosen, one.by, one.open) == (
        home,
        "members_n",
        5,
        bench.author.person,
        True,
    )
    assert {(value, by) for value, by, _ in one.others} == {(5, bench.author.person), (6, MINH)}


def test_it_opens_again_with_the_same_value_on_the_screen(bench: Bench, home: str) -> None:
    disagree(bench, home)
    before = shown(bench, home)
    bench.do(records.resolve, home, "members_n", "mine")
    (one,) = bench.ask(inbox.settled)
    bench.do(inbox.reopen, one.dot)
    assert values(bench) == [6, 5]
    assert shown(bench, home) == before == 6
    assert bench.ask(inbox.settled) == []
    assert bench.ask(records.get, "household", home)["state"] == "local"


def test_undo_at_once_opens_it_as_well(bench: Bench, home: str) -> None:
    disagree(bench, home)
    bench.do(records.resolve, home, "members_n", "value:7")
    assert shown(bench, home) == 7
    bench.do(records.undo)
    assert values(bench) == [6, 5]


def test_other_laptops_see_it_open_again(bench: Bench, home: str) -> None:
    """Opening again is an edit like any other: a copy made before merges to the same two values."""
    disagree(bench, home)
    bench.do(records.resolve, home, "members_n", "mine")
    settled = record_of(bench, home)
    bench.do(inbox.reopen, bench.ask(inbox.settled)[0].dot)
    changed_elsewhere(bench, "household", home, {"lane": "Ngõ 5"}, base=settled)
    assert values(bench) == [6, 5]


def test_who_wrote_a_value_is_told_also_where_another_opened_it_again(bench: Bench, home: str) -> None:
    disagree(bench, home)
    (before,) = bench.ask(records.conflicts)
    opened_again_elsewhere(bench, home, "members_n", 7, (5, 6))
    (after,) = bench.ask(records.conflicts)
    assert {v.dot for v in before.values}.isdisjoint(v.dot for v in after.values)
    assert {(v.value, v.by) for v in after.values} == {(5, bench.author.person), (6, MINH)}
    assert [v.value for v in after.values if v.writer == bench.store.replica] == [5]
    bench.do(records.resolve, home, "members_n", "mine")
    assert shown(bench, home) == 5


def test_a_field_changed_since_is_not_opened_again(bench: Bench, home: str) -> None:
    disagree(bench, home)
    bench.do(records.resolve, home, "members_n", "mine")
    bench.do(records.set_fields, "household", home, {"members_n": 9})
    (one,) = bench.ask(inbox.settled)
    assert not one.open
    with pytest.raises(UserError) as error:
        bench.do(inbox.reopen, one.dot)
    assert error.value.code == "moved_on"
    assert shown(bench, home) == 9


def test_thirty_days_later_it_is_no_longer_listed(bench: Bench, home: str) -> None:
    disagree(bench, home)
    bench.do(records.resolve, home, "members_n", "mine")
    bench.clock.days(29)
    assert len(bench.ask(inbox.settled)) == 1
    bench.clock.days(2)
    assert bench.ask(inbox.settled) == []


def test_a_value_that_came_after_the_screen_was_drawn_stays(bench: Bench, home: str) -> None:
    base = record_of(bench, home)
    disagree(bench, home)
    seen = [v.dot.text for c in bench.ask(records.conflicts) for v in c.values]
    changed_elsewhere(bench, "household", home, {"members_n": 8}, base=base)
    bench.do(inbox.settle, home, "members_n", 7, seen)
    assert sorted(values(bench)) == [7, 8]


def test_a_typed_row_is_judged_and_keeps_its_place(bench: Bench, home: str) -> None:
    rows = [{"service": "K01", "outcome": "done"}, {"service": "K02", "outcome": "done"}]
    visit = {"household": home, "date": "2026-11-20", "place_type": "home", "lines": rows}
    id = bench.do(records.add, "support_visit", visit)
    lines = bench.ask(records.get, "support_visit", id)["lines"]
    before = record_of(bench, id)
    first, second = ({**lines[0], "outcome": o} for o in ("partial", "declined"))
    bench.do(records.set_fields, "support_visit", id, {"lines": [first, lines[1]]})
    cell = f"lines/{lines[0]['id']}"
    theirs = {k: v for k, v in second.items() if k != "id"}
    changed_elsewhere(bench, "support_visit", id, {cell: {"#": 0, **theirs}}, base=before)
    (one,) = bench.ask(records.conflicts)
    seen = [v.dot.text for v in one.values]
    with pytest.raises(UserError) as error:
        bench.do(inbox.settle, id, one.field, {"service": "K01", "outcome": 5}, seen)
    assert error.value.code == "invalid"
    typed = {"#": 0, "service": "K01", "outcome": "postponed", "follow_up_date": "2026-12-01"}
    typed["failure_reason"] = "F15"
    bench.do(inbox.settle, id, one.field, typed, seen)
    now = bench.ask(records.get, "support_visit", id)["lines"]
    assert [line["service"] for line in now] == ["K01", "K02"]
    assert now[0]["outcome"] == "postponed"


def come_back(bench: Bench, home: str) -> None:
    """Minh deletes; here the number of members is changed before that comes."""
    before = record_of(bench, home)
    bench.do(records.set_fields, "household", home, {"members_n": 5})
    deleted_elsewhere(bench, "household", home, base=before)


def test_a_record_that_came_back_says_who_deleted_and_what_was_changed(bench: Bench, home: str) -> None:
    come_back(bench, home)
    (one,) = bench.ask(inbox.brought_back)
    assert (one.id, one.deleted_by) == (home, MINH)
    assert [(e.field, e.before, e.after, e.by) for e in one.edits] == [
        ("members_n", 4, 5, bench.author.person)
    ]


def test_the_rail_tells_of_it_until_somebody_has_chosen(bench: Bench, home: str) -> None:
    assert bench.ask(line_state).conflicts == 0
    come_back(bench, home)
    assert bench.ask(line_state).conflicts == 1
    bench.do(inbox.keep, "household", home)
    assert bench.ask(line_state).conflicts == 0


def test_it_is_kept_and_keeping_is_undone(bench: Bench, home: str) -> None:
    come_back(bench, home)
    bench.do(inbox.keep, "household", home)
    assert bench.ask(inbox.brought_back) == []
    assert shown(bench, home) == 5
    bench.do(records.undo)
    assert [one.id for one in bench.ask(inbox.brought_back)] == [home]
    assert shown(bench, home) == 5


def test_it_is_deleted_again_and_that_is_undone(bench: Bench, home: str) -> None:
    come_back(bench, home)
    bench.do(inbox.delete_again, "household", home)
    assert bench.ask(inbox.brought_back) == []
    assert [row["id"] for row in bench.ask(records.deleted_rows, "household")] == [home]
    bench.do(records.undo)
    assert [one.id for one in bench.ask(inbox.brought_back)] == [home]


def test_edits_of_different_fields_are_told_with_both_names(bench: Bench, home: str) -> None:
    before = record_of(bench, home)
    bench.do(records.set_fields, "household", home, {"members_n": 5})
    changed_elsewhere(bench, "household", home, {"lane": "Ngõ 9"}, base=before)
    (one,) = bench.ask(inbox.merged)
    assert [(e.field, e.after) for e in one.theirs] == [("lane", "Ngõ 9")]
    assert {e.by for e in one.theirs} == {MINH}
    assert ("members_n", 5) in [(e.field, e.after) for e in one.ours]
    assert bench.ask(records.conflicts) == []


def test_nothing_is_told_of_a_record_without_edits_of_its_own_waiting(bench: Bench, home: str) -> None:
    with bench.begin() as uow:
        uow.db.execute("DELETE FROM outgoing")
    changed_elsewhere(bench, "household", home, {"lane": "Ngõ 9"})
    assert bench.ask(inbox.merged) == []


def test_a_conflict_is_not_told_as_merged(bench: Bench, home: str) -> None:
    with bench.begin() as uow:
        uow.db.execute("DELETE FROM outgoing")
    bench.clock.days(1)
    disagree(bench, home)
    assert bench.ask(inbox.merged) == []


def test_what_merged_is_told_for_a_month(bench: Bench, home: str) -> None:
    before = record_of(bench, home)
    bench.do(records.set_fields, "household", home, {"members_n": 5})
    changed_elsewhere(bench, "household", home, {"lane": "Ngõ 9"}, base=before)
    bench.clock.days(31)
    assert bench.ask(inbox.merged) == []
