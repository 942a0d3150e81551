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
from typing import Any

import msgspec

from sync.protocol import columns, frames
from sync.protocol.columns import Blobs, bad
from sync.protocol.copies import (
    CELL,
    ROWS_LIMIT,
    Copy,
    Parsed,
    cell_name,
    check_dot,
    check_heads,
    checked,
    encode,
    read_rows,
)
from sync.protocol.messages import RAW_BYTES
from sync.protocol.pages import Row

FEW = 4
"""With fewer rows of a kind than this, columns cost more than they save."""

_PAIRS = {2}

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
    kept: list[Row] = []
    tables: list[list[Any]] = []
    cells: list[dict[str, list[Any]]] = []
    contexts: list[dict[str, dict[str, int]]] = []
    elements: list[dict[str, list[tuple[str, list[Any]]]]] = []
    any_elements = False
    none: dict[str, list[tuple[str, list[Any]]]] = {}
    for row in rows:
        table, plain, context = _parse(row.image)
        if len(table) > 255 or set(map(len, plain.values())) != _PAIRS:
            rest.append((row.kind, row.id, row.seq, msgspec.Raw(row.image)))
            continue
        inner = none
        if "/" in "".join(plain):
            any_elements = True
            inner = {}
            outer = {}
            for name, flat in plain.items():
                if "/" in name:
                    field, _, key = name.partition("/")
                    inner.setdefault(field, []).append((key, flat))
                else:
                    outer[name] = flat
            plain = outer
        kept.append(row)
        tables.append(table)
        cells.append(plain)
        contexts.append(context)
        elements.append(inner)
    if len(kept) < FEW:
        rest += [(row.kind, row.id, row.seq, msgspec.Raw(row.image)) for row in kept]
        return
    block: list[Any] = [kind, len(kept)]
    block.append(columns.pack([row.id for row in kept], blobs))
    block.append(columns.pack([row.seq for row in kept], blobs, steps=True))
    block.append(columns.pack([len(table) for table in tables], blobs))
    dots = [dot for table in tables for dot in table]
    parts = [list(part) for part in zip(*dots, strict=True)] if dots else [[]] * 5
    block.append([columns.pack(part, blobs, steps=i in (1, 2)) for i, part in enumerate(parts)])
    if any(contexts):
        block.append(["j", None, _add(encode(contexts), blobs)])
    else:
        block.append(["k", {}, 0])
    block.append([_pack_cell(name, cells, blobs) for name in sorted({n for c in cells for n in c})])
    names = sorted({field for inner in elements for field in inner}) if any_elements else ()
    block.append([_pack_elements(field, elements, blobs) for field in names])
    head.append(block)


def _add(data: bytes, blobs: list[bytes]) -> int:
    blobs.append(data)
    return len(data)


def _pack_cell(name: str, cells: list[dict[str, list[Any]]], blobs: list[bytes]) -> list[Any]:
    flats = [plain[name] for plain in cells if name in plain]
    presence = None
    if len(flats) != len(cells):
        presence = ["p", None, _add(bytes([name in plain for plain in cells]), blobs)]
    return [name, presence, _indexes(flats, blobs), columns.pack([flat[1] for flat in flats], blobs)]


def _pack_elements(
    field: str, elements: list[dict[str, list[tuple[str, list[Any]]]]], blobs: list[bytes]
) -> list[Any]:
    counts = [len(inner.get(field, ())) for inner in elements]
    flats = [pair for inner in elements for pair in inner.get(field, ())]
    return [
        field,
        columns.pack(counts, blobs),
        columns.pack([key for key, _ in flats], blobs),
        _indexes([flat for _, flat in flats], blobs),
        columns.pack([flat[1] for _, flat in flats], blobs),
    ]


def _indexes(flats: list[list[Any]], blobs: list[bytes]) -> Any:
    indexes = bytes([flat[0] for flat in flats])
    return None if not any(indexes) else ["p", None, _add(indexes, blobs)]


def unpack_rows(body: bytes) -> list[Row]:
    """The rows of a body as canonical images.  WireError ``bad_message``, ``too_large``, ``too_new``."""
    return [Row(copy.kind, copy.id, copy.image(), copy.seq) for copy in unpack_copies(body)]


def unpack_copies(body: bytes) -> list[Copy]:
    """The rows of a body, checked, as JSON.  WireError ``bad_message``, ``too_large``, ``too_new``."""
    with collection_paused():
        return _unpack_copies(body)


