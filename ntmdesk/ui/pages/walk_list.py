"""The walk list on paper: lane by lane, who was not visited this quarter and what waits there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from html import escape

from PySide6.QtCore import Qt
from PySide6.QtGui import QTextDocument
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QDialog, QWidget

from ntmdesk.services.home import LaneLine
from ntmdesk.services.people import HouseholdLine
from ntmdesk.ui.pages.home_tasks import TaskLine
from ntmdesk.ui.translation import long_date, short_date, translate

BOX = "☐"
_STYLE = (
    "body { font-family: 'Be Vietnam Pro'; font-size: 10pt; } h1 { font-size: 15pt; } "
    "h2 { font-size: 12pt; margin-top: 14px; } "
    "td { padding: 3px 8px; } th { padding: 3px 8px; text-align: left; }"
)


def walk_html(
    on: date, lanes: Sequence[LaneLine], homes: Sequence[HouseholdLine], tasks: Sequence[TaskLine]
) -> str:
    """The list as a page; everything typed by people is escaped."""
    parts = [f"<html><head><style>{_STYLE}</style></head><body>"]
    title = translate("WalkList", "Walk list, {day}").format(day=long_date(on))
    parts.append(f"<h1>{escape(title)}</h1>")
    for lane in lanes:
        waiting = [home for home in homes if home.lane == lane.lane]
        there = [line for line in tasks if line.task.lane == lane.lane and line.task.what != "lane"]
        if not waiting and not there:
            continue
        counted = translate("WalkList", "{visited} of {all} households visited this quarter").format(
            visited=lane.visited, all=lane.households
        )
        name = lane.lane or translate("WalkList", "No lane written down")
        parts.append(f"<h2>{escape(name)}</h2><p>{escape(counted)}</p>")
        parts += [f"<p>{BOX} <b>{escape(t.title)}</b>: {escape(t.line)}</p>" for t in there]
        if waiting:
            parts.append(_table(waiting))
    parts.append("</body></html>")
    return "".join(parts)


def _table(homes: Sequence[HouseholdLine]) -> str:
    heads = (
        "",
        translate("WalkList", "Head of household"),
        translate("WalkList", "People"),
        translate("WalkList", "Elderly"),
        translate("WalkList", "Without VNeID"),
        translate("WalkList", "Last visit"),
    )
    rows = ["<tr>" + "".join(f"<th>{escape(head)}</th>" for head in heads) + "</tr>"]
    for home in homes:
        cells = (
            BOX,
            home.head_name,
            "–" if home.members_n is None else str(home.members_n),
            str(home.elders_n or ""),
            str(home.vneid_missing or ""),
            short_date(home.last_visit) if home.last_visit else "–",
        )
        rows.append("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>")
    return f'<table border="1" cellspacing="0">{"".join(rows)}</table>'


def print_html(html: str, parent: QWidget) -> None:
    """Ask for a printer and print; nothing is left on the disk."""
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    dialog = QPrintDialog(printer, parent)

    def finish(result: int) -> None:
        if result == QDialog.DialogCode.Accepted:
            document = QTextDocument()
            document.setHtml(html)
            document.print_(printer)
        dialog.deleteLater()

    dialog.setWindowModality(Qt.WindowModality.WindowModal)
    dialog.finished.connect(finish)
    dialog.show()
