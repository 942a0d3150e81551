"""Recording a support visit, with the household, people, consents and statuses that came with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from ntmdesk.domain import forms
from ntmdesk.domain.visits import SETTLED, Line, NextStep, Visit, open_follow_ups
from ntmdesk.errors import UserError
from ntmdesk.services import consents, drafts, people, records, vneid
from ntmdesk.services.clock import today
from ntmdesk.services.filling import fill_in
from ntmdesk.services.timeline import Moment, newest_first, visit_moment
from ntmdesk.store.open_lines import visits_near_open_lines
from ntmdesk.store.unit_of_work import UnitOfWork
from sync.protocol.dots import Dot

Row = dict[str, Any]

KEPT = ("place_type", "minutes", "members", "hamlet")
"""What a person enters the same way from house to house: taken from their last visit."""

FIRST_CHIPS = 10

LOOKED_BACK = 180
"""Days after which a line nobody took up leaves the worklist; the page of the household still has it."""


@dataclass(frozen=True, slots=True)
class CaseMove:
    """A step of somebody's VNeID follow-up made during the visit.

    ``resident``: an id, or the index of one of the draft's new people.
    """

    resident: str | int
    status: str
    on: date | None = None
    provenance: str = "seen"
    failure_reason: str | None = None
    appointment: date | None = None
    place: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class VisitDraft:
    """A filled form: fields of the visit and what is to be written down with it.

    ``new_household``: fields of a household found at the door; ``new_residents``: people of it (or of
    ``values["household"]``) who join ``values["persons"]``.  ``consents``: fields of consents, each with
    ``resident`` = an id or the index of a new person.  ``sure``: possible doubles were seen.
    """

    values: Mapping[str, Any]
    new_household: Mapping[str, Any] | None = None
    new_residents: tuple[Mapping[str, Any], ...] = ()
    consents: tuple[Mapping[str, Any], ...] = ()
    cases: tuple[CaseMove, ...] = ()
    sure: bool = False
    draft_id: str | None = None
    visit_id: str | None = field(default=None)

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> VisitDraft:
        """From the JSON kept in a draft."""
        return cls(
            values=dict(body.get("values", {})),
            new_household=body.get("new_household"),
            new_residents=tuple(body.get("new_residents", ())),
            consents=tuple(body.get("consents", ())),
            cases=tuple(_read_move(c) for c in body.get("cases", ())),
            sure=bool(body.get("sure", False)),
            draft_id=body.get("draft_id"),
            visit_id=body.get("visit_id"),
        )

    def body(self) -> dict[str, Any]:
        """As JSON for a draft; ``of`` reads it back."""
        return {
            "values": dict(self.values),
            "new_household": dict(self.new_household) if self.new_household is not None else None,
            "new_residents": [dict(r) for r in self.new_residents],
            "consents": [dict(c) for c in self.consents],
            "cases": [_write_move(c) for c in self.cases],
            "sure": self.sure,
            "draft_id": self.draft_id,
            "visit_id": self.visit_id,
        }


@dataclass(frozen=True, slots=True)
class Recorded:
    """Ids of everything one save wrote; ``follow_ups``: lines somebody has to come back to."""

    visit: str
    household: str | None
    residents: tuple[str, ...]
    cases: tuple[str, ...]
    follow_ups: int


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A line to come back to.  ``days``: until the agreed day, negative when it has passed."""

    visit: str
    line: str
    household: str
    head_name: str
    lane: str
    service: str
    due: date
    days: int
    outcome: str
    reason: str | None


