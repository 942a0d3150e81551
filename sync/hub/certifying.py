"""What a copy may claim of other replicas: no more than they certified themselves (rule 13).

A context entry covers values, so one that is too high would make values vanish that nobody has seen.  Every
packet certifies in its header the highest counter its replica has issued; the newest word of each replica
bounds what anybody may say of it.  A replica that has certified nothing here is not bounded.  Nor is any
in a later life of this server: it cannot know what its restored memory lacks, and a value or an overwrite
that it has forgotten may come back before its author does, or without (rule 29).  Nor is a device bounded by
its own former lives: a store that was moved or restored brings, under its new id, what the old one had not
sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set

from sync.hub.ports import ArchiveTransaction
from sync.protocol.cells import Cell
from sync.protocol.copies import Copy
from sync.protocol.image import encode_image, parse_image
from sync.protocol.pages import Epoch
from sync.protocol.records import Record


def claims(copies: Iterable[Copy]) -> dict[str, int]:
    """The greatest counter that the copies name for each replica, values and contexts alike."""
    highest: dict[str, int] = {}
    for copy in copies:
        table, _, contexts = copy.parsed
        for replica, counter, *_ in table:
            if counter > highest.get(replica, 0):
                highest[replica] = counter
        for context in contexts.values():
            for replica, counter in context.items():
                if counter > highest.get(replica, 0):
                    highest[replica] = counter
    return highest


class Certificates:
    """What the replicas of one stream have certified to this server, asked for once each."""

    def __init__(self, tx: ArchiveTransaction, stream: str, epoch: Epoch, device: str) -> None:
        self._tx = tx
        self._device = device
        self._stream = stream
        self._restored = bool(epoch.parent)
        self._known: dict[str, int | None] = {}

    def bounds(self, replicas: Set[str]) -> dict[str, int]:
        """Replica -> highest certified counter, of those that are bounded."""
        if self._restored:
            return {}
        new = replicas - self._known.keys()
        if new:
            certified = self._tx.certified(self._stream, new)
            for replica in new:
                own = replica in certified and self._tx.replica_of(replica) == self._device
                self._known[replica] = None if own else certified.get(replica)
        return {r: n for r in replicas if (n := self._known[r]) is not None}

    def of_values(self, bounds: Mapping[str, int]) -> Mapping[str, int]:
        """The bounds that hold for values too: none where this server has gone back and forgotten some."""
        return {} if self._restored else bounds


def lowered(
    copy: Copy, bounds: Mapping[str, int], of_values: Mapping[str, int]
) -> tuple[Copy | None, list[tuple[str, str]]]:
    """The copy with every context entry above its bound lowered to it, and the cells set aside whole.

    A cell is set aside, as (cell, text of the dot), when it brings a value above its author's bound in
    ``of_values``.  Entries never go below the dots that stand in the cell.  None when nothing is left of the
    copy.
    """
    record = copy.record()
    cells: dict[str, Cell] = {}
    aside: list[tuple[str, str]] = []
    for name, cell in record.cells.items():
        forged = [dot for dot in cell.siblings if dot.counter > of_values.get(dot.replica, dot.counter)]
        if forged:
            aside += [(name, dot.text) for dot in sorted(forged)]
            continue
        top: dict[str, int] = {}
        for dot in cell.siblings:
            top[dot.replica] = max(dot.counter, top.get(dot.replica, 0))
        context = {
            replica: max(min(counter, bounds.get(replica, counter)), top.get(replica, 0))
            for replica, counter in cell.context.items()
        }
        context = {replica: counter for replica, counter in context.items() if counter}
        if context:
            cells[name] = Cell(cell.siblings, context)
    if not cells:
        return None, aside
    living = {dot for cell in cells.values() for dot in cell.siblings}
    stamps = {dot: stamp for dot, stamp in record.stamps.items() if dot in living}
    image = encode_image(Record(copy.kind, copy.id, cells, stamps))
    return Copy(copy.kind, copy.id, copy.seq, parse_image(image)), aside


def exceeding(copy: Copy, bounds: Mapping[str, int]) -> bool:
    """Whether a copy claims more of some replica than its bound."""
    return any(counter > bounds.get(replica, counter) for replica, counter in claims((copy,)).items())
