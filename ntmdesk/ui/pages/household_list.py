"""The list of households, narrowed by chips and by what is typed; people are found in it as well."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QModelIndex, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetricsF, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from ntmdesk.ui import theme
from ntmdesk.ui.models.long_list import ITEM, Change, Index, Lines, LongList
from ntmdesk.ui.pages.household_lines import ListLine
from ntmdesk.ui.pages.standing_chips import standing_chips
from ntmdesk.ui.translation import QT_TRANSLATE_NOOP, number, translated
from ntmdesk.ui.widgets.chips import ChipGroup, ChipSpec
from ntmdesk.ui.widgets.empty_state import EmptyState
from ntmdesk.ui.widgets.state_mark import draw_state
from ntmdesk.ui.widgets.text import Text

_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
CHIPS: tuple[tuple[str, str], ...] = (
    ("not_this_quarter", QT_TRANSLATE_NOOP("HouseholdList", "not this quarter")),
    ("has_elder", QT_TRANSLATE_NOOP("HouseholdList", "elderly")),
    ("vneid_missing", QT_TRANSLATE_NOOP("HouseholdList", "no VNeID")),
    ("poor", QT_TRANSLATE_NOOP("HouseholdList", "poor, near-poor")),
    ("no_smartphone", QT_TRANSLATE_NOOP("HouseholdList", "no smartphone")),
)


class HouseholdList(QWidget):
    """``asked`` when search or chips changed; ``chosen`` carries the ``ListLine`` that became current."""

    asked = Signal()
    chosen = Signal(object)
    create_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(theme.px(theme.GAP_M))
        self.search = _SearchLine()
        self.search.setPlaceholderText(self.tr("name without marks, lane, phone, code"))
        self.search.setAccessibleName(self.tr("Find households and people"))
        self.search.textChanged.connect(lambda _: self.asked.emit())
        self.search.down.connect(self._into_list)
        rows.addWidget(self.search)
        self.chips = ChipGroup(numbered=False)
        self.chips.changed.connect(lambda _: self.asked.emit())
        rows.addWidget(self.chips)
        self._count = Text("", "small")
        rows.addWidget(self._count)
        self.view = QListView()
        self._lines: LongList[ListLine] = LongList(self)
        self.view.setModel(self._lines)
        self.view.setItemDelegate(_LinePainter(self.view))
        self.view.setUniformItemSizes(True)
        self.view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setMouseTracking(True)
        self.view.setMinimumHeight(theme.px(180))
        self.view.setAccessibleName(self.tr("Households"))
        self.view.selectionModel().currentChanged.connect(self._moved)
        rows.addWidget(self.view, 1)
        self._none = EmptyState(
            "house",
            self.tr("No household yet"),
            self.tr("Write down the first, or import a list the hamlet already has."),
            self.tr("New household"),
        )
        self._none.asked.connect(self.create_asked)
        self._none.hide()
        rows.addWidget(self._none, 1)
        self._quiet = False
        self.show_counts({})

    def filters(self) -> tuple[tuple[str, ...], str]:
        """Chips and search text."""
        return tuple(self.chips.chosen()), self.search.text().strip()

    def set_chips(self, codes: Sequence[str]) -> None:
        """Tick exactly these and ask anew."""
        self.chips.choose(codes)
        self.asked.emit()

    def show_counts(self, counts: Mapping[str, int]) -> None:
        """How many households each chip leaves."""
        specs = []
        for code, source in CHIPS:
            words = translated("HouseholdList", source)
            text = f"{words} {number(counts[code])}" if code in counts else words
            specs.append(ChipSpec(code, text, hint=text))
        self.chips.set_chips([*specs, *standing_chips(counts, self.chips.chosen())])

    def show_lines(self, lines: Lines[ListLine], keep: str = "") -> None:
        """Other lines, from the top; the one of id ``keep`` is current, without being told again."""
        self._quiet = True
        self._lines.replace(lines)
        self._make_current(keep)
        self._quiet = False
        self._say_how_many()

    def follow(self, change: Change[ListLine], keep: str = "") -> None:
        """The same list as it is now: what is chosen and what stands at the top stay where they are."""
        self._quiet = True
        top, current = self._top(), self._current()
        self._lines.follow(change)
        self._make_current(keep or current)
        if top and self._current() == current:
            self._scroll_to_top(top)
        self._quiet = False
        self._say_how_many()

    def lines(self) -> list[ListLine]:
        """The rows as shown."""
        return list(self._lines.lines.all)

    def _current(self) -> str:
        line = self.view.currentIndex().data(ITEM)
        return line.id if isinstance(line, ListLine) else ""

    def _make_current(self, id: str) -> None:
        row = self._lines.lines.at.get(id)
        if row is not None and row != self.view.currentIndex().row():
            self.view.setCurrentIndex(self._lines.index(row))

    def _top(self) -> str:
        """Id of the line at the top of what is seen; "" while nobody has scrolled."""
        if not self.view.verticalScrollBar().value():
            return ""
        line = self.view.indexAt(QPoint(1, 1)).data(ITEM)
        return line.id if isinstance(line, ListLine) else ""

    def _scroll_to_top(self, id: str) -> None:
        row = self._lines.lines.at.get(id)
        if row is not None:
            self.view.scrollTo(self._lines.index(row), QAbstractItemView.ScrollHint.PositionAtTop)

    def _say_how_many(self) -> None:
        count, narrowed = len(self._lines.lines.all), any(self.filters())
        self._count.setText(self.tr("{n} found").format(n=number(count)))
        self._count.setVisible(count > 0)
        self.view.setVisible(count > 0)
        self._none.setVisible(not count)
        if not count and narrowed:
            self._none.say(self.tr("Nobody fits"), self.tr("Take off a chip, or type less of the name."))
        elif not count:
            self._none.say(
                self.tr("No household yet"),
                self.tr("Write down the first, or import a list the hamlet already has."),
            )

    def _into_list(self) -> None:
        if self._lines.rowCount():
            self.view.setFocus()
            if not self.view.currentIndex().isValid():
                self.view.setCurrentIndex(self._lines.index(0))

    def _moved(self, current: QModelIndex) -> None:
        line = current.data(ITEM)
        if isinstance(line, ListLine) and not self._quiet:
            self.chosen.emit(line)


class _SearchLine(QLineEdit):
    down = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.down.emit()
        elif event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        else:
            super().keyPressEvent(event)


class _LinePainter(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(theme.px(160), theme.px(46))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        line = index.data(ITEM)
        if not isinstance(line, ListLine):
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(option.rect)
        selected = option.state & QStyle.StateFlag.State_Selected
        if selected or option.state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("primary_soft" if selected else "hover"))
            painter.drawRoundedRect(box.adjusted(0, 1, 0, -1), theme.px(6), theme.px(6))
        room = box.adjusted(theme.px(8), theme.px(4), -theme.px(8), -theme.px(4))
        upper = QRectF(room.left(), room.top(), room.width(), room.height() / 2)
        small = theme.font(12)
        tail = QFontMetricsF(small).horizontalAdvance(line.tail) + theme.px(8)
        _words(painter, line.tail, small, "muted", upper, _RIGHT)
        bold = theme.font(None, QFont.Weight.DemiBold)
        _words(painter, line.title, bold, "text", upper.adjusted(0, 0, -tail, 0), _LEFT)
        lower = upper.translated(0, room.height() / 2)
        if line.state:
            lower.setRight(draw_state(painter, line.state, lower) - theme.px(8))
        _words(painter, line.detail, small, "muted", lower, _LEFT)
        painter.restore()


def _words(painter: QPainter, words: str, font: QFont, token: str, room: QRectF, way: int) -> None:
    painter.setFont(font)
    painter.setPen(theme.colour(token))
    shown = QFontMetricsF(font).elidedText(words, Qt.TextElideMode.ElideRight, room.width())
    painter.drawText(room, way, shown)