def record(uow: UnitOfWork, draft: VisitDraft) -> Recorded:
    """Saves a visit and all that came with it, in the caller's one transaction: all or nothing.

    The draft it came from is dropped with it.  UserError ``invalid`` (the problem's row names the line),
    ``possible_doubles``, ``consent_required``, ``move_not_allowed``.
    """
    values = dict(draft.values)
    household = values.get("household")
    if draft.new_household is not None:
        household = people.add_household(uow, draft.new_household, sure=draft.sure).household
        values["household"] = household
    residents = _add_residents(uow, draft, household, values)
    for given in draft.consents:
        fields = {name: value for name, value in given.items() if name != "resident"}
        who = _resolve(given.get("resident", given.get("subject")), residents)
        consents.add_consent(uow, {**fields, "subject": who})
    _set_numbers(uow, draft, residents)
    if residents:
        values["persons"] = [*(values.get("persons") or ()), *residents]
    filled = fill_in(uow, "support_visit", values)
    visit = records.add(uow, "support_visit", filled, id=draft.visit_id)
    cases = tuple(_move(uow, move, residents, filled) for move in draft.cases)
    if draft.draft_id:
        drafts.drop(uow, draft.draft_id)
    saved = Visit.of(uow.records.get("support_visit", visit))
    open_lines = sum(1 for line in saved.lines if line.is_open)
    return Recorded(visit, saved.household or None, tuple(residents), cases, open_lines)


def _add_residents(
    uow: UnitOfWork, draft: VisitDraft, household: object, values: Mapping[str, Any]
) -> list[str]:
    """People without the numbers that need consent; those follow once the consents are recorded."""
    guarded = consents.guarded_fields(uow)
    added = []
    for new in draft.new_residents:
        fields = {n: v for n, v in new.items() if n not in guarded}
        if household and "household" not in fields:
            fields["household"] = household
        if values.get("hamlet") and "hamlet" not in fields and not household:
            fields["hamlet"] = values["hamlet"]
        added.append(people.add_resident(uow, fields, sure=draft.sure))
    return added


def _set_numbers(uow: UnitOfWork, draft: VisitDraft, residents: list[str]) -> None:
    guarded = consents.guarded_fields(uow)
    for new, id in zip(draft.new_residents, residents, strict=True):
        numbers = {n: new[n] for n in guarded if new.get(n)}
        if numbers:
            records.set_fields(uow, "resident", id, numbers)


def _resolve(who: object, residents: list[str]) -> str:
    if isinstance(who, int) and not isinstance(who, bool):
        if not 0 <= who < len(residents):
            raise UserError("bad_value", field="resident")
        return residents[who]
    return str(who)


def _move(uow: UnitOfWork, move: CaseMove, residents: list[str], visit: Mapping[str, Any]) -> str:
    on = move.on or date.fromisoformat(str(visit["date"]))
    return vneid.open_case(
        uow,
        _resolve(move.resident, residents),
        move.status,
        on=on,
        provenance=move.provenance,
        failure_reason=move.failure_reason,
        appointment=move.appointment,
        place=move.place,
        reason=move.reason,
    )


def amend(uow: UnitOfWork, id: str, changes: Mapping[str, Any], seen: Mapping[str, Dot] | None = None) -> Row:
    """Changes a visit that was saved before; only what differs becomes an edit."""
    return records.set_fields(uow, "support_visit", id, changes, seen=seen)


def start(uow: UnitOfWork, household: str | None = None) -> dict[str, Any]:
    """What a new form starts with: today, and place, minutes and companions as this person left them last."""
    values: dict[str, Any] = {"date": today(uow).isoformat()}
    last = next(
        (
            row
            for row in uow.records.list("support_visit", order="-date", limit=200).rows
            if uow.author.person in forms.texts(row.get("members"))
        ),
        {},
    )
    values.update({name: last[name] for name in KEPT if last.get(name) not in (None, "", [])})
    place = uow.catalogue.field("support_visit", "place_type").default
    if place is not None:
        values.setdefault("place_type", place)
    if household:
        values["household"] = household
        values.pop("hamlet", None)
    filled = fill_in(uow, "support_visit", values)
    return {name: value for name, value in filled.items() if value is not None}


