"""Records of any kind out: CSV for spreadsheets, lines of JSON for programs; whole files only."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ntmdesk.errors import UserError
from ntmdesk.store.unit_of_work import UnitOfWork
from ntmdesk.system.whole_files import write_whole
from sync.protocol.kinds import Kind

PAGE = 500
"""Rows read at a time."""

FORMATS = ("csv", "jsonl")
BOM = b"\xef\xbb\xbf"
_RISKY = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Exported:
    """How many records went into which file."""

    rows: int
    file: str

    def document(self) -> dict[str, Any]:
        """The binding JSON of the verb ``export``."""
        return {"rows": self.rows, "file": self.file}


def export(
    uow: UnitOfWork,
    kind: str,
    path: Path,
    where: Mapping[str, Any] | None = None,
    search: str | None = None,
    bom: bool = False,
) -> Exported:
    """Writes all living records of a kind to ``path``; ``.csv`` or ``.jsonl`` (``.json``) by its ending.

    ``bom``: the mark by which Excel knows UTF-8.  Order is that of ``list``.  UserError ``unknown_kind``,
    ``unknown_field``, ``not_yet`` for a workbook, ``invalid`` (field ``file``) for another ending;
    EnvironmentProblem ``disk_full``, ``read_only``.  A file that may hold identity numbers is its
    owner's alone.
    """
    known = uow.catalogue.kinds.get(kind)
    if known is None:
        raise UserError("unknown_kind", kind=kind)
    format_ = _format(path)
    keys = uow.records.keys(kind, where, search)
    shipped = uow.records.list(kind, where, search).rows if not keys else []
    rows = _rows(uow, keys) if keys else iter(shipped)
    count = len(keys) or len(shipped)
    pieces = _csv(known, rows, bom) if format_ == "csv" else _lines(known, rows)
    write_whole(path, pieces, private=_personal(known))
    return Exported(count, str(path))


def _personal(kind: Kind) -> bool:
    return any(field.type == "id_number" for field in kind.fields)


def _format(path: Path) -> str:
    ending = path.suffix.lower().lstrip(".")
    if ending in ("xlsx", "xls"):
        raise UserError("not_yet", what="xlsx")
    ending = {"json": "jsonl", "ndjson": "jsonl"}.get(ending, ending)
    if ending not in FORMATS:
        raise UserError("invalid", field="file", value=ending, allowed=list(FORMATS))
    return ending


def _rows(uow: UnitOfWork, keys: Sequence[int]) -> Iterator[dict[str, Any]]:
    for first in range(0, len(keys), PAGE):
        yield from uow.records.rows(keys[first : first + PAGE])


def _lines(kind: Kind, rows: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    """Fields in the order of the catalogue, whatever order they came in: laptops that hold the same records
    write the same bytes."""
    places = {name: place for place, name in enumerate(("id", *kind.names))}
    for row in rows:
        kept = {name: row[name] for name in sorted(row, key=lambda n: (places.get(n, len(places)), n))}
        for name in [n for n in kept if n in ("kind", "state") or n[0] == "_"]:
            del kept[name]
        yield json.dumps(_steady(kept), ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _steady(values: Mapping[str, Any]) -> dict[str, Any]:
    """The same with the names inside objects in order."""
    return {
        name: json.loads(json.dumps(value, sort_keys=True)) if isinstance(value, dict | list) else value
        for name, value in values.items()
    }


def _csv(kind: Kind, rows: Iterable[Mapping[str, Any]], bom: bool) -> Iterator[bytes]:
    """Headings are field names, so that the file can be read in again; sets are joined by ``;``, rows are
    JSON.  A text that a spreadsheet would run as a formula gets an apostrophe in front."""
    if bom:
        yield BOM
    names = ("id", *kind.names)
    page = io.StringIO(newline="")
    writer = csv.writer(page, lineterminator="\r\n")
    writer.writerow(names)
    for row in rows:
        writer.writerow([cell_text(row.get(name)) for name in names])
        if page.tell() > 65_536:
            yield page.getvalue().encode()
            page.seek(0)
            page.truncate()
    yield page.getvalue().encode()


def cell_text(value: Any) -> str:
    """A value as the text of a CSV cell; blank is an empty cell, never 0."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_RISKY) else value
    if isinstance(value, list) and all(isinstance(v, str) for v in value):
        return cell_text(";".join(value))
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return str(value)
