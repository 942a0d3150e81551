"""A packet's head with its signature, without its body: what a replica has certified, proved to anybody.

A head says how far its replica has counted (rule 13).  Whoever read a replica's values knows its heads and
may have to show them to somebody who does not: to a server that went back to a backup, to a laptop that gets
those values from a third one, when the packet itself was receipted and thrown away long ago.

::

    "NTMH" version:u8 head_length:u16be head signature:64 body_hash:32
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sync.protocol import signing
from sync.protocol.errors import WireError
from sync.protocol.packets import Packet, PacketHead, body_hash, framed, read_head, signed_bytes, unframed

MAGIC = b"NTMH"
BODY_HASH = 32


@dataclass(frozen=True)
class Proof:
    """``body``: the hash by which the signature stands for the body that is not here (32 bytes)."""

    head: PacketHead
    signature: bytes
    body: bytes

    @property
    def data(self) -> bytes:
        """Its bytes, as they travel and are kept."""
        return framed(MAGIC, self.head, self.signature, self.body)

    def signed_by(self, public: bytes) -> bool:
        """Whether the device key ``public`` signed the packet this is of."""
        return signing.verify(public, signing.PACKET, signed_bytes(self.head, self.body), self.signature)


def proof_of(packet: Packet) -> Proof:
    """What remains of a packet without its records."""
    return Proof(packet.head, packet.signature, body_hash(packet.body))


def open_proof(data: bytes) -> Proof:
    """Reads a proof; its signature is not checked here.  WireError ``bad_packet``, ``too_new``."""
    head, signature, body = unframed(data, MAGIC)
    if len(body) != BODY_HASH:
        raise WireError("bad_packet", reason="length")
    return Proof(read_head(head), signature, body)


def readable(parts: Iterable[bytes]) -> Iterator[Proof]:
    """The proofs among some bytes: one that cannot be read proves nothing, and stops none beside it."""
    for data in parts:
        try:
            yield open_proof(data)
        except WireError:
            continue
