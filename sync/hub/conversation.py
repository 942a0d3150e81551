"""Is this the replica we know, speaking the conversation we know?  (rule 22)"""

from __future__ import annotations

import threading
from collections import OrderedDict

from sync.hub.certifying import has_too_many_ids, owns
from sync.hub.ports import ArchiveTransaction, Device, Talk
from sync.protocol.errors import WireError
from sync.protocol.messages import ExchangeRequest, body_id
from sync.protocol.pages import Cursor, Epoch

KEPT = 20_000
"""Replicas whose unnoted conversation is remembered; the longest silent are forgotten first."""


class Unnoted:
    """The last conversation of a replica that brought nothing and was not noted, as long as this process
    remembers: a laptop that names it all the same as its last answered one is no clone.  Any thread."""

    def __init__(self) -> None:
        self._nonces: OrderedDict[str, str] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, replica: str) -> str | None:
        """Its nonce."""
        return self._nonces.get(replica)

    def remember(self, replica: str, nonce: str) -> None:
        """An exchange of this conversation was not noted."""
        with self._lock:
            self._nonces[replica] = nonce
            self._nonces.move_to_end(replica)
            while len(self._nonces) > KEPT:
                self._nonces.popitem(last=False)


def greet(
    tx: ArchiveTransaction, device: Device, request: ExchangeRequest, body: bytes, unnoted: Unnoted
) -> Talk | None:
    """What is to be noted of the exchange, if it is worth remembering.

    WireError ``clone`` when two machines speak under one replica id, ``too_many_ids`` when the laptop has had
    as many as one may have.

    A conversation follows the last one whose answer arrived (``after``): that is the server's current one, or
    the one before it when the answer was lost.  A laptop that has not heard of the present epoch, or has read
    a commit that is not known here, is believed: the server's own memory of it may have gone back.
    """
    if not all(owns(tx, stream, request.replica, device) for stream in sorted(device.streams)):
        many = has_too_many_ids(tx, request.replica, device)
        raise WireError("too_many_ids" if many else "clone", replica=request.replica)
    digest = bytes.fromhex(body_id(body))
    talk = tx.talk(request.replica)
    if talk is None:
        return Talk(request.nonce, request.after, request.number, digest)
    if request.nonce == talk.nonce:
        if request.number == talk.number and digest != talk.body:
            raise WireError("clone", replica=request.replica)
        if request.number > talk.number:
            return Talk(talk.nonce, talk.base, request.number, digest)
    else:
        current = tx.epoch().random
        heard = all(
            cursor.epoch == current and _known(tx, cursor) for cursor in request.cursors if cursor.epoch
        )
        if heard and request.after not in (talk.nonce, talk.base, unnoted.of(request.replica)):
            raise WireError("clone", replica=request.replica)
        return Talk(request.nonce, request.after, request.number, digest)
    return None


def lives_after(tx: ArchiveTransaction, life: str, device: Device, now: int) -> tuple[Epoch, ...]:
    """The lives to tell a laptop of that knows another one than the present.

    A life that this server has never led is written down for its keeper: the server went back behind it, or
    two servers grew out of one backup.  The laptop refuses then, until the keeper chooses.
    """
    line = tuple(tx.epochs_since(life))
    if line and not line[0].follows(life):
        tx.note("other_life", now, "", device.id, life, {})
    return line


def _known(tx: ArchiveTransaction, cursor: Cursor) -> bool:
    return not cursor.seq or tx.commit_at(cursor.stream, cursor.seq) == cursor.tag
