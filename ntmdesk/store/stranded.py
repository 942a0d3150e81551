"""What this laptop holds and the server does not, though nothing is on its way any more.

A value that came from a colleague by hand is brought by its author or by whoever carries the packet, and no
laptop repeats it.  But an author's disk may go back, and a lie may have been weighed against other
certificates here than there.  A record that a whole sync has left as it was, with nothing carried here that
is new to the server, is offered once by this laptop; what of it its author never certified the server only
notes, and it is offered again when the server's word says that the author has.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

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
_decode = msgspec.json.Decoder(dict[str, tuple[str, bool]]).decode


def offer_stranded(uow: UnitOfWork) -> int:
    """Offers what stood stranded at the last call already and has not been offered since; how many records.

    Called once a sync, after what is carried was handed on, in the caller's write transaction.  What is still
    carried at the second call the server does not take: nothing waits for it.
    """
    stream = uow.stream()
    before = _decode(read_meta(uow.db, _KEY) or "{}")
    carried = _carried(uow, stream)
    if carried and before.get(_CARRIED, ("", False))[0] != carried:
        keep_meta(uow.db, _KEY, msgspec.json.encode({**before, _CARRIED: (carried, False)}).decode())
        return 0
    rows = uow.db.execute(
        "SELECT id, kind, hash, cells FROM record WHERE stream=? AND there IS NOT NULL "
        "AND n NOT IN (SELECT n FROM outgoing)",
        (stream,),
    ).fetchall()
    after: dict[str, tuple[str, bool]] = {_CARRIED: (carried, False)} if carried else {}
    offered: list[str] = []
    said = said_by_server(uow) if rows else {}
    for id, kind, hash_, cells in rows:
        named = claims([Copy(kind, id, 0, parse_image(cells.encode()))])
        beyond = sorted(replica for replica, counter in named.items() if counter > said.get(replica, 0))
        key, mark = f"{kind}/{id}", ",".join([hash_.hex(), *beyond])
        known, done = before.get(key, ("", False))
        if known == mark and not done:
            offered.append(id)
        after[key] = (mark, known == mark)
    if after != before:
        keep_meta(uow.db, _KEY, msgspec.json.encode(after).decode())
    return Packets(uow).offer(stream, offered) if offered else 0


def _carried(uow: UnitOfWork, stream: str) -> str:
    """A mark of all that is carried for others, "" for nothing."""
    names = [held.hash.hex() for held in uow.carrying.waiting(stream)]
    names += [bundle.id for bundle in uow.carrying.sealed(stream)]
    return hashlib.blake2b("".join(names).encode(), digest_size=16).hexdigest() if names else ""
