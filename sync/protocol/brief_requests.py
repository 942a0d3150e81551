"""An exchange request that leaves out what its reader knows.

Between two who have spoken before, most of a small exchange is names: server, stream and life, the tag of the
cursor and the packet's link to the one before it stand at both ends already.  A brief request leaves them
out and brings a check over what it says and what it leaves out; the server puts it together again, and where
the check differs it asks for all of it (``say_in_full``).  What is signed is signed in its whole form, and
every rule is applied to that.

After the byte ``b``::

    varint protocol, flags:u8 (1 last, 2 packet, 4 limits, 8 former ids), replica:8 nonce:8 after:8,
    varint number, catalogue, seq
    [4: varint records and bytes of a page]
    [2: varint number, highest, catalogue, records, [8: varint n, n times (replica:8 varint counter)],
        signature:64, body]
    check:8

The check is over all bytes before it, the cursor's JSON, and the hash of the packet before the one brought.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import NamedTuple

import msgspec

from sync.protocol.brief_bytes import MARK, BriefBytes, name, numbers
from sync.protocol.errors import WireError
from sync.protocol.messages import ExchangeRequest, Limits
from sync.protocol.packets import FIRST, FORMER_IDS, Packet, PacketHead, open_packet
from sync.protocol.pages import Cursor
from sync.protocol.signing import SIGNATURE_SIZE
from sync.protocol.versions import SPOKEN, Versions

CHECK = 8
"""Bytes of the check: against accident, for a laptop that looks for another meaning of its own words could
have said that one as well."""

LAST, PACKET, LIMITS, FORMER = 1, 2, 4, 8


class BriefRequest(NamedTuple):
    """What a brief request says.

    ``said``: all but cursor and packet; ``seq``: of its one cursor; ``packet``: its head names neither the
    stream ("") nor the packet before it (b"").  ``words``: the bytes that ``check`` follows.
    """

    said: ExchangeRequest
    seq: int
    packet: Packet | None
    words: bytes
    check: bytes

    def in_full(self, cursor: Cursor, previous: bytes) -> ExchangeRequest:
        """The request meant, put together with what the reader knows.

        ``cursor``: as the reader gave it out with ``seq``; ``previous``: hash of the packet before this one,
        ``FIRST`` where none is brought.
        WireError ``say_in_full`` when the writer knew something else.
        """
        if _check(self.words, cursor, previous) != self.check:
            raise WireError("say_in_full")
        packets: tuple[bytes, ...] = ()
        if self.packet is not None:
            head = replace(self.packet.head, stream=cursor.stream, previous=previous)
            packets = (Packet(head, self.packet.signature, self.packet.body).data,)
        return msgspec.structs.replace(self.said, cursors=(cursor,), packets=packets)


def write_request(request: ExchangeRequest) -> bytes | None:
    """The brief form of a request; None for one that has none: the first, one of several streams, one with
    tags or vouchers, one that limits packets too."""
    if len(request.cursors) != 1 or not request.cursors[0].epoch or len(request.packets) > 1:
        return None
    if request.tags or request.vouchers:
        return None
    (cursor,), limits = request.cursors, request.limits
    flags, more, previous = request.last * LAST, b"", FIRST
    if limits is not None:
        flags |= LIMITS
        if limits != Limits(page_records=limits.page_records, page_bytes=limits.page_bytes):
            return None
        more = numbers(limits.page_records, limits.page_bytes)
    if request.packets:
        flags |= PACKET
        packet = open_packet(request.packets[0])
        head, previous = packet.head, packet.head.previous
        if (head.replica, head.stream) != (request.replica, cursor.stream):
            return None
        if packet.data != request.packets[0]:
            return None
        more += numbers(head.number, head.highest, head.catalogue, head.count)
        if head.former:
            flags |= FORMER
            more += numbers(len(head.former))
            more += b"".join(name(replica) + numbers(counter) for replica, counter in head.former)
        more += packet.signature + packet.body
    try:
        names = name(request.replica) + name(request.nonce) + name(request.after)
    except ValueError:
        return None
    counted = numbers(request.number, request.catalogue, cursor.seq)
    words = b"".join((MARK, numbers(request.protocol), bytes([flags]), names, counted, more))
    return words + _check(words, cursor, previous)


def read_request(data: bytes, spoken: Versions = SPOKEN) -> BriefRequest:
    """Reads a brief request in a version spoken here.

    WireError ``too_old``, ``too_new`` (whatever follows the version), ``bad_message``, ``too_large``.
    """
    reader = BriefBytes(data)
    protocol = reader.number()
    spoken.check(protocol)
    flags = reader.flags(LAST | PACKET | LIMITS | FORMER)
    replica, nonce, after = reader.name(), reader.name(), reader.name()
    number, catalogue, seq = reader.number(), reader.number(), reader.number()
    limits = packet = None
    if flags & FORMER and not flags & PACKET:
        raise WireError("bad_message", reason="flags")
    if flags & LIMITS:
        limits = Limits(page_records=reader.number(), page_bytes=reader.number())
    if flags & PACKET:
        counted = (reader.number(), reader.number(), reader.number(), reader.number())
        former = tuple((reader.name(), reader.number()) for _ in range(_former(reader, flags)))
        head = PacketHead(replica, "", counted[0], b"", *counted[1:], former)
        packet = Packet(head, reader.take(SIGNATURE_SIZE), reader.rest(CHECK))
    check = reader.take(CHECK)
    reader.end()
    said = ExchangeRequest(
        protocol, replica, nonce, number, after, catalogue, limits=limits, last=bool(flags & LAST)
    )
    return BriefRequest(said, seq, packet, data[:-CHECK], check)


def _former(reader: BriefBytes, flags: int) -> int:
    """How many former ids the packet's head names; the packet put together is read like any other."""
    if not flags & FORMER:
        return 0
    count = reader.number()
    if not 0 < count <= FORMER_IDS:
        raise WireError("bad_message", reason="former")
    return count


def _check(words: bytes, cursor: Cursor, previous: bytes) -> bytes:
    said = hashlib.blake2b(words, digest_size=CHECK, person=b"ntmdesk.brief")
    said.update(msgspec.json.encode(cursor))
    said.update(previous)
    return said.digest()
