"""The list of suggestions under a search field: its rows and how they are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetricsF, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from ntmdesk.ui import theme
from ntmdesk.ui.widgets.state_mark import draw_state, state_told

Index = QModelIndex | QPersistentModelIndex
ITEM = Qt.ItemDataRole.UserRole
ROWS_SHOWN = 8
_MIDDLE = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
_CENTRE = int(Qt.AlignmentFlag.AlignCenter)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One row: bold ``title``, muted ``detail``, ``tail`` at the right; ``data`` is the asker's own.

    ``state``: where the record stands with the server, "" for what is no record.
    """

    id: str
    title: str
    detail: str = ""
    tail: str = ""
    data: Any = None
    state: str = ""


class SuggestionList(QFrame):
    """A surface with rows; the keyboard stays in the field that shows it."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sheet")
        self.model = _Rows(self)
        self.view = QListView(self)
        self.view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setItemDelegate(_RowPainter(self.view))
        self.view.setModel(self.model)
        self.view.setMouseTracking(True)
        self.view.setAccessibleName(self.tr("Suggestions"))
        self.view.clicked.connect(lambda index: self.chosen.emit(index.data(ITEM)))
        rows = QVBoxLayout(self)
        rows.setContentsMargins(*(theme.px(6),) * 4)
        rows.addWidget(self.view)

    def show_rows(self, rows: Sequence[Suggestion]) -> None:
        """Replace the rows; the first becomes current."""
        self.model.replace(rows)
        if rows:
            self.view.setCurrentIndex(self.model.index(0))

    def current(self) -> Suggestion | None:
        """The row Enter would choose."""
        found = self.view.currentIndex().data(ITEM)
        return found if isinstance(found, Suggestion) else None

    def step(self, by: int) -> None:
        """Make another row current, stopping at the ends."""
        count = self.model.rowCount()
        if count:
            row = min(max(self.view.currentIndex().row() + by, 0), count - 1)
            self.view.setCurrentIndex(self.model.index(row))

    def wanted_height(self) -> int:
        """Height that shows every row, up to ``ROWS_SHOWN`` of them."""
        rows = min(ROWS_SHOWN, self.model.rowCount())
        return rows * row_height() + 2 * theme.px(6) + 2


def row_height() -> int:
    """Height of one suggestion."""
    return theme.px(30)


class _Rows(QAbstractListModel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._rows: tuple[Suggestion, ...] = ()

    def replace(self, rows: Sequence[Suggestion]) -> None:
        self.beginResetModel()
        self._rows = tuple(rows)
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's own signature
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        row = self._rows[index.row()]
        if role == ITEM:
            return row
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            parts = (row.title, row.detail, row.tail, state_told(row.state))
            return " · ".join(part for part in parts if part)
        return None


class _RowPainter(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(theme.px(200), row_height())

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row = index.data(ITEM)
        if not isinstance(row, Suggestion):
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(option.rect)
        state = option.state
        current = bool(state & QStyle.StateFlag.State_Selected)
        hovered = bool(state & QStyle.StateFlag.State_MouseOver)
        if current or hovered:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("primary_soft" if current else "hover"))
            painter.drawRoundedRect(box, theme.px(5), theme.px(5))
        left, right = box.left() + theme.px(10), box.right() - theme.px(10)
        tail = row.tail or ("Enter" if current else "")
        if tail:
            right = _draw_tail(painter, tail, box, right)
        if row.state:
            room = QRectF(left, box.top(), right - left, box.height())
            right = draw_state(painter, row.state, room) - theme.px(8)
        bold = theme.font(None, QFont.Weight.DemiBold)
        left += _draw_words(
            painter, row.title, bold, "text", QRectF(left, box.top(), right - left, box.height())
        )
        if row.detail:
            left += theme.px(7)
            room = QRectF(left, box.top(), right - left, box.height())
            _draw_words(painter, row.detail, theme.font(12.5), "muted", room)
        painter.restore()


def _draw_words(painter: QPainter, words: str, font: QFont, token: str, room: QRectF) -> float:
    metrics = QFontMetricsF(font)
    shown = metrics.elidedText(words, Qt.TextElideMode.ElideRight, max(0.0, room.width()))
    painter.setFont(font)
    painter.setPen(theme.colour(token))
    painter.drawText(room, _MIDDLE, shown)
    return metrics.horizontalAdvance(shown)


def _draw_tail(painter: QPainter, words: str, box: QRectF, right: float) -> float:
    small = theme.font(11)
    metrics = QFontMetricsF(small)
    wide = metrics.horizontalAdvance(words) + theme.px(18)
    cap = QRectF(right - wide, box.center().y() - theme.px(9), wide, theme.px(18))
    painter.setFont(small)
    painter.setPen(theme.colour("border"))
    painter.setBrush(theme.colour("hover"))
    painter.drawRoundedRect(cap, theme.px(4), theme.px(4))
    painter.setPen(theme.colour("muted"))
    painter.drawText(cap, _CENTRE, words)
    return cap.left() - theme.px(8)
