"""Reads a table out of a CSV file as people make them: any separator, with or without a byte-order mark,
titles above the headings, empty rows and totals in between.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ntmdesk.domain.text import fold, squeeze
from ntmdesk.errors import UserError

DELIMITERS = (",", ";", "\t", "|")
HEAD_ROWS = 20
"""How many rows from the top the headings are looked for in."""

MAX_BYTES = 64 * 1024 * 1024
_TOTALS = ("tong", "cong", "tong cong", "tong so", "total", "cong tong")


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row of data; ``line``: where it begins in the file, from 1."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table.  ``skipped``: (line, why) of rows that are no data: ``empty``, ``total``, ``heading``."""

    headings: tuple[str, ...]
    heading_line: int
    rows: tuple[SheetRow, ...]
    delimiter: str
    encoding: str
    skipped: tuple[tuple[int, str], ...] = ()


def heading_key(text: str) -> str:
    """What two headings are compared by: folded, signs as blanks."""
    return " ".join("".join(c if c.isalnum() else " " for c in fold(text)).split())


def read_sheet(data: bytes, known_heading: Callable[[str], bool]) -> Sheet:
    """The table of a file.  ``known_heading`` says whether a heading's key means something.

    UserError ``import_unreadable`` with ``reason``: ``empty``, ``encoding``, ``binary``, ``too_big``,
    ``no_headings``, ``not_csv``; ``not_yet`` for a workbook.
    """
    text, encoding = _decode(data)
    first = text.split("\n", 1)[0].strip().lower()
    chosen = None
    if first.startswith("sep=") and len(first) >= 5:
        chosen = "\t" if first[4:] in ("\\t", "") else first[4]
    delimiter = chosen or _delimiter(text)
    rows = _parse(text, delimiter)
    place = _heading_row(rows, known_heading)
    headings = tuple(squeeze(cell) for cell in rows[place].cells)
    keys = [heading_key(h) for h in headings]
    data_rows: list[SheetRow] = []
    skipped: list[tuple[int, str]] = []
    for row in rows[place + 1 :]:
        why = _no_data(row.cells, keys)
        if why:
            skipped.append((row.line, why))
        else:
            data_rows.append(row)
    return Sheet(headings, rows[place].line, tuple(data_rows), delimiter, encoding, tuple(skipped))


def _decode(data: bytes) -> tuple[str, str]:
    if not data.strip():
        raise UserError("import_unreadable", reason="empty")
    if len(data) > MAX_BYTES:
        raise UserError("import_unreadable", reason="too_big")
    if data[:4] == b"PK\x03\x04" or data[:4] == b"\xd0\xcf\x11\xe0":
        raise UserError("not_yet", what="xlsx")
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as wrong:
        raise UserError("import_unreadable", reason="encoding", at=wrong.start) from wrong
    if "\x00" in text:
        raise UserError("import_unreadable", reason="binary")
    return text, encoding


def _delimiter(text: str) -> str:
    """The separator that splits most rows into the same number of cells, more than one."""
    sample = text[:20_000]
    best, score = ",", 0.0
    for delimiter in DELIMITERS:
        if delimiter not in sample:
            continue
        counts = [len(r.cells) for r in _parse(sample, delimiter, lenient=True) if any(r.cells)]
        wide = [c for c in counts if c > 1]
        if not wide:
            continue
        common = max(set(wide), key=wide.count)
        found = wide.count(common) / len(counts) * min(common, 8)
        if found > score:
            best, score = delimiter, found
    return best


def _parse(text: str, delimiter: str, lenient: bool = False) -> list[SheetRow]:
    csv.field_size_limit(1_000_000)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=False)
    rows: list[SheetRow] = []
    line = 1
    try:
        for cells in reader:
            rows.append(SheetRow(line, tuple(cell.replace("\r\n", "\n").strip() for cell in cells)))
            line = reader.line_num + 1
    except csv.Error as wrong:
        if not lenient:
            raise UserError("import_unreadable", reason="not_csv", line=reader.line_num) from wrong
    return rows


def _heading_row(rows: Sequence[SheetRow], known: Callable[[str], bool]) -> int:
    best, score = -1, 0
    for place, row in enumerate(rows[:HEAD_ROWS]):
        hits = len({key for cell in row.cells if (key := heading_key(cell)) and known(key)})
        if hits > score:
            best, score = place, hits
    if best < 0:
        raise UserError("import_unreadable", reason="no_headings")
    return best


def _no_data(cells: Sequence[str], headings: Sequence[str]) -> str:
    filled = [cell for cell in cells if cell]
    if not filled:
        return "empty"
    keys = [heading_key(cell) for cell in cells]
    if keys[: len(headings)] == list(headings):
        return "heading"
    first = next((key for key in keys if key), "")
    if first in _TOTALS or any(
        first.startswith(f"{t} ") and len(filled) <= 4 for t in ("tong cong", "tong so")
    ):
        return "total"
    if all(key.isdigit() for key in keys if key) and len(filled) == len(headings) > 2 and _counts_up(keys):
        return "heading"
    return ""


def _counts_up(keys: Sequence[str]) -> bool:
    """A row ``1, 2, 3 …`` under the headings numbers the columns."""
    return list(keys) == [str(n) for n in range(1, len(keys) + 1)]
