"""Consent to hold personal data: what covers a person, giving, withdrawing, and what needs it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ntmdesk.domain.people import Consent, live_purposes, needs_guardian
from ntmdesk.errors import UserError
from ntmdesk.services.clock import now, today
from ntmdesk.services.filling import TEXT_VERSION, fill_in
from ntmdesk.store.unit_of_work import UnitOfWork

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ConsentState:
    """What a person has agreed to.  ``consent_id``: the newest living consent."""

    live: bool
    purposes: frozenset[str]
    consent_id: str | None
    taken_at: str | None
    needs_guardian: bool


def consents_of(uow: UnitOfWork, resident: str) -> list[Row]:
    """All consents of a person, newest first, withdrawn ones too."""
    return uow.records.list("consent", where={"subject": resident}).rows


def state_of(uow: UnitOfWork, resident: Row) -> ConsentState:
    """What a person (a row of kind resident) has agreed to."""
    rows = consents_of(uow, str(resident["id"]))
    return state_from(rows, resident, uow)


def state_from(rows: Iterable[Row], resident: Row, uow: UnitOfWork) -> ConsentState:
    """The same from consents already read."""
    day = today(uow)
    living = [row for row in rows if Consent.of(row).is_live(day)]
    newest = max(living, key=lambda row: str(row.get("taken_at", "")), default=None)
    return ConsentState(
        live=newest is not None,
        purposes=live_purposes((Consent.of(row) for row in living), day),
        consent_id=newest["id"] if newest else None,
        taken_at=newest.get("taken_at") if newest else None,
        needs_guardian=needs_guardian(resident.get("birth"), day),
    )


def consent_of(uow: UnitOfWork, resident: str) -> ConsentState:
    """What the person with that id has agreed to.  UserError ``not_found``."""
    return state_of(uow, uow.records.get("resident", resident))


def guarded_fields(uow: UnitOfWork) -> dict[str, str]:
    """Fields of a resident that need a living consent, with the purpose it must cover."""
    kind = uow.catalogue.kind("resident")
    return {f.name: f.purpose for f in kind.fields if f.type == "id_number"}


def require_for(uow: UnitOfWork, resident: str | None, present: Row, changes: Mapping[str, Any]) -> None:
    """Lets a change of a resident pass unless it brings a number that no living consent covers.

    ``resident``: None while the person is not recorded yet.  Blanking and leaving as it is need nothing.
    UserError ``consent_required`` (field, purpose, resident).
    """
    for name, purpose in guarded_fields(uow).items():
        value = changes.get(name)
        if value in (None, "") or value == present.get(name):
            continue
        rows = consents_of(uow, resident) if resident else []
        if purpose not in live_purposes(map(Consent.of, rows), today(uow)):
            raise UserError("consent_required", field=name, purpose=purpose, resident=resident)


def give_consent(
    uow: UnitOfWork,
    resident: str,
    purposes: Iterable[str],
    legal_basis: str,
    channel: str,
    text_version: str = TEXT_VERSION,
    witness: str | None = None,
    guardian: str | None = None,
) -> str:
    """Records that a person agreed; the consent's id.  UserError ``invalid``, ``unknown_reference``."""
    values = {
        "subject": resident,
        "purposes": sorted(set(purposes)),
        "legal_basis": legal_basis,
        "channel": channel,
        "text_version": text_version,
        "witness": witness,
        "guardian": guardian,
    }
    return add_consent(uow, {name: value for name, value in values.items() if value is not None})


def add_consent(uow: UnitOfWork, values: Mapping[str, Any]) -> str:
    """Records a consent from the fields of its kind; who took it and when are filled in."""
    return uow.records.add("consent", fill_in(uow, "consent", dict(values)))


def withdraw_consent(uow: UnitOfWork, consent: str) -> Row:
    """Ends a consent today; what it covered may not be taken any more.  UserError ``not_found``."""
    field = uow.catalogue.field("consent", "withdrawn_at")
    moment = now(uow)
    ended = moment.date().isoformat() if field.type == "date" else moment.isoformat(timespec="minutes")
    return uow.records.set("consent", consent, {"withdrawn_at": ended})
