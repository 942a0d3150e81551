"""A bundle: packets and what belongs to them in one file that people carry by hand (rules 14-17, 24).

::

    "NTMB" version:u8 length:u32be head  (length:u32be sealed part)*  0:u32be  signature:64

The head is JSON that anybody may read: ids, keys and counts, nothing of people.  Each part is sealed with
AES-256-GCM under the content key, bound to the head, its place and whether it is the last, so that a part
left out, moved or cut off shows.  The Ed25519 signature of the maker (purpose ``ntmdesk.bundle.1``) is over
the head and all sealed bytes: damage shows before anything is opened.
"""

from __future__ import annotations

import enum
import hashlib
import struct
from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO, NamedTuple, TypeVar

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sync.protocol import signing
from sync.protocol.errors import WireError
from sync.protocol.sealing import KEY_SIZE, Slot, unwrap, wrap

T = TypeVar("T")

MAGIC = b"NTMB"
VERSION = 1
HEAD_BYTES = 4 * 1024 * 1024
"""No head is longer."""
PART_BYTES = 64 * 1024 * 1024
"""No part is longer."""
SEALED_BYTES = 7 * 1024 * 1024
"""A bundle longer than this is not carried inside another one."""
_TAG = 16
_BLOCK = 1024 * 1024


class What(enum.IntEnum):
    """What a part holds."""

    END = 0
    """Nothing more comes."""
    PACKET = 1
    """A packet, the same bytes as over the line."""
    BUNDLE = 2
    """Another laptop's bundle that the maker could not open: carried on as it is."""
    RECEIPTS = 3
    """JSON list of ``receipts.Receipt``."""
    NOTES = 4
    """JSON list of ``carry_notes.CarryNote``."""
    ROSTER = 5
    """JSON of ``rosters.Roster``."""
    EPOCHS = 6
    """JSON list of ``pages.Epoch``, oldest first."""
    PAGE = 7
    """``BundlePage``: JSON head, a line feed, then rows as ``codec.pack_rows`` makes them."""
    READ = 8
    """JSON of ``HasRead``: how far the maker has read the server's stream."""
    VOUCHERS = 9
    """JSON list of ``vouchers.Voucher``: the server's word on how far each replica had come."""
    CATALOGUE = 10
    """``signed_catalogues.SignedCatalogue`` in a frame."""
    SPAN = 11
    """JSON of ``spans.Span``: from where to where a laptop's records reach."""
    KNOWS = 12
    """JSON of ``spans.Knows``: what the maker has taken from others."""
    PROOFS = 13
    """JSON list of ``proofs.Proof`` bytes: what replicas have certified, by their own signature."""


