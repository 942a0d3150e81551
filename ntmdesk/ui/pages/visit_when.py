"""When and where a visit was, how long, and with whom of the team."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ntmdesk.domain.kinds import Catalogue, Problem
from ntmdesk.ui import theme
from ntmdesk.ui.forms.editor import NumberEditor
from ntmdesk.ui.pages.problems import problem_words
from ntmdesk.ui.translation import label
from ntmdesk.ui.widgets.choice_box import ChoiceBox
from ntmdesk.ui.widgets.columns import Columns
from ntmdesk.ui.widgets.date_field import DateField
from ntmdesk.ui.widgets.field_label import FieldLabel
from ntmdesk.ui.widgets.names_button import NamesButton
from ntmdesk.ui.widgets.text import Text


class VisitWhen(Columns):
    """One cell a field; the hamlet stands there only when it has to be said.  ``edited`` by the person."""

    edited = Signal()

    def __init__(
        self, catalogue: Catalogue, today: Callable[[], date], parent: QWidget | None = None
    ) -> None:
        super().__init__(520, theme.GAP_M, parent)
        self._kind = catalogue.kind("support_visit")
        self.problems: dict[str, Text] = {}
        """Where the problem of a field is said."""
        self.day = DateField(today)
        self.place = ChoiceBox()
        self.place.offer([(c.code, label(c.short)) for c in catalogue.choices("place_types").offered])
        self.minutes = NumberEditor(catalogue.field("support_visit", "minutes"))
        self.members = NamesButton(self.tr("just me"), self.tr("With"))
        self.members.offer([])
        self.hamlet = ChoiceBox()
        self._cells = {
            name: self._cell(name, widget, share)
            for name, widget, share in (
                ("date", self.day, 3),
                ("place_type", self.place, 4),
                ("minutes", self.minutes, 2),
                ("members", self.members, 4),
                ("hamlet", self.hamlet, 3),
            )
        }
        self.day.changed.connect(lambda _: self.edited.emit())
        self.place.picked.connect(lambda _: self.edited.emit())
        self.minutes.edited.connect(self.edited)
        self.members.changed.connect(lambda _: self.edited.emit())
        self.hamlet.picked.connect(lambda _: self.edited.emit())

    def offer(self, members: Sequence[tuple[str, str]], hamlets: Sequence[tuple[str, str]]) -> None:
        """Who may have come along, and which hamlets there are."""
        self.members.offer(members)
        self.hamlet.offer(hamlets, blank=True)

    def ask_hamlet(self, wanted: bool) -> None:
        """Whether the hamlet has to be said."""
        self._cells["hamlet"].setVisible(wanted)
        self.hamlet.setVisible(wanted)

    def take(self, name: str, value: Any) -> None:
        """Show the value of one of the fields here; other names are nothing to it."""
        if name == "date":
            self.day.set_date(date.fromisoformat(str(value)) if value else None)
        elif name == "place_type":
            self.place.choose(value)
        elif name == "minutes":
            self.minutes.set_value(value)
        elif name == "members":
            self.members.choose(value or ())
        elif name == "hamlet":
            self.hamlet.choose(value)

    def set_values(self, values: Mapping[str, Any]) -> None:
        """Show those fields that are named."""
        for name in self._cells.keys() & values.keys():
            self.take(name, values[name])

    def local_problems(self) -> list[tuple[str, str]]:
        """(field, words) of what is missing or cannot be read."""
        found = []
        if self.day.date() is None:
            found.append(("date", self.day.problem() or "required"))
        if not self.hamlet.isHidden() and not self.hamlet.code():
            found.append(("hamlet", "required"))
        if code := self.minutes.local_problem():
            found.append(("minutes", code))
        return [(field, problem_words(self._kind, Problem(field, code))) for field, code in found]

    def control(self, field: str) -> QWidget | None:
        """What takes the focus for a field, None for one that is not here."""
        controls = {"date": self.day, "minutes": self.minutes.control, "hamlet": self.hamlet}
        return controls.get(field)

    def _cell(self, name: str, widget: QWidget, share: int) -> QWidget:
        cell = QWidget()
        rows = QVBoxLayout(cell)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(theme.px(theme.GAP_S))
        field = self._kind.field(name)
        words = label(field.label) if field is not None and name != "members" else self.tr("With")
        rows.addWidget(FieldLabel(words, widget.control if isinstance(widget, NumberEditor) else widget))
        rows.addWidget(widget)
        said = self.problems[name] = Text("", "problem")
        said.hide()
        rows.addWidget(said)
        rows.addStretch(1)
        self.add(cell, share)
        return cell
