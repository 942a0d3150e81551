"""What this laptop holds and the server does not, though nothing is on its way any more.

A value that came from a colleague by hand is brought by its author or by whoever carries the packet, and no
laptop repeats it.  But an author's disk may go back, and a lie may have been weighed against other
certificates here than there.  A record that a whole sync has left as it was, with nothing carried here that
is new to the server, is offered once by this laptop; what of it its author never certified the server only
notes, and it is offered again when the server's word says that the author has, or its copy is another.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from ntmdesk.store.meta import keep_meta, read_meta
from ntmdesk.store.packets import Packets
from ntmdesk.store.vouchers import said_by_server
from sync.protocol.claims import claims
from sync.protocol.copies import Copy
from sync.protocol.image import parse_image

if TYPE_CHECKING:
    from ntmdesk.store.unit_of_work import UnitOfWork

_KEY = "stranded"
_CARRIED = ""
"""Stands among the records for all that is carried."""
_Kept = dict[str, tuple[str, bool]]
"""Record -> (a mark of what it was at the last call, whether it has been offered)."""
_decode = msgspec.json.Decoder(_Kept).decode


class _Plan(NamedTuple):
    """``kept``: what is remembered for the next call; ``offered``: ids of records."""

    kept: _Kept
    offered: list[str]


def has_stranded(uow: UnitOfWork) -> bool:
    """Whether ``offer_stranded`` would write anything; only reads."""
    return _plan(uow, uow.stream(), _before(uow)) is not None


def offer_stranded(uow: UnitOfWork) -> int:
    """Offers what stood stranded at the last call already and has not been offered since; how many records.

    Called once a sync, after what is carried was handed on, in the caller's write transaction.  What is still
    carried at the second call the server does not take: nothing waits for it.
    """
    stream = uow.stream()
    plan = _plan(uow, stream, _before(uow))
    if plan is None:
        return 0
    keep_meta(uow.db, _KEY, msgspec.json.encode(plan.kept).decode())
    return Packets(uow).offer(stream, plan.offered) if plan.offered else 0


def _before(uow: UnitOfWork) -> _Kept:
    return _decode(read_meta(uow.db, _KEY) or "{}")


def _plan(uow: UnitOfWork, stream: str, before: _Kept) -> _Plan | None:
    """What is to be done; None for nothing."""
    carried = _carried(uow, stream)
    if carried and before.get(_CARRIED, ("", False))[0] != carried:
        return _Plan({**before, _CARRIED: (carried, False)}, [])
    rows = uow.db.execute(
        "SELECT id, kind, hash, there, cells FROM record WHERE stream=? AND there IS NOT NULL "
        "AND n NOT IN (SELECT n FROM outgoing)",
        (stream,),
    ).fetchall()
    after: _Kept = {_CARRIED: (carried, False)} if carried else {}
    offered: list[str] = []
    said = said_by_server(uow) if rows else {}
    for id, kind, hash_, there, cells in rows:
        named = claims([Copy(kind, id, 0, parse_image(cells.encode()))])
        beyond = sorted(replica for replica, counter in named.items() if counter > said.get(replica, 0))
        key, mark = f"{kind}/{id}", ",".join([hash_.hex(), there.hex(), *beyond])
        known, done = before.get(key, ("", False))
        if known == mark and not done:
            offered.append(id)
        after[key] = (mark, known == mark)
    return _Plan(after, offered) if after != before else None


def _carried(uow: UnitOfWork, stream: str) -> str:
    """A mark of all that is carried for others, "" for nothing."""
    names = [held.hash.hex() for held in uow.carrying.waiting(stream)]
    names += [bundle.id for bundle in uow.carrying.sealed(stream)]
    return hashlib.blake2b("".join(names).encode(), digest_size=16).hexdigest() if names else ""
