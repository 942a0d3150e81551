"""A layout that fills rows from left to right and wraps."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget

from ntmdesk.ui import theme


class FlowLayout(QLayout):
    """Items keep their size hint; a row that is full starts the next."""

    def __init__(self, parent: QWidget | None = None, gap: int = theme.GAP_M) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self._heights: dict[int, int] = {}
        self.setContentsMargins(0, 0, 0, 0)
        self.setSpacing(theme.px(gap))

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)
        self._heights.clear()

    def invalidate(self) -> None:
        self._heights.clear()
        super().invalidate()

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        self._heights.clear()
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        if width not in self._heights:  # asked several times for each time anything changes
            self._heights[width] = self._arrange(QRect(0, 0, width, 0), move=False)
        return self._heights[width]

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._arrange(rect, move=True)

    def sizeHint(self) -> QSize:
        return self.minimumSize()

    def minimumSize(self) -> QSize:
        size = QSize()
        for item in self._items:
            size = size.expandedTo(item.minimumSize())
        return size

    def let_go(self) -> None:
        """Take out every widget; each stays what and where it is."""
        while self.takeAt(0) is not None:
            pass

    def clear(self) -> None:
        """Take out and delete every widget."""
        while (item := self.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()

    def _arrange(self, rect: QRect, move: bool) -> int:
        y, row_height = rect.y(), 0
        row: list[tuple[QLayoutItem, QRect]] = []

        def finish() -> None:
            for item, place in row:
                if move:
                    item.setGeometry(place.translated(0, (row_height - place.height()) // 2))
            row.clear()

        x = rect.x()
        for item in self._items:
            widget = item.widget()
            if widget is not None and widget.isHidden():
                continue
            size = item.sizeHint()
            width = min(size.width(), rect.width()) if rect.width() > 0 else size.width()
            if x > rect.x() and x + width > rect.x() + rect.width():
                finish()
                x, y, row_height = rect.x(), y + row_height + self.spacing(), 0
            row.append((item, QRect(QPoint(x, y), QSize(width, size.height()))))
            x += width + self.spacing()
            row_height = max(row_height, size.height())
        finish()
        return y + row_height - rect.y()
