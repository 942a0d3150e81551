"""Narrowing down where two replicas differ (rule 37): kinds, then buckets of ids, then hashes, then
copies."""

from __future__ import annotations

import msgspec

from sync.hub.ports import Archive, ArchiveTransaction, Device
from sync.protocol.bodies import pack_rows
from sync.protocol.codec import encode_answer
from sync.protocol.digest import bucket_of, by_bucket, by_kind
from sync.protocol.errors import WireError
from sync.protocol.image import image_hash
from sync.protocol.messages import COMPARE_IDS, CompareReply, CompareRequest
from sync.protocol.pages import Row
from sync.protocol.versions import SPOKEN, Versions, decode_request


def compare(archive: Archive, device: Device, body: bytes, spoken: Versions = SPOKEN) -> bytes:
    """Answers one step of a narrowing, reading only.

    WireError ``foreign_stream``, ``revoked``, ``bad_message``, ``too_old``, ``too_new``.
    """
    request = decode_request(body, CompareRequest, spoken)
    if device.revoked:
        raise WireError("revoked", device=device.id)
    if request.stream not in device.streams:
        raise WireError("foreign_stream", stream=request.stream)
    with archive.look() as tx:
        reply = CompareReply(epoch=tx.epoch().random, seq=tx.state(request.stream).seq)
        return encode_answer(_answer(tx, request, reply), body)


def _answer(tx: ArchiveTransaction, request: CompareRequest, reply: CompareReply) -> CompareReply:
    if request.ask == "kinds":
        return msgspec.structs.replace(reply, sums=by_kind(tx.hashes(request.stream, None)))
    if request.ask == "buckets":
        return msgspec.structs.replace(reply, sums=by_bucket(tx.hashes(request.stream, request.kind)))
    if request.ask == "hashes":
        wanted = set(request.buckets)
        found = {
            id: h.hex() for _, id, h in tx.hashes(request.stream, request.kind) if bucket_of(id) in wanted
        }
        return msgspec.structs.replace(reply, hashes=found)
    if request.ask == "rows":
        if len(request.ids) > COMPARE_IDS:
            raise WireError("too_large", limit=COMPARE_IDS)
        stored = tx.load(request.stream, request.ids)
        rows = [Row(record.kind, id, record.image, record.seq) for id, record in stored.items()]
        hashes = {row.id: image_hash(row.kind, row.id, row.image).hex() for row in rows}
        return msgspec.structs.replace(reply, hashes=hashes, rows=pack_rows(rows) if rows else b"")
    raise WireError("bad_message", reason="ask")
