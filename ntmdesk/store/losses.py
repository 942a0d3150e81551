"""What the next packet would take from the team: records deleted here, and records that only lost values.

Counted are records that others may have already: that somebody else had a hand in, or that left this laptop
for the server or in a bundle.  What was written here and deleted before it ever left is nobody's loss.  A
record that lost one value and gained another is ordinary work and not counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ntmdesk.domain.mass_change import LEAST, Loss, unusual_losses
from ntmdesk.store.history import Action, Save
from ntmdesk.store.meta import read_meta
from ntmdesk.store.packets import CUT
from ntmdesk.store.shapes import DELETED
from sync.protocol.dots import Dot
from sync.protocol.image import decode_image
from sync.protocol.records import DELETED as DELETION
from sync.protocol.records import Record, is_reserved

if TYPE_CHECKING:
    from ntmdesk.store.unit_of_work import UnitOfWork

_CONFIRMED = "losses_confirmed"
_WAITING = (
    "SELECT record.n, id, kind, life, cells, up, there IS NOT NULL OR served > 0 "
    "FROM (SELECT DISTINCT n FROM save WHERE counter > ? AND what NOT IN ('add', 'settle')) AS saved "
    "CROSS JOIN outgoing ON outgoing.n = saved.n AND up IS NOT NULL "
    "AND NOT EXISTS (SELECT 1 FROM save WHERE counter = up AND what = 'add') "
    "CROSS JOIN record ON record.n = saved.n WHERE {worth}"
)
"""Led by what was saved here since the last packet, however much waits.  What was added since then is left
out before its row is read: nobody has it."""
_WORTH = f"(life = {DELETED} OR instr(cells, 'null') > 0 OR instr(cells, '[]') > 0)"
"""A deletion, a blank value, or a cell of a row or element that is gone: nothing else can be a loss."""


@dataclass(frozen=True)
class Lost:
    """One record that would lose something.  ``floor``: own counters above it are news, and not confirmed."""

    n: int
    id: str
    kind: str
    deleted: bool
    floor: int


class Losses:
    """Losses inside one unit of work."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow
        self._db = uow.db

    def held(self) -> tuple[Loss, ...]:
        """What is unusual and not confirmed yet: nothing may be sent while there is any."""
        lost = self.waiting()
        if len(lost) < LEAST:
            return ()
        found = []
        for kind in sorted({one.kind for one in lost}):
            deleted = sum(one.deleted for one in lost if one.kind == kind)
            blanked = sum(not one.deleted for one in lost if one.kind == kind)
            (alive,) = self._db.execute(
                "SELECT count(*) FROM record WHERE kind=? AND life IN (1, 3)", (kind,)
            ).fetchone()
            found.append(Loss(kind, deleted, blanked, alive + deleted))
        return unusual_losses(found)

    @cached_property
    def _lives(self) -> tuple[str, ...]:
        """Ids this store has had: after a renewal what waits was written under an earlier one."""
        return tuple(replica for (replica,) in self._db.execute("SELECT replica FROM incarnation"))

    def _is_settled(self, counter: int) -> bool:
        """Whether the program itself settled something in that own save (``History.settle``): no slip."""
        sql = "SELECT 1 FROM save WHERE counter=? AND what='settle'"
        return self._db.execute(sql, (counter,)).fetchone() is not None

    def waiting(self) -> list[Lost]:
        """Every record that the next packets would take something from."""
        confirmed, cut = self._confirmed(), int(read_meta(self._db, CUT) or 0)
        sql = "SELECT min(iif(up = 0, ?, up - 1)) FROM outgoing WHERE up IS NOT NULL"
        lowest = self._db.execute(sql, (cut,)).fetchone()[0]
        if lowest is None:
            return []
        found = []
        rows = self._db.execute(_WAITING.format(worth=_WORTH), (max(lowest, confirmed),))
        for n, id, kind, life, cells, up, known in rows.fetchall():
            left = up - 1 if up else cut
            floor = max(left, confirmed)
            record = decode_image(kind, id, cells.encode())
            if not (known or self._is_known(record, left)):
                continue
            if life == DELETED and self._own(record, DELETION, floor):
                found.append(Lost(n, id, kind, True, floor))
            elif life != DELETED and self._only_lost(n, record, floor):
                found.append(Lost(n, id, kind, False, floor))
        return found

    def confirm(self) -> None:
        """A person has said that all of it is meant."""
        self._db.execute(
            "INSERT INTO meta VALUES(?,?) ON CONFLICT(key) DO UPDATE SET value=excluded.value",
            (_CONFIRMED, self._uow.counter),
        )
        self._uow.next_seq()

    def take_back(self) -> int:
        """Undoes what would be lost, as ordinary edits; how many records.  UserError ``moved_on``."""
        held = {loss.kind for loss in self.held()}
        lost = [one for one in self.waiting() if one.kind in held]
        saves: list[Save] = []
        for one in lost:
            rows = self._db.execute(
                "SELECT counter, what FROM save WHERE n=? AND counter>? AND undone IS NULL AND what<>'undo'",
                (one.n, one.floor),
            )
            for counter, what in rows.fetchall():
                if not one.deleted or what == "delete":
                    dot = Dot(counter, self._uow.history.replica_of(counter))
                    saves.append(Save(one.id, one.kind, dot, what))
        saves.sort(key=lambda save: save.dot)
        self._uow.history.undo(Action(0, "", 0, tuple(saves)))
        return len(lost)

    def _confirmed(self) -> int:
        return int(read_meta(self._db, _CONFIRMED) or 0)

    def _is_known(self, record: Record, left: int) -> bool:
        """Whether somebody else wrote in a record, or something of it left: own counters up to ``left``."""
        return any(
            replica not in self._lives or counter <= left
            for cell in record.cells.values()
            for replica, counter in cell.context.items()
        )

    def _own(self, record: Record, name: str, floor: int) -> bool:
        cell = record.cells.get(name)
        if cell is None:
            return False
        own = max((cell.context.get(life, 0) for life in self._lives), default=0)
        return own > floor and not self._is_settled(own)

    def _only_lost(self, n: int, record: Record, floor: int) -> bool:
        gone = []
        for name in record.cells:
            if is_reserved(name) or not self._own(record, name, floor):
                continue
            if not _blank(record, name):
                return False
            gone.append(name)
        return any(self._was_filled(n, name) for name in gone)

    def _was_filled(self, n: int, cell: str) -> bool:
        row = self._db.execute(
            "SELECT 1 FROM history WHERE n=? AND cell=? AND value IS NOT NULL AND value <> 'null' LIMIT 1",
            (n, cell),
        ).fetchone()
        return row is not None


def _blank(record: Record, name: str) -> bool:
    values: list[Any] = list(record.cells[name].siblings.values())
    return all(value is None for value in values)
