"""A card: a surface with an optional heading and a body."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLayout, QVBoxLayout, QWidget

from ntmdesk.ui import theme
from ntmdesk.ui.widgets.text import Text


class Card(QFrame):
    """``body`` takes the content; the heading row shows only when there is something in it."""

    def __init__(self, title: str = "", note: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        gap = theme.px(theme.GAP_L)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(gap, theme.px(11), gap, gap)
        rows.setSpacing(theme.px(theme.GAP_M))
        self._head = QWidget(self)
        self._head_row = QHBoxLayout(self._head)
        self._head_row.setContentsMargins(0, 0, 0, 0)
        self._title = Text(title, "heading")
        self._note = Text(note, "small")
        self._note.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._head_row.addWidget(self._title)
        self._head_row.addStretch(1)
        self._head_row.addWidget(self._note)
        rows.addWidget(self._head)
        self.body = QVBoxLayout()
        self.body.setSpacing(theme.px(theme.GAP_M))
        rows.addLayout(self.body, 1)
        self._action: QWidget | None = None
        self._show_head()

    def add(self, widget: QWidget, stretch: int = 0) -> None:
        """Put a widget at the end of the body."""
        self.body.addWidget(widget, stretch)

    def add_layout(self, layout: QLayout, stretch: int = 0) -> None:
        """Put a layout at the end of the body."""
        self.body.addLayout(layout, stretch)

    def set_title(self, title: str) -> None:
        """Words of the heading."""
        self._title.setText(title)
        self._show_head()

    def set_note(self, note: str) -> None:
        """Small words at the right of the heading, such as the age of the figures."""
        self._note.setText(note)
        self._show_head()

    def set_action(self, action: QWidget) -> None:
        """A small button at the right of the heading; replaces an earlier one."""
        if self._action is not None:
            self._head_row.removeWidget(self._action)
            self._action.deleteLater()
        self._action = action
        self._head_row.addWidget(action)
        self._show_head()

    def _show_head(self) -> None:
        self._title.setVisible(bool(self._title.text()))
        self._note.setVisible(bool(self._note.text()))
        self._head.setVisible(bool(self._title.text() or self._note.text() or self._action))


def rule(parent: QWidget | None = None) -> QFrame:
    """A thin line between rows."""
    line = QFrame(parent)
    line.setObjectName("rule")
    line.setFixedHeight(1)
    return line
