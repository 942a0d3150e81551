"""``refused``: values the upper server did not take, kept on this laptop until somebody mends them."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ntmdesk.cli.answer import Answer, Table
from ntmdesk.cli.desk import Desk, Words

if TYPE_CHECKING:
    from ntmdesk.cli.verbs import Verbs
    from ntmdesk.services.quarantine import RefusedRow
    from ntmdesk.store.unit_of_work import UnitOfWork

_NONE: Words = ("Không có gì bị từ chối.", "Nothing was refused.")
_WRITTEN: Words = (
    "Đã ghi {rows} giá trị bị từ chối vào {file}.",
    "{rows} refused values were written to {file}.",
)
_HEADINGS: Words = ("bản ghi|loại|mục|giá trị|lý do|người ghi", "record|kind|field|value|reason|by")
_REVEAL: Words = ("kèm đủ số định danh", "personal numbers whole")


def register(verbs: Verbs) -> None:
    """Adds ``refused`` and ``refused export``."""
    words = ("giá trị máy chủ không nhận, chờ sửa", "values the server refused, to be mended")
    parser = verbs.add("refused", show, help=words)
    parser.add_argument("--reveal", action="store_true", help=verbs.say(_REVEAL))
    out = verbs.actions(parser, required=False).add(
        "export", export, help=("ghi ra tệp CSV", "write them to a CSV file")
    )
    out.add_argument("file", metavar="FILE", type=Path)
    out.add_argument("--reveal", action="store_true", help=verbs.say(_REVEAL))


def show(desk: Desk, options: argparse.Namespace) -> Answer:
    """Lists what nobody has mended or given up yet."""
    from ntmdesk.services import quarantine

    with desk.look() as uow:
        found = quarantine.refused_rows(uow, desk.language, options.reveal)
        lines = [] if desk.json else [_line(desk, uow, row) for row in found]
    document = {"rows": [row.document() for row in found], "total": len(found)}
    table = Table(desk.say(_HEADINGS).split("|"), lines)
    return Answer(document, table if found else desk.say(_NONE))


def export(desk: Desk, options: argparse.Namespace) -> Answer:
    """Writes the same to a file."""
    from ntmdesk.services import quarantine

    with desk.look() as uow:
        done = quarantine.export_refused(uow, options.file, desk.language, options.reveal)
    return Answer(done.document(), desk.say(_WRITTEN, **done.document()))


def _line(desk: Desk, uow: UnitOfWork, row: RefusedRow) -> list[object]:
    from ntmdesk.services.quarantine import field_label, flat

    kind = uow.catalogue.kinds.get(row.kind)
    return [
        row.title,
        desk.label(kind.label) if kind else row.kind,
        field_label(kind, row.field, desk.language),
        "" if row.field.startswith("_") else flat(row.value),
        row.reason,
        row.by,
    ]
