"""The answer to a brief request, without what stands in the request.

After the byte ``b``::

    flags:u8 (1 receipt, 2 cursor, 4 digest, 8 voucher, 16 rows, 32 more), varint time, catalogue
    [1: varint seq, signature:64]  [2: varint seq, tag:8]  [4: root:16, varint count]
    [8: varint n, n times replica:8 varint counter, signature:64]  [16: varint count, rows up to the end]
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec
from msgspec import UNSET

from sync.protocol.brief_bytes import MARK, BriefBytes, name, numbers
from sync.protocol.errors import WireError
from sync.protocol.messages import ExchangeReply, ExchangeRequest
from sync.protocol.packets import open_packet, packet_hash
from sync.protocol.pages import Digest, Page
from sync.protocol.receipts import Receipt
from sync.protocol.signing import SIGNATURE_SIZE
from sync.protocol.vouchers import Voucher

RECEIPT, MOVED, DIGEST, VOUCHER, ROWS, MORE = 1, 2, 4, 8, 16, 32


class BriefAnswer(NamedTuple):
    """What a brief answer says.  ``receipt``: seq and signature; ``cursor``: seq and tag, None where it has
    not moved; ``voucher``: what is certified, and the signature; ``rows``: count and body."""

    time: int
    catalogue: int
    receipt: tuple[int, bytes] | None
    cursor: tuple[int, str] | None
    digest: Digest | None
    voucher: tuple[dict[str, int], bytes] | None
    rows: tuple[int, bytes] | None
    more: bool

    def in_full(self, request: ExchangeRequest) -> ExchangeReply:
        """The answer meant to this request, which has one cursor, and one packet where there is a receipt."""
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

    def written(self) -> bytes:
        """The bytes.  ValueError where something in it has no brief form."""
        flags = self.more * MORE
        parts = [numbers(self.time, self.catalogue)]
        if self.receipt is not None:
            flags |= RECEIPT
            parts += [numbers(self.receipt[0]), self.receipt[1]]
        if self.cursor is not None:
            flags |= MOVED
            parts += [numbers(self.cursor[0]), name(self.cursor[1])]
        if self.digest is not None:
            flags |= DIGEST
            parts += [bytes.fromhex(self.digest.root), numbers(self.digest.count)]
        if self.voucher is not None:
            flags |= VOUCHER
            certified, signature = self.voucher
            parts.append(numbers(len(certified)))
            parts += [name(replica) + numbers(counter) for replica, counter in sorted(certified.items())]
            parts.append(signature)
        if self.rows is not None:
            flags |= ROWS
            parts += [numbers(self.rows[0]), self.rows[1]]
        return b"".join([MARK, bytes([flags]), *parts])


def write_answer(reply: ExchangeReply, request: ExchangeRequest) -> bytes | None:
    """The brief form of the answer to a request that came in brief; None for one that says more than it can
    hold: exceptions, notices, lives, another cursor's name."""
    if len(reply.pages) != 1 or len(reply.receipts) > len(request.packets):
        return None
    (page,), (asked,) = reply.pages, request.cursors
    voucher = None if page.voucher is UNSET else page.voucher
    answer = BriefAnswer(
        time=reply.time,
        catalogue=reply.catalogue,
        receipt=(reply.receipts[0].seq, reply.receipts[0].signature) if reply.receipts else None,
        cursor=(page.cursor.seq, page.cursor.tag) if page.cursor != asked else None,
        digest=page.digest,
        voucher=(voucher.certified, voucher.signature) if voucher is not None else None,
        rows=(page.count, page.rows) if page.count or page.rows else None,
        more=page.more,
    )
    try:
        return answer.written() if answer.in_full(request) == reply else None
    except ValueError:
        return None


def read_answer(data: bytes, request: ExchangeRequest) -> ExchangeReply:
    """Reads the brief answer to a request.  WireError ``bad_message``, ``too_large``."""
    reader = BriefBytes(data)
    flags = reader.flags(RECEIPT | MOVED | DIGEST | VOUCHER | ROWS | MORE)
    if len(request.cursors) != 1 or (flags & RECEIPT and len(request.packets) != 1):
        raise WireError("bad_message", reason="brief")
    answer = BriefAnswer(
        time=reader.number(),
        catalogue=reader.number(),
        receipt=(reader.number(), reader.take(SIGNATURE_SIZE)) if flags & RECEIPT else None,
        cursor=(reader.number(), reader.name()) if flags & MOVED else None,
        digest=Digest(reader.take(16).hex(), reader.number()) if flags & DIGEST else None,
        voucher=(_certified(reader), reader.take(SIGNATURE_SIZE)) if flags & VOUCHER else None,
        rows=(reader.number(), reader.rest()) if flags & ROWS else None,
        more=bool(flags & MORE),
    )
    reader.end()
    reply = answer.in_full(request)
    if write_answer(reply, request) != data:  # replicas in another order, a cursor that has not moved
        raise WireError("bad_message", reason="brief")
    return reply


def _certified(reader: BriefBytes) -> dict[str, int]:
    return {reader.name(): reader.number() for _ in range(reader.number())}
