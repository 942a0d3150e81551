"""Which widget serves which field type."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from PySide6.QtWidgets import QWidget

from ntmdesk.domain.kinds import Catalogue, Field
from ntmdesk.ui.forms.choices import (
    AS_CHIPS,
    ChipsEditor,
    DropDownEditor,
    ReferenceEditor,
    ReferencesEditor,
    YesNoEditor,
)
from ntmdesk.ui.forms.editor import (
    BirthEditor,
    DateEditor,
    FieldEditor,
    IdNumberEditor,
    LongTextEditor,
    NumberEditor,
    PhoneEditor,
    TextEditor,
    TimeEditor,
)
from ntmdesk.ui.forms.rows import RowsEditor
from ntmdesk.ui.widgets.text import Text

Today = Callable[[], date]
_LINES: dict[str, Callable[[Field], FieldEditor]] = {
    "text": TextEditor,
    "url": TextEditor,
    "timestamp": TextEditor,
    "long_text": LongTextEditor,
    "integer": NumberEditor,
    "decimal": NumberEditor,
    "time": TimeEditor,
    "phone": PhoneEditor,
    "id_number": IdNumberEditor,
    "boolean": YesNoEditor,
    "reference": ReferenceEditor,
    "references": ReferencesEditor,
}


class KeptEditor(FieldEditor):
    """A value that is shown by its presence only: objects, and types a newer catalogue may bring."""

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self._words = Text("–", "muted")
        self.put(self._words)

    def set_value(self, value: object) -> None:
        super().set_value(value)
        self._words.setText("–" if value is None else self.tr("kept as it is"))


def make_editor(catalogue: Catalogue, field: Field, today: Today) -> FieldEditor:
    """The editor of a field; a type this program does not know is kept and not edited."""
    if field.type == "date":
        return DateEditor(field, today)
    if field.type == "birth":
        return BirthEditor(field, today)
    if field.type in ("choice", "choices"):
        choices = catalogue.choices(field.choices)
        if field.type == "choices":
            return ChipsEditor(field, choices, single=False)
        if len(choices.offered) <= AS_CHIPS:
            return ChipsEditor(field, choices, single=True)
        return DropDownEditor(field, choices)
    if field.type == "rows":
        return RowsEditor(field, lambda column: make_editor(catalogue, column, today))
    return _LINES.get(field.type, KeptEditor)(field)


__all__ = ["FieldEditor", "KeptEditor", "make_editor"]
