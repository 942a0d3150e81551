"""What the server has refused for good of what this laptop carries: not brought to it again as things stand.

It stays here, goes along on every stick, and is brought again in another life of the server, with a newer
roster or catalogue, or when a person asks.  A reason that may pass by itself is never written down here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from ntmdesk.store.meta import keep_meta, read_meta
from sync.protocol.messages import Notice

if TYPE_CHECKING:
    from ntmdesk.store.unit_of_work import UnitOfWork

_KEY = "declined"
_Mark = tuple[str, int, int, int]
"""The server's life, and of what was known here: number of the roster, last change of a member (who enrols
again after the server went back has no higher roster), version of the server's catalogue."""
_NOTHING = '[["",0,0,0],{}]'
_decode = msgspec.json.Decoder(tuple[_Mark, dict[str, Notice]]).decode


def declined(uow: UnitOfWork) -> dict[str, Notice]:
    """Hash of a packet in hex, or id of a bundle -> what the server said of it, as long as that holds."""
    mark, found = _decode(read_meta(uow.db, _KEY) or _NOTHING)
    return found if found and mark == _mark(uow, read_meta(uow.db, "epoch") or "") else {}


def note_declined(uow: UnitOfWork, epoch: str, said: Mapping[str, Notice]) -> None:
    """Remembers what a server in the life ``epoch`` has refused for good; what is no longer carried is
    forgotten."""
    mark = _mark(uow, epoch)
    known, found = _decode(read_meta(uow.db, _KEY) or _NOTHING)
    stream = uow.stream()
    carried = {held.hash.hex() for held in uow.carrying.waiting(stream)}
    carried |= {bundle.id for bundle in uow.carrying.sealed(stream)}
    every = {**(found if known == mark else {}), **said}
    kept = {name: notice for name, notice in every.items() if name in carried}
    keep_meta(uow.db, _KEY, msgspec.json.encode((mark, kept)).decode())


def _mark(uow: UnitOfWork, epoch: str) -> _Mark:
    roster = uow.mates.roster()
    number = roster.number if roster is not None else 0
    return epoch, number, uow.mates.members_seq(), int(read_meta(uow.db, "server_catalogue") or 0)
