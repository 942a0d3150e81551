"""Lines of a list that look like doubles and that a person wants taken anyway."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ntmdesk.services.import_matching import DoubleFound
from ntmdesk.ui.pages.import_rows import ImportRows
from ntmdesk.ui.widgets.button import Button


class TakenAnyway(QWidget):
    """A button for the line chosen in the table; ``changed`` after one was taken or left out again."""

    changed = Signal()

    def __init__(self, table: ImportRows, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._table = table
        self._offered: frozenset[int] = frozenset()
        self._lines: set[int] = set()
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        self.button = Button(self.tr("Take the chosen line anyway"))
        self.button.clicked.connect(self._turn)
        rows.addWidget(self.button)
        table.selectionModel().currentRowChanged.connect(lambda *_: self._fit())
        self.hide()

    def lines(self) -> frozenset[int]:
        """Lines of the file to be taken."""
        return frozenset(self._lines)

    def forget(self) -> None:
        """Another file."""
        self._lines.clear()
        self.offer(())

    def offer(self, doubles: Iterable[DoubleFound]) -> None:
        """The doubles found; one with the very code of an earlier line cannot be taken beside it."""
        self._offered = frozenset(one.line for one in doubles if "same_row" not in one.reasons)
        self.setVisible(bool(self._offered or self._lines))
        self._fit()

    def _fit(self) -> None:
        line = self._table.current_line()
        taken = line in self._lines
        self.button.setEnabled(taken or line in self._offered)
        self.button.setText(
            self.tr("Leave the chosen line out again") if taken else self.tr("Take the chosen line anyway")
        )

    def _turn(self) -> None:
        line = self._table.current_line()
        if line is not None:
            self._lines ^= {line}
            self.changed.emit()
