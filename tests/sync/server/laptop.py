"""A laptop in a test's hand: packets cut by hand, requests built by hand, answers read."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sync.protocol import records
from sync.protocol.codec import decode_message, encode_message, pack_rows
from sync.protocol.dots import Dot
from sync.protocol.image import encode_image
from sync.protocol.messages import EnrolRequest, ExchangeReply, ExchangeRequest
from sync.protocol.packets import FIRST, Packet, PacketHead, seal
from sync.protocol.pages import Cursor, Row
from sync.protocol.records import Stamp

AT = 1_790_000_000


def made_id(*parts: object) -> str:
    """The same UUID for the same parts."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, "/".join(map(str, parts))))


class Laptop:
    """``name`` decides replica id and device key, so that a run can be repeated."""

    def __init__(self, name: str, catalogue: int = 1) -> None:
        seed = hashlib.blake2b(name.encode(), digest_size=32).digest()
        self.private = seed
        self.public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
        self.replica = seed[:8].hex()
        self.person = made_id("person", name)
        self.catalogue = catalogue
        self.counter = 0
        self._last: dict[str, tuple[int, bytes]] = {}
        self._nonce = hashlib.blake2b(seed, digest_size=16).hexdigest()
        self._asked = 0

    def enrol_request(self, code: str, name: str = "Lê Thị Sương Mai") -> EnrolRequest:
        """As the laptop's program would send it."""
        return EnrolRequest(1, code, self.replica, self.public, self.person, name)

    def packet(self, stream: str, rows: Mapping[str, Mapping[str, Any]], kind: str = "outreach") -> Packet:
        """The next packet of a stream: new records, id -> cells."""
        packed: list[Row] = []
        for id, cells in rows.items():
            self.counter += 1
            stamp = Stamp(AT, self.person, self.catalogue)
            record = records.create(kind, id, cells, Dot(self.counter, self.replica), stamp)
            packed.append(Row(kind, id, encode_image(record)))
        number, previous = self._last.get(stream, (0, FIRST))
        head = PacketHead(
            self.replica, stream, number + 1, previous, self.counter, self.catalogue, len(packed)
        )
        packet = seal(head, pack_rows(packed), self.private)
        self._last[stream] = (number + 1, packet.hash)
        return packet

    def request(
        self, packets: Sequence[Packet] = (), cursors: Sequence[Cursor] = (), after: str = ""
    ) -> bytes:
        """The next exchange of this laptop's one conversation."""
        self._asked += 1
        return encode_message(
            ExchangeRequest(
                protocol=1,
                replica=self.replica,
                nonce=self._nonce,
                number=self._asked,
                after=after,
                catalogue=self.catalogue,
                cursors=tuple(cursors),
                packets=tuple(p.data for p in packets),
            )
        )


def outreach(n: int) -> dict[str, Any]:
    """Cells of a record of kind ``outreach`` that the shipped catalogue takes."""
    return {"date": "2026-11-18", "type": "leaflet", "theme": f"Tờ rơi số {n}", "items_n": n}


def reply_of(data: bytes) -> ExchangeReply:
    """An answer read."""
    return decode_message(data, ExchangeReply)
