"""Fields with more than one value: listed for a person, settled by a person, never by the program."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from ntmdesk.errors import UserError
from ntmdesk.store.shapes import JOINED, LIVING
from ntmdesk.store.stored import COLUMNS, Stored, any_kind
from sync.protocol import records as _records
from sync.protocol.cells import Cell, canonical, in_conflict, plain, twin_values, winner
from sync.protocol.dots import Dot
from sync.protocol.image import NO_STAMP
from sync.protocol.kinds_cells import POSITION
from sync.protocol.records import Record
from sync.protocol.validation import Problem, errors, normalise, validate

if TYPE_CHECKING:
    from ntmdesk.store.unit_of_work import UnitOfWork


@dataclasses.dataclass(frozen=True)
class Version:
    """One of the values.  ``at``: seconds since 1970 by the writer's clock; ``shown``: the one on screens.

    ``by``, ``at`` and ``writer`` (a replica) are of whoever wrote it first, also when it stands under a newer
    dot because somebody opened the conflict again.
    """

    dot: Dot
    value: Any
    by: str
    at: int
    shown: bool
    writer: str


@dataclasses.dataclass(frozen=True)
class Conflict:
    """``field``: a field's name; ``field/row id`` for a row or element; a group's name for fields of one cell
    (then the values are objects of its members)."""

    id: str
    kind: str
    field: str
    values: list[Version] = dataclasses.field(default_factory=list)


class Conflicts:
    """Conflicts inside one unit of work."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

    def open(self, kind: str | None = None) -> list[Conflict]:
        """All open conflicts, the longest waiting first."""
        sql = (
            f"SELECT {COLUMNS} FROM record WHERE (open > 0 OR back > 0) AND open > 0 "
            f"AND life IN ({LIVING}, {JOINED})"
        )
        parameters: tuple[Any, ...] = ()
        if kind is not None:
            sql, parameters = f"{sql} AND kind = ?", (kind,)
        found: list[Conflict] = []
        for row in self._uow.db.execute(f"{sql} ORDER BY seq", parameters).fetchall():
            found += self._of(Stored(*row))
        return found

    def resolve(
        self, id: str, name: str, dot: Dot | None, value: Any, seen: Collection[Dot] | None = None
    ) -> None:
        """Writes the chosen value over the versions that were seen; see ``Records.resolve``."""
        here = any_kind(self._uow.db, id)
        if here is None:
            raise UserError("not_found", id=id)
        record = here.record()
        cell_name = self._cell(here.kind, record, name)
        cell = record.cells.get(cell_name)
        if cell is None or not cell.siblings:
            raise UserError("not_found", id=id, field=name)
        if dot is not None:
            if dot not in cell.siblings:
                raise UserError("not_found", id=id, field=name, dot=dot.text)
            chosen = plain(twin_values(cell.siblings[dot])[-1])
        else:
            chosen = self.judged(here.kind, cell_name, value)
        named = [d for d in cell.siblings if seen is None or d in seen]
        self._uow.records.write(here, {cell_name: chosen}, {cell_name: named}, "resolve")
        self._uow.settlements.note(cell_name, Dot(self._uow.counter, self._uow.replica), named)

    def _of(self, here: Stored) -> list[Conflict]:
        record = here.record()
        shape = self._uow.shape(here.kind)
        found = []
        for name in _records.conflicts(record):
            if name not in shape.readings:
                versions = self._first_written(here, name, _versions(record, record.cells[name]))
                found.append(Conflict(here.id, here.kind, name.removeprefix("@"), versions))
        return found

    def _first_written(self, here: Stored, cell: str, versions: list[Version]) -> list[Version]:
        """Values written anew by opening a conflict again are told with who wrote them first, and when: here,
        or on another laptop, whose two values then stand beside each other as nobody's saves do."""
        undone = {
            counter
            for (counter,) in self._uow.db.execute(
                "SELECT counter FROM save WHERE n=? AND what='undo'", (here.n,)
            )
        }
        told = []
        for one in versions:
            dot = one.dot
            if sum(other.dot.replica == dot.replica for other in versions) > 1 or (
                dot.counter in undone and dot.replica == self._uow.history.replica_of(dot.counter)
            ):
                past = self._uow.history.values(here, cell)
                first = next(p for p in past if p.dot == dot or p.value == one.value)
                one = dataclasses.replace(one, by=first.by, at=first.at, writer=first.dot.replica)
            told.append(one)
        return told

    def _cell(self, kind: str, record: Record, name: str) -> str:
        for candidate in (name, f"@{name}"):
            if candidate in record.cells and in_conflict(record.cells[candidate]):
                return candidate
        known = self._uow.catalogue.kinds.get(kind)
        found = known.field(name) if known else None
        return found.cell if found is not None else name

    def judged(self, kind: str, cell_name: str, value: Any) -> Any:
        """One value of a cell as it may be written, tidied; UserError ``invalid`` (problems)."""
        known = self._uow.catalogue.kinds.get(kind)
        if known is None:
            return value
        if "/" in cell_name:
            return self._judged_row(kind, cell_name, value)
        if cell_name.startswith("@"):
            if not isinstance(value, dict):
                raise UserError(
                    "invalid", problems=[Problem(cell_name[1:], "wrong_type", {"type": "object"})]
                )
            tidy = normalise(self._uow.catalogue, kind, value)
            chosen: Any = {k: v for k, v in tidy.items() if v is not None} or None
        else:
            tidy = normalise(self._uow.catalogue, kind, {cell_name: value})
            chosen = next(iter(tidy.values()))
        found = errors(validate(self._uow.catalogue, kind, tidy, today=self._uow.today(), partial=True))
        found = tuple(p for p in found if not p.rule)
        if found:
            raise UserError("invalid", problems=list(found))
        return chosen

    def _judged_row(self, kind: str, cell_name: str, value: Any) -> Any:
        """A row that was typed, judged as part of its field; elements and removals as they are."""
        if not isinstance(value, dict):
            return value
        field, _, key = cell_name.partition("/")
        place = {POSITION: value[POSITION]} if POSITION in value else {}
        row = {"id": key, **{k: v for k, v in value.items() if k != POSITION}}
        tidy = normalise(self._uow.catalogue, kind, {field: [row]})
        found = errors(validate(self._uow.catalogue, kind, tidy, today=self._uow.today(), partial=True))
        found = tuple(p for p in found if not p.rule)
        if found:
            raise UserError("invalid", problems=list(found))
        chosen = tidy[field][0]
        return {**place, **{k: v for k, v in chosen.items() if k != "id" and v is not None}}


def _versions(record: Record, cell: Cell) -> list[Version]:
    top = winner(cell)
    versions = []
    for dot in sorted(cell.siblings, reverse=True):
        values = sorted(twin_values(cell.siblings[dot]), key=canonical)
        stamp = record.stamps.get(dot, NO_STAMP)
        for value in values:
            on_screen = dot == top and value is values[-1]
            versions.append(Version(dot, plain(value), stamp.by, stamp.at, on_screen, dot.replica))
    return versions
