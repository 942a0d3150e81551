"""``conflicts`` and ``conflicts resolve``: one field, two values."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from ntmdesk.cli.answer import Answer, Table
from ntmdesk.cli.desk import Desk, Words

if TYPE_CHECKING:
    from ntmdesk.cli.verbs import Verbs
    from ntmdesk.services.records import Conflict
    from ntmdesk.store.unit_of_work import UnitOfWork

_NONE: Words = ("Không có gì trái nhau.", "There are no conflicts.")
_SETTLED: Words = ("Đã giải quyết {field}.", "{field} is settled.")
_HEADINGS: Words = ("bản ghi|loại|mục|giá trị|người ghi|đang hiện", "record|kind|field|value|by|shown")


def register(verbs: Verbs) -> None:
    """Adds ``conflicts``."""
    parser = verbs.add("conflicts", show, help=("mục có hai giá trị trái nhau", "fields with two values"))
    resolve_parser = verbs.actions(parser, required=False).add(
        "resolve", resolve, help=("chọn giá trị: mine, theirs, dot:REPLICA:N, value:TEXT", "choose the value")
    )
    resolve_parser.add_argument("id", metavar="ID")
    resolve_parser.add_argument("field", metavar="FIELD")
    resolve_parser.add_argument("choice", metavar="CHOICE")


def show(desk: Desk, options: argparse.Namespace) -> Answer:
    """Lists what nobody has settled yet."""
    from ntmdesk.services import records

    with desk.look() as uow:
        found = records.conflicts(uow)
        lines = [] if desk.json else [line for c in found for line in _lines(desk, uow, c)]
    rows = [
        {
            "id": c.id,
            "kind": c.kind,
            "field": c.field,
            "values": [
                {
                    "dot": v.dot.text,
                    "value": v.value,
                    "by": v.by,
                    "at": records.iso_moment(v.at),
                    "shown": v.shown,
                }
                for v in c.values
            ],
        }
        for c in found
    ]
    table = Table(desk.say(_HEADINGS).split("|"), lines)
    return Answer({"rows": rows, "total": len(rows)}, table if rows else desk.say(_NONE))


def _lines(desk: Desk, uow: UnitOfWork, conflict: Conflict) -> list[list[object]]:
    """A line for each value, as people read it: labels, names, masked numbers."""
    from ntmdesk.cli.records import reference_text, value_text

    kind = uow.catalogue.kinds.get(conflict.kind)
    field = kind.field(conflict.field) if kind else None
    return [
        [
            conflict.id,
            desk.label(kind.label) if kind else conflict.kind,
            desk.label(field.label) if field else conflict.field,
            value_text(desk, uow, field, v.value) if field else v.value,
            reference_text(uow, "member", v.by),
            "•" if v.shown else "",
        ]
        for v in conflict.values
    ]


def resolve(desk: Desk, options: argparse.Namespace) -> Answer:
    """Settles one."""
    from ntmdesk.services import records

    with desk.begin() as uow:
        row = records.resolve(uow, options.id, options.field, options.choice)
    document = {
        "id": row["id"],
        "field": options.field,
        "value": row.get(options.field),
        "state": row["state"],
    }
    return Answer(document, desk.say(_SETTLED, field=options.field))
