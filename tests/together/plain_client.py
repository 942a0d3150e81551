"""A second client, written from ``docs/sync-protocol.md`` alone: plain JSON, the standard library, Ed25519.

It shares no line with the program.  What it can do is what the document says well enough.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import struct
import urllib.request
import uuid
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey


def canonical(value: Any) -> bytes:
    """JSON without spaces, keys in byte order."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def compact(value: Any) -> bytes:
    """JSON without spaces, keys as they stand."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def base(data: bytes) -> str:
    return base64.b64encode(data).decode()


def varint(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


def varint_at(data: bytes, at: int) -> tuple[int, int]:
    """A number and the place after it."""
    number = shift = 0
    while data[at] > 127:
        number |= (data[at] & 127) << shift
        shift, at = shift + 7, at + 1
    return number | data[at] << shift, at + 1


def image_hash(kind: str, id: str, image: bytes) -> bytes:
    said = kind.encode() + b"\0" + id.encode() + b"\0" + image
    return hashlib.blake2b(said, digest_size=16, person=b"ntmdesk.record").digest()


def is_signed(public: bytes, purpose: bytes, document: dict[str, Any]) -> bool:
    """Whether the holder of a key signed a document over its JSON with an empty signature."""
    message = purpose + b"\0" + compact({**document, "signature": ""})
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(base64.b64decode(document["signature"]), message)
    except Exception:
        return False
    return True


class PlainClient:
    """One laptop: cells as name -> ({(counter, replica): value}, {replica: counter})."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.key = Ed25519PrivateKey.generate()
        self.replica = secrets.token_hex(8)
        self.records: dict[tuple[str, str], dict[str, tuple[dict[Any, Any], dict[str, int]]]] = {}
        self.stamps: dict[tuple[int, str], list[Any]] = {}
        self.counter = 0
        self.number = 0
        self.previous = bytes(16)
        self.after = ""
        self.exceptions: list[Any] = []

    def ask(self, path: str, document: dict[str, Any], token: str = "") -> Any:
        return json.loads(self.post(path, compact(document), token))

    def post(self, path: str, body: bytes, token: str = "") -> bytes:
        request = urllib.request.Request(self.url + path, body, method="POST")  # noqa: S310
        if token:
            request.add_header("Authorization", f"Bearer {token}")
        with urllib.request.urlopen(request, timeout=30) as reply:  # noqa: S310  loopback
            return bytes(reply.read())

    def enrol(self, code: str) -> None:
        public = self.key.public_key().public_bytes_raw()
        self.enrolment = self.ask(
            "/v1/enrol",
            {
                "protocol": 1,
                "code": code,
                "replica": self.replica,
                "device_key": base(public),
                "person": str(uuid.uuid4()),
                "name": "Lê Văn Thử",
            },
        )
        self.server_key = base64.b64decode(self.enrolment["server_keys"][0])
        self.stream = self.enrolment["streams"][0]["stream"]
        self.cursor = {
            "server": self.enrolment["server"],
            "epoch": "",
            "stream": self.stream,
            "generation": self.enrolment["streams"][0]["generation"],
            "seq": 0,
            "tag": "",
        }

    def save(self, kind: str, id: str, values: dict[str, Any]) -> dict[str, Any]:
        """One save under one dot: replaces what is shown; gives the cells that changed."""
        self.counter += 1
        dot = (self.counter, self.replica)
        self.stamps[dot] = [self.replica, self.counter, 1_790_000_000, "", self.enrolment["catalogue"]]
        record = self.records.setdefault((kind, id), {})
        changed = dict(values) if record else {"_born": True, **values}
        for name, value in changed.items():
            siblings, context = record.get(name, ({}, {}))
            left = {d: v for d, v in siblings.items() if d != max(siblings)}
            record[name] = ({**left, dot: value}, {**context, self.replica: self.counter})
        return {name: record[name] for name in record if name in changed or name.startswith("_")}

    def image(self, cells: dict[str, Any]) -> list[Any]:
        dots = sorted({dot for siblings, _ in cells.values() for dot in siblings})
        told: dict[str, list[Any]] = {}
        contexts: dict[str, dict[str, int]] = {}
        for name, (siblings, context) in cells.items():
            told[name] = [part for dot in sorted(siblings) for part in (dots.index(dot), siblings[dot])]
            implied = {replica: counter for counter, replica in sorted(siblings)}
            beyond = {r: c for r, c in context.items() if c > implied.get(r, 0)}
            if beyond:
                contexts[name] = beyond
        return [[self.stamps[dot] for dot in dots], told, contexts]

    def packet(self, changed: dict[tuple[str, str], dict[str, Any]]) -> bytes:
        body = b"J" + canonical([[kind, id, 0, self.image(cells)] for (kind, id), cells in changed.items()])
        self.number += 1
        head = bytes.fromhex(self.replica) + uuid.UUID(self.stream).bytes + self.previous
        for number in (self.number, self.counter, self.enrolment["catalogue"], len(changed)):
            head += varint(number)
        signed = b"ntmdesk.packet.1\0\1" + head + hashlib.blake2b(body, digest_size=32).digest()
        data = b"NTMP" + struct.pack(">BH", 1, len(head)) + head + self.key.sign(signed) + body
        self.previous = hashlib.blake2b(data, digest_size=16, person=b"ntmdesk.packet").digest()
        return data

    def sync(self, packets: tuple[bytes, ...] = ()) -> dict[str, Any]:
        """One conversation of one exchange; receipts are verified, pages merged, digests compared."""
        nonce = secrets.token_hex(8)
        reply: dict[str, Any] = self.ask(
            "/v1/exchange",
            {
                "protocol": 1,
                "replica": self.replica,
                "nonce": nonce,
                "number": 1,
                "after": self.after,
                "catalogue": self.enrolment["catalogue"],
                "cursors": [self.cursor],
                "packets": [base(packet) for packet in packets],
                "limits": None,
                "tags": [],
                "last": True,
            },
            self.enrolment["token"],
        )
        self.after = nonce
        for receipt in reply["receipts"]:
            assert is_signed(self.server_key, b"ntmdesk.receipt.1", receipt)
            self.exceptions += receipt["exceptions"]
        for page in reply["pages"]:
            rows = base64.b64decode(page["rows"])
            assert rows[:1] in (b"", b"J")
            for kind, id, _, image in json.loads(rows[1:] or b"[]"):
                self.merge(kind, id, image)
            self.cursor = page["cursor"]
            if page["digest"] is not None:
                assert page["digest"] == self.digest(), "both sides hold the same"
        return reply

    def brief(self, packet: bytes = b"") -> bytes:
        """One conversation in brief: says only what is new, takes receipt and cursor from a brief answer."""
        nonce = secrets.token_hex(8)
        said = b"b\1" + bytes([3 if packet else 1]) + bytes.fromhex(self.replica + nonce + self.after)
        said += (
            varint(1) + varint(self.enrolment["catalogue"]) + varint(self.cursor["seq"]) + packet[7 + 40 :]
        )
        left_out = compact(self.cursor) + (packet[7 + 24 : 7 + 40] or bytes(16))
        check = hashlib.blake2b(said + left_out, digest_size=8, person=b"ntmdesk.brief").digest()
        answer = self.post("/v1/exchange", said + check, self.enrolment["token"])
        flags, at = answer[1], 2
        assert answer[:1] == b"b"
        _, at = varint_at(answer, at)
        _, at = varint_at(answer, at)
        if flags & 1:
            seq, at = varint_at(answer, at)
            receipt = {
                "epoch": self.cursor["epoch"],
                "stream": self.stream,
                "origin": self.replica,
                "number": varint_at(packet, 7 + 40)[0],
                "hash": base(hashlib.blake2b(packet, digest_size=16, person=b"ntmdesk.packet").digest()),
                "seq": seq,
                "exceptions": [],
                "signature": base(answer[at : at + 64]),
            }
            assert is_signed(self.server_key, b"ntmdesk.receipt.1", receipt)
            self.after, at = nonce, at + 64
        if flags & 2:
            self.cursor["seq"], at = varint_at(answer, at)
            self.cursor["tag"], at = answer[at : at + 8].hex(), at + 8
        if flags & 4:
            count, end = varint_at(answer, at + 16)
            assert [answer[at : at + 16].hex(), count] == self.digest(), "both sides hold the same"
            at = end
        assert at == len(answer)
        return answer

    def merge(self, kind: str, id: str, image: list[Any]) -> None:
        table, cells, contexts = image
        dots = [(row[1], row[0]) for row in table]
        self.stamps.update(zip(dots, table, strict=True))
        record = self.records.setdefault((kind, id), {})
        for name, flat in cells.items():
            theirs = {dots[i]: value for i, value in zip(flat[::2], flat[1::2], strict=True)}
            seen = {replica: counter for counter, replica in sorted(theirs)}
            for replica, counter in contexts.get(name, {}).items():
                seen[replica] = max(counter, seen.get(replica, 0))
            mine, known = record.get(name, ({}, {}))
            kept = {d: v for d, v in mine.items() if d in theirs or d[0] > seen.get(d[1], 0)}
            kept |= {d: v for d, v in theirs.items() if d in mine or d[0] > known.get(d[1], 0)}
            both = {r: max(known.get(r, 0), seen.get(r, 0)) for r in {*known, *seen}}
            record[name] = (kept, both)
            self.counter = max([self.counter, *both.values()])

    def digest(self) -> list[Any]:
        hashes = [image_hash(kind, id, canonical(self.image(r))) for (kind, id), r in self.records.items()]
        return [f"{sum(int.from_bytes(h, 'big') for h in hashes) % 2**128:032x}", len(hashes)]

    def shown(self, kind: str, id: str, name: str) -> Any:
        siblings, _ = self.records[kind, id][name]
        return siblings[max(siblings)]
