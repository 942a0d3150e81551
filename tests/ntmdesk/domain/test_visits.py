"""What a visit counts for, which lines stay open, and what a household is offered next."""

from datetime import date
from typing import Any

import pytest

from ntmdesk.domain import visits
from ntmdesk.domain.visits import Line, Visit


def visit(id: str, day: str, *lines: dict[str, Any], **fields: Any) -> Visit:
    rows = [{"id": f"{id}{n}", **line} for n, line in enumerate(lines)]
    return Visit.of({"id": id, "date": day, "lines": rows, **fields})


DONE = {"service": "K01", "outcome": "done"}


def test_reading_a_row_keeps_blanks_blank() -> None:
    read = Visit.of({"id": "v", "date": "2026-11-22"})
    assert read.persons_n is None
    assert read.minutes is None
    assert read.lines == ()
    assert read.household == ""


@pytest.mark.parametrize(
    ("outcome", "needed"),
    [("failed", {"failure_reason"}), ("postponed", {"follow_up_date"}), ("done", set()), ("refused", set())],
)
def test_what_an_outcome_needs(outcome: str, needed: set[str]) -> None:
    assert Line.of({"id": "1", "service": "K01", "outcome": outcome}).missing() == needed
    assert visits.needs(outcome) <= visits.offers(outcome)


def test_a_filled_line_misses_nothing() -> None:
    line = Line.of({"id": "1", "service": "K01", "outcome": "postponed", "follow_up_date": "2026-11-26"})
    assert line.missing() == frozenset()


def test_counting_occurrences_persons_households() -> None:
    counted = visits.tally(
        [
            visit("a", "2026-11-22", DONE, DONE, household="h1", persons=["p1", "p2"]),
            visit("b", "2026-11-22", DONE, household="h1", persons=["p2"]),
            visit("c", "2026-11-22", persons_n=7),
        ]
    )
    assert (counted.lines, counted.persons, counted.households) == (10, 2, 1)


def test_a_later_visit_settles_a_postponed_line() -> None:
    late = {"service": "K10", "outcome": "postponed", "follow_up_date": "2026-11-20"}
    first = visit("a", "2026-11-10", late, DONE, household="h")
    again = visit("b", "2026-11-20", {"service": "K10", "outcome": "done"}, household="h")
    assert [f.line.service for f in visits.open_follow_ups([first])] == ["K10"]
    assert visits.open_follow_ups([first, again]) == []


def test_a_visit_to_other_people_or_for_another_service_settles_nothing() -> None:
    late = {"service": "K10", "outcome": "failed", "failure_reason": "F15"}
    first = visit("a", "2026-11-10", late, household="h")
    neighbour = visit("b", "2026-11-20", {"service": "K10", "outcome": "done"}, household="i")
    other = visit("c", "2026-11-20", {"service": "K11", "outcome": "done"}, household="h")
    earlier = visit("d", "2026-11-01", {"service": "K10", "outcome": "done"}, household="h")
    assert len(visits.open_follow_ups([first, neighbour, other, earlier])) == 1


def test_postponed_twice_is_one_follow_up() -> None:
    first = visit(
        "a",
        "2026-11-10",
        {"service": "K10", "outcome": "postponed", "follow_up_date": "2026-11-12"},
        household="h",
    )
    second = visit(
        "b",
        "2026-11-12",
        {"service": "K10", "outcome": "postponed", "follow_up_date": "2026-11-25"},
        household="h",
    )
    assert [f.due for f in visits.open_follow_ups([first, second])] == [date(2026, 11, 25)]


def test_the_same_day_needs_an_hour_or_a_link() -> None:
    late = {"service": "K10", "outcome": "failed", "failure_reason": "F15"}
    morning = visit("a", "2026-11-10", late, household="h", start="08:00")
    noon = visit("b", "2026-11-10", {"service": "K10", "outcome": "done"}, household="h", start="12:00")
    linked = visit("c", "2026-11-10", {"service": "K10", "outcome": "done"}, follow_up_of="a")
    vague = visit("d", "2026-11-10", {"service": "K10", "outcome": "done"}, household="h")
    assert visits.open_follow_ups([morning, noon]) == []
    assert visits.open_follow_ups([morning, linked]) == []
    assert len(visits.open_follow_ups([morning, vague])) == 1


def test_people_without_a_household_are_known_by_a_shared_person() -> None:
    late = {"service": "K04", "outcome": "partial"}
    first = visit("a", "2026-11-10", late, persons=["p", "q"])
    again = visit("b", "2026-11-11", {"service": "K04", "outcome": "done"}, persons=["q"], household="h")
    assert visits.open_follow_ups([first, again]) == []


def test_agreed_days_come_first() -> None:
    found = visits.open_follow_ups(
        [
            visit("a", "2026-11-01", {"service": "K01", "outcome": "partial"}, household="h"),
            visit(
                "b",
                "2026-11-02",
                {"service": "K02", "outcome": "postponed", "follow_up_date": "2026-12-01"},
                household="h",
            ),
            visit(
                "c",
                "2026-11-03",
                {"service": "K03", "outcome": "done", "follow_up_date": "2026-11-30"},
                household="h",
            ),
        ]
    )
    assert [f.line.service for f in found] == ["K03", "K02", "K01"]


def test_next_steps_of_a_household() -> None:
    assert [s.code for s in visits.next_for_household([])] == ["first_visit"]
    steps = visits.next_for_household(
        [
            visit(
                "a",
                "2026-11-01",
                {"service": "K10", "outcome": "postponed", "follow_up_date": "2026-11-20"},
                {"service": "K05", "outcome": "partial"},
                {"service": "K04", "outcome": "failed", "failure_reason": "F04"},
                {"service": "K26", "outcome": "done"},
                household="h",
                persons=["p"],
            )
        ]
    )
    assert [(s.code, s.service) for s in steps] == [
        ("follow_up", "K10"),
        ("finish_partial", "K05"),
        ("retry_failed", "K04"),
        ("service_missing", "K12"),
        ("service_missing", "K06"),
        ("service_missing", "K14"),
    ]
    assert steps[0].due == date(2026, 11, 20)
    assert steps[0].resident == "p"
    assert steps[2].reason == "F04"
    assert {s.code for s in steps} <= visits.NEXT_CODES
