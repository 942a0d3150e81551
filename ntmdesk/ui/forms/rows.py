"""A field of rows: each row a line of small fields, added and taken away by key."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QVBoxLayout, QWidget

from ntmdesk.domain.kinds import Field
from ntmdesk.ui import theme
from ntmdesk.ui.forms.editor import FieldEditor
from ntmdesk.ui.translation import label
from ntmdesk.ui.widgets.button import Button
from ntmdesk.ui.widgets.field_label import FieldLabel

MakeEditor = Callable[[Field], FieldEditor]
ACROSS = 3
"""Columns of a row side by side."""


class RowEditor(QFrame):
    """One row; what it holds beyond the columns (its ``id``) is kept as it is."""

    edited = Signal()
    removed = Signal(object)

    def __init__(
        self, columns: Sequence[Field], make: MakeEditor, place: int, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("sheet")
        self._kept: dict[str, Any] = {}
        self.editors: dict[str, FieldEditor] = {}
        grid = QGridLayout(self)
        grid.setContentsMargins(theme.px(10), theme.px(8), theme.px(10), theme.px(10))
        grid.setHorizontalSpacing(theme.px(10))
        grid.setVerticalSpacing(theme.px(6))
        at = 0
        for column in columns:
            editor = make(column)
            editor.edited.connect(self.edited)
            self.editors[column.name] = editor
            if editor.wide and at % ACROSS:
                at += ACROSS - at % ACROSS
            cell = QVBoxLayout()
            cell.setSpacing(theme.px(3))
            cell.addWidget(FieldLabel(label(column.label), editor.control))
            cell.addWidget(editor)
            cell.addStretch(1)
            editor.control.setToolTip(label(column.hint))
            row, across = divmod(at, ACROSS)
            grid.addLayout(cell, row, across, 1, ACROSS if editor.wide else 1)
            at += ACROSS if editor.wide else 1
        for across in range(ACROSS):
            grid.setColumnStretch(across, 1)
        self._remove = Button(self.tr("Remove row"), "link", icon="x")
        self._remove.setAccessibleName(self.tr("Remove row {n}").format(n=place))
        self._remove.clicked.connect(lambda: self.removed.emit(self))
        grid.addWidget(self._remove, (at + ACROSS - 1) // ACROSS, ACROSS - 1)

    def value(self) -> dict[str, Any]:
        """The row as an object; blank columns are left out."""
        filled = {name: editor.value() for name, editor in self.editors.items()}
        return {**self._kept, **{name: value for name, value in filled.items() if value is not None}}

    def is_blank(self) -> bool:
        """Nothing in it, not even an id."""
        return not self.value()

    def set_value(self, value: Mapping[str, Any]) -> None:
        """Show a row."""
        self._kept = {name: v for name, v in value.items() if name not in self.editors}
        for name, editor in self.editors.items():
            editor.set_value(value.get(name))

    def row_id(self) -> str:
        """Its id, empty for a new one."""
        return str(self._kept.get("id", ""))

    def set_read_only(self, read_only: bool) -> None:
        """Let it be read only."""
        for editor in self.editors.values():
            editor.set_read_only(read_only)
        self._remove.setVisible(not read_only)


class RowsEditor(FieldEditor):
    """Type rows."""

    wide = True

    def __init__(self, field: Field, make: MakeEditor, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self._make = make
        self._lines: list[RowEditor] = []
        self.equip: Callable[[FieldEditor], None] | None = None
        self._column = QVBoxLayout()
        self._column.setSpacing(theme.px(theme.GAP_M))
        self.rows.addLayout(self._column)
        self._add = Button(self.tr("Add a row"), "quiet", icon="plus")
        self._add.clicked.connect(self.add_row)
        self.put(self._add)

    @property
    def lines(self) -> list[RowEditor]:
        """The rows as shown."""
        return list(self._lines)

    def value(self) -> Any:
        return [line.value() for line in self._lines if not line.is_blank()] or None

    def set_value(self, value: Any) -> None:
        """Show these rows; one that is there already, by its id, keeps its editors and the focus in them."""
        known = {line.row_id(): line for line in self._lines if line.row_id()}
        new = [line for line in self._lines if not line.row_id()]
        wanted: list[tuple[RowEditor | None, Mapping[str, Any]]] = []
        for row in value or ():
            id = str(row.get("id", ""))
            fits = known.pop(id, None) if id else next((n for n in new if n.value() == dict(row)), None)
            if fits in new:
                new.remove(fits)
            wanted.append((fits, row))
        for line in (*known.values(), *new):
            self._column.removeWidget(line)
            line.hide()
            line.deleteLater()
        self._lines = []
        for at, (line_or_none, row) in enumerate(wanted):
            if line_or_none is None:
                self._append().set_value(row)
                continue
            self._lines.append(line_or_none)
            if self._column.indexOf(line_or_none) != at:
                self._column.insertWidget(at, line_or_none)
            if line_or_none.value() != dict(row):
                line_or_none.set_value(row)

    def add_row(self) -> RowEditor:
        """A blank row with the focus in its first field."""
        line = self._append()
        first = next(iter(line.editors.values()), None)
        if first is not None:
            first.control.setFocus()
        return line

    def local_problem(self) -> str:
        found = (editor.local_problem() for line in self._lines for editor in line.editors.values())
        return next((code for code in found if code), "")

    def set_read_only(self, read_only: bool) -> None:
        self._add.setVisible(not read_only)
        for line in self._lines:
            line.set_read_only(read_only)

    def show_row_problem(self, row_id: str, place: int, column: str, words: str) -> bool:
        """Say it at the field of the row; False when there is no such row or column."""
        for at, line in enumerate(self._lines, start=1):
            hit = line.row_id() == row_id if row_id else at == place
            if hit and column in line.editors:
                line.editors[column].show_problem(words)
                return True
        return False

    def show_problem(self, words: str) -> None:
        super().show_problem(words)
        if not words:
            for line in self._lines:
                for editor in line.editors.values():
                    editor.show_problem("")

    def _append(self) -> RowEditor:
        line = RowEditor(self.spec.columns, self._make, len(self._lines) + 1)
        if self.equip is not None:
            for editor in line.editors.values():
                self.equip(editor)
        line.edited.connect(self.edited)
        line.removed.connect(self._drop)
        self._lines.append(line)
        self._column.addWidget(line)
        return line

    def _drop(self, line: RowEditor) -> None:
        self._lines.remove(line)
        self._column.removeWidget(line)
        line.hide()
        line.deleteLater()
        (self._lines[-1] if self._lines else self._add).setFocus()
        self.edited.emit()
