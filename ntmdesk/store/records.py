"""One repository for every kind of record.

A *Row* is a dict of all shown fields (absent = blank) with ``id``, ``kind`` and ``state`` in front, and
``_deleted: True`` on deleted ones.  Only changed fields become edits, and an edit covers only what was on the
screen (rule 4).  Writing belongs to a unit of work begun for it; the engine refuses it elsewhere.
"""

from __future__ import annotations

import uuid
from array import array
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ntmdesk.errors import UserError
from ntmdesk.store import doubles
from ntmdesk.store.conflicts import Conflict, Conflicts
from ntmdesk.store.questions import Question, Where
from ntmdesk.store.references import References
from ntmdesk.store.rows import Row, Rows
from ntmdesk.store.shapes import DELETED, JOINED, LIVING, UNBORN, winner_dots
from ntmdesk.store.stored import Stored, any_kind, by_id, by_ids
from sync.protocol import records as _records
from sync.protocol.cells import alike, same_value, winner, winning_value
from sync.protocol.dots import Dot, join
from sync.protocol.kinds import CELL_PER_ELEMENT, SET_TYPES, Kind
from sync.protocol.kinds_cells import natural_id, row_positions, to_cells, with_row_ids
from sync.protocol.records import Record
from sync.protocol.validation import Problem, errors, normalise, validate

if TYPE_CHECKING:
    from ntmdesk.store.unit_of_work import UnitOfWork

RowList = list[Row]
ConflictList = list[Conflict]
"""Names for what ``Records`` returns: inside it ``list`` is the question."""

_ROW_IDS = uuid.UUID("3b2f9a51-8f3e-5d0c-9c56-2f60a3d7e411")


@dataclass(frozen=True)
class Listing:
    """Rows of one question and how many there are before the limit."""

    rows: list[Row]
    total: int


