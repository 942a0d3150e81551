"""Reporting periods: weeks with their own closing day, months, quarters, years."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ntmdesk.domain.periods import Month, PeriodError, Quarter, Span, Week, Year, parse_period, year_to_date

days = st.dates(date(1990, 1, 1), date(2090, 12, 31))
cutoffs = st.integers(1, 7)


def test_a_week_from_monday_to_sunday() -> None:
    week = Week.parse("2026-W47")
    assert (week.start, week.end) == (date(2026, 11, 16), date(2026, 11, 22))
    assert week.label == "Tuần 47 (16/11–22/11/2026)"
    assert week.name == "2026-W47"
    assert date(2026, 11, 22) in week
    assert date(2026, 11, 23) not in week


def test_a_week_closed_on_thursday_ends_in_the_week_of_its_name() -> None:
    week = Week.parse("2026-W47", 4)
    assert (week.start, week.end) == (date(2026, 11, 13), date(2026, 11, 19))
    assert Week.of(date(2026, 11, 19), 4) == week
    assert Week.of(date(2026, 11, 20), 4) == Week(2026, 48, 4)


def test_label_pads_as_documents_do() -> None:
    assert Week.of(date(2026, 9, 2)).label == "Tuần 36 (31/8–06/9/2026)"
    assert Week.of(date(2026, 2, 5)).label == "Tuần 6 (02/02–08/02/2026)"


def test_a_week_over_new_year_names_both_years() -> None:
    assert Week(2026, 53).label == "Tuần 53 (28/12/2026–03/01/2027)"
    assert Week(2026, 53).next() == Week(2027, 1)
    assert Week(2027, 1).previous() == Week(2026, 53)


@pytest.mark.parametrize(
    "text", ["2025-W53", "2026-W00", "2026-W54", "2026-47", "W47", "", "2026-W4", "٢٠٢٦-W47"]
)
def test_no_such_week(text: str) -> None:
    with pytest.raises(PeriodError) as caught:
        Week.parse(text)
    assert caught.value.code == "bad_week"


@pytest.mark.parametrize("cutoff", [0, 8])
def test_no_such_closing_day(cutoff: int) -> None:
    with pytest.raises(PeriodError):
        Week(2026, 47, cutoff)


@given(days, cutoffs)
def test_every_day_has_one_week(day: date, cutoff: int) -> None:
    week = Week.of(day, cutoff)
    assert day in week
    assert len(week.span) == 7
    assert week.end.isoweekday() == cutoff
    assert week.end.isocalendar()[:2] == (week.year, week.week)
    assert week.next().start == week.end + timedelta(days=1)
    assert week.next().previous() == week
    assert Week.parse(week.name, cutoff) == week


@given(days)
def test_months_and_quarters_follow_without_gap(day: date) -> None:
    for period in (Month.of(day), Quarter.of(day), Year(day.year)):
        assert day in period
        assert period.next().start == period.end + timedelta(days=1)
        assert period.next().previous() == period
        assert parse_period(period.name) == period


def test_labels() -> None:
    assert Month.parse("2026-11").label == "Tháng 11/2026"
    assert Month.parse("2026-02").label == "Tháng 02/2026"
    assert Quarter.parse("2026-Q4").label == "Quý IV/2026"
    assert Year(2026).label == "Năm 2026"
    assert Span(date(2026, 1, 1), date(2026, 11, 22)).label == "01/01–22/11/2026"


def test_leap_february() -> None:
    assert Month(2028, 2).end == date(2028, 2, 29)
    assert Month(2026, 2).end == date(2026, 2, 28)


@pytest.mark.parametrize("text", ["2026-13", "2026-00", "26-11", "2026-Q5", "2026-Q0", "26", "", "x"])
def test_no_such_period(text: str) -> None:
    with pytest.raises(PeriodError):
        parse_period(text)


def test_parse_gives_weeks_their_closing_day() -> None:
    assert parse_period("2026-w47", 4) == Week(2026, 47, 4)


def test_year_to_date() -> None:
    span = year_to_date(date(2026, 11, 22))
    assert (span.start, span.end) == (date(2026, 1, 1), date(2026, 11, 22))
    assert date(2026, 1, 1) in span
    assert date(2025, 12, 31) not in span


def test_span_counts_its_days() -> None:
    span = Span(date(2026, 2, 27), date(2026, 3, 2))
    assert [day.day for day in span.days()] == [27, 28, 1, 2]
    assert len(span) == 4
    with pytest.raises(PeriodError):
        Span(date(2026, 3, 2), date(2026, 3, 1))
