"""The brief form of an exchange: only what the other side does not know yet.

Most exchanges go on where the last one ended: one stream, one packet or none.  The names of server, stream
and life, the tag of the cursor and the packet's link to the one before it stand at both ends already.  A
brief request leaves them out and brings a check over the whole of it; the server puts it together again,
and where the check differs it asks for all of it (``say_in_full``).  A brief answer leaves out what stands in
the request.  What is signed is signed in its whole form, and every rule is applied to that.

Request, after the byte ``b``::

    varint protocol, flags:u8 (1 last, 2 packet, 4 limits), replica:8 nonce:8 after:8,
    varint number, catalogue, seq, check:8
    [4: varint records and bytes of a page]
    [2: varint number, highest, catalogue, records, signature:64, body up to the end]

Answer, after the byte ``b``::

    flags:u8 (1 receipt, 2 cursor, 4 digest, 8 voucher, 16 rows, 32 more), varint time, catalogue
    [1: varint seq, signature:64]  [2: varint seq, tag:8]  [4: root:16, varint count]
    [8: varint n, n times replica:8 varint counter, signature:64]  [16: varint count, rows up to the end]
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import NamedTuple

import msgspec
from msgspec import UNSET

from sync.protocol.errors import WireError
from sync.protocol.messages import REQUEST_BYTES, ExchangeReply, ExchangeRequest, Limits
from sync.protocol.packets import Packet, PacketHead, get_varint, open_packet, packet_hash, put_varint
from sync.protocol.pages import Cursor, Digest, Page
from sync.protocol.receipts import Receipt
from sync.protocol.signing import SIGNATURE_SIZE
from sync.protocol.vouchers import Voucher

MARK = b"b"
"""First byte of a brief message."""
CHECK = 8

LAST, PACKET, LIMITS = 1, 2, 4
RECEIPT, MOVED, DIGEST, VOUCHER, ROWS, MORE = 1, 2, 4, 8, 16, 32


class BriefPacket(NamedTuple):
    """A packet without what both sides know of it; fields as in ``PacketHead``, ``records`` its count."""

    number: int
    highest: int
    catalogue: int
    records: int
    signature: bytes
    body: bytes


class BriefRequest(NamedTuple):
    """What a brief request says; fields as in ``ExchangeRequest``, ``seq`` of its one cursor."""

    protocol: int
    last: bool
    replica: str
    nonce: str
    after: str
    number: int
    catalogue: int
    seq: int
    check: bytes
    limits: Limits | None
    packet: BriefPacket | None

    def in_full(
        self, server: str, epoch: str, stream: str, generation: int, tag: str, previous: bytes
    ) -> ExchangeRequest:
        """The request meant, put together with what the reader knows.

        ``previous``: hash of the packet before this one.  WireError ``say_in_full`` when the writer knew
        something else.
        """
        packets: tuple[bytes, ...] = ()
        if self.packet is not None:
            number, highest, catalogue, records, signature, body = self.packet
            head = PacketHead(self.replica, stream, number, previous, highest, catalogue, records)
            packets = (Packet(head, signature, body).data,)
        request = ExchangeRequest(
            protocol=self.protocol,
            replica=self.replica,
            nonce=self.nonce,
            number=self.number,
            after=self.after,
            catalogue=self.catalogue,
            cursors=(Cursor(server, epoch, stream, generation, self.seq, tag),),
            packets=packets,
            limits=self.limits,
            last=self.last,
        )
        if _check(request) != self.check:
            raise WireError("say_in_full")
        return request


def write_request(request: ExchangeRequest) -> bytes | None:
    """The brief form of a request; None for one that has none: the first, one of several streams, one with
    tags or vouchers."""
    if len(request.cursors) != 1 or not request.cursors[0].epoch or len(request.packets) > 1:
        return None
    replica, nonce, after = map(_raw, (request.replica, request.nonce, request.after))
    limits = request.limits
    if request.tags or request.vouchers or not (replica and nonce and after):
        return None
    if limits is not None and limits != Limits(
        page_records=limits.page_records, page_bytes=limits.page_bytes
    ):
        return None
    (cursor,) = request.cursors
    packet = open_packet(request.packets[0]) if request.packets else None
    if packet is not None and (packet.head.replica, packet.head.stream) != (request.replica, cursor.stream):
        return None
    out = bytearray(MARK)
    put_varint(out, request.protocol)
    out.append(request.last * LAST | (packet is not None) * PACKET | (limits is not None) * LIMITS)
    out += replica + nonce + after
    _put(out, (request.number, request.catalogue, cursor.seq))
    out += _check(request)
    if limits is not None:
        _put(out, (limits.page_records, limits.page_bytes))
    if packet is not None:
        head = packet.head
        _put(out, (head.number, head.highest, head.catalogue, head.count))
        out += packet.signature + packet.body
    return bytes(out)


def protocol_of(data: bytes) -> int:
    """The version a brief request is in, whatever else stands in it.  WireError ``bad_message``,
    ``too_large``."""
    return _Reader(data).number()


def read_request(data: bytes) -> BriefRequest:
    """Reads a brief request.  WireError ``bad_message``, ``too_large``."""
    reader = _Reader(data)
    protocol = reader.number()
    flags = reader.flags(LAST | PACKET | LIMITS)
    replica, nonce, after = (reader.take(8).hex() for _ in range(3))
    number, catalogue, seq = (reader.number() for _ in range(3))
    check = reader.take(CHECK)
    limits = packet = None
    if flags & LIMITS:
        limits = Limits(page_records=reader.number(), page_bytes=reader.number())
    if flags & PACKET:
        packet = BriefPacket(
            *(reader.number(), reader.number(), reader.number(), reader.number()),
            *(reader.take(SIGNATURE_SIZE), reader.rest()),
        )
    reader.end()
    return BriefRequest(
        protocol, bool(flags & LAST), replica, nonce, after, number, catalogue, seq, check, limits, packet
    )


class _Told(NamedTuple):
    """What a brief answer says; ``receipt``: seq and signature, ``cursor``: seq and tag, ``rows``: count and
    body."""

    time: int
    catalogue: int
    receipt: tuple[int, bytes] | None
    cursor: tuple[int, str] | None
    digest: Digest | None
    voucher: tuple[dict[str, int], bytes] | None
    rows: tuple[int, bytes] | None
    more: bool

    def in_full(self, request: ExchangeRequest) -> ExchangeReply:
        """The answer meant to this request, which has one cursor."""
        (asked,) = request.cursors
        cursor = asked
        if self.cursor is not None:
            cursor = msgspec.structs.replace(asked, seq=self.cursor[0], tag=self.cursor[1])
        page = Page(cursor, *(self.rows or (0, b"")), more=self.more, digest=self.digest)
        if self.voucher is not None:
            voucher = Voucher(asked.server, asked.epoch, asked.stream, *self.voucher)
            page = msgspec.structs.replace(page, voucher=voucher)
        receipts: tuple[Receipt, ...] = ()
        if self.receipt is not None:
            (data,) = request.packets
            head = open_packet(data).head
            seq, signature = self.receipt
            named = (asked.epoch, head.stream, head.replica, head.number, packet_hash(data), seq)
            receipts = (Receipt(*named, signature=signature),)
        return ExchangeReply(
            protocol=request.protocol,
            server=asked.server,
            time=self.time,
            epoch=asked.epoch,
            catalogue=self.catalogue,
            receipts=receipts,
            pages=(page,),
        )

    def written(self) -> bytes | None:
        """The bytes; None where a name in it has no short form."""
        out = bytearray(MARK)
        parts = (self.receipt, self.cursor, self.digest, self.voucher, self.rows, self.more or None)
        out.append(sum(1 << n for n, part in enumerate(parts) if part is not None))
        _put(out, (self.time, self.catalogue))
        if self.receipt is not None:
            put_varint(out, self.receipt[0])
            out += self.receipt[1]
        if self.cursor is not None:
            tag = _raw(self.cursor[1])
            if tag is None:
                return None
            put_varint(out, self.cursor[0])
            out += tag
        if self.digest is not None:
            out += bytes.fromhex(self.digest.root)
            put_varint(out, self.digest.count)
        if self.voucher is not None:
            certified, signature = self.voucher
            put_varint(out, len(certified))
            for name, counter in sorted(certified.items()):
                replica = _raw(name)
                if replica is None:
                    return None
                out += replica
                put_varint(out, counter)
            out += signature
        if self.rows is not None:
            put_varint(out, self.rows[0])
            out += self.rows[1]
        return bytes(out)


def write_answer(reply: ExchangeReply, request: ExchangeRequest) -> bytes | None:
    """The brief form of the answer to a request that came in brief; None for one that says more than it can
    hold: exceptions, notices, lives, another cursor's name."""
    if len(reply.pages) != 1 or len(reply.receipts) > len(request.packets):
        return None
    (page,), (asked,) = reply.pages, request.cursors
    voucher = None if page.voucher is UNSET else page.voucher
    told = _Told(
        time=reply.time,
        catalogue=reply.catalogue,
        receipt=(reply.receipts[0].seq, reply.receipts[0].signature) if reply.receipts else None,
        cursor=(page.cursor.seq, page.cursor.tag) if page.cursor != asked else None,
        digest=page.digest,
        voucher=(voucher.certified, voucher.signature) if voucher is not None else None,
        rows=(page.count, page.rows) if page.count or page.rows else None,
        more=page.more,
    )
    return told.written() if told.in_full(request) == reply else None


