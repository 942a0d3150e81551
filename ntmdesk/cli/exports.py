"""``export``: records of a kind into a CSV or JSON-lines file."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ntmdesk.cli.answer import Answer
from ntmdesk.cli.desk import Desk, Words

if TYPE_CHECKING:
    from ntmdesk.cli.verbs import Verbs

_DONE: Words = ("Đã xuất {rows} bản ghi vào {file}.", "{rows} records were written to {file}.")


def register(verbs: Verbs) -> None:
    """Adds the verb."""
    words = ("xuất ra tệp CSV hoặc JSON", "write records to a CSV or JSON file")
    parser = verbs.add("export", run, help=words)
    parser.add_argument("kind", metavar="KIND")
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("--where", metavar="F=V", action="append", default=[])
    parser.add_argument("--bom", action="store_true", help=verbs.say(("để mở bằng Excel", "for Excel")))


def run(desk: Desk, options: argparse.Namespace) -> Answer:
    """Writes the file."""
    from ntmdesk.cli.records import conditions
    from ntmdesk.services.exports import export

    with desk.look() as uow:
        where = conditions(desk, uow, options.kind, options.where)
        done = export(uow, options.kind, Path(options.file), where or None, bom=options.bom)
    document = done.document()
    return Answer(document, desk.say(_DONE, **document))
