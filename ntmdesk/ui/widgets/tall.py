"""A widget that always asks for all the height its rows need at its width."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget


class Tall(QWidget):
    """Put things into ``rows``; a short window scrolls then instead of crushing them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows = QVBoxLayout(self)
        self.rows.setContentsMargins(0, 0, 0, 0)

    def event(self, event: QEvent) -> bool:
        handled = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:
            self._hold_height()
        return handled

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._hold_height()

    def _hold_height(self) -> None:
        wanted = (
            self.rows.heightForWidth(self.width())
            if self.rows.hasHeightForWidth()
            else self.rows.minimumSize().height()
        )
        if wanted != self.minimumHeight():
            self.setMinimumHeight(max(0, wanted))
