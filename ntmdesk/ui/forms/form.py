"""A form built from a kind of record."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from ntmdesk.domain.kinds import Catalogue, Field, Kind, Problem
from ntmdesk.domain.rebasing import Rebased, changed_fields, rebase
from ntmdesk.ui import theme
from ntmdesk.ui.forms.choices import ReferenceEditor, ReferencesEditor, Suggest
from ntmdesk.ui.forms.editor import FieldEditor
from ntmdesk.ui.forms.fields import make_editor
from ntmdesk.ui.forms.rows import RowsEditor
from ntmdesk.ui.messages import problem_sentence
from ntmdesk.ui.translation import label
from ntmdesk.ui.widgets.field_label import FieldLabel
from ntmdesk.ui.widgets.tall import Tall
from ntmdesk.ui.widgets.text import Text

NARROW = 520
"""Below this width, in pixels at scale 1, fields stand one under the other."""
NameOf = Callable[[str, str, Callable[[str], None]], None]
"""``name_of(kind, id, deliver)``: the words a referred record is known by."""


class Form(Tall):
    """Sections of labelled fields.  It reports what a person changed, and shows problems at their fields.

    ``sections``: names of those to show, in that order; None shows all, and fields in no section last.
    ``may_write``: who is at work (``anyone``, ``leader``); fields for others can only be read.
    """

    edited = Signal()
    """After each change by the person: save the draft."""
    dirty = Signal(bool)
    """Whether anything differs from what was set; told when that turns."""

    def __init__(
        self,
        kind: Kind,
        catalogue: Catalogue,
        today: Callable[[], date],
        sections: Sequence[str] | None = None,
        may_write: str = "anyone",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.kind = kind
        self._catalogue = catalogue
        self._today = today
        self._allowed = {"anyone", may_write}
        self._editors: dict[str, FieldEditor] = {}
        self._labels: dict[str, FieldLabel] = {}
        self._base: dict[str, Any] = {}
        self._given: dict[str, Any] = {}
        self._touched: set[str] = set()
        self._was_dirty = False
        self._suggest: Suggest | None = None
        self._name_of: NameOf | None = None
        self._grids: list[tuple[QGridLayout, list[tuple[QWidget, bool]]]] = []
        self._two = True
        self._rows = self.rows
        self._rows.setSpacing(theme.px(theme.GAP_L))
        self._build(sections)
        self.set_values({})

    def field(self, name: str) -> FieldEditor:
        """The editor of a field; ``KeyError`` when the form does not show it."""
        return self._editors[name]

    def names(self) -> tuple[str, ...]:
        """Fields shown, in order."""
        return tuple(self._editors)

    def values(self) -> dict[str, Any]:
        """Everything filled, with what was given and is not shown; blank fields are left out."""
        shown = {name: editor.value() for name, editor in self._editors.items()}
        kept = {name: value for name, value in self._given.items() if name not in self._editors}
        return {**kept, **{name: value for name, value in shown.items() if value is not None}}

    def set_values(self, values: Mapping[str, Any]) -> None:
        """Show a record or a new one's start; nothing counts as changed afterwards."""
        self._given = dict(values)
        for name, editor in self._editors.items():
            editor.set_value(values.get(name))
            editor.show_problem("")
        self._base = {name: editor.value() for name, editor in self._editors.items()}
        self._touched.clear()
        self._tell_dirty()

    def fill(self, values: Mapping[str, Any]) -> None:
        """Put values in as if the person had typed them: a card that was read, a draft taken up again."""
        for name, value in values.items():
            if name in self._editors:
                self._editors[name].set_value(value)
                self._touched.add(name)
        self._tell_dirty()

    def rebase(self, now: Mapping[str, Any]) -> Rebased:
        """The record has become ``now`` underneath: untouched fields show it, touched ones stay as typed.

        Nothing loses the focus.  What clashes is returned; until it is settled with ``take`` the form holds
        what was typed.
        """
        touched = {*self.changed(), *(n for n, e in self._editors.items() if e.local_problem())}
        stands = {name: editor.value() for name, editor in self._editors.items()}
        found = rebase(self.kind, self._given, now, stands, touched)
        before, self._given = self._given, dict(now)
        for name in changed_fields(self.kind, before, now):
            if name in self._editors:
                self._base[name] = now.get(name)
        for name, value in found.taken.items():
            if name in self._editors:
                self._editors[name].set_value(value)
                if name not in touched:
                    self._base[name] = self._editors[name].value()
        self._tell_dirty()
        return Rebased(
            {n: v for n, v in found.taken.items() if n in self._editors},
            {n: v for n, v in found.clashes.items() if n in self._editors},
        )

    def take(self, name: str, value: Any) -> None:
        """Show a value in place of what was typed: the record's own, chosen by the person."""
        self._editors[name].set_value(value)
        self._editors[name].show_problem("")
        self._tell_dirty()

    def settle(self, values: Mapping[str, Any]) -> None:
        """These values were saved: they count as given from now on, whatever was typed since."""
        self._given.update(values)
        self._base.update({name: value for name, value in values.items() if name in self._editors})
        self._tell_dirty()

    def touched(self) -> dict[str, Any]:
        """What was typed and is not saved, field by field; None for blank or half-typed."""
        half = (name for name, editor in self._editors.items() if editor.local_problem())
        return {**dict.fromkeys(half), **self.changed()}

    def given(self) -> dict[str, Any]:
        """What the form was filled with, or rebased on, last."""
        return dict(self._given)

    def changed(self) -> dict[str, Any]:
        """Only what the person changed, None for what was blanked."""
        now = {name: self._editors[name].value() for name in self._editors if name in self._touched}
        return {name: value for name, value in now.items() if value != self._base.get(name)}

    def is_dirty(self) -> bool:
        """Something differs from what was set, or was typed and cannot be read."""
        return bool(self.changed()) or any(self._editors[n].local_problem() for n in self._touched)

    def local_problems(self) -> list[Problem]:
        """What is typed and cannot be read; ask before saving, the store never sees such text."""
        return [
            Problem(name, code, {"max": editor.spec.max_length})
            for name, editor in self._editors.items()
            if (code := editor.local_problem())
        ]

    def show_problems(self, problems: Iterable[Problem]) -> list[Problem]:
        """Say each at its field; returns those whose field the form does not show."""
        elsewhere: list[Problem] = []
        for shown in self._editors.values():
            shown.show_problem("")
        for problem in problems:
            words = self.words_of(problem)
            editor = self._editors.get(problem.field)
            if editor is None:
                elsewhere.append(problem)
                continue
            place = int(problem.details.get("place", 0) or 0)
            if (
                problem.column
                and isinstance(editor, RowsEditor)
                and editor.show_row_problem(problem.row, place, problem.column, words)
            ):
                continue
            before = editor.problem_words()
            editor.show_problem(f"{before} {words}" if before and words not in before else words)
        return elsewhere

    def words_of(self, problem: Problem) -> str:
        """A problem in words; a broken rule in the catalogue's own."""
        if problem.rule:
            found = next((rule for rule in self.kind.rules if rule.code == problem.code), None)
            if found is not None:
                return label(found.label)
        return problem_sentence(problem)

    def focus_first(self) -> None:
        """Put the focus in the first field."""
        for editor in self._editors.values():
            if editor.control.isEnabled():
                editor.control.setFocus()
                return

    def focus_first_problem(self) -> bool:
        """Put the focus where something is wrong; False when nothing is."""
        for editor in self._every_editor():
            if editor.problem_words():
                editor.control.setFocus()
                return True
        return False

    def set_read_only(self, read_only: bool) -> None:
        """Let everything be read only, or as the fields' writers allow."""
        for editor in self._editors.values():
            editor.set_read_only(read_only or editor.spec.writer not in self._allowed)

    def set_suggest(self, suggest: Suggest) -> None:
        """How reference fields find records."""
        self._suggest = suggest
        self._equip_all()

    def set_name_of(self, name_of: NameOf) -> None:
        """How reference fields learn the words of an id they hold; call before ``set_values``."""
        self._name_of = name_of
        self._equip_all()

    def minimumSizeHint(self) -> QSize:
        cells = (cell for _, cells in self._grids for cell, _ in cells)
        widest = max((cell.minimumSizeHint().width() for cell in cells), default=0)
        return QSize(widest, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        two = event.size().width() >= theme.px(NARROW)
        if two != self._two:
            self._two = two
            for grid, cells in self._grids:
                self._lay(grid, cells)

    def _equip_all(self) -> None:
        for editor in self._every_editor():
            self._equip(editor)

    def _equip(self, editor: FieldEditor) -> None:
        if isinstance(editor, ReferenceEditor | ReferencesEditor):
            editor.suggest = self._suggest
            editor.name_of = self._name_of
        elif isinstance(editor, RowsEditor):
            editor.equip = self._equip

    def _every_editor(self) -> Iterator[FieldEditor]:
        for editor in self._editors.values():
            yield editor
            if isinstance(editor, RowsEditor):
                for line in editor.lines:
                    yield from line.editors.values()

    def _build(self, sections: Sequence[str] | None) -> None:
        by_name = {section.name: section for section in self.kind.sections}
        chosen = [by_name[name] for name in sections] if sections is not None else list(self.kind.sections)
        placed: set[str] = set()
        for section in chosen:
            self._rows.addWidget(Text(label(section.label), "heading"))
            self._section([self.kind.field(name) for name in section.fields])
            placed |= set(section.fields)
        if sections is None:
            rest = [field for field in self.kind.fields if field.name not in placed]
            if rest:
                self._section(rest)
        self._rows.addStretch(1)

    def _section(self, fields: Sequence[Field | None]) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.px(theme.GAP_L))
        grid.setVerticalSpacing(theme.px(10))
        cells = [self._cell(field) for field in fields if field is not None]
        self._lay(grid, cells)
        self._grids.append((grid, cells))
        self._rows.addLayout(grid)

    def _cell(self, field: Field) -> tuple[QWidget, bool]:
        editor = make_editor(self._catalogue, field, self._today)
        editor.edited.connect(lambda name=field.name: self._edited(name))
        editor.set_read_only(field.writer not in self._allowed)
        self._editors[field.name] = editor
        cell = QWidget()
        rows = QVBoxLayout(cell)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(theme.px(4))
        words = label(field.label)
        hint = label(field.hint)
        name = FieldLabel(f"{words} *" if field.required else words, editor.control, hint)
        editor.control.setAccessibleName(
            self.tr("{field}, needed").format(field=words) if field.required else words
        )
        self._labels[field.name] = name
        rows.addWidget(name)
        rows.addWidget(editor)
        rows.addStretch(1)
        return cell, editor.wide

    def _lay(self, grid: QGridLayout, cells: Sequence[tuple[QWidget, bool]]) -> None:
        across = 2 if self._two else 1
        at = 0
        for cell, wide in cells:
            grid.removeWidget(cell)
            if wide and at % across:
                at += across - at % across
            grid.addWidget(cell, at // across, at % across, 1, across if wide else 1)
            at += across if wide else 1
        for column in range(2):
            grid.setColumnStretch(column, 1 if column < across else 0)

    def _edited(self, name: str) -> None:
        self._touched.add(name)
        if self._editors[name].problem_words():
            self._editors[name].show_problem("")
        self.edited.emit()
        self._tell_dirty()

    def _tell_dirty(self) -> None:
        now = self.is_dirty()
        if now != self._was_dirty:
            self._was_dirty = now
            self.dirty.emit(now)
