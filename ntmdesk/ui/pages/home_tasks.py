"""The worklist of the first page: each line opens what it speaks of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetricsF, QPainter
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from ntmdesk.domain.kinds import Catalogue
from ntmdesk.services.home import Task
from ntmdesk.ui import theme
from ntmdesk.ui.pages.moments import choice_words, person_named
from ntmdesk.ui.tokens import TONES
from ntmdesk.ui.translation import day_name, translate
from ntmdesk.ui.widgets.state_mark import draw_state, state_told

Index = QModelIndex | QPersistentModelIndex
ITEM = Qt.ItemDataRole.UserRole
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
_CENTRE = int(Qt.AlignmentFlag.AlignCenter)
LANES_NAMED = 5


@dataclass(frozen=True, slots=True)
class TaskLine:
    """One line in words; ``task`` is what it speaks of."""

    title: str
    line: str
    pill: str
    tone: str
    task: Task

    @property
    def words(self) -> str:
        """As a screen reader says it."""
        said = [self.title, self.line, self.pill, state_told(self.task.state)]
        return ". ".join(part for part in said if part)


def task_line(task: Task, catalogue: Catalogue) -> TaskLine:
    """A task in words."""
    who = person_named(task.title, bool(task.data.get("gone"))) if task.kind == "vneid_case" else task.title
    title = " · ".join(part for part in (who, task.lane) if part)
    day = _day(task.due)
    if task.what == "activation_overdue":
        line = translate("HomeTasks", "Not activated within 7 days: call the hotline 1900 0368")
        return TaskLine(title, line, translate("HomeTasks", "Overdue"), "danger", task)
    if task.what == "activate":
        line = translate("HomeTasks", "Level 2 granted, {n} days left to activate").format(n=task.days)
        if task.days == 0:
            line = translate("HomeTasks", "Level 2 granted, today is the last day to activate")
        return TaskLine(title, line, translate("HomeTasks", "Activate"), "amber", task)
    if task.what == "appointment":
        line = translate("HomeTasks", "Level 2 at the police, {day}").format(day=day)
        if task.days is not None and task.days < 0:
            line = translate("HomeTasks", "The appointment of {day} has passed: ask how it went").format(
                day=day
            )
        return TaskLine(title, line, translate("HomeTasks", "Appointment"), "info", task)
    if task.what in ("revisit", "revisit_late"):
        return _revisit(task, catalogue, title, day)
    lanes = [f"{lane or '–'} ({count})" for lane, count in task.data.get("lanes", ())]
    more = "…" if len(lanes) > LANES_NAMED else ""
    title = translate("HomeTasks", "{n} households not visited this quarter").format(
        n=task.data.get("households", 0)
    )
    shown = ", ".join(lanes[:LANES_NAMED]) + more
    return TaskLine(title, shown, translate("HomeTasks", "Walk the lanes"), "good", task)


def _revisit(task: Task, catalogue: Catalogue, title: str, day: str) -> TaskLine:
    service = choice_words(catalogue, "services", str(task.data.get("service") or ""))
    reason = str(task.data.get("reason") or "")
    why = choice_words(catalogue, "failure_reasons", reason).lower() if reason else ""
    what = ", ".join(part for part in (service, why) if part)
    title = translate("HomeTasks", "Household {name}").format(name=title)
    line = translate("HomeTasks", "Come back {day}: {what}").format(day=day, what=what)
    if task.what == "revisit_late":
        return TaskLine(title, line, translate("HomeTasks", "Late"), "danger", task)
    return TaskLine(title, line, translate("HomeTasks", "Come back"), "amber", task)


def _day(day: date | None) -> str:
    return f"{day_name(day)} {day:%d/%m}" if day else ""


class TaskList(QListView):
    """Arrow keys walk, Enter or a click opens."""

    opened = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tasks = _Tasks(self)
        self.setModel(self._tasks)
        self.setItemDelegate(_TaskPainter(self))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        self.setAccessibleName(self.tr("What to do"))
        self.activated.connect(self._open)
        self.clicked.connect(self._open)

    def show_tasks(self, lines: Sequence[TaskLine]) -> None:
        """Replace the lines; the current one stays current when it is still there."""
        row = self.currentIndex().row()
        self._tasks.replace(lines)
        if lines:
            self.setCurrentIndex(self._tasks.index(max(0, min(row, len(lines) - 1))))

    def lines(self) -> list[TaskLine]:
        """The lines as shown."""
        return [self._tasks.index(at).data(ITEM) for at in range(self._tasks.rowCount())]

    def _open(self, index: QModelIndex) -> None:
        item = index.data(ITEM)
        if isinstance(item, TaskLine):
            self.opened.emit(item.task)


class _Tasks(QAbstractListModel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._lines: tuple[TaskLine, ...] = ()

    def replace(self, lines: Sequence[TaskLine]) -> None:
        self.beginResetModel()
        self._lines = tuple(lines)
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's own signature
        return 0 if parent.isValid() else len(self._lines)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._lines):
            return None
        line = self._lines[index.row()]
        if role == ITEM:
            return line
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return line.words
        return line.line if role == Qt.ItemDataRole.ToolTipRole else None


class _TaskPainter(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(theme.px(220), theme.px(52))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        line = index.data(ITEM)
        if not isinstance(line, TaskLine):
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(option.rect)
        state = option.state
        focused = state & QStyle.StateFlag.State_HasFocus
        if focused or state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("primary_soft" if focused else "hover"))
            painter.drawRoundedRect(box.adjusted(0, 1, 0, -2), theme.px(5), theme.px(5))
        painter.setPen(theme.colour("border"))
        painter.drawLine(box.bottomLeft(), box.bottomRight())
        room = box.adjusted(theme.px(6), theme.px(5), -theme.px(6), -theme.px(6))
        room.setRight(self._pill(painter, line, room))
        upper = QRectF(room.left(), room.top(), room.width(), room.height() / 2)
        bold, small = theme.font(None, QFont.Weight.DemiBold), theme.font(12.5)
        _words(painter, line.title, bold, "text", upper)
        lower = upper.translated(0, room.height() / 2)
        if line.task.state:
            lower.setRight(draw_state(painter, line.task.state, lower) - theme.px(8))
        _words(painter, line.line, small, "muted", lower)
        painter.restore()

    @staticmethod
    def _pill(painter: QPainter, line: TaskLine, room: QRectF) -> float:
        font = theme.font(12.5, QFont.Weight.DemiBold)
        wide = QFontMetricsF(font).horizontalAdvance(line.pill) + theme.px(24)
        pill = QRectF(room.right() - wide, room.center().y() - theme.px(12), wide, theme.px(24))
        ink, ground = TONES[line.tone]
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour(ground))
        painter.drawRoundedRect(pill, theme.px(10), theme.px(10))
        painter.setFont(font)
        painter.setPen(theme.colour(ink))
        painter.drawText(pill, _CENTRE, line.pill)
        return pill.left() - theme.px(10)


def _words(painter: QPainter, words: str, font: QFont, token: str, room: QRectF) -> None:
    painter.setFont(font)
    painter.setPen(theme.colour(token))
    shown = QFontMetricsF(font).elidedText(words, Qt.TextElideMode.ElideRight, room.width())
    painter.drawText(room, _LEFT, shown)
