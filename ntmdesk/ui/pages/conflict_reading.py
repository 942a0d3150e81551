"""Open conflicts in words: who wrote which value and when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ntmdesk.services import records
from ntmdesk.services.search import title_of
from ntmdesk.store.unit_of_work import UnitOfWork
from ntmdesk.ui.pages.values import (
    field_of,
    field_words,
    members_of,
    moment_words,
    person_words,
    value_parts,
    value_words,
)
from ntmdesk.ui.translation import language

UNTYPED = frozenset({"rows", "object"})
"""Types of a whole field for which no other value can be typed here; their rows one by one can."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the values.  ``parts``: a row or group member by member, () for a plain value."""

    dot: str
    words: str
    parts: tuple[tuple[str, str], ...]
    by: str
    at: str
    shown: bool
    mine: bool
    value: Any


@dataclass(frozen=True, slots=True)
class Open:
    """One open conflict in words.  ``typed``: another value may be typed for it."""

    kind: str
    id: str
    field: str
    title: str
    what: str
    sides: tuple[Side, ...]
    typed: bool

    @property
    def now(self) -> Any:
        """The value that is on screens now."""
        return next((side.value for side in self.sides if side.shown), None)


def read_conflicts(uow: UnitOfWork) -> list[Open]:
    """All open conflicts, the longest waiting first."""
    found = []
    for one in records.conflicts(uow):
        row = uow.records.get(one.kind, one.id, deleted=True)
        words = [value_words(uow, one.kind, one.field, v.value) for v in one.values]
        if len(set(words)) < len(words):  # masked they look alike
            words = [value_words(uow, one.kind, one.field, v.value, masked=False) for v in one.values]
        sides = tuple(
            Side(
                v.dot.text,
                said,
                value_parts(uow, one.kind, one.field, v.value),
                person_words(uow, v.by),
                moment_words(v.at),
                v.shown,
                v.writer == uow.replica,
                v.value,
            )
            for v, said in zip(one.values, words, strict=True)
        )
        title = title_of(uow, row, language())
        what = field_words(uow.catalogue, one.kind, one.field)
        typed = _typed(uow, one.kind, one.field)
        found.append(Open(one.kind, one.id, one.field, title, what, sides, typed))
    return found


def _typed(uow: UnitOfWork, kind: str, name: str) -> bool:
    if members_of(uow.catalogue, kind, name):
        return True
    field = field_of(uow.catalogue, kind, name)
    return field is not None and "/" not in name and field.type not in UNTYPED
