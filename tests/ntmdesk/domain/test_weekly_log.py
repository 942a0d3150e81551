"""Freezing a log and telling what changed since."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from ntmdesk.domain.cumulative import Figure
from ntmdesk.domain.periods import Week
from ntmdesk.domain.weekly_log import (
    AdjustedFigure,
    Adjustment,
    adjusted,
    hash_of,
    is_frozen,
    late,
    read_figures,
    snapshot,
    unwritten,
)

WEEK = Week(2026, 47)


def figure(code: str, period: float | None, measure: str = "flow") -> Figure:
    return Figure(code, {"vi": code}, {}, measure, period, 9, None, 0.5, "quota", 18)


def frozen(*figures: Figure) -> dict[str, object]:
    return snapshot(WEEK, "standard", 1, "2026-11-22T09:00:00+07:00", "p", figures, [], {}, {})


def test_figures_come_back_as_they_were_frozen() -> None:
    told = frozen(figure("I06", 61), figure("I51", None))
    through_json = json.loads(json.dumps(told))
    back = read_figures(through_json, {})
    assert [(f.code, f.period, f.cumulative, f.ratio) for f in back] == [
        ("I06", 61, 9, 0.5),
        ("I51", None, 9, 0.5),
    ]
    assert hash_of(through_json) == hash_of(told)


def test_another_figure_is_another_snapshot() -> None:
    assert hash_of(frozen(figure("I06", 61))) != hash_of(frozen(figure("I06", 62)))


LISTS = st.dictionaries(st.sampled_from("abcdef"), st.sampled_from(["1", "2"]), max_size=6)


@given(LISTS, LISTS)
def test_late_names_exactly_what_differs(before: dict[str, str], after: dict[str, str]) -> None:
    found = {(a.id, a.change) for a in late({"support_visit": before}, {"support_visit": after})}
    expected = {(i, "added") for i in after if i not in before}
    expected |= {(i, "removed") for i in before if i not in after}
    expected |= {(i, "changed") for i in before if i in after and before[i] != after[i]}
    assert found == expected


def test_nothing_is_late_when_nothing_changed() -> None:
    assert late({"training": {"a": "1"}}, {"training": {"a": "1"}, "outreach": {}}) == ()
    assert late({}, {"training": {"a": "1"}}) == (Adjustment("training", "a", "added"),)


def test_only_figures_of_the_period_are_adjusted() -> None:
    before = [figure("I06", 61), figure("I13", 12, "stock"), figure("I08", 4)]
    after = [figure("I06", 63), figure("I13", 15, "stock"), figure("I08", 4)]
    assert adjusted(before, after) == (AdjustedFigure("I06", 61, 63),)


def test_sections_nobody_wrote() -> None:
    assert unwritten({}) == ("situation", "difficulties", "proposals", "next_week")
    assert "difficulties" not in unwritten({"difficulties_text": "Mất sóng"})
    assert unwritten({"situation": "x", "difficulties": ["D02"], "proposals": "y", "next_week": [{}]}) == ()


def test_which_statuses_stand() -> None:
    assert [s for s in ("draft", "submitted", "returned", "approved", "locked") if is_frozen(s)] == [
        "submitted",
        "approved",
        "locked",
    ]
