"""What every field of a form is, and the fields that are one line of text."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QAction, QInputMethodEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from ntmdesk.domain.births import BirthError, read_birth
from ntmdesk.domain.identifiers import mask_id_number
from ntmdesk.domain.kinds import Field
from ntmdesk.domain.telephones import format_phone
from ntmdesk.ui import icons, theme
from ntmdesk.ui.translation import label, number
from ntmdesk.ui.widgets.date_field import DateField
from ntmdesk.ui.widgets.text import Text, repolish

TEXT_CAP = 32_767
_NUMBER = re.compile(r"-?\d{1,18}(\.\d{1,9})?", re.ASCII)


class FieldEditor(QWidget):
    """One field: a control, and below it what is wrong.

    A blank is None, never "" or 0.  ``edited`` is told for what a person does, not for ``set_value``.
    """

    edited = Signal()
    wide = False
    """Wants the whole width of the form."""

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.spec = field
        self._held: Any = None
        self.rows = QVBoxLayout(self)
        self.rows.setContentsMargins(0, 0, 0, 0)
        self.rows.setSpacing(theme.px(3))
        self._said = Text("", "problem")
        self._said.hide()

    def put(self, control: QWidget, holder: QWidget | None = None) -> None:
        """Set the control, and the widget that holds it if that is another; once, by the subclass."""
        self.control = control
        self.rows.addWidget(holder or control)
        self.rows.addWidget(self._said)
        self.setFocusProxy(control)

    def value(self) -> Any:
        """What stands there, as a JSON value; None is blank."""
        return self._held

    def set_value(self, value: Any) -> None:
        """Show a value without telling ``edited``; a field without a control of its own keeps it."""
        self._held = value

    def local_problem(self) -> str:
        """Code of what keeps the typed text from being a value at all, else empty."""
        return ""

    def set_read_only(self, read_only: bool) -> None:
        """Let it be read only."""
        self.control.setEnabled(not read_only)

    def show_problem(self, words: str) -> None:
        """Say what is wrong under the field; empty takes it away."""
        self._said.setText(words)
        self._said.setVisible(bool(words))
        self.control.setAccessibleDescription(words or label(self.spec.hint))
        if bool(self.control.property("wrong")) != bool(words):
            self.control.setProperty("wrong", bool(words))
            repolish(self.control)

    def problem_words(self) -> str:
        """What is said to be wrong."""
        return "" if self._said.isHidden() else self._said.text()


class TextEditor(FieldEditor):
    """Types text, url."""

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self.line = QLineEdit()
        self._longest, self._given = field.max_length or TEXT_CAP, ""
        self.line.setMaxLength(self._longest)
        self.line.textEdited.connect(self.edited)
        self.put(self.line)

    def value(self) -> Any:
        return self.line.text().strip() or None

    def set_value(self, value: Any) -> None:
        text = "" if value is None else str(value)
        self.line.setMaxLength(max(self._longest, len(text)))  # from before a shorter limit: never cut unseen
        self.line.setText(text)
        self._given = self.line.text()

    def local_problem(self) -> str:
        text = self.line.text()
        return "too_long" if text != self._given and len(text.strip()) > self._longest else ""

    def set_read_only(self, read_only: bool) -> None:
        self.line.setReadOnly(read_only)


class LongTextEditor(FieldEditor):
    """Several lines; Tab leaves the field."""

    wide = True

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self.box = QPlainTextEdit()
        self.box.setTabChangesFocus(True)
        self.box.setFixedHeight(theme.px(84))
        self._setting, self._given = False, ""
        self.box.textChanged.connect(self._changed)
        self.put(self.box)

    def value(self) -> Any:
        return self.box.toPlainText().strip() or None

    def set_value(self, value: Any) -> None:
        self._setting = True
        self.box.setPlainText("" if value is None else str(value))
        self._setting, self._given = False, self.box.toPlainText()

    def set_read_only(self, read_only: bool) -> None:
        self.box.setReadOnly(read_only)

    def local_problem(self) -> str:
        longest = self.spec.max_length
        if self.box.toPlainText() == self._given:  # an accepted value may be from before a shorter limit
            return ""
        return "too_long" if longest and len(self.value() or "") > longest else ""

    def _changed(self) -> None:
        if not self._setting:
            self.edited.emit()


class NumberEditor(TextEditor):
    """Types integer and decimal; takes ``1.234,5`` as Vietnamese write it and ``1234.5``."""

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self.line.setMaxLength(24)
        self.line.editingFinished.connect(self._settle)

    def value(self) -> Any:
        return read_number(self.line.text(), whole=self.spec.type == "integer")

    def set_value(self, value: Any) -> None:
        self.line.setText("" if value is None else _number_words(value))

    def local_problem(self) -> str:
        return "not_a_number" if self.line.text().strip() and self.value() is None else ""

    def _settle(self) -> None:
        if self.value() is not None:
            self.set_value(self.value())


class BirthEditor(TextEditor):
    """A date of birth as far as it is known."""

    def __init__(self, field: Field, today: Callable[[], date], parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self._today = today
        self.line.setPlaceholderText(self.tr("1958, 03/1958 or 15/03/1958"))
        self.line.editingFinished.connect(self._settle)

    def value(self) -> Any:
        try:
            return read_birth(self.line.text(), today=self._today()).text
        except BirthError:
            return None

    def set_value(self, value: Any) -> None:
        self.line.setText("/".join(reversed(str(value).split("-"))) if value else "")

    def local_problem(self) -> str:
        if not self.line.text().strip():
            return ""
        try:
            read_birth(self.line.text(), today=self._today())
        except BirthError as error:
            return error.code
        return ""

    def _settle(self) -> None:
        if self.value() is not None:
            self.set_value(self.value())


class PhoneEditor(TextEditor):
    """Grouped digits when the field is left."""

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self.line.editingFinished.connect(lambda: self.set_value(self.value()))

    def value(self) -> Any:
        return "".join(c for c in self.line.text() if c not in " .-()") or None

    def set_value(self, value: Any) -> None:
        self.line.setText(format_phone(str(value)) if value else "")


class IdNumberEditor(TextEditor):
    """Shown masked; the eye opens it, typing or deleting begins a new number."""

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self.line.setMaxLength(20)
        self._number: str | None = None
        self._masked = False
        self._eye = QAction(self.tr("Show the number"), self.line)
        icons.dress(self._eye, "eye", "muted", 16)
        self._eye.triggered.connect(self._open)
        self.line.addAction(self._eye, QLineEdit.ActionPosition.TrailingPosition)
        self.line.textEdited.connect(self._typed)
        self.line.editingFinished.connect(lambda: self._show(masked=True))
        self.line.installEventFilter(self)
        self._show(masked=True)

    def value(self) -> Any:
        return self._number

    def set_value(self, value: Any) -> None:
        self._number = str(value) if value else None
        self._show(masked=True)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        begins = isinstance(event, QInputMethodEvent) or (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
            and (event.text().isprintable() or event.key() in (Qt.Key.Key_Backspace, Qt.Key.Key_Delete))
            and event.text() != ""
        )
        if begins and self._masked and not self.line.isReadOnly():
            self._masked = False
            self.line.clear()
            self._typed("")
            self.edited.emit()
        return super().eventFilter(watched, event)

    def _typed(self, text: str) -> None:
        self._number = "".join(c for c in text if c not in " .-") or None

    def _open(self) -> None:
        self._show(masked=False)
        self.line.setFocus()

    def _show(self, masked: bool) -> None:
        self._masked = masked and self._number is not None
        self.line.setText(mask_id_number(self._number) if self._masked else self._number or "")
        self._eye.setVisible(self._masked)


class TimeEditor(TextEditor):
    """``14:05``; takes ``14h05``, ``1405`` and ``9``."""

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self.line.setMaxLength(8)
        self.line.editingFinished.connect(self._settle)

    def value(self) -> Any:
        return read_time(self.line.text())

    def local_problem(self) -> str:
        return "bad_time" if self.line.text().strip() and self.value() is None else ""

    def _settle(self) -> None:
        if self.value() is not None:
            self.set_value(self.value())


class DateEditor(FieldEditor):
    """Type date."""

    def __init__(self, field: Field, today: Callable[[], date], parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self.day = DateField(today)
        self.day.changed.connect(lambda _: self.edited.emit())
        self.put(self.day)

    def value(self) -> Any:
        day = self.day.date()
        return day.isoformat() if day else None

    def set_value(self, value: Any) -> None:
        self.day.set_date(date.fromisoformat(str(value)[:10]) if value else None)

    def local_problem(self) -> str:
        return self.day.problem()

    def set_read_only(self, read_only: bool) -> None:
        self.day.setReadOnly(read_only)


def read_number(text: str, whole: bool) -> int | float | None:
    """A typed number: a dot before exactly three digits groups thousands, a comma is the decimal sign."""
    typed = text.replace(" ", "").replace("\u00a0", "")
    if "," in typed:
        head, _, tail = typed.partition(",")
        typed = f"{head.replace('.', '')}.{tail}"
    elif "." in typed:
        first, *groups = typed.split(".")
        grouped = all(len(group) == 3 for group in groups) and 1 <= len(first.lstrip("-")) <= 3
        if grouped:
            typed = first + "".join(groups)
    if _NUMBER.fullmatch(typed) is None:
        return None
    value = float(typed)
    if value.is_integer() and abs(value) < 2**53:
        return int(value)
    return None if whole else value


def read_time(text: str) -> str | None:
    """``HH:MM`` from ``14:05``, ``14h05``, ``14h``, ``1405`` or ``9``; None for what is no time."""
    typed = text.strip().lower().replace("h", ":").replace(".", ":").rstrip(":")
    hours, _, minutes = typed.partition(":")
    if not minutes and len(hours) in (3, 4):
        hours, minutes = hours[:-2], hours[-2:]
    minutes = minutes or "0"
    if not (hours.isdecimal() and minutes.isdecimal() and hours.isascii() and minutes.isascii()):
        return None
    if int(hours) > 23 or int(minutes) > 59:
        return None
    return f"{int(hours):02d}:{int(minutes):02d}"


def _number_words(value: Any) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        places = 0 if float(value).is_integer() else len(str(value).partition(".")[2])
        return number(value, places)
    return str(value)
