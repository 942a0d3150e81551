"""``week show|compile|submit|reopen``: the weekly log on the command line, and as DOCX or PDF."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ntmdesk.cli.answer import Answer, Table
from ntmdesk.cli.desk import Desk, Words

if TYPE_CHECKING:
    from ntmdesk.cli.verbs import Verbs
    from ntmdesk.domain.weekly_log import Missing
    from ntmdesk.services.weekly_log import LogView

_HEAD: Words = ("Nhật ký {label}: {status}", "Weekly log {label}: {status}")
_HEADINGS: tuple[Words, ...] = (
    ("Mã", "Code"),
    ("Nội dung", "Content"),
    ("ĐVT", "Unit"),
    ("Chỉ tiêu", "Quota"),
    ("Trong tuần", "This week"),
    ("Lũy kế", "Cumulative"),
    ("Tỷ lệ", "Ratio"),
)
_MISSING: Mapping[str, Words] = {
    "member_silent": ("Chưa có bản ghi trong tuần: {name}", "No record this week: {name}"),
    "section_empty": ("Chưa viết mục: {label}", "Not written yet: {label}"),
    "figure_blank": ("Chưa có số liệu: {label}", "No figure yet: {label}"),
    "not_synced": ("Đã lâu chưa đồng bộ, số liệu có thể thiếu", "Not synced for long, figures may be short"),
    "no_records": ("Tuần này chưa có bản ghi nào", "No record in this week yet"),
}
_LATE: Words = ("Điều chỉnh kỳ trước: {n} bản ghi", "Changes since it was handed in: {n} records")
_MOVED: Words = ("  {label}: {before} → {after}", "  {label}: {before} → {after}")
_FILE: Words = ("Đã ghi {file}", "Wrote {file}")


def register(verbs: Verbs) -> None:
    """Adds the verb and its second words."""
    parser = verbs.add("week", show, help=("nhật ký tuần", "weekly log"))
    actions = verbs.actions(parser)
    for name, run, words in (
        ("show", show, ("xem số liệu của tuần", "show the figures of the week")),
        ("compile", compile_, ("lập bản nháp", "make the draft")),
        ("submit", submit, ("chốt số liệu và nộp", "freeze the figures and hand in")),
        ("reopen", reopen, ("mở lại để sửa", "open again")),
    ):
        action = actions.add(name, run, help=words)
        action.add_argument("--week", metavar="2026-W47")
        action.add_argument("--out", metavar="FILE", action="append", default=[])
        action.add_argument("--annex", metavar="N", type=int, action="append", default=[])
        if name == "reopen":
            action.add_argument("--reason", metavar="T", required=True)


def show(desk: Desk, options: argparse.Namespace) -> Answer:
    """The week as it stands."""
    return _answer(desk, options, "show")


def compile_(desk: Desk, options: argparse.Namespace) -> Answer:
    """The draft."""
    return _answer(desk, options, "compile")


def submit(desk: Desk, options: argparse.Namespace) -> Answer:
    """Hands in."""
    return _answer(desk, options, "submit")


def reopen(desk: Desk, options: argparse.Namespace) -> Answer:
    """Opens again."""
    return _answer(desk, options, "reopen", reason=options.reason)


def _answer(desk: Desk, options: argparse.Namespace, verb: str, **more: Any) -> Answer:
    from ntmdesk.services import documents, weekly_log
    from ntmdesk.services.log_document import log_document

    targets = [Path(name) for name in options.out]
    for target in targets:
        documents.format_of(target)
    # showing writes no record either, but may keep the sums of earlier weeks
    with desk.begin() as uow:
        week = weekly_log.week_of(uow, options.week)
        view: LogView = getattr(weekly_log, verb)(uow, week, **more)
        paper = log_document(uow, view, options.annex) if targets or options.annex else None
    document = view.document()
    if paper is not None:
        document["files"] = [str(documents.write(paper, target)) for target in targets]
    return Answer(document, _text(desk, view, document["files"]))


def _text(desk: Desk, view: LogView, files: list[str]) -> list[str | Table]:
    from ntmdesk.domain.catalogue import Work
    from ntmdesk.domain.numbers import format_number, format_percent

    known = Work(desk.catalogue).indicators
    status = desk.catalogue.choice_label("weekly_log_statuses", view.status, desk.language)
    rows = [
        [
            f.code,
            desk.label(f.label),
            desk.label(f.unit),
            *(format_number(v) for v in (f.target, f.period, f.cumulative)),
            "—" if f.ratio is None else format_percent(f.ratio),
        ]
        for f in view.figures
        if f.code in view.form.indicators
    ]
    text: list[str | Table] = [
        desk.say(_HEAD, label=view.week.label, status=status),
        Table([desk.say(h) for h in _HEADINGS], rows),
    ]
    text += [_missing(desk, m) for m in view.missing]
    if view.adjustments:
        text.append(desk.say(_LATE, n=len(view.adjustments)))
    for moved in view.adjusted:
        label = desk.label(known[moved.code].label) if moved.code in known else moved.code
        before, after = format_number(moved.before), format_number(moved.after)
        text.append(desk.say(_MOVED, label=label, before=before, after=after))
    return text + [desk.say(_FILE, file=file) for file in files]


def _missing(desk: Desk, missing: Missing) -> str:
    from ntmdesk.domain.catalogue import Work

    label = ""
    if missing.what == "section_empty":
        field = desk.catalogue.field("weekly_log", str(missing.data["field"]))
        label = desk.label(field.label)
    elif missing.what == "figure_blank":
        label = desk.label(Work(desk.catalogue).indicators[str(missing.data["code"])].label)
    words = _MISSING.get(missing.what, (missing.what, missing.what))
    return "· " + desk.say(words, label=label, name=missing.data.get("name", ""))
