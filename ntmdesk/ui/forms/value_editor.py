"""One value of any field in the field's own editor; a row or a group in the editors of its members."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ntmdesk.domain.kinds import Catalogue, Field, Problem
from ntmdesk.ui import theme
from ntmdesk.ui.forms.choices import ReferenceEditor, ReferencesEditor, Suggest
from ntmdesk.ui.forms.editor import FieldEditor
from ntmdesk.ui.forms.fields import make_editor
from ntmdesk.ui.forms.form import NameOf
from ntmdesk.ui.translation import label
from ntmdesk.ui.widgets.field_label import FieldLabel
from ntmdesk.ui.widgets.flow import FlowLayout
from ntmdesk.ui.widgets.tall import Tall

WIDTH = 260
"""Of a narrow editor, in pixels at scale 1."""


class ValueEditor(Tall):
    """``edited`` after each change by the person."""

    edited = Signal()

    def __init__(
        self,
        catalogue: Catalogue,
        today: Callable[[], date],
        suggest: Suggest,
        name_of: NameOf,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._catalogue, self._today = catalogue, today
        self._suggest, self._name_of = suggest, name_of
        self._holder: QWidget | None = None
        self._whole = True
        self._kept: dict[str, Any] = {}
        self.editors: dict[str, FieldEditor] = {}

    def show_field(self, field: Field, value: Any) -> None:
        """One editor, beginning with ``value``."""
        self._whole, self._kept = True, {}
        self._fill([field], {field.name: value})

    def show_members(self, fields: Sequence[Field], value: Any) -> None:
        """An editor for each member; what ``value`` holds beside them is kept as it is."""
        given = dict(value) if isinstance(value, Mapping) else {}
        names = {field.name for field in fields}
        self._whole, self._kept = False, {k: v for k, v in given.items() if k not in names}
        self._fill(fields, given)

    def value(self) -> Any:
        """What stands there: a plain value, or an object of the members that are filled; None is blank."""
        values = {name: editor.value() for name, editor in self.editors.items()}
        if self._whole:
            return next(iter(values.values()), None)
        filled = {name: value for name, value in values.items() if value is not None}
        return {**self._kept, **filled} if filled else None

    def local_problem(self) -> Problem | None:
        """What keeps the typed text from being a value: the first problem, at its member."""
        for name, editor in self.editors.items():
            if code := editor.local_problem():
                return Problem(name, code, {"max": editor.spec.max_length})
        return None

    def show_problem(self, name: str, words: str) -> bool:
        """Say what is wrong at a member, or at the only editor; False when there is none of that name."""
        if self._whole and self.editors:
            name = next(iter(self.editors))
        if name not in self.editors:
            return False
        self.editors[name].show_problem(words)
        return True

    def focus(self) -> None:
        """Put the focus into the first editor."""
        for editor in self.editors.values():
            editor.control.setFocus()
            return

    def clear(self) -> None:
        """Show nothing."""
        self.editors = {}
        if self._holder is not None:
            self.rows.removeWidget(self._holder)
            self._holder.hide()
            self._holder.deleteLater()
            self._holder = None

    def _fill(self, fields: Sequence[Field], values: Mapping[str, Any]) -> None:
        self.clear()
        self._holder = QWidget()
        flow = FlowLayout(self._holder, theme.GAP_M)
        self.rows.addWidget(self._holder)
        for field in fields:
            editor = make_editor(self._catalogue, field, self._today)
            if isinstance(editor, ReferenceEditor | ReferencesEditor):
                editor.suggest, editor.name_of = self._suggest, self._name_of
            editor.set_value(values.get(field.name))
            editor.edited.connect(self.edited)
            editor.control.setAccessibleName(label(field.label))
            self.editors[field.name] = editor
            cell = QWidget()
            rows = QVBoxLayout(cell)
            rows.setContentsMargins(0, 0, 0, 0)
            rows.setSpacing(theme.px(3))
            rows.addWidget(FieldLabel(label(field.label), editor.control))
            rows.addWidget(editor)
            cell.setMinimumWidth(theme.px(WIDTH * 2 if editor.wide else WIDTH))
            flow.addWidget(cell)
