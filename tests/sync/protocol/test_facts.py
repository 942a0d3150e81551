"""Signed facts: true at just one place, with just what they say they replaced."""

from __future__ import annotations

from typing import Any

import pytest

from sync.protocol.cells import Cell, alike, in_conflict, plain
from sync.protocol.dots import Dot
from sync.protocol.facts import fact, fact_is_true, keyring, replaced_by
from sync.protocol.signing import public_of

KEY = bytes(range(32))
KEYS = keyring((public_of(KEY),))
DOT = Dot(7, "b" * 16)
OVER = {"a" * 16: 3, "b" * 16: 6}


def signed(over: dict[str, int] | None = None) -> dict[str, Any]:
    return fact(KEY, "weekly_log", "w", "narrative", DOT, "đã nộp", over)


@pytest.mark.parametrize("over", [None, OVER])
def test_it_holds_for_one_place_only(over: dict[str, int] | None) -> None:
    value = signed(over)
    assert fact_is_true(KEYS, "weekly_log", "w", "narrative", DOT, value)
    assert plain(value) == "đã nộp"
    assert replaced_by(value) == (over or {})
    for kind, id, cell, dot in (
        ("visit", "w", "narrative", DOT),
        ("weekly_log", "x", "narrative", DOT),
        ("weekly_log", "w", "plan", DOT),
        ("weekly_log", "w", "narrative", Dot(8, "b" * 16)),
    ):
        assert not fact_is_true(KEYS, kind, id, cell, dot, value)
    assert not fact_is_true({}, "weekly_log", "w", "narrative", DOT, value)


@pytest.mark.parametrize(
    "changed",
    [
        {"over": {**OVER, "a" * 16: 4}},
        {"over": {}},
        {"over": None},
        {"over": OVER, "more": 1},
        {"v": "khác"},
        {"sig": "00." + "0" * 128},
        {"sig": "không phải chữ ký"},
    ],
)
def test_nothing_of_it_can_be_changed(changed: dict[str, Any]) -> None:
    value = {**signed(OVER), **changed}
    assert not fact_is_true(KEYS, "weekly_log", "w", "narrative", DOT, value)


@pytest.mark.parametrize(("one", "other"), [(None, OVER), (OVER, None)])
def test_what_was_replaced_can_be_neither_left_out_nor_added(
    one: dict[str, int] | None, other: dict[str, int] | None
) -> None:
    value = {"v": signed(one)["v"], "sig": signed(one)["sig"], **({"over": other} if other else {})}
    assert not fact_is_true(KEYS, "weekly_log", "w", "narrative", DOT, value)


def test_signed_or_not_one_value_is_one_on_the_screen() -> None:
    plain_dot = Dot(9, "c" * 16)
    cell = Cell({DOT: signed(OVER), plain_dot: "đã nộp"}, {**OVER, "b" * 16: 7, "c" * 16: 9})
    assert not in_conflict(cell)
    assert set(alike(cell, plain_dot)) == {DOT, plain_dot}
    other = Cell({**cell.siblings, plain_dot: "chưa"}, cell.context)
    assert in_conflict(other)
    assert alike(other, plain_dot) == (plain_dot,)
