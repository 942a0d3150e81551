"""Merging is a join: order, repetition and partial copies do not matter, and nothing unseen is lost."""

from __future__ import annotations

import os
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.protocol import records
from sync.protocol.cells import (
    Cell,
    Twins,
    Value,
    alike,
    in_conflict,
    merge_cells,
    remove,
    same_value,
    winner,
    winning_value,
    write,
)
from sync.protocol.clones import disowned
from sync.protocol.dots import Dot, covers, join
from sync.protocol.image import encode_image
from sync.protocol.records import Stamp
from tests.sync.protocol.strategies import REPLICAS, any_records, cells, schedule

SCHEDULES = int(os.environ.get("NTM_SCHEDULES", "3000"))
A, B, C = (Dot(n, r) for n, r in zip((3, 4, 5), REPLICAS, strict=True))


@given(cells(), cells(), cells())
@settings(deadline=None)
def test_merge_of_cells_is_a_join(a: Cell, b: Cell, c: Cell) -> None:
    assert merge_cells(a, b) == merge_cells(b, a)
    assert merge_cells(merge_cells(a, b), c) == merge_cells(a, merge_cells(b, c))
    assert merge_cells(a, a) == a
    assert merge_cells(merge_cells(a, b), b) == merge_cells(a, b)


@given(st.data())
@settings(max_examples=50, deadline=None)
def test_merge_of_records_is_a_join(data: st.DataObject) -> None:
    a, b, c = (data.draw(any_records("visit", "v")) for _ in range(3))
    ab = records.merge(a, b)
    image = encode_image(records.merge(ab, c))
    # stamps of one dot are equal in life; here the first writer's may differ, so compare cells
    assert records.merge(a, records.merge(b, c)).cells == records.merge(ab, c).cells
    assert records.merge(b, a).cells == ab.cells
    assert records.merge(ab, ab).cells == ab.cells
    assert image == encode_image(records.merge(ab, c))


def test_schedules_of_partial_stale_and_repeated_copies_meet_in_one_state() -> None:
    for seed in range(SCHEDULES):
        chance = random.Random(seed)
        states, copies = schedule(chance, 14)
        everything = states + copies
        ends = []
        for _ in range(3):
            chance.shuffle(everything)
            end = everything[0]
            for one in everything[1:]:
                end = records.merge(end, one)
            ends.append(encode_image(end))
        assert ends[0] == ends[1] == ends[2], seed


