"""Columns that stand side by side when there is room and one under the other when there is not."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QWidget

from ntmdesk.ui import theme


class Columns(QWidget):
    """``narrow``: width in pixels at scale 1 below which the columns are stacked."""

    def __init__(self, narrow: int = 720, gap: int = theme.GAP_L, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._narrow = narrow
        self._columns = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._columns.setContentsMargins(0, 0, 0, 0)
        self._columns.setSpacing(theme.px(gap))

    def add(self, widget: QWidget, stretch: int = 1) -> None:
        """Put a column at the right, or at the bottom when stacked."""
        self._columns.addWidget(widget, stretch)

    def is_stacked(self) -> bool:
        """The columns stand one under the other."""
        return self._columns.direction() == QBoxLayout.Direction.TopToBottom

    def minimumSizeHint(self) -> QSize:
        items = (self._columns.itemAt(at) for at in range(self._columns.count()))
        hints = [item.minimumSize() for item in items if item is not None]
        narrowest = max((hint.width() for hint in hints), default=0)
        return QSize(narrowest, self._columns.minimumSize().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._settle(event.size().width())

    def _settle(self, width: int) -> None:
        stacked = width < theme.px(self._narrow)
        if stacked != self.is_stacked():
            way = QBoxLayout.Direction
            self._columns.setDirection(way.TopToBottom if stacked else way.LeftToRight)
            self.updateGeometry()
