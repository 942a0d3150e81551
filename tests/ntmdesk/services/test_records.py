"""Verbs for records of any kind."""

from __future__ import annotations

import json

import pytest

from ntmdesk.errors import UserError
from ntmdesk.services import records
from ntmdesk.store.surroundings import Author

from .conftest import Bench

HOA = {"full_name": "Đặng Thị Hoà", "birth": "1958", "sex": "f"}


def home(name: str, lane: str = "Ngõ 4", **more: object) -> dict[str, object]:
    return {"head_name": name, "lane": lane, **more}


def test_hamlet_code_members_and_date_are_filled_in(bench: Bench) -> None:
    household = bench.do(records.add, "household", home("Trần Văn Đức"))
    row = bench.ask(records.get, "household", household)
    assert row["code"] == f"{bench.store.replica[:4]}-0001"
    assert bench.ask(records.get, "hamlet", row["hamlet"])["local_code"] == "15880-001"
    visit = bench.do(
        records.add,
        "support_visit",
        {"household": household, "place_type": "home", "lines": [{"service": "K01", "outcome": "done"}]},
    )
    row = bench.ask(records.get, "support_visit", visit)
    assert row["date"] == "2026-11-22"
    assert row["members"] == [bench.author.person]
    assert row["hamlet"] == bench.ask(records.get, "household", household)["hamlet"]


def test_the_day_is_vietnams(bench: Bench) -> None:
    bench.clock.now = bench.clock.now.replace(hour=18)
    values = bench.ask(records.fill_in, "support_visit", {})
    assert values["date"] == "2026-11-23"


def test_nothing_given_is_replaced(bench: Bench) -> None:
    other = bench.do(
        records.add,
        "hamlet",
        {"local_code": "15880-002", "name": "Thôn 2", "type": "thon", "commune": "15880"},
    )
    household = bench.do(records.add, "household", home("Lê Nam", code="H-9", hamlet="15880-002"))
    row = bench.ask(records.get, "household", household)
    assert (row["code"], row["hamlet"]) == ("H-9", other)


def test_codes_rise(bench: Bench) -> None:
    ids = [bench.do(records.add, "household", home(name)) for name in ("A Văn Một", "B Văn Hai")]
    codes = [bench.ask(records.get, "household", id)["code"] for id in ids]
    assert [c[-4:] for c in codes] == ["0001", "0002"]


def test_lines_are_added_and_refused_one_by_one(bench: Bench) -> None:
    lines = [
        json.dumps(home("Trần Văn Đức")),
        "{not json",
        json.dumps({"lane": "Ngõ 1"}),
        json.dumps(home("Lê Thị Phượng", colour="red")),
        json.dumps(home("Lê Thị Phượng", hamlet="15880-099")),
        "[1]",
        json.dumps({**home("Đặng Quý"), "internet": "dial-up"}),
    ]
    done = bench_lines(bench, "household", lines)
    assert [id is not None for id in done.ids] == [True, False, False, False, False, False, False]
    assert [(r.line, r.code, r.field) for r in done.refused] == [
        (2, "invalid", ""),
        (3, "invalid", "head_name"),
        (4, "unknown_field", "colour"),
        (5, "unknown_reference", "hamlet"),
        (6, "invalid", ""),
        (7, "invalid", "internet"),
    ]
    assert bench.ask(records.list_rows, "household").total == 1


def bench_lines(bench: Bench, kind: str, lines: list[str]) -> records.Added:
    return records.add_lines(bench.begin, kind, lines)


def test_the_same_line_again_is_no_change(bench: Bench) -> None:
    line = json.dumps({"id": "0190f0a0-0000-7000-8000-000000000001", **home("Trần Văn Đức")})
    first = bench_lines(bench, "household", [line])
    bench.clock.days(3)
    again = bench_lines(bench, "household", [line, line])
    assert again.ids == first.ids * 2
    assert again.refused == []
    assert len(bench.ask(records.get, "household", str(first.ids[0]))["history"]) > 0
    assert {h["from"] for h in bench.ask(records.get, "household", str(first.ids[0]))["history"]} == {None}


