"""Who changed what, and taking it back."""

from __future__ import annotations

import pytest

from ntmdesk.errors import UserError
from ntmdesk.store.database import Store
from ntmdesk.store.history import Deletion
from sync.protocol import records
from sync.protocol.dots import Dot
from sync.protocol.records import Stamp
from tests.ntmdesk.store.places import LAN, MINH, Place, hamlet, household, resident
from tests.ntmdesk.store.test_records import ELSEWHERE, from_elsewhere


def test_every_change_is_told_newest_first(store: Store, place: Place) -> None:
    with store.begin(LAN) as uow:
        id = resident(uow, "Lê Thị Bưởi", birth="1958")
    place.clock.forward(hours=1)
    with store.begin(MINH) as uow:
        uow.records.set("resident", id, {"birth": "1959"})
        changes = uow.history.of(id)
    assert [(c.field, c.before, c.after, c.by) for c in changes] == [
        ("birth", "1958", "1959", MINH.person),
        ("full_name", None, "Lê Thị Bưởi", LAN.person),
        ("birth", None, "1958", LAN.person),
        ("_born", None, True, LAN.person),
    ]
    assert changes[0].at - changes[1].at == 3600
    assert {c.device for c in changes} == {store.replica}


def test_changes_from_other_laptops_are_told_too(store: Store) -> None:
    with store.begin(LAN) as uow:
        id = resident(uow, "Lê Thị Bưởi", birth="1958")
        from_elsewhere(uow, id, {"birth": "1960"}, 70, uow.records.record(id))
        newest = uow.history.of(id)[0]
    assert (newest.field, newest.before, newest.after) == ("birth", "1958", "1960")
    assert (newest.device, newest.by) == (ELSEWHERE, "b")


def test_deleting_and_restoring_are_changes(store: Store) -> None:
    with store.begin(LAN) as uow:
        id = resident(uow, "Lê Thị Bưởi")
        uow.records.delete("resident", id)
        uow.records.restore("resident", id)
        told = [(c.field, c.before, c.after) for c in uow.history.of(id)]
    assert told[:2] == [("_deleted", True, False), ("_deleted", False, True)]


def test_a_deletion_tells_who_and_when(store: Store, place: Place) -> None:
    with store.begin(LAN) as uow:
        id, other = resident(uow, "Lê Thị Bưởi"), resident(uow, "Lê Thị Cam")
    place.clock.forward(hours=1)
    with store.begin(MINH) as uow:
        uow.records.delete("resident", id)
        found = uow.history.deletions([id, other, "nobody"])
        assert found == {("resident", id): Deletion(int(place.clock.now.timestamp()), MINH.person)}
        uow.records.restore("resident", id)
        assert uow.history.deletions([id]) == {}


def test_of_several_deletions_the_one_that_heads_the_history_is_told(store: Store) -> None:
    with store.begin(LAN) as uow:
        id = resident(uow, "Lê Thị Bưởi")
        seen = uow.records.record(id)
        uow.records.delete("resident", id)
        (mine,) = uow.history.deletions([id]).values()
        theirs = records.delete(seen, Dot(uow.counter + 1, ELSEWHERE), Stamp(mine.at + 60, MINH.person, 1))
        from_elsewhere(uow, id, {}, uow.counter + 2, theirs)
        (told,) = uow.history.deletions([id]).values()
        newest = uow.history.of(id)[0]
    assert (mine.by, told.by) == (LAN.person, MINH.person)
    assert (newest.field, newest.at, newest.by) == ("_deleted", told.at, told.by)


def test_undo_of_a_change(store: Store) -> None:
    with store.begin(LAN) as uow:
        hamlet(uow)
        id = household(uow, "A", "H-1", lane="Ngõ Đình", members_n=3)
    with store.begin(LAN) as uow:
        uow.records.set("household", id, {"lane": "Ngõ Chợ", "members_n": None, "internet": "fibre"})
    with store.begin(LAN) as uow:
        done = uow.history.last(LAN)
        assert done is not None
        assert [s.what for s in uow.history.undo(done)] == ["set"]
        row = uow.records.get("household", id)
        assert (row["lane"], row["members_n"]) == ("Ngõ Đình", 3)
        assert "internet" not in row
        assert uow.records.state(id) == "local"


