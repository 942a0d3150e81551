"""F1: the keys of the window, over the page."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from ntmdesk.ui import theme
from ntmdesk.ui.places import Command, Place
from ntmdesk.ui.widgets.button import Button
from ntmdesk.ui.widgets.card import Card
from ntmdesk.ui.widgets.text import KeyCap, Text


class KeysSheet(Card):
    """Every key with what it does; Escape or F1 puts it away."""

    def __init__(self, places: Sequence[Place], commands: Sequence[Command], parent: QWidget) -> None:
        super().__init__(parent=parent)
        self.set_title(self.tr("Keys"))
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        close = Button(self.tr("Close"), "quiet")
        close.clicked.connect(self.put_away)
        self.set_action(close)
        self._close = close
        self._back: QWidget | None = None
        main = [place for place in places if place.key != "settings"][:8]
        self.lines = [(command.keys, command.title) for command in commands if command.keys]
        self.lines += [(f"Ctrl+{at}", place.title) for at, place in enumerate(main, start=1)]
        self.lines += [
            ("Ctrl+,", self.tr("Settings")),
            ("Ctrl+K", self.tr("Find anything")),
            ("Ctrl+Enter", self.tr("The page's main button")),
            ("Ctrl+S", self.tr("Save")),
            ("Ctrl+Z", self.tr("Undo the last save")),
            ("Ctrl+N", self.tr("Create what was typed")),
            ("Tab", self.tr("Next field")),
            ("Space", self.tr("Tick")),
            ("F5", self.tr("Load again")),
            ("F1", self.tr("These keys")),
        ]
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.px(12))
        grid.setVerticalSpacing(theme.px(7))
        half = (len(self.lines) + 1) // 2
        for at, (keys, words) in enumerate(self.lines):
            row, column = at % half, 2 * (at // half)
            grid.addWidget(KeyCap(keys), row, column, Qt.AlignmentFlag.AlignRight)
            grid.addWidget(Text(words), row, column + 1)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(3, 1)
        self.add_layout(grid)
        self.body.addStretch(1)
        self._over = parent
        parent.installEventFilter(self)
        self.hide()

    def toggle(self) -> None:
        """Show or hide."""
        if self.isHidden():
            self._back = self.window().focusWidget()
            self._place()
            self.show()
            self.raise_()
            self._close.setFocus(Qt.FocusReason.ShortcutFocusReason)
        else:
            self.put_away()

    def put_away(self) -> None:
        """Hide it and give the focus back."""
        self.hide()
        back, self._back = self._back, None
        if back is not None and back.isVisible():
            back.setFocus(Qt.FocusReason.OtherFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and not self.isHidden():
            self._place()
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.put_away()
        else:
            super().keyPressEvent(event)

    def _place(self) -> None:
        parent = self._over
        width = min(theme.px(660), parent.width() - theme.px(32))
        height = min(self.sizeHint().height(), parent.height() - theme.px(32))
        self.setGeometry((parent.width() - width) // 2, (parent.height() - height) // 3, width, height)