def test_an_id_of_another_kind_is_in_use(bench: Bench) -> None:
    id = bench.do(records.add, "household", home("Trần Văn Đức"))
    done = bench_lines(bench, "resident", [json.dumps({"id": id, **HOA})])
    assert [r.code for r in done.refused] == ["id_in_use"]


def test_unknown_kind(bench: Bench) -> None:
    with pytest.raises(UserError, match="unknown_kind"):
        bench_lines(bench, "spaceship", ["{}"])
    with pytest.raises(UserError, match="unknown_kind"):
        bench.ask(records.list_rows, "spaceship")


def test_setting_deleting_restoring(bench: Bench) -> None:
    id = bench.do(records.add, "household", home("Trần Văn Đức"))
    bench.do(records.set_fields, "household", id, {"members_n": 4, "lane": "Ngõ 5"})
    row = bench.ask(records.get, "household", id)
    assert (row["members_n"], row["lane"], row["state"]) == (4, "Ngõ 5", "local")
    assert [(h["field"], h["from"], h["to"]) for h in row["history"] if h["field"] == "lane"] == [
        ("lane", None, "Ngõ 4"),
        ("lane", "Ngõ 4", "Ngõ 5"),
    ]
    bench.do(records.set_fields, "household", id, {"members_n": None})
    assert "members_n" not in bench.ask(records.get, "household", id)
    bench.do(records.delete, "household", id)
    with pytest.raises(UserError, match="not_found"):
        bench.ask(records.get, "household", id)
    assert [r["id"] for r in bench.ask(records.deleted_rows, "household")] == [id]
    assert bench.ask(records.list_rows, "household").total == 0
    bench.do(records.restore, "household", id)
    assert bench.ask(records.list_rows, "household").total == 1


def test_named_by_natural_code(bench: Bench) -> None:
    bench.do(records.add, "household", home("Trần Văn Đức", code="H1"))
    row = bench.do(records.set_fields, "household", "H1", {"members_n": 2})
    assert bench.ask(records.get, "household", "H1")["id"] == row["id"]


def test_a_number_needs_a_consent(bench: Bench) -> None:
    with pytest.raises(UserError) as refused:
        bench.do(records.add, "resident", {**HOA, "id_number": "038158000123"})
    assert (refused.value.code, refused.value.details["purpose"]) == ("consent_required", "identity")
    id = bench.do(records.add, "resident", HOA)
    with pytest.raises(UserError, match="consent_required"):
        bench.do(records.set_fields, "resident", id, {"id_number": "038158000123"})
    consent = {"subject": id, "purposes": ["support"], "channel": "paper", "legal_basis": "consent"}
    bench.do(records.add, "consent", {**consent, "text_version": "1"})
    with pytest.raises(UserError, match="consent_required"):
        bench.do(records.set_fields, "resident", id, {"id_number": "038158000123"})
    bench.do(records.add, "consent", {**consent, "purposes": ["identity"], "text_version": "1"})
    assert bench.do(records.set_fields, "resident", id, {"id_number": "038158000123"})["id_number"]
    bench.do(records.set_fields, "resident", id, {"id_number": None})


def test_a_member_may_not_write_what_is_the_leaders(bench: Bench) -> None:
    target = {"indicator": "I06", "scope": "T01", "period": "2026", "value": 50}
    member = Bench(bench.store, Author(bench.author.person, "Hoa", "member"), bench.clock, bench.home, "")
    with pytest.raises(UserError) as refused:
        member.do(records.add, "target", target)
    assert (refused.value.code, refused.value.details) == ("not_your_role", {"needed": "leader"})
    leader = Bench(bench.store, Author(bench.author.person, "Hoa", "leader"), bench.clock, bench.home, "")
    assert leader.do(records.add, "target", target)
    with pytest.raises(UserError, match="not_your_role"):
        leader.do(
            records.add, "unit", {"code": "99999", "code_list": "nso-2025-07", "name": "X", "type": "xa"}
        )