def test_undo_of_an_addition_is_the_trash(store: Store) -> None:
    with store.begin(LAN) as uow:
        hamlet(uow)
    with store.begin(LAN) as uow:
        home = household(uow, "A", "H-1")
        person = resident(uow, "B", household=home)
    with store.begin(LAN) as uow:
        done = uow.history.last(LAN)
        assert done is not None
        assert [s.id for s in done.saves] == [home, person]
        uow.history.undo(done)
        assert uow.records.count("household") == uow.records.count("resident") == 0
        assert uow.records.list("resident", deleted=True).total == 1


def test_undo_of_a_deletion(store: Store) -> None:
    with store.begin(LAN) as uow:
        id = resident(uow, "B")
    with store.begin(LAN) as uow:
        uow.records.delete("resident", id)
    with store.begin(LAN) as uow:
        done = uow.history.last(LAN)
        assert done is not None
        uow.history.undo(done)
        assert uow.records.get("resident", id)["full_name"] == "B"


def test_undo_puts_a_row_back(store: Store) -> None:
    visit = {
        "date": "2026-11-20", "place_type": "home", "hamlet": "15880-001", "members": [LAN.person],
        "lines": [
            {"id": "a", "service": "K01", "outcome": "done"},
            {"id": "b", "service": "K26", "outcome": "done"},
        ],
    }  # fmt: skip
    with store.begin(LAN) as uow:
        hamlet(uow)
        id = uow.records.add("support_visit", visit)
    with store.begin(LAN) as uow:
        uow.records.set(
            "support_visit", id, {"lines": [visit["lines"][1], {"service": "K02", "outcome": "done"}]}
        )  # type: ignore[index]
    with store.begin(LAN) as uow:
        done = uow.history.last(LAN)
        assert done is not None
        uow.history.undo(done)
        lines = uow.records.get("support_visit", id)["lines"]
    assert [(line["id"], line["service"]) for line in lines] == [("a", "K01"), ("b", "K26")]


def test_what_moved_on_is_not_undone(store: Store) -> None:
    with store.begin(LAN) as uow:
        id = resident(uow, "B", birth="1958")
    with store.begin(LAN) as uow:
        uow.records.set("resident", id, {"birth": "1959"})
    with store.begin(MINH) as uow:
        uow.records.set("resident", id, {"birth": "1960"})
    with store.begin(LAN) as uow:
        done = uow.history.last(LAN)
        assert done is not None
        with pytest.raises(UserError) as error:
            uow.history.undo(done)
        assert (error.value.code, error.value.details["field"]) == ("moved_on", "birth")
        assert uow.records.get("resident", id)["birth"] == "1960"


def test_undo_does_not_undo_itself_and_goes_on_to_the_one_before(store: Store) -> None:
    with store.begin(LAN) as uow:
        id = resident(uow, "B", birth="1958")
    for year in ("1959", "1960"):
        with store.begin(LAN) as uow:
            uow.records.set("resident", id, {"birth": year})
    for expected in ("1959", "1958"):
        with store.begin(LAN) as uow:
            done = uow.history.last(LAN)
            assert done is not None
            uow.history.undo(done)
            assert uow.records.get("resident", id)["birth"] == expected


def test_nothing_to_undo(store: Store) -> None:
    with store.begin(LAN) as uow:
        resident(uow, "B")
        assert uow.history.last(MINH) is None


def test_what_was_saved_since(store: Store, place: Place) -> None:
    with store.begin(LAN) as uow:
        resident(uow, "B")
    place.clock.forward(days=1)
    at = int(place.clock().timestamp())
    with store.begin(LAN) as uow:
        id = resident(uow, "C")
        assert uow.history.since(at) == [(id, "resident", "add", at)]
        assert uow.history.since(at, MINH.person) == []
