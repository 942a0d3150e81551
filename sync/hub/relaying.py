"""Packets that somebody else carried here: taken as if their own laptop had brought them (rule 16).

The relay is only the road: a packet is checked against the key of the laptop that made it and judged by that
laptop's role.  Receipts go back with the relay, signed, for whoever meets the author first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby

import msgspec

from sync.hub.answer import take_packets
from sync.hub.intake import Authority
from sync.hub.ports import Archive, ArchiveTransaction, Device, Judge
from sync.hub.writing import server_replica
from sync.protocol.blocks import Body
from sync.protocol.bodies import unpack_body
from sync.protocol.bundles import Held
from sync.protocol.codec import encode_message
from sync.protocol.errors import WireError
from sync.protocol.facts import keyring
from sync.protocol.messages import RELAY_HELD, Notice, RelayReply, RelayRequest
from sync.protocol.packets import MAGIC as PACKET_MAGIC
from sync.protocol.packets import Packet, open_packet
from sync.protocol.receipts import Receipt, ReceiptException, sign_receipt
from sync.protocol.versions import decode_request

Opened = tuple[Packet, Device, Body]
OpenBundle = Callable[[bytes], Iterable[bytes]]
"""The packets inside a bundle sealed to this server; WireError ``bundle_...``."""

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
) -> bytes:
    """Answers one relay of a device that the door has recognised, in one transaction of its stream.

    ``mates``: every laptop of the stream by id.  WireError for the whole request only: ``bad_message``,
    ``too_large``, ``too_old``, ``too_new``, ``revoked``, ``foreign_stream``, ``busy``.
    """
    request = decode_request(body, RelayRequest)
    if device.revoked:
        raise WireError("revoked", device=device.id)
    if request.stream not in device.streams:
        raise WireError("foreign_stream", stream=request.stream)
    if len(request.held) > RELAY_HELD:
        raise WireError("too_large", limit=RELAY_HELD)
    notices: list[Notice] = []
    packets: list[bytes] = []
    for part in request.parts:
        if part[:4] == PACKET_MAGIC:
            packets.append(part)
            continue
        try:
            packets += open_bundle(part)
        except WireError as error:
            notices.append(Notice("bundle_refused", {"reason": error.code}))
    with archive.begin([request.stream]) as tx:
        known, wanted = _known(tx, request.stream, request.held, notices)
        taken = take_carried(archive, judge, tx, request.stream, packets, mates, now, random, notices)
        epoch = tx.epoch().random
    signed = tuple(sign_receipt(receipt, archive.private_key) for receipt in (*known, *taken))
    return encode_message(RelayReply(epoch, signed, tuple(wanted), tuple(notices)))


def take_carried(
    archive: Archive,
    judge: Judge,
    tx: ArchiveTransaction,
    stream: str,
    packets: Sequence[bytes],
    mates: Mapping[str, Device],
    now: int,
    random: Callable[[int], bytes],
    notices: list[Notice],
) -> list[Receipt]:
    """Takes packets of any laptops of a locked stream; receipts (unsigned) for those taken now or before.

    One unsound packet stops its own chain and nothing else.
    """
    epoch = tx.epoch()
    receipts: list[Receipt] = []
    opened = _open(tx, stream, packets, mates, notices)
    for origin, group in groupby(opened, key=lambda one: one[0].head.replica):
        chain = list(group)
        author = chain[0][1]
        if tx.replica_of(origin) is None:
            tx.claim(origin, author.id)
        authority = Authority(
            judge,
            author.role,
            archive.private_key,
            keyring(archive.public_keys),
            server_replica(epoch.random, stream),
            now,
            lambda replica, author=author: tx.replica_of(replica) == author.id,  # type: ignore[misc]
        )
        try:
            pairs = [(packet, packed) for packet, _, packed in chain]
            take_packets(tx, stream, pairs, author, authority, notices, receipts, epoch, random)
        except WireError as error:
            if error.code != "clone":
                raise
            notices.append(Notice("clone", {"origin": origin, "number": error.details.get("number", 0)}))
    return receipts


def _known(
    tx: ArchiveTransaction, stream: str, held: Sequence[Held], notices: list[Notice]
) -> tuple[list[Receipt], list[int]]:
    """(receipts of packets that are here, places of those that are not)."""
    epoch = tx.epoch().random
    found: list[Receipt] = []
    wanted: list[int] = []
    for place, one in enumerate(held):
        kept = tx.packet(stream, one.origin, one.number)
        if kept is None:
            wanted.append(place)
        elif kept.hash != one.hash:
            notices.append(Notice("clone", {"origin": one.origin, "number": one.number}))
        else:
            exceptions = _exceptions(kept.exceptions)
            found.append(Receipt(epoch, stream, one.origin, one.number, kept.hash, kept.seq, exceptions))
    return found, wanted


def _open(
    tx: ArchiveTransaction,
    stream: str,
    packets: Sequence[bytes],
    mates: Mapping[str, Device],
    notices: list[Notice],
) -> list[Opened]:
    """The sound packets of a stream with their authors, by origin and number, each once."""
    opened: list[Opened] = []
    seen: set[bytes] = set()
    for data in packets:
        packet = open_packet(data)
        head = packet.head
        if head.stream != stream or packet.hash in seen:
            continue
        seen.add(packet.hash)
        author = _author(tx, packet, mates)
        reason = ""
        packed: Body | None = None
        if author is None:
            reason = "signature"
        elif author.revoked:
            reason = "revoked"
        else:
            try:
                packed = unpack_body(packet.body)
            except WireError as error:
                reason = error.code
            else:
                if len(packed) != head.count or len(set(packed.ids())) != len(packed):
                    reason = "count"
        if reason or author is None or packed is None:
            details = {"origin": head.replica, "number": head.number, "reason": reason}
            notices.append(Notice("packet_refused", details))
        else:
            opened.append((packet, author, packed))
    opened.sort(key=lambda one: (one[0].head.replica, one[0].head.number))
    return opened


def _author(tx: ArchiveTransaction, packet: Packet, mates: Mapping[str, Device]) -> Device | None:
    """The laptop that signed a packet: the one its replica id belongs to, else whichever of the team did."""
    owner = tx.replica_of(packet.head.replica)
    if owner is not None:
        known = mates.get(owner)
        return known if known is not None and packet.signed_by(known.key) else None
    return next((mate for mate in mates.values() if packet.signed_by(mate.key)), None)
