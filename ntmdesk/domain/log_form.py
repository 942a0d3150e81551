"""The form of a weekly log: which figures its table shows, which sections follow, who signs.

Forms change from province to province and year to year, so they are data: ``log_forms/*.toml``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sync.protocol.kinds import Catalogue, Label
from sync.protocol.kinds_tables import Table

SECTION_TYPES = frozenset(
    {
        "heading",  # a title only
        "narrative",  # the text of a field of weekly_log
        "figures",  # the table of the form's indicators
        "lines",  # support by service, persons, households
        "statuses",  # VNeID follow-ups by status
        "sessions",  # one row a training
        "counts",  # outreach by type
        "indicators",  # a few named indicators
        "difficulties",  # coded difficulties and their text
        "rows",  # the rows of a field of weekly_log
    }
)
COLUMNS = frozenset({"number", "indicator", "unit", "target", "period", "cumulative", "ratio", "note"})
_OF_A_FIELD = frozenset({"narrative", "difficulties", "rows"})
_OF_A_KIND = frozenset({"lines", "statuses", "sessions", "counts"})


@dataclass(frozen=True, slots=True)
class LogSection:
    """A numbered section.  ``field`` of weekly_log, ``kind`` of records or ``indicators`` it is made of."""

    number: str
    type: str
    label: Label
    field: str = ""
    kind: str = ""
    indicators: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LogColumn:
    """A column of the table of figures."""

    name: str
    label: Label


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature block, left to right."""

    name: str
    label: Label


@dataclass(frozen=True, slots=True)
class Annex:
    """An annex; a ``personal`` one holds names and is written only when asked for."""

    number: int
    label: Label
    personal: bool


@dataclass(frozen=True, slots=True)
class LogForm:
    """One form of the log.  ``period``: ``week``.  ``indicators``: rows of its table, in order."""

    name: str
    label: Label
    period: str
    indicators: tuple[str, ...]
    columns: tuple[LogColumn, ...]
    sections: tuple[LogSection, ...]
    signatures: tuple[Signature, ...]
    annexes: tuple[Annex, ...]


def read_log_form(catalogue: Catalogue, file: str, data: Mapping[str, Any]) -> LogForm:
    """Reads one parsed file and checks what it names; raises CatalogueError."""
    table = Table(file, "", data)
    form = LogForm(
        name=table.name("name"),
        label=table.label("label"),
        period=table.one_of("period", ("week", "month", "quarter", "year", "campaign"), "week"),
        indicators=_indicators(catalogue, table),
        columns=tuple(_column(row) for row in table.tables("columns", at_least=1)),
        sections=tuple(_section(catalogue, row) for row in table.tables("sections", at_least=1)),
        signatures=tuple(_signature(row) for row in table.tables("signatures")),
        annexes=tuple(_annex(row) for row in table.tables("annexes")),
    )
    table.done()
    return form


def _indicators(catalogue: Catalogue, table: Table) -> tuple[str, ...]:
    known = catalogue.lists.get("indicators")
    codes = table.names("indicators")
    for code in codes:
        if known is None or known.get(code) is None:
            table.wrong("indicators", f"{code!r} is not in list 'indicators'")
    return codes


def _column(row: Table) -> LogColumn:
    column = LogColumn(row.one_of("name", COLUMNS), row.words())
    row.done()
    return column


def _section(catalogue: Catalogue, row: Table) -> LogSection:
    type_ = row.one_of("type", SECTION_TYPES)
    field, kind = row.text("field", ""), row.text("kind", "")
    log = catalogue.kinds.get("weekly_log")
    if (type_ in _OF_A_FIELD) != bool(field):
        row.wrong("field", f"belongs to sections of type {', '.join(sorted(_OF_A_FIELD))}")
    if field and (log is None or log.field(field) is None):
        row.wrong("field", f"{field!r} is no field of weekly_log")
    if (type_ in _OF_A_KIND) != bool(kind):
        row.wrong("kind", f"belongs to sections of type {', '.join(sorted(_OF_A_KIND))}")
    if kind and kind not in catalogue.kinds:
        row.wrong("kind", f"there is no kind {kind!r}")
    section = LogSection(row.text("number"), type_, row.words(), field, kind, _indicators(catalogue, row))
    if (type_ == "indicators") != bool(section.indicators):
        row.wrong("indicators", "belongs to sections of type indicators")
    row.done()
    return section


def _signature(row: Table) -> Signature:
    signature = Signature(row.name("name"), row.words())
    row.done()
    return signature


def _annex(row: Table) -> Annex:
    annex = Annex(row.integer("number", minimum=1), row.words(), row.boolean("personal", False))
    row.done()
    return annex
