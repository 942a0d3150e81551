"""The canonical image of a record: one sequence of bytes for one state, on every machine.

``[dots, cells, contexts]`` in JSON: ``dots`` = ``[[replica, counter, at, by, catalogue], ...]`` ascending
by dot; ``cells`` = field -> ``[dot index, value, dot index, value, ...]``; ``contexts`` = field ->
``{replica: counter}`` without the entries that equal the greatest counter among that replica's siblings
(rule 6).  Digests, storage and comparison all stand on these bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from sync.protocol.cells import Cell, Twins, twin_values
from sync.protocol.dots import Dot
from sync.protocol.records import Record, Stamp

_encode = msgspec.json.Encoder(order="deterministic").encode
NO_STAMP = Stamp(0, "", 0)

Parsed = tuple[list[tuple[str, int, int, str, int]], dict[str, list[Any]], dict[str, dict[str, int]]]
"""An image as JSON: dots, cells, contexts."""

parse_image = msgspec.json.Decoder(Parsed).decode
"""Canonical bytes to JSON; ValueError (msgspec's) for anything malformed."""


def encode_image(record: Record) -> bytes:
    """The canonical bytes of a record's cells (kind and id stand beside them, not inside)."""
    return _encode(_parsed({}, [], {}, record.cells, record.stamps))


def patch_image(image: Parsed, cells: Mapping[str, Cell], stamps: Mapping[Dot, Stamp]) -> Parsed:
    """An image with some cells replaced or added; the others are taken over as they stand.

    ``stamps``: of every dot in ``cells``.  The same as encoding the whole record again, without reading it.
    """
    table, flats, contexts = image
    kept = {name: flat for name, flat in flats.items() if name not in cells}
    left = {name: context for name, context in contexts.items() if name not in cells}
    return _parsed(kept, table, left, cells, stamps)


def _parsed(
    kept: dict[str, list[Any]],
    table: Sequence[Any],
    contexts: dict[str, dict[str, int]],
    cells: Mapping[str, Cell],
    stamps: Mapping[Dot, Stamp],
) -> Parsed:
    """Flat cells of an image with this table, and cells beside them, under one table of dots."""
    used = {i for flat in kept.values() for i in flat[::2]}
    old = {i: Dot(table[i][1], table[i][0]) for i in used}
    dots = sorted({dot for cell in cells.values() for dot in cell.siblings}.union(old.values()))
    index = {dot: i for i, dot in enumerate(dots)}
    rows = {dot: table[i] for i, dot in old.items()}
    new_table = [
        (d.replica, d.counter, *stamps[d]) if d in stamps else rows.get(d, (d.replica, d.counter, *NO_STAMP))
        for d in dots
    ]
    if all(index[dot] == i for i, dot in old.items()):
        flats = kept
    else:
        flats = {
            name: [part if n % 2 else index[old[part]] for n, part in enumerate(flat)]
            for name, flat in kept.items()
        }
    for name, cell in cells.items():
        flat: list[Any] = []
        implied: dict[str, int] = {}
        for dot in sorted(cell.siblings):
            for value in twin_values(cell.siblings[dot]):
                flat += (index[dot], value)
            implied[dot.replica] = dot.counter
        flats[name] = flat
        rest = {r: n for r, n in cell.context.items() if implied.get(r) != n}
        if rest:
            contexts[name] = rest
    return new_table, flats, contexts


def decode_image(kind: str, id: str, data: bytes) -> Record:
    """The record of canonical bytes this program wrote; ValueError (msgspec's) for anything malformed."""
    return record_of(kind, id, *parse_image(data))


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


def image_hashes(kind: str, ids: Iterable[str], images: Iterable[bytes]) -> list[bytes]:
    """``image_hash`` of many records of one kind."""
    begun = hashlib.blake2b(f"{kind}\0".encode(), digest_size=16, person=b"ntmdesk.record")
    copy = begun.copy
    out: list[bytes] = []
    for id, image in zip(ids, images, strict=True):
        h = copy()
        h.update(b"%b\0%b" % (id.encode(), image))
        out.append(h.digest())
    return out


def image_hash(kind: str, id: str, image: bytes) -> bytes:
    """16 bytes that stand for one state of one record; what digests add up (rule 37)."""
    h = hashlib.blake2b(digest_size=16, person=b"ntmdesk.record")
    h.update(kind.encode())
    h.update(b"\0")
    h.update(id.encode())
    h.update(b"\0")
    h.update(image)
    return h.digest()
