"""Packets that somebody else carried here: taken as if their own laptop had brought them (rule 16).

The relay is only the road: a packet is checked against the key of the laptop that made it and judged by that
laptop's role.  Receipts go back with the relay, signed, for whoever meets the author first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import msgspec

from sync.hub.authority import Authority
from sync.hub.certifying import (
    Certificates,
    believe_heads,
    has_too_many_ids,
    hear,
    note_brought,
    owns,
    signed_heads,
    signer_of,
)
from sync.hub.intake import Intake
from sync.hub.ports import Archive, ArchiveTransaction, Device, Judge, KeptPacket, StreamState
from sync.hub.writing import server_replica
from sync.protocol.allowance import Allowance
from sync.protocol.blocks import Body
from sync.protocol.bodies import unpack_body
from sync.protocol.bundles import Held
from sync.protocol.codec import encode_answer
from sync.protocol.errors import WireError
from sync.protocol.facts import keyring
from sync.protocol.messages import RELAY_HELD, Notice, RelayReply, RelayRequest
from sync.protocol.packets import MAGIC as PACKET_MAGIC
from sync.protocol.packets import Packet, open_packet
from sync.protocol.proofs import MAGIC as PROOF_MAGIC
from sync.protocol.proofs import readable
from sync.protocol.receipts import Receipt, ReceiptException, sign_receipt
from sync.protocol.versions import SPOKEN, Versions, decode_request

Opened = tuple[Packet, Device, Body]
"""A packet, the laptop that signed it, its records."""
OpenBundle = Callable[[bytes], Iterable[bytes]]
"""The packets and proofs inside a bundle sealed to this server; WireError ``bundle_...``."""

_exceptions = msgspec.json.Decoder(tuple[ReceiptException, ...]).decode


def relay(
    archive: Archive,
    judge: Judge,
    device: Device,
    body: bytes,
    *,
    mates: Mapping[str, Device],
    open_bundle: OpenBundle,
    now: int,
    random: Callable[[int], bytes],
    spoken: Versions = SPOKEN,
) -> bytes:
    """Answers one relay of a device that the door has recognised, in one transaction of its stream; in
    several where the packets come to more than one message may unpack to.

    ``mates``: every laptop of the stream by id.  WireError for the whole request only: ``bad_message``,
    ``too_large``, ``too_old``, ``too_new``, ``revoked``, ``foreign_stream``, ``busy``.
    """
    request = decode_request(body, RelayRequest, spoken)
    if device.revoked:
        raise WireError("revoked", device=device.id)
    if request.stream not in device.streams:
        raise WireError("foreign_stream", stream=request.stream)
    if len(request.held) > RELAY_HELD:
        raise WireError("too_large", limit=RELAY_HELD)
    notices: list[Notice] = []
    parts: list[bytes] = []
    for part in request.parts:
        if part[:4] in (PACKET_MAGIC, PROOF_MAGIC):
            parts.append(part)
            continue
        try:
            parts += open_bundle(part)
        except WireError as error:
            notices.append(Notice("bundle_refused", {"reason": error.code}))
    packets = [part for part in parts if part[:4] == PACKET_MAGIC]
    proofs = readable(part for part in parts if part[:4] == PROOF_MAGIC)
    heads = signed_heads(request.stream, proofs, mates)
    receipts: list[Receipt] = []
    wanted: list[int] | None = None
    for opened in open_carried(request.stream, packets, mates, notices):
        with archive.begin([request.stream]) as tx:
            if wanted is None:
                believe_heads(tx, request.stream, heads)
                known, wanted = _known(tx, request.stream, request.held)
                receipts += known
            receipts += take_carried(archive, judge, tx, request.stream, opened, now, random, notices)
            epoch = tx.epoch().random
    signed = tuple(sign_receipt(receipt, archive.private_key) for receipt in receipts)
    return encode_answer(RelayReply(epoch, signed, tuple(wanted or ()), tuple(notices)), body)


def take_carried(
    archive: Archive,
    judge: Judge,
    tx: ArchiveTransaction,
    stream: str,
    opened: Iterable[Opened],
    now: int,
    random: Callable[[int], bytes],
    notices: list[Notice],
) -> list[Receipt]:
    """Takes packets (``open_carried``) of any laptops of a locked stream; receipts (unsigned) for those taken
    now or before.

    What a mate has signed is taken whatever came before it: a link of its chain that was lost with its
    laptop, or one that another laptop under the same id has given out, must not hold back what is here.  The
    chain itself moves only link by link; two packets of one number are told as ``clone``.
    """
    chains: dict[tuple[str, str], list[Opened]] = {}
    for one in opened:
        chains.setdefault((one[0].head.replica, one[1].id), []).append(one)
    receipts: list[Receipt] = []
    for chain in chains.values():
        receipts += _take_chain(archive, judge, tx, stream, chain, now, random, notices)
    return receipts


def _take_chain(
    archive: Archive,
    judge: Judge,
    tx: ArchiveTransaction,
    stream: str,
    chain: Sequence[Opened],
    now: int,
    random: Callable[[int], bytes],
    notices: list[Notice],
) -> list[Receipt]:
    """Takes packets under one id that one laptop has signed, in the order of their numbers."""
    replica, author = chain[0][0].head.replica, chain[0][1]
    if not owns(tx, stream, replica, author):
        many = has_too_many_ids(tx, replica, author)
        reason = "signature" if tx.replica_of(replica) else "too_many_ids" if many else "origin"
        notices += [_refusal(packet, reason) for packet, _, _ in chain]
        return []
    epoch, state = tx.epoch().random, tx.state(stream)
    authority = Authority(
        judge,
        author.role,
        archive.private_key,
        keyring(archive.public_keys),
        server_replica(epoch, stream),
        now,
        lambda of: tx.replica_of(of) == author.id,
    )
    stored = tx.load(stream, [id for _, _, packed in chain for id in packed.ids()])
    for packet, _, _ in chain:
        hear(tx, stream, packet.head.former, author)
    intake = Intake(state, authority, stored, Certificates(tx, stream, author))
    taken: list[tuple[Packet, tuple[ReceiptException, ...]]] = []
    for packet, _, packed in chain:
        try:
            taken.append((packet, intake.take(packet.head, packed)))
        except WireError as error:
            notices.append(_refusal(packet, str(error.details.get("reason", error.code))))
    puts = intake.puts()
    if puts:
        tx.put(stream, puts)
        state = StreamState(puts[-1].seq, random(8).hex(), intake.highest)
        tx.advance(stream, state)
    if intake.heard:
        tx.vouch(stream, intake.heard)
    note_brought(tx, stream, author, intake.brought, now)
    for packet, exceptions in taken:
        _link(tx, stream, packet, author, state.seq, exceptions, notices)
    return [
        Receipt(epoch, stream, replica, packet.head.number, packet.hash, state.seq, exceptions)
        for packet, exceptions in taken
    ]


def _link(
    tx: ArchiveTransaction,
    stream: str,
    packet: Packet,
    author: Device,
    seq: int,
    exceptions: tuple[ReceiptException, ...],
    notices: list[Notice],
) -> None:
    """Makes a packet the end of its chain where it follows on; else only what it certifies is kept."""
    head = packet.head
    end = tx.link(stream, head.replica)
    kept = tx.packet(stream, head.replica, head.number)
    if kept is not None and kept.hash == packet.hash:
        return
    if kept is None and (head.number, head.previous) == (end.number + 1, end.hash):
        whole = KeptPacket(head.number, packet.hash, seq, msgspec.json.encode(exceptions))
        tx.keep_packet(stream, head.replica, author.id, whole, head.highest, packet.data)
        return
    tx.vouch(stream, {head.replica: head.highest})
    if kept is not None or head.number == end.number + 1:
        notices.append(Notice("clone", {"origin": head.replica, "number": head.number}))


def _known(tx: ArchiveTransaction, stream: str, held: Sequence[Held]) -> tuple[list[Receipt], list[int]]:
    """(receipts of packets that are here, places of those that are not)."""
    epoch = tx.epoch().random
    found: list[Receipt] = []
    wanted: list[int] = []
    for place, one in enumerate(held):
        kept = tx.packet(stream, one.origin, one.number)
        if kept is None or kept.hash != one.hash:
            wanted.append(place)
        else:
            exceptions = _exceptions(kept.exceptions)
            found.append(Receipt(epoch, stream, one.origin, one.number, kept.hash, kept.seq, exceptions))
    return found, wanted


def open_carried(
    stream: str, packets: Iterable[bytes], mates: Mapping[str, Device], notices: list[Notice]
) -> Iterator[list[Opened]]:
    """The sound packets of a stream with who signed them, by origin and number, each once; needs no lock.

    They come in as many lists as it takes that none unpacks to more than a message may; in one, which may be
    empty, nearly always.  WireError ``bad_packet``, ``too_new`` for one that cannot be read at all.
    """
    sound: list[tuple[Packet, Device]] = []
    seen: set[bytes] = set()
    for data in packets:
        packet = open_packet(data)
        if packet.head.stream != stream or packet.hash in seen:
            continue
        seen.add(packet.hash)
        author = signer_of(packet, mates)
        if author is None or author.revoked:
            notices.append(_refusal(packet, "signature" if author is None else "revoked"))
        else:
            sound.append((packet, author))
    sound.sort(key=lambda one: (one[0].head.replica, one[0].head.number))
    opened: list[Opened] = []
    allowance = Allowance()
    for packet, author in sound:
        try:
            try:
                packed = unpack_body(packet.body, allowance)
            except WireError as error:
                if error.code != "too_large" or not opened:
                    raise
                yield opened
                opened, allowance = [], Allowance()
                packed = unpack_body(packet.body, allowance)
        except WireError as error:
            notices.append(_refusal(packet, error.code))
            continue
        if len(packed) != packet.head.count or len(set(packed.ids())) != len(packed):
            notices.append(_refusal(packet, "count"))
        else:
            opened.append((packet, author, packed))
    yield opened


def _refusal(packet: Packet, reason: str) -> Notice:
    details = {"origin": packet.head.replica, "number": packet.head.number, "reason": reason}
    return Notice("packet_refused", details)