class Held(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A packet that a bundle holds."""

    origin: str
    number: int
    hash: bytes


class BundleHead(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What anybody may know of a bundle.  ``id``: 32 hex digits of chance; ``server``: "" in a team without
    one; ``maker``: device id, "" for the server; ``key``: the maker's Ed25519 public key; ``records``: in its
    packets; ``slots``: the content key for each reader."""

    id: str
    server: str
    stream: str
    maker: str
    key: bytes
    records: int
    held: tuple[Held, ...]
    slots: tuple[Slot, ...] = ()


class HasRead(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Up to where the maker has read the server's stream: an answer begins there."""

    epoch: str
    generation: int
    seq: int
    tag: str


class BundlePage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Rows of a stream.  From the server (``epoch`` not ""): everything in the interval (``after``, ``seq``]
    of that epoch, ``tag`` of the commit at its end.  From a laptop: copies as they stand there, no interval.
    """

    count: int
    epoch: str = ""
    generation: int = 1
    after: int = 0
    seq: int = 0
    tag: str = ""


class Part(NamedTuple):
    """One part, opened."""

    what: What
    data: bytes


def write_bundle(
    head: BundleHead,
    parts: Iterable[Part],
    readers: Iterable[bytes],
    private: bytes,
    random: Callable[[int], bytes],
) -> Iterator[bytes]:
    """The bytes of a bundle piece by piece, sealed to ``readers`` (X25519) and signed with ``private``.

    ``head.slots`` and ``head.key`` are filled in here.
    """
    content_key = random(KEY_SIZE)
    slots = wrap(content_key, readers, random)
    head = msgspec.structs.replace(head, slots=slots, key=signing.public_of(private))
    encoded = msgspec.json.encode(head)
    opening = MAGIC + bytes([VERSION]) + struct.pack(">I", len(encoded)) + encoded
    told = hashlib.blake2b(opening, digest_size=32)
    bound = told.digest()
    yield opening
    box = AESGCM(content_key)
    for number, part in enumerate(_ended(parts)):
        sealed = box.encrypt(
            number.to_bytes(12, "big"), bytes([part.what]) + part.data, _place(bound, number, part.what)
        )
        piece = struct.pack(">I", len(sealed)) + sealed
        told.update(piece)
        yield piece
    yield struct.pack(">I", 0) + signing.sign(private, signing.BUNDLE, told.digest())


def _ended(parts: Iterable[Part]) -> Iterator[Part]:
    for part in parts:
        if len(part.data) > PART_BYTES:
            raise WireError("too_large", limit=PART_BYTES)
        yield part
    yield Part(What.END, b"")


def _place(bound: bytes, number: int, what: What) -> bytes:
    return bound + number.to_bytes(8, "big") + bytes([what == What.END])


class Bundle:
    """A bundle in a file, its signature found true; whether its maker is anybody is the roster's to say.

    ``file`` must stay open and seekable while parts are read.
    """

    def __init__(self, file: BinaryIO, head: BundleHead, start: int, bound: bytes, size: int) -> None:
        self.head = head
        self.size = size
        self._file = file
        self._start = start
        self._bound = bound

    def is_for(self, private: bytes) -> bool:
        """Whether the holder of this X25519 key is a reader.  WireError ``bundle_damaged``."""
        return unwrap(self.head.slots, private) is not None

    def parts(self, private: bytes) -> Iterator[Part]:
        """The parts in order for a reader.  WireError ``bundle_damaged``; ``bundle_foreign`` for others."""
        key = unwrap(self.head.slots, private)
        if key is None:
            raise WireError("bundle_foreign", reason="reader")
        box = AESGCM(key)
        at = self._start
        number = 0
        while True:
            self._file.seek(at)
            (length,) = struct.unpack(">I", self._file.read(4))
            if not length:
                raise WireError("bundle_damaged", reason="end")
            sealed = self._file.read(length)
            at += 4 + length
            part = self._open(box, number, sealed)
            if part.what is What.END:
                return
            yield part
            number += 1

    def _open(self, box: AESGCM, number: int, sealed: bytes) -> Part:
        nonce = number.to_bytes(12, "big")
        for last in (What.PACKET, What.END):
            try:
                opened = box.decrypt(nonce, sealed, _place(self._bound, number, last))
            except InvalidTag:
                continue
            try:
                what = What(opened[0])
            except (ValueError, IndexError):
                raise WireError("too_new", what="bundle", version=VERSION) from None
            if (what is What.END) is not (last is What.END):
                break
            return Part(what, opened[1:])
        raise WireError("bundle_damaged", reason="part")


def read_bundle(file: BinaryIO, size: int) -> Bundle:
    """Reads a file from its present place through to the end, opening nothing.

    WireError ``bundle_damaged`` (no bundle, cut off, a bit turned, a signature that is not its maker's),
    ``too_new``, ``too_large``.
    """
    start = file.tell()
    fixed = file.read(9)
    if len(fixed) < 9 or fixed[:4] != MAGIC:
        raise WireError("bundle_damaged", reason="magic")
    if fixed[4] != VERSION:
        raise WireError(
            "too_new" if fixed[4] > VERSION else "bundle_damaged", what="bundle", version=fixed[4]
        )
    (length,) = struct.unpack(">I", fixed[5:])
    if length > HEAD_BYTES:
        raise WireError("bundle_damaged", reason="head")
    encoded = _exactly(file, length)
    told = hashlib.blake2b(fixed + encoded, digest_size=32)
    bound = told.digest()
    head = _read_head(encoded)
    while True:
        prefix = _exactly(file, 4)
        (length,) = struct.unpack(">I", prefix)
        if not length:
            break
        if not _TAG < length <= PART_BYTES + _TAG + 1:
            raise WireError("bundle_damaged", reason="part")
        told.update(prefix)
        while length:
            block = _exactly(file, min(length, _BLOCK))
            told.update(block)
            length -= len(block)
    signature = _exactly(file, signing.SIGNATURE_SIZE)
    if file.read(1) or file.tell() - start != size:
        raise WireError("bundle_damaged", reason="left over")
    if not signing.verify(head.key, signing.BUNDLE, told.digest(), signature):
        raise WireError("bundle_damaged", reason="signature")
    return Bundle(file, head, start + 9 + len(encoded), bound, size)


def _exactly(file: BinaryIO, length: int) -> bytes:
    data = file.read(length)
    if len(data) != length:
        raise WireError("bundle_damaged", reason="cut off")
    return data


def _read_head(encoded: bytes) -> BundleHead:
    try:
        head = msgspec.json.decode(encoded, type=BundleHead)
    except (msgspec.DecodeError, RecursionError, ValueError):
        raise WireError("bundle_damaged", reason="head") from None
    if len(head.key) != 32 or len(head.id) != 32:
        raise WireError("bundle_damaged", reason="head")
    return head


def page_part(page: BundlePage, rows: bytes) -> Part:
    """A part that holds rows."""
    return Part(What.PAGE, msgspec.json.encode(page) + b"\n" + rows)


def read_page(data: bytes) -> tuple[BundlePage, bytes]:
    """(page, its packed rows) of such a part; WireError ``bundle_damaged``."""
    encoded, feed, rows = data.partition(b"\n")
    if not feed:
        raise WireError("bundle_damaged", reason="page")
    return read_json(encoded, BundlePage), rows


def json_part(what: What, value: object) -> Part:
    """A part that holds JSON."""
    return Part(what, msgspec.json.encode(value))


def read_json(data: bytes, kind: type[T]) -> T:
    """What a JSON part holds; WireError ``bundle_damaged``."""
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.DecodeError, RecursionError, ValueError):
        raise WireError("bundle_damaged", reason="json") from None
