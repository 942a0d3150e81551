"""A packet: what one replica saved in one stream since its last packet.  Numbered, chained, signed,
immutable.

Bytes of a packet (the same over HTTP, USB and LAN)::

    "NTMP" version:u8 head_length:u16be head signature:64 body

``head`` = replica:8  stream:16  previous:16  then varints: number, highest counter, catalogue version,
record count, and for each former id of the laptop that the body names: replica:8 and its varint counter.  The
signature (purpose ``ntmdesk.packet.1``) covers version, head and the blake2b-256 of the
body.  ``packet_hash`` of all bytes (16 bytes) is the idempotency key and the next packet's ``previous``.
"""

from __future__ import annotations

import hashlib
import struct
import uuid
from dataclasses import dataclass
from functools import cached_property

from sync.protocol import signing
from sync.protocol.dots import COUNTER_LIMIT
from sync.protocol.errors import WireError

MAGIC = b"NTMP"
VERSION = 1
FIRST = bytes(16)
"""``previous`` of packet number 1."""

PACKET_BYTES_LIMIT = 8 * 1024 * 1024
"""No packet is longer; the usual bound is ``PACKET_BYTES``."""
PACKET_RECORDS = 2_000
PACKET_BYTES = 2 * 1024 * 1024
"""Raw (uncompressed canonical) bytes at which a replica stops filling a packet."""
FORMER_IDS = 500
"""A head names at most so many former ids."""


@dataclass(frozen=True, slots=True)
class PacketHead:
    """What a packet says of itself.  ``number`` is gapless from 1 for each (replica, stream).

    ``highest``: the greatest counter this replica has issued when cutting: what it certifies (rule 13).
    ``catalogue``: version of the catalogue the cutter knows.  ``count``: records in the body.
    ``former``: ids that the same laptop had before and that the body names, ascending, each with the greatest
    counter named: its word that they were its own, and how far.
    """

    replica: str
    stream: str
    number: int
    previous: bytes
    highest: int
    catalogue: int
    count: int
    former: tuple[tuple[str, int], ...] = ()

    @property
    def certified(self) -> dict[str, int]:
        """Replica -> counter, of every id this head speaks for."""
        return {self.replica: self.highest, **dict(self.former)}


@dataclass(frozen=True)
class Packet:
    """One packet; ``body`` is what ``codec.pack_rows`` made.  Build with ``seal``, read with
    ``open_packet``."""

    head: PacketHead
    signature: bytes
    body: bytes

    @cached_property
    def data(self) -> bytes:
        """The immutable bytes."""
        return framed(MAGIC, self.head, self.signature, self.body)

    @cached_property
    def hash(self) -> bytes:
        """16 bytes standing for the whole packet."""
        return packet_hash(self.data)

    def signed_by(self, public: bytes) -> bool:
        """Whether the device key ``public`` signed this very packet."""
        return signing.verify(
            public, signing.PACKET, signed_bytes(self.head, body_hash(self.body)), self.signature
        )


def packet_hash(data: bytes) -> bytes:
    """16 bytes standing for a packet's bytes."""
    return hashlib.blake2b(data, digest_size=16, person=b"ntmdesk.packet").digest()


def seal(head: PacketHead, body: bytes, private: bytes) -> Packet:
    """Signs with the device key (32 bytes).  ValueError for a head that has no byte form."""
    return Packet(head, signing.sign(private, signing.PACKET, signed_bytes(head, body_hash(body))), body)


def open_packet(data: bytes) -> Packet:
    """Reads the frame; neither the signature nor the body is checked here.  WireError ``bad_packet``."""
    head, signature, body = unframed(data, MAGIC)
    if len(data) > PACKET_BYTES_LIMIT:
        raise WireError("bad_packet", reason="length")
    return Packet(read_head(head), signature, body)


def framed(magic: bytes, head: PacketHead, signature: bytes, rest: bytes) -> bytes:
    """A head and its signature, and what follows them, behind four bytes that say what it is."""
    data = head_bytes(head)
    return b"".join((magic, struct.pack(">BH", VERSION, len(data)), data, signature, rest))


def unframed(data: bytes, magic: bytes) -> tuple[bytes, bytes, bytes]:
    """(head, signature, the rest) of what ``framed`` made, none of it checked yet.

    WireError ``bad_packet``, ``too_new``.
    """
    if data[:4] != magic or len(data) < 7:
        raise WireError("bad_packet", reason="magic")
    version, length = struct.unpack_from(">BH", data, 4)
    if version != VERSION:
        raise WireError("too_new", what="packet", version=version)
    start = 7 + length
    end = start + signing.SIGNATURE_SIZE
    if len(data) < end:
        raise WireError("bad_packet", reason="length")
    return data[7:start], data[start:end], data[end:]


def body_hash(body: bytes) -> bytes:
    """The 32 bytes by which a signature stands for a packet's body."""
    return hashlib.blake2b(body, digest_size=32).digest()


def signed_bytes(head: PacketHead, body: bytes) -> bytes:
    """What a packet's signature covers; ``body``: its ``body_hash``."""
    return bytes([VERSION]) + head_bytes(head) + body


def head_bytes(head: PacketHead) -> bytes:
    """A head as it stands in a packet.  ValueError for one that has no byte form."""
    if len(head.previous) != 16:
        raise ValueError("previous")
    out = bytearray(bytes.fromhex(head.replica))
    out += uuid.UUID(head.stream).bytes
    out += head.previous
    for number in (head.number, head.highest, head.catalogue, head.count):
        put_varint(out, number)
    for replica, counter in head.former:
        out += bytes.fromhex(replica)
        put_varint(out, counter)
    return bytes(out)


def read_head(data: bytes) -> PacketHead:
    """A head from its bytes; WireError ``bad_packet``."""
    if len(data) < 44:
        raise WireError("bad_packet", reason="head")
    numbers = []
    at = 40
    for _ in range(4):
        number, at = get_varint(data, at)
        numbers.append(number)
    former: list[tuple[str, int]] = []
    while at < len(data):
        replica = data[at : at + 8].hex()
        counter, at = get_varint(data, at + 8)
        former.append((replica, counter))
    replica = data[:8].hex()
    ids = [former_id for former_id, _ in former]
    if (
        not 0 < numbers[0] < COUNTER_LIMIT
        or any(counter >= COUNTER_LIMIT for counter in (numbers[1], *dict(former).values()))
        or ids != sorted({*ids} - {replica})
        or len(ids) > FORMER_IDS
    ):
        raise WireError("bad_packet", reason="head")
    return PacketHead(
        replica=replica,
        stream=str(uuid.UUID(bytes=data[8:24])),
        number=numbers[0],
        previous=data[24:40],
        highest=numbers[1],
        catalogue=numbers[2],
        count=numbers[3],
        former=tuple(former),
    )


def put_varint(out: bytearray, number: int) -> None:
    """Appends a non-negative integer in base 128, lowest first."""
    if number < 0:
        raise ValueError("negative")
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)


def get_varint(data: bytes, at: int) -> tuple[int, int]:
    """Reads one varint (at most 9 bytes) and the place after it; WireError ``bad_packet``."""
    number = shift = 0
    while at < len(data) and shift < 63:
        byte = data[at]
        at += 1
        number |= (byte & 127) << shift
        if byte < 128:
            return number, at
        shift += 7
    raise WireError("bad_packet", reason="varint")
