"""Bodies of packets and pages: many copies of records <-> bytes.

The first byte tells the form: ``J`` plain JSON, ``j`` the same JSON in a zstd frame, ``p`` packed columns
in a zstd frame.  JSON is ``[[kind, id, seq, image], ...]`` with the image as JSON, not as text.  Packed is
``head length:u32le head blobs``; head = ``[rest, block, ...]``; ``rest`` = JSON rows that fit no block;
a block holds one kind::

    [kind, n, ids, seqs, dot counts, [replicas, counters, ats, bys, catalogues], contexts,
     [[cell, presence, dot indexes, values], ...], [[field, counts, keys, dot indexes, values], ...]]

with column descriptions (``columns.py``) at each lower-case place.  Rows come out grouped by kind: their
order is not kept.  What comes out is canonical: equal states have equal bytes.
"""

from __future__ import annotations

import gc
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import compress
from typing import Any

import msgspec

from sync.protocol import columns, frames
from sync.protocol.allowance import RAW_BYTES, Allowance
from sync.protocol.blocks import Body, read_block
from sync.protocol.columns import Blobs, bad
from sync.protocol.copies import Copy, Parsed, checked, encode, read_again, read_rows
from sync.protocol.gathering import AT_ONCE, Gathered
from sync.protocol.pages import Row

FEW = 4
"""With fewer rows of a kind than this, columns cost more than they save."""

_parse = msgspec.json.Decoder(Parsed).decode
_head = msgspec.json.Decoder(list[Any]).decode


@contextmanager
def collection_paused() -> Iterator[None]:
    """Garbage collection waits while many small lists are made that all stay alive: a quarter of the time.

    Whoever finds it paused already leaves it so.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def pack_rows(rows: Sequence[Row], level: int = frames.FAST, plain: bool = False) -> bytes:
    """One body.  ``level``: of zstd (``frames.FAST``, ``frames.SMALL``).  ``plain``: readable JSON.

    Images must be canonical bytes made by ``encode_image``.
    """
    with collection_paused():
        return _pack_rows(rows, level, plain)


def _pack_rows(rows: Sequence[Row], level: int, plain: bool) -> bytes:
    if plain or len(rows) < FEW:
        data = encode([(row.kind, row.id, row.seq, msgspec.Raw(row.image)) for row in rows])
        return b"J" + data if plain else b"j" + frames.compress(data, level)
    by_kind: dict[str, list[Row]] = {}
    for row in rows:
        by_kind.setdefault(row.kind, []).append(row)
    rest: list[Any] = []
    head: list[Any] = [rest]
    blobs: list[bytes] = []
    for kind, some in by_kind.items():
        _pack_kind(kind, some, head, rest, blobs)
    encoded = encode(head)
    return b"p" + frames.compress(b"".join((struct.pack("<I", len(encoded)), encoded, *blobs)), level)


def _pack_kind(kind: str, rows: list[Row], head: list[Any], rest: list[Any], blobs: list[bytes]) -> None:
    gathered = Gathered()
    kept: list[Row] = []
    for start in range(0, len(rows), AT_ONCE):
        some = rows[start : start + AT_ONCE]
        if not gathered.add([row.image for row in some]):
            odd = list(map(_is_odd, some))
            rest += map(_whole, compress(some, odd))
            some = [row for row, is_odd in zip(some, odd, strict=True) if not is_odd]
            if some:
                gathered.add([row.image for row in some])
        kept += some
    if len(kept) < FEW:
        rest += map(_whole, kept)
        return
    block: list[Any] = [kind, len(kept)]
    block.append(columns.pack([row.id for row in kept], blobs))
    block.append(columns.pack([row.seq for row in kept], blobs, steps=True))
    head.append(block + gathered.described(blobs))


def _is_odd(row: Row) -> bool:
    """Whether a record does not fit into columns."""
    table, cells, _ = _parse(row.image)
    return len(table) > 255 or any(len(flat) != 2 for flat in cells.values())


def _whole(row: Row) -> tuple[str, str, int, msgspec.Raw]:
    return row.kind, row.id, row.seq, msgspec.Raw(row.image)


def renumber(body: bytes, first: int, level: int = frames.FAST) -> bytes:
    """A packed body without numbers, whose rows are then numbered from ``first`` on in their order.

    The body must have been unpacked before and hold nothing but columns.  ``level``: of zstd.
    """
    data = frames.decompress(body[1:], RAW_BYTES)
    (length,) = struct.unpack_from("<I", data)
    head = _head(data[4 : 4 + length])
    at = 4 + length
    parts: list[bytes] = []
    for block in head[1:]:
        n = block[1]
        ids, seqs, rest = columns.size(block[2]), columns.size(block[3]), _size_of(block)
        numbers: list[bytes] = []
        block[3] = columns.pack(range(first, first + n), numbers, steps=True)
        parts += (data[at : at + ids], *numbers, data[at + ids + seqs : at + rest])
        at += rest
        first += n
    encoded = encode(head)
    return b"p" + frames.compress(b"".join((struct.pack("<I", len(encoded)), encoded, *parts)), level)


def _size_of(block: list[Any]) -> int:
    described = [*block[2:5], *block[5], block[6]]
    described += [part for _, *parts in (*block[7], *block[8]) for part in parts]
    return sum(map(columns.size, described))


def unpack_rows(body: bytes) -> list[Row]:
    """The rows of a body as canonical images.  WireError ``bad_message``, ``too_large``, ``too_new``."""
    return [Row(copy.kind, copy.id, copy.image(), copy.seq) for copy in unpack_copies(body)]


def unpack_copies(body: bytes) -> list[Copy]:
    """The rows of a body, checked, as JSON.  WireError ``bad_message``, ``too_large``, ``too_new``."""
    with collection_paused():
        allowance = Allowance()
        found = _unpack(body, allowance)
        for block in found.blocks:
            allowance.values(block.values())
        return list(found)


def unpack_body(body: bytes, allowance: Allowance | None = None) -> Body:
    """The rows of a body, checked, in columns where they came so.  WireError as ``unpack_copies``.

    ``allowance``: what is left to the message that brought the body, where it brings several.
    """
    with collection_paused():
        return _unpack(body, allowance or Allowance())


def _unpack(body: bytes, allowance: Allowance) -> Body:
    form = body[:1]
    if form == b"J":
        allowance.take(len(body))
        return Body([], list(checked(read_rows(body[1:], allowance))))
    if form == b"j":
        return Body([], list(checked(read_rows(allowance.unpack(body[1:]), allowance))))
    if form != b"p":
        raise bad("form")
    data = allowance.unpack(body[1:])
    if len(data) < 4:
        raise bad("head")
    (length,) = struct.unpack_from("<I", data)
    told = data[4 : 4 + length]
    allowance.json(told)
    try:
        head = _head(told)
    except (msgspec.DecodeError, RecursionError, ValueError):
        raise bad("head") from None
    if not head:
        raise bad("head")
    blobs = Blobs(data, 4 + length, allowance)
    out = Body([], [])
    for block in head[1:]:
        read_block(block, blobs, out)
    blobs.end()
    out.copies += checked(read_again(head[0]))
    return out
