"""Records that came in columns and are new here: everything the store computes from them, a column at a time.

What it gives is what ``Shape.derive`` gives record by record; whatever it cannot tell it leaves to that.
``foresee`` computes it before the store is asked anything, in whichever thread has the time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import accumulate, repeat
from typing import TYPE_CHECKING, Any, NamedTuple

from ntmdesk.store import views
from ntmdesk.store.insertion import insert
from ntmdesk.store.shapes import (
    LIVING,
    Derived,
    Shape,
    encode_shown,
    place_of,
    plain_text,
    row_shown,
    terms_of,
    texts_of,
)
from ntmdesk.store.writing import INTO, SAMENESS
from sync.protocol.blocks import Block, BlockRows, Column, Elements, GroupedRows
from sync.protocol.cells import plain
from sync.protocol.copies import encode
from sync.protocol.image import image_hashes
from sync.protocol.pages import Row
from sync.protocol.records import BORN, DELETED
from sync.protocol.texts import Piece, Template, texts

if TYPE_CHECKING:
    from ntmdesk.store.unit_of_work import UnitOfWork


class DerivedColumns(NamedTuple):
    """``Derived`` of many living records; ``terms`` None and ``links`` () where a record has none."""

    shown: list[str]
    sort: Iterable[bytes | None]
    day: Iterable[str | None]
    terms: Sequence[str | None]
    links: Sequence[tuple[bytes, ...]]


class Foreseen(NamedTuple):
    """All that is stored of a block's records but their numbers here, as ``shape`` had it; ascending by id.

    Each page of the index by id is then met once, not once a record.  ``columns``: id, shown, image, hash,
    served, sort, day.  ``highest``: the greatest counter.
    """

    kind: str
    shape: Shape
    columns: tuple[Sequence[Any], ...]
    terms: Sequence[str | None]
    links: Sequence[tuple[bytes, ...]]
    highest: int

    @property
    def ids(self) -> Sequence[str]:
        """The ids of the records."""
        return self.columns[0]

    def rows(self) -> Iterable[Row]:
        """The records one by one, as they came."""
        ids, _, images, _, served, _, _ = self.columns
        for id, image, seq in zip(ids, images, served, strict=True):
            yield Row(self.kind, id, image.encode(), seq)


class ForeseenRows(GroupedRows[Foreseen]):
    """Rows of which nearly all is computed."""


def foresee(shapes: Mapping[str, Shape], rows: Sequence[Row]) -> Sequence[Row]:
    """The same rows, with all that can be told without reading the store; pure, for any thread."""
    if not isinstance(rows, BlockRows):
        return rows
    groups: list[Foreseen] = []
    others = list(rows.others)
    for block in rows.groups:
        foreseen = _foresee(shapes.get(block.kind) or Shape(block.kind, None), block)
        if foreseen is None:
            others += block.rows()
        else:
            groups.append(foreseen)
    return ForeseenRows(groups, others)


def _foresee(shape: Shape, block: Block) -> Foreseen | None:
    derived = derive_columns(shape, block)
    if derived is None:
        return None
    images = block.images()
    hashes = image_hashes(block.kind, block.ids, map(str.encode, images))
    columns: tuple[Sequence[Any], ...] = (
        block.ids,
        derived.shown,
        images,
        hashes,
        block.seqs,
        list(derived.sort),
        list(derived.day),
    )
    order = sorted(range(len(block)), key=block.ids.__getitem__)
    links = [derived.links[i] for i in order] if any(derived.links) else ()
    terms = [derived.terms[i] for i in order]
    in_order = tuple([column[i] for i in order] for column in columns)
    return Foreseen(block.kind, shape, in_order, terms, links, max(block.dots.counters))


def arrive_foreseen(uow: UnitOfWork, stream: str, rows: ForeseenRows) -> tuple[int, Sequence[Row]]:
    """Stores the groups whose records are all new here: how many records, and the rows that are left."""
    ids = [(group.kind, id) for group in rows.groups for id in group.ids]
    ids += [(row.kind, row.id) for row in rows.others]
    if len(set(ids)) != len(ids) or uow.db.execute("SELECT 1 FROM aside LIMIT 1").fetchone():
        return 0, rows
    stored = 0
    left = list(rows.others)
    for group in rows.groups:
        shape = group.shape if group.shape.kind is not None else None
        if uow.shapes.get(group.kind) is not shape or _any_here(uow, group):
            left += group.rows()
        else:
            _arrive(uow, stream, group)
            stored += len(group.ids)
    return stored, left


def _any_here(uow: UnitOfWork, group: Foreseen) -> bool:
    found = uow.db.execute(
        "SELECT 1 FROM json_each(?) AS came CROSS JOIN record ON record.id = came.value AND kind = ? LIMIT 1",
        (encode_shown(group.ids).decode(), group.kind),
    ).fetchone()
    return found is not None


def _arrive(uow: UnitOfWork, stream: str, group: Foreseen) -> None:
    db, kind, n = uow.db, group.kind, len(group.ids)
    first = uow.next_row()
    uow.skip_rows(n - 1)
    ids, shown, images, hashes, served, sort, day = group.columns
    uow.add_up(stream, hashes, first)
    numbers = range(first, first + n)
    seqs = range(uow.seq + 1, uow.seq + 1 + n)
    same = (repeat(kind), repeat(stream), repeat(LIVING))
    flags = (repeat(0), repeat(0))
    columns = (numbers, ids, *same, shown, images, seqs, hashes, repeat(None), served, sort, day, *flags)
    insert(db, INTO, zip(*columns, strict=False))
    uow.seq += n
    links = [(target, first + i) for i, targets in enumerate(group.links) for target in targets]
    views.write_links(db, links)
    if kind in uow.shapes:
        views.write_following_terms(db, kind, first, group.terms)
    uow.learn(group.highest)
    uow.touched.add(kind)
    concerns = uow.samenesses.concerns
    bare = Derived({}, LIVING, None, None, 0, 0, None, ())
    uow.writer.regroup([(None, kind, id, bare) for id in ids if concerns(id)])


def derive_columns(shape: Shape, block: Block) -> DerivedColumns | None:
    """Everything beside the cells of every record of a block; None where only ``Shape.derive`` can tell."""
    names = [column.name for column in block.cells]
    if block.kind == SAMENESS or BORN not in names or DELETED in names:
        return None
    shown = _Shown(len(block))
    for column in block.cells:
        if column.name == BORN and column.presence is not None:
            return None
        if column.name[0] != "_" and not shown.add_cell(column):
            return None
    for part in block.elements:
        if part.field[:1] in ("@", "_", "") or not shown.add_elements(part):
            return None
    if shown.doubled or any(alias in shown.names for alias in shape.aliases):
        return None
    n = len(block)
    sort: Iterable[bytes | None] = repeat(None, n)
    if shape.sort_by:
        sort = map(shape.sort_by, map(plain_text, shown.values(shape.sort)))
    day: Iterable[str | None] = repeat(None, n)
    if shape.day:
        day = [value if type(value) is str else "" for value in shown.values(shape.day)]
    return DerivedColumns(shown.texts(), sort, day, _terms(shape, shown, n), _links(shape, shown, n))


class _Shown:
    """What is displayed of many records, by field."""

    def __init__(self, n: int) -> None:
        self.names: set[str] = set()
        self.doubled = False
        self._n = n
        self._pieces: list[tuple[bool, Callable[[str], Piece]]] = []
        self._values: dict[str, Callable[[], Sequence[Any]]] = {}

    def add_cell(self, column: Column) -> bool:
        """A plain field or a group; False when it must be looked at record by record."""
        name, presence, values = column
        types = set(map(type, values))
        if dict in types:
            values = list(map(plain, values))
            types = set(map(type, values))
        if name[0] == "@":
            return self._add_group(presence, values)
        if type(None) in types:
            presence, values = _without_blank(self._n, presence, values)
        self._note(name, lambda: _spread(presence, values))
        self._pieces.append((presence is None, lambda comma: _cell_piece(comma, name, presence, values)))
        return True

    def add_elements(self, part: Elements) -> bool:
        """A set or rows."""
        ends = list(accumulate(part.counts))
        starts = (0, *ends[:-1])
        if dict in set(map(type, part.values)):
            entries = [
                (place_of(value), key, value)
                for key, value in zip(part.keys, map(plain, part.values), strict=True)
            ]
            lists: list[list[Any]] = [
                [row_shown(key, value) for _, key, value in sorted(entries[start:end], key=_by_place)]
                for start, end in zip(starts, ends, strict=True)
            ]
            self._note(part.field, lambda: [found or None for found in lists])
            written = [encode_shown(found).decode() if found else "" for found in lists]
        else:
            keys = [encode_shown(key).decode() for key in part.keys]
            self._note(
                part.field,
                lambda: [
                    part.keys[start:end] if end > start else None
                    for start, end in zip(starts, ends, strict=True)
                ],
            )
            written = [
                f"[{','.join(keys[start:end])}]" if end > start else ""
                for start, end in zip(starts, ends, strict=True)
            ]
        whole = 0 not in part.counts
        self._pieces.append((whole, lambda comma: _written_piece(comma, part.field, written)))
        return True

    def _add_group(self, presence: bytes | None, values: Sequence[Any]) -> bool:
        if set(map(type, values)) != {dict}:
            return False
        for name in {name for value in values for name in value}:
            self._note(name, partial(_member, name, presence, values))
        written = [
            encode({name: v for name, v in value.items() if v is not None}).decode()[1:-1] for value in values
        ]
        self._pieces.append((False, lambda comma: _group_piece(comma, _spread(presence, written))))
        return True

    def _note(self, name: str, values: Callable[[], Sequence[Any]]) -> None:
        self.doubled = self.doubled or name in self.names
        self.names.add(name)
        self._values[name] = values

    def values(self, name: str) -> Sequence[Any]:
        """What each record shows in a field; None where nothing."""
        found = self._values.get(name)
        return [None] * self._n if found is None else found()

    def texts(self) -> list[str]:
        """The JSON of each record."""
        if self._pieces and self._pieces[0][0]:
            pieces = [make("," if i else "") for i, (_, make) in enumerate(self._pieces)]
            return Template([Piece("{"), *pieces, Piece("}")]).fill(self._n)
        filled = Template([make(",") for _, make in self._pieces]).fill(self._n)
        return [f"{{{text[1:]}}}" for text in filled]


def _without_blank(n: int, presence: bytes | None, values: Sequence[Any]) -> tuple[bytes, list[Any]]:
    spread = _spread(presence, values) if presence is not None else values
    return bytes(value is not None for value in spread), [v for v in spread if v is not None]


def _spread(presence: bytes | None, values: Sequence[Any]) -> Sequence[Any]:
    if presence is None:
        return values
    found = iter(values)
    return [next(found) if bit else None for bit in presence]


def _cell_piece(comma: str, name: str, presence: bytes | None, values: Sequence[Any]) -> Piece:
    quote, written = texts(values)
    begin = f"{comma}{encode_shown(name).decode()}:{quote}"
    if presence is None:
        return Piece(begin).add(written).text(quote)
    found = iter(written)
    return Piece("").add([f"{begin}{next(found)}{quote}" if bit else "" for bit in presence])


def _written_piece(comma: str, name: str, written: Sequence[str]) -> Piece:
    begin = f"{comma}{encode_shown(name).decode()}:"
    return Piece("").add([f"{begin}{text}" if text else "" for text in written])


def _group_piece(comma: str, written: Sequence[str | None]) -> Piece:
    return Piece("").add([f"{comma}{text}" if text else "" for text in written])


def _member(name: str, presence: bytes | None, values: Sequence[Any]) -> Sequence[Any]:
    return _spread(presence, [value.get(name) for value in values])


def _by_place(entry: tuple[int, str, Any]) -> tuple[int, str]:
    return entry[:2]


def _terms(shape: Shape, shown: _Shown, n: int) -> Sequence[str | None]:
    columns: list[list[str | None]] = []
    for name, type_ in shape.search:
        if name not in shown.names:
            continue
        column: list[str | None] = []
        for value in shown.values(name):
            if type(value) is str:
                column.append(terms_of(value, type_))
            elif value is None:
                column.append(None)
            else:
                some = [terms_of(text, type_) for text in texts_of(value)]
                column.append(" ".join(some) if some else None)
        columns.append(column)
    if not columns:
        return [None] * n
    return [" ".join([t for t in some if t is not None]) or None for some in zip(*columns, strict=True)]


def _links(shape: Shape, shown: _Shown, n: int) -> Sequence[tuple[bytes, ...]]:
    names = [name for name in shape.linking if name in shown.names]
    if not names:
        return ()
    columns = [shown.values(name) for name in names]
    return [shape.links(dict(zip(names, some, strict=True))) for some in zip(*columns, strict=True)]
