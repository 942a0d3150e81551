"""What the next packet would take from the team: records deleted here, and records that only lost values.

Counted are records that others may have already: that somebody else had a hand in, or that left this laptop
for the server or in a bundle.  What was written here and deleted before it ever left is nobody's loss.  A
record that lost one value and gained another is ordinary work, unless unusually many lose the same field:
then a slip has emptied it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Set
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import msgspec

from ntmdesk.domain.mass_change import LEAST, Loss, unusual, unusual_losses
from ntmdesk.store.history import Action, Save
from ntmdesk.store.meta import read_meta
from ntmdesk.store.packets import CUT
from ntmdesk.store.shapes import DELETED
from sync.protocol.cells import plain, twin_values
from sync.protocol.dots import Dot
from sync.protocol.image import decode_image
from sync.protocol.kinds import Kind
from sync.protocol.records import DELETED as DELETION
from sync.protocol.records import Record, is_reserved

if TYPE_CHECKING:
    from ntmdesk.store.unit_of_work import UnitOfWork

_decode = msgspec.json.decode
_CONFIRMED = "losses_confirmed"
_WAITING = (
    "SELECT record.n, id, kind, life, cells, up, there IS NOT NULL OR served > 0 "
    "FROM (SELECT DISTINCT n FROM save WHERE counter > ? AND what NOT IN ('add', 'settle')) AS news "
    "CROSS JOIN outgoing ON outgoing.n = news.n AND up IS NOT NULL "
    "AND NOT EXISTS (SELECT 1 FROM save WHERE counter = up AND what = 'add') "
    "CROSS JOIN record ON record.n = news.n WHERE {worth}"
)
"""Led by what was saved here since the last packet, however much waits.  What was added since then is left
out before its row is read: nobody has it."""
_WORTH = f"(life = {DELETED} OR instr(cells, 'null') > 0 OR instr(cells, '[]') > 0)"
"""A deletion, a blank value, or a cell of a row or element that is gone: nothing else can be a loss."""


@dataclass(frozen=True)
class Lost:
    """One record that would lose something.

    ``floor``: own counters above it are news and not confirmed.  ``blanked``: cells whose values would be
    gone; ``mixed``: others were written beside, so that it is a loss only where many lose the same.
    """

    n: int
    id: str
    kind: str
    deleted: bool
    floor: int
    blanked: frozenset[str] = frozenset()
    mixed: bool = False


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
            found.append(Loss(kind, deleted, blanked, self._alive(kind) + deleted))
        return unusual_losses(found)

    def _alive(self, kind: str) -> int:
        sql = "SELECT count(*) FROM record WHERE kind=? AND life IN (1, 3)"
        return int(self._db.execute(sql, (kind,)).fetchone()[0])

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
        found = self._found()
        fields = Counter((one.kind, name) for one in found for name in one.blanked)
        emptied = {
            (kind, name)
            for (kind, name), count in fields.items()
            if count >= LEAST and unusual(Loss(kind, 0, count, self._alive(kind)))
        }
        return [
            one for one in found if not one.mixed or any((one.kind, name) in emptied for name in one.blanked)
        ]

    def _found(self) -> list[Lost]:
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
            elif life != DELETED and (lost := self._blanked(n, record, floor, left)) is not None:
                found.append(lost)
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

    def _own(self, record: Record, name: str, floor: int) -> int:
        """The counter of the last save that wrote a cell here, 0 where that is no news."""
        cell = record.cells.get(name)
        if cell is None:
            return 0
        own = max((cell.context.get(life, 0) for life in self._lives), default=0)
        return own if own > floor and not self._is_settled(own) else 0

    def _blanked(self, n: int, record: Record, floor: int, left: int) -> Lost | None:
        """What a living record would lose, None where that is nothing."""
        names = [name for name in record.cells if not is_reserved(name)]
        news = {name: own for name in names if (own := self._own(record, name, floor))}
        emptied = {name: self._last(n, name, left) for name in news if _blank(record, name)}
        gone = {name: old for name, old in emptied.items() if old is not None}
        written = news.keys() - emptied.keys()
        if written:
            gone = {name: old for name, old in gone.items() if self._is_gone(record, name, old, written)}
            floor = min((news[name] for name in gone), default=floor + 1) - 1
        if not gone:
            return None
        return Lost(n, record.id, record.kind, False, floor, frozenset(gone), bool(written))

    def _last(self, n: int, cell: str, left: int) -> Any:
        """The value of a cell, blank by now, that others know last; None where they know none."""
        marks = ",".join("?" * len(self._lives))
        row = self._db.execute(
            "SELECT value FROM history WHERE n=? AND cell=? "
            f"AND (counter <= ? OR replica NOT IN ({marks})) ORDER BY counter DESC, replica DESC LIMIT 1",
            (n, cell, left, *self._lives),
        ).fetchone()
        return None if row is None or row[0] is None else plain(_decode(row[0]))

    def _is_gone(self, record: Record, name: str, old: Any, written: Set[str]) -> bool:
        """Whether a value is lost where others were written beside it.

        It is not where one of those holds it now, nor where the catalogue has the field come and go with one
        of them.  Rows and elements of a set change by going and coming.
        """
        if "/" in name:
            return False
        values = [v for w in written for s in record.cells[w].siblings.values() for v in twin_values(s)]
        if any(_holds(plain(value), old) for value in values):
            return False
        known = self._uow.catalogue.kinds.get(record.kind)
        if known is None:
            return True
        mine, beside = _fields(known, (name,)), _fields(known, written)
        return not any(
            rule.when is not None and not rule.rows and rule.when.field in beside and mine & {*rule.fields}
            for rule in known.rules
        )


def _fields(kind: Kind, cells: Iterable[str]) -> set[str]:
    """The fields that are in these cells."""
    found: set[str] = set()
    for name in cells:
        group = kind.groups.get(name[1:], ()) if name.startswith("@") else ()
        found.update({f.name for f in group} or {name.partition("/")[0]})
    return found


def _blank(record: Record, name: str) -> bool:
    values: list[Any] = list(record.cells[name].siblings.values())
    return all(value is None for value in values)


def _holds(value: Any, old: Any) -> bool:
    """Whether a value is another one, or has all of it in itself."""
    if isinstance(old, dict):
        return all(part is None or _holds(value, part) for part in old.values())
    if isinstance(value, str) and isinstance(old, str):
        return old in value
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return bool(value == old) or any(_holds(part, old) for part in parts)
