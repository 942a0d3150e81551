"""The label over a field: its name, and a hint in muted words."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from ntmdesk.ui import theme
from ntmdesk.ui.widgets.text import ElidedText


class FieldLabel(QWidget):
    """Names its ``buddy`` for screen readers and gives it a mnemonic when the text has ``&``."""

    def __init__(
        self, text: str, buddy: QWidget | None = None, hint: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        across = QHBoxLayout(self)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(theme.px(6))
        self._label = QLabel(text)
        self._label.setProperty("role", "field")
        self._hint = ElidedText(hint, "small")
        across.addWidget(self._label)
        across.addWidget(self._hint, 1)
        self._hint.setVisible(bool(hint))
        if not hint:
            across.addStretch(1)
        if buddy is not None:
            self.set_buddy(buddy)

    def set_buddy(self, buddy: QWidget) -> None:
        """The field this label names."""
        self._label.setBuddy(buddy)
        buddy.setAccessibleName(self._label.text().replace("&", ""))
        if self._hint.text():
            buddy.setAccessibleDescription(self._hint.text())

    def set_hint(self, hint: str) -> None:
        """Other muted words."""
        self._hint.setText(hint)
        self._hint.setVisible(bool(hint))
