"""One line for each service given: how it went, why not, when again, and a note."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from ntmdesk.domain import visits
from ntmdesk.domain.kinds import Catalogue
from ntmdesk.ui import theme
from ntmdesk.ui.translation import label
from ntmdesk.ui.widgets.card import rule
from ntmdesk.ui.widgets.choice_box import ChoiceBox
from ntmdesk.ui.widgets.columns import Columns
from ntmdesk.ui.widgets.date_field import DateField
from ntmdesk.ui.widgets.text import Text

NARROW = 560
SHARES = (23, 20, 42, 22)
"""Widths of service, outcome, reason and date, note."""


def number_of(code: str) -> int | None:
    """``K04`` is 4: what a person types for a service."""
    digits = code[1:]
    return int(digits) if digits.isdigit() else None


class ServiceLine(QWidget):
    """One service of the visit.

    The row's id is the service's code unless it came with another, so that one visit written on two laptops
    keeps one line a service.
    """

    edited = Signal()

    def __init__(
        self,
        code: str,
        catalogue: Catalogue,
        today: Callable[[], date],
        row: Mapping[str, Any] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.code = code
        self._row: dict[str, Any] = dict(row or {})
        choice = catalogue.choices("services").get(code)
        words = label(choice.short) if choice else code
        number = number_of(code)
        self._title = Text(f"{number} {words}" if number is not None else words, "body")
        self._title.setToolTip(label(choice.label) if choice else code)
        self.outcome = ChoiceBox(self.tr("Outcome of {service}").format(service=words))
        self.outcome.offer([(c.code, label(c.short)) for c in catalogue.choices("outcomes").offered])
        self.reason = ChoiceBox(self.tr("Reason, {service}").format(service=words))
        reasons = catalogue.choices("failure_reasons").offered
        self.reason.offer([(c.code, label(c.short)) for c in reasons], blank=True)
        self.again = DateField(today)
        self.again.setPlaceholderText(self.tr("again on"))
        self.again.setAccessibleName(self.tr("Come back on, {service}").format(service=words))
        self.note = QLineEdit()
        self.note.setMaxLength(500)
        self.note.setPlaceholderText(self.tr("note"))
        self.note.setAccessibleName(self.tr("Note, {service}").format(service=words))
        self._problem = Text("", "problem")
        self._problem.hide()
        self._build()
        self.outcome.picked.connect(self._outcome_picked)
        self.reason.picked.connect(lambda _: self._touched())
        self.again.changed.connect(lambda _: self._touched())
        self.note.textEdited.connect(lambda _: self._touched())
        self.set_row(self._row)

    def set_row(self, row: Mapping[str, Any]) -> None:
        """Show a row of ``support_visit.lines``; blank outcome is done."""
        self._row = dict(row)
        self.outcome.choose(str(row.get("outcome") or "done"))
        self.reason.choose(row.get("failure_reason"))
        again = row.get("follow_up_date")
        self.again.set_date(date.fromisoformat(str(again)) if again else None)
        self.note.setText(str(row.get("notes") or ""))
        self._fit()

    def row(self) -> dict[str, Any]:
        """The row, with what this line does not show kept as it was."""
        offers = self._offers()
        filled: dict[str, Any] = {"id": self.code, **self._row}
        filled.update(service=self.code, outcome=self.outcome.code())
        again = self.again.date()
        for name, value in (
            ("failure_reason", self.reason.code() if "failure_reason" in offers else None),
            ("follow_up_date", again.isoformat() if again and "follow_up_date" in offers else None),
            ("notes", self.note.text().strip() or None),
        ):
            if value:
                filled[name] = value
            else:
                filled.pop(name, None)
        return filled

    def local_problem(self) -> str:
        """Code of a day that cannot be read."""
        return self.again.problem() if "follow_up_date" in self._offers() else ""

    def show_problem(self, column: str, words: str) -> None:
        """Say what is wrong and put the focus there; empty words take it away."""
        self._problem.setText(words)
        self._problem.setVisible(bool(words))
        if words:
            fields = {"failure_reason": self.reason, "follow_up_date": self.again, "notes": self.note}
            fields.get(column, self.outcome).setFocus()

    def problem_words(self) -> str:
        """What is said to be wrong."""
        return "" if self._problem.isHidden() else self._problem.text()

    def _build(self) -> None:
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(theme.px(2))
        across = Columns(NARROW, theme.GAP_M)
        when = QWidget()
        pair = QHBoxLayout(when)
        pair.setContentsMargins(0, 0, 0, 0)
        pair.setSpacing(theme.px(6))
        pair.addWidget(self.reason, 3)
        pair.addWidget(self.again, 2)
        self.again.setMinimumWidth(theme.px(110))
        when.setMinimumHeight(self.note.sizeHint().height())
        for widget, share in zip((self._title, self.outcome, when, self.note), SHARES, strict=True):
            widget.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            across.add(widget, share)
        rows.addWidget(across)
        rows.addWidget(self._problem)

    def _offers(self) -> frozenset[str]:
        outcome = self.outcome.code()
        return visits.offers(outcome) | visits.needs(outcome)

    def _fit(self) -> None:
        offers = self._offers()
        self.reason.setVisible("failure_reason" in offers)
        self.again.setVisible("follow_up_date" in offers)

    def _outcome_picked(self, _: str) -> None:
        self._fit()
        self._touched()

    def _touched(self) -> None:
        if self._problem.text():
            self.show_problem("", "")
        self.edited.emit()


class ServiceLines(QWidget):
    """The lines of one visit, in the order the services were chosen; a service ticked off keeps its words."""

    edited = Signal()

    def __init__(
        self, catalogue: Catalogue, today: Callable[[], date], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._catalogue = catalogue
        self._today = today
        self._lines: dict[str, ServiceLine] = {}
        self._set_aside: dict[str, dict[str, Any]] = {}
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(theme.px(6))
        self._head = Columns(NARROW, theme.GAP_M)
        heads = (self.tr("Service"), self.tr("Outcome"), self.tr("Reason / come back"), self.tr("Note"))
        for words, share in zip(heads, SHARES, strict=True):
            head = Text(words, "small")
            head.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            self._head.add(head, share)
        self._rows.addWidget(self._head)
        self._rule = rule()
        self._rows.addWidget(self._rule)
        self._show_head()

    def lines(self) -> list[ServiceLine]:
        """The lines as shown."""
        return list(self._lines.values())

    def show_services(self, codes: Sequence[str]) -> None:
        """Have exactly one line for each code."""
        for code in [code for code in self._lines if code not in codes]:
            line = self._lines.pop(code)
            self._set_aside[code] = line.row()
            self._rows.removeWidget(line)
            line.hide()
            line.deleteLater()
        for code in codes:
            if code not in self._lines:
                row = self._set_aside.pop(code, None)
                line = ServiceLine(code, self._catalogue, self._today, row)
                line.edited.connect(self.edited)
                self._lines[code] = line
                self._rows.addWidget(line)
        self._show_head()

    def set_rows(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Show these rows and forget what was set aside."""
        self.clear()
        wanted = {str(row.get("service", "")): dict(row) for row in rows}
        self.show_services(list(wanted))
        for code, row in wanted.items():
            self._lines[code].set_row(row)

    def take_rows(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Show these rows; a line that holds its row already is left as it is, the focus in it too."""
        wanted = {str(row.get("service", "")): dict(row) for row in rows}
        self.show_services(list(wanted))
        for code, row in wanted.items():
            if self._lines[code].row() != row:
                self._lines[code].set_row(row)

    def rows(self) -> list[dict[str, Any]]:
        """What is filled in, in order."""
        return [line.row() for line in self._lines.values()]

    def clear(self) -> None:
        """Begin anew."""
        self.show_services([])
        self._set_aside.clear()

    def focus_line(self, code: str) -> None:
        """Put the focus on a service's outcome."""
        if code in self._lines:
            self._lines[code].outcome.setFocus()

    def show_problem(self, row: str, place: int, column: str, words: str) -> bool:
        """Say a problem at the line named by row id, or by its place from 0; False when there is none."""
        lines = self.lines()
        found = next((line for line in lines if row and line.row().get("id") == row), None)
        if found is None and 0 <= place < len(lines):
            found = lines[place]
        if found is None:
            return False
        found.show_problem(column, words)
        return True

    def clear_problems(self) -> None:
        """Nothing is wrong any more."""
        for line in self._lines.values():
            line.show_problem("", "")

    def _show_head(self) -> None:
        self._head.setVisible(bool(self._lines))
        self._rule.setVisible(bool(self._lines))
