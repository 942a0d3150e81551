"""One exchange at the server, from the lock of its streams to what is to be answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import NamedTuple

import msgspec

from sync.hub.authority import Authority
from sync.hub.certifying import Certificates, believe, hear, note_brought, voucher_of
from sync.hub.conversation import greet, lives_after
from sync.hub.intake import Intake
from sync.hub.paging import page_for, rolled_back
from sync.hub.ports import Archive, ArchiveTransaction, Device, Judge, KeptPacket, Stored, StreamState
from sync.hub.segments import Segment, Segments
from sync.hub.writing import server_replica
from sync.protocol.blocks import Body
from sync.protocol.errors import WireError
from sync.protocol.facts import keyring
from sync.protocol.messages import ExchangeRequest, Limits, Notice, worth_remembering
from sync.protocol.packets import Packet
from sync.protocol.pages import Cursor, Epoch, Page
from sync.protocol.receipts import Receipt, ReceiptException
from sync.protocol.vouchers import Voucher

BOUNDS = Limits(
    packet_records=5_000, packet_bytes=4 * 1024 * 1024, page_records=5_000, page_bytes=4 * 1024 * 1024
)
"""What this side carries at most in one exchange, whatever is asked."""

Opened = Sequence[tuple[Packet, Body]]
"""Packets found sound, those of one stream together and in the order of their numbers."""


class Done(NamedTuple):
    """What one exchange has done: receipts unsigned; ``epoch``: its name."""

    epoch: str
    receipts: Sequence[Receipt]
    pages: Sequence[Page]
    epochs: tuple[Epoch, ...]


@dataclass(slots=True)
class Exchange:
    """One request of one laptop inside the transaction that answers it; used once.

    ``body``: the bytes the request came in.  ``notices`` is added to.  ``now``: seconds since 1970;
    ``random(n)``: n unpredictable bytes.
    """

    tx: ArchiveTransaction
    archive: Archive
    judge: Judge
    device: Device
    request: ExchangeRequest
    body: bytes
    notices: list[Notice]
    now: int
    random: Callable[[int], bytes]

    def answer(self, streams: Sequence[str], opened: Opened, words: Sequence[Voucher]) -> Done:
        """Takes the server's own ``words`` and the packets (``opened``), all found true before, and makes the
        pages, with its ``streams`` locked.  WireError ``clone``, ``too_many_ids``."""
        tx, request, device = self.tx, self.request, self.device
        talk = greet(tx, device, request, self.body, self.archive.unnoted)
        lost = rolled_back(tx, request, streams, self.random, self.notices)
        if believe(tx, words) and not lost:
            tx.open_epoch(self.random(16).hex(), {})
        epoch = tx.epoch()
        behind = [c for c in request.cursors if c.epoch != epoch.random and (c.epoch or epoch.parent)]
        epochs = lives_after(tx, behind[0].epoch, device, self.now) if behind else ()
        if epochs:  # nothing is taken from a laptop that does not know which life it speaks to
            opened = ()
        receipts: list[Receipt] = []
        intakes: dict[str, tuple[Intake, StreamState]] = {}
        for stream, grouped in groupby(opened, key=lambda pair: pair[0].head.stream):
            if stream in lost:
                continue
            group = list(grouped)
            intake, state = intakes[stream] = self._take(stream, group, receipts, epoch)
            _remember(self.archive.segments, intake, state, group)
            note_brought(tx, stream, device, intake.brought, self.now)
        pages = (
            []
            if epochs
            else [
                self._page(cursor, epoch, *intakes.get(cursor.stream, (None, None)))
                for cursor in request.cursors
                if cursor.stream in device.streams and cursor.stream not in lost
            ]
        )
        if worth_remembering(request, receipts, pages, epochs):
            if talk is not None:
                tx.set_talk(request.replica, talk)
        else:
            self.archive.unnoted.remember(request.replica, request.nonce)
        return Done(epoch.random, receipts, pages, epochs)

    def _page(self, cursor: Cursor, epoch: Epoch, intake: Intake | None, state: StreamState | None) -> Page:
        tx, stream = self.tx, cursor.stream
        return page_for(
            tx,
            self.archive.server,
            epoch.random,
            cursor,
            self.device.streams[stream],
            state or tx.state(stream),
            intake,
            _bounded(self.request.limits),
            self.request.last,
            self.archive.segments,
            partial(voucher_of, tx, self.archive, epoch.random, stream),
            bool(self.request.vouchers),
        )

    def _take(
        self, stream: str, opened: Opened, receipts: list[Receipt], epoch: Epoch
    ) -> tuple[Intake, StreamState]:
        """Takes packets of one replica in one stream; writes records, packets and the stream's new state.

        Receipts are added unsigned.  WireError ``clone``.
        """
        tx, notices = self.tx, self.notices
        state = tx.state(stream)
        stored: Mapping[str, Stored] = tx.load(stream, [id for _, body in opened for id in body.ids()])
        for packet, _ in opened:
            hear(tx, stream, packet.head.former, self.device)
        authority = self._authority(server_replica(epoch.random, stream))
        intake = Intake(state, authority, stored, Certificates(tx, stream, self.device))
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
                notices.append(packet_refused(packet, str(error.details.get("reason", error.code))))
                break
            if fresh:
                end_number, end_hash = head.number, packet.hash
            taken.append((packet, exceptions, fresh))
        puts = intake.puts()
        if puts:
            tx.put(stream, puts)
            state = StreamState(puts[-1].seq, self.random(8).hex(), intake.highest)
            tx.advance(stream, state)
        if intake.heard:
            tx.vouch(stream, intake.heard)
        for packet, exceptions, fresh in taken:
            head = packet.head
            if fresh:
                kept = KeptPacket(head.number, packet.hash, state.seq, msgspec.json.encode(exceptions))
                tx.keep_packet(stream, replica, self.device.id, kept, head.highest, packet.data)
            receipts.append(
                Receipt(epoch.random, stream, replica, head.number, packet.hash, state.seq, exceptions)
            )
        return intake, state

    def _authority(self, own: str) -> Authority:
        """``own``: the server's id in the stream."""
        tx, device = self.tx, self.device
        return Authority(
            self.judge,
            device.role,
            self.archive.private_key,
            keyring(self.archive.public_keys),
            own,
            self.now,
            lambda replica: tx.replica_of(replica) == device.id,
        )


def packet_refused(packet: Packet, reason: str) -> Notice:
    """Tells a laptop that a packet was not taken, and why."""
    head = packet.head
    details = {"stream": head.stream, "origin": head.replica, "number": head.number, "reason": reason}
    return Notice("packet_refused", details)


def _bounded(limits: Limits | None) -> Limits:
    wished = limits or Limits()
    return Limits(
        page_records=max(1, min(wished.page_records, BOUNDS.page_records)),
        page_bytes=max(1, min(wished.page_bytes, BOUNDS.page_bytes)),
    )


def _remember(segments: Segments, intake: Intake, state: StreamState, group: Opened) -> None:
    """One packet whose records are all new and stand as they came is a stretch of the stream by itself."""
    if len(group) != 1 or not intake.in_columns:
        return
    packet, _ = group[0]
    start, end, count = intake.state.seq, state.seq, len(intake.changed)
    if count == packet.head.count == end - start:
        raw = sum(len(put.image) for put in intake.changed)
        stream = packet.head.stream
        segments.keep(Segment(stream, start, end, count, state.tag, packet.body, 0, raw, numbered=False))
