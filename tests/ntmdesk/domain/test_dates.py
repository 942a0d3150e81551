"""Days and moments in Vietnamese writing."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ntmdesk.domain.dates import (
    DateError,
    format_date,
    format_moment,
    local_date,
    long_date,
    moment_at,
    moment_text,
    read_date,
)

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("day", "text"),
    [
        (date(2026, 2, 5), "ngày 05 tháng 02 năm 2026"),
        (date(2026, 9, 2), "ngày 02 tháng 9 năm 2026"),
        (date(2026, 1, 31), "ngày 31 tháng 01 năm 2026"),
        (date(2026, 3, 10), "ngày 10 tháng 3 năm 2026"),
        (date(2026, 12, 1), "ngày 01 tháng 12 năm 2026"),
    ],
)
def test_date_of_a_document(day: date, text: str) -> None:
    assert long_date(day) == text


def test_short_date() -> None:
    assert format_date(date(2026, 2, 5)) == "05/02/2026"


def test_the_day_changes_at_midnight_in_vietnam() -> None:
    assert local_date(datetime(2026, 11, 22, 16, 59, 59, tzinfo=UTC)) == date(2026, 11, 22)
    assert local_date(datetime(2026, 11, 22, 17, 0, tzinfo=UTC)) == date(2026, 11, 23)
    assert format_moment(datetime(2026, 11, 22, 17, 5, tzinfo=UTC)) == "23/11/2026 00:05"
    with pytest.raises(ValueError, match="zone"):
        local_date(datetime(2026, 11, 22))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("5/2", date(2027, 2, 5)),
        ("20/11", date(2026, 11, 20)),
        ("30/12", date(2026, 12, 30)),
        ("05/02/2026", date(2026, 2, 5)),
        ("5-2-26", date(2026, 2, 5)),
        ("5.2.2026", date(2026, 2, 5)),
        ("2026-02-05", date(2026, 2, 5)),
        (" Hôm  nay ", TODAY),
        ("hom qua", date(2026, 11, 21)),
        ("29/2", date(2028, 2, 29)),
    ],
)
def test_typed_days(typed: str, day: date) -> None:
    today = date(2027, 6, 1) if typed == "29/2" else TODAY
    assert read_date(typed, today=today) == day


@pytest.mark.parametrize(
    "typed", ["", "31/2", "32/1/2026", "hoa", "5", "29/2/2026", "29/2", "20260205x", "0/0"]
)
def test_no_such_day(typed: str) -> None:
    with pytest.raises(DateError) as caught:
        read_date(typed, today=date(2026, 6, 1))
    assert caught.value.code == "bad_date"


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)))
def test_what_is_shown_can_be_typed(day: date) -> None:
    assert read_date(format_date(day), today=TODAY) == day


@given(st.text(max_size=12))
def test_anything_typed_is_a_day_or_a_plain_error(typed: str) -> None:
    try:
        assert isinstance(read_date(typed, today=TODAY), date)
    except DateError:
        assert typed is not None


def test_a_timestamp_without_a_time_of_day_gets_none() -> None:
    assert moment_text("2026-11-27") == "27/11/2026"
    assert moment_text("2026-11-27T02:05:00Z") == "27/11/2026 09:05"
    assert moment_text("hôm qua") == "hôm qua"


@given(st.integers(-(2**63), 2**63 - 1))
def test_a_clock_may_say_anything(seconds: int) -> None:
    moment = moment_at(seconds)
    assert moment is None or (moment.timestamp() == seconds and format_moment(moment))


@pytest.mark.parametrize("seconds", [0, 10**15, 253_402_300_799, -62_135_596_801])
def test_an_unknown_moment_and_one_outside_the_calendar_are_none(seconds: int) -> None:
    assert moment_at(seconds) is None


def test_seconds_are_a_moment() -> None:
    assert moment_at(1_763_000_000) == datetime(2025, 11, 13, 2, 13, 20, tzinfo=UTC)
