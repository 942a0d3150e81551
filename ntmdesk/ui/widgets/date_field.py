"""A day, typed as people say it."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from datetime import timedelta

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from ntmdesk.domain.dates import DateError, read_date
from ntmdesk.ui.translation import short_date
from ntmdesk.ui.widgets.text import repolish


class DateField(QLineEdit):
    """Takes ``5/2``, ``05/02/2026``, ``hôm nay``; arrows move a day, Page keys a month.

    Leaving the field writes the day out in full.  ``today`` is asked whenever it is needed.
    """

    changed = Signal(object)

    def __init__(self, today: Callable[[], datetime.date], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._today = today
        self._date: datetime.date | None = None
        self._problem = ""
        self.setPlaceholderText(self.tr("day/month/year"))
        self.textEdited.connect(self._edited)
        self.editingFinished.connect(self._settle)

    def date(self) -> datetime.date | None:
        """The day, or None when blank or not readable."""
        return self._date

    def set_date(self, day: datetime.date | None) -> None:
        """Show a day without telling ``changed``."""
        self._date = day
        self._say("")
        self.setText(short_date(day) if day else "")

    def problem(self) -> str:
        """``bad_date`` when what is typed is no day, else empty."""
        return self._problem

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}
        months = {Qt.Key.Key_PageUp: 1, Qt.Key.Key_PageDown: -1}
        key = Qt.Key(event.key())
        if self.isReadOnly() or key not in (*steps, *months):
            super().keyPressEvent(event)
            return
        start = self._date or self._today()
        if key in steps:
            self._take(start + timedelta(days=steps[key]) if self._date else start)
        else:
            self._take(month_after(start, months[key]))

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason):
            self.selectAll()

    def _take(self, day: datetime.date) -> None:
        self.set_date(day)
        self.selectAll()
        self.changed.emit(day)

    def _edited(self, text: str) -> None:
        day, problem = None, ""
        if text.strip():
            try:
                day = read_date(text, today=self._today())
            except DateError as error:
                problem = error.code
        before, self._date = self._date, day
        if not problem:
            self._say("")
        self._problem = problem
        if before != day:
            self.changed.emit(day)

    def _settle(self) -> None:
        if self._date is not None:
            self.setText(short_date(self._date))
        self._say(self._problem)

    def _say(self, problem: str) -> None:
        self._problem = problem
        wrong = bool(problem)
        if bool(self.property("wrong")) != wrong:
            self.setProperty("wrong", wrong)
            repolish(self)


def month_after(day: datetime.date, by: int) -> datetime.date:
    """The same day ``by`` months on, or the last day of a shorter month."""
    months = day.year * 12 + day.month - 1 + by
    year, month = divmod(months, 12)
    for number in (day.day, 30, 29, 28):
        try:
            return datetime.date(year, month + 1, number)
        except ValueError:
            continue
    raise ValueError(day)
