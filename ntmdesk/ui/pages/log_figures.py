"""The table of figures of a weekly log; every number opens the records behind it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from ntmdesk.domain.cumulative import Figure
from ntmdesk.services.weekly_log import LogView
from ntmdesk.ui import theme
from ntmdesk.ui.translation import QT_TRANSLATE_NOOP, label, number, translate, translated

COLUMNS = (
    QT_TRANSLATE_NOOP("LogFigures", "No."),
    QT_TRANSLATE_NOOP("LogFigures", "Content"),
    QT_TRANSLATE_NOOP("LogFigures", "Unit"),
    QT_TRANSLATE_NOOP("LogFigures", "Quota"),
    QT_TRANSLATE_NOOP("LogFigures", "In the week"),
    QT_TRANSLATE_NOOP("LogFigures", "Cumulative"),
    QT_TRANSLATE_NOOP("LogFigures", "Ratio"),
    QT_TRANSLATE_NOOP("LogFigures", "Note"),
)
PERIOD, CUMULATIVE, NOTE = 4, 5, 7
_RIGHT = (3, 4, 5, 6)
_COUNTED = {
    "households": QT_TRANSLATE_NOOP("LogFigures", "households"),
    "residents": QT_TRANSLATE_NOOP("LogFigures", "persons"),
    "residents_14": QT_TRANSLATE_NOOP("LogFigures", "persons"),
    "residents_18": QT_TRANSLATE_NOOP("LogFigures", "persons"),
}
"""What shares are counted in, by the name of what they are taken of."""
BLANK = "–"


class LogFigures(QTableWidget):
    """``asked(code, "period" | "cumulative")`` when a number is opened by click or Enter."""

    asked = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, len(COLUMNS), parent)
        self.setAccessibleName(self.tr("Figures of the week"))
        self.setHorizontalHeaderLabels([translated("LogFigures", words) for words in COLUMNS])
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(theme.px(33))
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for column in range(len(COLUMNS)):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
            if column in _RIGHT:
                item = self.horizontalHeaderItem(column)
                if item is not None:
                    item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(NOTE, QHeaderView.ResizeMode.Interactive)
        header.setMinimumSectionSize(theme.px(44))
        self.setMinimumHeight(theme.px(220))
        self.cellClicked.connect(self._open)
        self.cellActivated.connect(self._open)
        self._codes: list[str] = []

    def show_figures(self, figures: Sequence[Figure], adjusted: Sequence[str] = ()) -> None:
        """Show the rows; ``adjusted``: codes whose records changed after the log was handed in."""
        self._codes = [figure.code for figure in figures]
        self.setRowCount(len(figures))
        for row, figure in enumerate(figures):
            note = note_of(figure)
            if figure.code in adjusted:
                told = translate("LogFigures", "changed since")
                note = f"{note} · {told}" if note else told
            cells = (
                str(row + 1),
                label(figure.label),
                unit_of(figure),
                "" if figure.target is None else number(figure.target),
                BLANK if figure.period is None else number(figure.period),
                BLANK if figure.cumulative is None else number(figure.cumulative),
                BLANK if figure.ratio is None else f"{number(figure.ratio * 100, 1)}%",
                note,
            )
            for column, words in enumerate(cells):
                item = QTableWidgetItem(words)
                item.setToolTip(words if column in (1, NOTE) else "")
                if column in _RIGHT:
                    item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                if column in (PERIOD, CUMULATIVE):
                    item.setToolTip(translate("LogFigures", "Enter or click: the records behind it"))
                self.setItem(row, column, item)
        self.horizontalHeader().resizeSection(NOTE, min(self.sizeHintForColumn(NOTE), theme.px(150)))

    def _open(self, row: int, column: int) -> None:
        if column in (PERIOD, CUMULATIVE) and row < len(self._codes):
            self.asked.emit(self._codes[row], "period" if column == PERIOD else "cumulative")


def unit_of(figure: Figure) -> str:
    """Its unit; of a share, whose count stands in the row, that of what is counted."""
    words = label(figure.unit)
    if words == "%" and figure.denominator and figure.denominator_name in _COUNTED:
        return translated("LogFigures", _COUNTED[figure.denominator_name])
    return words


def note_of(figure: Figure) -> str:
    """What the ratio is taken of, or that nothing was assigned."""
    if figure.denominator_name == "quota" or figure.denominator is None:
        return "" if figure.target is not None else translate("LogFigures", "no quota")
    return translate("LogFigures", "of {n}").format(n=number(figure.denominator))


def shown_figures(view: LogView) -> tuple[Figure, ...]:
    """Those of the form's table, in its order."""
    wanted = frozenset(view.form.indicators)
    return tuple(figure for figure in view.figures if figure.code in wanted)
