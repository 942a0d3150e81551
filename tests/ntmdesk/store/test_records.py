"""One repository for every kind: adding, changing, finding, listing, the trash, conflicts."""

from __future__ import annotations

from typing import Any

import pytest

from ntmdesk.errors import UserError
from ntmdesk.store.database import Store
from ntmdesk.store.unit_of_work import UnitOfWork
from sync.protocol import records as _records
from sync.protocol.dots import Dot
from sync.protocol.image import encode_image
from sync.protocol.records import Record, Stamp
from tests.ntmdesk.store.places import LAN, MINH, hamlet, household, resident

ELSEWHERE = "feedfacefeedface"


def refused(store: Store, kind: str, values: dict[str, Any], **more: Any) -> UserError:
    with pytest.raises(UserError) as error, store.begin(LAN) as uow:
        uow.records.add(kind, values, **more)
    return error.value


def from_elsewhere(
    uow: UnitOfWork, id: str, changes: dict[str, Any], counter: int, base: Record | None = None
) -> None:
    """Lets a change made on another laptop, which had seen ``base`` (default: nothing of it), arrive."""
    from ntmdesk.store.stored import any_kind
    from ntmdesk.store.writing import Arrival

    here = any_kind(uow.db, id)
    assert here is not None
    theirs = _records.edit(
        base or Record(here.kind, id, {}, {}), changes, Dot(counter, ELSEWHERE), Stamp(5, "b", 1)
    )
    merged = _records.merge(here.record(), theirs)
    uow.writer.merge([(here, merged, Arrival(here.kind, id, here.stream, encode_image(merged), 1))])


def test_a_row_holds_the_shown_fields_and_nothing_blank(store: Store) -> None:
    with store.begin(LAN) as uow:
        place = hamlet(uow)
        id = household(uow, "  Nguyễn   Văn Ba ", "H-1", members_n=4, lane="", notes=None)
        row = uow.records.get("household", id)
    assert row == {
        "id": id,
        "kind": "household",
        "state": "local",
        "head_name": "Nguyễn Văn Ba",
        "code": "H-1",
        "hamlet": place,
        "members_n": 4,
    }
    assert uow.touched == {"hamlet", "household"}


def test_what_is_invalid_is_not_stored(store: Store) -> None:
    error = refused(store, "household", {"head_name": "A", "members_n": 0, "flying": True})
    assert error.code == "invalid"
    found = {(p.field, p.code) for p in error.details["problems"]}
    assert {("members_n", "too_small"), ("flying", "unknown_field"), ("code", "required")} <= found
    with store.look() as uow:
        assert uow.records.count("household") == 0
        assert uow.seq == 0


def test_an_unknown_kind(store: Store) -> None:
    assert refused(store, "spaceship", {}).code == "unknown_kind"


def test_references_take_codes_and_refuse_what_is_not_there(store: Store) -> None:
    error = refused(store, "household", {"head_name": "A", "code": "H-1", "hamlet": "15880-009"})
    assert (error.code, error.details) == ("unknown_reference", {"field": "hamlet", "value": "15880-009"})
    with store.begin(LAN) as uow:
        place = hamlet(uow)
        id = household(uow, "A", "H-1")
        assert uow.records.get("household", id)["hamlet"] == place
        assert uow.records.find("household", "H-1") == id == uow.records.find("household", id)
        assert uow.records.find("household", "H-2") is None
        visit = {"place_type": "home", "household": "H-1", "date": "2026-11-20", "hamlet": place}
        with pytest.raises(UserError) as rows:
            uow.records.add("support_visit", {**visit, "lines": [], "persons": ["nobody"]})
        assert rows.value.details["field"] == "persons"


def test_a_person_at_work_may_be_named_before_enrolment(store: Store) -> None:
    with store.begin(LAN) as uow:
        hamlet(uow)
        uow.records.add("workday", {"member": LAN.person, "date": "2026-11-20", "part": "full"})
        with pytest.raises(UserError):
            uow.records.add("workday", {"member": MINH.person, "date": "2026-11-20", "part": "full"})


