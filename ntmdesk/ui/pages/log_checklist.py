"""Left of the weekly log: the week, what the log still needs, handing in, opening again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from ntmdesk.domain.dates import format_moment
from ntmdesk.domain.kinds import Catalogue
from ntmdesk.domain.weekly_log import NEEDED
from ntmdesk.services.weekly_log import LogView
from ntmdesk.ui import theme
from ntmdesk.ui.line_words import age_words
from ntmdesk.ui.pages.moments import choice_words
from ntmdesk.ui.translation import QT_TRANSLATE_NOOP, label, short_date, translated
from ntmdesk.ui.widgets.banner import Banner
from ntmdesk.ui.widgets.button import Button
from ntmdesk.ui.widgets.card import Card
from ntmdesk.ui.widgets.flow import FlowLayout
from ntmdesk.ui.widgets.pill import Pill
from ntmdesk.ui.widgets.text import Text

SECTIONS = {
    "situation": QT_TRANSLATE_NOOP("LogChecklist", "Situation"),
    "difficulties": QT_TRANSLATE_NOOP("LogChecklist", "Difficulties"),
    "proposals": QT_TRANSLATE_NOOP("LogChecklist", "Proposals"),
    "next_week": QT_TRANSLATE_NOOP("LogChecklist", "Plan for next week"),
}
STATUS_TONES = {
    "draft": "plain",
    "submitted": "info",
    "returned": "amber",
    "approved": "good",
    "locked": "good",
}


class LogChecklist(Card):
    """``week_asked(-1 | 1 | 0)``, ``section_asked(field)``, ``figures_asked``, ``submit_asked``,
    ``reopen_asked(reason)``."""

    week_asked = Signal(int)
    section_asked = Signal(str)
    figures_asked = Signal()
    submit_asked = Signal()
    reopen_asked = Signal(str)

    def __init__(self, catalogue: Catalogue, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self._catalogue = catalogue
        self._view: LogView | None = None
        self.setMinimumWidth(theme.px(250))
        weeks = FlowLayout()
        for words, keys, icon, by in (
            (self.tr("Week before"), "Alt+Left", "chevron-left", -1),
            (self.tr("This week"), "", "", 0),
            (self.tr("Week after"), "Alt+Right", "chevron-right", 1),
        ):
            button = Button("" if icon else words, "quiet", icon=icon)
            button.setAccessibleName(words)
            button.setToolTip(f"{words} ({keys})" if keys else words)
            if keys:
                button.setShortcut(keys)
            button.clicked.connect(lambda _=False, by=by: self.week_asked.emit(by))
            weeks.addWidget(button)
        self._span = Text("", "muted")
        self._status = Pill()
        self.add_layout(weeks)
        self.add(self._span)
        self.add(self._status)
        self._lines = QVBoxLayout()
        self._lines.setSpacing(theme.px(theme.GAP_S))
        self.add_layout(self._lines)
        self.body.addStretch(1)
        self._banner = Banner()
        self.add(self._banner)
        self._told = Text("", "muted")
        self.add(self._told)
        self.reason = QLineEdit()
        self.reason.setPlaceholderText(self.tr("why it is opened again"))
        self.reason.setAccessibleName(self.tr("Reason for opening again"))
        self.reason.returnPressed.connect(self._reopen)
        self.add(self.reason)
        self.reopen_button = Button(self.tr("Open again"), icon="undo-2")
        self.reopen_button.clicked.connect(self._reopen)
        self.add(self.reopen_button)
        self.submit_button = Button(self.tr("Sign and hand in"), "primary", keys="Ctrl+Return")
        self.submit_button.clicked.connect(self._submit)
        self.add(self.submit_button)

    def show_view(self, view: LogView, may_submit: bool, handed_in_by: str = "") -> None:
        """The week's log as it stands; ``may_submit``: the person leads the team."""
        if self._view is None or self._view.week != view.week or not view.frozen:
            self.reason.clear()
        self._view = view
        self._banner.dismiss()
        self.set_title(self.tr("Weekly log, week {n}").format(n=view.week.week))
        self._span.setText(f"{short_date(view.start)} – {short_date(view.end)}")
        self._status.show_state(
            choice_words(self._catalogue, "weekly_log_statuses", view.status, short=False),
            STATUS_TONES.get(view.status, "plain"),
        )
        while (item := self._lines.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        if view.frozen:
            self._handed_in(view, handed_in_by)
        else:
            self._checklist(view)
        closed = view.frozen
        self.reason.setVisible(closed and may_submit and view.status != "locked")
        self.reopen_button.setVisible(self.reason.isVisibleTo(self))
        self.submit_button.setVisible(not closed)
        self.submit_button.setEnabled(may_submit)
        words = ""
        if closed:
            told = (
                self.tr("{n} record(s) of the week changed after handing in.").format(n=len(view.adjustments))
                if view.adjustments
                else self.tr("Nothing has changed since.")
            )
            words = (
                self.tr("Figures as of {when}.").format(
                    when=format_moment(datetime.fromisoformat(view.as_of)) if view.as_of else ""
                )
                + " "
                + told
            )
        elif not may_submit:
            words = self.tr("The team leader signs and hands in.")
        returned = str(view.record.get("returned_reason") or "")
        if view.status == "returned" and returned:
            words = self.tr("Returned: {reason}").format(reason=returned)
        self._told.setText(words)
        self._told.setVisible(bool(words))

    def tell(self, tone: str, words: str) -> None:
        """What happened, above the buttons."""
        self._banner.tell(tone, words)

    def lines(self) -> list[tuple[str, str]]:
        """Words and pill of each line, for tests."""
        found = []
        for at in range(self._lines.count()):
            item = self._lines.itemAt(at)
            widget = item.widget() if item is not None else None
            if isinstance(widget, _Line):
                found.append((widget.words, widget.pill.text()))
        return found

    def _handed_in(self, view: LogView, by: str) -> None:
        at = str(view.record.get("submitted_at") or view.as_of or "")
        when = format_moment(datetime.fromisoformat(at)) if at else ""
        said = [self.tr("Handed in {when}").format(when=when) if when else "", by]
        self._lines.addWidget(Text("\n".join(part for part in said if part), "strong"))
        given = sum(1 for figure in view.figures if figure.period is not None)
        self._line(self.tr("Figures"), self.tr("{n} items").format(n=given), "good", self.figures_asked.emit)
        for field in NEEDED:
            written = view.narrative.get(field)
            if not written:
                pill = (self.tr("left empty"), "plain")
            elif isinstance(written, list | tuple):
                pill = (self.tr("{n} items").format(n=len(written)), "good")
            else:
                pill = (self.tr("written"), "good")
            self._line(
                translated("LogChecklist", SECTIONS[field]), *pill, partial(self.section_asked.emit, field)
            )

    def _checklist(self, view: LogView) -> None:
        missing = view.missing
        blank = [m for m in missing if m.what == "figure_blank"]
        if any(m.what == "no_records" for m in missing):
            pill = (self.tr("no records yet"), "amber")
        elif blank:
            pill = (self.tr("{n} blank").format(n=len(blank)), "amber")
        else:
            pill = (self.tr("complete"), "good")
        self._line(self.tr("Figures"), *pill, self.figures_asked.emit)
        for one in missing:
            if one.what == "not_synced":
                age = one.data.get("data_age_s")
                words = age_words(int(age)) if age else self.tr("never")
                self._line(self.tr("Last word of the server"), words, "amber", self.figures_asked.emit)
            if one.what == "member_silent":
                days = one.data.get("days")
                words = self.tr("silent {n} days").format(n=days) if days else self.tr("nothing yet")
                name = str(one.data.get("name", ""))
                self._line(name, words, "danger", self.figures_asked.emit)
        empty = {str(m.data.get("field")) for m in missing if m.what == "section_empty"}
        for field in NEEDED:
            written = view.narrative.get(field)
            if field in empty:
                pill = (self.tr("not written"), "amber")
            elif isinstance(written, list | tuple):
                pill = (self.tr("{n} items").format(n=len(written)), "good")
            else:
                pill = (self.tr("written"), "good")
            self._line(
                translated("LogChecklist", SECTIONS[field]),
                *pill,
                partial(self.section_asked.emit, field),
            )

    def _line(self, words: str, pill: str, tone: str, call: Callable[[], None]) -> None:
        line = _Line(words, pill, tone)
        line.button.clicked.connect(lambda: call())
        self._lines.addWidget(line)

    def _submit(self) -> None:
        view = self._view
        if view is None or view.frozen:
            return
        gaps = len(view.missing)
        if gaps:
            self._banner.tell(
                "amber",
                self.tr("{n} points are open. Hand in all the same?").format(n=gaps),
                self.tr("Hand in"),
                self.submit_asked.emit,
            )
        else:
            self.submit_asked.emit()

    def press_anyway(self) -> None:
        """As the button of the question above."""
        self._banner.press()

    def _reopen(self) -> None:
        reason = self.reason.text().strip()
        if not reason:
            self._banner.tell("amber", self.tr("Say why it is opened again."))
            self.reason.setFocus()
            return
        self.reopen_asked.emit(reason)


class _Line(QWidget):
    """A point of the list, to press, and its state."""

    def __init__(self, words: str, pill: str, tone: str) -> None:
        super().__init__()
        self.words = words
        across = QHBoxLayout(self)
        across.setContentsMargins(0, 0, 0, 0)
        self.button = Button(words, "link")
        self.button.setProperty("side", "left")
        self.button.setAccessibleName(f"{words}: {pill}")
        self.button.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.pill = Pill(pill, tone)
        across.addWidget(self.button)
        across.addStretch(1)
        across.addWidget(self.pill)


def section_labels(catalogue: Catalogue) -> dict[str, str]:
    """Field of the log to its label in the catalogue."""
    return {field.name: label(field.label) for field in catalogue.kind("weekly_log").fields}
