"""A stored value in words, for reading side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from ntmdesk.domain.dates import format_date, format_moment, moment_at, moment_text
from ntmdesk.domain.identifiers import mask_id_number
from ntmdesk.domain.kinds import Catalogue, Field
from ntmdesk.domain.telephones import mask_phone
from ntmdesk.services.quarantine import field_label
from ntmdesk.services.search import title_of
from ntmdesk.store.unit_of_work import UnitOfWork
from ntmdesk.ui.pages.moments import choice_words
from ntmdesk.ui.translation import label, language, number, translate

BLANK = "–"


def field_of(catalogue: Catalogue, kind: str, name: str) -> Field | None:
    """The field a cell or field name stands for; None for a group or something this program does not know."""
    found = catalogue.kinds.get(kind)
    return found.field(name.split("/")[0].lstrip("@")) if found else None


def field_words(catalogue: Catalogue, kind: str, name: str) -> str:
    """A field by its label, a group by the labels of its members, or the deletion, in the language spoken."""
    return field_label(catalogue.kinds.get(kind), name, language())


def value_words(uow: UnitOfWork, kind: str, name: str, value: Any, masked: bool = True) -> str:
    """A value as people read it; references by the name of what they refer to.

    ``masked``: of personal numbers only the end is shown.
    """
    known = uow.catalogue.kinds.get(kind)
    if isinstance(value, Mapping) and known is not None:
        parts = []
        field = field_of(uow.catalogue, kind, name)
        columns = {c.name: c for c in field.columns} if field is not None else {}
        for member, inner in value.items():
            column = columns.get(member) or known.field(member)
            if column is not None and inner not in (None, "", []):
                parts.append(f"{label(column.label)}: {_plain(uow, column, inner, masked)}")
        return "\n".join(parts) or BLANK
    return _plain(uow, field_of(uow.catalogue, kind, name), value, masked)


def value_parts(uow: UnitOfWork, kind: str, name: str, value: Any) -> tuple[tuple[str, str], ...]:
    """A row or a group member by member: (label, words), blank ones too; () for a plain value."""
    parts = []
    for field in members_of(uow.catalogue, kind, name):
        inner = value.get(field.name) if isinstance(value, Mapping) else None
        parts.append((label(field.label), _plain(uow, field, inner, True)))
    return tuple(parts)


def members_of(catalogue: Catalogue, kind: str, name: str) -> tuple[Field, ...]:
    """The fields inside one value: columns of a row, members of a group; () for a plain field."""
    known = catalogue.kinds.get(kind)
    if known is None:
        return ()
    field = known.field(name.split("/")[0])
    if "/" in name:
        return field.columns if field is not None and field.type == "rows" else ()
    return known.groups.get(name.lstrip("@"), ()) if field is None else ()


def moment_words(seconds: int) -> str:
    """``05/02/2026 09:30`` of seconds since 1970; "" where no moment is known."""
    moment = moment_at(seconds)
    return format_moment(moment) if moment else ""


def _plain(uow: UnitOfWork, field: Field | None, value: Any, masked: bool) -> str:
    if value in (None, "", []):
        return BLANK
    if isinstance(value, list | tuple):
        return ", ".join(_plain(uow, field, one, masked) for one in value)
    if isinstance(value, bool):
        return translate("Values", "yes") if value else translate("Values", "no")
    if field is not None and field.choices:
        return choice_words(uow.catalogue, field.choices, str(value), short=False)
    if field is not None and field.refers:
        found = uow.records.find(field.refers, str(value))
        return (
            title_of(uow, uow.records.get(field.refers, found, deleted=True), language())
            if found
            else str(value)
        )
    if field is not None and field.type in _TYPES:
        return _TYPES[field.type](str(value), masked)
    if isinstance(value, int | float):
        return number(value)
    return str(value)


def _day(text: str, _: bool) -> str:
    try:
        return format_date(date.fromisoformat(text[:10]))
    except ValueError:
        return text


_TYPES: Mapping[str, Callable[[str, bool], str]] = {
    "date": _day,
    "timestamp": lambda text, _: moment_text(text),
    "birth": lambda text, _: "/".join(reversed(text.split("-"))),
    "id_number": lambda text, masked: mask_id_number(text) if masked else text,
    "phone": lambda text, masked: mask_phone(text) if masked else text,
}


def person_words(uow: UnitOfWork, id: str) -> str:
    """A member by name; – for somebody whose record has not come."""
    found = uow.records.find("member", id) if id else None
    if found:
        return title_of(uow, uow.records.get("member", found, deleted=True))
    return uow.author.name if id and id == uow.author.person else BLANK