def test_the_same_again_is_no_change(store: Store) -> None:
    given = "01939d1c-0000-7000-8000-000000000001"
    values = {"full_name": "Lê Thị Bưởi", "birth": "1958", "phone": "0912 345 678"}
    with store.begin(LAN) as uow:
        assert uow.records.add("resident", values, id=given) == given
        before = uow.seq
        assert uow.records.add("resident", {**values, "phone": "0912345678"}, id=given.upper()) == given
        assert uow.seq == before
    error = refused(store, "resident", {**values, "birth": "1959"}, id=given)
    assert (error.code, error.details["id"]) == ("id_in_use", given)
    assert refused(store, "outreach", {}, id=given).code in ("invalid", "id_in_use")
    with store.begin(LAN) as uow:
        hamlet(uow)
    other = refused(store, "household", {"head_name": "A", "code": "H", "hamlet": "15880-001"}, id=given)
    assert (other.code, other.details["kind"]) == ("id_in_use", "resident")


def test_rows_without_an_id_get_one_that_repeats(store: Store) -> None:
    given = "01939d1c-0000-7000-8000-000000000002"
    visit = {
        "date": "2026-11-20",
        "place_type": "home",
        "hamlet": "15880-001",
        "members": [LAN.person],
        "lines": [{"service": "K01", "outcome": "done"}, {"service": "K26", "outcome": "done"}],
    }
    with store.begin(LAN) as uow:
        hamlet(uow)
        uow.records.add("support_visit", visit, id=given)
        uow.records.add("support_visit", visit, id=given)
        lines = uow.records.get("support_visit", given)["lines"]
    assert [line["service"] for line in lines] == ["K01", "K26"]
    assert len({line["id"] for line in lines}) == 2


def test_natural_keys_make_natural_ids(store: Store) -> None:
    values = {"indicator": "I06", "scope": "T01", "period": "2026", "value": 500, "unit": "lượt"}
    values = {k: v for k, v in values.items() if store.catalogue.kind("target").field(k)}
    with store.begin(LAN) as uow:
        first = uow.records.add("target", values)
        assert uow.records.add("target", values, id="01939d1c-0000-7000-8000-000000000003") == first
    assert first[14] == "5"
    with store.begin(LAN) as uow:
        uow.records.delete("target", first)
        assert uow.records.add("target", {**values, "value": 600}) == first
        assert uow.records.get("target", first)["value"] == 600


def test_only_changed_fields_become_edits(store: Store) -> None:
    with store.begin(LAN) as uow:
        id = resident(uow, "Lê Thị Bưởi", birth="1958", phone="0912345678")
        before = uow.records.record(id)
        row = uow.records.get("resident", id)
        same = {k: v for k, v in row.items() if k not in ("id", "kind", "state")}
        seq = uow.seq
        uow.records.set("resident", id, same)
        assert uow.seq == seq
        uow.records.set("resident", id, {**same, "birth": "1959"})
        after = uow.records.record(id)
    changed = {n for n in after.cells if after.cells[n] != before.cells[n]}
    assert changed == {"birth"}


def test_a_field_can_be_blanked(store: Store) -> None:
    with store.begin(LAN) as uow:
        id = resident(uow, "Lê Thị Bưởi", birth="1958")
        assert "birth" not in uow.records.set("resident", id, {"birth": None})
        with pytest.raises(UserError) as error:
            uow.records.set("resident", id, {"full_name": ""})
        assert error.value.details["problems"][0].code == "required"


def test_an_old_problem_does_not_stop_another_edit(store: Store) -> None:
    with store.begin(LAN) as uow:
        hamlet(uow)
        id = household(uow, "A", "H-1", members_n=3, adults_n=2)
        from_elsewhere(uow, id, {"members_n": 1}, 90, uow.records.record(id))
        assert uow.records.get("household", id)["members_n"] == 1
        assert uow.records.set("household", id, {"notes": "gần đình"})["notes"] == "gần đình"
        with pytest.raises(UserError):
            uow.records.set("household", id, {"adults_n": 5, "members_n": 2, "internet": "carrier_pigeon"})


