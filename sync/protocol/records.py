"""A record as every replica holds it: a map from cell name to cell, and who wrote each living value.

Names of cells:

- ``head_name``           a plain field
- ``lines/<row id>``      a row (value: an object, ``#`` its position) or an element of a set (value: true)
- ``@address``            fields that only make sense together; the value is an object of its members
- ``_born _deleted _erased _home _refused/<dot>``  what the record is, travelling with every copy of it
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from sync.protocol import cells as _cells
from sync.protocol.cells import EMPTY, Cell, Value
from sync.protocol.dots import Context, Dot, covers, join

BORN, DELETED, ERASED, HOME, REFUSED = "_born", "_deleted", "_erased", "_home", "_refused"


class Removed:
    """Marks, in a set of changes, a row or set element that goes away."""

    _one: Removed | None = None

    def __new__(cls) -> Removed:
        cls._one = cls._one or super().__new__(cls)
        return cls._one

    def __repr__(self) -> str:
        return "REMOVED"


REMOVED = Removed()


class Stamp(NamedTuple):
    """What a save tells of itself, for people's eyes only; nothing is ordered by it.

    ``at``: seconds since 1970 by the writer's own clock; ``by``: id of the member who wrote, or "";
    ``catalogue``: version of the catalogue the value was written under.
    """

    at: int
    by: str
    catalogue: int


@dataclass(frozen=True, slots=True)
class Record:
    """One record in one state.  Mappings are never changed in place; every change makes a new Record.

    ``stamps`` holds one entry for every dot that still has a value.
    """

    kind: str
    id: str
    cells: Mapping[str, Cell]
    stamps: Mapping[Dot, Stamp]


def is_reserved(name: str) -> bool:
    """Whether a cell name belongs to the record's own life and not to a field of its kind."""
    return name.startswith("_")


def merge(a: Record, b: Record) -> Record:
    """Merges two copies of one record, cell by cell; pure, in any order and any number of times.

    Raises ValueError when the copies are not of one record.
    """
    if a.id != b.id or a.kind != b.kind:
        raise ValueError("not one record")
    merged = dict(a.cells)
    for name, cell in b.cells.items():
        mine = merged.get(name)
        merged[name] = cell if mine is None else _cells.merge_cells(mine, cell)
    return _of(a.kind, a.id, merged, {**a.stamps, **b.stamps})


def _of(kind: str, id: str, cells: Mapping[str, Cell], stamps: Mapping[Dot, Stamp]) -> Record:
    living = {d for c in cells.values() for d in c.siblings}
    if len(living) != len(stamps):
        stamps = {d: s for d, s in stamps.items() if d in living}
    return Record(kind, id, cells, stamps)


def create(kind: str, id: str, values: Mapping[str, Value], dot: Dot, stamp: Stamp) -> Record:
    """A new record: all its fields and its birth under one dot."""
    context = {dot.replica: dot.counter}
    born = {BORN: Cell({dot: True}, dict(context))}
    fields = {n: Cell({dot: v}, dict(context)) for n, v in values.items()}
    return Record(kind, id, {**born, **fields}, {dot: stamp})


def edit(
    record: Record,
    changes: Mapping[str, Value],
    dot: Dot,
    stamp: Stamp,
    seen: Mapping[str, Collection[Dot]] | None = None,
) -> Record:
    """Applies one save.  ``changes``: cell name to new value or ``REMOVED``.

    ``seen``: for each cell the dots that were on the screen; a cell not named there counts as having
    shown its present winner (for a removal: everything now visible of it).  Only those dots are replaced.
    """
    cells = dict(record.cells)
    for name, value in changes.items():
        cell = cells.get(name, EMPTY)
        if seen is not None and name in seen:
            named: Collection[Dot] = seen[name]
        else:
            top = _cells.winner(cell)
            named = () if top is None else (top,)
        cells[name] = (
            _cells.remove(cell, dot, named) if value is REMOVED else _cells.write(cell, dot, value, named)
        )
    return _of(record.kind, record.id, cells, {**record.stamps, dot: stamp})


def is_born(record: Record) -> bool:
    """Whether the cell that makes the record a record has come; before that it is kept, not shown."""
    cell = record.cells.get(BORN)
    return cell is not None and bool(cell.siblings)


