"""What happened, newest first: a date, what was done, and by whom."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetricsF, QPainter
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from ntmdesk.ui import theme
from ntmdesk.ui.tokens import TONES
from ntmdesk.ui.widgets.state_mark import draw_state, state_told

Index = QModelIndex | QPersistentModelIndex
ITEM = Qt.ItemDataRole.UserRole
_MIDDLE = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)


@dataclass(frozen=True, slots=True)
class TimelineItem:
    """``when`` is already in words (``18/11``); ``key`` is what ``opened`` gives back, None = not to open.

    ``state``: where the record stands with the server, "" to say nothing of it.
    """

    when: str
    text: str
    detail: str = ""
    tone: str = "plain"
    key: Hashable | None = None
    state: str = ""


class Timeline(QListView):
    """Arrow keys walk, Enter or a double click opens."""

    opened = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._items = _Items(self)
        self.setModel(self._items)
        self.setItemDelegate(_ItemPainter(self))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        self.setAccessibleName(self.tr("Timeline"))
        self.activated.connect(self._open)

    def show_items(self, items: Sequence[TimelineItem]) -> None:
        """Replace the items."""
        self._items.replace(items)

    def item_texts(self) -> list[str]:
        """The items as a screen reader says them."""
        return [str(self._items.index(at).data()) for at in range(self._items.rowCount())]

    def _open(self, index: QModelIndex) -> None:
        item = index.data(ITEM)
        if isinstance(item, TimelineItem) and item.key is not None:
            self.opened.emit(item.key)


class _Items(QAbstractListModel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._items: tuple[TimelineItem, ...] = ()

    def replace(self, items: Sequence[TimelineItem]) -> None:
        self.beginResetModel()
        self._items = tuple(items)
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's own signature
        return 0 if parent.isValid() else len(self._items)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._items):
            return None
        item = self._items[index.row()]
        if role == ITEM:
            return item
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            parts = (item.when, item.text, item.detail, state_told(item.state))
            return " · ".join(part for part in parts if part)
        if role == Qt.ItemDataRole.ToolTipRole:
            return item.detail or item.text
        return None


class _ItemPainter(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        item = index.data(ITEM)
        two = isinstance(item, TimelineItem) and bool(item.detail)
        return QSize(theme.px(160), theme.px(42 if two else 26))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        item = index.data(ITEM)
        if not isinstance(item, TimelineItem):
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(option.rect)
        state = option.state
        if state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver):
            selected = bool(state & QStyle.StateFlag.State_Selected)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("primary_soft" if selected else "hover"))
            painter.drawRoundedRect(box, theme.px(5), theme.px(5))
        body, small = theme.font(13), theme.font(12.5)
        room = box.adjusted(theme.px(4), 0, -theme.px(4), 0)
        line = room if not item.detail else QRectF(room.left(), room.top(), room.width(), room.height() / 2)
        column = theme.px(53)
        _words(painter, item.when, small, "muted", QRectF(line.left(), line.top(), column, line.height()))
        beside = line.adjusted(column, 0, 0, 0)
        if item.state:
            beside.setRight(draw_state(painter, item.state, beside) - theme.px(6))
        ink = "text" if item.tone == "plain" else TONES[item.tone][0]
        _words(painter, item.text, body, ink, beside)
        if item.detail:
            _words(painter, item.detail, small, "muted", beside.translated(0, line.height() - theme.px(2)))
        painter.restore()


def _words(painter: QPainter, words: str, font: QFont, token: str, room: QRectF) -> None:
    painter.setFont(font)
    painter.setPen(theme.colour(token))
    shown = QFontMetricsF(font).elidedText(words, Qt.TextElideMode.ElideRight, room.width())
    painter.drawText(room, _MIDDLE, shown)
