"""Puts a brief request together again from what the archive knows."""

from __future__ import annotations

from sync.hub.ports import ArchiveTransaction, Device
from sync.protocol.brief_requests import BriefRequest
from sync.protocol.errors import WireError
from sync.protocol.messages import ExchangeRequest
from sync.protocol.packets import FIRST
from sync.protocol.pages import Cursor


def recall(tx: ArchiveTransaction, server: str, device: Device, brief: BriefRequest) -> ExchangeRequest:
    """The request that a device means by a brief one to this ``server``.

    WireError ``say_in_full`` where this side knows other things than the laptop: it went back, or another
    machine speaks under this replica id.
    """
    if len(device.streams) != 1:
        raise WireError("say_in_full")
    ((stream, generation),) = device.streams.items()
    number = brief.packet.head.number if brief.packet is not None else 1
    tag = tx.commit_at(stream, brief.seq) if brief.seq else ""
    previous = _hash_before(tx, stream, brief.said.replica, number)
    if tag is None or previous is None:
        raise WireError("say_in_full")
    cursor = Cursor(server, tx.epoch().random, stream, generation, brief.seq, tag)
    return brief.in_full(cursor, previous)


def _hash_before(tx: ArchiveTransaction, stream: str, replica: str, number: int) -> bytes | None:
    """Of the packet before this number in a replica's chain; None when it is not here."""
    if number <= 1:
        return FIRST
    link = tx.link(stream, replica)
    if number == link.number + 1:
        return link.hash
    kept = tx.packet(stream, replica, number - 1)
    return None if kept is None else kept.hash