def delete(record: Record, dot: Dot, stamp: Stamp) -> Record:
    """Deletes what is on this replica now: remembers per field what the deleter had seen."""
    groups: dict[tuple[tuple[str, int], ...], list[str]] = {}
    for name, cell in sorted(record.cells.items()):
        if not is_reserved(name) and cell.context:
            groups.setdefault(tuple(sorted(cell.context.items())), []).append(name)
    seen = [[names, dict(context)] for context, names in groups.items()]
    return edit(record, {DELETED: seen}, dot, stamp, seen={DELETED: ()})


def restore(record: Record, dot: Dot, stamp: Stamp) -> Record:
    """Takes back every deletion known here."""
    cell = record.cells.get(DELETED, EMPTY)
    return edit(record, {DELETED: REMOVED}, dot, stamp, seen={DELETED: tuple(cell.siblings)})


def is_deletion(value: Value) -> bool:
    """Whether a value of ``_deleted`` has the form ``delete`` writes: ``[[[cell, ...], {replica: counter}],
    ...]``."""
    return isinstance(value, list) and all(
        isinstance(part, list)
        and len(part) == 2
        and isinstance(part[0], list)
        and isinstance(part[1], dict)
        and all(isinstance(name, str) for name in part[0])
        and all(type(counter) is int for counter in part[1].values())
        for part in value
    )


def is_deleted(record: Record) -> bool:
    """Whether every living value was seen by somebody who deleted the record (rule 30)."""
    seen = _deleters_saw(record.cells.get(DELETED, EMPTY))
    if seen is None:
        return False
    for name, field in record.cells.items():
        if is_reserved(name):
            continue
        known = seen.get(name, {})
        if any(not covers(known, dot) for dot in field.siblings):
            return False
    return True


def is_brought_back(record: Record) -> bool:
    """Whether somebody deleted it and a value the deleter had not seen keeps it alive."""
    return _deleters_saw(record.cells.get(DELETED, EMPTY)) is not None and not is_deleted(record)


def _deleters_saw(cell: Cell) -> dict[str, Context] | None:
    """What whoever deleted the record had seen of each cell; None where nobody did.

    A value that is no deletion, which only a broken or lying laptop writes, deletes nothing.
    """
    deletions = [v for s in cell.siblings.values() for v in _cells.twin_values(s) if is_deletion(v)]
    seen: dict[str, Context] = {}
    for names, context in (part for deletion in deletions for part in deletion):
        for name in names:
            seen[name] = join(seen.get(name, {}), context)
    return seen if deletions else None


def conflicts(record: Record) -> tuple[str, ...]:
    """Names of ordinary cells that hold more than one distinct value, in name order."""
    return tuple(
        name
        for name in sorted(record.cells)
        if not is_reserved(name) and _cells.in_conflict(record.cells[name])
    )


def shown(record: Record) -> dict[str, Any]:
    """What is displayed: winners by field; rows as a list of objects with ``id``, set elements as a list.

    Members of a group cell (``@name``) are flattened.  Blank (None) fields are left out.  Unknown fields
    are shown like known ones, signed facts by their plain value.  Rows keep their ``#`` order, elements
    their key order.
    """
    out: dict[str, Any] = {}
    rows: dict[str, list[tuple[Any, str, Any]]] = {}
    for name, cell in record.cells.items():
        if is_reserved(name) or not cell.siblings:
            continue
        value = _cells.plain(_cells.winning_value(cell))
        if "/" in name:
            field, _, key = name.partition("/")
            position = value.get("#", 0) if isinstance(value, dict) else 0
            rows.setdefault(field, []).append((position, key, value))
        elif name.startswith("@"):
            if isinstance(value, dict):
                out.update({k: v for k, v in value.items() if v is not None})
        elif value is not None:
            out[name] = value
    for field, entries in rows.items():
        entries.sort(key=lambda e: (e[0] if isinstance(e[0], int) else 0, e[1]))
        out[field] = [
            {"id": key, **{k: v for k, v in value.items() if k != "#"}} if isinstance(value, dict) else key
            for _, key, value in entries
        ]
    return out


def partial(record: Record, replica: str, floor: int) -> Record:
    """What a packet carries of a record: the cells that ``replica`` changed above its counter ``floor``, and
    the reserved cells, which travel with every copy (rule 30)."""
    cells = {
        name: cell
        for name, cell in record.cells.items()
        if name.startswith("_") or cell.context.get(replica, 0) > floor
    }
    return _of(record.kind, record.id, cells, record.stamps)


def highest_counter(record: Record) -> int:
    """The greatest counter anywhere in the record, contexts included."""
    return max((n for cell in record.cells.values() for n in cell.context.values()), default=0)