def test_an_edit_covers_only_what_was_on_the_screen(store: Store) -> None:
    with store.begin(LAN) as uow:
        id = resident(uow, "Lê Thị Bưởi", birth="1958")
        seen = uow.records.dots("resident", id)
        from_elsewhere(uow, id, {"birth": "1960"}, 70, uow.records.record(id))
        uow.records.set("resident", id, {"birth": "1961"}, seen=seen)
        conflict = uow.records.conflicts()
    assert [(c.id, c.field) for c in conflict] == [(id, "birth")]
    assert {v.value for v in conflict[0].values} == {"1960", "1961"}


def test_a_field_that_was_blank_on_the_screen_covers_nothing(store: Store) -> None:
    with store.begin(LAN) as uow:
        id = resident(uow, "Lê Thị Bưởi")
        seen = uow.records.dots("resident", id)
        from_elsewhere(uow, id, {"phone": "0911111111"}, 70)
        uow.records.set("resident", id, {"phone": "0922222222"}, seen=seen)
        assert {v.value for c in uow.records.conflicts("resident") for v in c.values} == {
            "0911111111",
            "0922222222",
        }


def test_without_seen_the_present_winner_is_covered_and_hidden_siblings_stay(store: Store) -> None:
    with store.begin(LAN) as uow:
        id = resident(uow, "Lê Thị Bưởi", birth="1958")
        from_elsewhere(uow, id, {"birth": "1960"}, 70)
        assert uow.records.get("resident", id)["birth"] == "1960"
        uow.records.set("resident", id, {"birth": "1961"})
        values = {v.value: v.shown for v in uow.records.conflicts()[0].values}
    assert values == {"1961": True, "1958": False}


def test_settling_a_conflict_by_version_and_by_value(store: Store) -> None:
    with store.begin(LAN) as uow:
        id = resident(uow, "Lê Thị Bưởi", birth="1958")
        from_elsewhere(uow, id, {"birth": "1960"}, 70)
        mine = next(v for v in uow.records.conflicts()[0].values if v.dot.replica == uow.replica)
        assert (mine.by, mine.shown) == (LAN.person, False)
        with pytest.raises(UserError) as error:
            uow.records.resolve(id, "birth", None, "the year of the tiger")
        assert error.value.code == "invalid"
        uow.records.resolve(id, "birth", mine.dot)
        assert uow.records.get("resident", id)["birth"] == "1958"
        assert uow.records.conflicts() == []
        from_elsewhere(uow, id, {"birth": "1962"}, 90)
        uow.records.resolve(id, "birth", None, "1963")
        assert uow.records.get("resident", id)["birth"] == "1963"
        assert uow.peers.open_conflicts() == 0
        with pytest.raises(UserError):
            uow.records.resolve(id, "birth", Dot(999, ELSEWHERE))


def test_an_edit_covers_every_version_that_said_the_same(store: Store) -> None:
    with store.begin(LAN) as uow:
        id = resident(uow, "Lê Thị Bưởi", birth="1958")
        from_elsewhere(uow, id, {"birth": "1958"}, 70)
        uow.records.set("resident", id, {"birth": "1961"}, seen=uow.records.dots("resident", id))
        assert uow.records.conflicts() == []
        assert uow.records.get("resident", id)["birth"] == "1961"


def test_settling_leaves_what_came_after_looking(store: Store) -> None:
    with store.begin(LAN) as uow:
        id = resident(uow, "Lê Thị Bưởi", birth="1958")
        from_elsewhere(uow, id, {"birth": "1960"}, 70)
        seen = [v.dot for v in uow.records.conflicts()[0].values]
        from_elsewhere(uow, id, {"birth": "1962"}, 71)
        uow.records.resolve(id, "birth", seen[1], seen=seen)
        assert {v.value for v in uow.records.conflicts()[0].values} == {"1958", "1962"}


