"""A value against its target, as words and as a bar."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from ntmdesk.ui import theme
from ntmdesk.ui.translation import number
from ntmdesk.ui.widgets.text import Text

BEHIND = 0.5
"""Below this part of the target the bar turns amber; the words say the figures either way."""


class Meter(QWidget):
    """Title left, ``34 / 50`` right, a bar below; a blank value is told as –, never as 0."""

    def __init__(self, title: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(theme.px(6))
        across = QHBoxLayout()
        across.setSpacing(theme.px(theme.GAP_S))
        self._title = Text(title)
        self._title.setWordWrap(False)
        self._value = Text("–", "strong")
        self._target = Text("", "muted")
        self._target.setWordWrap(False)
        across.addWidget(self._title)
        across.addStretch(1)
        across.addWidget(self._value)
        across.addWidget(self._target)
        rows.addLayout(across)
        self._bar = _Bar(self)
        rows.addWidget(self._bar)

    def set_title(self, title: str) -> None:
        """Words of the meter."""
        self._title.setText(title)

    def show_value(self, value: float | None, target: float | None, text: str = "") -> None:
        """Show ``value`` of ``target``; ``text`` replaces the number's own words."""
        self._value.setText(text or ("–" if value is None else number(value)))
        self._target.setText("" if target is None else f"/ {number(target)}")
        self._bar.share = value / target if value is not None and target else None
        self._bar.update()
        words = f"{self._title.text()}: {self._value.text()} {self._target.text()}".strip()
        self.setAccessibleName(words)


class _Bar(QWidget):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.share: float | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(theme.px(120), theme.px(8))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        box = QRectF(self.rect())
        radius = box.height() / 2
        painter.setBrush(theme.colour("track"))
        painter.drawRoundedRect(box, radius, radius)
        if self.share:
            painter.setBrush(theme.colour("primary" if self.share >= BEHIND else "amber"))
            filled = QRectF(box)
            filled.setWidth(max(box.height(), box.width() * min(1.0, self.share)))
            painter.drawRoundedRect(filled, radius, radius)
        painter.end()