def frequent_services(uow: UnitOfWork, n: int = FIRST_CHIPS) -> list[str]:
    """The services of the first chips: the catalogue's own choice, replaced by what this team gives most.

    A service moves up once it was given more than twice among the last 300 visits; the order stays that of
    the catalogue, so that fingers find the chips again.
    """
    offered = [c for c in uow.catalogue.choices("services").offered]
    given = Counter(
        forms.text(line.get("service"))
        for row in uow.records.list("support_visit", order="-date", limit=300).rows
        for line in forms.rows(row.get("lines"))
    )
    places = {c.code: c.extra.get("chip") for c in offered}
    order = [c.code for c in offered]

    def weight(code: str) -> tuple[int, int]:
        many = given[code] if given[code] > 2 else 0
        place = places.get(code)
        return (-many, int(place) if place is not None else 100 + order.index(code))

    return sorted(sorted(order, key=weight)[:n], key=order.index)


def past(uow: UnitOfWork, household: str, limit: int = 20) -> list[Moment]:
    """What was done with a household before: visits, follow-ups and trainings, newest first."""
    wanted = {"visit", "vneid", "training"}
    return [m for m in people.household_page(uow, household).timeline if m.what in wanted][:limit]


def next_steps(uow: UnitOfWork, household: str | None = None, resident: str | None = None) -> list[NextStep]:
    """What to do next for a household, or for one person."""
    if household:
        return people.household_page(uow, household).next_steps
    return people.resident_page(uow, resident).next_steps if resident else []


def follow_ups(uow: UnitOfWork, until: date | None = None) -> list[FollowUp]:
    """Lines of the last half year with an agreed day up to ``until`` that no later visit took up."""
    day = today(uow)
    since = (day - timedelta(days=LOOKED_BACK)).isoformat()
    visits = _concerned(visits_near_open_lines(uow, since, SETTLED))
    found = []
    for follow_up in open_follow_ups(visits):
        due = follow_up.due
        if due is None or (until is not None and due > until):
            continue
        household = uow.records.peek("household", follow_up.visit.household) or {}
        name = household.get("head_name") or _first_name(uow, follow_up.visit.persons)
        found.append(
            FollowUp(
                visit=follow_up.visit.id,
                line=follow_up.line.id,
                household=follow_up.visit.household,
                head_name=str(name),
                lane=str(household.get("lane", "")),
                service=follow_up.line.service,
                due=due,
                days=(due - day).days,
                outcome=follow_up.line.outcome,
                reason=follow_up.line.failure_reason,
            )
        )
    return found


def _concerned(rows: Iterable[Row]) -> list[Visit]:
    """The visits with an open line and those that may have taken one up; most visits are neither."""
    held = list(rows)
    waiting = [row for row in held if any(Line.of(line).is_open for line in forms.rows(row.get("lines")))]
    ids = {row["id"] for row in waiting}
    homes = {home for row in waiting if (home := forms.text(row.get("household")))}
    persons = {person for row in waiting for person in forms.texts(row.get("persons"))}
    return [
        Visit.of(row)
        for row in held
        if row["id"] in ids
        or forms.text(row.get("household")) in homes
        or forms.text(row.get("follow_up_of")) in ids
        or not persons.isdisjoint(forms.texts(row.get("persons")))
    ]


def today_list(uow: UnitOfWork, on: date | None = None) -> list[Row]:
    """Visits of one day, newest first."""
    day = (on or today(uow)).isoformat()
    return uow.records.list("support_visit", since=day, until=day).rows


def visit_moments(uow: UnitOfWork, household: str) -> list[Moment]:
    """Only the visits of a household."""
    return newest_first(visit_moment(row) for row in people.visits_of(uow, household))


def _first_name(uow: UnitOfWork, persons: tuple[str, ...]) -> str:
    for id in persons:
        known = uow.records.peek("resident", id)
        if known is not None:
            return str(known.get("full_name", ""))
    return ""


_DATES = ("on", "appointment")


def _write_move(move: CaseMove) -> dict[str, Any]:
    values = {name: getattr(move, name) for name in CaseMove.__dataclass_fields__}
    return {n: v.isoformat() if isinstance(v, date) else v for n, v in values.items()}


def _read_move(values: Mapping[str, Any]) -> CaseMove:
    read = {n: v for n, v in values.items() if n in CaseMove.__dataclass_fields__}
    for name in _DATES:
        if read.get(name):
            read[name] = date.fromisoformat(str(read[name]))
    return CaseMove(**read)
