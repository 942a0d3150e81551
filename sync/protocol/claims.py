"""What a copy claims to know of other replicas, and the same copy claiming no more than it may (rule 13).

A context entry covers values, so one that is too high would make values vanish that nobody has seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sync.protocol.cells import Cell, Value, twin_values
from sync.protocol.copies import Copy
from sync.protocol.dots import including
from sync.protocol.image import encode_image, parse_image
from sync.protocol.records import DELETED, Record, is_deletion


def claims(copies: Iterable[Copy]) -> dict[str, int]:
    """The greatest counter that the copies name for each replica: values, contexts, what deletions saw."""
    highest: dict[str, int] = {}
    for copy in copies:
        table, cells, contexts = copy.parsed
        deletions = cells.get(DELETED, [])[1::2]
        for replica, counter, *_ in table:
            if counter > highest.get(replica, 0):
                highest[replica] = counter
        seen = [context for deletion in deletions if is_deletion(deletion) for _, context in deletion]
        for context in (*contexts.values(), *seen):
            for replica, counter in context.items():
                if counter > highest.get(replica, 0):
                    highest[replica] = counter
    return highest


def lowered(
    copy: Copy, bounds: Mapping[str, int], of_values: Mapping[str, int]
) -> tuple[Copy | None, list[tuple[str, str]]]:
    """The copy with every context entry above its bound lowered to it, and the values set aside.

    A value is set aside, as (cell, text of the dot), when it is above its author's bound in ``of_values``;
    what others wrote in the cell stays.  A deletion that claims to have seen too much takes its cell along.
    Entries never go below the dots that stand in the cell.  None when nothing is left of the copy.
    """
    record = copy.record()
    cells: dict[str, Cell] = {}
    aside: list[tuple[str, str]] = []
    for name, cell in record.cells.items():
        forged = {dot for dot in cell.siblings if dot.counter > of_values.get(dot.replica, dot.counter)}
        if name == DELETED:
            seen = {dot for dot, value in cell.siblings.items() if _sees_too_much(value, bounds)}
            if seen:
                aside += [(name, dot.text) for dot in sorted(forged | seen)]
                continue
        aside += [(name, dot.text) for dot in sorted(forged)]
        siblings = {dot: value for dot, value in cell.siblings.items() if dot not in forged}
        within = {
            replica: min(counter, bounds.get(replica, counter)) for replica, counter in cell.context.items()
        }
        context = including({replica: counter for replica, counter in within.items() if counter}, siblings)
        if context:
            cells[name] = Cell(siblings, context)
    if not cells:
        return None, aside
    living = {dot for cell in cells.values() for dot in cell.siblings}
    stamps = {dot: stamp for dot, stamp in record.stamps.items() if dot in living}
    image = encode_image(Record(copy.kind, copy.id, cells, stamps))
    return Copy(copy.kind, copy.id, copy.seq, parse_image(image)), aside


def _sees_too_much(value: Value, bounds: Mapping[str, int]) -> bool:
    """Whether a deletion claims to have seen more of some replica than its bound."""
    return any(
        type(counter) is int and counter > bounds.get(replica, counter)
        for deletion in twin_values(value)
        if is_deletion(deletion)
        for _, context in deletion
        for replica, counter in context.items()
    )


def exceeding(copy: Copy, bounds: Mapping[str, int]) -> bool:
    """Whether a copy claims more of some replica than its bound."""
    return any(counter > bounds.get(replica, counter) for replica, counter in claims((copy,)).items())
