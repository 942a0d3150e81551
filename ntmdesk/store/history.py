"""Who changed what, when and on which laptop; taking back one's last save.

Nothing is written twice: a value that still lives is read from the cells, one that was replaced from the
``history`` table, whether the change was made here or came by sync.  What stood before a change is what had
the next smaller dot in that cell, which is the same on every laptop.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from ntmdesk.errors import UserError
from ntmdesk.store.shapes import DELETED
from ntmdesk.store.stored import Stored, any_kind, by_ids
from ntmdesk.store.surroundings import Author
from sync.protocol import records as _records
from sync.protocol.cells import Cell, plain, twin_values
from sync.protocol.dots import Dot
from sync.protocol.image import NO_STAMP
from sync.protocol.records import BORN, REMOVED, is_reserved
from sync.protocol.records import DELETED as DELETION

if TYPE_CHECKING:
    from ntmdesk.store.unit_of_work import UnitOfWork

_decode = msgspec.json.decode

GONE = object()
"""Stands for "nothing": before the first value, or after a row was taken away."""


@dataclass(frozen=True)
class Change:
    """One field of one save.  ``at``: seconds since 1970 by the writer's clock, 0 unknown; ``by``: person.

    ``device``: replica; ``field``: a field, ``field/row id``, or ``_born``/``_deleted`` for the record
    itself; ``before``/``after``: None for blank or gone."""

    at: int
    by: str
    device: str
    field: str
    before: Any
    after: Any
    dot: Dot


@dataclass(frozen=True)
class Action:
    """Everything one transaction of one person saved here, oldest first."""

    action: int
    by: str
    at: int
    saves: tuple[Save, ...]


@dataclass(frozen=True)
class Save:
    """One record's part of an action.  ``what``: add set delete restore resolve undo settle."""

    id: str
    kind: str
    dot: Dot
    what: str


@dataclass(frozen=True)
class Deletion:
    """When and by whom a record was put into the trash; ``at``, ``by`` as in ``Change``."""

    at: int
    by: str


