"""``indicators``: figures over any days, with the records behind each."""

from __future__ import annotations

import argparse
from datetime import date
from typing import TYPE_CHECKING

from ntmdesk.cli.answer import Answer, Table
from ntmdesk.cli.desk import Desk, Words

if TYPE_CHECKING:
    from ntmdesk.cli.verbs import Verbs

_HEADINGS: tuple[Words, ...] = (
    ("Mã", "Code"),
    ("Chỉ tiêu", "Indicator"),
    ("ĐVT", "Unit"),
    ("Giá trị", "Value"),
    ("Tử số", "Numerator"),
    ("Mẫu số", "Denominator"),
)


def register(verbs: Verbs) -> None:
    """Adds the verb."""
    parser = verbs.add("indicators", run, help=("số liệu theo ngày", "figures over some days"))
    parser.add_argument("--from", metavar="D", dest="since", required=True, type=_day)
    parser.add_argument("--to", metavar="D", dest="until", required=True, type=_day)
    parser.add_argument("--code", metavar="C", action="append")
    parser.add_argument("--explain", action="store_true")


def _day(text: str) -> date:
    return date.fromisoformat(text)


def run(desk: Desk, options: argparse.Namespace) -> Answer:
    """Counts."""
    from ntmdesk.domain.catalogue import Work
    from ntmdesk.domain.numbers import format_number
    from ntmdesk.services.indicators import rows

    with desk.look() as uow:
        found = rows(uow, options.since, options.until, options.code, options.explain)
    known = Work(desk.catalogue).indicators
    document = {"rows": [row.document(options.explain) for row in found]}
    table: list[list[object]] = [
        [
            row.code,
            desk.label(known[row.code].label),
            desk.label(known[row.code].unit),
            *(format_number(v) for v in (row.value, row.numerator, row.denominator)),
        ]
        for row in found
    ]
    text: list[str | Table] = [Table([desk.say(h) for h in _HEADINGS], table)]
    if options.explain:
        text += [f"{row.code}: {', '.join(row.records)}" for row in found if row.records]
    return Answer(document, text)
