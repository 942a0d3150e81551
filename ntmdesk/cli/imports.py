"""``import``: a list of households or residents from a CSV file."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ntmdesk.cli.answer import Answer, Table
from ntmdesk.cli.desk import Desk, Words

if TYPE_CHECKING:
    from ntmdesk.cli.verbs import Verbs
    from ntmdesk.services.imports import Imported

_DONE: Words = (
    "{rows} dòng: thêm {added}, sửa {changed}, giữ nguyên {same}, nghi trùng {doubles},"
    " không nhận {refused}.",
    "{rows} rows: {added} added, {changed} changed, {same} the same, {doubles} possible doubles,"
    " {refused} refused.",
)
_DRY: Words = ("Chạy thử, chưa ghi gì. ", "Dry run, nothing was written. ")
_DOUBLE: Words = ("Dòng {line}: nghi trùng ({why})", "Line {line}: possible double ({why})")
_HELD: Words = (
    "Dòng {line}: đã nhận người này nhưng chưa ghi số định danh. {why}",
    "Line {line}: the person was taken, the identity number was not. {why}",
)
_UNKNOWN: Words = ("Cột không dùng: {names}", "Columns not used: {names}")
_HEADINGS: tuple[Words, ...] = (("Dòng", "Line"), ("Mục", "Field"), ("Lý do", "Reason"), ("Ô", "Cell"))


def register(verbs: Verbs) -> None:
    """Adds the verb."""
    words = ("nhập danh sách từ tệp CSV", "take in a list from a CSV file")
    parser = verbs.add("import", run, help=words)
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("--kind", metavar="KIND", required=True)
    parser.add_argument("--map", metavar="F.toml", dest="mapping")
    parser.add_argument("--dry-run", action="store_true")
    parser.add_argument("--sure", metavar="LINE", type=int, action="append", default=[])


def run(desk: Desk, options: argparse.Namespace) -> Answer:
    """Reads, maps and imports the file."""
    from ntmdesk.services import imports

    desk.catalogue.kind(options.kind)
    chosen: dict[str, str] = {}
    if options.mapping:
        text = imports.read_file(Path(options.mapping)).decode("utf-8-sig", "replace")
        chosen = imports.read_mapping(text)
    sheet = imports.read(imports.read_file(Path(options.file)), options.kind, chosen)
    columns = imports.propose(options.kind, sheet.headings, chosen, desk.catalogue.kind(options.kind))
    begin = desk.look if options.dry_run else desk.begin
    done = imports.run(
        begin, options.kind, sheet, columns, options.dry_run, step=desk.step(), sure=options.sure
    )
    document = done.document()
    for row, refused in zip(document["refused"], done.refused, strict=True):
        row["message"] = _sentence(desk, refused.code, refused.value)
    return Answer(document, _text(desk, done))


def _sentence(desk: Desk, code: str, value: str) -> str:
    from ntmdesk.messages import problem

    said = problem(code, {"value": value}, desk.language)
    return f"{said} ({value})" if value and value not in said else said


def _text(desk: Desk, done: Imported) -> list[str | Table]:
    from ntmdesk.services.imports import HELD

    counts: dict[str, Any] = {
        "rows": done.rows,
        "added": done.added,
        "changed": done.changed,
        "same": done.same,
        "doubles": len(done.doubles),
        "refused": len(done.refused),
    }
    head = desk.say(_DRY) if done.dry_run else ""
    text: list[str | Table] = [head + desk.say(_DONE, **counts)]
    if done.unknown:
        text.append(desk.say(_UNKNOWN, names=", ".join(done.unknown)))
    text += [desk.say(_DOUBLE, line=d.line, why=", ".join(d.reasons)) for d in done.doubles[:50]]
    held = dict.fromkeys(line for line, flaw in done.warnings if flaw.code == HELD)
    text += [desk.say(_HELD, line=line, why=_sentence(desk, HELD, "")) for line in list(held)[:50]]
    if done.refused:
        rows = [[r.line, r.field, _sentence(desk, r.code, ""), r.value] for r in done.refused[:200]]
        text.append(Table([desk.say(h) for h in _HEADINGS], rows))
    return text