class History:
    """History inside one unit of work."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow
        self._db = uow.db

    def of(self, id: str) -> list[Change]:
        """Every known change of a record, newest first; ``not_found``."""
        here = any_kind(self._db, id)
        if here is None:
            raise UserError("not_found", id=id)
        changes = [c for cell, versions in self._versions(here).items() for c in _steps(cell, versions)]
        return sorted(changes, key=lambda c: (c.dot, c.field), reverse=True)

    def deletions(self, ids: Collection[str]) -> dict[tuple[str, str], Deletion]:
        """(kind, id) -> how each of these records that lies in the trash came there; where several people
        deleted it at once, the deletion that stands first in ``of``."""
        found = {}
        for key, here in by_ids(self._db, ids).items():
            if here.life == DELETED:
                record = here.record()
                dot = max(record.cells[DELETION].siblings)
                stamp = record.stamps.get(dot, NO_STAMP)
                found[key] = Deletion(stamp.at, stamp.by)
        return found

    def last(self, author: Author) -> Action | None:
        """The last thing an author did here that is not undone; None when there is nothing."""
        row = self._db.execute(
            "SELECT action FROM save WHERE by=? AND undone IS NULL AND what NOT IN ('undo', 'settle') "
            "ORDER BY counter DESC LIMIT 1",
            (author.person,),
        ).fetchone()
        return None if row is None else self.action(row[0])

    def action(self, number: int) -> Action:
        """An action by its number; ``not_found``."""
        rows = []
        for action, *row in self._db.execute(
            "SELECT action, counter, by, save.at, what, id, kind FROM save JOIN record USING (n) "
            "WHERE counter>=? ORDER BY counter",
            (number,),
        ):
            if action != number:
                break
            rows.append(row)
        if not rows:
            raise UserError("not_found", action=number)
        saves = tuple(Save(id, kind, Dot(c, self.replica_of(c)), what) for c, _, _, what, id, kind in rows)
        return Action(number, rows[0][1], rows[0][2], saves)

    def undo(self, action: Action) -> tuple[Save, ...]:
        """Takes an action back by ordinary new edits, newest first; all of it or nothing.

        UserError ``moved_on`` (id, field) when a field has been changed again since, by anybody.
        """
        before = self._uow.counter
        for save in reversed(action.saves):
            here = any_kind(self._db, save.id)
            if here is None:
                raise UserError("not_found", id=save.id)
            self._undo(here, save)
        self._db.execute("UPDATE save SET what='undo' WHERE counter>?", (before,))
        done = [(self._uow.action, save.dot.counter) for save in action.saves]
        self._db.executemany("UPDATE save SET undone=? WHERE counter=?", done)
        return action.saves

    def settle(self) -> None:
        """What this transaction has saved is the program's own tidying in a person's name: "undo" passes over
        it, and it is no loss that somebody would have to confirm."""
        self._db.execute("UPDATE save SET what='settle' WHERE counter>=?", (self._uow.action,))

    def since(self, at: int, by: str | None = None) -> list[tuple[str, str, str, int]]:
        """(id, kind, what, at) of saves made here since a moment, newest first; for "what I did today"."""
        rows = self._db.execute(
            "SELECT id, kind, what, save.at FROM save JOIN record USING (n) WHERE save.at >= ? "
            "AND (? IS NULL OR by = ?) ORDER BY counter DESC",
            (at, by, by),
        )
        return [(id, kind, what, at_) for id, kind, what, at_ in rows]

    def _undo(self, here: Stored, save: Save) -> None:
        record = here.record()
        settled = self._settled(here.n, save.dot)
        if save.what == "add":
            others = [
                n for n, c in record.cells.items() if not is_reserved(n) and _newer(c, save.dot, settled)
            ]
            if others or here.life == DELETED:
                raise UserError("moved_on", id=here.id, field=_field(others[0]) if others else "_deleted")
            self._uow.records.delete(here.kind, here.id)
            return
        if save.what == "delete":
            if here.life != DELETED:
                raise UserError("moved_on", id=here.id, field="_deleted")
            self._undelete(here, save)
            return
        if save.what == "restore":
            told = [past.value for past in self.values(here, DELETION)]
            gone = [part for value in told if value is not GONE for part in value]
            self._uow.records.write(here, {DELETION: gone}, {DELETION: ()}, "undo")
            return
        if save.what == "resolve" and self._uow.settlements.reopen(here, save.dot):
            return
        cells: dict[str, Any] = {}
        seen: dict[str, tuple[Dot, ...]] = {}
        for name, versions in self._versions(here).items():
            if is_reserved(name):
                continue
            at = next((i for i, v in enumerate(versions) if v.dot == save.dot), None)
            if at is None:
                continue
            cell = record.cells[name]
            if _newer(cell, save.dot, settled) or len(cell.siblings) > 1:
                raise UserError("moved_on", id=here.id, field=_field(name))
            value = versions[at - 1].value if at else GONE
            if value is GONE:
                value = REMOVED if "/" in name else None
            cells[name] = value
            seen[name] = tuple(cell.siblings)
        if not cells:
            raise UserError("moved_on", id=here.id, field="")
        self._uow.records.write(here, cells, seen, "undo")

    def values(self, here: Stored, cell: str) -> list[Past]:
        """Every known value of a cell, oldest first."""
        return self._versions(here).get(cell, [])

    def still(self, here: Stored, cell: str, dot: Dot) -> bool:
        """Whether a cell is as the save of ``dot`` left it, saves that cancel each other left out."""
        now = here.record().cells.get(cell)
        return now is not None and len(now.siblings) < 2 and not _newer(now, dot, self._settled(here.n, dot))

    def _undelete(self, here: Stored, save: Save) -> None:
        """Takes one deletion back; where an earlier one still stands beside unseen edits, that stays to be
        decided."""
        record = _records.edit(
            here.record(), {DELETION: REMOVED}, save.dot, NO_STAMP, {DELETION: (save.dot,)}
        )
        if _records.is_brought_back(record):
            self._uow.records.write(here, {DELETION: REMOVED}, {DELETION: (save.dot,)}, "undo")
        else:
            self._uow.records.restore(here.kind, here.id)

    def _settled(self, n: int, dot: Dot) -> frozenset[Dot]:
        """Later saves of a record that were undone, and those that undid them: they cancel each other."""
        rows = self._db.execute(
            "SELECT counter FROM save WHERE n=? AND counter>? AND (undone IS NOT NULL OR what='undo')",
            (n, dot.counter),
        )
        return frozenset(Dot(counter, self.replica_of(counter)) for (counter,) in rows)

    def replica_of(self, counter: int) -> str:
        """The id this store had when it issued a counter."""
        row = self._db.execute(
            "SELECT replica FROM incarnation WHERE since <= ? ORDER BY n DESC LIMIT 1", (counter,)
        ).fetchone()
        return str(row[0]) if row else self._uow.replica

    def _versions(self, here: Stored) -> dict[str, list[Past]]:
        record = here.record()
        found: dict[str, dict[tuple[Dot, int], Past]] = {}
        for name, cell in record.cells.items():
            if is_reserved(name) and name not in (BORN, DELETION):
                continue
            for dot, value in cell.siblings.items():
                stamp = record.stamps.get(dot, NO_STAMP)
                for i, each in enumerate(twin_values(value)):
                    found.setdefault(name, {})[dot, i] = Past(dot, plain(each), stamp.at, stamp.by)
        for cell_name, counter, replica, at, by, value in self._db.execute(
            "SELECT cell, counter, replica, at, by, value FROM history WHERE n=?", (here.n,)
        ):
            if is_reserved(cell_name) and cell_name != DELETION:
                continue
            dot = Dot(counter, replica)
            said = GONE if value is None else plain(_decode(value))
            found.setdefault(cell_name, {}).setdefault((dot, 0), Past(dot, said, at, by))
        return {name: [by_dot[k] for k in sorted(by_dot)] for name, by_dot in found.items()}


@dataclass(frozen=True)
class Past:
    """A value a cell has or had, ``GONE`` where something was taken away; ``at``, ``by`` as in ``Change``."""

    dot: Dot
    value: Any
    at: int
    by: str


def _steps(cell: str, versions: list[Past]) -> list[Change]:
    changes: list[Change] = []
    before: Any = None
    for v in versions:
        after = None if v.value is GONE else v.value
        if cell == BORN:
            before, after = None, True
        elif cell == DELETION:
            after = v.value is not GONE
            before = not after
        for name, old, new in _members(cell, before, after):
            changes.append(Change(v.at, v.by, v.dot.replica, name, old, new, v.dot))
        before = after
    return changes


def _members(cell: str, before: Any, after: Any) -> list[tuple[str, Any, Any]]:
    """A group's change field by field; anything else as it is."""
    if not cell.startswith("@"):
        return [(cell, before, after)]
    old = before if isinstance(before, dict) else {}
    new = after if isinstance(after, dict) else {}
    return [(k, old.get(k), new.get(k)) for k in sorted({*old, *new}) if old.get(k) != new.get(k)]


def _newer(cell: Cell, dot: Dot, settled: frozenset[Dot]) -> bool:
    """Whether somebody changed a cell after ``dot``, saves that cancel each other left out."""
    return any(c > dot.counter and Dot(c, r) not in settled for r, c in cell.context.items())


def _field(cell: str) -> str:
    return cell.removeprefix("@").partition("/")[0]
