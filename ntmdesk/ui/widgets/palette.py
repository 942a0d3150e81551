"""Ctrl+K: one field that finds places, commands and people."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from ntmdesk.domain.text import fold
from ntmdesk.ui import theme
from ntmdesk.ui.places import Command, Find, Found, Place
from ntmdesk.ui.widgets.suggest_box import ComposingEdit
from ntmdesk.ui.widgets.suggestions import Suggestion, SuggestionList


class Palette(QFrame):
    """Hangs over the window; Escape or a click elsewhere puts it away."""

    chosen = Signal(object)
    """A ``Place``, ``Command`` or ``Found``."""

    def __init__(
        self,
        places: Sequence[Place],
        commands: Sequence[Command],
        find: Find | None,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self._find = find
        self._own: list[tuple[str, Suggestion]] = []
        for place in places:
            self._own.append((fold(place.title), Suggestion(place.key, place.title, data=place)))
        for command in commands:
            words = fold(f"{command.title} {command.words}")
            row = Suggestion(command.key, command.title, tail=command.keys, data=command)
            self._own.append((words, row))
        self.edit = ComposingEdit(self)
        self.edit.setPlaceholderText(self.tr("Find people, households, phone numbers, commands…"))
        self.edit.setAccessibleName(self.tr("Find"))
        self.list = SuggestionList(self)
        self.list.setObjectName("plainlist")
        rows = QVBoxLayout(self)
        rows.setContentsMargins(*(theme.px(10),) * 4)
        rows.addWidget(self.edit)
        rows.addWidget(self.list, 1)
        self.edit.said.connect(self._said)
        self.edit.stepped.connect(self.list.step)
        self.edit.entered.connect(self._enter)
        self.edit.escaped.connect(self.put_away)
        self.edit.left.connect(self.put_away)
        self.list.chosen.connect(self._choose)
        self._back: QWidget | None = None
        self._over = parent
        parent.installEventFilter(self)
        self.hide()

    def open(self) -> None:
        """Show it, empty, with the focus in it."""
        focused = self.window().focusWidget()
        self._back = focused if focused is not self.edit else self._back
        self.edit.clear()
        self._show_own("")
        self._place()
        self.show()
        self.raise_()
        self.edit.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def put_away(self) -> None:
        """Hide it and give the focus back."""
        if self.isHidden():
            return
        self.hide()
        back, self._back = self._back, None
        if back is not None and back.isVisible():
            back.setFocus(Qt.FocusReason.OtherFocusReason)

    def rows(self) -> list[str]:
        """What it offers now, as read aloud."""
        model = self.list.model
        return [str(model.index(at).data()) for at in range(model.rowCount())]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and not self.isHidden():
            self._place()
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.put_away()
        else:
            super().keyPressEvent(event)

    def _said(self, text: str) -> None:
        self._show_own(text)
        if self._find is not None and text.strip():
            self._find(text, lambda found: self._show_found(text, found))

    def _matching(self, text: str) -> list[Suggestion]:
        words = fold(text).split()
        return [row for own, row in self._own if all(word in own for word in words)]

    def _show_own(self, text: str) -> None:
        self.list.show_rows(self._matching(text))

    def _show_found(self, text: str, found: Sequence[Found]) -> None:
        if self.isHidden() or text != self.edit.words():
            return
        rows = [Suggestion(str(at), f.title, f.detail, data=f, state=f.state) for at, f in enumerate(found)]
        self.list.show_rows([*rows, *self._matching(text)])

    def _enter(self) -> None:
        current = self.list.current()
        if current is not None:
            self._choose(current)

    def _choose(self, row: Suggestion) -> None:
        self.put_away()
        self.chosen.emit(row.data)

    def _place(self) -> None:
        parent = self._over
        width = min(theme.px(620), parent.width() - theme.px(32))
        height = min(theme.px(430), parent.height() - theme.px(40))
        self.setGeometry((parent.width() - width) // 2, theme.px(16), width, height)
