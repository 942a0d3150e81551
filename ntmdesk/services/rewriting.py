"""Naming another record instead: references are written anew, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from ntmdesk.errors import UserError
from ntmdesk.store.unit_of_work import UnitOfWork
from sync.protocol.kinds import Field, Kind
from sync.protocol.rosters import LEADING

Replaced = Mapping[str, Mapping[str, str]]
"""Kind to ids of it to those that stand for them from now on."""


def rewrite(uow: UnitOfWork, replaced: Replaced) -> None:
    """Replaces ids wherever a record names them, as ordinary edits by the person at work.

    A reference that is part of a record's own id is left (``moving``), and so is what only somebody else may
    write.  What a record's own rules forbid stays as it is.
    """
    for kind, field in _fields(uow):
        if field.type == "rows":
            _rewrite_rows(uow, kind, field, replaced)
            continue
        for made, official in replaced.get(field.refers, {}).items():
            for row in uow.records.list(kind.name, where={field.name: made}).rows:
                held = row[field.name]
                now = [official if v == made else v for v in held] if isinstance(held, list) else official
                _set(uow, kind, row["id"], {field.name: now})


def is_named(uow: UnitOfWork, kind: str, id: str) -> bool:
    """Whether a living record names this one, also as part of its own id."""
    for other in uow.catalogue.kinds.values():
        for field in other.fields:
            if field.type in ("reference", "references"):
                if (
                    field.refers == kind
                    and uow.records.list(other.name, where={field.name: id}, limit=1).total
                ):
                    return True
            elif any(column.refers == kind for column in field.columns) and _in_rows(uow, other, field, id):
                return True
    return False


def _in_rows(uow: UnitOfWork, kind: Kind, field: Field, id: str) -> bool:
    rows = uow.records.list(kind.name).rows
    return any(id in line.values() for row in rows for line in row.get(field.name) or ())


def may_write(uow: UnitOfWork, writer: str) -> bool:
    """Whether the person at work may write what only ``writer`` may ("" is everybody)."""
    return writer != "server" and (writer != "leader" or uow.author.role in LEADING)


def _fields(uow: UnitOfWork) -> Iterator[tuple[Kind, Field]]:
    for kind in uow.catalogue.kinds.values():
        for field in kind.fields:
            if field.type not in ("reference", "references", "rows") or field.name in kind.natural_key:
                continue
            if may_write(uow, kind.writer) and may_write(uow, field.writer):
                yield kind, field


def _rewrite_rows(uow: UnitOfWork, kind: Kind, field: Field, replaced: Replaced) -> None:
    columns = {c.name: replaced[c.refers] for c in field.columns if replaced.get(c.refers)}
    if not columns:
        return
    for row in uow.records.list(kind.name).rows:
        before = row.get(field.name) or []
        now = [{**line, **_renamed(line, columns)} for line in before]
        if now != before:
            _set(uow, kind, row["id"], {field.name: now})


def _renamed(line: Mapping[str, Any], columns: Replaced) -> dict[str, str]:
    return {name: ids[line[name]] for name, ids in columns.items() if line.get(name) in ids}


def _set(uow: UnitOfWork, kind: Kind, id: str, changes: Mapping[str, Any]) -> None:
    with suppress(UserError):
        uow.records.set(kind.name, id, changes)
