"""Households and the people in them: finding, adding, the page of a household, the list with its chips."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from ntmdesk.domain import forms, standings, vneid
from ntmdesk.domain.id_numbers import mask_id_number
from ntmdesk.domain.people import age_on, is_elder
from ntmdesk.domain.periods import Quarter
from ntmdesk.domain.telephones import mask_phone
from ntmdesk.domain.visits import NextStep, Visit, next_for_household
from ntmdesk.errors import UserError
from ntmdesk.services import consents, records, timeline
from ntmdesk.services.clock import day_of, today
from ntmdesk.services.consents import ConsentState, consent_of, give_consent, withdraw_consent
from ntmdesk.services.doubles import Double, doubles, refuse_doubles
from ntmdesk.services.suggestions import Suggested, suggest
from ntmdesk.services.timeline import Moment
from ntmdesk.store.unit_of_work import UnitOfWork
from sync.protocol.dots import Dot

__all__ = [
    "ConsentState",
    "Double",
    "Moment",
    "NextStep",
    "Suggested",
    "consent_of",
    "doubles",
    "give_consent",
    "suggest",
    "withdraw_consent",
]

Row = dict[str, Any]

CHIPS = ("not_this_quarter", "has_elder", "vneid_missing", "poor", "no_smartphone")
"""Ways to narrow the list of households by what is known of them; ``standings.NARROWED`` are ways too."""

GONE = frozenset({"left", "deceased"})
"""States of residence of people who are no longer here."""


@dataclass(frozen=True, slots=True)
class NewHousehold:
    """Ids of what was just written down."""

    household: str
    residents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Member:
    """A person of a household with everything the page shows of them."""

    resident: Row
    age: int | None
    elder: bool
    case: Row | None
    case_status: str
    days_left: int | None
    consent: ConsentState
    number_masked: str
    phone_masked: str


@dataclass(frozen=True, slots=True)
class HouseholdPage:
    """The page of one household."""

    household: Row
    members: list[Member]
    timeline: list[Moment]
    next_steps: list[NextStep]
    doubles: list[Double]
    last_visit: date | None
    visited_this_quarter: bool


@dataclass(frozen=True, slots=True)
class ResidentPage:
    """The page of one person."""

    resident: Row
    household: Row | None
    age: int | None
    case: Row | None
    consent: ConsentState
    timeline: list[Moment]
    next_steps: list[NextStep]
    doubles: list[Double]


@dataclass(frozen=True, slots=True)
class HouseholdLine:
    """One line of the list.  ``vneid_missing``: members of 14 or more without level 2 active.

    ``state``: where the household's record stands with the server, ``review`` when it is to be looked at.
    """

    id: str
    code: str
    head_name: str
    lane: str
    members_n: int | None
    elders_n: int
    last_visit: date | None
    vneid_missing: int
    poverty: str
    smartphones_n: int | None
    state: str


@dataclass(frozen=True, slots=True)
class HouseholdOverview:
    """``counts``: how many households each chip leaves; ``all`` is the number of all."""

    lines: list[HouseholdLine]
    counts: dict[str, int]


def add_household(
    uow: UnitOfWork,
    values: Mapping[str, Any],
    members: Sequence[Mapping[str, Any]] = (),
    sure: bool = False,
) -> NewHousehold:
    """Writes down a household and the people in it, all or nothing.

    ``members``: fields of residents without household.  ``sure``: the person saw the possible doubles.
    UserError ``possible_doubles`` (doubles), ``invalid``, ``consent_required``.
    """
    if not sure:
        refuse_doubles(uow, "household", values)
    household = records.add(uow, "household", values)
    residents = [add_resident(uow, {**m, "household": household}, sure=sure) for m in members]
    return NewHousehold(household, tuple(residents))


def add_resident(
    uow: UnitOfWork,
    values: Mapping[str, Any],
    consent: Mapping[str, Any] | None = None,
    sure: bool = False,
) -> str:
    """Writes down a person, with the consent they gave on the spot when there is one.

    ``consent``: fields of kind consent without its subject.  UserError ``possible_doubles``, ``invalid``,
    ``consent_required`` when a number comes and no consent covers it.
    """
    if not sure:
        refuse_doubles(uow, "resident", values)
    if consent is None:
        return records.add(uow, "resident", values)
    guarded = {n: v for n, v in values.items() if n in consents.guarded_fields(uow) and v}
    resident = records.add(uow, "resident", {n: v for n, v in values.items() if n not in guarded})
    consents.add_consent(uow, {**consent, "subject": resident})
    if guarded:
        records.set_fields(uow, "resident", resident, guarded)
    return resident


def edit_resident(
    uow: UnitOfWork,
    id: str,
    changes: Mapping[str, Any],
    consent: Mapping[str, Any] | None = None,
    seen: Mapping[str, Dot] | None = None,
) -> Row:
    """Changes a person; a consent given on the spot is recorded first.  UserError ``consent_required``."""
    if consent is not None:
        consents.add_consent(uow, {**consent, "subject": id})
    return records.set_fields(uow, "resident", id, changes, seen=seen)


def members_of_household(uow: UnitOfWork, household: str) -> list[Row]:
    """The people of a household who live here, given name first."""
    rows = uow.records.list("resident", where={"household": household}).rows
    people = [forms.declared(uow.catalogue.kind("resident"), row) for row in rows]
    return [row for row in people if row.get("residence_state") not in GONE]


def visits_of(uow: UnitOfWork, household: str, residents: Collection[str] = ()) -> list[Row]:
    """All visits to a household, and to its people where no household was named; newest first."""
    found = {row["id"]: row for row in uow.records.list("support_visit", where={"household": household}).rows}
    for resident in residents:
        for row in uow.records.list("support_visit", where={"persons": resident}).rows:
            if row.get("household") in (None, household):
                found.setdefault(row["id"], row)
    visits = [forms.declared(uow.catalogue.kind("support_visit"), row) for row in found.values()]
    return sorted(visits, key=lambda r: (r.get("date", ""), r.get("start", "")), reverse=True)


def household_page(uow: UnitOfWork, id: str) -> HouseholdPage:
    """Everything known of a household.  UserError ``not_found``."""
    household = forms.declared(uow.catalogue.kind("household"), uow.records.get("household", id))
    residents = members_of_household(uow, household["id"])
    ids = [r["id"] for r in residents]
    visits = visits_of(uow, household["id"], ids)
    day = today(uow)
    members = [_member(uow, r, day) for r in residents]
    moments = [timeline.visit_moment(v) for v in visits]
    for member in members:
        if member.case is not None:
            moments += timeline.case_moments(uow, member.case)
        moments += timeline.consent_moments(consents.consents_of(uow, member.resident["id"]))
        moments += timeline.edit_moments(uow, member.resident)
    moments += timeline.training_moments(uow, ids)
    moments += timeline.edit_moments(uow, household)
    last = _last_visit(household, visits)
    return HouseholdPage(
        household=household,
        members=members,
        timeline=timeline.newest_first(moments),
        next_steps=_steps(uow, members, visits),
        doubles=doubles(uow, "household", household, exclude=household["id"]),
        last_visit=last,
        visited_this_quarter=last is not None and last >= Quarter.of(day).start,
    )


def resident_page(uow: UnitOfWork, id: str) -> ResidentPage:
    """Everything known of a person.  UserError ``not_found``."""
    resident = forms.declared(uow.catalogue.kind("resident"), uow.records.get("resident", id))
    id = resident["id"]
    day = today(uow)
    member = _member(uow, resident, day)
    told = uow.records.list("support_visit", where={"persons": id}).rows
    visits = [forms.declared(uow.catalogue.kind("support_visit"), row) for row in told]
    moments = [timeline.visit_moment(v) for v in visits]
    if member.case is not None:
        moments += timeline.case_moments(uow, member.case)
    moments += timeline.consent_moments(consents.consents_of(uow, id))
    moments += timeline.training_moments(uow, [id])
    moments += timeline.edit_moments(uow, resident)
    return ResidentPage(
        resident=resident,
        household=household_of(uow, resident),
        age=member.age,
        case=member.case,
        consent=member.consent,
        timeline=timeline.newest_first(moments),
        next_steps=_steps(uow, [member], visits),
        doubles=doubles(uow, "resident", resident, exclude=id),
    )


def household_of(uow: UnitOfWork, resident: Row) -> Row | None:
    """The household of a person, if it is recorded here."""
    return uow.records.peek("household", resident.get("household"))


def households(
    uow: UnitOfWork, chips: Collection[str] = (), search: str | None = None, limit: int | None = None
) -> list[HouseholdLine]:
    """The list of households in Vietnamese order, narrowed by chips (all of them) and a search text."""
    chosen = []
    lines = _lines(uow, search)
    start = Quarter.of(today(uow)).start
    for line in lines:
        if all(_fits(line, chip, start) for chip in chips):
            chosen.append(line)
            if limit is not None and len(chosen) >= limit:
                break
    return chosen


def household_overview(uow: UnitOfWork, chips: Collection[str] = ()) -> HouseholdOverview:
    """The list as ``households`` gives it and what all chips would leave, in one reading."""
    lines = list(_lines(uow))
    start = Quarter.of(today(uow)).start
    counts = {chip: sum(_fits(line, chip, start) for line in lines) for chip in (*CHIPS, *standings.NARROWED)}
    chosen = [line for line in lines if all(_fits(line, chip, start) for chip in chips)] if chips else lines
    return HouseholdOverview(chosen, {"all": len(lines), **counts})


def last_visits(uow: UnitOfWork, since: date | None = None) -> dict[str, date]:
    """Household to the day of its newest visit (on or after ``since``)."""
    newest = uow.registers.visited(since.isoformat() if since else "0001-01-01", "9999-12-31")
    return {home: day for home, text in newest.items() if (day := day_of(text))}


def _fits(line: HouseholdLine, chip: str, quarter: date) -> bool:
    if chip == "not_this_quarter":
        return line.last_visit is None or line.last_visit < quarter
    if chip == "has_elder":
        return line.elders_n > 0
    if chip == "vneid_missing":
        return line.vneid_missing > 0
    if chip == "poor":
        return line.poverty in ("poor", "near")
    if chip == "no_smartphone":
        return line.smartphones_n == 0
    if chip in standings.NARROWED:
        return standings.fits(line.state, chip)
    raise UserError("bad_value", field="chip")


def _lines(uow: UnitOfWork, search: str | None = None) -> Iterable[HouseholdLine]:
    day = today(uow)
    visited = last_visits(uow)
    active = uow.registers.persons_with_case(("l2_active", *vneid.ENDED))
    elders: dict[str, int] = {}
    missing: dict[str, int] = {}
    read: dict[str, tuple[bool, bool]] = {}
    for id, household, birth, _, residence in uow.registers.persons():
        if residence in GONE or not household:
            continue
        if birth not in read:
            age = age_on(birth, day)
            read[birth] = (is_elder(birth, day), age is None or age >= 14)
        elder, grown = read[birth]
        if elder:
            elders[household] = elders.get(household, 0) + 1
        if grown and id not in active:
            missing[household] = missing.get(household, 0) + 1
    for home in uow.registers.homes(search):
        days = [d for d in (visited.get(home.id), day_of(home.last_visit)) if d]
        yield HouseholdLine(
            id=home.id,
            code=home.code,
            head_name=home.head_name,
            lane=home.lane,
            members_n=home.members_n,
            elders_n=elders.get(home.id, 0),
            last_visit=max(days, default=None),
            vneid_missing=missing.get(home.id, 0),
            poverty=home.poverty,
            smartphones_n=home.smartphones_n,
            state=home.state,
        )


def _member(uow: UnitOfWork, resident: Row, day: date) -> Member:
    rows = uow.records.list("vneid_case", where={"resident": resident["id"]}, limit=1).rows
    case = forms.declared(uow.catalogue.kind("vneid_case"), rows[0]) if rows else None
    read = vneid.Case.of(case) if case else None
    return Member(
        resident=resident,
        age=age_on(resident.get("birth"), day),
        elder=is_elder(resident.get("birth"), day),
        case=case,
        case_status=read.place(day) if read else "none",
        days_left=read.days_left(day) if read else None,
        consent=consents.state_of(uow, resident),
        number_masked=mask_id_number(resident.get("id_number") or resident.get("old_id")),
        phone_masked=mask_phone(resident.get("phone")),
    )


def _steps(uow: UnitOfWork, members: Iterable[Member], visits: Iterable[Row]) -> list[NextStep]:
    """What to do next: clocks that run out first, then agreed days, then the rest."""
    day = today(uow)
    general = next_for_household([Visit.of(v) for v in visits])
    personal: list[NextStep] = []
    for member in members:
        name = str(member.resident.get("full_name", ""))
        id = str(member.resident["id"])
        case = vneid.Case.of(member.case or {"resident": id, "status": "none"})
        if member.age is None or member.age >= 14:
            codes = vneid.next_codes(case, day)
            due = case.due or (case.appointment_date if case.status == "l2_appointment" else None)
            if codes and case.status != "l2_active":
                step = NextStep(codes[0], resident=id, name=name, due=due, reason=case.failure_reason)
                personal.append(step)
        if not member.consent.live:
            personal.append(NextStep("consent_missing", resident=id, name=name))
    steps = personal + [replace(s, name=_name_in(members, s.resident)) if s.resident else s for s in general]
    rank = {"service_missing": 3, "consent_missing": 2}
    return sorted(steps, key=lambda s: (s.due is None, s.due or date.max, rank.get(s.code, 1)))


def _name_in(members: Iterable[Member], resident: str | None) -> str:
    return next((str(m.resident.get("full_name", "")) for m in members if m.resident["id"] == resident), "")


def _last_visit(household: Row, visits: Iterable[Row]) -> date | None:
    days = [d for d in (day_of(v.get("date")) for v in visits) if d]
    told = day_of(household.get("last_visit"))
    return max([*days, *([told] if told else [])], default=None)
