"""The canonical image of a record: one sequence of bytes for one state, on every machine.

``[dots, cells, contexts]`` in JSON: ``dots`` = ``[[replica, counter, at, by, catalogue], ...]`` ascending
by dot; ``cells`` = field -> ``[dot index, value, dot index, value, ...]``; ``contexts`` = field ->
``{replica: counter}`` without the entries that equal the greatest counter among that replica's siblings
(rule 6).  Digests, storage and comparison all stand on these bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from sync.protocol.cells import Cell, Twins, twin_values
from sync.protocol.dots import Dot
from sync.protocol.records import Record, Stamp

_encode = msgspec.json.Encoder(order="deterministic").encode
_decode = msgspec.json.Decoder(
    tuple[list[tuple[str, int, int, str, int]], dict[str, list[Any]], dict[str, dict[str, int]]]
).decode

NO_STAMP = Stamp(0, "", 0)


def encode_image(record: Record) -> bytes:
    """The canonical bytes of a record's cells (kind and id stand beside them, not inside)."""
    dots = sorted({dot for cell in record.cells.values() for dot in cell.siblings})
    index = {dot: i for i, dot in enumerate(dots)}
    table = [(d.replica, d.counter, *record.stamps.get(d, NO_STAMP)) for d in dots]
    cells: dict[str, list[Any]] = {}
    contexts: dict[str, dict[str, int]] = {}
    for name, cell in record.cells.items():
        flat: list[Any] = []
        implied: dict[str, int] = {}
        for dot in sorted(cell.siblings):
            for value in twin_values(cell.siblings[dot]):
                flat += (index[dot], value)
            implied[dot.replica] = dot.counter
        cells[name] = flat
        rest = {r: n for r, n in cell.context.items() if implied.get(r) != n}
        if rest:
            contexts[name] = rest
    return _encode((table, cells, contexts))


def decode_image(kind: str, id: str, data: bytes) -> Record:
    """The record of canonical bytes this program wrote; ValueError (msgspec's) for anything malformed."""
    return record_of(kind, id, *_decode(data))


def record_of(
    kind: str,
    id: str,
    table: Sequence[Any],
    flats: Mapping[str, list[Any]],
    contexts: Mapping[str, Mapping[str, int]],
) -> Record:
    """The record of an image that is already parsed from JSON."""
    dots = [Dot(counter, replica) for replica, counter, *_ in table]
    stamps = {dot: Stamp(row[2], row[3], row[4]) for dot, row in zip(dots, table, strict=True)}
    cells: dict[str, Cell] = {}
    for name, flat in flats.items():
        siblings: dict[Dot, Any] = {}
        context = dict(contexts.get(name, ()))
        for i in range(0, len(flat), 2):
            dot = dots[flat[i]]
            if dot in siblings:
                siblings[dot] = Twins((*twin_values(siblings[dot]), flat[i + 1]))
            else:
                siblings[dot] = flat[i + 1]
            if dot.counter > context.get(dot.replica, 0):
                context[dot.replica] = dot.counter
        cells[name] = Cell(siblings, context)
    return Record(kind, id, cells, stamps)


def image_hash(kind: str, id: str, image: bytes) -> bytes:
    """16 bytes that stand for one state of one record; what digests add up (rule 37)."""
    h = hashlib.blake2b(digest_size=16, person=b"ntmdesk.record")
    h.update(kind.encode())
    h.update(b"\0")
    h.update(id.encode())
    h.update(b"\0")
    h.update(image)
    return h.digest()