def _unpack_copies(body: bytes) -> list[Copy]:
    form = body[:1]
    if form == b"J":
        if len(body) > RAW_BYTES:
            raise bad("size")
        return list(checked(read_rows(body[1:])))
    if form == b"j":
        return list(checked(read_rows(frames.decompress(body[1:], RAW_BYTES))))
    if form != b"p":
        raise bad("form")
    data = frames.decompress(body[1:], RAW_BYTES)
    if len(data) < 4:
        raise bad("head")
    (length,) = struct.unpack_from("<I", data)
    try:
        head = _head(data[4 : 4 + length])
    except (msgspec.DecodeError, RecursionError, ValueError):
        raise bad("head") from None
    if not head:
        raise bad("head")
    blobs = Blobs(data, 4 + length)
    out: list[Copy] = []
    for block in head[1:]:
        _unpack_block(block, blobs, out)
    blobs.end()
    out += checked(read_rows(encode(head[0])))
    return out


def _unpack_block(block: Any, blobs: Blobs, out: list[Copy]) -> None:
    if type(block) is not list or len(block) != 9:
        raise bad("block")
    kind, n = block[0], block[1]
    if type(n) is not int or not 0 < n <= ROWS_LIMIT or len(out) + n > ROWS_LIMIT:
        raise bad("rows")
    ids = columns.unpack(block[2], n, blobs)
    seqs = columns.unpack(block[3], n, blobs)
    counts = columns.unpack(block[4], n, blobs)
    simple = counts.count(1) == n
    if not simple and not all(type(c) is int and 0 <= c < 256 for c in counts):
        raise bad("dots")
    dots = _unpack_dots(block[5], n if simple else sum(counts), blobs)
    contexts = columns.unpack(block[6], n, blobs)
    parsed: list[dict[str, list[Any]]] = [{} for _ in range(n)]
    if type(block[7]) is not list or type(block[8]) is not list:
        raise bad("cells")
    simple = simple and not any(contexts)
    for cell in block[7]:
        simple = _unpack_cell(cell, parsed, blobs) and simple
    for field in block[8]:
        simple = _unpack_elements(field, parsed, blobs) and simple
    if not simple:
        at = 0
        rows = []
        for i in range(n):
            rows.append((kind, ids[i], seqs[i], (dots[at : at + counts[i]], parsed[i], contexts[i])))
            at += counts[i]
        out += checked(read_rows(encode(rows)))
        return
    check_heads(kind, ids, seqs)
    for dot in dots:
        check_dot(dot)
    empty: dict[str, dict[str, int]] = {}
    for i in range(n):
        if not parsed[i]:
            raise bad("empty")
        out.append(Copy(kind, ids[i], seqs[i], ([dots[i]], parsed[i], empty)))


def _unpack_dots(parts: Any, n: int, blobs: Blobs) -> list[tuple[Any, ...]]:
    if type(parts) is not list or len(parts) != 5 or n > 16 * ROWS_LIMIT:
        raise bad("dots")
    return list(zip(*(columns.unpack(part, n, blobs) for part in parts), strict=True))


def _unpack_cell(cell: Any, parsed: list[dict[str, list[Any]]], blobs: Blobs) -> bool:
    """Fills one cell of every record; whether all of it stands under the records' first dots."""
    if type(cell) is not list or len(cell) != 4:
        raise bad("cell")
    name = cell_name(cell[0])
    if "/" in name:
        raise bad("cell name")
    presence = columns.unpack_presence(cell[1], len(parsed), blobs)
    here = parsed if presence is None else [p for p, bit in zip(parsed, presence, strict=True) if bit]
    indexes = _unpack_indexes(cell[2], len(here), blobs)
    values = columns.unpack(cell[3], len(here), blobs) if here else []
    if indexes is None:
        for plain, value in zip(here, values, strict=True):
            plain[name] = [0, value]
        return True
    for plain, index, value in zip(here, indexes, values, strict=True):
        plain[name] = [index, value]
    return False


def _unpack_elements(field: Any, parsed: list[dict[str, list[Any]]], blobs: Blobs) -> bool:
    if type(field) is not list or len(field) != 5 or type(field[0]) is not str:
        raise bad("field")
    counts = columns.unpack(field[1], len(parsed), blobs)
    if not all(type(c) is int and c >= 0 for c in counts):
        raise bad("counts")
    total = sum(counts)
    if not 0 < total <= 16 * ROWS_LIMIT:
        raise bad("counts")
    keys = columns.unpack(field[2], total, blobs)
    indexes = _unpack_indexes(field[3], total, blobs)
    values = columns.unpack(field[4], total, blobs)
    at = 0
    prefix = field[0] + "/"
    for plain, count in zip(parsed, counts, strict=True):
        for i in range(at, at + count):
            if type(keys[i]) is not str:
                raise bad("key")
            plain[prefix + keys[i]] = [0 if indexes is None else indexes[i], values[i]]
        at += count
    longest = max(keys, key=len)
    cell_name(prefix + longest)
    if not all(map(CELL.fullmatch, keys)):
        raise bad("key")
    return indexes is None


def _unpack_indexes(description: Any, n: int, blobs: Blobs) -> bytes | None:
    if description is None:
        return None
    if type(description) is not list or len(description) != 3:
        raise bad("indexes")
    data = blobs.take(description[2])
    if len(data) != n:
        raise bad("indexes")
    return data
