"""A cell: one field of one record, as a dotted multi-value register.

``merge`` is pure, knows no catalogue and no kind, and is commutative, associative and idempotent; it is
right for partial, stale and repeated copies.  Rules 1-6 and 11 of the sync rules.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import msgspec

from sync.protocol.dots import Context, Dot, including, join

Value = Any
"""A JSON value: None (blank), bool, int, float, str, list or dict of such."""

SIBLING_LIMIT = 16
"""More siblings than this in one cell are refused with ``too_many_siblings``."""

CELL_BYTES_LIMIT = 256 * 1024
"""Canonical bytes one cell may take; beyond, ``cell_too_large``."""

_encode = msgspec.json.Encoder(order="deterministic").encode


class Twins(NamedTuple):
    """Two or more values met under one dot: a cloned replica.  All stay, in canonical byte order."""

    values: tuple[Value, ...]


class Cell(NamedTuple):
    """The values nobody has replaced yet, and everything ever seen of this field.

    ``context`` always covers the dots of ``siblings``; only the canonical image leaves such entries out.
    """

    siblings: dict[Dot, Value]
    context: Context


EMPTY = Cell({}, {})


def canonical(value: Value) -> bytes:
    """The bytes that decide equality: ``1``, ``true`` and ``1.0`` differ, key order does not."""
    return _encode(value)


def same_value(a: Value, b: Value) -> bool:
    """Equality by canonical bytes."""
    if type(a) is str and type(b) is str:
        return a == b
    return canonical(a) == canonical(b)


def is_fact(value: Value) -> bool:
    """Whether a value has the form of a signed server fact (``sync.protocol.facts``); not its truth."""
    return (
        type(value) is dict
        and "v" in value
        and type(value.get("sig")) is str
        and (len(value) == 2 or (len(value) == 3 and type(value.get("over")) is dict))
    )


def plain(value: Value) -> Value:
    """The value inside a signed fact, or the value itself where it is none."""
    return value["v"] if is_fact(value) else value


def twin_values(value: Value) -> tuple[Value, ...]:
    """The one value of a sibling, or all of them where a clone wrote several under one dot."""
    return value.values if type(value) is Twins else (value,)


def _join_values(a: Value, b: Value) -> Value:
    if type(a) is not Twins and type(b) is not Twins and same_value(a, b):
        return a
    by_bytes = {canonical(v): v for v in (*twin_values(a), *twin_values(b))}
    if len(by_bytes) == 1:
        return a
    return Twins(tuple(by_bytes[k] for k in sorted(by_bytes)))


def merge_cells(a: Cell, b: Cell) -> Cell:
    """Keeps a sibling that both have, or that the other's context does not cover; joins contexts."""
    if a is b:
        return a
    siblings: dict[Dot, Value] = {}
    for dot, value in a.siblings.items():
        if dot in b.siblings:
            siblings[dot] = _join_values(value, b.siblings[dot])
        elif dot.counter > b.context.get(dot.replica, 0):
            siblings[dot] = value
    for dot, value in b.siblings.items():
        if dot not in a.siblings and dot.counter > a.context.get(dot.replica, 0):
            siblings[dot] = value
    return Cell(siblings, join(a.context, b.context))


def write(cell: Cell, dot: Dot, value: Value, named: Iterable[Dot]) -> Cell:
    """An edit: puts ``value`` under ``dot`` and removes exactly the dots that were on the screen."""
    kept = _without(cell, named)
    kept[dot] = value
    return Cell(kept, including(cell.context, (*named, dot)))


def remove(cell: Cell, dot: Dot, named: Iterable[Dot]) -> Cell:
    """Takes a row or set element away: the named dots go, no value comes, ``dot`` marks the removal.

    A sibling that was not named stays, so an addition wins over a removal that had not seen it.
    """
    return Cell(_without(cell, named), including(cell.context, (*named, dot)))


def _without(cell: Cell, named: Iterable[Dot]) -> dict[Dot, Value]:
    gone = set(named)
    return {d: v for d, v in cell.siblings.items() if d not in gone}


def seen_besides(cell: Cell, kept: Iterable[Dot]) -> Context:
    """The context as far as it covers none of the dots in ``kept``."""
    seen = dict(cell.context)
    for dot in kept:
        seen[dot.replica] = min(dot.counter - 1, seen.get(dot.replica, 0))
    return {replica: counter for replica, counter in seen.items() if counter}


def winner(cell: Cell) -> Dot | None:
    """The sibling everybody shows: greatest counter, then replica; None for an emptied cell."""
    return max(cell.siblings) if cell.siblings else None


def alike(cell: Cell, dot: Dot) -> tuple[Dot, ...]:
    """The dots whose value stood on the screen when that of ``dot`` did: itself and those of equal value."""
    if dot not in cell.siblings:
        return (dot,)
    seen = cell.siblings[dot]
    if type(seen) is Twins:
        return (dot,)
    shown = plain(seen)
    return tuple(d for d, v in cell.siblings.items() if type(v) is not Twins and same_value(plain(v), shown))


def winning_value(cell: Cell) -> Value:
    """The value everybody shows; of twins the last in byte order.  None for an emptied cell."""
    if not cell.siblings:
        return None
    value = cell.siblings[max(cell.siblings)]
    return value.values[-1] if type(value) is Twins else value


def in_conflict(cell: Cell) -> bool:
    """Whether more than one distinct value stands in the cell; a signed one and the same unsigned are one."""
    if len(cell.siblings) < 2 and not any(type(v) is Twins for v in cell.siblings.values()):
        return False
    return len({canonical(plain(v)) for s in cell.siblings.values() for v in twin_values(s)}) > 1
