"""Fields to cells and back, and ids out of natural keys."""

import uuid
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sync.protocol.kinds_cells import (
    assemble,
    cells_of,
    fields_of_cell,
    natural_id,
    row_positions,
    to_cells,
    with_row_ids,
)
from sync.protocol.kinds_load import load
from sync.protocol.records import REMOVED
from tests.sync.protocol.catalogue_files import shipped, small

THING = load(small()).kind("thing")

ids = st.text("abcdef123", min_size=1, max_size=4)
texts = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=6)
things = st.fixed_dictionaries(
    {},
    optional={
        "title": texts,
        "colour": st.sampled_from(["red", "blue"]),
        "colours": st.lists(st.sampled_from(["red", "blue", "gold"]), unique=True, min_size=1),
        "low": st.integers(0, 10),
        "street": texts,
        "door": texts,
        "parts": st.lists(
            st.fixed_dictionaries({"id": ids}, optional={"of": ids, "note": texts}),
            unique_by=lambda r: r["id"],
            min_size=1,
        ),
        "unheard_of": st.dictionaries(texts, st.integers()),
    },
)


def same(a: dict[str, Any], b: dict[str, Any]) -> bool:
    """Equal, with sets in any order."""

    def plain(values: dict[str, Any]) -> dict[str, Any]:
        return {k: sorted(v) if k == "colours" else v for k, v in values.items()}

    return plain(a) == plain(b)


def applied(cells: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in {**cells, **changes}.items() if v is not REMOVED}


@given(things)
def test_round_trip(values: dict[str, Any]) -> None:
    assert same(assemble(THING, to_cells(THING, values)), values)


@given(things, st.lists(things, max_size=4))
def test_changes_one_after_another(first: dict[str, Any], later: list[dict[str, Any]]) -> None:
    cells = to_cells(THING, first)
    shown = first
    for changes in later:
        new = to_cells(THING, changes, assemble(THING, cells), row_positions(cells))
        assert all(cells.get(name) != value for name, value in new.items() if "/" in name)
        cells = applied(cells, new)
        shown = {**shown, **changes}
        assert same(assemble(THING, cells), shown)


@given(things)
def test_the_same_again_touches_no_row_and_no_element(values: dict[str, Any]) -> None:
    again = to_cells(THING, values, values)
    assert [name for name in again if "/" in name] == []


def test_a_group_keeps_the_member_that_did_not_change() -> None:
    assert to_cells(THING, {"street": "Ngõ 4"}, {"door": "12"}) == {
        "@address": {"door": "12", "street": "Ngõ 4"}
    }
    assert to_cells(THING, {"street": None}, {"street": "Ngõ 4"}) == {"@address": None}
    assert assemble(THING, {"@address": None}) == {}


def test_rows_and_elements_that_go_away() -> None:
    before = {"colours": ["red", "blue"], "parts": [{"id": "a", "note": "1"}, {"id": "b"}]}
    assert to_cells(THING, {"colours": ["blue", "gold"], "parts": [{"id": "b"}]}, before) == {
        "colours/red": REMOVED,
        "colours/gold": True,
        "parts/a": REMOVED,
    }
    assert to_cells(
        THING, {"colours": None, "parts": None}, {"colours": ["red"], "parts": [{"id": "b"}]}
    ) == {
        "colours/red": REMOVED,
        "parts/b": REMOVED,
    }


def test_a_row_added_after_a_gap_stays_last() -> None:
    cells = {"parts/b": {"#": 3, "note": "x"}}
    values = {"parts": [{"id": "b", "note": "x"}, {"id": "a"}]}
    new = to_cells(THING, values, assemble(THING, cells), row_positions(cells))
    assert new == {"parts/a": {"#": 4}}
    assert assemble(THING, {**cells, **new})["parts"] == values["parts"]


def test_rows_put_in_another_order_change_places_only() -> None:
    cells = {"parts/a": {"#": 0, "note": "1"}, "parts/b": {"#": 1}, "parts/c": {"#": 2}}
    turned = {"parts": [{"id": "b"}, {"id": "a", "note": "1"}, {"id": "c"}]}
    new = to_cells(THING, turned, assemble(THING, cells), row_positions(cells))
    assert new == {"parts/b": {"#": 0}, "parts/a": {"#": 1, "note": "1"}}


def test_former_names_come_out_as_present_ones() -> None:
    assert assemble(THING, {"top": 4, "_born": True}) == {"high": 4}
    assert to_cells(THING, {"top": 4}) == {"high": 4}


def test_cells_of_a_field_and_fields_of_a_cell() -> None:
    assert cells_of(THING, "title") == ("title",)
    assert cells_of(THING, "door") == ("@address",)
    assert cells_of(THING, "colours", ["red"]) == ("colours/red",)
    assert cells_of(THING, "parts", [{"id": "a"}]) == ("parts/a",)
    assert cells_of(THING, "unheard_of") == ("unheard_of",)
    assert fields_of_cell(THING, "@address") == ("street", "door")
    assert fields_of_cell(THING, "parts/a") == ("parts",)


def test_one_per_kinds_get_the_same_id_on_every_laptop() -> None:
    log = shipped().kind("weekly_log")
    one = natural_id(log, {"team": "t1", "week": "2026-W47"})
    assert one == natural_id(log, {"week": "2026-W47", "team": "t1", "situation": "x"})
    assert one != natural_id(log, {"team": "t2", "week": "2026-W47"})
    assert one == "dc45fd9c-d83e-5e1a-98c5-7e9762e87409"
    assert uuid.UUID(str(one)).version == 5
    assert natural_id(shipped().kind("household"), {"code": "1"}) is None
    assert natural_id(log, {}) is None


def test_sameness_of_two_records_has_one_id_whichever_comes_first() -> None:
    kind = shipped().kind("sameness")
    one = natural_id(kind, {"of": "household", "a": "x", "b": "y"})
    assert one == natural_id(kind, {"of": "household", "a": "y", "b": "x"})
    assert one != natural_id(kind, {"of": "resident", "a": "x", "b": "y"})


def test_key_parts_do_not_run_together() -> None:
    kind = shipped().kind("target")
    assert natural_id(kind, {"indicator": "I0", "scope": "6T"}) != natural_id(
        kind, {"indicator": "I06", "scope": "T"}
    )


def test_rows_get_ids_of_the_person_or_new_ones() -> None:
    training = shipped().kind("training")
    rows = [
        {"resident": "r1"},
        {"name": "Lê Văn Nam"},
        {"resident": "r1"},
        {"id": "x", "resident": "r2"},
        "odd",
    ]
    out = with_row_ids(training, {"title": "T", "attendance": rows}, lambda field, place: f"{field}-{place}")
    assert [r["id"] for r in out["attendance"][:4]] == ["r1", "attendance-1", "attendance-2", "x"]
    assert out["attendance"][4] == "odd"
    assert rows[0] == {"resident": "r1"}
