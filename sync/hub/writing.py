"""What the server writes by its own hand: dots of its own replica id, signed facts, whole records.

The server's replica id is made of (epoch, stream): a restored server never writes under a dot it has used.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping

from sync.hub.ports import Archive, ArchiveTransaction, Judge, Put, StreamState
from sync.protocol import facts, records
from sync.protocol.cells import EMPTY, Value, plain, same_value, seen_besides, winner
from sync.protocol.dots import Context, Dot
from sync.protocol.image import decode_image, encode_image, image_hash
from sync.protocol.records import Record, Stamp

LEADERS = frozenset({"leader", "deputy"})
"""Roles that may write fields whose writer is ``leader``."""


def server_replica(epoch: str, stream: str) -> str:
    """The replica id under which a server writes in one stream during one epoch (named by its random)."""
    message = f"{epoch}\0{stream}".encode()
    return hashlib.blake2b(message, digest_size=8, person=b"ntmdesk.server").hexdigest()


def write_record(
    tx: ArchiveTransaction,
    archive: Archive,
    stream: str,
    kind: str,
    id: str,
    changes: Mapping[str, Value],
    *,
    at: int,
    judge: Judge,
    random: Callable[[int], bytes],
    by: str = "",
) -> Record:
    """One save by the server itself in a stream locked by ``tx``: creates the record or edits its shown
    values.

    ``changes``: cell name -> value or ``records.REMOVED``; a value that is not everyone's to write is signed
    as a fact.  A value equal to the one shown changes nothing; nothing changed writes nothing.  ``at``:
    seconds since 1970. ValueError when the id belongs to another kind.
    """
    state = tx.state(stream)
    stored = tx.load(stream, (id,)).get(id)
    dot = Dot(state.highest + 1, server_replica(tx.epoch().random, stream))
    stamp = Stamp(at, by, judge.version)
    old = decode_image(kind, id, stored.image) if stored else None
    if stored is not None and stored.kind != kind:
        raise ValueError("id in use by another kind")
    wanted = {name: value for name, value in changes.items() if old is None or not _stands(old, name, value)}
    if old is not None and not wanted:
        return old
    signed = {
        name: facts.fact(archive.private_key, kind, id, name, dot, value, _replaces(old, name))
        if value is not records.REMOVED and judge.writer(kind, name, value) != "anyone"
        else value
        for name, value in wanted.items()
    }
    new = (
        records.edit(old, signed, dot, stamp)
        if old is not None
        else records.create(
            kind, id, {n: v for n, v in signed.items() if v is not records.REMOVED}, dot, stamp
        )
    )
    image = encode_image(new)
    seq = state.seq + 1
    tx.put(stream, [Put(kind, id, seq, image, image_hash(kind, id, image), old is None)])
    tx.advance(stream, StreamState(seq, random(8).hex(), dot.counter))
    return new


def _replaces(record: Record | None, name: str) -> Context:
    """What an edit of the shown value takes the place of: all that was seen of the cell and does not stay."""
    cell = record.cells.get(name, EMPTY) if record is not None else EMPTY
    return seen_besides(cell, cell.siblings.keys() - {winner(cell)})


def _stands(record: Record, name: str, value: Value) -> bool:
    cell = record.cells.get(name)
    if cell is None or not cell.siblings:
        return value is records.REMOVED
    if value is records.REMOVED or len(cell.siblings) > 1:
        return False
    (now,) = cell.siblings.values()
    return same_value(plain(now), value)
