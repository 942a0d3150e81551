"""The left side of a visit: who, when, where, with whom, what was done."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from ntmdesk.domain.kinds import Catalogue, Problem
from ntmdesk.ui import theme
from ntmdesk.ui.forms.editor import NumberEditor
from ntmdesk.ui.pages.problems import field_words, problem_words
from ntmdesk.ui.pages.visit_new import NewPeople
from ntmdesk.ui.pages.visit_services import VisitServices
from ntmdesk.ui.pages.visit_when import VisitWhen
from ntmdesk.ui.widgets.button import Button
from ntmdesk.ui.widgets.chips import ChipGroup, ChipSpec
from ntmdesk.ui.widgets.columns import Columns
from ntmdesk.ui.widgets.field_label import FieldLabel
from ntmdesk.ui.widgets.suggest_box import SuggestBox
from ntmdesk.ui.widgets.tall import Tall
from ntmdesk.ui.widgets.text import Text

BESIDE = ("start", "follow_up_of", "source")
"""Fields that are shown nowhere and go with the visit."""


@dataclass(frozen=True, slots=True)
class Around:
    """What the form offers: the person at work, the team's other members, its hamlets, first services."""

    me: str = ""
    members: tuple[tuple[str, str], ...] = ()
    hamlets: tuple[tuple[str, str], ...] = ()
    services: tuple[str, ...] = ()


