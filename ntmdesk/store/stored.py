"""Rows of the ``record`` table as this floor handles them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, TypeVar

from ntmdesk.store.sqlcipher import Connection
from sync.protocol.image import decode_image
from sync.protocol.records import Record

COLUMNS = "n, id, kind, stream, life, shown, cells, seq, hash, there, served, open, back"

T = TypeVar("T")


class Stored(NamedTuple):
    """One row as it lies in the file; ``migrations`` says what each column means."""

    n: int
    id: str
    kind: str
    stream: str
    life: int
    shown: str
    cells: str
    seq: int
    hash: bytes
    there: bytes | None
    served: int
    open: int
    back: int

    def record(self) -> Record:
        """The record of its cells."""
        return decode_image(self.kind, self.id, self.cells.encode())


def by_id(db: Connection, kind: str, id: str) -> Stored | None:
    """The row of one record, born or not, deleted or not."""
    row = db.execute(f"SELECT {COLUMNS} FROM record WHERE id=? AND kind=?", (id, kind)).fetchone()
    return None if row is None else Stored(*row)


def any_kind(db: Connection, id: str) -> Stored | None:
    """The row of an id, whatever its kind; a living one first should two kinds ever share it."""
    row = db.execute(
        f"SELECT {COLUMNS} FROM record WHERE id=? ORDER BY life = 0, kind LIMIT 1", (id,)
    ).fetchone()
    return None if row is None else Stored(*row)


def by_ids(db: Connection, ids: Iterable[str]) -> dict[tuple[str, str], Stored]:
    """The rows of many records by (kind, id), in few statements."""
    found: dict[tuple[str, str], Stored] = {}
    for some in batches(list(ids), 500):
        marks = ",".join("?" * len(some))
        for row in db.execute(f"SELECT {COLUMNS} FROM record WHERE id IN ({marks})", some):
            found[row[2], row[1]] = Stored(*row)
    return found


def batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Consecutive slices: a statement takes only so many parameters."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
