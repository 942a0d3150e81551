"""The script of the demo's week: everything the log and the pages show occurs in it, and it never changes."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from ntmdesk.demo.invented import House, Inventor
from ntmdesk.demo.story import HOUSES, OPENING, TARGETS
from ntmdesk.demo.telling import WORDS
from ntmdesk.demo.week import Member, Script, Week
from ntmdesk.domain.catalogue import Work
from ntmdesk.domain.id_numbers import IdNumber
from ntmdesk.domain.kinds import Catalogue
from ntmdesk.domain.telephones import read_phone
from ntmdesk.domain.visits import OUTCOMES
from ntmdesk.domain.vneid import SIDES, STATUSES
from ntmdesk.services.surroundings import shipped_catalogue
from sync.protocol.validation import normalise, validate

SUNDAY = date(2026, 11, 22)
TEAM = [
    Member(f"0c0ffee0-0000-4000-8000-00000000000{n}", name) for n, name in enumerate(("Hoa", "Nam", "Tú"))
]
HAMLET = "0c0ffee0-0000-4000-8000-0000000000aa"


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return shipped_catalogue()


def codes(catalogue: Catalogue, name: str) -> set[str]:
    return {c.code for c in catalogue.choices(name).choices if not c.retired}


def everything(today: date = SUNDAY) -> dict[str, list[dict[str, Any]]]:
    """What the three laptops record in the story, kind by kind."""
    houses = Inventor().hamlet(HOUSES)
    out: dict[str, list[dict[str, Any]]] = {}
    for n, me in enumerate(TEAM):
        script = Script(Inventor(n), Week.of(today), HAMLET, first=7 * n)
        others = [m for m in TEAM if m is not me]
        mine = houses[n::3][:16]
        people = [p for h in mine for p in h.people if p.year <= 2010]
        for kind, made in (
            ("support_visit", script.visits(me, others, mine)),
            ("vneid_case", script.cases(people[:18], me)),
            ("consent", script.consents(people[:10], me, others[0].full_name)),
            (
                "training",
                [script.training("Lớp", ["T05"], Week.of(today).days[0], people[:9], audience="elder")],
            ),
            ("outreach", [script.outreach(n, "loudspeaker", "Không đọc mã OTP", 120, me, "T13")]),
            ("workday", script.workdays(me)),
        ):
            out.setdefault(kind, []).extend(made)
    return out


def test_every_outcome_and_every_reason_occurs(catalogue: Catalogue) -> None:
    made = everything()
    lines = [line for visit in made["support_visit"] for line in visit["lines"]]
    assert {line["outcome"] for line in lines} == set(OUTCOMES) == codes(catalogue, "outcomes")
    reasons = {line.get("failure_reason") for line in lines} | {
        case.get("failure_reason") for case in made["vneid_case"]
    }
    assert reasons - {None} == codes(catalogue, "failure_reasons")
    assert {line["service"] for line in lines} <= codes(catalogue, "services")
    assert all(("failure_reason" in line) for line in lines if line["outcome"] == "failed")


def test_every_vneid_status_occurs(catalogue: Catalogue) -> None:
    found = {case["status"] for case in everything()["vneid_case"]}
    assert found == codes(catalogue, "vneid_statuses")
    # what is only derived (an activation that is overdue) stands in the list too
    assert set(STATUSES) | set(SIDES) <= found


@pytest.mark.parametrize(
    "today", [SUNDAY, date(2026, 11, 20), date(2026, 11, 16), date(2027, 1, 1), date(2028, 2, 29)]
)
def test_what_is_recorded_is_valid_on_any_day(catalogue: Catalogue, today: date) -> None:
    for kind, records in everything(today).items():
        assert records
        for record in records:
            values = {name: value for name, value in record.items() if name != "id"}
            for rows in ("lines", "attendance"):
                if rows in values:
                    values[rows] = [{"id": f"r{n}", **row} for n, row in enumerate(values[rows])]
            found = validate(catalogue, kind, normalise(catalogue, kind, values), today=today)
            wrong = [p for p in found if not p.warning and p.code != "required"]
            assert wrong == [], (kind, record, wrong)


def test_the_same_hamlet_every_time() -> None:
    first, second = Inventor().hamlet(HOUSES), Inventor().hamlet(HOUSES)
    assert first == second
    assert everything() == everything()
    assert Inventor(1).hamlet(HOUSES) != first
    ids = [person.id for house in first for person in house.people] + [house.id for house in first]
    assert len(ids) == len(set(ids))


def test_the_people_are_as_people_are_and_nobody_real() -> None:
    houses: list[House] = Inventor().hamlet(HOUSES)
    people = [person for house in houses for person in house.people]
    assert 200 < len(people) < 500
    assert {p.sex for p in people} == {"m", "f"}
    assert sum(p.year <= 1966 for p in people) > 20
    assert sum(p.year > 2010 for p in people) > 5
    for person in people:
        number = IdNumber.read(person.id_number)
        assert number.birth_year is not None
        assert (number.sex, number.birth_year % 100) == (person.sex, person.year % 100)
        assert number.digits.startswith("038")
        if person.phone:
            assert read_phone(person.phone) == person.phone
            assert person.phone[3:7] == "0000"


@pytest.mark.parametrize(
    ("today", "name", "days"),
    [
        (SUNDAY, "2026-W47", 7),
        (date(2026, 11, 20), "2026-W47", 5),
        (date(2026, 11, 19), "2026-W46", 7),
        (date(2027, 1, 1), "2026-W53", 5),
        (date(2027, 1, 3), "2026-W53", 7),
    ],
)
def test_the_week_has_days_enough_to_tell(today: date, name: str, days: int) -> None:
    week = Week.of(today)
    assert (week.name, len(week.days)) == (name, days)
    assert max(week.days) <= today


def test_figures_name_indicators_there_are(catalogue: Catalogue) -> None:
    known = Work(catalogue).indicators.keys()
    assert {code for code, *_ in OPENING} | {code for code, _ in TARGETS} <= known


def test_every_sentence_has_two_languages() -> None:
    assert len(WORDS) > 10
    for name, (vi, en) in WORDS.items():
        assert vi, name
        assert en, name
        assert vi != en, name
