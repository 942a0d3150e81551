"""Requests and replies, the versions of the protocol, and limits.

All are ``msgspec`` structs; ``codec.encode_message``/``decode_message`` turn them into bytes (packed or plain
JSON) and back, strictly: unknown fields of a message are refused, unknown kinds and fields of *records* are
not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from sync.protocol.bundles import Held
from sync.protocol.packets import PACKET_BYTES, PACKET_RECORDS
from sync.protocol.pages import Cursor, Digest, Epoch, Page
from sync.protocol.receipts import Receipt
from sync.protocol.vouchers import Voucher

MIN_PROTOCOL = 1
"""1: the first one: dotted cells, packets, pages, receipts."""
MAX_PROTOCOL = 1
"""1: nothing newer is spoken yet."""

REQUEST_BYTES = 16 * 1024 * 1024
"""No request or reply is longer on the wire."""


def body_id(body: bytes) -> str:
    """32 hex digits standing for the bytes of a request: what binds an exchange's number to what was said."""
    return hashlib.blake2b(body, digest_size=16, person=b"ntmdesk.exchange").hexdigest()


COMPARE_IDS = 500
"""No comparison asks for more copies at once."""
RELAY_HELD = 2_000
"""No relay names more packets at once."""


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How much one exchange may carry: asked by the laptop (slow line: less), bounded by the server.

    What stands at its default is not written."""

    packet_records: int = PACKET_RECORDS
    packet_bytes: int = PACKET_BYTES
    page_records: int = 2_000
    page_bytes: int = 2 * 1024 * 1024


class Notice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something the server says beside its answer.

    Codes: ``tags_wanted`` (stream: send the tags you remember), ``gap`` (stream, origin, number = next number
    expected of its packets), ``packet_refused`` (stream, origin, number, reason), ``foreign_stream``
    (stream), ``scope_changed``, ``catalogue_newer`` (version).
    """

    code: str
    details: dict[str, Any] = {}


