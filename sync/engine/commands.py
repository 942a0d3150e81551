"""What a conversation wants done; the runner carries it out and answers with an event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sync.engine.ports import SiftedPage
from sync.protocol.errors import WireError
from sync.protocol.messages import ExchangeRequest, Limits
from sync.protocol.pages import Digest, Epoch
from sync.protocol.receipts import Receipt


@dataclass(frozen=True, slots=True)
class Cut:
    """Ask the replica for packet ``number`` of a stream -> Gathered."""

    stream: str
    number: int
    limits: Limits


@dataclass(frozen=True, slots=True)
class Send:
    """Send this request; a second ``Send`` of an equal request sends the same bytes -> Replied or Dropped.

    ``in_full``: not in the brief form, which the server could not complete."""

    request: ExchangeRequest
    in_full: bool = False


@dataclass(frozen=True, slots=True)
class Take:
    """Store receipts and pages in one transaction -> Took.  ``nonce`` "": nothing to remember."""

    nonce: str
    receipts: tuple[Receipt, ...]
    pages: tuple[SiftedPage, ...]
    catalogue: int


@dataclass(frozen=True, slots=True)
class Adopt:
    """A new life of the server, verified -> Stood."""

    epochs: tuple[Epoch, ...]


@dataclass(frozen=True, slots=True)
class Resume:
    """The server expects this packet number next -> Stood."""

    stream: str
    number: int


@dataclass(frozen=True, slots=True)
class Renew:
    """Become a new incarnation -> Stood."""

    reason: str


@dataclass(frozen=True, slots=True)
class Recall:
    """Read the tags remembered of these streams -> Remembered."""

    streams: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """Compare the replica's digests with these -> Checked."""

    digests: Mapping[str, Digest]


@dataclass(frozen=True, slots=True)
class Narrow:
    """Find the records that differ, merge the server's copies, offer ours -> Narrowed."""

    streams: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wait:
    """Let so many seconds pass (the runner adds a little chance) -> Woke."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Finish:
    """The conversation is over; ``problem`` tells why, if not because all was done."""

    problem: WireError | None = None


Command = Cut | Send | Take | Adopt | Resume | Renew | Recall | Check | Narrow | Wait | Finish
