"""Finding the records in which two replicas differ, and making both whole (rule 37).

Kinds, then buckets of ids, then hashes; of the records that differ the server's copies are merged here and
ours are queued for offering.  Nothing is ever overwritten.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sync.engine.ports import Replica, SiftedPage
from sync.engine.sifting import Owned, sift_rows
from sync.protocol.digest import bucket_of, by_bucket, by_kind, differing
from sync.protocol.errors import WireError
from sync.protocol.messages import COMPARE_IDS, CompareReply, CompareRequest
from sync.protocol.pages import Cursor

Ask = Callable[[CompareRequest], CompareReply]


@dataclass(frozen=True, slots=True)
class Differences:
    """Records found to differ; how many were queued for the server, how many changed here."""

    differing: int
    offered: int
    merged: int


def narrow(
    replica: Replica,
    ask: Ask,
    own_id: str,
    cursor: Cursor,
    keys: Mapping[str, bytes],
    owned: Owned,
    catalogue: int,
    protocol: int,
) -> Differences:
    """Narrows one stream down; ``cursor``: as stored, it does not move; ``protocol``: the version spoken in
    this conversation.  WireError from the road."""
    stream = cursor.stream

    def request(
        step: str, kind: str = "", buckets: tuple[int, ...] = (), ids: tuple[str, ...] = ()
    ) -> CompareReply:
        return ask(CompareRequest(protocol, own_id, stream, step, kind, buckets, ids))

    mine = [(kind, id, h) for (kind, id), h in replica.hashes(stream).items()]
    here: set[str] = set()
    there: set[str] = set()
    for kind in differing(by_kind(mine), request("kinds").sums):
        of_kind = [row for row in mine if row[0] == kind]
        buckets = tuple(int(b) for b in differing(by_bucket(of_kind), request("buckets", kind).sums))
        if not buckets:
            continue
        theirs = request("hashes", kind, buckets).hashes
        ours = {id: h.hex() for _, id, h in of_kind if bucket_of(id) in buckets}
        here |= {id for id, h in ours.items() if theirs.get(id) != h}
        there |= {id for id, h in theirs.items() if ours.get(id) != h}
    merged = 0
    wanted = sorted(there)
    for at in range(0, len(wanted), COMPARE_IDS):
        reply = request("rows", ids=tuple(wanted[at : at + COMPARE_IDS]))
        rows, aside = sift_rows(reply.rows, len(reply.hashes), keys, owned)
        taken = replica.take("", (), (SiftedPage(stream, cursor, rows, aside),), catalogue)
        if taken.twin:
            raise WireError("clone", replica=own_id)
        merged += taken.received
    offered = replica.offer(stream, sorted(here)) if here else 0
    return Differences(len(here | there), offered, merged)