def test_a_row_that_two_people_wrote_keeps_the_hidden_version(store: Store) -> None:
    with store.begin(LAN) as uow:
        hamlet(uow)
        visit = {"date": "2026-11-20", "place_type": "home", "hamlet": "15880-001", "members": [LAN.person]}
        lines = [{"id": "a", "service": "K01", "outcome": "done"}]
        id = uow.records.add("support_visit", {**visit, "lines": lines})
        from_elsewhere(uow, id, {"lines/a": {"#": 0, "service": "K26", "outcome": "done"}}, 70)
        uow.records.set("support_visit", id, {"lines": [{"id": "a", "service": "K26", "outcome": "partial"}]})
        services = {v.value["service"] for v in uow.records.conflicts()[0].values}
        assert services == {"K01", "K26"}, "nobody saw K01, so nobody wrote over it"


def test_fields_of_one_cell_conflict_together(store: Store) -> None:
    with store.begin(LAN) as uow:
        hamlet(uow)
        id = household(uow, "A", "H-1", lane="Ngõ Đình", address_text="Số 3")
        from_elsewhere(uow, id, {"@address": {"lane": "Ngõ Chợ"}}, 70)
        conflict = uow.records.conflicts()[0]
        assert conflict.field == "address"
        assert conflict.values[0].value == {"lane": "Ngõ Chợ"}
        uow.records.resolve(id, "address", None, {"lane": "Ngõ Chùa", "address_text": "Số 3"})
        row = uow.records.get("household", id)
        assert (row["lane"], row["address_text"]) == ("Ngõ Chùa", "Số 3")


def test_a_field_read_as_the_greatest_is_no_conflict(store: Store) -> None:
    with store.begin(LAN) as uow:
        hamlet(uow)
        id = household(uow, "A", "H-1", last_visit="2026-05-01")
        from_elsewhere(uow, id, {"last_visit": "2026-03-01"}, 70)
        assert uow.records.get("household", id)["last_visit"] == "2026-05-01"
        assert uow.records.conflicts() == []
        uow.records.set("household", id, {"last_visit": "2026-01-01"})
        assert uow.records.get("household", id)["last_visit"] == "2026-01-01"


def test_rows_and_sets_merge_by_element(store: Store) -> None:
    with store.begin(LAN) as uow:
        hamlet(uow)
        id = uow.records.add(
            "support_visit",
            {
                "date": "2026-11-20",
                "place_type": "home",
                "hamlet": "15880-001",
                "members": [LAN.person],
                "lines": [{"id": "a", "service": "K01", "outcome": "done"}],
            },
        )
        base = uow.records.record(id)
        from_elsewhere(uow, id, {"lines/b": {"#": 1, "service": "K26", "outcome": "done"}}, 70, base)
        row = uow.records.get("support_visit", id)
        assert [line["id"] for line in row["lines"]] == ["a", "b"]
        uow.records.set("support_visit", id, {"lines": [line for line in row["lines"] if line["id"] == "b"]})
        assert [line["id"] for line in uow.records.get("support_visit", id)["lines"]] == ["b"]


def test_the_trash_and_the_way_back(store: Store) -> None:
    with store.begin(LAN) as uow:
        id = resident(uow, "Lê Thị Bưởi")
        row = uow.records.delete("resident", id)
        assert row["_deleted"] is True
        assert uow.records.list("resident").total == 0
        assert [r["id"] for r in uow.records.list("resident", deleted=True).rows] == [id]
        with pytest.raises(UserError):
            uow.records.get("resident", id)
        assert uow.records.peek("resident", id) is None
        assert uow.records.peek("resident", id, deleted=True) == row
        assert uow.records.peek("household", id, deleted=True) is None
        with pytest.raises(UserError):
            uow.records.set("resident", id, {"birth": "1958"})
        assert uow.search.people("buoi") == []
        assert "_deleted" not in uow.records.restore("resident", id)
        assert uow.records.list("resident").total == 1
        assert uow.search.people("buoi")[0].id == id


