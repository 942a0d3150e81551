"""Bounds of form: what of a copy may be merged where nobody judges values by a catalogue."""

from __future__ import annotations

from typing import Any

import pytest

from sync.protocol.cells import CELL_BYTES_LIMIT, SIBLING_LIMIT, Cell, Twins
from sync.protocol.dots import Dot
from sync.protocol.forms import is_plainly_within, is_too_large, within_bounds
from sync.protocol.image import encode_image
from sync.protocol.records import Record, Stamp

A, B = "a" * 16, "b" * 16
LONG = "y" * CELL_BYTES_LIMIT
"""Two quotes more than a cell may take."""


def record(**cells: Cell) -> Record:
    living = {dot for cell in cells.values() for dot in cell.siblings}
    return Record("visit", "v", dict(cells), {dot: Stamp(1, "", 1) for dot in living})


def cell(replica: str, first: int, last: int, value: Any = "v", seen: int = 0) -> Cell:
    return Cell(
        {Dot(n, replica): value for n in range(first, last + 1)},
        {replica: last, **({B: seen} if seen else {})},
    )


@pytest.mark.parametrize(
    ("value", "too_large"),
    [
        (LONG[:-2], False),
        (LONG[:-1], True),
        ("\x01" * (CELL_BYTES_LIMIT // 6), False),
        ("\x01" * (CELL_BYTES_LIMIT // 6 + 1), True),
        (["y" * 100_000] * 3, True),
        ({"v": LONG[:-2], "sig": "k." + "0" * 128}, False),
        ({"v": LONG, "sig": "k." + "0" * 128}, True),
        ({"v": 1, "sig": LONG * 2}, True),
        (10**400, False),
        (None, False),
    ],
)
def test_a_value_is_as_large_as_its_canonical_bytes_and_a_fact_as_what_it_says(
    value: Any, too_large: bool
) -> None:
    assert is_too_large(value) is too_large


def test_a_copy_within_bounds_is_the_very_copy() -> None:
    came = record(name=cell(A, 1, SIBLING_LIMIT), note=cell(A, 1, 1, LONG[:-2]))
    assert within_bounds(came, None).record is came


@pytest.mark.parametrize(
    ("cells", "plainly"),
    [
        ({"_born": cell(A, 1, 1, True), "name": cell(A, 1, SIBLING_LIMIT)}, True),
        ({"name": cell(A, 1, SIBLING_LIMIT + 1)}, False),
        ({"note": cell(A, 1, 1, LONG)}, False),
        ({"_born": cell(A, 1, 1, 1), "name": cell(A, 1, 1)}, False),
        ({"_born": cell(A, 1, 2, True), "name": cell(A, 1, 1)}, False),
        ({"_born": Cell({}, {A: 1}), "name": cell(A, 1, 1)}, False),
        ({"_deleted": cell(A, 1, 1, "x"), "name": cell(A, 1, 1)}, False),
    ],
)
def test_what_a_glance_finds_good_is_good(cells: dict[str, Cell], plainly: bool) -> None:
    came = record(**cells)
    assert is_plainly_within(encode_image(came)) is plainly
    assert not plainly or within_bounds(came, None) == (came, ())


def test_what_stands_here_or_was_replaced_here_is_not_weighed_again() -> None:
    came = record(note=cell(A, 1, 1, LONG), name=cell(A, 1, SIBLING_LIMIT + 4))
    assert within_bounds(came, came) == (came, ())
    after = record(note=Cell({Dot(2, B): "ngắn"}, {A: 1, B: 2}), name=Cell({}, {A: SIBLING_LIMIT + 4}))
    assert within_bounds(came, after) == (came, ())


def test_another_value_under_a_known_dot_is_weighed() -> None:
    mine = record(note=cell(A, 1, 1, "ngắn"), name=cell(A, 1, 1))
    came = record(note=cell(A, 1, 1, Twins(("ngắn", LONG))), name=cell(A, 1, 1))
    done = within_bounds(came, mine)
    assert done.codes == ("cell_too_large",)
    assert done.record is not None
    assert done.record.cells == {"name": came.cells["name"]}


def test_who_takes_siblings_away_may_while_there_are_too_many() -> None:
    mine = record(name=cell(B, 1, SIBLING_LIMIT + 4))
    less = record(name=cell(A, 1, 1, seen=1))
    assert within_bounds(less, mine) == (less, ())
    more = record(name=cell(A, 1, 1))
    assert within_bounds(more, mine).codes == ("too_many_siblings",)


def test_what_the_server_alone_writes_has_no_bound_of_bytes() -> None:
    told = record(**{f"_refused/{A}:1": cell(B, 1, 1, LONG), "name": cell(A, 1, 1)})
    assert within_bounds(told, None) == (told, ())


def test_stamps_go_with_their_values() -> None:
    came = record(name=cell(A, 1, 1), note=cell(A, 2, 2, LONG))
    done = within_bounds(came, None)
    assert done.record is not None
    assert set(done.record.stamps) == {Dot(1, A)}
