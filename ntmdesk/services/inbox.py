"""What a person decides or is told after laptops met: conflicts, deleted records that came back, merges."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from ntmdesk.errors import UserError
from ntmdesk.services import records
from ntmdesk.store import parallel
from ntmdesk.store.history import GONE, Action, Change, Save
from ntmdesk.store.unit_of_work import UnitOfWork
from sync.protocol.dots import Dot
from sync.protocol.records import is_deletion, is_reserved

Row = dict[str, Any]

DAYS = 30
"""Settled conflicts can be opened again, and merges are told, for this many days."""


@dataclass(frozen=True, slots=True)
class Settled:
    """A conflict settled on this laptop.  ``dot``: names it for ``reopen``; ``at``: seconds since 1970.

    ``chosen``: the value kept; ``others``: (value, member, at) that it replaced; ``open``: nobody has changed
    the field since, so it can be opened again.
    """

    id: str
    kind: str
    field: str
    dot: str
    by: str
    at: int
    chosen: Any
    others: tuple[tuple[Any, str, int], ...]
    open: bool


@dataclass(frozen=True, slots=True)
class Edit:
    """One field as somebody changed it."""

    field: str
    before: Any
    after: Any
    by: str
    at: int


@dataclass(frozen=True, slots=True)
class Merged:
    """A record two people changed at once in different fields; ``at``: when both edits met."""

    id: str
    kind: str
    at: int
    ours: tuple[Edit, ...]
    theirs: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class Back:
    """A deleted record that an edit the deleter had not seen brought back.

    ``deleted_by``, ``deleted_at``: the newest deletion; ``edits``: what was changed unseen.
    """

    id: str
    kind: str
    deleted_by: str
    deleted_at: int
    edits: tuple[Edit, ...]


def settle(uow: UnitOfWork, id: str, field: str, value: Any, seen: Collection[str]) -> Row:
    """Settles a conflict with a value of its own; the dots in ``seen`` were on the screen.

    UserError ``not_found`` when there is no such conflict, ``invalid``.
    """
    found = next((c for c in uow.records.conflicts() if (c.id, c.field) == (id, field)), None)
    if found is None:
        raise UserError("not_found", id=id, field=field)
    uow.records.resolve(id, field, None, value, [Dot.parse(text) for text in seen])
    return uow.records.get(found.kind, id)


def settled(uow: UnitOfWork, days: int = DAYS) -> list[Settled]:
    """Conflicts settled here in the last days, newest first."""
    since = int(uow.now().timestamp()) - days * 86400
    return [
        Settled(
            one.id,
            one.kind,
            one.field,
            one.dot.text,
            one.by,
            one.at,
            one.chosen,
            tuple((None if p.value is GONE else p.value, p.by, p.at) for p in one.replaced),
            one.open,
        )
        for one in uow.settlements.since(since)
    ]


def reopen(uow: UnitOfWork, dot: str) -> None:
    """Opens a settled conflict again, as ordinary edits: the values stand side by side once more.

    UserError ``not_found``; ``moved_on`` when somebody changed the field since.
    """
    one = next((s for s in uow.settlements.since(0) if s.dot.text == dot), None)
    if one is None:
        raise UserError("not_found", dot=dot)
    save = Save(one.id, one.kind, one.dot, "resolve")
    uow.history.undo(Action(one.action, one.by, one.at, (save,)))


def merged(uow: UnitOfWork, days: int = DAYS) -> list[Merged]:
    """Edits of two people that merged by themselves in the last days, newest first."""
    found = []
    for one in parallel.since(uow, int(uow.now().timestamp()) - days * 86400):
        told: dict[Dot, list[Change]] = {}
        for change in uow.history.of(one.id):
            told.setdefault(change.dot, []).append(change)
        found.append(Merged(one.id, one.kind, one.at, _edits(told, one.ours), _edits(told, one.theirs)))
    return found


def brought_back(uow: UnitOfWork) -> list[Back]:
    """Records that were deleted and are alive by an edit the deleter had not seen."""
    found = []
    for row in uow.records.brought_back():
        id = str(row["id"])
        changes = uow.history.of(id)
        deletion = next((c for c in changes if c.field == "_deleted" and c.after), None)
        seen = _deleters_saw(uow, id)
        unseen = [
            c
            for c in changes
            if not is_reserved(c.field) and not _covered(seen, _cell(uow, row["kind"], c.field), c.dot)
        ]
        found.append(
            Back(
                id,
                str(row["kind"]),
                deletion.by if deletion else "",
                deletion.at if deletion else 0,
                tuple(_edit(c) for c in reversed(unseen)),
            )
        )
    return found


def keep(uow: UnitOfWork, kind: str, id: str) -> Row:
    """Keeps a record that was brought back: the deletions known here are taken back."""
    return records.restore(uow, kind, id)


def delete_again(uow: UnitOfWork, kind: str, id: str) -> Row:
    """Deletes a record that was brought back, the later edits seen this time; it can be restored."""
    return records.delete(uow, kind, id)


def _deleters_saw(uow: UnitOfWork, id: str) -> list[tuple[frozenset[str], dict[str, int]]]:
    cell = uow.records.record(id).cells.get("_deleted")
    values = [value for value in cell.siblings.values() if is_deletion(value)] if cell else []
    return [(frozenset(names), dict(context)) for value in values for names, context in value]


def _covered(seen: list[tuple[frozenset[str], dict[str, int]]], cell: str, dot: Dot) -> bool:
    return any(cell in names and dot.counter <= context.get(dot.replica, 0) for names, context in seen)


def _cell(uow: UnitOfWork, kind: str, field: str) -> str:
    known = uow.catalogue.kinds.get(kind)
    found = known.field(field) if known is not None and "/" not in field else None
    return found.cell if found is not None and found.group else field


def _edits(told: dict[Dot, list[Change]], edits: parallel.Edits) -> tuple[Edit, ...]:
    found = []
    for cell, dot in edits:
        for change in told.get(dot, ()):
            if change.field == cell or (cell.startswith("@") and "/" not in change.field):
                found.append(_edit(change))
    return tuple(found)


def _edit(change: Change) -> Edit:
    return Edit(change.field, change.before, change.after, change.by, change.at)