def test_an_unseen_edit_brings_a_deleted_record_back_to_the_inbox(store: Store) -> None:
    with store.begin(LAN) as uow:
        id = resident(uow, "Lê Thị Bưởi")
        uow.records.delete("resident", id)
        from_elsewhere(uow, id, {"birth": "1960"}, 70)
        assert [r["id"] for r in uow.records.brought_back()] == [id]
        assert uow.records.get("resident", id)["birth"] == "1960"
        uow.records.restore("resident", id)
        assert uow.records.brought_back() == []
        assert uow.records.get("resident", id)["full_name"] == "Lê Thị Bưởi"


def test_lists_come_in_vietnamese_order_by_given_name(store: Store) -> None:
    with store.begin(LAN) as uow:
        for name in ("Trần Văn Đạt", "Lê An", "Nguyễn Thị Ái", "Phạm Dũng", "Đỗ Thị Em"):
            resident(uow, name)
        names = [r["full_name"] for r in uow.records.list("resident").rows]
    assert names == ["Nguyễn Thị Ái", "Lê An", "Phạm Dũng", "Trần Văn Đạt", "Đỗ Thị Em"]


def test_dated_kinds_come_newest_first_and_between_days(store: Store) -> None:
    with store.begin(LAN) as uow:
        for day in ("2026-11-18", "2026-11-20", "2026-11-19"):
            uow.records.add("workday", {"member": LAN.person, "date": day, "part": "full"})
        assert [r["date"][-2:] for r in uow.records.list("workday").rows] == ["20", "19", "18"]
        asked = uow.records.list("workday", since="2026-11-19", until="2026-11-20")
        assert [r["date"][-2:] for r in asked.rows] == ["20", "19"]


def test_questions(store: Store) -> None:
    with store.begin(LAN) as uow:
        place = hamlet(uow)
        one = household(uow, "Nguyễn Văn Ba", "H-1", members_n=4, policy_family=True)
        two = household(uow, "Đỗ Thị Hồng", "H-2", poverty="near")
        old = resident(uow, "Lê Thị Bưởi", household=one, phone="0912345678")
        resident(uow, "Lê Thị Mận", household=two)
        listed = uow.records.list

        def ids(kind: str, **asked: Any) -> list[str]:
            return [r["id"] for r in listed(kind, **asked).rows]

        assert (
            ids("resident", where={"household": "H-1"}) == [old] == ids("resident", where={"household": one})
        )
        assert ids("household", where={"hamlet": place, "members_n": 4}) == [one]
        assert ids("household", where={"members_n": "4"}) == [one]
        assert ids("household", where={"policy_family": True}) == [one]
        assert ids("household", where={"poverty": None}) == [one]
        assert ids("household", where={"poverty": ["near", "poor"]}) == [two]
        assert ids("resident", where={"phone": "0912 345 678"}) == [old]
        assert ids("resident", where={"household": "nowhere"}) == []
        assert ids("resident", search="bưởi") == [old] == ids("resident", search="5678")
        assert ids("resident", search='") OR 1 --') == []
        assert listed("resident", limit=1).total == 2
        assert len(listed("resident", limit=1).rows) == 1
        assert ids("household", order="-members_n") == [one, two]
        with pytest.raises(UserError) as error:
            listed("household", where={"colour": "red"})
        assert error.value.code == "unknown_field"
        keys = uow.records.keys("resident", search="le thi")
        assert [r["full_name"] for r in uow.records.rows(keys)] == ["Lê Thị Bưởi", "Lê Thị Mận"]
        assert uow.records.count("resident", {"household": one}) == 1


def test_sets_are_asked_whether_they_hold_a_value(store: Store) -> None:
    with store.begin(LAN) as uow:
        hamlet(uow)
        person = resident(uow, "Lê Thị Bưởi")
        visit = {
            "date": "2026-11-20", "place_type": "home", "hamlet": "15880-001", "members": [LAN.person],
            "persons": [person], "lines": [{"service": "K01", "outcome": "done"}],
        }  # fmt: skip
        id = uow.records.add("support_visit", visit)
        assert [r["id"] for r in uow.records.list("support_visit", where={"persons": person}).rows] == [id]
        assert uow.records.list("support_visit", where={"members": LAN.person}).total == 1
        assert [r["id"] for r in uow.records.referring(person)] == [id]
        assert uow.records.referring(person, "vneid_case") == []


