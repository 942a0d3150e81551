"""The left side of a visit: who, when, where, with whom, what was done."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from ntmdesk.domain.kinds import Catalogue, Problem
from ntmdesk.ui import theme
from ntmdesk.ui.forms.editor import NumberEditor
from ntmdesk.ui.pages.problems import field_words, problem_words
from ntmdesk.ui.pages.visit_lines import ServiceLines, number_of
from ntmdesk.ui.pages.visit_new import NewPeople
from ntmdesk.ui.translation import label
from ntmdesk.ui.widgets.button import Button
from ntmdesk.ui.widgets.chips import ChipGroup, ChipSpec
from ntmdesk.ui.widgets.choice_box import ChoiceBox
from ntmdesk.ui.widgets.columns import Columns
from ntmdesk.ui.widgets.date_field import DateField
from ntmdesk.ui.widgets.field_label import FieldLabel
from ntmdesk.ui.widgets.names_button import NamesButton
from ntmdesk.ui.widgets.suggest_box import SuggestBox
from ntmdesk.ui.widgets.tall import Tall
from ntmdesk.ui.widgets.text import Text

ALL = "*"
"""Code of the chip that shows every service."""
KEPT = ("date", "place_type", "minutes", "members")
"""Fields that stay from one household to the next."""


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
        self._all_services = False
        self._kept: dict[str, Any] = {}
        self._household = ""
        self._rows = self.rows
        self._rows.setSpacing(theme.px(theme.GAP_M))
        self._problems: dict[str, Text] = {}
        self._build_who(today)
        self._build_when(today)
        self._build_services(today)
        self._build_more()

    def offer(self, around: Around) -> None:
        """What may be chosen; the same again changes nothing, so that the focus stays where it is."""
        if around == self._around:
            return
        self._around = around
        self.members.offer([one for one in around.members if one[0] != around.me])
        self.hamlet.offer(around.hamlets, blank=True)
        self._show_hamlet()
        self._show_chips()

    def begin(self, values: Mapping[str, Any]) -> None:
        """A new visit with these values."""
        self.clear()
        self.set_values(values)

    def clear(self) -> None:
        """The next household: date, place, minutes and companions stay."""
        self._kept = {}
        self.who.set_picked(None)
        self.set_who(None)
        self.new.hide()
        self.chips.choose([])
        self.lines.clear()
        self.persons_n.set_value(None)
        self.notes.clear()
        self.offer_case("")
        self.follow_case.setChecked(True)
        self._all_services = False
        self._show_chips()
        self.clear_problems()

    def set_values(self, values: Mapping[str, Any]) -> None:
        """Show fields of a visit; whose it is is told to ``set_who``."""
        self._kept = {k: values[k] for k in ("start", "follow_up_of", "source") if values.get(k)}
        if "date" in values:
            day = values["date"]
            self.day.set_date(date.fromisoformat(str(day)) if day else None)
        if "place_type" in values:
            self.place.choose(values["place_type"])
        if "minutes" in values:
            self.minutes.set_value(values["minutes"])
        if "members" in values:
            self.members.choose(values["members"] or ())
        if "hamlet" in values:
            self.hamlet.choose(values["hamlet"])
        self.persons_n.set_value(values.get("persons_n"))
        self.notes.setText(str(values.get("notes") or ""))
        if "lines" in values:
            self.lines.set_rows(values["lines"] or ())
            codes = [line.code for line in self.lines.lines()]
            self._all_services = self._all_services or any(c not in self._around.services for c in codes)
            self._show_chips()
            self.chips.choose(codes)

    def take(self, name: str, value: Any) -> None:
        """Show another value of one field and leave every other as it is typed."""
        if name in ("start", "follow_up_of", "source"):
            self._kept = {
                **{k: v for k, v in self._kept.items() if k != name},
                **({name: value} if value else {}),
            }
        elif name == "date":
            self.day.set_date(date.fromisoformat(str(value)) if value else None)
        elif name == "place_type":
            self.place.choose(value)
        elif name == "minutes":
            self.minutes.set_value(value)
        elif name == "members":
            self.members.choose(value or ())
        elif name == "hamlet":
            self.hamlet.choose(value)
        elif name == "persons_n":
            self.persons_n.set_value(value)
        elif name == "notes":
            self.notes.setText(str(value or ""))
        elif name == "lines":
            self._take_lines(value or ())

    def values(self) -> dict[str, Any]:
        """Fields of the visit; blank ones are left out."""
        day = self.day.date()
        me = [self._around.me] if self._around.me else []
        filled: dict[str, Any] = {
            **self._kept,
            "date": day.isoformat() if day else None,
            "place_type": self.place.code() or None,
            "minutes": self.minutes.value(),
            "members": [*me, *self.members.chosen()] or None,
            "household": self._household if self.new.isHidden() else self.new.household_id(),
            "persons": self.chosen_persons() or None,
            "persons_n": self.persons_n.value(),
            "lines": self.lines.rows() or None,
            "notes": self.notes.text().strip() or None,
        }
        if not filled["household"] and not self.hamlet.isHidden():
            filled["hamlet"] = self.hamlet.code() or None
        return {name: value for name, value in filled.items() if value not in (None, "", [])}

    def set_who(
        self, household: str | None, members: Sequence[tuple[str, str]] = (), chosen: Iterable[str] = ()
    ) -> None:
        """The household, its people and those helped; None for nobody yet."""
        self._household = household or ""
        self.persons.set_chips([ChipSpec(id, name) for id, name in members])
        self.persons.choose(chosen)
        self._persons_row.setVisible(bool(members))
        self._show_hamlet()

    def chosen_persons(self) -> list[str]:
        """Ids of the people helped."""
        return self.persons.chosen()

    def household(self) -> str:
        """Id of the household chosen; empty for none."""
        return self._household

    def follow(self, visit: str) -> None:
        """The visit takes up something an earlier one left open."""
        self._kept["follow_up_of"] = visit

    def take_service(self, code: str) -> None:
        """Tick a service and go to its line."""
        chosen = self.chips.chosen()
        if code not in chosen:
            if code not in self._around.services:
                self._all_services = True
                self._show_chips()
            self.chips.choose([*chosen, code])
            self._services_changed(self.chips.chosen())
        self.lines.focus_line(code)

    def offer_case(self, words: str) -> None:
        """Offer to write a follow-up's step down with the visit; empty words offer nothing."""
        self.follow_case.setText(words)
        self.follow_case.setVisible(bool(words))

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
        if self.day.date() is None:
            found.append(
                ("date", problem_words(self._kind, Problem("date", self.day.problem() or "required")))
            )
        if not self.hamlet.isHidden() and not self.hamlet.code():
            found.append(("hamlet", problem_words(self._kind, Problem("hamlet", "required"))))
        if code := self.minutes.local_problem():
            found.append(("minutes", problem_words(self._kind, Problem("minutes", code))))
        if not self.lines.lines():
            found.append(("lines", self.tr("Choose at least one service: type its number, then Space.")))
        return found

    def line_problems(self) -> bool:
        """Say what is wrong inside lines; True when something is."""
        wrong = False
        for line in self.lines.lines():
            if code := line.local_problem():
                line.show_problem("follow_up_date", problem_words(self._kind, Problem("lines", code)))
                wrong = True
        return wrong

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
        places: dict[str, QWidget] = {
            "date": self.day,
            "minutes": self.minutes.control,
            "hamlet": self.hamlet,
        }
        if field == "lines":
            self.chips.focus_first()
        else:
            places.get(field, self.who.edit).setFocus()

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
        self._rows.addLayout(head)
        self._rows.addWidget(self.who)
        self._rows.addWidget(self._problem("who"))
        self.new = NewPeople(self._catalogue, today)
        self.new.edited.connect(self.edited)
        self._rows.addWidget(self.new)
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
        self._rows.addWidget(self._persons_row)

    def _build_when(self, today: Callable[[], date]) -> None:
        across = Columns(520, theme.GAP_M)
        self.day = DateField(today)
        self.place = ChoiceBox()
        places = self._catalogue.choices("place_types").offered
        self.place.offer([(c.code, label(c.short)) for c in places])
        self.minutes = NumberEditor(_field(self._catalogue, "minutes"))
        self.members = NamesButton(self.tr("just me"), self.tr("With"))
        self.hamlet = ChoiceBox()
        self._cells: dict[str, QWidget] = {}
        for name, widget, share in (
            ("date", self.day, 3),
            ("place_type", self.place, 4),
            ("minutes", self.minutes, 2),
            ("members", self.members, 4),
            ("hamlet", self.hamlet, 3),
        ):
            cell = QWidget()
            rows = QVBoxLayout(cell)
            rows.setContentsMargins(0, 0, 0, 0)
            rows.setSpacing(theme.px(theme.GAP_S))
            words = self.tr("With") if name == "members" else label(_field(self._catalogue, name).label)
            buddy = widget.control if isinstance(widget, NumberEditor) else widget
            rows.addWidget(FieldLabel(words, buddy))
            rows.addWidget(widget)
            rows.addWidget(self._problem(name))
            rows.addStretch(1)
            across.add(cell, share)
            self._cells[name] = cell
        self.members.offer([])
        self.day.changed.connect(lambda _: self.edited.emit())
        self.place.picked.connect(lambda _: self.edited.emit())
        self.minutes.edited.connect(self.edited)
        self.members.changed.connect(lambda _: self.edited.emit())
        self.hamlet.picked.connect(lambda _: self.edited.emit())
        self._rows.addWidget(across)
        self._show_hamlet()

    def _build_services(self, today: Callable[[], date]) -> None:
        self.chips = ChipGroup(numbered=False)
        self.chips.changed.connect(self._services_changed)
        self.chips.missed.connect(self._service_missed)
        hint = self.tr("type a number or first letters, Space ticks")
        self._rows.addWidget(FieldLabel(self.tr("Helped with"), self.chips, hint))
        self._rows.addWidget(self.chips)
        self._rows.addWidget(self._problem("lines"))
        self.lines = ServiceLines(self._catalogue, today)
        self.lines.edited.connect(self.edited)
        self._rows.addWidget(self.lines)
        self.follow_case = QCheckBox()
        self.follow_case.setChecked(True)
        self.follow_case.hide()
        self._rows.addWidget(self.follow_case)

    def _build_more(self) -> None:
        across = Columns(520, theme.GAP_M)
        self.notes = QLineEdit()
        self.notes.setMaxLength(500)
        self.notes.textEdited.connect(lambda _: self.edited.emit())
        self.persons_n = NumberEditor(_field(self._catalogue, "persons_n"))
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
        self._rows.addWidget(across)

    def _problem(self, field: str) -> Text:
        said = Text("", "problem")
        said.hide()
        self._problems[field] = said
        return said

    def _show_hamlet(self) -> None:
        wanted = len(self._around.hamlets) > 1 and not self._household
        self._cells["hamlet"].setVisible(wanted)
        self.hamlet.setVisible(wanted)

    def _show_chips(self) -> None:
        offered = self._catalogue.choices("services").offered
        chosen = self.chips.chosen()
        shown = [
            c for c in offered if self._all_services or c.code in self._around.services or c.code in chosen
        ]
        specs = [ChipSpec(c.code, label(c.short), number_of(c.code), label(c.label)) for c in shown]
        if len(shown) < len(offered):
            specs.append(ChipSpec(ALL, self.tr("… all {n}").format(n=len(offered))))
        self.chips.set_chips(specs)

    def _take_lines(self, rows: Sequence[Mapping[str, Any]]) -> None:
        self.lines.take_rows(rows)
        codes = [line.code for line in self.lines.lines()]
        if any(code not in self._around.services for code in codes):
            self._all_services = True
            self._show_chips()
        self.chips.choose(codes)

    def _service_missed(self, typed: str) -> None:
        numbers = {str(number_of(c.code)) for c in self._catalogue.choices("services").offered}
        fits = typed in numbers if typed.isdigit() else True
        if fits and not self._all_services and self._around.services:
            self._all_services = True
            self._show_chips()

    def _services_changed(self, chosen: list[str]) -> None:
        if ALL in chosen:
            self._all_services = True
            self.chips.choose([code for code in chosen if code != ALL])
            self._show_chips()
            chosen = self.chips.chosen()
        self.lines.show_services(chosen)
        self.say("lines", "")
        self.edited.emit()


def _field(catalogue: Catalogue, name: str) -> Any:
    return catalogue.field("support_visit", name)
