"""A household or a person met at the door, written down in the middle of a visit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QFrame, QGridLayout, QLineEdit, QVBoxLayout, QWidget

from ntmdesk.domain.kinds import Catalogue, Problem
from ntmdesk.services.doubles import Double
from ntmdesk.ui import theme
from ntmdesk.ui.forms.editor import FieldEditor
from ntmdesk.ui.forms.fields import make_editor
from ntmdesk.ui.pages.consent_panel import ConsentPanel
from ntmdesk.ui.pages.doubles_box import DoublesBox
from ntmdesk.ui.pages.problems import problem_words
from ntmdesk.ui.translation import label
from ntmdesk.ui.widgets.button import Button
from ntmdesk.ui.widgets.chips import ChipGroup, ChipSpec
from ntmdesk.ui.widgets.field_label import FieldLabel
from ntmdesk.ui.widgets.flow import FlowLayout
from ntmdesk.ui.widgets.text import Text

HOUSEHOLD, RESIDENT = "household", "resident"
OF_HOUSEHOLD = ("head_name", "lane", "address_text", "members_n")
OF_PERSON = ("full_name", "birth", "sex", "phone", "relation", "id_number")
ORDER = (
    "head_name",
    "full_name",
    "lane",
    "birth",
    "sex",
    "phone",
    "relation",
    "members_n",
    "address_text",
    "id_number",
)
GUARDED = "id_number"


class NewPeople(QFrame):
    """``edited`` after each change by the person; ``check_wanted`` when doubles should be looked for."""

    edited = Signal()
    check_wanted = Signal()
    use = Signal(object)
    cancelled = Signal()
    shown = Signal()
    entered = Signal()
    """Enter in a field: the person goes on to what was done here."""

    def __init__(
        self, catalogue: Catalogue, today: Callable[[], date], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self._catalogue = catalogue
        self._household: tuple[str, str] | None = None
        self._consent: dict[str, Any] | None = None
        self._card_number: str | None = None
        self.sure = False
        self._cells: dict[str, QWidget] = {}
        self.editors: dict[str, FieldEditor] = {}
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(*(theme.px(12),) * 4)
        self._rows.setSpacing(theme.px(theme.GAP_M))
        self.mode_chips = ChipGroup(numbered=False, single=True)
        self.mode_chips.changed.connect(self._mode_picked)
        self._rows.addWidget(self.mode_chips)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(theme.px(theme.GAP_L))
        self._grid.setVerticalSpacing(theme.px(theme.GAP_M))
        self._rows.addLayout(self._grid)
        for name in ORDER:
            self._make_cell(name, today)
        self.head_helped = QCheckBox(self.tr("The head is the person helped: write them down as well"))
        self.head_helped.setChecked(True)
        self.head_helped.toggled.connect(self._head_toggled)
        self._rows.addWidget(self.head_helped)
        self.doubles = DoublesBox()
        self.doubles.use.connect(self.use)
        self.doubles.go_on.connect(self._go_on)
        self._rows.addWidget(self.doubles)
        self._consent_told = Text("", "muted")
        self._rows.addWidget(self._consent_told)
        self.consent = ConsentPanel(catalogue)
        self.consent.given.connect(self._consent_given)
        self.consent.cancelled.connect(self.consent.hide)
        self.consent.hide()
        self._rows.addWidget(self.consent)
        foot = FlowLayout()
        self.ask = Button(self.tr("Ask for consent"), icon="heart-handshake")
        self.ask.clicked.connect(self._ask)
        self.cancel = Button(self.tr("Do not create"), "quiet")
        self.cancel.clicked.connect(self.cancelled)
        foot.addWidget(self.ask)
        foot.addWidget(self.cancel)
        self._rows.addLayout(foot)
        self._mode = HOUSEHOLD
        self.hide()

    @property
    def mode(self) -> str:
        """``household`` or ``resident``."""
        return self._mode

    def begin(
        self, name: str, household: tuple[str, str] | None = None, values: Mapping[str, Any] | None = None
    ) -> None:
        """Show for a name; ``household`` (id, words) is the one a new person would belong to.

        A personal number among ``values`` waits outside the form until consent covers it.
        """
        self._household = household
        self._consent = None
        self.sure = False
        for editor in self.editors.values():
            editor.set_value(None)
            editor.show_problem("")
        self.doubles.show_doubles([])
        self.consent.hide()
        chips = [ChipSpec(HOUSEHOLD, self.tr("New household"))]
        if household is not None:
            words = self.tr("New person of {household}").format(household=household[1])
            chips.insert(0, ChipSpec(RESIDENT, words))
        self.mode_chips.set_chips(chips)
        self._set_mode(RESIDENT if household is not None else HOUSEHOLD)
        self.editors["head_name"].set_value(name)
        self.editors["full_name"].set_value(name)
        given = dict(values or {})
        self._card_number = given.pop(GUARDED, None)
        for field, value in given.items():
            if field in self.editors:
                self.editors[field].set_value(value)
        self._show_consent()
        self.show()
        self.check_wanted.emit()

    def focus_first(self) -> None:
        """Put the focus after the name, which is there already."""
        name = "head_name" if self._mode == HOUSEHOLD else "full_name"
        following = "lane" if self._mode == HOUSEHOLD else "birth"
        self.editors[following if self.editors[name].value() else name].control.setFocus()

    def state(self) -> dict[str, Any]:
        """As JSON for a draft; ``restore`` takes it."""
        return {
            "mode": self._mode,
            "household": list(self._household) if self._household else None,
            "values": {n: e.value() for n, e in self.editors.items() if e.value() is not None},
            "head_helped": self.head_helped.isChecked(),
            "consent": self._consent,
            "sure": self.sure,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Show a draft's state again."""
        household = state.get("household")
        known = (str(household[0]), str(household[1])) if household else None
        values = dict(state.get("values") or {})
        number = values.pop(GUARDED, None)
        self.begin("", known, values)
        self.editors[GUARDED].set_value(number)
        self._set_mode(str(state.get("mode", HOUSEHOLD)))
        self.head_helped.setChecked(bool(state.get("head_helped", True)))
        self._consent = state.get("consent")
        self.sure = bool(state.get("sure", False))
        self._show_consent()

    def draft(self) -> dict[str, Any]:
        """Parts of a visit draft: ``new_household``, ``new_residents``, ``consents``, ``sure``."""
        values = {n: e.value() for n, e in self.editors.items() if e.value() is not None}
        household = {n: values[n] for n in OF_HOUSEHOLD if n in values}
        person = {n: values[n] for n in OF_PERSON if n in values}
        made: dict[str, Any] = {"sure": self.sure}
        if self._mode == HOUSEHOLD:
            made["new_household"] = household
            person["full_name"] = values.get("head_name")
            person["relation"] = "head"
            made["new_residents"] = (person,) if self.head_helped.isChecked() else ()
        else:
            made["new_residents"] = (person,)
        if self._consent and made["new_residents"]:
            made["consents"] = ({**self._consent, "resident": 0},)
        return made

    def double_questions(self) -> list[tuple[str, dict[str, Any]]]:
        """Kinds and values to look for doubles of: the household, and the person."""
        draft = self.draft()
        asked: list[tuple[str, dict[str, Any]]] = []
        if self._mode == HOUSEHOLD:
            asked.append((HOUSEHOLD, dict(draft["new_household"])))
        for person in draft["new_residents"]:
            asked.append((RESIDENT, dict(person)))
            if self._household is not None and self._mode == RESIDENT:
                asked[-1][1]["household"] = self._household[0]
        return asked

    def household_id(self) -> str | None:
        """The household a new person joins."""
        return self._household[0] if self._household and self._mode == RESIDENT else None

    def show_doubles(self, doubles: Sequence[Double]) -> None:
        """Say who may be recorded already, unless the person said they are somebody else."""
        self.doubles.show_doubles([] if self.sure else doubles)

    def name(self) -> str:
        """The name typed."""
        return str(self.editors["head_name" if self._mode == HOUSEHOLD else "full_name"].value() or "")

    def local_problems(self) -> list[Problem]:
        """What is typed and cannot be read, and a name that is missing."""
        found = [
            Problem(name, code, {"max": editor.spec.max_length})
            for name, editor in self.editors.items()
            if not self._cells[name].isHidden() and (code := editor.local_problem())
        ]
        if not self.name():
            name = "head_name" if self._mode == HOUSEHOLD else "full_name"
            found.insert(0, Problem(name, "required"))
        return found

    def show_problems(self, problems: Iterable[Problem]) -> list[Problem]:
        """Say each at its field, focus the first; returns those of fields not shown here."""
        elsewhere, first = [], None
        for problem in problems:
            editor = self.editors.get(self._shown_as(problem.field))
            if editor is None:
                elsewhere.append(problem)
                continue
            of = HOUSEHOLD if problem.field in OF_HOUSEHOLD else RESIDENT
            editor.show_problem(problem_words(self._catalogue.kind(of), problem))
            first = first or editor
        if first is not None:
            first.control.setFocus()
        return elsewhere

    def ask_consent(self) -> None:
        """Open the consent panel, as the button does."""
        self._ask()

    def _shown_as(self, field: str) -> str:
        return "head_name" if self._mode == HOUSEHOLD and field == "full_name" else field

    def _make_cell(self, name: str, today: Callable[[], date]) -> None:
        of = HOUSEHOLD if name in OF_HOUSEHOLD else RESIDENT
        field = self._catalogue.field(of, name)
        editor = make_editor(self._catalogue, field, today)
        editor.edited.connect(lambda n=name: self._edited(n))
        if isinstance(editor.control, QLineEdit):
            editor.control.returnPressed.connect(self.entered)
        cell = QWidget()
        rows = QVBoxLayout(cell)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(theme.px(3))
        hint = label(field.hint) if name in ("birth", GUARDED) else ""
        rows.addWidget(FieldLabel(label(field.label), editor.control, hint))
        rows.addWidget(editor)
        rows.addStretch(1)
        self.editors[name] = editor
        self._cells[name] = cell

    def _mode_picked(self, chosen: list[str]) -> None:
        name = self.name()
        self._set_mode(chosen[0] if chosen else self._mode)
        for field in ("head_name", "full_name"):
            self.editors[field].set_value(name)
        self.sure = False
        self._say_edited()

    def _set_mode(self, mode: str) -> None:
        self._mode = mode
        self.mode_chips.choose([mode])
        at_home = mode == HOUSEHOLD
        helped = self.head_helped.isChecked()
        shown = [
            name
            for name in ORDER
            if (at_home and name in OF_HOUSEHOLD)
            or (name in OF_PERSON and not at_home)
            or (name in OF_PERSON and at_home and helped and name not in ("full_name", "relation"))
        ]
        for place, name in enumerate(ORDER):
            cell = self._cells[name]
            self._grid.removeWidget(cell)
            if name in shown:
                place = shown.index(name)
                self._grid.addWidget(cell, place // 3, place % 3)
            cell.setVisible(name in shown)
        for column in range(3):
            self._grid.setColumnStretch(column, 1)
        self.head_helped.setVisible(at_home)
        self.ask.setVisible(not at_home or helped)
        self.shown.emit()

    def _head_toggled(self, _: bool) -> None:
        self._set_mode(self._mode)
        self._say_edited()

    def _edited(self, name: str) -> None:
        self.editors[name].show_problem("")
        if name in ("head_name", "full_name", "birth", "phone", "lane", "address_text"):
            self.sure = False
        self._say_edited()

    def _say_edited(self) -> None:
        self.edited.emit()
        self.check_wanted.emit()

    def _go_on(self) -> None:
        self.sure = True
        self.doubles.show_doubles([])
        self.focus_first()
        self.edited.emit()

    def _ask(self) -> None:
        self.consent.ask(self.name())

    def _consent_given(self, values: dict[str, Any]) -> None:
        self._consent = values
        self.consent.hide()
        self._show_consent()
        if "identity" in values["purposes"]:
            if self._card_number:
                self.editors[GUARDED].set_value(self._card_number)
            self.editors[GUARDED].control.setFocus()
        self.edited.emit()

    def _show_consent(self) -> None:
        covers = bool(self._consent and "identity" in self._consent["purposes"])
        self.editors[GUARDED].set_read_only(not covers)
        if self._consent is None and self._card_number:
            words = self.tr("The number on the card waits: it is filled in only after consent.")
        elif self._consent is None:
            words = self.tr("No consent yet. A personal number is kept only after asking and recording it.")
        elif covers:
            words = self.tr("Consent will be recorded together with this visit.")
        else:
            words = self.tr("Consent will be recorded; it does not cover the personal number.")
        self._consent_told.setText(words)
