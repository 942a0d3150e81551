"""A copy of a record on its way in: names, numbers and form checked before anything else looks at it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

import msgspec

from sync.protocol.allowance import Allowance, is_too_deep
from sync.protocol.cells import canonical
from sync.protocol.columns import bad
from sync.protocol.dots import COUNTER_LIMIT, is_replica
from sync.protocol.image import record_of
from sync.protocol.records import Record

ROWS_LIMIT = 50_000
"""No body holds more rows."""

CELLS_LIMIT = 20_000
"""No record has more cells; what would give one more is refused with ``too_many_cells``."""

Parsed = tuple[list[Any], dict[str, list[Any]], dict[str, dict[str, int]]]
"""An image as JSON: dots, cells, contexts."""

encode = msgspec.json.Encoder(order="deterministic").encode
"""Canonical JSON."""
_rows = msgspec.json.Decoder(
    list[
        tuple[
            str,
            str,
            int,
            tuple[list[tuple[str, int, int, str, int]], dict[str, list[Any]], dict[str, dict[str, int]]],
        ]
    ]
).decode

_NESTED = frozenset({list, dict})
_KIND = re.compile(r"[a-z][a-z0-9_]{0,63}", re.ASCII)
_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z._:-]{0,95}", re.ASCII)
CELL = re.compile(r"[^\x00-\x1f\x7f]{1,160}")


class Copy(msgspec.Struct, frozen=True, gc=False):
    """A row on its way in, not yet turned into canonical bytes: what the hub judges."""

    kind: str
    id: str
    seq: int
    parsed: Parsed

    def image(self) -> bytes:
        """The canonical bytes."""
        return encode(self.parsed)

    def record(self) -> Record:
        """The copy as a record, to merge with."""
        return record_of(self.kind, self.id, *self.parsed)

    def highest(self) -> int:
        """The greatest counter anywhere in the copy."""
        table, _, contexts = self.parsed
        top: int = table[-1][1] if table else 0
        return max(top, *(n for c in contexts.values() for n in c.values())) if contexts else top


def read_rows(data: bytes, allowance: Allowance) -> list[Any]:
    """Rows of JSON, of the right types and not too many; WireError ``bad_message``, ``too_large``."""
    allowance.json(data)
    return _read(data)


def read_again(rows: Any) -> list[Any]:
    """``read_rows`` of what has been read as JSON of no type."""
    try:
        data = encode(rows)
    except RecursionError:
        raise bad("rows") from None
    return _read(data)


def _read(data: bytes) -> list[Any]:
    try:
        rows = _rows(data)
    except (msgspec.DecodeError, RecursionError, ValueError):
        raise bad("rows") from None
    if len(rows) > ROWS_LIMIT:
        raise bad("too many rows")
    if is_too_deep([v for row in rows for flat in row[3][1].values() for v in flat if type(v) in _NESTED]):
        raise bad("nesting")
    return rows


@lru_cache(maxsize=4096)
def _is_cell_name(name: str) -> bool:
    return CELL.fullmatch(name) is not None


def cell_name(name: Any) -> str:
    """A name that a cell may have; WireError ``bad_message``."""
    if type(name) is not str or not _is_cell_name(name):
        raise bad("cell name")
    return name


def check_heads(kind: Any, ids: Sequence[Any], seqs: Sequence[Any]) -> None:
    """Kind, ids and numbers of rows; WireError ``bad_message``."""
    if type(kind) is not str or not _KIND.fullmatch(kind):
        raise bad("kind")
    if _types(ids) - {str} or not all(map(_ID.fullmatch, ids)):
        raise bad("id")
    if _types(seqs) - {int} or min(seqs) < 0 or max(seqs) >= COUNTER_LIMIT:
        raise bad("seq")


_known_replicas: dict[str, bool] = {}


def check_dot(dot: Any) -> None:
    """A line of an image's table of dots; WireError ``bad_message``."""
    replica, counter, at, by, catalogue = dot
    if replica not in _known_replicas:
        if type(replica) is not str or not is_replica(replica):
            raise bad("replica")
        if len(_known_replicas) > 10_000:
            _known_replicas.clear()
        _known_replicas[replica] = True
    if type(counter) is not int or not 0 < counter < COUNTER_LIMIT:
        raise bad("counter")
    if type(at) is not int or not 0 <= at < COUNTER_LIMIT or type(catalogue) is not int:
        raise bad("stamp")
    if not 0 <= catalogue < 2**31 or type(by) is not str or len(by) > 64:
        raise bad("stamp")


def check_dots(
    replicas: Sequence[Any],
    counters: Sequence[Any],
    ats: Sequence[Any],
    bys: Sequence[Any],
    catalogues: Sequence[Any],
) -> None:
    """Lines of tables of dots, a column at a time; WireError ``bad_message``."""
    if _types(replicas) - {str} or not all(map(is_replica, set(replicas))):
        raise bad("replica")
    if _types(counters) - {int} or min(counters) <= 0 or max(counters) >= COUNTER_LIMIT:
        raise bad("counter")
    if _types(ats) - {int} or min(ats) < 0 or max(ats) >= COUNTER_LIMIT:
        raise bad("stamp")
    if _types(catalogues) - {int} or min(catalogues) < 0 or max(catalogues) >= 2**31:
        raise bad("stamp")
    if _types(bys) - {str} or max(map(len, bys)) > 64:
        raise bad("stamp")


def _types(values: Iterable[Any]) -> set[type]:
    return set(map(type, values))


def checked(rows: Iterable[Any]) -> Iterable[Copy]:
    """Rows that may hold anything a record can, if their images are canonical; WireError ``bad_message``."""
    for kind, id, seq, parsed in rows:
        check_heads(kind, (id,), (seq,))
        for dot in parsed[0]:
            check_dot(dot)
        if not parsed[1]:
            raise bad("empty")
        if len(parsed[1]) > CELLS_LIMIT:
            raise bad("too many cells")
        if not all(map(_is_cell_name, parsed[1])):
            raise bad("cell name")
        for context in parsed[2].values():
            for replica, counter in context.items():
                if not is_replica(replica) or not 0 < counter < COUNTER_LIMIT:
                    raise bad("context")
        if not is_canonical(parsed):
            raise bad("image")
        yield Copy(kind, id, seq, parsed)


def is_canonical(parsed: Parsed) -> bool:
    """Whether an image already parsed from JSON is the one image of its record: every dot used and in order,
    values ascending by dot, contexts without what the values imply."""
    table, cells, contexts = parsed
    dots = [(row[1], row[0]) for row in table]
    if any(a >= b for a, b in pairwise(dots)) or not contexts.keys() <= cells.keys():
        return False
    used: set[int] = set()
    for name, flat in cells.items():
        indices = flat[::2]
        if len(flat) % 2 or not all(type(i) is int and 0 <= i < len(dots) for i in indices):
            return False
        if any(a > b for a, b in pairwise(indices)) or not _twins_in_order(flat):
            return False
        used.update(indices)
        context = contexts.get(name)
        if context is not None:
            implied = {dots[i][1]: dots[i][0] for i in indices}
            if not context or any(counter <= implied.get(replica, 0) for replica, counter in context.items()):
                return False
    return len(used) == len(dots)


def _twins_in_order(flat: list[Any]) -> bool:
    """Values of one dot stand in ascending byte order, none twice."""
    return all(
        flat[i] != flat[i + 2] or canonical(flat[i + 1]) < canonical(flat[i + 3])
        for i in range(0, len(flat) - 2, 2)
    )