def read_answer(data: bytes, request: ExchangeRequest) -> ExchangeReply:
    """Reads the brief answer to a request.  WireError ``bad_message``, ``too_large``."""
    reader = _Reader(data)
    flags = reader.flags(RECEIPT | MOVED | DIGEST | VOUCHER | ROWS | MORE)
    if len(request.cursors) != 1 or (flags & RECEIPT and len(request.packets) != 1):
        raise WireError("bad_message", reason="brief")
    reply = _Told(
        time=reader.number(),
        catalogue=reader.number(),
        receipt=(reader.number(), reader.take(SIGNATURE_SIZE)) if flags & RECEIPT else None,
        cursor=(reader.number(), reader.take(8).hex()) if flags & MOVED else None,
        digest=Digest(reader.take(16).hex(), reader.number()) if flags & DIGEST else None,
        voucher=(reader.counters(), reader.take(SIGNATURE_SIZE)) if flags & VOUCHER else None,
        rows=(reader.number(), reader.rest()) if flags & ROWS else None,
        more=bool(flags & MORE),
    ).in_full(request)
    reader.end()
    if write_answer(reply, request) != data:
        raise WireError("bad_message", reason="brief")
    return reply


def _check(request: ExchangeRequest) -> bytes:
    """Eight bytes that stand for the whole request."""
    said = hashlib.blake2b(digest_size=CHECK, person=b"ntmdesk.brief")
    said.update(msgspec.json.encode(msgspec.structs.replace(request, packets=())))
    for data in request.packets:
        said.update(packet_hash(data))
    return said.digest()


