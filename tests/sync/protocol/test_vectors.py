"""The bytes that ``docs/sync-protocol.md`` promises to other parties; they never change within a version.

``python -m tests.sync.protocol.test_vectors`` writes them anew for a new protocol version.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sync.protocol import records
from sync.protocol.codec import decode_message, encode_message, pack_rows, unpack_rows
from sync.protocol.digest import bucket_of, digest_of
from sync.protocol.dots import Dot
from sync.protocol.facts import fact
from sync.protocol.image import encode_image, image_hash
from sync.protocol.messages import ExchangeRequest
from sync.protocol.packets import FIRST, PacketHead, open_packet, seal
from sync.protocol.pages import Cursor, Epoch, Fork, Row, sign_epoch
from sync.protocol.receipts import Outcome, Receipt, ReceiptException, sign_receipt
from sync.protocol.records import Stamp
from sync.protocol.signing import public_of

FOLDER = Path(__file__).parents[2] / "data" / "messages" / "1"
KEY = bytes(range(32))
STREAM = "0190aaaa-0000-7000-8000-000000000001"
SERVER = "0190aaaa-0000-7000-8000-0000000000ff"
A, B = "00000000000000aa", "00000000000000bb"


def rows() -> list[Row]:
    """Five visits: new ones, an edited one, one in conflict, one deleted."""
    out = []
    for n in range(5):
        values = {
            "date": f"2026-11-{16 + n}",
            "phone": f"091234567{n}",
            "lines/r1": {"#": 0, "service": "K01"},
        }
        record = records.create(
            "support_visit",
            f"0190bbbb-0000-7000-8000-00000000000{n}",
            values,
            Dot(n + 1, A),
            Stamp(1_790_000_000 + n, "m1", 1),
        )
        if n in (1, 2):
            other = records.edit(record, {"phone": "0911111111"}, Dot(20, B), Stamp(1_790_000_100, "m2", 1))
            mine = records.edit(record, {"phone": "0922222222"}, Dot(20, A), Stamp(1_790_000_101, "m1", 1))
            record = other if n == 1 else records.merge(mine, other)
        if n == 3:
            record = records.delete(record, Dot(21, A), Stamp(1_790_000_200, "m1", 1))
        out.append(Row(record.kind, record.id, encode_image(record), n + 1))
    return out


def vectors() -> dict[str, Any]:
    """Everything a second implementation can check itself against."""
    plain = pack_rows(rows(), plain=True)
    packed = pack_rows(rows())
    packet = seal(
        PacketHead(A, STREAM, 1, FIRST, 21, 1, 5),
        pack_rows([r._replace(seq=0) for r in rows()], plain=True),
        KEY,
    )
    request = ExchangeRequest(1, A, "0" * 16, 1, "", 1, (Cursor(SERVER, "", STREAM),), (packet.data,))
    exception = ReceiptException(
        f"{A}:1", "support_visit", rows()[0].id, "phone", "bad_phone", Outcome.REFUSED
    )
    receipt = sign_receipt(Receipt("e" * 32, STREAM, A, 1, packet.hash, 5, (exception,)), KEY)
    epoch = sign_epoch(Epoch(SERVER, 2, "e" * 32, "d" * 32, (Fork(STREAM, 3, "0" * 16),)), KEY)
    return {
        "private_key": KEY.hex(),
        "public_key": public_of(KEY).hex(),
        "images": [
            {
                "kind": r.kind,
                "id": r.id,
                "image": r.image.decode(),
                "hash": image_hash(r.kind, r.id, r.image).hex(),
                "bucket": bucket_of(r.id),
            }
            for r in rows()
        ],
        "digest": digest_of(image_hash(r.kind, r.id, r.image) for r in rows()).root,
        "body_plain": plain.decode(),
        "body_packed": packed.hex(),
        "packet": packet.data.hex(),
        "packet_hash": packet.hash.hex(),
        "request_plain": encode_message(request, plain=True).decode(),
        "receipt": json.loads(encode_message(receipt, plain=True)),
        "epoch": json.loads(encode_message(epoch, plain=True)),
        "fact": fact(KEY, "weekly_log", "w", "approved", Dot(7, B), True),
        "fact_over": fact(KEY, "weekly_log", "w", "narrative", Dot(9, B), "đã nộp", {A: 6, B: 7}),
    }


def test_the_promised_bytes_are_what_we_write() -> None:
    known = json.loads((FOLDER / "vectors.json").read_text("utf-8"))
    now = json.loads(json.dumps(vectors()))
    # zstd may pack differently in another release; what it unpacks to may not
    packed, known_packed = now.pop("body_packed"), known.pop("body_packed")
    assert now == known
    assert (
        sorted(unpack_rows(bytes.fromhex(known_packed)))
        == sorted(unpack_rows(bytes.fromhex(packed)))
        == sorted(rows())
    )


def test_the_promised_bytes_read_back() -> None:
    known = json.loads((FOLDER / "vectors.json").read_text("utf-8"))
    packet = open_packet(bytes.fromhex(known["packet"]))
    assert packet.signed_by(bytes.fromhex(known["public_key"]))
    assert packet.hash.hex() == known["packet_hash"]
    assert [r.image.decode() for r in unpack_rows(packet.body)] == [i["image"] for i in known["images"]]
    request = decode_message(known["request_plain"].encode(), ExchangeRequest)
    assert request.packets == (packet.data,)


if __name__ == "__main__":
    (FOLDER / "vectors.json").write_text(json.dumps(vectors(), ensure_ascii=False, indent=1) + "\n", "utf-8")