def test_a_value_goes_only_when_its_dot_is_named() -> None:
    """Every value of every schedule is alive at the end or was named by an edit (invariant 2)."""
    for seed in range(SCHEDULES // 3):
        states, copies = schedule(random.Random(seed), 14)
        end = states[0]
        for one in states[1:] + copies:
            end = records.merge(end, one)
        for state in states + copies:
            for name, cell in state.cells.items():
                for dot in cell.siblings:
                    alive = dot in end.cells[name].siblings
                    assert alive or covers(end.cells[name].context, dot)


def test_an_edit_covers_only_what_was_on_the_screen() -> None:
    cell = merge_cells(write(Cell({}, {}), A, "a", ()), write(Cell({}, {}), B, "b", ()))
    assert winner(cell) == B
    after = write(cell, C, "c", [B])
    assert after.siblings == {A: "a", C: "c"}
    assert in_conflict(after)


def test_adding_wins_over_a_removal_that_had_not_seen_it() -> None:
    first = write(Cell({}, {}), A, True, ())
    removed = remove(first, B, [A])
    again = write(first, C, True, [A])
    assert merge_cells(removed, again).siblings == {C: True}


def test_one_dot_with_two_values_keeps_both_in_byte_order() -> None:
    one, two = Cell({A: "z"}, {A.replica: 3}), Cell({A: "a"}, {A.replica: 3})
    merged = merge_cells(one, two)
    assert merged.siblings[A] == Twins(("a", "z"))
    assert merged == merge_cells(two, one) == merge_cells(merged, one)
    assert winning_value(merged) == "z"
    assert in_conflict(merged)


LOOK_EQUAL = [(1, True), (1, 1.0), (0, False), ("1", 1), ([1], [True]), ({"n": 1}, {"n": 1.0})]


@pytest.mark.parametrize(("a", "b"), LOOK_EQUAL)
def test_equality_is_that_of_the_canonical_bytes(a: object, b: object) -> None:
    assert not same_value(a, b)
    assert same_value(a, a)
    assert same_value({"a": a, "b": b}, {"b": b, "a": a})


@pytest.mark.parametrize(("a", "b"), LOOK_EQUAL)
def test_values_that_python_calls_equal_stay_beside_each_other(a: object, b: object) -> None:
    """Under one dot both are kept; under two only the one that was named goes with its dot."""
    twins = merge_cells(Cell({A: a}, {A.replica: 3}), Cell({A: b}, {A.replica: 3}))
    assert type(twins.siblings[A]) is Twins
    cell = merge_cells(write(Cell({}, {}), A, a, ()), write(Cell({}, {}), B, b, ()))
    assert alike(cell, A) == (A,)


@pytest.mark.parametrize(("a", "b"), LOOK_EQUAL)
def test_values_that_python_calls_equal_are_a_conflict(a: object, b: object) -> None:
    cell = merge_cells(write(Cell({}, {}), A, a, ()), write(Cell({}, {}), B, b, ()))
    assert in_conflict(cell)


def test_equal_values_of_two_writers_are_no_conflict() -> None:
    cell = merge_cells(
        write(Cell({}, {}), A, {"x": 1, "y": 2}, ()), write(Cell({}, {}), B, {"y": 2, "x": 1}, ())
    )
    assert len(cell.siblings) == 2
    assert not in_conflict(cell)


def test_a_delete_hides_until_somebody_writes_what_it_had_not_seen() -> None:
    stamp = Stamp(0, "", 1)
    born = records.create("visit", "v", {"a": 1, "b": 2}, Dot(1, REPLICAS[0]), stamp)
    deleted = records.delete(born, Dot(2, REPLICAS[0]), stamp)
    assert records.is_deleted(deleted)
    edited = records.edit(born, {"a": 3}, Dot(2, REPLICAS[1]), stamp)
    both = records.merge(deleted, edited)
    assert not records.is_deleted(both)
    assert records.is_brought_back(both)
    other = records.delete(edited, Dot(3, REPLICAS[1]), stamp)
    assert records.is_deleted(records.merge(both, other))
    assert not records.is_deleted(records.restore(deleted, Dot(3, REPLICAS[0]), stamp))


def test_a_deleter_has_seen_of_each_field_only_what_stood_in_it() -> None:
    """A value in another field keeps the record, though its counter is one the deleter saw elsewhere."""
    stamp = Stamp(0, "", 1)
    mine, theirs = REPLICAS[:2]
    born = records.create("visit", "v", {"a": 1, "b": 2}, Dot(1, mine), stamp)
    edited = records.edit(born, {"a": 3, "b": 4}, Dot(2, theirs), stamp)
    only_a = records.Record("visit", "v", {**born.cells, "a": edited.cells["a"]}, edited.stamps)
    deleted = records.delete(only_a, Dot(3, mine), stamp)
    assert records.is_deleted(deleted)
    both = records.merge(deleted, edited)
    assert not records.is_deleted(both)
    assert records.is_brought_back(both)


NO_DELETIONS = [
    "not a deletion",
    None,
    True,
    5,
    {"a": 1},
    [1],
    [[["a"], {"zz": 5}], [[1], {}]],
    [[["a"]]],
    [[["a"], {"zz": "5"}]],
    [["a", {}]],
    [[["a"], [1]]],
]


@pytest.mark.parametrize("value", NO_DELETIONS)
def test_what_has_not_the_form_of_a_deletion_deletes_nothing(value: Value) -> None:
    stamp = Stamp(0, "", 1)
    for values in ({}, {"a": 1}):
        born = records.create("visit", "v", values, Dot(1, REPLICAS[0]), stamp)
        odd = records.edit(born, {records.DELETED: value}, Dot(2, REPLICAS[1]), stamp)
        assert not records.is_deleted(odd)
        assert not records.is_brought_back(odd)
        deleted = records.merge(records.delete(born, Dot(2, REPLICAS[0]), stamp), odd)
        assert records.is_deleted(deleted)
        assert not records.is_deleted(records.restore(deleted, Dot(4, REPLICAS[0]), stamp))
        away = disowned(odd, REPLICAS[1], REPLICAS[2], {records.DELETED: 0})
        assert list(away.cells[records.DELETED].siblings.values()) == [value]


@given(
    st.dictionaries(st.sampled_from(REPLICAS), st.integers(1, 9)),
    st.dictionaries(st.sampled_from(REPLICAS), st.integers(1, 9)),
)
def test_contexts_join_by_maximum(a: dict[str, int], b: dict[str, int]) -> None:
    joined = join(a, b)
    assert joined == join(b, a)
    assert all(joined[r] == max(a.get(r, 0), b.get(r, 0)) for r in joined)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "00000000000000aa",
        "00000000000000aa:0",
        "00000000000000AA:1",
        "00000000000000aa:-1",
        "00000000000000aa:٣",
        f"00000000000000aa:{2**53}",
    ],
)
def test_a_dot_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the text itself is the message
        Dot.parse(text)


def test_a_dot_reads_back() -> None:
    assert Dot.parse(A.text) == A


def test_records_of_two_ids_never_merge() -> None:
    stamp = Stamp(0, "", 1)
    one = records.create("visit", "v", {}, A, stamp)
    two = records.create("visit", "w", {}, A, stamp)
    with pytest.raises(ValueError, match="not one record"):
        records.merge(one, two)
