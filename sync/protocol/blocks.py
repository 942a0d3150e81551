"""Rows as they travel: many records of one kind in columns, all of them of the plainest sort.

Nearly every record that travels is alone under one dot, with one value in each cell and nothing in its
contexts.  Such records stay in columns from the wire to the database: judged, derived and turned into
canonical bytes a column at a time.  Whatever is not so plain becomes a ``Copy`` of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, islice, pairwise
from operator import ge
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from sync.protocol import columns
from sync.protocol.columns import Blobs, bad
from sync.protocol.copies import (
    CELL,
    CELLS_LIMIT,
    ROWS_LIMIT,
    Copy,
    cell_name,
    check_dots,
    check_heads,
    checked,
    encode,
    read_again,
)
from sync.protocol.pages import Row
from sync.protocol.texts import Piece, Template, texts

AT_ONCE = 1_000
"""So many records that are not so plain are turned into copies at a time."""


class Dots(NamedTuple):
    """Who wrote the records of a block, when: one entry a record in each column."""

    replicas: list[str]
    counters: list[int]
    ats: list[int]
    bys: list[str]
    catalogues: list[int]


class Column(NamedTuple):
    """One cell of every record of a block.  ``presence``: one byte a record, 1 = has it; None = all have."""

    name: str
    presence: bytes | None
    values: list[Any]


class Elements(NamedTuple):
    """The rows or elements of one field: ``counts`` a record, then keys and values one after the other.

    Keys of a record ascend.  ``plain``: every value is true."""

    field: str
    counts: list[int]
    keys: list[str]
    values: list[Any]
    plain: bool


class Block:
    """Records of one kind in columns: each under one dot, one value a cell, no contexts, checked.

    ``cells`` are ascending by name, ``elements`` by field.
    """

    def __init__(
        self,
        kind: str,
        ids: list[str],
        seqs: list[int],
        dots: Dots,
        cells: list[Column],
        elements: list[Elements],
    ) -> None:
        self.kind = kind
        self.ids = ids
        self.seqs = seqs
        self.dots = dots
        self.cells = cells
        self.elements = elements

    def __len__(self) -> int:
        return len(self.ids)

    def values(self) -> int:
        """How much JSON its records are one by one, as ``Allowance`` counts."""
        return _as_json(len(self), self.cells, self.elements)

    def claims(self) -> dict[str, int]:
        """The greatest counter of each replica."""
        replicas, counters = self.dots.replicas, self.dots.counters
        if replicas.count(replicas[0]) == len(replicas):
            return {replicas[0]: max(counters)}
        out: dict[str, int] = {}
        for replica, counter in zip(replicas, counters, strict=True):
            if counter > out.get(replica, 0):
                out[replica] = counter
        return out

    def images(self) -> list[str]:
        """The canonical images, as text."""
        pieces: list[Piece] = [_dot_piece(self.dots)]
        parts: list[tuple[str, Column | Elements]] = [(c.name, c) for c in self.cells]
        parts += [(f"{e.field}/", e) for e in self.elements]
        parts.sort(key=lambda part: part[0])
        anchor = next((i for i, (_, p) in enumerate(parts) if type(p) is Column and p.presence is None), -1)
        if anchor < 0:
            return [copy.image().decode() for copy in self.copies()]
        for i, (_, part) in enumerate(parts):
            before, after = ("", ",") if i < anchor else (",", "") if i > anchor else ("", "")
            pieces.append(
                _cell_piece(part, before, after)
                if isinstance(part, Column)
                else _elements_piece(part, before, after)
            )
        pieces.append(Piece("},{}]"))
        return Template(pieces).fill(len(self))

    def copies(self) -> Iterator[Copy]:
        """The records one by one."""
        empty: dict[str, dict[str, int]] = {}
        cells = _one_by_one(len(self), self.cells, self.elements)
        for i, dot in enumerate(zip(*self.dots, strict=True)):
            yield Copy(self.kind, self.ids[i], self.seqs[i], ([dot], cells[i], empty))

    def rows(self) -> Iterator[Row]:
        """The records one by one, as canonical bytes."""
        for id, image, seq in zip(self.ids, self.images(), self.seqs, strict=True):
            yield Row(self.kind, id, image.encode(), seq)


class Body:
    """The rows of one body: ``blocks`` of plain ones, ``copies`` of the others."""

    def __init__(self, blocks: list[Block], copies: list[Copy]) -> None:
        self.blocks = blocks
        self.copies = copies

    def __len__(self) -> int:
        return sum(map(len, self.blocks)) + len(self.copies)

    def __iter__(self) -> Iterator[Copy]:
        for block in self.blocks:
            yield from block.copies()
        yield from self.copies

    def ids(self) -> list[str]:
        """The ids of all rows."""
        return [id for block in self.blocks for id in block.ids] + [copy.id for copy in self.copies]


class RowGroup(Protocol):
    """Records of one kind that are not rows yet."""

    @property
    def ids(self) -> Sequence[str]:
        """The ids of the records."""

    def rows(self) -> Iterable[Row]:
        """The records one by one, as they came."""


_Group = TypeVar("_Group", bound=RowGroup)


class GroupedRows(Sequence[Row], Generic[_Group]):
    """Rows of which some still stand in groups; whoever does not know of groups meets plain rows."""

    def __init__(self, groups: Sequence[_Group], others: Sequence[Row]) -> None:
        self.groups = groups
        self.others = others
        self._all: list[Row] | None = None

    def __len__(self) -> int:
        return sum(len(group.ids) for group in self.groups) + len(self.others)

    def __getitem__(self, at: Any) -> Any:
        return self._rows()[at]

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows())

    def _rows(self) -> list[Row]:
        if self._all is None:
            self._all = [row for group in self.groups for row in group.rows()] + list(self.others)
        return self._all


class BlockRows(GroupedRows[Block]):
    """Rows of which some are still in columns."""


def _dot_piece(dots: Dots) -> Piece:
    piece = Piece('[[["')
    piece.add(dots.replicas)
    for numbers in (dots.counters, dots.ats):
        piece.text('",' if numbers is dots.counters else ",")
        piece.add(numbers)
    piece.text(",")
    quote, bys = texts(dots.bys)
    piece.text(quote)
    piece.add(bys)
    piece.text(quote + ",")
    piece.add(dots.catalogues)
    piece.text("]],{")
    return piece


def _cell_piece(column: Column, before: str, after: str) -> Piece:
    quote, values = texts(column.values)
    begin, end = f"{before}{encode(column.name).decode()}:[0,{quote}", f"{quote}]{after}"
    if column.presence is not None:
        present = iter(values)
        return Piece("").add([f"{begin}{next(present)}{end}" if bit else "" for bit in column.presence])
    return Piece(begin).add(values).text(end)


def _elements_piece(part: Elements, before: str, after: str) -> Piece:
    prefix = encode(part.field + "/").decode()[:-1]
    names = {key: f"{prefix}{encode(key).decode()[1:]}:[0," for key in set(part.keys)}
    if part.plain:
        whole = {key: f"{name}true]" for key, name in names.items()}
        cells = list(map(whole.__getitem__, part.keys))
    else:
        values = map(encode, part.values)
        cells = [f"{names[k]}{v.decode()}]" for k, v in zip(part.keys, values, strict=True)]
    ends = list(accumulate(part.counts))
    starts = (0, *ends[:-1])
    return Piece("").add(
        [
            f"{before}{','.join(cells[start:end])}{after}" if end > start else ""
            for start, end in zip(starts, ends, strict=True)
        ]
    )


def _as_json(n: int, cells: list[Column], elements: list[Elements]) -> int:
    values = sum(len(column.values) for column in cells) + sum(len(part.keys) for part in elements)
    return 16 * n + 4 * values


def _one_by_one(n: int, cells: list[Column], elements: list[Elements]) -> list[dict[str, list[Any]]]:
    """The cells of each record by name."""
    out: list[dict[str, list[Any]]] = [{} for _ in range(n)]
    for name, presence, values in cells:
        here = out if presence is None else [p for p, bit in zip(out, presence, strict=True) if bit]
        for plain, value in zip(here, values, strict=True):
            plain[name] = [0, value]
    for field, counts, keys, values, _ in elements:
        at = 0
        for plain, count in zip(out, counts, strict=True):
            for i in range(at, at + count):
                plain[f"{field}/{keys[i]}"] = [0, values[i]]
            at += count
    return out


def read_block(block: Any, blobs: Blobs, out: Body) -> None:
    """Adds one block of a body to ``out``; WireError ``bad_message`` for what nobody of ours wrote."""
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
    dots = _read_dots(block[5], n if simple else sum(counts), blobs)
    contexts = columns.unpack(block[6], n, blobs)
    if type(block[7]) is not list or type(block[8]) is not list:
        raise bad("cells")
    fields = len(block[7]) + len(block[8])
    if fields > CELLS_LIMIT:
        raise bad("too many cells")
    blobs.allowance.values(n * fields)
    cells: list[tuple[Column, bytes | None]] = [_read_cell(cell, n, blobs) for cell in block[7]]
    elements = [_read_elements(field, n, blobs) for field in block[8]]
    simple = simple and not any(contexts) and all(indexes is None for _, indexes in (*cells, *elements))
    if simple and _in_order([c for c, _ in cells], [e for e, _ in elements]):
        check_heads(kind, ids, seqs)
        check_dots(*dots)
        if not _all_have_something(n, cells, elements):
            raise bad("empty")
        out.blocks.append(Block(kind, ids, seqs, dots, [c for c, _ in cells], [e for e, _ in elements]))
        return
    at = 0
    blobs.allowance.values(_as_json(n, [c for c, _ in cells], [e for e, _ in elements]))
    parsed = _one_by_one(n, [c for c, _ in cells], [e for e, _ in elements])
    for (name, presence, _), indexes in cells:
        if indexes is not None:
            here = parsed if presence is None else [p for p, b in zip(parsed, presence, strict=True) if b]
            for plain, index in zip(here, indexes, strict=True):
                plain[name][0] = index
    for part, indexes in elements:
        if indexes is not None:
            _number(part, indexes, parsed)
    table = list(zip(*dots, strict=True))
    for start in range(0, n, AT_ONCE):
        rows = []
        for i in range(start, min(start + AT_ONCE, n)):
            rows.append((kind, ids[i], seqs[i], (table[at : at + counts[i]], parsed[i], contexts[i])))
            at += counts[i]
            parsed[i] = {}
        out.copies += checked(read_again(rows))


def _read_dots(parts: Any, n: int, blobs: Blobs) -> Dots:
    if type(parts) is not list or len(parts) != 5 or n > 16 * ROWS_LIMIT:
        raise bad("dots")
    blobs.allowance.values(len(parts) * n)
    return Dots(*(columns.unpack(part, n, blobs) for part in parts))


def _read_cell(cell: Any, n: int, blobs: Blobs) -> tuple[Column, bytes | None]:
    """One cell of every record, and the places of its dots; None where all stand under the first."""
    if type(cell) is not list or len(cell) != 4:
        raise bad("cell")
    name = cell_name(cell[0])
    if "/" in name:
        raise bad("cell name")
    presence = columns.unpack_presence(cell[1], n, blobs)
    here = n if presence is None else presence.count(1)
    blobs.spread(here, len(name))
    indexes = _read_indexes(cell[2], here, blobs)
    return Column(name, presence, columns.unpack(cell[3], here, blobs) if here else []), indexes


def _read_elements(field: Any, n: int, blobs: Blobs) -> tuple[Elements, bytes | None]:
    if type(field) is not list or len(field) != 5 or type(field[0]) is not str:
        raise bad("field")
    counts = columns.unpack(field[1], n, blobs)
    if set(map(type, counts)) != {int} or min(counts) < 0:
        raise bad("counts")
    total = sum(counts)
    if max(counts) > CELLS_LIMIT:
        raise bad("too many cells")
    if not 0 < total <= 16 * ROWS_LIMIT:
        raise bad("counts")
    blobs.allowance.values(2 * total)
    keys = columns.unpack(field[2], total, blobs)
    indexes = _read_indexes(field[3], total, blobs)
    values = columns.unpack(field[4], total, blobs)
    distinct = set(keys) if set(map(type, keys)) == {str} else {""}
    cell_name(f"{field[0]}/{max(distinct, key=len)}")
    if not all(map(CELL.fullmatch, distinct)):
        raise bad("key")
    plain = set(map(type, values)) == {bool} and all(values)
    return Elements(field[0], counts, keys, values, plain), indexes


def _read_indexes(description: Any, n: int, blobs: Blobs) -> bytes | None:
    if description is None:
        return None
    if type(description) is not list or len(description) != 3:
        raise bad("indexes")
    data = blobs.take(description[2])
    if len(data) != n:
        raise bad("indexes")
    return data


def _number(part: Elements, indexes: bytes, parsed: list[dict[str, list[Any]]]) -> None:
    at = 0
    for plain, count in zip(parsed, part.counts, strict=True):
        for i in range(at, at + count):
            plain[f"{part.field}/{part.keys[i]}"][0] = indexes[i]
        at += count


def _in_order(cells: list[Column], elements: list[Elements]) -> bool:
    """Whether names come once each and ascend, keys too, as everything we pack does."""
    for names in ([c.name for c in cells], [e.field for e in elements]):
        if any(a >= b for a, b in pairwise(names)):
            return False
    for part in elements:
        if "/" in part.field:
            return False
        back = list(map(ge, part.keys, islice(part.keys, 1, None)))
        if any(back):  # only where a record ends
            ends = set(accumulate(part.counts))
            if any(is_back and i not in ends for i, is_back in enumerate(back, 1)):
                return False
    return True


def _all_have_something(
    n: int, cells: list[tuple[Column, bytes | None]], elements: list[tuple[Elements, bytes | None]]
) -> bool:
    if any(column.presence is None for column, _ in cells):
        return True
    here = bytearray(n)
    for column, _ in cells:
        here = bytearray(a | b for a, b in zip(here, column.presence or b"", strict=True))
    for part, _ in elements:
        here = bytearray(a | (b > 0) for a, b in zip(here, part.counts, strict=True))
    return here.count(0) == 0