class Records:
    """Records of every kind, inside one unit of work."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow
        self._db = uow.db
        self._rows = Rows(uow)
        self._references = References(uow)
        self._conflicts = Conflicts(uow)

    # --- writing

    def add(self, kind: str, values: Mapping[str, Any], id: str | None = None) -> str:
        """Records something new and returns its id.

        A kind with a natural key makes its own id.  The same id with the same values again is no change;
        a deleted record of that natural id comes back with the new values.  UserError ``invalid``
        (problems), ``unknown_reference`` (field, value), ``id_in_use``, ``unknown_kind``.
        """
        known = self._kind(kind)
        tidy = self._references.resolve(known, normalise(self._uow.catalogue, kind, values))
        natural = natural_id(known, tidy)
        record_id = natural or _own_id(id) or self._uow.new_id()
        space = uuid.uuid5(_ROW_IDS, record_id)
        tidy = with_row_ids(known, tidy, lambda field, place: str(uuid.uuid5(space, f"{field}/{place}")))
        tidy = {k: v for k, v in tidy.items() if v is not None}
        self._judge(kind, tidy, before=None)
        here = any_kind(self._db, record_id)
        if here is not None and here.kind != kind:
            raise UserError("id_in_use", id=record_id, kind=here.kind)
        cells = {k: v for k, v in to_cells(known, tidy).items() if v is not None}
        if here is not None and here.life != UNBORN:
            return self._add_again(known, here, tidy, natural is not None)
        dot, stamp = self._uow.next_dot(), self._uow.stamp()
        record = _records.create(kind, record_id, cells, dot, stamp)
        if here is not None:
            record = _records.merge(here.record(), record)
        self._uow.writer.save(here, record, dot, "add")
        return record_id

    def set(
        self, kind: str, id: str, changes: Mapping[str, Any], seen: Mapping[str, Dot] | None = None
    ) -> Row:
        """Changes fields; None blanks one.  Only what differs from what is shown becomes an edit.

        ``seen``: what ``dots`` gave when the form was filled; a field missing there was blank on the screen.
        Without it, what is shown now counts as seen.  UserError ``not_found``, ``invalid``,
        ``unknown_reference``.
        """
        known = self._kind(kind)
        here = self._here(kind, id)
        if here.life == DELETED:
            raise UserError("not_found", kind=kind, id=id)
        self._edit(known, here, changes, seen, "set")
        return self.get(kind, id)

    def delete(self, kind: str, id: str) -> Row:
        """Puts a record into the trash; it remembers what the deleter had seen.  ``not_found``."""
        here = self._here(kind, id)
        if here.life != DELETED:
            dot = self._uow.next_dot()
            record = _records.delete(here.record(), dot, self._uow.stamp())
            self._uow.writer.save(here, record, dot, "delete")
        return self.get(kind, id, deleted=True)

    def restore(self, kind: str, id: str) -> Row:
        """Takes a record out of the trash, or settles one that was brought back; ``not_found``."""
        here = self._here(kind, id)
        if here.life == DELETED or here.back:
            dot = self._uow.next_dot()
            record = _records.restore(here.record(), dot, self._uow.stamp())
            self._uow.writer.save(here, record, dot, "restore")
        return self.get(kind, id)

    def resolve(
        self,
        id: str,
        field: str,
        dot: Dot | None,
        value: Any = None,
        seen: Collection[Dot] | None = None,
    ) -> None:
        """Settles a conflict: the value of ``dot``, or ``value`` itself; what was ``seen`` is replaced.

        ``field``: as ``Conflict.field`` gives it.  ``seen``: dots that were on the screen, all that are here
        when None.  UserError ``not_found``, ``invalid``.
        """
        self._conflicts.resolve(id, field, dot, value, seen)

    def judged(self, kind: str, cell: str, value: Any) -> Any:
        """One value of a cell as it may be written, tidied; UserError ``invalid`` (problems)."""
        return self._conflicts.judged(kind, cell, value)

    def write(
        self, here: Stored, cells: Mapping[str, Any], seen: Mapping[str, Collection[Dot]], what: str
    ) -> None:
        """Writes cells as they are, replacing exactly the dots of ``seen``: undo and settling come here."""
        dot = self._uow.next_dot()
        record = _records.edit(here.record(), cells, dot, self._uow.stamp(), seen)
        self._uow.writer.save(here, record, dot, what)

    # --- reading

    def get(self, kind: str, id: str, deleted: bool = False) -> Row:
        """One record by id; ``deleted``: also when it is in the trash.  UserError ``not_found``."""
        known = self._kind(kind)
        row = self._rows.one(known, id, deleted=deleted)
        if row is None:
            raise UserError("not_found", kind=kind, id=id)
        return row

    def peek(self, kind: str, id: object, deleted: bool = False) -> Row | None:
        """One record by id, or nothing: for no id, a kind that this catalogue does not know, a record that is
        not here or in the trash; ``deleted``: also one in the trash."""
        known = self._uow.catalogue.kinds.get(kind)
        return self._rows.one(known, str(id), deleted=deleted) if known is not None and id else None

    def find(self, kind: str, key: str) -> str | None:
        """The id of what a person names by id or natural code; None when there is none."""
        return self._references.find(self._kind(kind), key)

    def list(
        self,
        kind: str,
        where: Where = None,
        search: str | None = None,
        limit: int | None = None,
        deleted: bool = False,
        order: str | None = None,
        since: str | None = None,
        until: str | None = None,
    ) -> Listing:
        """Rows in the kind's order and their total before the limit.

        ``deleted``: rows of the trash as well, marked.  ``order``: ``sort``, ``date`` or a field, ``-`` in
        front turns it round.  ``since``/``until``: days, both included.
        """
        known = self._kind(kind)
        if self._rows.shipped(known):
            return Listing(*self._rows.shipped_list(known, where, search, limit))
        asked = (
            Question(self._uow, known, deleted=deleted).having(where).between(since, until).matching(search)
        )
        tail = "" if limit is None else f" LIMIT {max(int(limit), 0)}"
        ns = [
            n
            for (n,) in self._db.execute(
                f"SELECT n FROM record WHERE {asked.where} ORDER BY {asked.order(order)}{tail}",
                asked.parameters,
            )
        ]
        total = len(ns)
        if limit is not None and total >= limit:
            total = self._count(asked)
        return Listing(self.rows(ns), total)

    def keys(
        self, kind: str, where: Where = None, search: str | None = None, order: str | None = None
    ) -> array[int]:
        """Rowids of all rows of a question, ordered: what a table of a million rows holds in memory."""
        asked = Question(self._uow, self._kind(kind)).having(where).matching(search)
        sql = f"SELECT n FROM record WHERE {asked.where} ORDER BY {asked.order(order)}"
        return array("q", (n for (n,) in self._db.execute(sql, asked.parameters)))

    def rows(self, rowids: Sequence[int]) -> RowList:
        """The rows of these rowids, in their order; one that is gone is left out."""
        return self._rows.many(rowids)

    def living(self, kind: str, ids: Collection[str]) -> dict[str, Row]:
        """The living records of these ids; those that are shown under another one are left out."""
        here = by_ids(self._db, ids)
        rows = self.rows([s.n for (of, _), s in here.items() if of == kind and s.life == LIVING])
        return {row["id"]: row for row in rows}

    def count(self, kind: str, where: Where = None) -> int:
        """How many living records answer."""
        return self._count(Question(self._uow, self._kind(kind)).having(where))

    def dots(self, kind: str, id: str) -> dict[str, Dot]:
        """For each shown field (and each cell) the dot on the screen: what a form remembers as seen."""
        return winner_dots(self._here(kind, id).record(), self._uow.shape(kind))

    def state(self, id: str) -> str:
        """``local carried received accepted refused`` of a record; ``not_found``."""
        here = any_kind(self._db, id)
        if here is None:
            raise UserError("not_found", id=id)
        waits = self._db.execute(
            "SELECT iif(up IS NULL, packet, NULL) FROM outgoing WHERE n=?", (here.n,)
        ).fetchone()
        packet = waits[0] if waits else None
        return self._rows.state(here.id, here.kind, waits is not None, packet, here.there is not None)

    def record(self, id: str) -> Record:
        """The record's cells as sync knows them; ``not_found``."""
        here = any_kind(self._db, id)
        if here is None:
            raise UserError("not_found", id=id)
        return here.record()

    def counters(self, kind: str, id: str) -> dict[str, int]:
        """For each replica the greatest counter that the record's cells have seen; {} for none here."""
        here = by_id(self._db, kind, id)
        seen: dict[str, int] = {}
        for cell in here.record().cells.values() if here is not None else ():
            seen = join(seen, cell.context)
        return seen

    def kind_of(self, id: str) -> str | None:
        """The kind of an id, None when it is not here."""
        here = any_kind(self._db, id)
        return None if here is None or here.life == UNBORN else here.kind

    def hashes(self, ids: Collection[str]) -> dict[str, str]:
        """id -> 32 hex digits that stand for its present state; what a frozen log lists (rule 35)."""
        return {id: row.hash.hex() for (_, id), row in by_ids(self._db, ids).items()}

    def conflicts(self, kind: str | None = None) -> ConflictList:
        """Fields with more than one value, all records or one kind's."""
        return self._conflicts.open(kind)

    def brought_back(self) -> RowList:
        """Records that somebody deleted and an edit the deleter had not seen keeps alive."""
        return self._rows.many(
            [
                n
                for (n,) in self._db.execute(
                    "SELECT n FROM record WHERE (open > 0 OR back > 0) AND back = 1 AND life IN (?, ?) "
                    "ORDER BY seq",
                    (LIVING, JOINED),
                )
            ]
        )

    def referring(self, id: str, kind: str | None = None) -> RowList:
        """Living records that name this one, or any record of its group, newest change first."""
        return self._rows.referring(id, kind)

    def candidates(self, kind: str, values: Mapping[str, Any], limit: int = 40) -> RowList:
        """Records that might be the same household or person as these values; the caller judges."""
        return doubles.candidates(self._uow, self._kind(kind), values, limit)

    # --- inside

    def _kind(self, name: str) -> Kind:
        kind = self._uow.catalogue.kinds.get(name)
        if kind is None:
            raise UserError("unknown_kind", kind=name)
        return kind

    def _here(self, kind: str, id: str) -> Stored:
        self._kind(kind)
        here = by_id(self._db, kind, id)
        if here is None or here.life == UNBORN:
            raise UserError("not_found", kind=kind, id=id)
        return here

    def _count(self, asked: Question) -> int:
        row = self._db.execute(
            f"SELECT count(*) FROM record WHERE {asked.where}", asked.parameters
        ).fetchone()
        return int(row[0])

    def _add_again(self, kind: Kind, here: Stored, values: dict[str, Any], natural: bool) -> str:
        now = self._rows.values(here)
        if here.life != DELETED and _same_values(kind, values, now):
            return here.id
        if here.life != DELETED or not natural:
            raise UserError("id_in_use", id=here.id, kind=kind.name)
        self.restore(kind.name, here.id)
        blank = dict.fromkeys(name for name in now if kind.field(name) is not None and name not in values)
        self._edit(kind, self._here(kind.name, here.id), {**blank, **values}, None, "add")
        return here.id

    def _edit(
        self,
        kind: Kind,
        here: Stored,
        changes: Mapping[str, Any],
        seen: Mapping[str, Dot] | None,
        what: str,
    ) -> None:
        uow = self._uow
        now = self._rows.values(here)
        tidy = normalise(uow.catalogue, kind.name, changes)
        for name in tidy:
            if kind.field(name) is None and name not in now:
                raise UserError("invalid", problems=[Problem(name, "unknown_field", {"kind": kind.name})])
        asked = with_row_ids(kind, tidy, lambda _field, _place: uow.new_id())
        resolved = self._rows.resolved(kind, now)
        differing = {
            name: value
            for name, value in asked.items()
            if not _equal(kind, name, value, now.get(name))
            and not _equal(kind, name, value, resolved.get(name))
        }
        differing = self._references.resolve(kind, differing)
        if not differing:
            return
        after = {k: v for k, v in {**now, **differing}.items() if v is not None}
        self._judge(kind.name, after, before=now)
        record = here.record()
        winners = {name: winning_value(cell) for name, cell in record.cells.items()}
        cells = to_cells(kind, differing, now, row_positions(winners))
        if not cells:
            return
        for name in differing:  # a former name of the field holds a value that must not come back
            field = kind.field(name)
            cells.update(
                {old: None for old in (field.aliases if field else ()) if winners.get(old) is not None}
            )
        self.write(here, cells, {name: _named(record, name, kind, seen) for name in cells}, what)

    def _judge(self, kind: str, values: Mapping[str, Any], before: Mapping[str, Any] | None) -> None:
        uow = self._uow
        found = errors(
            validate(uow.catalogue, kind, values, today=uow.today(), strict=before is None, before=before)
        )
        if before is not None and found:
            earlier = errors(
                validate(uow.catalogue, kind, before, today=uow.today(), strict=False, before=before)
            )
            known = {(p.field, p.code, p.row, p.column) for p in earlier}
            found = tuple(p for p in found if (p.field, p.code, p.row, p.column) not in known)
        if found:
            raise UserError("invalid", problems=[*found])