def test_candidates_for_doubles(store: Store) -> None:
    with store.begin(LAN) as uow:
        hoa = resident(uow, "Nguyễn Thị Hòa", birth="1958", phone="0912345678")
        twin = resident(uow, "Nguyễn Hoà")
        resident(uow, "Trần Văn Đạt")

        def ids(**values: Any) -> set[str]:
            return {r["id"] for r in uow.records.candidates("resident", values)}

        assert ids(full_name="NGUYỄN THỊ HOÀ") == {hoa, twin}
        assert ids(full_name="Ai Đó", phone="+84912345678") == {hoa}
        assert ids(full_name="Ai Đó") == set()
        uow.records.delete("resident", twin)
        assert ids(full_name="Nguyễn Hoà") == {hoa}


def test_views_read_naturally(store: Store) -> None:
    with store.begin(LAN) as uow:
        hamlet(uow)
        household(uow, "Nguyễn Văn Ba", "H-1", members_n=4)
        gone = household(uow, "Đã Xoá", "H-2")
        uow.records.delete("household", gone)
    assert store.db.execute("SELECT head_name, members_n, hamlet FROM household").fetchall()[0][:2] == (
        "Nguyễn Văn Ba",
        4,
    )
    assert store.db.execute("SELECT count(*) FROM household").fetchone()[0] == 1


def test_the_code_index_serves_the_view_and_find(store: Store) -> None:
    plan = store.db.execute("EXPLAIN QUERY PLAN SELECT * FROM household WHERE code='H-1'").fetchall()
    assert any("code_household" in str(step) for step in plan)


def test_a_look_cannot_save(store: Store) -> None:
    with pytest.raises(RuntimeError), store.look() as uow:
        resident(uow, "Lê Thị Bưởi")
    with store.begin(LAN) as uow:
        resident(uow, "Lê Thị Mận")


def test_an_exception_rolls_everything_back(store: Store) -> None:
    def half() -> None:
        with store.begin(LAN) as uow:
            resident(uow, "Lê Thị Bưởi")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half()
    with store.look() as uow:
        assert uow.records.count("resident") == 0
        assert (uow.seq, uow.counter) == (0, 0)


def test_fields_and_kinds_unknown_here_are_kept(store: Store) -> None:
    from ntmdesk.store.writing import Arrival

    born = _records.create(
        "drone", "01939d1c-0000-7000-8000-0000000000aa", {"wings": 2}, Dot(7, ELSEWHERE), Stamp(1, "", 9)
    )
    with store.begin(LAN) as uow:
        uow.writer.arrive([Arrival("drone", born.id, "s", encode_image(born), 1)])
        id = resident(uow, "Lê Thị Bưởi")
        from_elsewhere(uow, id, {"blood_type": "O"}, 70)
        assert uow.records.get("resident", id)["blood_type"] == "O"
        uow.records.set("resident", id, {"birth": "1958"})
        assert uow.records.record(id).cells["blood_type"].siblings
        assert encode_image(uow.records.record(born.id)) == encode_image(born)
        with pytest.raises(UserError):
            uow.records.list("drone")


def test_a_record_that_is_not_born_yet_is_kept_and_not_shown(store: Store) -> None:
    from ntmdesk.store.writing import Arrival

    id = "01939d1c-0000-7000-8000-0000000000bb"
    part = _records.edit(
        Record("resident", id, {}, {}), {"birth": "1960"}, Dot(7, ELSEWHERE), Stamp(1, "", 1)
    )
    with store.begin(LAN) as uow:
        uow.writer.arrive([Arrival("resident", id, "", encode_image(part), 1)])
        assert uow.records.list("resident", deleted=True).total == 0
        with pytest.raises(UserError):
            uow.records.get("resident", id)
        uow.records.add("resident", {"full_name": "Lê Thị Bưởi"}, id=id)
        row = uow.records.get("resident", id)
        assert (row["full_name"], row["birth"]) == ("Lê Thị Bưởi", "1960")
        assert uow.counter > 7
