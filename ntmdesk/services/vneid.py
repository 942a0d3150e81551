"""VNeID follow-ups: the board, moving a person on or back, attempts that failed, what is due."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from ntmdesk.domain.people import birth_year
from ntmdesk.domain.standings import standing_of
from ntmdesk.domain.vneid import (
    ENDED,
    SIDES,
    STATUSES,
    Case,
    Move,
    activation_due,
    allowed,
    level_of,
    next_codes,
    refusal,
)
from ntmdesk.errors import UserError
from ntmdesk.services import records, timeline
from ntmdesk.services.clock import day_of, today
from ntmdesk.services.timeline import Moment
from ntmdesk.store.unit_of_work import UnitOfWork
from sync.protocol.dots import Dot

__all__ = ["Move", "allowed"]

Row = dict[str, Any]
KIND = "vneid_case"


@dataclass(frozen=True, slots=True)
class CaseCard:
    """One person on the board.  ``status``: the column, ``activation_overdue`` as soon as the clock ran out.

    ``due``: last day to activate, or of the appointment; ``days_left`` until then, negative when past.
    ``state``: where the record stands with the server, or ``review``.  ``gone``: the person is in the
    trash; of one whose record has not come to this laptop ``name`` is blank.
    """

    id: str
    resident: str
    name: str
    birth_year: int | None
    lane: str
    household: str
    status: str
    since: date | None
    due: date | None
    days_left: int | None
    overdue: bool
    failure_reason: str | None
    next_codes: tuple[str, ...]
    state: str
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """People of one status, most urgent first."""

    status: str
    cards: list[CaseCard]


@dataclass(frozen=True, slots=True)
class Board:
    """All follow-ups: the road in order, the side states, and how many stand where."""

    columns: list[Column]
    sides: list[Column]
    counts: dict[str, int]


def board(uow: UnitOfWork, search: str | None = None) -> Board:
    """The board; with ``search`` only people whose name, telephone or number fits."""
    wanted = None
    if search and search.strip():
        wanted = {row["id"] for row in uow.records.list("resident", search=search).rows}
    cards: dict[str, list[CaseCard]] = {s: [] for s in STATUSES + SIDES}
    for card in _cards(uow, uow.records.list(KIND).rows):
        if wanted is None or card.resident in wanted:
            cards.setdefault(card.status, []).append(card)
    for column in cards.values():
        column.sort(key=_urgency)
    known = set(STATUSES)
    return Board(
        columns=[Column(s, cards[s]) for s in STATUSES],
        sides=[Column(s, found) for s, found in cards.items() if s not in known],
        counts={s: len(found) for s, found in cards.items()},
    )


def due(uow: UnitOfWork, until: date | None = None) -> list[CaseCard]:
    """Activations that wait or are overdue and appointments, up to ``until``; earliest first."""
    day = today(uow)
    waiting = []
    for row in uow.records.list(KIND).rows:
        status, ends = _ends(Case.of(row), day)
        if status not in ("l2_granted", "activation_overdue", "l2_appointment") or ends is None:
            continue
        if until is None or ends <= until:
            waiting.append(row)
    found = _cards(uow, waiting)
    return sorted(found, key=_urgency)


def move(
    uow: UnitOfWork,
    case_id: str,
    status: str,
    on: date | None = None,
    provenance: str = "seen",
    failure_reason: str | None = None,
    reason: str = "",
    appointment: date | None = None,
    place: str | None = None,
    granted_on: date | None = None,
    seen: Mapping[str, Dot] | None = None,
) -> Row:
    """Moves a person to another status on a day (today when None).

    ``seen``: the dots that were on the screen (``records.dots``); without it what is shown now.
    ``reason``: why it goes back; it is added to the notes.  The reason of an earlier failure is blanked by a
    step forward.  UserError ``move_not_allowed`` (from_status, to_status, why: ``same``, ``reason_needed``,
    ``unknown``), ``not_found``, ``invalid``.
    """
    row = uow.records.get(KIND, records.identify(uow, KIND, case_id))
    before = str(row.get("status", "none"))
    why = refusal(before, status, reason)
    if why is not None:
        raise UserError("move_not_allowed", from_status=before, to_status=status, why=why)
    changes = _changes(uow, row, status, on, failure_reason, appointment, place, granted_on)
    changes["provenance"] = provenance
    if reason.strip():
        told = reason.strip()
        changes["notes"] = _note(row, on or today(uow), told)
    return records.set_fields(uow, KIND, row["id"], changes, seen=_noted(uow, row, seen))


def _noted(uow: UnitOfWork, row: Row, seen: Mapping[str, Dot] | None) -> dict[str, Dot] | None:
    """The dots of the screen; the notes are taken up as they are now, since a new one only joins them."""
    if seen is None:
        return None
    now = uow.records.dots(KIND, row["id"])
    return {**seen, **({"notes": now["notes"]} if "notes" in now else {})}


def _changes(
    uow: UnitOfWork,
    row: Row,
    status: str,
    on: date | None,
    failure_reason: str | None,
    appointment: date | None,
    place: str | None,
    granted_on: date | None,
) -> dict[str, Any]:
    day = on or today(uow)
    changes: dict[str, Any] = {"status": status, "status_date": day.isoformat()}
    level = level_of(status, row.get("level"))
    if level is not None:
        changes["level"] = level
    changes["failure_reason"] = failure_reason
    if status == "l2_granted":
        granted = granted_on or day
        changes["granted_on"] = granted.isoformat()
        changes["activation_due"] = activation_due(granted).isoformat()
    if status == "l2_appointment":
        changes["appointment_date"] = appointment.isoformat() if appointment else None
        if place is not None:
            changes["appointment_place"] = place
    return changes


def open_case(
    uow: UnitOfWork,
    resident: str,
    status: str = "none",
    on: date | None = None,
    provenance: str = "seen",
    failure_reason: str | None = None,
    reason: str = "",
    appointment: date | None = None,
    place: str | None = None,
    granted_on: date | None = None,
) -> str:
    """The follow-up of a person at a status: a new one, or the one there is, moved.  Returns its id.

    One person has one follow-up, also when two laptops open it.  Asking for the status it has changes only
    the reason or the appointment.  UserError as ``move``.
    """
    person = records.identify(uow, "resident", resident)
    known = uow.records.list(KIND, where={"resident": person}, deleted=True).rows
    if known:
        id = str(known[0]["id"])
        if known[0].get("_deleted"):
            uow.records.restore(KIND, id)
        if known[0].get("status") != status:
            row = move(
                uow, id, status, on, provenance, failure_reason, reason, appointment, place, granted_on
            )
            return str(row["id"])
        changes: dict[str, Any] = {}
        if failure_reason is not None:
            changes["failure_reason"] = failure_reason
        if appointment is not None:
            changes["appointment_date"] = appointment.isoformat()
        if place is not None:
            changes["appointment_place"] = place
        if changes:
            records.set_fields(uow, KIND, id, changes)
        return id
    if status not in STATUSES and status not in SIDES:
        raise UserError("move_not_allowed", from_status="none", to_status=status, why="unknown")
    values = _changes(uow, {}, status, on, failure_reason, appointment, place, granted_on)
    if reason.strip():
        values["notes"] = reason.strip()
    filled = {**values, "resident": person, "provenance": provenance}
    return records.add(uow, KIND, {n: v for n, v in filled.items() if v is not None})


def fail(
    uow: UnitOfWork, case_id: str, failure_reason: str, note: str = "", seen: Mapping[str, Dot] | None = None
) -> Row:
    """An attempt that did not work: the status stays, the reason says why.  ``seen``: as in ``move``."""
    row = uow.records.get(KIND, records.identify(uow, KIND, case_id))
    changes: dict[str, Any] = {"failure_reason": failure_reason}
    if note.strip():
        changes["notes"] = _note(row, today(uow), note.strip())
    return records.set_fields(uow, KIND, row["id"], changes, seen=_noted(uow, row, seen))


def case_history(uow: UnitOfWork, case_id: str) -> list[Moment]:
    """Every status a person has had, newest first."""
    row = uow.records.get(KIND, records.identify(uow, KIND, case_id))
    return timeline.newest_first(timeline.case_moments(uow, row))


def _cards(uow: UnitOfWork, rows: Iterable[Row]) -> list[CaseCard]:
    day = today(uow)
    cases = [(row, Case.of(row)) for row in rows]
    people = uow.records.living("resident", {case.resident for _, case in cases})
    gone = _in_the_trash(uow, {case.resident for _, case in cases} - people.keys())
    people = {**people, **gone}
    homes = uow.records.living(
        "household", {str(p["household"]) for p in people.values() if p.get("household")}
    )
    cards = []
    for row, case in cases:
        person = people.get(case.resident, {})
        home = homes.get(str(person.get("household", "")), {})
        place, ends = _ends(case, day)
        cards.append(
            CaseCard(
                id=case.id,
                resident=case.resident,
                name=str(person.get("full_name", "")),
                birth_year=birth_year(person.get("birth")),
                lane=str(home.get("lane", "")),
                household=str(person.get("household", "")),
                status=place,
                since=day_of(row.get("status_date")),
                due=ends,
                days_left=(ends - day).days if ends else None,
                overdue=ends is not None and ends < day,
                failure_reason=case.failure_reason,
                next_codes=next_codes(case, day),
                state=standing_of(row),
                gone=case.resident in gone,
            )
        )
    return cards


def _in_the_trash(uow: UnitOfWork, ids: Iterable[str]) -> dict[str, Row]:
    found = {id: uow.records.peek("resident", id, deleted=True) for id in ids}
    return {id: row for id, row in found.items() if row is not None}


def _ends(case: Case, day: date) -> tuple[str, date | None]:
    """Where a case stands on the day, and its last day: to activate, or of the appointment."""
    place = case.place(day)
    appointed = case.appointment_date if case.status == "l2_appointment" else None
    return place, None if place in ENDED else case.due or appointed


def _urgency(card: CaseCard) -> tuple[date, date, str]:
    return (card.due or date.max, card.since or date.max, card.id)


def _note(row: Row, day: date, told: str) -> str:
    """The new note above the older ones, within the field's cap."""
    older = str(row.get("notes") or "")
    return f"{day.isoformat()}: {told}\n{older}".strip()[:500].strip()
