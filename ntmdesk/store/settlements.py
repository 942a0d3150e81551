"""Conflicts that were settled on this laptop, and opening them again.

Which values a settlement replaced is noted when it is made: the cells no longer know it, and the history does
not tell values that stood side by side from those that followed each other.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from ntmdesk.errors import UserError
from ntmdesk.store.history import GONE, Past
from ntmdesk.store.stored import Stored, by_id
from sync.protocol.dots import Dot
from sync.protocol.records import REMOVED

if TYPE_CHECKING:
    from ntmdesk.store.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Settlement:
    """One settled field.  ``dot``: of the settling save, made by ``by`` at ``at`` (seconds since 1970).

    ``field``: as in ``Conflict``; ``chosen``: the value kept; ``replaced``: those that stood side by side;
    ``open``: the field is still as the settlement left it.
    """

    id: str
    kind: str
    field: str
    dot: Dot
    action: int
    by: str
    at: int
    chosen: Any
    replaced: tuple[Past, ...]
    open: bool


class Settlements:
    """Settlements inside one unit of work."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow
        self._db = uow.db

    def note(self, cell: str, dot: Dot, replaced: Collection[Dot]) -> None:
        """Remembers what the save of ``dot`` settled."""
        said = msgspec.json.encode([[d.counter, d.replica] for d in sorted(replaced)]).decode()
        self._db.execute(
            "INSERT INTO settlement(counter, cell, replaced) VALUES(?,?,?)", (dot.counter, cell, said)
        )

    def since(self, at: int) -> list[Settlement]:
        """Settlements of this laptop from a moment on (seconds since 1970), newest first; undone ones are
        left out."""
        rows = self._db.execute(
            "SELECT counter, action, id, kind, cell, save.by, save.at, replaced "
            "FROM settlement JOIN save USING (counter) JOIN record USING (n) "
            "WHERE save.at >= ? AND undone IS NULL ORDER BY counter DESC, cell",
            (at,),
        )
        return [self._settlement(*row) for row in rows.fetchall()]

    def reopen(self, here: Stored, dot: Dot) -> bool:
        """Lets the values that a save settled stand side by side again, as new edits; False when the save
        settled nothing.

        The one that was on the screen is written last, so it is shown again.  UserError ``moved_on`` when the
        field was changed since.
        """
        row = self._db.execute(
            "SELECT cell, replaced FROM settlement WHERE counter=?", (dot.counter,)
        ).fetchone()
        if row is None:
            return False
        cell, replaced = row[0], _dots(row[1])
        values = {p.dot: p.value for p in self._uow.history.values(here, cell) if p.dot in replaced}
        now = here.record().cells.get(cell)
        if now is None or not values or not self._uow.history.still(here, cell, dot):
            raise UserError("moved_on", id=here.id, field=cell.removeprefix("@").partition("/")[0])
        seen: tuple[Dot, ...] = tuple(now.siblings)
        for each in sorted(values):
            self._write(here, cell, values[each], seen)
            seen = ()
        return True

    def _settlement(
        self, counter: int, action: int, id: str, kind: str, cell: str, by: str, at: int, replaced: str
    ) -> Settlement:
        history = self._uow.history
        here = by_id(self._db, kind, id)
        assert here is not None  # noqa: S101  (a record is never taken away)
        dot, dots = Dot(counter, history.replica_of(counter)), _dots(replaced)
        values = history.values(here, cell)
        return Settlement(
            id,
            kind,
            cell.removeprefix("@"),
            dot,
            action,
            by,
            at,
            next((past.value for past in values if past.dot == dot), None),
            tuple(past for past in values if past.dot in dots),
            history.still(here, cell, dot),
        )

    def _write(self, here: Stored, cell: str, value: Any, seen: Collection[Dot]) -> None:
        fresh = by_id(self._db, here.kind, here.id)
        assert fresh is not None  # noqa: S101  (a record is never taken away)
        self._uow.records.write(fresh, {cell: REMOVED if value is GONE else value}, {cell: seen}, "undo")


def _dots(said: str) -> tuple[Dot, ...]:
    return tuple(Dot(counter, replica) for counter, replica in msgspec.json.decode(said))
