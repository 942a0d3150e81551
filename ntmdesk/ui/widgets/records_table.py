"""The view of a table of records."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, Qt, Signal
from PySide6.QtGui import QFont, QFontMetricsF, QKeyEvent, QPainter, QResizeEvent
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
_WIDTHS = {"integer": 76, "decimal": 84, "date": 104, "birth": 92, "time": 62, "boolean": 62, STATE: 128}

NAME_WIDTH, NARROWEST = 170, 72
"""What the column that names a record keeps in any case, and what the others are narrowed to at most."""


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
        header.setTextElideMode(Qt.TextElideMode.ElideRight)
        header.setSortIndicatorClearable(True)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.setSortingEnabled(True)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setStretchLastSection(False)
        self._wanted: list[int] = []
        self._least: list[int] = []
        self._texts: list[int] = []
        self._by_hand = self._fitting = False
        self._size_columns()
        header.sectionResized.connect(self._resized)
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
            self._texts += [] if width else [at]
            self._wanted.append(max(wanted, theme.px(NAME_WIDTH)) if at == 0 and not width else wanted)
            self._least.append(min(wanted, theme.px(width or NARROWEST)))
        header.setMinimumSectionSize(theme.px(56))
        self._fit_columns()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if not self._by_hand:
            self._fit_columns()

    def _fit_columns(self) -> None:
        """The first column names the record and the last tells its state: when room is short the others give
        way first; when there is more the first takes it, or where that is a day or a number, the texts do."""
        state = [at for at, name in enumerate(self._records.columns) if name == STATE]
        rest = [at for at in range(1, len(self._wanted)) if at not in state]
        over = sum(self._wanted) - self.viewport().width()
        widths, giving = list(self._wanted), sum(self._wanted[at] for at in rest)
        for at in rest if over > 0 else ():
            widths[at] = max(self._wanted[at] - over * self._wanted[at] // giving - 1, self._least[at])
        spare = self.viewport().width() - sum(widths)
        takers = [0] if 0 in self._texts else [at for at in self._texts if at in rest] or [0]
        for at in takers if spare > 0 else ():
            widths[at] += spare // len(takers)
        self._fitting = True
        for at, width in enumerate(widths):
            self.horizontalHeader().resizeSection(at, width)
        self._fitting = False

    def _resized(self, *_: int) -> None:
        self._by_hand = self._by_hand or not self._fitting

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
