"""One judgement for the form, the command line and the upper server."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.protocol.kinds import CELL_PER_ELEMENT, UnknownKind
from sync.protocol.kinds_cells import to_cells
from sync.protocol.kinds_load import load
from sync.protocol.records import REMOVED
from sync.protocol.validation import LATER, Problem, errors, judge_cell, normalise, validate, writer_of
from sync.protocol.values import from_text
from tests.sync.protocol.catalogue_files import shipped, small

TODAY = dt.date(2026, 11, 22)

VISIT: dict[str, Any] = {
    "date": "2026-11-20",
    "place_type": "home",
    "hamlet": "h1",
    "household": "house-1",
    "members": ["m1"],
    "lines": [{"id": "1", "service": "K04", "outcome": "done"}],
}


def codes(kind: str, values: dict[str, Any], **more: Any) -> list[tuple[str, str]]:
    return [(p.path, p.code) for p in validate(shipped(), kind, values, today=TODAY, **more)]


def test_a_good_visit_has_no_problem() -> None:
    assert codes("support_visit", VISIT) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"date": None}, [("date", "required")]),
        ({"members": []}, [("members", "required")]),
        ({"lines": []}, [("lines", "required")]),
        ({"minutes": 0}, [("minutes", "too_small")]),
        ({"minutes": 481}, [("minutes", "too_large")]),
        ({"minutes": "20"}, [("minutes", "not_a_number")]),
        ({"minutes": True}, [("minutes", "not_a_number")]),
        ({"minutes": 2.5}, [("minutes", "not_a_number")]),
        ({"date": "2026-02-30"}, [("date", "bad_date")]),
        ({"date": "20/11/2026"}, [("date", "bad_date")]),
        ({"date": "٢٠٢٦-11-20"}, [("date", "bad_date")]),
        ({"date": 20261120}, [("date", "wrong_type")]),
        ({"date": "2026-11-23"}, [("date", "date_past")]),
        ({"start": "24:00"}, [("start", "bad_time")]),
        ({"place_type": "moon"}, [("place_type", "unknown_choice")]),
        ({"place_type": ["home"]}, [("place_type", "wrong_type")]),
        ({"place_type": "a b"}, [("place_type", "bad_code")]),
        ({"hamlet": "a/b"}, [("hamlet", "bad_reference")]),
        ({"notes": "x" * 501}, [("notes", "too_long")]),
        ({"members": ["m1", "m1"]}, [("members", "repeated")]),
        ({"members": "m1"}, [("members", "wrong_type")]),
        ({"mood": "good"}, [("mood", "unknown_field")]),
        ({"household": None}, [("household", "someone_helped")]),
        ({"household": None, "persons_n": 3}, []),
        ({"lines": [{"service": "K04", "outcome": "done"}]}, [("lines", "row_without_id")]),
        ({"lines": [{"id": "a/b", "service": "K04", "outcome": "done"}]}, [("lines", "bad_row_id")]),
        ({"lines": [{"id": "1", "outcome": "done"}]}, [("lines.service", "required")]),
        (
            {"lines": [{"id": "1", "service": "K98", "outcome": "done"}]},
            [("lines.service", "unknown_choice")],
        ),
        (
            {"lines": [{"id": "1", "service": "K04", "outcome": "done", "x": 1}]},
            [("lines.x", "unknown_field")],
        ),
        (
            {"lines": [{"id": "1", "service": "K04", "outcome": "failed"}]},
            [("lines.failure_reason", "reason_when_failed")],
        ),
        (
            {"lines": [{"id": "1", "service": "K04", "outcome": "failed", "failure_reason": "F01"}]},
            [],
        ),
        (
            {"lines": [{"id": "1", "service": "K04", "outcome": "postponed"}]},
            [("lines.follow_up_date", "date_when_postponed")],
        ),
        ({"lines": ["K04"]}, [("lines", "wrong_type")]),
        ({"lines": [VISIT["lines"][0], VISIT["lines"][0]]}, [("lines", "repeated")]),
    ],
)
def test_a_visit_with_one_thing_wrong(change: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert codes("support_visit", {**VISIT, **change}) == expected


def test_rules_between_fields_are_told_apart_and_warnings_save() -> None:
    problems = validate(
        shipped(),
        "support_visit",
        {**VISIT, "date": "2026-12-24", "lines": [{"id": "7", "service": "K01", "outcome": "failed"}]},
        today=TODAY,
    )
    by_code = {p.code: p for p in problems}
    failed = by_code["reason_when_failed"]
    assert (failed.field, failed.row, failed.column, failed.rule) == ("lines", "7", "failure_reason", True)
    assert by_code["date_past"].warning
    assert errors(problems) == (failed,)


@pytest.mark.parametrize(
    ("kind", "values", "code"),
    [
        ("training", {"attended_n": 5, "women_n": 6}, "women_at_most_attended"),
        ("training", {"attended_n": 5, "passed_n": 6}, "passed_at_most_attended"),
        ("household", {"members_n": 3, "adults_n": 4}, "adults_at_most_members"),
        ("member", {"joined": "2026-02-01", "left": "2026-01-01"}, "left_after_joined"),
        ("sameness", {"a": "x", "b": "x"}, "two_records"),
        ("vneid_case", {"granted_on": "2026-11-20", "activation_due": "2026-11-30"}, "due_seven_days"),
        ("vneid_case", {"status": "l2_granted"}, "granted_when_waiting"),
        ("consent", {"channel": "spoken"}, "witness_when_spoken"),
        ("weekly_log", {"difficulties": ["D01", "D99"]}, "text_when_other"),
        ("weekly_log", {"from": "2026-11-22", "to": "2026-11-16"}, "period_order"),
    ],
)
def test_rules_that_do_not_hold(kind: str, values: dict[str, Any], code: str) -> None:
    found = [p for p in validate(shipped(), kind, values, today=TODAY) if p.rule]
    assert [p.code for p in found] == [code]


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("training", {"women_n": 6}),
        ("training", {"attended_n": 0, "women_n": 0}),
        ("vneid_case", {"granted_on": "2026-11-20", "activation_due": "2026-11-27"}),
        ("weekly_log", {"difficulties": ["D99"], "difficulties_text": "Mưa lũ"}),
        ("consent", {"taken_at": "2026-11-20T08:00", "withdrawn_at": "2026-11-20"}),
    ],
)
def test_rules_that_hold_or_have_nothing_to_compare(kind: str, values: dict[str, Any]) -> None:
    assert [p.code for p in validate(shipped(), kind, values, today=TODAY) if p.rule] == []


def test_a_rule_on_a_field_that_is_wrong_by_itself_is_silent() -> None:
    values = {"head_name": "Lê Văn Đức", "code": "1", "hamlet": "h", "members_n": "ba", "adults_n": 4}
    assert codes("household", values) == [("members_n", "not_a_number")]


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("birth", "1958", None),
        ("birth", "1958-03", None),
        ("birth", "1958-03-15", None),
        ("birth", "1958-13", "bad_birth"),
        ("birth", "58", "bad_birth"),
        ("birth", "1958-02-30", "bad_birth"),
        ("id_number", "038158000123", None),
        ("id_number", "38158000123", "bad_id_number"),
        ("id_number", "123456789", "bad_pattern"),
        ("old_id", "123456789", None),
        ("phone", "0912345678", None),
        ("phone", "+84912345678", None),
        ("phone", "02373123456", None),
        ("phone", "hỏi con trai", "bad_phone"),
        ("full_name", "K'Brơi", None),
        ("full_name", "a\x00b", "wrong_type"),
        ("full_name", "a\ud800", "wrong_type"),
        ("sex", "m", None),
        ("sex", "nam", "unknown_choice"),
    ],
)
def test_one_value(field: str, value: object, code: str | None) -> None:
    assert judge_cell(shipped(), "resident", field, value) == code


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("2026-11-22", None),
        ("2026-11-22T08:30", None),
        ("2026-11-22T08:30:05.25+07:00", None),
        ("2026-11-22T08:30:05Z", None),
        ("2026-11-22T25:30", "bad_timestamp"),
        ("2026-11-31T05:30", "bad_timestamp"),
        ("hôm nay", "bad_timestamp"),
    ],
)
def test_moments(value: str, code: str | None) -> None:
    assert judge_cell(shipped(), "consent", "taken_at", value) == code


@pytest.mark.parametrize(
    ("kind", "cell", "value", "code"),
    [
        ("boat", "name", 1, "unknown_kind"),
        ("support_visit", "mood", 1, "unknown_field"),
        ("support_visit", "mood/1", {}, "unknown_field"),
        ("support_visit", "lines/1", {"#": 0, "service": "K98", "outcome": "done"}, "unknown_choice"),
        ("support_visit", "lines/1", {"#": 0, "service": "K98", "outcome": 5}, "wrong_type"),
        ("support_visit", "lines/1", {"#": 0, "service": "K01", "later": 5}, "unknown_field"),
        ("support_visit", "lines/1", {"#": 0, "service": "K01", "notes": "x" * 501}, "too_long"),
        ("support_visit", "lines/1", {"#": -1}, "wrong_type"),
        ("support_visit", "lines/1", {"#": True}, "wrong_type"),
        ("support_visit", "lines/1", True, "wrong_type"),
        ("support_visit", "lines/1", {"#": 0, "service": "K01", "outcome": "failed"}, None),
        ("support_visit", "lines/a b", {"#": 0}, "bad_row_id"),
        ("support_visit", "lines", [], "wrong_type"),
        ("support_visit", "date/1", True, "wrong_type"),
        ("support_visit", "members/m1", True, None),
        ("support_visit", "members/m1", {}, "wrong_type"),
        ("support_visit", "date", None, None),
        ("support_visit", "_born", True, None),
        ("weekly_log", "difficulties/D01", True, None),
        ("weekly_log", "difficulties/D77", True, "unknown_choice"),
        ("weekly_log", "snapshot", {"figures": []}, None),
        ("weekly_log", "snapshot", {"x": "y" * 200_001}, "too_long"),
        ("weekly_log", "snapshot", [1], "wrong_type"),
        ("household", "@address", {"lane": "Ngõ 4"}, None),
        ("household", "@address", {"lane": "Ngõ 4", "plot": 4}, "unknown_field"),
        ("household", "@address", {"lane": 4, "plot": 4}, "wrong_type"),
        ("household", "@address", "Ngõ 4", "wrong_type"),
        ("household", "@place", {}, "unknown_field"),
        ("household", "lane", "Ngõ 4", "wrong_type"),
        ("target", "period", "2026-W47", None),
        ("target", "period", "2026-W54", "bad_pattern"),
        ("target", "period", "2026-01-01/2026-03-31", None),
        ("outreach", "link", "https://example.vn/a", None),
        ("outreach", "link", "javascript:x", "bad_url"),
    ],
)
def test_a_cell_by_itself(kind: str, cell: str, value: object, code: str | None) -> None:
    assert judge_cell(shipped(), kind, cell, value) == code
    assert (code in LATER) == (code in {"unknown_kind", "unknown_field", "unknown_choice"})


def test_retired_choices_stay_where_they_are() -> None:
    catalogue = load(small())
    good = {"title": "x", "colour": "grey"}
    assert [p.code for p in validate(catalogue, "thing", good)] == ["retired_choice"]
    assert validate(catalogue, "thing", good, before={"colour": "grey"}) == ()
    assert judge_cell(catalogue, "thing", "colour", "grey") is None
    many = {"title": "x", "colours": ["grey", "red"]}
    assert [p.code for p in validate(catalogue, "thing", many)] == ["retired_choice"]
    assert validate(catalogue, "thing", many, before={"colours": ["grey"]}) == ()


def test_caps_on_the_number_of_entries() -> None:
    catalogue = load(small())
    values = {"title": "x", "colours": ["red", "blue", "gold"]}
    assert [(p.code, p.details["max"]) for p in validate(catalogue, "thing", values)] == [("too_many", 2)]


def test_unknown_names_pass_when_not_strict() -> None:
    values = {**VISIT, "mood": "good"}
    assert codes("support_visit", values, strict=False) == []
    assert codes("boat", {}) == [("", "unknown_kind")]
    with pytest.raises(UnknownKind):
        normalise(shipped(), "boat", {})


def test_changes_miss_nothing() -> None:
    assert codes("support_visit", {"minutes": 5}, partial=True) == []
    assert codes("support_visit", {"minutes": 0, "date": None}, partial=True) == [
        ("date", "required"),
        ("minutes", "too_small"),
    ]
    assert codes("household", {"adults_n": 9}, partial=True) == []


def test_what_was_typed_is_tidied() -> None:
    tidy = normalise(
        shipped(),
        "resident",
        {
            "full_name": "  \ufeffĐặng Thi\u0323  Hoà\n",
            "birth": 1958,
            "phone": "0912.345 678",
            "id_number": "038 158-000.123",
            "support_group": "elder",
            "notes": "  dòng 1\r\ndòng 2 ",
            "sex": "",
            "later": " x ",
        },
    )
    assert tidy == {
        "full_name": "Đặng Thị Hoà",
        "birth": "1958",
        "phone": "0912345678",
        "id_number": "038158000123",
        "support_group": ["elder"],
        "notes": "dòng 1\ndòng 2",
        "sex": None,
        "later": "x",
    }


def test_former_names_and_rows_are_tidied() -> None:
    assert normalise(shipped(), "team", {"hamlet": "15880-001"}) == {"hamlets": ["15880-001"]}
    rows = [{"id": "1", "service": " K01 ", "notes": "", "outcome": "done", "later": " y"}]
    tidy = normalise(shipped(), "support_visit", {"lines": rows, "members": [], "minutes": 20.0})
    assert tidy == {
        "lines": [{"id": "1", "service": "K01", "outcome": "done", "later": "y"}],
        "members": None,
        "minutes": 20,
    }
    assert isinstance(tidy["minutes"], int)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


@given(st.data())
def test_any_value_is_judged_and_tidying_twice_is_tidying_once(data: st.DataObject) -> None:
    kind = shipped().kinds[data.draw(st.sampled_from(sorted(shipped().kinds)))]
    values = data.draw(st.dictionaries(st.sampled_from(kind.names), json_values, max_size=5))
    once = normalise(shipped(), kind.name, values)
    assert repr(normalise(shipped(), kind.name, once)) == repr(once)
    problems = validate(shipped(), kind.name, once, today=TODAY)
    assert all(isinstance(p, Problem) and p.code for p in problems)
    for name, value in values.items():
        judge_cell(shipped(), kind.name, name, value)
        judge_cell(shipped(), kind.name, f"{name}/1", value)


@given(st.data())
def test_what_the_form_takes_the_server_takes(data: st.DataObject) -> None:
    kind = shipped().kinds[data.draw(st.sampled_from(sorted(shipped().kinds)))]
    values = normalise(
        shipped(), kind.name, data.draw(st.dictionaries(st.sampled_from(kind.names), json_values, max_size=5))
    )
    wrong = {p.field for p in validate(shipped(), kind.name, values) if not p.rule}
    good = {n: v for n, v in values.items() if n not in wrong}
    for cell, value in to_cells(kind, good).items():
        assert value is REMOVED or judge_cell(shipped(), kind.name, cell, value) is None


@pytest.mark.parametrize(
    ("kind", "field", "text", "value"),
    [
        ("household", "members_n", "4", 4),
        ("household", "members_n", "bốn", "bốn"),
        ("target", "value", "91,5", 91.5),
        ("household", "tv_box", "có", True),
        ("household", "tv_box", "Không", False),
        ("household", "tv_box", "chắc", "chắc"),
        ("household", "head_name", "  ", None),
        ("support_visit", "members", "a, b;c", ["a", "b", "c"]),
        ("support_visit", "members", '["a"]', ["a"]),
        ("support_visit", "lines", '[{"id":"1","service":"K01"}]', [{"id": "1", "service": "K01"}]),
        ("support_visit", "lines", "[{", "[{"),
        ("resident", "id_number", "038158000123", "038158000123"),
    ],
)
def test_values_out_of_texts(kind: str, field: str, text: str, value: object) -> None:
    assert from_text(shipped().field(kind, field), text) == value


@pytest.mark.parametrize(
    ("kind", "cell", "value", "writer"),
    [
        ("household", "head_name", "x", "anyone"),
        ("unit", "name", "x", "server"),
        ("target", "value", 60, "leader"),
        ("weekly_log", "situation", "x", "anyone"),
        ("weekly_log", "status", "draft", "anyone"),
        ("weekly_log", "status", "submitted", "leader"),
        ("weekly_log", "status", "approved", "server"),
        ("weekly_log", "snapshot", {}, "leader"),
        ("weekly_log", "@submission", {}, "leader"),
        ("weekly_log", "@approval", {}, "server"),
        ("workday", "confirmed_by", "m", "leader"),
        ("boat", "x", 1, "anyone"),
        ("household", "_born", True, "anyone"),
    ],
)
def test_who_may_write_what(kind: str, cell: str, value: object, writer: str) -> None:
    assert writer_of(shipped(), kind, cell, value) == writer


def test_sets_and_rows_are_the_types_with_a_cell_per_element() -> None:
    assert {"choices", "references", "rows"} == CELL_PER_ELEMENT
