"""A field that suggests while one types; it never changes what is being typed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import shiboken6
from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QInputMethodEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from ntmdesk.ui import theme
from ntmdesk.ui.widgets.suggestions import Suggestion, SuggestionList

CREATE = "+"
"""Id of the row that offers to create what was typed."""


class ComposingEdit(QLineEdit):
    """A line edit that tells what stands in it, letters still being composed included."""

    said = Signal(str)
    stepped = Signal(int)
    entered = Signal()
    escaped = Signal()
    create_pressed = Signal()
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._composing = ""
        self.textEdited.connect(lambda _: self.said.emit(self.words()))

    @property
    def composing(self) -> bool:
        """An input method holds letters that are not yet text."""
        return bool(self._composing)

    def words(self) -> str:
        """The text with the letters being composed at the cursor."""
        at = self.cursorPosition()
        return self.text()[:at] + self._composing + self.text()[at:]

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        before = self.words()
        self._composing = event.preeditString()
        super().inputMethodEvent(event)
        if self._composing and self.words() != before:
            self.said.emit(self.words())

    def event(self, event: QEvent) -> bool:
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.matches(QKeySequence.StandardKey.Undo)
            and not self.text()
        ):
            event.ignore()  # nothing typed to take back: the window takes back what was saved
            return False
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, control = event.key(), event.modifiers() == Qt.KeyboardModifier.ControlModifier
        if self.composing:
            super().keyPressEvent(event)
        elif key == Qt.Key.Key_Down:
            self.stepped.emit(1)
        elif key == Qt.Key.Key_Up:
            self.stepped.emit(-1)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not control:
            self.entered.emit()
        elif key == Qt.Key.Key_Escape:
            event.ignore()
            self.escaped.emit()
        elif key == Qt.Key.Key_N and control:
            self.create_pressed.emit()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.ActiveWindowFocusReason:
            self.left.emit()


class SuggestBox(QWidget):
    """Set ``ask``; answer with ``offer``.  The list hangs over the page below the field.

    Enter picks the current row, Ctrl+N asks to create what was typed (when ``create_text`` is given; it may
    name the words as ``{text}``), Escape puts the list away.
    """

    picked = Signal(object)
    create_asked = Signal(str)
    cleared = Signal()
    edited = Signal(str)

    def __init__(self, placeholder: str = "", create_text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.ask: Callable[[str], None] | None = None
        self._create_text = create_text
        self._picked: Suggestion | None = None
        self.edit = ComposingEdit(self)
        self.edit.setPlaceholderText(placeholder)
        self.setFocusProxy(self.edit)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addWidget(self.edit)
        self._list = SuggestionList(self)
        self._list.hide()
        self._list.chosen.connect(self._choose)
        self.destroyed.connect(self._list.deleteLater)
        self._watched: list[QWidget] = []
        self.edit.said.connect(self._said)
        self.edit.stepped.connect(self._step)
        self.edit.entered.connect(self._enter)
        self.edit.escaped.connect(self.put_away)
        self.edit.create_pressed.connect(self._create)
        self.edit.left.connect(self.put_away)

    @property
    def suggestions(self) -> SuggestionList:
        """The list as shown, for tests and for reading it aloud."""
        return self._list

    def is_open(self) -> bool:
        """The list is to be seen."""
        return not self._list.isHidden()

    def text(self) -> str:
        """What stands in the field."""
        return self.edit.words()

    def set_text(self, text: str) -> None:
        """Put words in without asking; nothing is picked."""
        self._picked = None
        self.edit.setText(text)

    def picked_suggestion(self) -> Suggestion | None:
        """What was picked and not edited since."""
        return self._picked

    def set_picked(self, suggestion: Suggestion | None) -> None:
        """Show as picked, without telling ``picked``; None empties the field."""
        self._picked = suggestion
        self.edit.setText(suggestion.title if suggestion else "")
        self.put_away()

    def offer(self, text: str, rows: Sequence[Suggestion]) -> None:
        """Answer to ``ask(text)``; dropped when something else has been typed since."""
        if text != self.edit.words() or self._picked is not None or not self.edit.hasFocus():
            return
        shown = list(rows)
        if self._create_text and text.strip():
            title = self._create_text.replace("{text}", text.strip())
            shown.append(Suggestion(CREATE, title, tail="Ctrl+N", data=text.strip()))
        self._list.show_rows(shown)
        if shown:
            self._hang()
        else:
            self.put_away()

    def put_away(self) -> None:
        """Hide the list; what was typed stays."""
        self._list.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Move) and self.is_open():
            QTimer.singleShot(0, self, self._place)
        return super().eventFilter(watched, event)

    def hideEvent(self, event: object) -> None:
        self.put_away()
        super().hideEvent(event)  # type: ignore[arg-type]

    def _said(self, text: str) -> None:
        had = self._picked is not None
        self._picked = None
        if had:
            self.cleared.emit()
        self.edited.emit(text)
        if not text.strip():
            self.put_away()
        if self.ask is not None:
            self.ask(text)

    def _step(self, by: int) -> None:
        if self.is_open():
            self._list.step(by)
        elif self.ask is not None and self._picked is None:
            self.ask(self.edit.words())

    def _enter(self) -> None:
        current = self._list.current()
        if self.is_open() and current is not None:
            self._choose(current)
        else:
            self.focusNextChild()

    def _choose(self, suggestion: Suggestion) -> None:
        if suggestion.id == CREATE:
            self._create()
            return
        self.set_picked(suggestion)
        self.picked.emit(suggestion)

    def _create(self) -> None:
        text = self.edit.words().strip()
        if self._create_text and text:
            self.put_away()
            self.create_asked.emit(text)

    def _hang(self) -> None:
        window = self.window()
        if self._list.parentWidget() is not window and window is not self:
            self._list.setParent(window)
        above: list[QWidget] = [self]
        while above[-1] is not window and (parent := above[-1].parentWidget()) is not None:
            above.append(parent)
        for widget in self._watched:
            if shiboken6.isValid(widget):
                widget.removeEventFilter(self)
        for widget in above:
            widget.installEventFilter(self)
        self._watched = above
        self._place()
        self._list.show()
        self._list.raise_()

    def _place(self) -> None:
        window = self.window()
        below = self.edit.mapTo(window, QPoint(0, self.edit.height() + theme.px(4)))
        room = window.height() - below.y() - theme.px(6)
        wanted = self._list.wanted_height()
        if room < wanted and below.y() - self.edit.height() > room:
            above = self.edit.mapTo(window, QPoint(0, 0)).y() - theme.px(4)
            height = min(wanted, above - theme.px(6))
            self._list.setGeometry(below.x(), above - height, self.edit.width(), height)
        else:
            self._list.setGeometry(below.x(), below.y(), self.edit.width(), max(0, min(wanted, room)))
