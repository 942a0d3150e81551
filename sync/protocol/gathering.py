"""Images on their way into columns: parsed some at a time, so that few of them are ever there as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, chain, compress, pairwise
from operator import itemgetter
from typing import Any

import msgspec

from sync.protocol import columns
from sync.protocol.copies import encode

AT_ONCE = 200
"""Images parsed together."""

_Dot = tuple[str, int, int, str, int]
_Cells = dict[str, tuple[int, Any]]
_Pairs = tuple[list[_Dot], _Cells, dict[str, dict[str, int]]]
"""An image with one value in each cell."""

_parse = msgspec.json.Decoder(list[_Pairs]).decode
_PLACE = itemgetter(0)
_VALUE = itemgetter(1)


class _Column:
    """The values of one cell, or of one field's elements, and the places of their dots."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self.indexes = bytearray()

    def add(self, flats: Sequence[tuple[int, Any]]) -> None:
        self.indexes += bytes(map(_PLACE, flats))
        self.values += map(_VALUE, flats)

    def described(self, blobs: list[bytes]) -> list[Any]:
        """The descriptions of the places and of the values."""
        places = ["p", None, put(self.indexes, blobs)] if any(self.indexes) else None
        return [places, columns.pack(self.values, blobs)]


class _Cell(_Column):
    """``presence``: one byte a record."""

    def __init__(self, records: int) -> None:
        super().__init__()
        self.presence = bytearray(records)


class _Elements(_Column):
    """``counts``: how many a record has; ``keys``: one after the other."""

    def __init__(self, records: int) -> None:
        super().__init__()
        self.counts = [0] * records
        self.keys: list[str] = []


class Gathered:
    """The parts of many images, each a column."""

    def __init__(self) -> None:
        self.records = 0
        self._dot_counts: list[int] = []
        self._dots: tuple[list[Any], ...] = ([], [], [], [], [])
        self._contexts: list[dict[str, dict[str, int]]] = []
        self._cells: dict[str, _Cell] = {}
        self._elements: dict[str, _Elements] = {}

    def add(self, images: Sequence[bytes]) -> bool:
        """Takes these images in; False, and nothing is taken, when a cell of one of them holds more or less
        than one value, or one has more than 255 dots."""
        try:
            parsed = _parse(b"[%b]" % b",".join(images))
        except msgspec.ValidationError:
            return False
        counts = [len(table) for table, _, _ in parsed]
        if max(counts) > 255:
            return False
        self._dot_counts += counts
        dots = [dot for table, _, _ in parsed for dot in table]
        for column, part in zip(self._dots, zip(*dots, strict=True), strict=False):
            column += part
        self._contexts += [context for _, _, context in parsed]
        self._add_cells([cells for _, cells, _ in parsed])
        return True

    def _add_cells(self, cells: list[_Cells]) -> None:
        names = list(chain.from_iterable(cells))
        distinct = set(names)
        elements = {name for name in distinct if "/" in name}
        for name in distinct - elements:
            column = self._cells.get(name)
            if column is None:
                column = self._cells[name] = _Cell(self.records)
            try:
                column.add([some[name] for some in cells])
                column.presence += b"\1" * len(cells)
            except KeyError:
                here = [name in some for some in cells]
                column.add([some[name] for some in compress(cells, here)])
                column.presence += bytes(here)
        if elements:
            self._add_elements(cells, names, elements)
        self.records += len(cells)
        for column in self._cells.values():
            if len(column.presence) < self.records:
                column.presence += bytes(len(cells))
        for part in self._elements.values():
            if len(part.counts) < self.records:
                part.counts += [0] * len(cells)

    def _add_elements(self, cells: list[_Cells], names: list[str], elements: set[str]) -> None:
        flats = list(chain.from_iterable(map(dict.values, cells)))
        ends = [0, *accumulate(map(len, cells))]
        for field in {name.partition("/")[0] for name in elements}:
            part = self._elements.get(field)
            if part is None:
                part = self._elements[field] = _Elements(self.records)
            keys = {name: name[len(field) + 1 :] for name in elements if name.startswith(f"{field}/")}
            here = list(map(keys.__contains__, names))
            sums = [0, *accumulate(here)]
            part.counts += [sums[end] - sums[start] for start, end in pairwise(ends)]
            part.keys += [keys[name] for name in compress(names, here)]
            part.add(list(compress(flats, here)))

    def described(self, blobs: list[bytes]) -> list[Any]:
        """What a block says of them, from the dot counts on; their bytes are appended to ``blobs``."""
        out: list[Any] = [columns.pack(self._dot_counts, blobs)]
        out.append([columns.pack(part, blobs, steps=i in (1, 2)) for i, part in enumerate(self._dots)])
        if any(self._contexts):
            out.append(["j", None, put(encode(self._contexts), blobs)])
        else:
            out.append(["k", {}, 0])
        out.append([self._cell(name, blobs) for name in sorted(self._cells)])
        out.append([self._field(field, blobs) for field in sorted(self._elements)])
        return out

    def _cell(self, name: str, blobs: list[bytes]) -> list[Any]:
        column = self._cells[name]
        presence = ["p", None, put(column.presence, blobs)] if 0 in column.presence else None
        return [name, presence, *column.described(blobs)]

    def _field(self, field: str, blobs: list[bytes]) -> list[Any]:
        part = self._elements[field]
        return [
            field,
            columns.pack(part.counts, blobs),
            columns.pack(part.keys, blobs),
            *part.described(blobs),
        ]


def put(data: bytes | bytearray, blobs: list[bytes]) -> int:
    """Appends bytes to the blob area; how many."""
    blobs.append(bytes(data))
    return len(data)
