"""The three counts of a session."""

from datetime import date

from ntmdesk.domain import training
from ntmdesk.domain.training import Attendee, Counts

DAY = date(2026, 11, 22)
HOA = Attendee("1", "r1", "Đặng Thị Hoà", "f", "1958")
NAM = Attendee("2", "r2", "Lê Văn Nam", "m", "1990-05-01")
GUEST = Attendee("3", "", "Khách", "f")


def test_rows_are_counted() -> None:
    assert training.counts({}, [HOA, NAM, GUEST], DAY) == Counts(3, 2, 1)


def test_one_person_in_two_rows_counts_once() -> None:
    again = Attendee("9", "r1", "Đặng Thị Hòa", "f", "1958")
    assert training.counts({}, [HOA, again], DAY) == Counts(1, 1, 1)


def test_no_rows_and_nothing_typed_is_blank() -> None:
    assert training.counts({}, [], DAY) == Counts(None, None, None)


def test_a_larger_typed_number_wins() -> None:
    found = training.counts({"attended_n": 30, "women_n": 1, "elders_n": 0}, [HOA, NAM, GUEST], DAY)
    assert found == Counts(30, 2, 1, frozenset({"attended"}))


def test_only_typed() -> None:
    found = training.counts({"attended_n": 30, "women_n": 0}, [], DAY)
    assert found == Counts(30, 0, None, frozenset({"attended", "women"}))


def test_counts_follow_the_rows_up_and_down() -> None:
    up = training.changed_counts({}, [], [HOA], DAY)
    assert up == {"attended_n": 1, "women_n": 1, "elders_n": 1}
    down = training.changed_counts({"attended_n": 2, "women_n": 1, "elders_n": 1}, [HOA, NAM], [NAM], DAY)
    assert down == {"attended_n": 1, "women_n": 0, "elders_n": 0}


def test_a_typed_number_stays_until_the_rows_exceed_it() -> None:
    session = {"attended_n": 2, "women_n": 0, "elders_n": 0}
    assert training.changed_counts(session, [], [NAM], DAY) == {}
    assert training.changed_counts(session, [NAM], [NAM, HOA, GUEST], DAY) == {
        "attended_n": 3,
        "women_n": 2,
        "elders_n": 1,
    }


def test_elder_by_year_or_by_day() -> None:
    by_day = Attendee("4", "", "Bà Tư", "f", "1966-11-23")
    by_year = Attendee("5", "", "Bà Năm", "f", "1966")
    assert training.counts({}, [by_day, by_year], DAY) == Counts(2, 2, 1)
    assert by_day.birth_year == 1966
    assert GUEST.birth_year is None
