"""Three states of an open form: what is taken over, what stays as typed, what has to be chosen."""

from __future__ import annotations

from typing import Any

import pytest

from ntmdesk.domain.rebasing import Rebased, changed_fields, rebase
from sync.protocol.kinds import Kind
from sync.protocol.kinds_load import load

KINDS = {
    "catalogue.toml": "version = 1\n",
    "lists/colours.toml": """
name = "colours"
label = { vi = "Màu", en = "Colours" }
choices = [{ code = "r", vi = "đỏ", en = "red" }]
""",
    "kinds/note.toml": """
name = "note"
label = { vi = "Ghi chú", en = "Note" }
plural = { vi = "Ghi chú", en = "Notes" }
title = ["head"]
columns = ["head"]
sort = "head"
sort_by = "text"

[[fields]]
name = "head"
type = "text"
max_length = 50
vi = "Tên"
en = "Head"

[[fields]]
name = "count"
type = "integer"
minimum = 0
maximum = 99
vi = "Số"
en = "Count"

[[fields]]
name = "tags"
type = "choices"
choices = "colours"
vi = "Nhãn"
en = "Tags"

[[fields]]
name = "lines"
type = "rows"
vi = "Dòng"
en = "Lines"

[[fields.columns]]
name = "what"
type = "text"
max_length = 50
vi = "Gì"
en = "What"
""",
}


@pytest.fixture(scope="module")
def kind() -> Kind:
    return load(KINDS).kind("note")


def lines(**rows: str) -> list[dict[str, Any]]:
    return [{"id": id, "what": what} for id, what in rows.items()]


def test_an_untouched_field_takes_the_new_value_and_a_blank_one(kind: Kind) -> None:
    base = {"head": "a", "count": 1}
    assert rebase(kind, base, {"head": "b"}, base, ()) == Rebased({"head": "b", "count": None})


def test_what_did_not_change_underneath_is_left_alone(kind: Kind) -> None:
    base = {"head": "a"}
    assert rebase(kind, base, base, {"head": "typed"}, ("head",)) == Rebased()


def test_a_touched_field_keeps_what_was_typed_and_has_to_be_chosen(kind: Kind) -> None:
    found = rebase(kind, {"head": "a", "count": 1}, {"head": "b", "count": 1}, {"head": "c"}, ("head",))
    assert found == Rebased({}, {"head": "b"})


def test_a_field_blanked_there_and_typed_here_has_to_be_chosen(kind: Kind) -> None:
    assert rebase(kind, {"head": "a"}, {}, {"head": "c"}, ("head",)) == Rebased({}, {"head": None})


def test_typing_what_the_other_wrote_is_agreement(kind: Kind) -> None:
    assert rebase(kind, {"head": "a"}, {"head": "b"}, {"head": "b"}, ("head",)) == Rebased()


def test_half_typed_text_is_never_replaced(kind: Kind) -> None:
    """A number that cannot be read yet has no value, and is touched."""
    found = rebase(kind, {"count": 1}, {"count": 2}, {"count": None}, ("count",))
    assert found == Rebased({}, {"count": 2})


def test_sets_join_element_by_element(kind: Kind) -> None:
    base, now, typed = {"tags": ["a", "b"]}, {"tags": ["a", "b", "c"]}, {"tags": ["b", "d"]}
    assert rebase(kind, base, now, typed, ("tags",)) == Rebased({"tags": ["b", "c", "d"]})
    assert rebase(kind, base, {"tags": ["b", "a"]}, typed, ("tags",)) == Rebased()


def test_rows_join_one_by_one(kind: Kind) -> None:
    base = {"lines": lines(x="1", y="1", z="1")}
    now = {"lines": lines(x="2", y="1", w="1")}
    typed = {"lines": [*lines(x="1", y="mine", z="1"), {"what": "new"}]}
    found = rebase(kind, base, now, typed, ("lines",))
    assert found.taken == {"lines": [*lines(x="2", y="mine"), {"what": "new"}, *lines(w="1")]}
    assert not found.clashes


def test_a_row_changed_on_both_sides_has_to_be_chosen_and_the_others_stay(kind: Kind) -> None:
    base = {"lines": lines(x="1", y="1")}
    found = rebase(kind, base, {"lines": lines(x="2", y="2")}, {"lines": lines(x="mine", y="1")}, ("lines",))
    assert found.taken == {"lines": lines(x="mine", y="2")}
    assert found.clashes == {"lines": lines(x="2", y="2")}


def test_a_row_taken_away_here_stays_away_and_one_changed_here_stays(kind: Kind) -> None:
    base = {"lines": lines(x="1", y="1")}
    found = rebase(kind, base, {"lines": lines(x="2")}, {"lines": lines(y="mine")}, ("lines",))
    assert found == Rebased()


def test_changed_fields_look_at_values_not_at_order_of_a_set(kind: Kind) -> None:
    before = {"head": "a", "tags": ["a", "b"], "lines": []}
    assert changed_fields(kind, before, {"head": "a", "tags": ["b", "a"]}) == ()
    assert changed_fields(kind, before, {"tags": ["b", "a"], "count": 0}) == ("head", "count")
