"""The view of a table of records."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, Qt, Signal
from PySide6.QtGui import QFont, QFontMetricsF, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from ntmdesk.ui import theme
from ntmdesk.ui.models.records import STATE, TONE, RecordsModel
from ntmdesk.ui.tokens import TONES
from ntmdesk.ui.translation import label

Index = QModelIndex | QPersistentModelIndex
_WIDTHS = {"integer": 76, "decimal": 84, "date": 96, "birth": 92, "time": 62, "boolean": 62, STATE: 128}


class RecordsTable(QTableView):
    """A header click sorts, once more turns the order; Enter or a double click opens."""

    opened = Signal(str)
    chosen = Signal(str)
    """The current row changed to this record."""

    def __init__(self, model: RecordsModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._records = model
        self.setModel(model)
        self.setAccessibleName(label(model.kind.plural))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.setCornerButtonEnabled(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(theme.px(33))
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSortIndicatorClearable(True)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.setSortingEnabled(True)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setStretchLastSection(False)
        self._size_columns()
        self.doubleClicked.connect(self._open)
        self.selectionModel().currentRowChanged.connect(self._moved)
        model.loaded.connect(self._loaded)

    def current_id(self) -> str | None:
        """Id of the current record."""
        return self._records.id_at(self.currentIndex().row())

    def choose(self, record: str) -> bool:
        """Make a record current if its page is there."""
        row = self._records.row_of(record)
        if row is not None:
            self.selectRow(row)
        return row is not None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self._open(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def _size_columns(self) -> None:
        header = self.horizontalHeader()
        for at, name in enumerate(self._records.columns):
            field = self._records.kind.field(name)
            width = _WIDTHS.get(name if field is None else field.type, 0)
            title = str(self._records.headerData(at, Qt.Orientation.Horizontal))
            words = QFontMetricsF(theme.font(12, QFont.Weight.DemiBold)).horizontalAdvance(title)
            wanted = max(theme.px(width or 120), round(words) + theme.px(28))
            if name == STATE:
                self.setItemDelegateForColumn(at, _StatePainter(self))
            header.resizeSection(at, wanted)
            if at == 0:
                header.setSectionResizeMode(at, QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(theme.px(56))

    def _open(self, index: QModelIndex) -> None:
        record = self._records.id_at(index.row())
        if record is not None:
            self.opened.emit(record)

    def _moved(self, current: QModelIndex) -> None:
        record = self._records.id_at(current.row())
        if record is not None:
            self.chosen.emit(record)

    def _loaded(self, total: int) -> None:
        self.setAccessibleDescription(str(total))


class _StatePainter(QStyledItemDelegate):
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        tone = index.data(TONE)
        blank = QStyleOptionViewItem(option)
        if not isinstance(tone, str):
            super().paint(painter, blank, index)
            return
        words = str(index.data())
        style = self.parent()
        if isinstance(style, QWidget):
            self.initStyleOption(blank, index)
            blank.text = ""
            style.style().drawControl(style.style().ControlElement.CE_ItemViewItem, blank, painter, style)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = theme.font(12, QFont.Weight.DemiBold)
        box = QRectF(option.rect)
        wide = min(QFontMetricsF(font).horizontalAdvance(words) + theme.px(20), box.width() - theme.px(8))
        pill = QRectF(box.left() + theme.px(6), box.center().y() - theme.px(10), wide, theme.px(20))
        ink, ground = TONES[tone]
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour(ground))
        painter.drawRoundedRect(pill, theme.px(9), theme.px(9))
        painter.setFont(font)
        painter.setPen(theme.colour(ink))
        painter.drawText(pill, int(Qt.AlignmentFlag.AlignCenter), words)
        painter.restore()
