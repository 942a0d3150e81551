"""A support visit and its lines: what an outcome asks for, what is open, what to offer a household next."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from ntmdesk.domain import forms

OUTCOMES: tuple[str, ...] = ("done", "partial", "postponed", "referred", "failed", "refused")
"""How a line may end."""

_NEEDS: Mapping[str, frozenset[str]] = {
    "failed": frozenset({"failure_reason"}),
    "postponed": frozenset({"follow_up_date"}),
}

_OFFERS: Mapping[str, frozenset[str]] = {
    "partial": frozenset({"follow_up_date"}),
    "referred": frozenset({"follow_up_date"}),
    "failed": frozenset({"failure_reason", "follow_up_date"}),
    "postponed": frozenset({"failure_reason", "follow_up_date"}),
}

SETTLED = frozenset({"done", "refused", "referred"})
"""Outcomes after which nothing is open any more, unless a date was agreed."""

BASIC_SERVICES: tuple[str, ...] = ("K26", "K10", "K12", "K06", "K14")
"""What every household is offered in turn: safety, health book, social security, filings, paying by QR."""


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(str(value)[:10]) if value else None
    except ValueError:
        return None


def needs(outcome: str) -> frozenset[str]:
    """Fields a line with this outcome needs: the reason of a failure, the day of a postponement."""
    return _NEEDS.get(outcome, frozenset())


def offers(outcome: str) -> frozenset[str]:
    """Fields worth showing beside a line with this outcome."""
    return _OFFERS.get(outcome, frozenset())


@dataclass(frozen=True, slots=True)
class Line:
    """One service given in a visit."""

    id: str
    service: str
    outcome: str
    procedure_code: str | None = None
    failure_reason: str | None = None
    follow_up_date: date | None = None
    notes: str | None = None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Line:
        """Reads one element of ``support_visit.lines``."""
        return cls(
            id=forms.text(row.get("id")),
            service=forms.text(row.get("service")),
            outcome=forms.text(row.get("outcome")),
            procedure_code=forms.text(row.get("procedure_code")) or None,
            failure_reason=forms.text(row.get("failure_reason")) or None,
            follow_up_date=_day(row.get("follow_up_date")),
            notes=forms.text(row.get("notes")) or None,
        )

    def missing(self) -> frozenset[str]:
        """Fields the outcome asks for and the line does not have."""
        return frozenset(name for name in needs(self.outcome) if getattr(self, name) in (None, ""))

    @property
    def is_open(self) -> bool:
        """Somebody has to come back: a day was agreed, or it was postponed, left half done or failed."""
        return self.follow_up_date is not None or self.outcome not in SETTLED


@dataclass(frozen=True, slots=True)
class Visit:
    """One support visit, read from a record of kind ``support_visit``.

    ``persons_n``: people helped who are not named; None when nobody was counted that way.
    """

    id: str
    date: date | None
    start: str
    hamlet: str
    household: str
    persons: tuple[str, ...]
    persons_n: int | None
    members: tuple[str, ...]
    lines: tuple[Line, ...]
    place_type: str = ""
    minutes: int | None = None
    follow_up_of: str = ""

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Visit:
        """Reads shown fields; what has not the form of its field counts as blank."""
        return cls(
            id=forms.text(row.get("id")),
            date=_day(row.get("date")),
            start=forms.text(row.get("start")),
            hamlet=forms.text(row.get("hamlet")),
            household=forms.text(row.get("household")),
            persons=forms.texts(row.get("persons")),
            persons_n=forms.number(row.get("persons_n")),
            members=forms.texts(row.get("members")),
            lines=tuple(Line.of(line) for line in forms.rows(row.get("lines"))),
            place_type=forms.text(row.get("place_type")),
            minutes=forms.number(row.get("minutes")),
            follow_up_of=forms.text(row.get("follow_up_of")),
        )

    def is_after(self, other: Visit) -> bool:
        """Whether it took place later: by day, then by hour.  Unknown times are not later."""
        if self.date is None or other.date is None or self.date != other.date:
            return self.date is not None and other.date is not None and self.date > other.date
        return bool(self.start and other.start and self.start > other.start)

    def is_of_same_people(self, other: Visit) -> bool:
        """Whether both were for one household, or shared a person when one of them names no household."""
        if self.household and other.household:
            return self.household == other.household
        return bool(set(self.persons) & set(other.persons))


@dataclass(frozen=True, slots=True)
class Tally:
    """What some visits count for: occurrences (lượt), distinct persons and distinct households."""

    lines: int
    persons: int
    households: int


def tally(visits: Iterable[Visit]) -> Tally:
    """Counts visits: every line is an occurrence and an anonymous count adds to occurrences only."""
    lines = 0
    persons: set[str] = set()
    households: set[str] = set()
    for visit in visits:
        lines += len(visit.lines) + (visit.persons_n or 0)
        persons.update(visit.persons)
        if visit.household:
            households.add(visit.household)
    return Tally(lines, len(persons), len(households))


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A line that somebody has to come back to; ``due`` is the agreed day, if one was agreed."""

    visit: Visit
    line: Line

    @property
    def due(self) -> date | None:
        """The agreed day."""
        return self.line.follow_up_date