def _raw(text: str) -> bytes | None:
    """The eight bytes of 16 hex digits, None for anything else."""
    try:
        data = bytes.fromhex(text)
    except ValueError:
        return None
    return data if len(data) == 8 and data.hex() == text else None


def _put(out: bytearray, numbers: Iterable[int]) -> None:
    for number in numbers:
        put_varint(out, number)


class _Reader:
    """Takes a brief message apart from its beginning; every step raises WireError ``bad_message``."""

    def __init__(self, data: bytes) -> None:
        if len(data) > REQUEST_BYTES:
            raise WireError("too_large", limit=REQUEST_BYTES)
        if data[:1] != MARK:
            raise WireError("bad_message", reason="magic")
        self._data = data
        self._at = 1

    def number(self) -> int:
        try:
            number, end = get_varint(self._data, self._at)
        except WireError:
            raise WireError("bad_message", reason="length") from None
        if self._data[end - 1] == 0 and end - self._at > 1:
            raise WireError("bad_message", reason="length")  # the same number has a shorter form
        self._at = end
        return number

    def flags(self, known: int) -> int:
        (flags,) = self.take(1)
        if flags & ~known:
            raise WireError("bad_message", reason="flags")
        return flags

    def take(self, size: int) -> bytes:
        part = self._data[self._at : self._at + size]
        if len(part) != size:
            raise WireError("bad_message", reason="length")
        self._at += size
        return part

    def counters(self) -> dict[str, int]:
        return {self.take(8).hex(): self.number() for _ in range(self.number())}

    def rest(self) -> bytes:
        return self.take(len(self._data) - self._at)

    def end(self) -> None:
        if self._at != len(self._data):
            raise WireError("bad_message", reason="left over")
