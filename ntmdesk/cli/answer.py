"""What a verb answers, and how it is printed: one JSON document, or sentences and tables."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TextIO


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings; None is blank."""

    headings: Sequence[str]
    rows: Sequence[Sequence[object]]


SAID: Any = object()
"""The document of a verb that has printed its own while it ran."""


@dataclass(frozen=True, slots=True)
class Answer:
    """``document``: what ``--json`` prints.  ``text``: what people read.  ``code``: the exit code."""

    document: Any
    text: str | Table | Sequence[str | Table] = ""
    code: int = 0


def print_answer(answer: Answer, out: TextIO, as_json: bool) -> None:
    """Prints one answer and a line end."""
    if as_json:
        if answer.document is SAID:
            return
        out.write(json.dumps(answer.document, ensure_ascii=False, default=_plain) + "\n")
        return
    text = answer.text
    parts: Sequence[str | Table] = [text] if isinstance(text, str | Table) else text
    for part in parts:
        lines = _lines(part) if isinstance(part, Table) else [part]
        for line in lines:
            if line:
                out.write(line + "\n")


def _plain(value: object) -> Any:
    if isinstance(value, frozenset | set):
        return sorted(value)
    return str(value)


def _lines(table: Table) -> Iterator[str]:
    shown = [[_cell(v) for v in row] for row in (table.headings, *table.rows)]
    widths = [max(_width(row[n]) for row in shown) for n in range(len(table.headings))]
    for number, row in enumerate(shown):
        yield "  ".join(_pad(cell, width) for cell, width in zip(row, widths, strict=True)).rstrip()
        if number == 0:
            yield "  ".join("─" * width for width in widths)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return ", ".join(map(_cell, value))
    return " ".join(str(value).split())


def _width(text: str) -> int:
    """Columns a text takes on a terminal: combining marks take none."""
    return sum(0 if unicodedata.combining(c) else 1 for c in text)


def _pad(text: str, width: int) -> str:
    return text + " " * (width - _width(text))