def test_a_member_replaces_and_deletes_nothing_of_the_leaders(bench: Bench) -> None:
    team = bench.do(records.add, "team", {"code": "T01", "name": "Tổ 1", "hamlets": ["15880-001"]})
    chief = bench.do(records.add, "member", {"full_name": "Lê Nam", "team": team, "role": "leader"})
    member = Bench(bench.store, Author(bench.author.person, "Hoa", "member"), bench.clock, bench.home, "")
    for changes in ({"role": "member"}, {"role": None}, {"role": "leader"}):
        with pytest.raises(UserError, match="not_your_role"):
            member.do(records.set_fields, "member", chief, changes)
    with pytest.raises(UserError, match="not_your_role"):
        member.do(records.delete, "member", chief)
    assert member.do(records.set_fields, "member", chief, {"full_name": "Lê Hoài Nam"})["role"] == "leader"
    mate = member.do(records.add, "member", {"full_name": "Hồ Tư", "team": team, "role": "member"})
    member.do(records.delete, "member", mate)


def test_joining_and_separating(bench: Bench) -> None:
    a, b, c = (bench.do(records.add, "household", home(n)) for n in ("Trần Đức", "Trần Văn Đức", "Lê Nam"))
    done = bench.do(records.merge, "household", b, a)
    assert (done.id, done.into) == (b, a)
    assert bench.ask(records.list_rows, "household").total == 2
    assert bench.do(records.unmerge, "household", b).into == a
    assert bench.ask(records.list_rows, "household").total == 3
    assert bench.do(records.merge, "household", a, b).sameness == done.sameness
    with pytest.raises(UserError, match="not_found"):
        bench.do(records.unmerge, "household", c)
    with pytest.raises(UserError, match="invalid"):
        bench.do(records.merge, "household", a, a)
    with pytest.raises(UserError, match="invalid"):
        bench.do(records.merge, "hamlet", "15880-001", "15880-001")


def test_undo_takes_the_last_save_back(bench: Bench) -> None:
    id = bench.do(records.add, "household", home("Trần Văn Đức"))
    bench.do(records.set_fields, "household", id, {"members_n": 4})
    undone = bench.do(records.undo)
    assert (undone.kind, undone.id, undone.fields) == ("household", id, ("members_n",))
    assert "members_n" not in bench.ask(records.get, "household", id)


def test_undo_of_something_new_puts_it_into_the_trash(bench: Bench) -> None:
    id = bench.do(records.add, "household", home("Trần Văn Đức"))
    assert bench.do(records.undo).records == (("household", id),)
    assert bench.ask(records.list_rows, "household").total == 0


def test_undo_is_refused_when_somebody_went_on(bench: Bench) -> None:
    id = bench.do(records.add, "household", home("Trần Văn Đức"))
    other = Bench(
        bench.store, Author("0190f0a0-0000-7000-8000-00000000000b", "Nam", ""), bench.clock, bench.home, ""
    )
    other.do(records.set_fields, "household", id, {"members_n": 4})
    with pytest.raises(UserError, match="moved_on"):
        bench.do(records.undo)
    assert bench.ask(records.get, "household", id)["members_n"] == 4


def test_nothing_to_undo(alone: Bench) -> None:
    with pytest.raises(UserError, match="nothing_to_undo"):
        alone.do(records.undo)


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("members_n", "4", 4),
        ("tv_box", "true", True),
        ("head_name", "4", "4"),
        ("head_name", "", None),
    ],
)
def test_values_typed_as_text(bench: Bench, field: str, text: str, value: object) -> None:
    assert bench.ask(records.read_value, "household", field, text) == value


def test_lists_typed_as_text(bench: Bench) -> None:
    assert bench.ask(records.read_value, "training", "topics", "T01, T02") == ["T01", "T02"]
    assert bench.ask(records.read_value, "training", "topics", '["T01"]') == ["T01"]
    with pytest.raises(UserError, match="unknown_field"):
        bench.ask(records.read_value, "training", "colour", "red")
    with pytest.raises(UserError, match="invalid"):
        bench.ask(records.read_value, "household", "members_n", "four")
