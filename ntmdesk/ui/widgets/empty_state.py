"""What a page says when there is nothing to show, and what to do about it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from ntmdesk.ui import icons, theme
from ntmdesk.ui.widgets.button import Button
from ntmdesk.ui.widgets.text import Text


class EmptyState(QWidget):
    """Icon, title, one line, and at most one button."""

    asked = Signal()

    def __init__(
        self,
        icon: str,
        title: str,
        line: str = "",
        button_text: str = "",
        keys: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        rows = QVBoxLayout(self)
        rows.setSpacing(theme.px(theme.GAP_M))
        rows.addStretch(1)
        picture = QLabel()
        picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        icons.dress(picture, icon, "muted", 34)
        rows.addWidget(picture)
        self._title = Text(title, "heading")
        self._line = Text(line, "muted")
        for words in (self._title, self._line):
            words.setAlignment(Qt.AlignmentFlag.AlignCenter)
            rows.addWidget(words)
        if button_text:
            button = Button(button_text, keys=keys)
            button.clicked.connect(self.asked)
            rows.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
        rows.addStretch(2)

    def say(self, title: str, line: str = "") -> None:
        """Other words for another emptiness."""
        self._title.setText(title)
        self._line.setText(line)