class VisitForm(Tall):
    """Holds what is typed; knows nothing of the store.  ``edited`` after each change by the person."""

    edited = Signal()

    def __init__(
        self, catalogue: Catalogue, today: Callable[[], date], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._catalogue = catalogue
        self._kind = catalogue.kind("support_visit")
        self._around = Around()
        self._beside: dict[str, Any] = {}
        self._household = ""
        self.rows.setSpacing(theme.px(theme.GAP_M))
        self._problems: dict[str, Text] = {}
        self._build_who(today)
        self.when = VisitWhen(catalogue, today)
        self.when.edited.connect(self.edited)
        self.rows.addWidget(self.when)
        self._problems.update(self.when.problems)
        self.services = VisitServices(catalogue, today)
        self.services.edited.connect(self.edited)
        self.rows.addWidget(self.services)
        self._problems["lines"] = self.services.problem
        self.chips, self.lines = self.services.chips, self.services.lines
        self._build_more()
        self._ask_hamlet()

    def offer(self, around: Around) -> None:
        """What may be chosen; the same again changes nothing, so that the focus stays where it is."""
        if around == self._around:
            return
        self._around = around
        self.when.offer([one for one in around.members if one[0] != around.me], around.hamlets)
        self._ask_hamlet()
        self.services.offer(around.services)

    def begin(self, values: Mapping[str, Any]) -> None:
        """A new visit with these values."""
        self.clear()
        self.set_values(values)

    def clear(self) -> None:
        """The next household: date, place, minutes and companions stay."""
        self._beside = {}
        self.who.set_picked(None)
        self.set_who(None)
        self.new.hide()
        self.services.clear()
        self.persons_n.set_value(None)
        self.notes.clear()
        self.clear_problems()

    def set_values(self, values: Mapping[str, Any]) -> None:
        """Show fields of a visit; whose it is is told to ``set_who``."""
        self._beside = {name: values[name] for name in BESIDE if values.get(name)}
        self.when.set_values(values)
        self.persons_n.set_value(values.get("persons_n"))
        self.notes.setText(str(values.get("notes") or ""))
        if "lines" in values:
            self.services.set_rows(values["lines"] or ())

    def take(self, name: str, value: Any) -> None:
        """Show another value of one field and leave every other as it is typed."""
        if name in BESIDE:
            self._beside.pop(name, None)
            if value:
                self._beside[name] = value
        elif name == "persons_n":
            self.persons_n.set_value(value)
        elif name == "notes":
            self.notes.setText(str(value or ""))
        elif name == "lines":
            self.services.take_rows(value or ())
        else:
            self.when.take(name, value)

    def values(self) -> dict[str, Any]:
        """Fields of the visit; blank ones are left out."""
        when = self.when
        day = when.day.date()
        me = [self._around.me] if self._around.me else []
        filled: dict[str, Any] = {
            **self._beside,
            "date": day.isoformat() if day else None,
            "place_type": when.place.code() or None,
            "minutes": when.minutes.value(),
            "members": [*me, *when.members.chosen()] or None,
            "household": self._household if self.new.isHidden() else self.new.household_id(),
            "persons": self.chosen_persons() or None,
            "persons_n": self.persons_n.value(),
            "lines": self.lines.rows() or None,
            "notes": self.notes.text().strip() or None,
        }
        if not filled["household"] and not when.hamlet.isHidden():
            filled["hamlet"] = when.hamlet.code() or None
        return {name: value for name, value in filled.items() if value not in (None, "", [])}

    def set_who(
        self, household: str | None, members: Sequence[tuple[str, str]] = (), chosen: Iterable[str] = ()
    ) -> None:
        """The household, its people and those helped; None for nobody yet."""
        self._household = household or ""
        self.persons.set_chips([ChipSpec(id, name) for id, name in members])
        self.persons.choose(chosen)
        self._persons_row.setVisible(bool(members))
        self._ask_hamlet()

    def chosen_persons(self) -> list[str]:
        """Ids of the people helped."""
        return self.persons.chosen()

    def household(self) -> str:
        """Id of the household chosen; empty for none."""
        return self._household

    def follow(self, visit: str) -> None:
        """The visit takes up something an earlier one left open."""
        self._beside["follow_up_of"] = visit

    def take_service(self, code: str) -> None:
        """Tick a service and go to its line."""
        self.services.take(code)

    def is_empty(self) -> bool:
        """Nothing of this visit was typed yet."""
        nothing_new = self.new.isHidden()
        return nothing_new and not (
            self._household
            or self.who.text().strip()
            or self.chips.chosen()
            or self.notes.text().strip()
            or self.persons_n.value() is not None
        )

    def local_problems(self) -> list[tuple[str, str]]:
        """(field, words) of what is missing or cannot be read; fields as ``say`` knows them."""
        found = []
        new = not self.new.isHidden()
        helped = self._household or self.chosen_persons() or self.persons_n.value() is not None or new
        if not helped:
            found.append(("who", self.tr("Choose a household or a person, or press Ctrl+N to create one.")))
        found += self.when.local_problems()
        if not self.lines.lines():
            found.append(("lines", self.tr("Choose at least one service: type its number, then Space.")))
        return found

    def line_problems(self) -> bool:
        """Say what is wrong inside lines; True when something is."""
        return self.services.say_line_problems(self._kind)

    def say(self, field: str, words: str) -> None:
        """Say a problem at a field of this form."""
        self._problems[field].setText(words)
        self._problems[field].setVisible(bool(words))

    def clear_problems(self) -> None:
        """Nothing is wrong any more."""
        for field in self._problems:
            self.say(field, "")
        self.lines.clear_problems()

    def show_problems(self, problems: Iterable[Problem]) -> list[str]:
        """Say each where it belongs, focus the first; returns sentences that belong nowhere here."""
        elsewhere: list[str] = []
        ordered = sorted(problems, key=lambda problem: not problem.column)
        for problem in ordered:
            words = problem_words(self._kind, problem)
            if problem.field == "lines" and (problem.column or problem.row):
                place = int(problem.details.get("place", 0) or 0) - 1
                if self.lines.show_problem(problem.row, place, problem.column, words):
                    continue
            where = {"household": "who", "persons": "who", "persons_n": "who"}.get(
                problem.field, problem.field
            )
            if where in self._problems:
                self.say(where, words)
            else:
                elsewhere.append(field_words(self._kind, problem))
        return elsewhere

    def focus_problem(self, field: str) -> None:
        """Put the focus where a local problem is."""
        if field == "lines":
            self.chips.focus_first()
        else:
            (self.when.control(field) or self.who.edit).setFocus()

    def _build_who(self, today: Callable[[], date]) -> None:
        head = QHBoxLayout()
        head.setSpacing(theme.px(theme.GAP_M))
        self.who = SuggestBox(
            self.tr("dang thi h, 0123, number of the house…"), self.tr("Create new “{text}”")
        )
        hint = self.tr("type without marks, tail of phone or number; Ctrl+N creates")
        head.addWidget(FieldLabel(self.tr("Household or person"), self.who.edit, hint), 1)
        self.scan = Button(self.tr("Scan card"), "quiet", icon="scan-qr-code")
        head.addWidget(self.scan)
        self.rows.addLayout(head)
        self.rows.addWidget(self.who)
        self.rows.addWidget(self._problem("who"))
        self.new = NewPeople(self._catalogue, today)
        self.new.edited.connect(self.edited)
        self.rows.addWidget(self.new)
        self._persons_row = QWidget()
        rows = QVBoxLayout(self._persons_row)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(theme.px(theme.GAP_S))
        self.persons = ChipGroup(numbered=False)
        self.persons.changed.connect(lambda _: self.edited.emit())
        label_ = FieldLabel(
            self.tr("Who of them"), self.persons, self.tr("Space ticks; nobody: the household")
        )
        rows.addWidget(label_)
        rows.addWidget(self.persons)
        self._persons_row.hide()
        self.rows.addWidget(self._persons_row)

    def _build_more(self) -> None:
        across = Columns(520, theme.GAP_M)
        self.notes = QLineEdit()
        self.notes.setMaxLength(500)
        self.notes.textEdited.connect(lambda _: self.edited.emit())
        self.persons_n = NumberEditor(self._catalogue.field("support_visit", "persons_n"))
        self.persons_n.edited.connect(self.edited)
        hint = self.tr("counts as occurrences only")
        for words, widget, buddy, told, share in (
            (self.tr("Note on the visit"), self.notes, self.notes, "", 3),
            (self.tr("People not named"), self.persons_n, self.persons_n.control, hint, 2),
        ):
            cell = QWidget()
            rows = QVBoxLayout(cell)
            rows.setContentsMargins(0, 0, 0, 0)
            rows.setSpacing(theme.px(theme.GAP_S))
            rows.addWidget(FieldLabel(words, buddy, told))
            rows.addWidget(widget)
            across.add(cell, share)
        self.rows.addWidget(across)

    def _problem(self, field: str) -> Text:
        said = Text("", "problem")
        said.hide()
        self._problems[field] = said
        return said

    def _ask_hamlet(self) -> None:
        self.when.ask_hamlet(len(self._around.hamlets) > 1 and not self._household)
