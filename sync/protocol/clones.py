"""Saves that two machines may have made under one dot, written again under an id of one's own (rule 10)."""

from __future__ import annotations

from collections.abc import Mapping

from sync.protocol.cells import Cell, Value, canonical
from sync.protocol.dots import Dot
from sync.protocol.records import DELETED, Record, is_deletion


def disowned(record: Record, old: str, new: str, floors: Mapping[str, int]) -> Record:
    """The record with the dots of replica ``old`` above the floors written under ``new``, counters unchanged.

    ``floors``: cell -> last receipted counter of ``old`` in it; cells not named stay.  Context entries of
    ``old`` go back to the floor: nothing of a twin's is claimed as seen.  At worst a value stands twice.
    """
    cells = dict(record.cells)
    stamps = dict(record.stamps)
    for name, floor in floors.items():
        cell = record.cells[name]
        siblings: dict[Dot, Value] = {}
        for dot, value in cell.siblings.items():
            if dot.replica != old or dot.counter <= floor:
                siblings[dot] = value
                continue
            mine = Dot(dot.counter, new)
            siblings[mine] = _as_seen(value, old, new, floors) if name == DELETED else value
            stamps[mine] = record.stamps[dot]
        context = {r: c for r, c in cell.context.items() if r != old}
        context[new] = cell.context[old]
        if floor:
            context[old] = floor
        cells[name] = Cell(siblings, context)
    living = {dot for cell in cells.values() for dot in cell.siblings}
    return Record(record.kind, record.id, cells, {d: s for d, s in stamps.items() if d in living})


def _as_seen(value: Value, old: str, new: str, floors: Mapping[str, int]) -> Value:
    """What an own deletion had seen, in the dots as they are called from now on."""
    if not is_deletion(value):
        return value
    groups: dict[bytes, tuple[list[str], dict[str, int]]] = {}
    for names, context in value:
        for name in names:
            seen = dict(context)
            if name in floors and seen.get(old, 0) > floors[name]:
                seen[new] = seen.pop(old)
                if floors[name]:
                    seen[old] = floors[name]
            groups.setdefault(canonical(seen), ([], seen))[0].append(name)
    return [[names, seen] for names, seen in groups.values()]


def speaks_for(replica: str, mine: Record, incoming: Record) -> bool:
    """Whether a copy knows of saves under ``replica`` that are not in the record of the one who has that id.

    Nobody else can make such saves: another machine speaks under the id (rule 10), or somebody lies.
    """
    for name, cell in incoming.cells.items():
        claimed = cell.context.get(replica, 0)
        if not claimed:
            continue
        here = mine.cells.get(name)
        if here is None or claimed > here.context.get(replica, 0):
            return True
        for dot in cell.siblings.keys() & here.siblings.keys():
            if dot.replica == replica and canonical(cell.siblings[dot]) != canonical(here.siblings[dot]):
                return True
    return False