def _own_id(id: str | None) -> str | None:
    if id is None:
        return None
    try:
        return str(uuid.UUID(id))
    except ValueError:
        raise UserError("invalid", problems=[Problem("id", "bad_reference", {"value": id})]) from None


def _same_values(kind: Kind, values: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    return values.keys() == now.keys() and all(_equal(kind, k, v, now[k]) for k, v in values.items())


def _equal(kind: Kind, name: str, a: Any, b: Any) -> bool:
    field = kind.field(name)
    if field is not None and field.type in SET_TYPES and isinstance(a, list) and isinstance(b, list):
        return set(a) == set(b)
    return same_value(a, b)


def _named(record: Record, cell: str, kind: Kind, seen: Mapping[str, Dot] | None) -> tuple[Dot, ...]:
    """The dots that an edit of a cell replaces: those that were on the screen."""
    stored = record.cells.get(cell)
    if stored is None:
        return ()
    field = kind.field(cell)
    if seen is None:
        if field is not None and field.reading != "one":
            return tuple(stored.siblings)
        top = winner(stored)
        return () if top is None else alike(stored, top)
    if cell in seen:
        return alike(stored, seen[cell])
    if "/" in cell:
        return ()
    if cell.startswith("@"):
        dots = {seen[f.name] for f in kind.groups.get(cell[1:], ()) if f.name in seen}
        return tuple(dot for shown in dots for dot in alike(stored, shown))
    if field is not None and field.type not in CELL_PER_ELEMENT and field.name in seen:
        return alike(stored, seen[field.name])
    return ()


__all__ = ["Listing", "Records", "Row"]
