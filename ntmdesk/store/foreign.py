"""Copies that came from another laptop: merged as any copy, but telling nothing of what the server holds.

``there`` and ``served`` of a record say what the upper server has.  A copy from a stick or over the room's
network leaves them as they were; a record new here counts as one the server does not have yet, until a page
says otherwise.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, NamedTuple

from ntmdesk.store.settling import rescue
from ntmdesk.store.stored import Stored, batches, by_ids
from ntmdesk.store.twins import SpokenFor
from ntmdesk.store.voided import Speakers
from ntmdesk.store.writing import Arrival
from sync.protocol import records as _records
from sync.protocol.forms import ID_IN_USE, is_plainly_within, within_bounds
from sync.protocol.image import decode_image, encode_image
from sync.protocol.pages import Row
from sync.protocol.records import Record

if TYPE_CHECKING:
    from ntmdesk.store.unit_of_work import UnitOfWork

NOWHERE = b""
"""``there`` of a record that the server does not have."""


class Merged(NamedTuple):
    """``changed``: ids of records that changed here or are new; ``aside``: copies whose id stands here under
    another kind, unmerged; ``codes``: why copies, or cells of them, were left out (``sync.protocol.forms``).
    """

    changed: list[str]
    aside: list[Row]
    codes: tuple[str, ...]


def merge_foreign(uow: UnitOfWork, stream: str, rows: Sequence[Row], *, by_server: bool = False) -> Merged:
    """Merges copies of records of a stream, each as far as it keeps the bounds of form; ``by_server``: they
    are the server's, which has judged them.  ``SpokenFor``."""
    here = by_ids(uow.db, [row.id for row in rows])
    kinds = {id: kind for kind, id in here}
    speakers = Speakers(uow)
    new: dict[tuple[str, str], Arrival] = {}
    work: list[tuple[Stored, Record, Arrival]] = []
    aside: list[Row] = []
    codes: set[str] = set()
    for row in rows:
        stored = here.get((row.kind, row.id))
        if stored is None:
            if not by_server and kinds.setdefault(row.id, row.kind) != row.kind:
                aside.append(row)
                codes.add(ID_IN_USE)
                continue
            image = row.image if by_server else _within(row, codes)
            if image:
                new[row.kind, row.id] = Arrival(row.kind, row.id, stream, image, 0)
        elif stored.cells.encode() != row.image:
            came, mine = decode_image(row.kind, row.id, row.image), stored.record()
            if speakers.speak(mine, came):
                raise SpokenFor
            incoming, broken = (came, ()) if by_server else within_bounds(came, mine)
            codes.update(broken)
            if incoming is None:
                continue
            if b'"_refused/' in row.image:
                rescue(uow, mine, came)
            copy = Arrival(row.kind, row.id, stored.stream, row.image, stored.served)
            work.append((stored, _records.merge(mine, incoming), copy))
    uow.writer.arrive(list(new.values()))
    uow.db.executemany("UPDATE record SET there=? WHERE id=? AND kind=?", [(NOWHERE, i, k) for k, i in new])
    uow.writer.merge(work)
    changed = [id for _, id in new] + _as_before(uow, [stored for stored, _, _ in work])
    return Merged(changed, aside, tuple(sorted(codes)))


def _within(row: Row, codes: set[str]) -> bytes:
    """The image of a new record as far as it keeps the bounds, b"" for nothing; ``codes`` of the rest."""
    if is_plainly_within(row.image):
        return row.image
    came = decode_image(row.kind, row.id, row.image)
    fits, broken = within_bounds(came, None)
    codes.update(broken)
    if fits is None:
        return b""
    return row.image if fits is came else encode_image(fits)


def _as_before(uow: UnitOfWork, stood: Sequence[Stored]) -> list[str]:
    """Puts back what the server is known to hold of merged records; ids of those that changed."""
    waiting = _waiting(uow, [stored.n for stored in stood])
    now = by_ids(uow.db, [stored.id for stored in stood])
    changed = []
    for stored in stood:
        there = stored.there
        if now[stored.kind, stored.id].hash != stored.hash:
            changed.append(stored.id)
            if there is None and stored.n not in waiting:
                there = stored.hash
        uow.db.execute("UPDATE record SET there=?, served=? WHERE n=?", (there, stored.served, stored.n))
    return changed


def _waiting(uow: UnitOfWork, ns: Collection[int]) -> set[int]:
    found: set[int] = set()
    for some in batches(list(ns), 500):
        marks = ",".join("?" * len(some))
        found.update(n for (n,) in uow.db.execute(f"SELECT n FROM outgoing WHERE n IN ({marks})", some))
    return found
