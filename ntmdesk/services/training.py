"""Training sessions and their roll-call: one input that takes given names, numbers or a scanned card."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from ntmdesk.domain import forms
from ntmdesk.domain.card_qr import read_card_qr
from ntmdesk.domain.identifiers import IdentifierError
from ntmdesk.domain.standings import standing_of
from ntmdesk.domain.text import fold
from ntmdesk.domain.training import Attendee, Counts, changed_counts, counts
from ntmdesk.errors import UserError
from ntmdesk.services import records
from ntmdesk.services.clock import day_of, today
from ntmdesk.services.filling import fill_in
from ntmdesk.services.suggestions import Suggested
from ntmdesk.services.suggestions import suggest as suggest_people
from ntmdesk.store.unit_of_work import UnitOfWork
from sync.protocol.dots import Dot

Row = dict[str, Any]
KIND = "training"
_ROWS = "attendance"
_GUEST = uuid.UUID("5b7d7c1e-2a6e-5e0b-9a7c-6f1c6f0f7a11")


@dataclass(frozen=True, slots=True)
class SessionLine:
    """One session in the list.  ``state``: where its record stands with the server, or ``review``."""

    id: str
    date: date | None
    title: str
    topics: tuple[str, ...]
    place: str
    attended: int | None
    women: int | None
    elders: int | None
    planned: int | None
    state: str


@dataclass(frozen=True, slots=True)
class RollCall:
    """A session, who is there, and the counts that follow from it."""

    session: Row
    present: list[Attendee]
    counts: Counts


@dataclass(frozen=True, slots=True)
class Marked:
    """What became of one typed text: a person marked (their row id), or people to choose from."""

    roll: RollCall
    marked: str | None
    choices: list[Suggested]


def start(uow: UnitOfWork) -> dict[str, Any]:
    """What a new session starts with."""
    kind = uow.catalogue.kind(KIND)
    defaults = {f.name: f.default for f in kind.fields if f.default is not None}
    return fill_in(uow, KIND, {**defaults, "attended_n": 0})


def save_session(
    uow: UnitOfWork,
    values: Mapping[str, Any],
    id: str | None = None,
    seen: Mapping[str, Dot] | None = None,
) -> str:
    """A new session, or changes of one (``id``); returns its id.  Nobody present yet counts as 0 attended."""
    if id is None:
        return records.add(uow, KIND, {"attended_n": len(values.get(_ROWS) or ()), **values})
    return str(records.set_fields(uow, KIND, id, values, seen=seen)["id"])


def sessions(uow: UnitOfWork, limit: int = 200) -> list[SessionLine]:
    """The newest sessions."""
    return [
        SessionLine(
            id=str(row["id"]),
            date=day_of(row.get("date")),
            title=str(row.get("title", "")),
            topics=forms.texts(row.get("topics")),
            place=str(row.get("place", "")),
            attended=row.get("attended_n"),
            women=row.get("women_n"),
            elders=row.get("elders_n"),
            planned=row.get("planned_n"),
            state=standing_of(row),
        )
        for row in uow.records.list(KIND, order="-date", limit=limit).rows
    ]


def roll_call(uow: UnitOfWork, id: str) -> RollCall:
    """Who is there.  UserError ``not_found``."""
    session = uow.records.get(KIND, records.identify(uow, KIND, id))
    present = _attendees(uow, session)
    return RollCall(session, present, counts(session, present, _day(uow, session)))


def suggest(uow: UnitOfWork, id: str, text: str, limit: int = 8) -> list[Suggested]:
    """People to mark, by name, number or telephone; those not yet there and of the hamlet first."""
    session = uow.records.get(KIND, records.identify(uow, KIND, id))
    there = {row.get("resident") for row in forms.rows(session.get(_ROWS))}
    found = [s for s in suggest_people(uow, text, limit=limit * 4) if s.kind == "resident"]
    hamlet = session.get("hamlet")
    homes = (
        {s.household_id: uow.records.peek("household", s.household_id) or {} for s in found} if hamlet else {}
    )

    def elsewhere(person: Suggested) -> bool:
        home = homes.get(person.household_id) or {}
        return bool(home) and home.get("hamlet") != hamlet

    return sorted(found, key=lambda s: (s.id in there, elsewhere(s)))[:limit]


def mark(
    uow: UnitOfWork,
    id: str,
    resident: str | None = None,
    name: str | None = None,
    sex: str | None = None,
    birth: str | None = None,
    present: bool = True,
) -> RollCall:
    """Marks a person there, or not there after all (``present`` False), and brings the counts up to date.

    ``resident``: somebody of the register; ``name``: somebody who is not (sex and birth if known).  Marking
    twice is once, also on two laptops.  UserError ``not_found``, ``invalid``.
    """
    session = uow.records.get(KIND, records.identify(uow, KIND, id))
    before = _attendees(uow, session)
    rows = [dict(row) for row in forms.rows(session.get(_ROWS))]
    if resident is not None:
        resident = records.identify(uow, "resident", resident)
        entry: Row = {"id": resident, "resident": resident}
    elif name and name.strip():
        told = " ".join(name.split())
        entry = {"id": _guest_row(str(session["id"]), told), "name": told}
        entry |= {n: v for n, v in (("sex", sex), ("birth", birth)) if v}
    else:
        raise UserError("invalid", field="name", reason="required")
    there = [row for row in rows if row.get("id") == entry["id"] or _is(row, resident)]
    if present == bool(there):
        return RollCall(session, before, counts(session, before, _day(uow, session)))
    rows = [*rows, entry] if present else [row for row in rows if row not in there]
    after = _attendees(uow, {**session, _ROWS: rows})
    changes = changed_counts(session, before, after, _day(uow, session))
    records.set_fields(uow, KIND, session["id"], {_ROWS: rows, **changes})
    return roll_call(uow, str(session["id"]))


def mark_text(uow: UnitOfWork, id: str, text: str) -> Marked:
    """One typed line: exactly one fitting person is marked; several come back to choose from.

    Takes a name without marks, a given name, a telephone, a number, or the text of a card's QR code, of
    which nothing is kept.  Nobody found: ``choices`` is empty.
    """
    wanted = text.strip()
    if "|" in wanted:
        try:
            card = read_card_qr(wanted)
        except IdentifierError:
            return Marked(roll_call(uow, id), None, [])
        wanted = card.number.digits
        found = suggest(uow, id, wanted) or suggest(uow, id, card.full_name)
    else:
        found = suggest(uow, id, wanted) if wanted else []
    roll = roll_call(uow, id)
    there = {a.resident for a in roll.present}
    waiting = [s for s in found if s.id not in there]
    if len(waiting) > 1:
        same = [s for s in waiting if fold(s.name) == fold(wanted)]
        waiting = same if len(same) == 1 else waiting
    if len(waiting) == 1:
        return Marked(mark(uow, id, resident=waiting[0].id), waiting[0].id, [])
    return Marked(roll, None, waiting)


def _is(row: Row, resident: str | None) -> bool:
    return resident is not None and row.get("resident") == resident


def _guest_row(session: str, name: str) -> str:
    """The row of somebody not in the register: the same name makes the same row on every laptop."""
    return str(uuid.uuid5(_GUEST, f"{session}|{fold(name)}"))


def _day(uow: UnitOfWork, session: Row) -> date:
    return day_of(session.get("date")) or today(uow)


def _attendees(uow: UnitOfWork, session: Row) -> list[Attendee]:
    found = []
    homes: dict[str, str] = {}
    for row in forms.rows(session.get(_ROWS)):
        known = uow.records.peek("resident", row.get("resident")) or {}
        known = known or uow.records.peek("member", row.get("member")) or {}
        attendee = Attendee(
            row_id=str(row.get("id", "")),
            resident=str(row.get("resident") or row.get("member") or ""),
            name=str(known.get("full_name") or row.get("name") or ""),
            sex=str(known.get("sex") or row.get("sex") or ""),
            birth=str(known.get("birth") or row.get("birth") or ""),
        )
        home = str(known.get("household") or "")
        if home:
            if home not in homes:
                homes[home] = str((uow.records.peek("household", home) or {}).get("lane", ""))
            attendee = replace(attendee, lane=homes[home])
        found.append(attendee)
    return found
