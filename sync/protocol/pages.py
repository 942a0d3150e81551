"""Pages: what the server says is new in a stream; cursors, epochs and digests that go with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
from msgspec import UNSET, UnsetType

from sync.protocol import signing
from sync.protocol.vouchers import Voucher


class Row(NamedTuple):
    """One record's copy on the way, whole (pages) or partial (packets).

    ``image``: canonical bytes (``image.encode_image``).  ``seq``: the server's number, 0 inside packets.
    """

    kind: str
    id: str
    image: bytes
    seq: int = 0


class Cursor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How far a laptop has read one stream (rule 20).

    ``server``: id of the server (UUID); ``epoch``: random of its life, "" before the first answer;
    ``generation``: of the membership, a new one reads from 0; ``seq`` and ``tag``: the last commit covered,
    0 and "" at the beginning.
    """

    server: str
    epoch: str
    stream: str
    generation: int = 1
    seq: int = 0
    tag: str = ""


class Digest(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Sum mod 2^128 of ``image_hash`` over the rows of a stream, 32 hex digits, and how many rows."""

    root: str
    count: int


class Page(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """New rows of one stream.  ``rows``: bytes of ``codec.pack_rows``, "" when there are none.

    ``cursor``: to be stored in one transaction with the rows.  ``more``: ask again.  ``digest``: on the last
    page only, of all rows of the stream at ``cursor.seq``.  ``voucher``: with rows, and when the request
    showed vouchers: what the replicas in these rows have certified.
    """

    cursor: Cursor
    count: int = 0
    rows: bytes = b""
    more: bool = False
    digest: Digest | None = None
    voucher: Voucher | UnsetType = UNSET


class Fork(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Up to which commit of a stream a new epoch still holds what its parent held."""

    stream: str
    seq: int
    tag: str


class Epoch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One unbroken life of a server (rules 20, 23), signed by its key.

    ``random``: 32 hex digits, the epoch's name everywhere.  ``parent``: random of the life before, "" for
    the first.  ``forks``: a stream not listed was unknown at the fork (fork at 0).  ``others``: lives besides
    the parent that a keeper has ended in favour of this one; whoever knew one of them follows too, and offers
    everything again.
    """

    server: str
    number: int
    random: str
    parent: str = ""
    forks: tuple[Fork, ...] = ()
    signature: bytes = b""
    others: tuple[str, ...] | UnsetType = UNSET

    def follows(self, life: str) -> bool:
        """Whether a laptop that knows ``life`` may go on with this one."""
        return self.parent == life or life in (self.others or ())


def sign_epoch(epoch: Epoch, private: bytes) -> Epoch:
    """The same epoch with the server's signature."""
    return msgspec.structs.replace(
        epoch, signature=signing.sign(private, signing.EPOCH, signing.unsigned(epoch))
    )


def epoch_is_true(epoch: Epoch, server_keys: tuple[bytes, ...]) -> bool:
    """Whether one of the server's keys signed exactly this epoch."""
    return signing.verify_any(server_keys, signing.EPOCH, signing.unsigned(epoch), epoch.signature)


def after(line: Sequence[Epoch], life: str) -> Sequence[Epoch]:
    """Of a server's lives, oldest first, those after the one named; all of them when it is "" or unknown."""
    for at, epoch in enumerate(line):
        if epoch.random == life:
            return line[at + 1 :]
        if life and life in (epoch.others or ()):
            return line[at:]
    return line


def forks_of(epochs: Sequence[Epoch], stream: str, life: str = "") -> int:
    """The lowest fork of a stream over several successive epochs: everything above it must be offered again.

    ``life``: the one known before them; 0 when the first of them is not its child but ended it.
    """
    if epochs and life and epochs[0].parent != life:
        return 0
    return min((next((f.seq for f in e.forks if f.stream == stream), 0) for e in epochs), default=0)


def is_lost(line: Sequence[Epoch], stream: str, life: str, seq: int) -> bool:
    """Whether what a life of the server said at a number of a stream is above the fork of a later one."""
    since = after(line, life)
    return bool(since) and seq > forks_of(since, stream, life)