class Tags(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The commits of a stream that a laptop remembers, newest first: ``[[seq, tag], ...]`` (rule 20)."""

    stream: str
    tags: tuple[tuple[int, str], ...]


class ExchangeRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One step up.  ``nonce``: 16 hex digits made once a conversation; ``number`` counts exchanges in it
    from 1.

    (nonce, number) is the exchange's id, bound to the hash of the request's bytes: the same id with other
    bytes is a clone; a repeat of the same bytes is answered by merging again (rule 22).  ``after``: nonce
    of the last conversation that was answered, "" if none: two laptops with one replica id show here.
    ``packets``: bytes of whole packets, ascending by number within a stream.  ``last``: nothing else waits,
    so the last page should bring its digest.  ``vouchers``: of former lives of this server, as long as the
    present one has not said as much.
    """

    protocol: int
    replica: str
    nonce: str
    number: int
    after: str
    catalogue: int
    cursors: tuple[Cursor, ...] = ()
    packets: tuple[bytes, ...] = ()
    limits: Limits | None = None
    tags: tuple[Tags, ...] = ()
    last: bool = True
    vouchers: tuple[Voucher, ...] | UnsetType = UNSET


class ExchangeReply(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One step down.  ``time``: server's seconds since 1970, for display.  ``epoch``: random of the current
    life.

    ``epochs``: oldest first, the lives since the one the cursors named, when that is not the current one;
    then there are no pages: the laptop adopts them and asks again.  ``limits``: when not the defaults.
    """

    protocol: int
    server: str
    time: int
    epoch: str
    catalogue: int
    receipts: tuple[Receipt, ...] = ()
    pages: tuple[Page, ...] = ()
    epochs: tuple[Epoch, ...] = ()
    limits: Limits | None = None
    notices: tuple[Notice, ...] = ()


def worth_remembering(
    request: ExchangeRequest, receipts: Sequence[Receipt], pages: Sequence[Page], epochs: Sequence[Epoch]
) -> bool:
    """Whether both sides note an exchange as the last of its replica (rule 22).

    Where nothing went up, nothing new came down and no cursor moved neither does, and the next conversation
    follows the same one as this: a sync without changes writes nothing on either side.  Both decide by this
    on the same request and answer.
    """
    return bool(request.packets or request.tags or receipts or epochs) or any(
        page.count or page.more or page.cursor not in request.cursors for page in pages
    )


class CompareRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Narrowing after two digests differ (rule 37).  ``ask``:

    - ``kinds``: nothing else needed
    - ``buckets``: ``kind``; answered with 256 sums by first byte of blake2b(id)
    - ``hashes``: ``kind`` and ``buckets`` (their numbers)
    - ``rows``: ``ids``: the server's full copies
    """

    protocol: int
    replica: str
    stream: str
    ask: str
    kind: str = ""
    buckets: tuple[int, ...] = ()
    ids: tuple[str, ...] = ()


class CompareReply(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``sums``: kind (or bucket number as text) -> digest.  ``hashes``: id -> 32 hex digits.  ``rows``:
    packed."""

    epoch: str
    seq: int
    sums: dict[str, Digest] = {}
    hashes: dict[str, str] = {}
    rows: bytes = b""


class RelayRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Handing on what others wrote (rule 16).  ``held``: packets of other replicas that this laptop carries:
    those the server has are answered with their receipts, the others are wanted.  ``parts``: whole packets,
    and whole bundles that this laptop could not open.  It carries no nonce: merging twice changes nothing.
    """

    protocol: int
    stream: str
    held: tuple[Held, ...] = ()
    parts: tuple[bytes, ...] = ()


class RelayReply(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``receipts``: for packets named or brought; ``wanted``: places in ``held`` of packets to bring.
    Notices: ``packet_refused`` (origin, number, reason), ``clone`` (origin, number: another packet stands
    there, or does not follow; taken all the same), ``bundle_refused`` (reason)."""

    epoch: str
    receipts: tuple[Receipt, ...] = ()
    wanted: tuple[int, ...] = ()
    notices: tuple[Notice, ...] = ()


class EnrolRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Registers this laptop with a one-time code.  ``device_key``: Ed25519 public key (32 bytes) made at
    init; ``sealing_key``: X25519 public key, b"" if none.  ``person``: id and name of who is at the
    keyboard."""

    protocol: int
    code: str
    replica: str
    device_key: bytes
    person: str
    name: str
    sealing_key: bytes = b""


class StreamGrant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A stream this device reads and writes.  ``of``: ``team`` or ``upper``."""

    stream: str
    of: str
    generation: int = 1


class Enrolment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a laptop keeps of its enrolment.  ``token`` goes into ``Authorization: Bearer``;
    ``server_keys``: the server's Ed25519 public keys, present one first; ``server_sealing_key``: X25519;
    ``hamlets``: record ids. ``member``: record id of the person's member record (the person id sent, or one
    the server knew)."""

    server: str
    device: str
    token: str
    team: str
    streams: tuple[StreamGrant, ...]
    role: str
    member: str
    hamlets: tuple[str, ...]
    server_keys: tuple[bytes, ...]
    server_sealing_key: bytes
    epoch: Epoch
    roster: int
    catalogue: int
    time: int


class Hello(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Answer of ``GET /v1/hello``: open to anybody, says nothing of people."""

    server: str
    minimum: int
    maximum: int
    time: int
    epoch: str
    catalogue: int


class ErrorReply(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A refusal of a whole request: ``{"error": {"code": ..., "details": {...}}}`` on the wire."""

    code: str
    details: dict[str, Any] = {}


Message = (
    ExchangeRequest
    | ExchangeReply
    | CompareRequest
    | CompareReply
    | RelayRequest
    | RelayReply
    | EnrolRequest
    | Enrolment
    | Hello
    | ErrorReply
)
