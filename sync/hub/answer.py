"""The answering half: bytes of a request in, bytes of the answer out, one transaction of the archive
between."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sync.hub.certifying import own_words
from sync.hub.exchange import Exchange, packet_refused
from sync.hub.ports import Archive, Device, Judge
from sync.hub.recalling import recall
from sync.protocol.allowance import Allowance
from sync.protocol.blocks import Body
from sync.protocol.bodies import unpack_body
from sync.protocol.brief_answers import write_answer
from sync.protocol.brief_bytes import MARK
from sync.protocol.brief_requests import read_request
from sync.protocol.codec import encode_answer
from sync.protocol.errors import WireError
from sync.protocol.messages import ExchangeReply, ExchangeRequest, Notice
from sync.protocol.packets import Packet, open_packet
from sync.protocol.receipts import sign_receipt
from sync.protocol.versions import SPOKEN, Versions, decode_request


def exchange(
    archive: Archive,
    judge: Judge,
    device: Device,
    body: bytes,
    now: int,
    random: Callable[[int], bytes],
    spoken: Versions = SPOKEN,
) -> bytes:
    """Answers one exchange of a device that the door has recognised.

    ``now``: seconds since 1970; ``random(n)``: n unpredictable bytes.  The whole exchange is one
    transaction with its streams locked in id order.  A value or packet that cannot be taken never stops the
    others; the whole request is refused (WireError) only for: bad_message, too_large, too_old, too_new,
    revoked, clone, too_many_ids, bad_signature, busy, say_in_full.
    """
    if device.revoked:
        raise WireError("revoked", device=device.id)
    notices: list[Notice] = []
    brief = read_request(body, spoken) if body[:1] == MARK else None
    if brief is not None and brief.packet is None:  # nothing to be checked before the lock is taken
        with archive.begin(sorted(device.streams)) as tx:
            request = recall(tx, archive.server, device, brief)
            done = Exchange(tx, archive, judge, device, request, body, notices, now, random).answer(
                sorted(device.streams), (), ()
            )
    else:
        if brief is None:
            request = decode_request(body, ExchangeRequest, spoken)
        else:
            with archive.look() as tx:
                request = recall(tx, archive.server, device, brief)
        packets = [open_packet(data) for data in request.packets]
        asked = {cursor.stream for cursor in request.cursors} | {packet.head.stream for packet in packets}
        for stream in sorted(asked - set(device.streams)):
            notices.append(Notice("foreign_stream", {"stream": stream}))
        streams = sorted(asked & set(device.streams))
        packets = sorted(
            (p for p in packets if p.head.stream in device.streams),
            key=lambda p: (p.head.stream, p.head.number),
        )
        opened = _open(packets, device, request, notices)
        words = own_words(archive, request.vouchers or (), set(streams))
        with archive.begin(streams) as tx:
            done = Exchange(tx, archive, judge, device, request, body, notices, now, random).answer(
                streams, opened, words
            )
    signed = tuple(sign_receipt(receipt, archive.private_key) for receipt in done.receipts)
    if judge.version > request.catalogue:
        notices.append(Notice("catalogue_newer", {"version": judge.version}))
    reply = ExchangeReply(
        protocol=request.protocol,
        server=archive.server,
        time=now,
        epoch=done.epoch,
        catalogue=judge.version,
        receipts=signed,
        pages=tuple(done.pages),
        epochs=done.epochs,
        notices=tuple(notices),
    )
    return (write_answer(reply, request) if brief is not None else None) or encode_answer(reply, body)


def _open(
    packets: Sequence[Packet], device: Device, request: ExchangeRequest, notices: list[Notice]
) -> list[tuple[Packet, Body]]:
    """The packets whose signature and body are sound; a stream stops at its first unsound one, or at the one
    with which the request would come to too much."""
    opened: list[tuple[Packet, Body]] = []
    stopped: set[str] = set()
    allowance = Allowance()
    for packet in packets:
        head = packet.head
        if head.stream in stopped:
            continue
        reason = ""
        if head.replica != request.replica:
            reason = "origin"
        elif not packet.signed_by(device.key):
            reason = "signature"
        else:
            try:
                body = unpack_body(packet.body, allowance)
            except WireError as error:
                reason = error.code
            else:
                if len(body) != head.count or len(set(body.ids())) != len(body):
                    reason = "count"
        if reason:
            stopped.add(head.stream)
            notices.append(packet_refused(packet, reason))
        else:
            opened.append((packet, body))
    return opened
