"""Tiles of one size in a grid: all in one row, in two, or one under the other, as many as can be read."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from ntmdesk.ui import theme


class Tiles(QWidget):
    """``wanted``: the width in pixels a tile needs for its words not to be cut."""

    def __init__(self, gap: int = theme.GAP_L, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tiles: list[tuple[QWidget, Callable[[], int]]] = []
        self._across = 0
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(theme.px(gap))

    def add(self, tile: QWidget, wanted: Callable[[], int]) -> None:
        """Put a tile at the end."""
        self._tiles.append((tile, wanted))
        self._arrange(len(self._tiles))

    def across(self) -> int:
        """How many stand in a row now."""
        return self._across

    def minimumSizeHint(self) -> QSize:
        narrowest = max((tile.minimumSizeHint().width() for tile, _ in self._tiles), default=0)
        return QSize(narrowest, self._grid.minimumSize().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange(self._fitting(event.size().width()))

    def _fitting(self, room: int) -> int:
        count, gap = len(self._tiles), self._grid.horizontalSpacing()
        wanted = max((width() for _, width in self._tiles), default=0)
        even = [n for n in (count, count // 2) if n > 1 and count % n == 0]
        return next((n for n in even if n * wanted + (n - 1) * gap <= room), 1)

    def _arrange(self, across: int) -> None:
        if across == self._across and self._grid.count() == len(self._tiles):
            return
        for tile, _ in self._tiles:
            self._grid.removeWidget(tile)
        for column in range(len(self._tiles)):
            self._grid.setColumnStretch(column, 1 if column < across else 0)
        for at, (tile, _) in enumerate(self._tiles):
            self._grid.addWidget(tile, at // across, at % across)
        self._across = across
        self.updateGeometry()
