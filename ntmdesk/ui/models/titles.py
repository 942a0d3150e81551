"""What the records that others refer to are called; asked in the worker, beside the rows themselves."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Protocol

from ntmdesk.domain.kinds import Catalogue, Kind

Row = Mapping[str, Any]


class Peeking(Protocol):
    """The part of the records repository this module asks."""

    def peek(self, kind: str, id: object, deleted: bool = False) -> Row | None: ...


def title_of(kind: Kind, row: Row) -> str:
    """The words a record is known by, of the fields the catalogue names for it; its id when all are blank."""
    words = " ".join(str(row[name]) for name in kind.title if row.get(name) is not None)
    return words or str(row.get("id", ""))


def titles(
    records: Peeking,
    catalogue: Catalogue,
    kind: Kind,
    rows: Iterable[Row],
    columns: Sequence[str],
    known: Collection[str] = (),
) -> dict[str, str]:
    """Titles of what the reference ``columns`` of ``rows`` point to, by id; ``known`` ids are not asked."""
    wanted: dict[str, str] = {}
    fields = [field for name in columns if (field := kind.field(name)) is not None and field.refers]
    for row in rows:
        for field in fields:
            value = row.get(field.name)
            for one in value if isinstance(value, list) else [value]:
                if isinstance(one, str) and one not in known:
                    wanted[one] = field.refers
    found: dict[str, str] = {}
    for record, refers in wanted.items():
        referred = catalogue.kinds.get(refers)
        if referred is None:
            continue
        there = records.peek(refers, record, deleted=True)
        if there is not None:
            found[record] = title_of(referred, there)
    return found
