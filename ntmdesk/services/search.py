"""Ctrl+K: anything recorded, with the page that shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ntmdesk.domain.dates import format_date
from ntmdesk.domain.kinds import Kind
from ntmdesk.domain.standings import standing_of
from ntmdesk.services.clock import day_of
from ntmdesk.services.suggestions import suggest
from ntmdesk.store.unit_of_work import UnitOfWork
from sync.protocol.kinds import words

PLACES: Mapping[str, str] = {
    "household": "people",
    "resident": "people",
    "consent": "people",
    "support_visit": "visit",
    "vneid_case": "vneid",
    "training": "training",
    "weekly_log": "weekly_log",
}
"""Kind to the place of the window that shows it; every other kind is in the registers."""


@dataclass(frozen=True, slots=True)
class Found:
    """One find.  ``page``: the place that shows it, ``argument``: what that place is told (kind and id).

    ``state``: where the record stands with the server, or ``review``.
    """

    kind: str
    id: str
    title: str
    detail: str
    page: str
    argument: Mapping[str, Any] = field(default_factory=dict)
    state: str = ""


def place_of(kind: str) -> str:
    """The place of the window where records of a kind are shown."""
    return PLACES.get(kind, "records")


def find(uow: UnitOfWork, text: str, limit: int = 12, language: str = "vi") -> list[Found]:
    """Records that fit, people and households first; titles in ``language``."""
    if not text.strip():
        return []
    found: list[Found] = []
    for person in suggest(uow, text, limit=limit):
        parts = [str(person.birth_year or ""), person.lane, person.household_head, person.number_tail]
        detail = " · ".join(part for part in parts if part)
        found.append(_found(person.kind, person.id, person.name, detail, person.state))
    seen = {f.id for f in found}
    for hit in uow.search.anything(text, limit=limit):
        if hit.id not in seen and hit.kind not in ("household", "resident"):
            row = uow.records.get(hit.kind, hit.id)
            title, detail = title_of(uow, row, language), _detail(uow, row)
            found.append(_found(hit.kind, hit.id, title, detail, standing_of(row)))
    return found[:limit]


def title_of(uow: UnitOfWork, row: Mapping[str, Any], language: str = "vi") -> str:
    """The words that name a record, from the fields its kind says name it; references by their own title.
    Where all are blank: what kind of record it is, and its code."""
    kind = uow.catalogue.kinds.get(str(row.get("kind")))
    if kind is None:
        return str(row.get("id", ""))
    parts = []
    for name in kind.title:
        value, found = row.get(name), kind.field(name)
        if value in (None, "", []) or found is None:
            continue
        if found.type == "reference":
            key = uow.records.find(found.refers, str(value))
            value = title_of(uow, uow.records.get(found.refers, key, deleted=True), language) if key else ""
        elif found.choices:
            value = _choices(uow, found.choices, value, language)
        elif found.type == "date" and (day := day_of(value)) is not None:
            value = format_date(day)
        parts.append(str(value))
    return " · ".join(p for p in parts if p) or _nameless(kind, row, language)


def _nameless(kind: Kind, row: Mapping[str, Any], language: str) -> str:
    """A record whose name is blank, or has not come: what it is, and its code where it has one."""
    code = str(row.get(kind.code_field) or "") if kind.code_field else ""
    return " ".join(part for part in (words(kind.label, language), code) if part)


def _choices(uow: UnitOfWork, name: str, value: Any, language: str) -> str:
    codes = value if isinstance(value, list | tuple) else [value]
    return ", ".join(uow.catalogue.choice_label(name, str(code), language) for code in codes)


def _detail(uow: UnitOfWork, row: Mapping[str, Any]) -> str:
    kind = uow.catalogue.kinds.get(str(row.get("kind")))
    value = row.get(kind.date_field) if kind and kind.date_field else None
    day = day_of(value)
    return format_date(day) if day is not None else str(value or "")


def _found(kind: str, id: str, title: str, detail: str, state: str) -> Found:
    return Found(kind, id, title, detail, place_of(kind), {"kind": kind, "id": id}, state)