def follow_up_settled(visit: Visit, line: Line, later: Iterable[Visit]) -> bool:
    """Whether another visit took the line up again: it says so, or it came later for the same.

    The later line may be open again; it then is a follow-up of its own.
    """
    for other in later:
        if other.id == visit.id or all(done.service != line.service for done in other.lines):
            continue
        if other.follow_up_of == visit.id or (other.is_after(visit) and other.is_of_same_people(visit)):
            return True
    return False


def open_follow_ups(visits: Collection[Visit]) -> list[FollowUp]:
    """All open lines that no later visit took up, agreed days first, earliest first."""
    by_service: dict[str, list[Visit]] = {}
    for visit in visits:
        for service in {line.service for line in visit.lines}:
            by_service.setdefault(service, []).append(visit)
    found = [
        FollowUp(visit, line)
        for visit in visits
        for line in visit.lines
        if line.is_open and not follow_up_settled(visit, line, by_service.get(line.service, ()))
    ]
    return sorted(
        found, key=lambda f: (f.due is None, f.due or date.max, f.visit.date or date.max, f.line.id)
    )


NEXT_CODES = frozenset(
    {"follow_up", "finish_partial", "retry_failed", "first_visit", "consent_missing", "service_missing"}
)
"""Codes ``next_for_household`` gives; those of ``domain.vneid.next_codes`` come beside them."""


@dataclass(frozen=True, slots=True)
class NextStep:
    """Something worth doing for a household or a person, as a code the window has words for.

    ``resident``, ``name``: whom it is for, when for one person.  ``due``: the day agreed, or the last day.
    """

    code: str
    service: str | None = None
    resident: str | None = None
    name: str = ""
    due: date | None = None
    visit: str | None = None
    reason: str | None = None


_CODE_BY_OUTCOME: Mapping[str, str] = {"partial": "finish_partial", "failed": "retry_failed"}


def next_for_household(visits: Collection[Visit], offered: Iterable[str] = BASIC_SERVICES) -> list[NextStep]:
    """What to do next for one household by its past visits: open lines first, then services not given."""
    if not visits:
        return [NextStep("first_visit")]
    steps = [
        NextStep(
            "follow_up" if follow_up.due else _CODE_BY_OUTCOME.get(follow_up.line.outcome, "follow_up"),
            service=follow_up.line.service,
            resident=follow_up.visit.persons[0] if len(follow_up.visit.persons) == 1 else None,
            due=follow_up.due,
            visit=follow_up.visit.id,
            reason=follow_up.line.failure_reason,
        )
        for follow_up in open_follow_ups(visits)
    ]
    touched = {line.service for visit in visits for line in visit.lines}
    steps += [NextStep("service_missing", service=service) for service in offered if service not in touched]
    return steps
