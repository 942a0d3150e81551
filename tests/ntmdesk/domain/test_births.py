"""Dates of birth with their precision, and ages."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ntmdesk.domain.periods import Birth, BirthError, read_birth


@pytest.mark.parametrize(
    ("typed", "stored", "shown", "precision"),
    [
        ("1958", "1958", "1958", "year"),
        ("3/1958", "1958-03", "03/1958", "month"),
        ("1958-03", "1958-03", "03/1958", "month"),
        ("15/3/1958", "1958-03-15", "15/03/1958", "day"),
        ("15-03-1958", "1958-03-15", "15/03/1958", "day"),
        ("15031958", "1958-03-15", "15/03/1958", "day"),
        ("1958-03-15", "1958-03-15", "15/03/1958", "day"),
        ("00/00/1958", "1958", "1958", "year"),
        ("00001958", "1958", "1958", "year"),
        (" 15 / 3 / 1958 ", "1958-03-15", "15/03/1958", "day"),
    ],
)
def test_reading(typed: str, stored: str, shown: str, precision: str) -> None:
    birth = read_birth(typed)
    assert (birth.text, birth.shown, birth.precision) == (stored, shown, precision)
    assert Birth.parse(stored) == birth


@pytest.mark.parametrize(
    "typed", ["", "58", "31/2/1958", "13/1958", "1849", "15/00/1958", "hoa", "1958-3-15-1"]
)
def test_no_birth(typed: str) -> None:
    with pytest.raises(BirthError) as caught:
        read_birth(typed)
    assert caught.value.code == "bad_birth"


def test_nobody_is_born_tomorrow() -> None:
    today = date(2026, 11, 22)
    assert read_birth("2026", today=today) == Birth(2026)
    assert read_birth("22/11/2026", today=today) == Birth(2026, 11, 22)
    with pytest.raises(BirthError) as caught:
        read_birth("23/11/2026", today=today)
    assert caught.value.code == "birth_in_future"


def test_bounds_of_a_vague_birth() -> None:
    assert (Birth(1958).earliest, Birth(1958).latest) == (date(1958, 1, 1), date(1958, 12, 31))
    assert Birth(1956, 2).latest == date(1956, 2, 29)
    assert Birth(1956, 12).latest == date(1956, 12, 31)
    assert Birth(1956, 2, 3).latest == date(1956, 2, 3)


def test_ages() -> None:
    day = date(2026, 3, 14)
    assert Birth(1958, 3, 15).ages(day) == (67, 67)
    assert Birth(1958, 3, 14).ages(day) == (68, 68)
    assert Birth(1958).ages(day) == (67, 68)
    assert Birth(1958).age_by_year(day) == 68
    assert Birth(2027).ages(day) == (0, 0)
    assert Birth(2008, 2, 29).ages(date(2026, 2, 28)) == (17, 17)
    assert Birth(2008, 2, 29).ages(date(2026, 3, 1)) == (18, 18)


def test_old_enough() -> None:
    day = date(2026, 6, 1)
    assert Birth(2012, 6, 1).is_at_least(14, day) is True
    assert Birth(2012, 6, 2).is_at_least(14, day) is False
    assert Birth(2012).is_at_least(14, day) is None
    assert Birth(2011).is_at_least(14, day) is True
    assert Birth(2013).is_at_least(14, day) is False


births = st.builds(Birth, st.integers(1850, 2050), st.integers(0, 12))


@given(births, st.dates(date(1960, 1, 1), date(2080, 1, 1)), st.integers(0, 100))
def test_ages_and_thresholds_agree(birth: Birth, day: date, years: int) -> None:
    least, greatest = birth.ages(day)
    assert 0 <= least <= greatest <= least + 1
    assert birth.is_at_least(years, day) in (
        {True} if least >= years else {False} if greatest < years else {None}
    )


@given(births)
def test_stored_and_shown_forms_come_back(birth: Birth) -> None:
    assert Birth.parse(birth.text) == birth == read_birth(birth.shown)
