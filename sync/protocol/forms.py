"""The bounds of form that every copy keeps, whatever road it came by and whoever reads it (rules 6 and 30).

Nothing here knows a catalogue: kinds and fields that nobody knows yet pass through.
"""

from __future__ import annotations

from typing import NamedTuple

from sync.protocol.cells import (
    CELL_BYTES_LIMIT,
    EMPTY,
    SIBLING_LIMIT,
    Cell,
    Value,
    canonical,
    is_fact,
    merge_cells,
    plain,
    twin_values,
)
from sync.protocol.copies import CELLS_LIMIT
from sync.protocol.dots import COUNTER_LIMIT, Dot, covers, is_replica
from sync.protocol.facts import is_server_cell
from sync.protocol.image import parse_image
from sync.protocol.records import BORN, DELETED, Record, is_deletion, is_reserved

ID_IN_USE = "id_in_use"
"""A record of another kind has this id already: no two share one."""


class Within(NamedTuple):
    """``record``: what of a copy may be merged, None for nothing; ``codes``: why the rest may not."""

    record: Record | None
    codes: tuple[str, ...] = ()


def within_bounds(incoming: Record, mine: Record | None) -> Within:
    """A copy without the cells that break a bound of form beside ``mine``, which stands here already.

    A cell is left out with its context: what somebody else may find good of it can still be merged later.
    Values that stand here, or are known to be replaced, are not weighed again.  Of a new record nothing is
    merged when none of its fields is left.  Codes: ``too_many_cells`` (nothing is merged),
    ``too_many_siblings``, ``cell_too_large``, ``wrong_type``.
    """
    here = mine.cells if mine is not None else {}
    if len(here.keys() | incoming.cells.keys()) > CELLS_LIMIT:
        return Within(None, ("too_many_cells",))
    bad: dict[str, str] = {}
    for name, cell in incoming.cells.items():
        code = _code(name, cell, here.get(name, EMPTY))
        if code is not None:
            bad[name] = code
    if not bad:
        return Within(incoming)
    codes = tuple(sorted(set(bad.values())))
    cells = {name: cell for name, cell in incoming.cells.items() if name not in bad}
    if mine is None and all(map(is_reserved, cells)):
        return Within(None, codes)
    living = {dot for cell in cells.values() for dot in cell.siblings}
    stamps = {dot: stamp for dot, stamp in incoming.stamps.items() if dot in living}
    return Within(Record(incoming.kind, incoming.id, cells, stamps), codes)


def is_plainly_within(image: bytes) -> bool:
    """Whether the copy of a new record keeps every bound, at a glance; if not, ask ``within_bounds``."""
    if len(image) > CELL_BYTES_LIMIT:
        return False
    _, flats, _ = parse_image(image)
    return all(
        len(flat) <= 2 * SIBLING_LIMIT
        and (name[0] != "_" or (name == BORN and len(flat) == 2 and flat[1] is True))
        for name, flat in flats.items()
    )


def reserved_code(name: str, value: Value) -> str | None:
    """Judges a value of a reserved cell that needs no signature; ``unknown_field`` for a name not known."""
    if name == BORN:
        return None if value is True else "wrong_type"
    if name == DELETED:
        return None if is_deletion(value) and _countable(value) else "wrong_type"
    return "unknown_field"


def is_too_large(value: Value) -> bool:
    """Whether a value takes more bytes than a cell may; of a signed one, what it says."""
    if type(value) in (bool, int, float, type(None)):
        return False
    if type(value) is str and 6 * len(value) + 2 <= CELL_BYTES_LIMIT:
        return False
    if is_fact(value):
        return len(canonical(plain(value))) > CELL_BYTES_LIMIT or len(canonical(value)) > 2 * CELL_BYTES_LIMIT
    return len(canonical(value)) > CELL_BYTES_LIMIT


def news(came: Cell, mine: Cell) -> list[tuple[Dot, Value]]:
    """Siblings that a merge would add or change."""
    return [
        (dot, value)
        for dot, value in came.siblings.items()
        if not (
            _same_sibling(value, mine.siblings[dot]) if dot in mine.siblings else covers(mine.context, dot)
        )
    ]


def _code(name: str, came: Cell, mine: Cell) -> str | None:
    fresh = news(came, mine)
    values = [value for _, sibling in fresh for value in twin_values(sibling)]
    if name in (BORN, DELETED):
        if any(reserved_code(name, value) for value in values):
            return "wrong_type"
    elif not is_server_cell(name) and any(map(is_too_large, values)):
        return "cell_too_large"
    if fresh and len(mine.siblings) + len(fresh) > SIBLING_LIMIT:
        alive = len(merge_cells(mine, came).siblings)
        if alive > max(SIBLING_LIMIT, len(mine.siblings)):
            return "too_many_siblings"
    return None


def _same_sibling(a: Value, b: Value) -> bool:
    return a is b or canonical([*twin_values(a)]) == canonical([*twin_values(b)])


def _countable(deletion: Value) -> bool:
    """Whether what a deletion claims to have seen are counters that can exist (rule 12)."""
    return all(
        is_replica(replica) and 0 < counter < COUNTER_LIMIT
        for _, context in deletion
        for replica, counter in context.items()
    )
