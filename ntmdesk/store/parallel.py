"""Edits that two people made of one record at once and that merged by themselves: told, never asked.

Noted in the transaction that merges, where both sides are at hand; only names of cells and dots are kept, the
values stay where they are.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from sync.protocol.cells import EMPTY
from sync.protocol.dots import Dot
from sync.protocol.image import NO_STAMP
from sync.protocol.records import Record, is_reserved

if TYPE_CHECKING:
    from ntmdesk.store.unit_of_work import UnitOfWork

DAYS = 30
"""Notes are kept this long."""

Edits = tuple[tuple[str, Dot], ...]
"""(cell, dot) of values."""


@dataclass(frozen=True)
class Parallel:
    """A record that was edited here and elsewhere before both met, in different fields.

    ``at``: when they met, seconds since 1970; ``ours``, ``theirs``: what each side had changed.
    """

    id: str
    kind: str
    at: int
    ours: Edits
    theirs: Edits


def note(uow: UnitOfWork, n: int, was: Record, after: Record) -> None:
    """Remembers a merge of edits that waited here, or that this conversation sent, with others that came.

    Noted only where no field is in both.

    ``was``, ``after``: the record before and after the merge.  A field in both is a conflict or a newer
    value, and not noted.
    """
    waits = uow.db.execute("SELECT at FROM outgoing WHERE n=? AND at > 0", (n,)).fetchone()
    since = waits[0] if waits is not None else uow.store.sent.get(n)
    if since is None:
        return
    own = {replica for (replica,) in uow.db.execute("SELECT replica FROM incarnation")}
    ours: dict[str, Dot] = {}
    theirs: dict[str, Dot] = {}
    for name, cell in after.cells.items():
        if is_reserved(name) or not cell.siblings:
            continue
        former = was.cells.get(name, EMPTY).siblings
        for dot in cell.siblings:
            if dot not in former:
                theirs[name] = max(dot, theirs.get(name, dot))
            elif dot.replica in own and after.stamps.get(dot, NO_STAMP).at >= since:
                ours[name] = max(dot, ours.get(name, dot))
    both = ours.keys() & theirs.keys()
    mine, others = _said(ours, both), _said(theirs, both)
    if mine is None or others is None:
        return
    at = int(uow.now().timestamp())
    uow.db.execute("DELETE FROM parallel WHERE at < ?", (at - DAYS * 86400,))
    uow.db.execute("INSERT INTO parallel(n, at, ours, theirs) VALUES(?,?,?,?)", (n, at, mine, others))


def since(uow: UnitOfWork, at: int) -> list[Parallel]:
    """Notes from a moment on (seconds since 1970), newest first."""
    rows = uow.db.execute(
        "SELECT id, kind, at, ours, theirs FROM parallel JOIN record USING (n) WHERE at >= ? "
        "ORDER BY parallel.k DESC",
        (at,),
    )
    return [Parallel(id, kind, when, _edits(ours), _edits(theirs)) for id, kind, when, ours, theirs in rows]


def _edits(said: str) -> Edits:
    return tuple((name, Dot(counter, replica)) for name, counter, replica in msgspec.json.decode(said))


def _said(dots: Mapping[str, Dot], without: Collection[str]) -> str | None:
    """As the table keeps it; None for nothing."""
    said = [[name, dot.counter, dot.replica] for name, dot in sorted(dots.items()) if name not in without]
    return msgspec.json.encode(said).decode() if said else None
