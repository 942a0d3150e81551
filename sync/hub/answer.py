"""The answering half: bytes of a request in, bytes of the answer out, one transaction of the archive
between."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import groupby
from typing import NamedTuple

import msgspec

from sync.hub.certifying import Certificates, believe, hear, note_brought, voucher_of
from sync.hub.conversation import greet, lives_after
from sync.hub.intake import Authority, Intake
from sync.hub.paging import page_for, rolled_back
from sync.hub.ports import Archive, ArchiveTransaction, Device, Judge, KeptPacket, Stored, StreamState
from sync.hub.recalling import recall
from sync.hub.segments import Segment, Segments
from sync.hub.writing import server_replica
from sync.protocol.blocks import Body
from sync.protocol.bodies import unpack_body
from sync.protocol.brief_answers import write_answer
from sync.protocol.brief_bytes import MARK
from sync.protocol.brief_requests import read_request
from sync.protocol.codec import encode_answer
from sync.protocol.errors import WireError
from sync.protocol.facts import keyring
from sync.protocol.messages import (
    ExchangeReply,
    ExchangeRequest,
    Limits,
    Notice,
    worth_remembering,
)
from sync.protocol.packets import Packet, open_packet
from sync.protocol.pages import Epoch, Page
from sync.protocol.receipts import Receipt, ReceiptException, sign_receipt
from sync.protocol.versions import SPOKEN, Versions, decode_request

BOUNDS = Limits(
    packet_records=5_000, packet_bytes=4 * 1024 * 1024, page_records=5_000, page_bytes=4 * 1024 * 1024
)
"""What this side carries at most in one exchange, whatever is asked."""


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
    revoked, clone, busy, say_in_full.
    """
    if device.revoked:
        raise WireError("revoked", device=device.id)
    notices: list[Notice] = []
    brief = read_request(body, spoken) if body[:1] == MARK else None
    if brief is not None and brief.packet is None:  # nothing to be checked before the lock is taken
        with archive.begin(sorted(device.streams)) as tx:
            request = recall(tx, archive.server, device, brief)
            done = _inside(
                tx, archive, judge, device, request, body, sorted(device.streams), [], notices, now, random
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
        with archive.begin(streams) as tx:
            done = _inside(tx, archive, judge, device, request, body, streams, opened, notices, now, random)
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


class _Done(NamedTuple):
    """What one transaction has done: receipts unsigned; ``epoch``: its name."""

    epoch: str
    receipts: Sequence[Receipt]
    pages: Sequence[Page]
    epochs: tuple[Epoch, ...]


def _inside(
    tx: ArchiveTransaction,
    archive: Archive,
    judge: Judge,
    device: Device,
    request: ExchangeRequest,
    body: bytes,
    streams: Sequence[str],
    opened: Sequence[tuple[Packet, Body]],
    notices: list[Notice],
    now: int,
    random: Callable[[int], bytes],
) -> _Done:
    """The exchange itself, with its ``streams`` locked; adds to ``notices``.

    ``opened``: the packets that are sound.
    """
    talk = greet(tx, device, request, body, archive.unnoted)
    lost = rolled_back(tx, request, streams, random, notices)
    if believe(tx, archive, request.vouchers or (), set(streams)) and not lost:
        tx.open_epoch(random(16).hex(), {})
    epoch = tx.epoch()
    behind = [c for c in request.cursors if c.epoch != epoch.random and (c.epoch or epoch.parent)]
    epochs = lives_after(tx, behind[0].epoch, device, now) if behind else ()
    if epochs:  # nothing is taken from a laptop that does not know which life it speaks to
        opened = []
    receipts: list[Receipt] = []
    intakes: dict[str, Intake] = {}
    states: dict[str, StreamState] = {}
    for stream, grouped in groupby(opened, key=lambda pair: pair[0].head.stream):
        if stream in lost:
            continue
        group = list(grouped)
        authority = Authority(
            judge,
            device.role,
            archive.private_key,
            keyring(archive.public_keys),
            server_replica(epoch.random, stream),
            now,
            lambda replica: tx.replica_of(replica) == device.id,
        )
        intakes[stream], states[stream] = _take(
            tx, stream, group, device, authority, notices, receipts, epoch, random
        )
        _remember(archive.segments, intakes[stream], states[stream], group)
        note_brought(tx, stream, device, intakes[stream].brought, now)
    pages = []
    if not epochs:
        for cursor in request.cursors:
            if cursor.stream in device.streams and cursor.stream not in lost:
                generation = device.streams[cursor.stream]
                state = states.get(cursor.stream) or tx.state(cursor.stream)
                intake = intakes.get(cursor.stream)
                limits = _bounded(request.limits)
                pages.append(
                    page_for(
                        tx,
                        archive.server,
                        epoch.random,
                        cursor,
                        generation,
                        state,
                        intake,
                        limits,
                        request.last,
                        archive.segments,
                        partial(voucher_of, tx, archive, epoch.random, cursor.stream),
                        bool(request.vouchers),
                    )
                )
    if worth_remembering(request, receipts, pages, epochs):
        if talk is not None:
            tx.set_talk(request.replica, talk)
    else:
        archive.unnoted.remember(request.replica, request.nonce)
    return _Done(epoch.random, receipts, pages, epochs)


def _bounded(limits: Limits | None) -> Limits:
    wished = limits or Limits()
    return Limits(
        page_records=max(1, min(wished.page_records, BOUNDS.page_records)),
        page_bytes=max(1, min(wished.page_bytes, BOUNDS.page_bytes)),
    )


def _open(
    packets: Sequence[Packet], device: Device, request: ExchangeRequest, notices: list[Notice]
) -> list[tuple[Packet, Body]]:
    """The packets whose signature and body are sound; a stream stops at its first unsound one."""
    opened: list[tuple[Packet, Body]] = []
    stopped: set[str] = set()
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
                body = unpack_body(packet.body)
            except WireError as error:
                reason = error.code
            else:
                if len(body) != head.count or len(set(body.ids())) != len(body):
                    reason = "count"
        if reason:
            stopped.add(head.stream)
            notices.append(_refusal(packet, reason))
        else:
            opened.append((packet, body))
    return opened


def _refusal(packet: Packet, reason: str) -> Notice:
    head = packet.head
    details = {"stream": head.stream, "origin": head.replica, "number": head.number, "reason": reason}
    return Notice("packet_refused", details)


def _take(
    tx: ArchiveTransaction,
    stream: str,
    opened: Sequence[tuple[Packet, Body]],
    device: Device,
    authority: Authority,
    notices: list[Notice],
    receipts: list[Receipt],
    epoch: Epoch,
    random: Callable[[int], bytes],
) -> tuple[Intake, StreamState]:
    """Takes packets of one replica in one locked stream; writes records, packets and the stream's new state.

    ``device``: the laptop that made them; receipts are added unsigned.  WireError ``clone``.
    """
    state = tx.state(stream)
    stored: Mapping[str, Stored] = tx.load(stream, [id for _, body in opened for id in body.ids()])
    for packet, _ in opened:
        hear(tx, stream, packet.head.former, device)
    intake = Intake(state, authority, stored, Certificates(tx, stream, device))
    taken: list[tuple[Packet, tuple[ReceiptException, ...], bool]] = []
    replica = opened[0][0].head.replica
    link = tx.link(stream, replica)
    end_number, end_hash = link.number, link.hash
    for packet, body in opened:
        head = packet.head
        fresh = head.number > end_number
        if not fresh:
            kept = tx.packet(stream, replica, head.number)
            if kept is None or kept.hash != packet.hash:
                raise WireError("clone", replica=replica, stream=stream, number=head.number)
        elif head.number > end_number + 1:
            expected = {"stream": stream, "origin": replica, "number": end_number + 1}
            notices.append(Notice("gap", expected))
            break
        elif head.previous != end_hash:
            raise WireError("clone", replica=replica, stream=stream, number=head.number)
        try:
            exceptions = intake.take(head, body)
        except WireError as error:
            notices.append(_refusal(packet, str(error.details.get("reason", error.code))))
            break
        if fresh:
            end_number, end_hash = head.number, packet.hash
        taken.append((packet, exceptions, fresh))
    puts = intake.puts()
    if puts:
        tx.put(stream, puts)
        state = StreamState(puts[-1].seq, random(8).hex(), intake.highest)
        tx.advance(stream, state)
    if intake.heard:
        tx.vouch(stream, intake.heard)
    for packet, exceptions, fresh in taken:
        if fresh:
            kept = KeptPacket(packet.head.number, packet.hash, state.seq, msgspec.json.encode(exceptions))
            tx.keep_packet(stream, replica, device.id, kept, packet.head.highest, packet.data)
        receipts.append(
            Receipt(epoch.random, stream, replica, packet.head.number, packet.hash, state.seq, exceptions)
        )
    return intake, state


def _remember(
    segments: Segments, intake: Intake, state: StreamState, group: Sequence[tuple[Packet, Body]]
) -> None:
    """One packet whose records are all new and stand as they came is a stretch of the stream by itself."""
    if len(group) != 1 or not intake.in_columns:
        return
    packet, _ = group[0]
    start, end, count = intake.state.seq, state.seq, len(intake.changed)
    if count == packet.head.count == end - start:
        raw = sum(len(put.image) for put in intake.changed)
        stream = packet.head.stream
        segments.keep(Segment(stream, start, end, count, state.tag, packet.body, 0, raw, numbered=False))
