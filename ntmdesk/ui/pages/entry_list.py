"""A list of entries under headings: a bold title, a muted line, a pill at the right."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetricsF, QKeyEvent, QPainter
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from ntmdesk.ui import theme
from ntmdesk.ui.tokens import TONES
from ntmdesk.ui.widgets.state_mark import draw_state, state_told

Index = QModelIndex | QPersistentModelIndex
ENTRY = Qt.ItemDataRole.UserRole
_CENTRE = int(Qt.AlignmentFlag.AlignCenter)


@dataclass(frozen=True, slots=True)
class Entry:
    """``key`` None makes a heading.  ``pill`` is a word in ``tone``; ``detail`` the muted line.

    ``state``: where the record stands with the server, "" for what is no record.
    """

    key: Hashable | None
    title: str
    detail: str = ""
    pill: str = ""
    tone: str = "plain"
    state: str = ""


class EntryList(QListView):
    """Arrows walk from entry to entry, passing headings; ``chosen`` follows, ``opened`` is Enter.

    ``compact``: one line each.

    ``pushed(key, by)``: Ctrl+Right (1) or Ctrl+Left (-1) on an entry.
    """

    chosen = Signal(object)
    opened = Signal(object)
    pushed = Signal(object, int)

    def __init__(self, name: str, compact: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._entries = _Entries(self)
        self.setModel(self._entries)
        self.setItemDelegate(_Painter(compact, self))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setAccessibleName(name)
        self.setMinimumHeight(theme.px(160))
        self._quiet = False
        self.activated.connect(self._open)
        self.selectionModel().currentChanged.connect(lambda now, _: self._told(now))

    def show_entries(self, entries: Sequence[Entry]) -> None:
        """Replace the entries; the current one stays current when it is still there."""
        kept, row = self.current(), self.currentIndex().row()
        self._quiet = True
        self._entries.replace(entries)
        self._quiet = False
        if kept is None or not self.choose(kept, tell=False):
            self._choose_near(max(0, row), tell=kept is not None)

    def fit(self, most: int) -> None:
        """Be exactly as tall as the entries, up to ``most`` of two lines; beyond that it scrolls."""
        heights = [self.sizeHintForRow(row) for row in range(len(self._entries.rows))][:most]
        self.setFixedHeight(sum(heights) + theme.px(8))

    def entries(self) -> list[Entry]:
        """What is shown, headings too."""
        return list(self._entries.rows)

    def current(self) -> Hashable | None:
        """Key of the current entry."""
        entry = self.currentIndex().data(ENTRY)
        return entry.key if isinstance(entry, Entry) else None

    def choose(self, key: Hashable, tell: bool = True) -> bool:
        """Make an entry current; False when it is not there."""
        for row, entry in enumerate(self._entries.rows):
            if entry.key == key:
                self._go_to(row, tell)
                return True
        return False

    def choose_first(self) -> None:
        """Make the first entry current."""
        self._choose_near(0, tell=True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        ways = {Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1}
        key = Qt.Key(event.key())
        control = event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if control and key in ways and self.current() is not None:
            self.pushed.emit(self.current(), ways[key])
        else:
            super().keyPressEvent(event)

    def _choose_near(self, row: int, tell: bool) -> None:
        rows = self._entries.rows
        after = [at for at in range(row, len(rows)) if rows[at].key is not None]
        before = [at for at in range(min(row, len(rows)) - 1, -1, -1) if rows[at].key is not None]
        for at in (*after[:1], *before[:1]):
            self._go_to(at, tell)
            return

    def _go_to(self, row: int, tell: bool) -> None:
        self._quiet = not tell
        index = self._entries.index(row)
        self.setCurrentIndex(index)
        self._quiet = False
        self.scrollTo(self._entries.index(0) if row == 1 else index)

    def _told(self, index: QModelIndex) -> None:
        entry = index.data(ENTRY)
        if not self._quiet and isinstance(entry, Entry) and entry.key is not None:
            self.chosen.emit(entry.key)

    def _open(self, index: QModelIndex) -> None:
        entry = index.data(ENTRY)
        if isinstance(entry, Entry) and entry.key is not None:
            self.opened.emit(entry.key)


class _Entries(QAbstractListModel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.rows: tuple[Entry, ...] = ()

    def replace(self, rows: Sequence[Entry]) -> None:
        self.beginResetModel()
        self.rows = tuple(rows)
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's own signature
        return 0 if parent.isValid() else len(self.rows)

    def flags(self, index: Index) -> Qt.ItemFlag:
        row = index.row()
        if 0 <= row < len(self.rows) and self.rows[row].key is None:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self.rows):
            return None
        entry = self.rows[index.row()]
        if role == ENTRY:
            return entry
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            parts = (entry.title, entry.pill, entry.detail, state_told(entry.state))
            return " · ".join(part for part in parts if part)
        if role == Qt.ItemDataRole.ToolTipRole:
            return entry.detail or entry.title
        return None


class _Painter(QStyledItemDelegate):
    def __init__(self, compact: bool, parent: QWidget) -> None:
        super().__init__(parent)
        self._compact = compact

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        entry = index.data(ENTRY)
        if isinstance(entry, Entry) and entry.key is None:
            return QSize(theme.px(120), theme.px(32))
        return QSize(theme.px(120), theme.px(50 if self._two_lines(entry) else 32))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        entry = index.data(ENTRY)
        if not isinstance(entry, Entry):
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(option.rect)
        if entry.key is None:
            _words(painter, entry.title, theme.font(12, QFont.Weight.DemiBold), "muted", _inner(box))
            count = QRectF(box.right() - theme.px(60), box.top(), theme.px(52), box.height())
            _words(painter, entry.pill, theme.font(12), "muted", count, right=True)
        else:
            self._entry(painter, option, entry, box)
        painter.restore()

    def _two_lines(self, entry: object) -> bool:
        return not self._compact and isinstance(entry, Entry) and bool(entry.detail)

    def _entry(self, painter: QPainter, option: QStyleOptionViewItem, entry: Entry, box: QRectF) -> None:
        state = option.state
        selected = bool(state & QStyle.StateFlag.State_Selected)
        if selected or state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("primary_soft" if selected else "hover"))
            painter.drawRoundedRect(box.adjusted(0, 1, 0, -1), theme.px(6), theme.px(6))
        room = _inner(box)
        strong = theme.font(13, QFont.Weight.DemiBold)
        two = self._two_lines(entry)
        half = room.height() / 2 - theme.px(5)
        upper = QRectF(room.left(), room.top() + theme.px(5), room.width(), half)
        lower = QRectF(room.left(), upper.bottom(), room.width(), half)
        if entry.pill:
            capped = upper if two and entry.state else room
            left = _pill(painter, entry.pill, entry.tone, capped) - theme.px(8)
            for each in (upper,) if capped is upper else (room, upper, lower):
                each.setRight(left)
        if entry.state:
            marked = lower if two else room
            marked.setRight(draw_state(painter, entry.state, marked) - theme.px(8))
        if not two:
            wide = QFontMetricsF(strong).horizontalAdvance(entry.title) + theme.px(10)
            _words(painter, entry.title, strong, "text", room)
            if entry.detail and wide < room.width():
                _words(painter, entry.detail, theme.font(12), "muted", room.adjusted(wide, 0, 0, 0))
            return
        _words(painter, entry.title, strong, "text", upper)
        _words(painter, entry.detail, theme.font(12), "muted", lower)


def _inner(box: QRectF) -> QRectF:
    return box.adjusted(theme.px(8), 0, -theme.px(8), 0)


def _pill(painter: QPainter, words: str, tone: str, room: QRectF) -> float:
    """Draw the pill at the right; where it begins."""
    ink, ground = TONES[tone]
    small = theme.font(12, QFont.Weight.DemiBold)
    wide = min(QFontMetricsF(small).horizontalAdvance(words) + theme.px(22), room.width() * 0.55)
    tall = theme.px(20)
    cap = QRectF(room.right() - wide, room.center().y() - tall / 2, wide, tall)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.colour(ground))
    painter.drawRoundedRect(cap, tall / 2, tall / 2)
    painter.setFont(small)
    painter.setPen(theme.colour(ink))
    shown = QFontMetricsF(small).elidedText(words, Qt.TextElideMode.ElideRight, cap.width() - theme.px(14))
    painter.drawText(cap, _CENTRE, shown)
    return cap.left()


def _words(painter: QPainter, words: str, font: QFont, token: str, room: QRectF, right: bool = False) -> None:
    painter.setFont(font)
    painter.setPen(theme.colour(token))
    shown = QFontMetricsF(font).elidedText(words, Qt.TextElideMode.ElideRight, room.width())
    side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
    painter.drawText(room, int(side | Qt.AlignmentFlag.AlignVCenter), shown)
