"""Rows of a list being imported: what becomes of each and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from ntmdesk.domain.kinds import Kind
from ntmdesk.services.import_values import Flaw
from ntmdesk.services.imports import PlannedRow, Refused
from ntmdesk.ui import theme
from ntmdesk.ui.messages import language_words
from ntmdesk.ui.pages.doubles_box import reason_words
from ntmdesk.ui.tokens import TONES
from ntmdesk.ui.translation import QT_TRANSLATE_NOOP, label, translate, translated

Index = QModelIndex | QPersistentModelIndex
COUNTED = (
    ("add", "good"),
    ("change", "info"),
    ("same", "plain"),
    ("double", "amber"),
    ("refuse", "danger"),
    ("skip", "plain"),
)
_ACTIONS: Mapping[str, str] = MappingProxyType(
    {
        "add": QT_TRANSLATE_NOOP("ImportRows", "new"),
        "change": QT_TRANSLATE_NOOP("ImportRows", "change"),
        "same": QT_TRANSLATE_NOOP("ImportRows", "already there"),
        "double": QT_TRANSLATE_NOOP("ImportRows", "may be a double"),
        "refuse": QT_TRANSLATE_NOOP("ImportRows", "not taken"),
        "skip": QT_TRANSLATE_NOOP("ImportRows", "left out"),
    }
)
_TONE = dict(COUNTED)
Line = tuple[int, str, str, str]
"""Line of the file, action, who, why."""
HEADS = (
    QT_TRANSLATE_NOOP("ImportRows", "Line"),
    QT_TRANSLATE_NOOP("ImportRows", "Becomes"),
    QT_TRANSLATE_NOOP("ImportRows", "Name"),
    QT_TRANSLATE_NOOP("ImportRows", "Why"),
)


def action_words(action: str) -> str:
    """What becomes of a row."""
    return translated("ImportRows", _ACTIONS.get(action, action)) if action else ""


def planned_line(row: PlannedRow, kind: Kind, name: str) -> Line:
    """A row that was not written yet."""
    said = [_flaw_words(kind, flaw.field, flaw.code) for flaw in (*row.problems, *row.warnings)]
    said += [_double_words(double) for double in row.doubles]
    if row.action == "change":
        fields = ", ".join(_field_words(kind, field) for field in row.values)
        said.insert(0, translate("ImportRows", "changes {fields}").format(fields=fields))
    return row.line, row.action, name, "; ".join(dict.fromkeys(said))


def refused_line(refused: Refused, kind: Kind, name: str) -> Line:
    """A row that was not taken."""
    return refused.line, "refuse", name, _flaw_words(kind, refused.field, refused.code)


def held_line(line: int, flaw: Flaw, kind: Kind, name: str) -> Line:
    """A row whose person was taken and one of whose numbers was not."""
    return line, "", name, _flaw_words(kind, flaw.field, flaw.code)


def doubled_line(double: Any, name: str) -> Line:
    """A row that was not taken because it may be recorded already."""
    return double.line, "double", name, _double_words(double)


def _double_words(double: Any) -> str:
    why = reason_words(double.reasons)
    if double.other_line is not None:
        return translate("ImportRows", "like line {n}: {why}").format(n=double.other_line, why=why)
    return translate("ImportRows", "like {name}: {why}").format(name=double.name or "–", why=why)


def _flaw_words(kind: Kind, field: str, code: str) -> str:
    rule = next((rule for rule in kind.rules if rule.code == code), None)
    words = label(rule.label) if rule is not None else language_words(code)
    return f"{_field_words(kind, field)}: {words}" if field else words


def _field_words(kind: Kind, name: str) -> str:
    field = kind.field(name.split("/")[0])
    return label(field.label) if field is not None else name


class ImportRows(QTableView):
    """A plain table; rows in the order given."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows = _Rows(self)
        self.setModel(self._rows)
        self.setAccessibleName(self.tr("Lines of the list"))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.setCornerButtonEnabled(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(theme.px(30))
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        for column, width in enumerate((64, 130, 190)):
            header.resizeSection(column, theme.px(width))
        header.setSectionResizeMode(3, QHeaderView.ResizeMode.Stretch)
        self.setMinimumHeight(theme.px(200))

    def show_lines(self, lines: Sequence[Line]) -> None:
        """Replace the rows; the chosen line stays chosen where it still stands."""
        chosen = self.current_line()
        self._rows.replace(lines)
        at = next((n for n, line in enumerate(lines) if line[0] == chosen), None)
        if at is not None:
            self.setCurrentIndex(self._rows.index(at, 0))

    def current_line(self) -> int | None:
        """Line of the file that is chosen."""
        at = self.currentIndex().row()
        return self._rows.lines[at][0] if 0 <= at < len(self._rows.lines) else None

    def lines(self) -> list[Line]:
        """The rows as given."""
        return list(self._rows.lines)


class _Rows(QAbstractTableModel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.lines: tuple[Line, ...] = ()

    def replace(self, lines: Sequence[Line]) -> None:
        self.beginResetModel()
        self.lines = tuple(lines)
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's own signature
        return 0 if parent.isValid() else len(self.lines)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's own signature
        return 0 if parent.isValid() else len(HEADS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return translated("ImportRows", HEADS[section])
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self.lines):
            return None
        line, action, name, why = self.lines[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return (str(line), action_words(action), name, why)[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole and index.column() == 3:
            return why
        if role == Qt.ItemDataRole.ForegroundRole and index.column() == 1:
            return QColor(theme.colour(TONES[_TONE.get(action, "plain")][0]))
        return None
