"""A stored value in words, for reading side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ntmdesk.domain.kinds import Catalogue, Field
from ntmdesk.services.search import title_of
from ntmdesk.store.unit_of_work import UnitOfWork
from ntmdesk.ui.pages.moments import choice_words
from ntmdesk.ui.translation import label, translate

BLANK = "–"


def field_of(catalogue: Catalogue, kind: str, name: str) -> Field | None:
    """The field a cell or field name stands for; None for a group or something this program does not know."""
    found = catalogue.kinds.get(kind)
    return found.field(name.split("/")[0].lstrip("@")) if found else None


def field_words(catalogue: Catalogue, kind: str, name: str) -> str:
    """A field by its label; a group by the labels of its members."""
    field = field_of(catalogue, kind, name)
    if field is not None:
        return label(field.label)
    known = catalogue.kinds.get(kind)
    group = name.lstrip("@")
    members = [label(f.label) for f in known.fields if f.group == group] if known else []
    return ", ".join(members) or name


def value_words(uow: UnitOfWork, kind: str, name: str, value: Any) -> str:
    """A value as people read it; references by the name of what they refer to."""
    known = uow.catalogue.kinds.get(kind)
    if isinstance(value, Mapping) and known is not None:
        parts = []
        field = field_of(uow.catalogue, kind, name)
        columns = {c.name: c for c in field.columns} if field is not None else {}
        for member, inner in value.items():
            column = columns.get(member) or known.field(member)
            if column is not None and inner not in (None, "", []):
                parts.append(f"{label(column.label)}: {_plain(uow, column, inner)}")
        return "\n".join(parts) or BLANK
    return _plain(uow, field_of(uow.catalogue, kind, name), value)


def _plain(uow: UnitOfWork, field: Field | None, value: Any) -> str:
    if value in (None, "", []):
        return BLANK
    if isinstance(value, list | tuple):
        return ", ".join(_plain(uow, field, one) for one in value)
    if isinstance(value, bool):
        return translate("Values", "yes") if value else translate("Values", "no")
    if field is not None and field.choices:
        return choice_words(uow.catalogue, field.choices, str(value), short=False)
    if field is not None and field.refers:
        found = uow.records.find(field.refers, str(value))
        return title_of(uow, uow.records.get(field.refers, found, deleted=True)) if found else str(value)
    return str(value)


def person_words(uow: UnitOfWork, id: str) -> str:
    """A member by name; – for somebody whose record has not come."""
    found = uow.records.find("member", id) if id else None
    if found:
        return title_of(uow, uow.records.get("member", found, deleted=True))
    return uow.author.name if id and id == uow.author.person else BLANK
