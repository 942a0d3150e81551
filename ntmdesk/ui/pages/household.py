"""The page of one household: people, devices, what happened, what to do next, doubles."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ntmdesk.domain.kinds import Catalogue
from ntmdesk.domain.standings import standing_of
from ntmdesk.domain.visits import NextStep
from ntmdesk.services.people import HouseholdPage
from ntmdesk.ui import theme
from ntmdesk.ui.pages.consent_panel import ConsentPanel
from ntmdesk.ui.pages.doubles_box import DoublesBox
from ntmdesk.ui.pages.household_members import Members
from ntmdesk.ui.pages.moments import choice_words, moment_items
from ntmdesk.ui.pages.next_steps import step_items
from ntmdesk.ui.translation import label, short_date
from ntmdesk.ui.widgets.button import Button
from ntmdesk.ui.widgets.card import Card
from ntmdesk.ui.widgets.columns import Columns
from ntmdesk.ui.widgets.flow import FlowLayout
from ntmdesk.ui.widgets.pill import Pill, state_pill
from ntmdesk.ui.widgets.suggest_box import SuggestBox
from ntmdesk.ui.widgets.text import Text
from ntmdesk.ui.widgets.timeline import Timeline

DEVICES = ("smartphones_n", "internet", "tv_box", "digital_family", "digital_address")
STEPS_SHOWN = 8
ROW = 26


class HouseholdView(QWidget):
    """Shows a ``HouseholdPage``; knows nothing of the store.

    ``join_with`` and ``not_same`` carry the other household's id, ``separate`` wants the group taken apart.
    """

    visit_asked = Signal(str)
    edit_asked = Signal(str)
    add_person_asked = Signal(str)
    step_taken = Signal(object)
    opened = Signal(object)
    join_with = Signal(str)
    not_same = Signal(str)
    separate = Signal()
    consent_given = Signal(str, dict)

    def __init__(self, catalogue: Catalogue, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._catalogue = catalogue
        self._id = ""
        self._steps: list[NextStep] = []
        self._names: dict[str, str] = {}
        self._guarded: dict[str, bool] = {}
        self._consent_for = ""
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(theme.px(theme.GAP_L))
        self._rows.addWidget(self._build_head())
        self._build_members()
        self._build_below()
        self._rows.addStretch(1)

    @property
    def household(self) -> str:
        """Id of the household shown."""
        return self._id

    def show_page(self, page: HouseholdPage, joined: Sequence[str], today: date) -> None:
        """``joined``: names of other records that were said to be this household."""
        row = page.household
        if row["id"] != self._id:
            self.consent.hide()
            self.join_box.hide()
        self._id = str(row["id"])
        self._names = {str(m.resident["id"]): str(m.resident.get("full_name", "")) for m in page.members}
        self._guarded = {str(m.resident["id"]): m.consent.needs_guardian for m in page.members}
        self._heading.setText(str(row.get("head_name") or self.tr("No name yet")))
        self._under.setText(self._about(page, today))
        self._show_pills(page)
        self._devices.setText(self._devices_words(row))
        self._members_card.set_note(self.tr("{n} written down").format(n=len(page.members)))
        self.members.show_members(page.members)
        self._steps = page.next_steps[:STEPS_SHOWN]
        self.next.show_items(step_items(self._steps, self._catalogue, today))
        self._fit(self.next, len(self._steps), 8)
        self._nothing_next.setVisible(not self._steps)
        items = moment_items(page.timeline, self._catalogue, today, self._names)
        self.timeline.show_items(items)
        self._fit(self.timeline, len(items), 10)
        self.doubles.show_doubles(page.doubles, self.tr("May be the same household:"))
        self._joined.setVisible(bool(joined))
        self._joined_words.setText(self.tr("Joined with: {names}").format(names=", ".join(joined)))

    def ask_consent(self, resident: str) -> None:
        """Open the consent panel for a person of the household."""
        self._consent_for = resident
        self.consent.ask(self._names.get(resident, ""), self._guarded.get(resident, False))

    def _build_head(self) -> Card:
        card = Card()
        self._heading = Text("", "title")
        self._heading.setWordWrap(True)
        self._under = Text("", "muted")
        self._pills_holder = QWidget()
        self._pills = FlowLayout(self._pills_holder, 6)
        self._devices = Text("", "body")
        for words in (self._heading, self._under):
            card.add(words)
        card.add(self._pills_holder)
        card.add(self._devices)
        foot = QWidget()
        flow = FlowLayout(foot, 10)
        self.visit_button = Button(self.tr("Write down a visit"), "primary", "Ctrl+Return")
        self.edit_button = Button(self.tr("Edit"), keys="Ctrl+E", icon="pencil")
        self.person_button = Button(self.tr("Add a person"), icon="user-plus")
        self.join_button = Button(self.tr("Join a double"), "quiet", icon="git-merge")
        self.visit_button.clicked.connect(lambda: self.visit_asked.emit(self._id))
        self.edit_button.clicked.connect(lambda: self.edit_asked.emit(self._id))
        self.person_button.clicked.connect(lambda: self.add_person_asked.emit(self._id))
        self.join_button.clicked.connect(self._toggle_join)
        for button in (self.visit_button, self.edit_button, self.person_button, self.join_button):
            flow.addWidget(button)
        card.add(foot)
        self.join_box = QWidget()
        rows = QVBoxLayout(self.join_box)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addWidget(
            Text(self.tr("Which record is the same household? Both stay, and it can be undone."), "muted")
        )
        self.join_search = SuggestBox(self.tr("name of the head, without marks"))
        self.join_search.edit.setAccessibleName(self.tr("The same household"))
        self.join_search.picked.connect(self._join_picked)
        rows.addWidget(self.join_search)
        self.join_box.hide()
        card.add(self.join_box)
        self._joined = QWidget()
        line = FlowLayout(self._joined, 10)
        self._joined_words = Text("", "body")
        self._joined_words.setWordWrap(False)
        self.separate_button = Button(self.tr("Separate"), "quiet", icon="split")
        self.separate_button.clicked.connect(self.separate)
        line.addWidget(self._joined_words)
        line.addWidget(self.separate_button)
        self._joined.hide()
        card.add(self._joined)
        self.doubles = DoublesBox(self.tr("Join"), self.tr("They are different households"))
        self.doubles.use.connect(lambda double: self.join_with.emit(double.id))
        self.doubles.go_on.connect(self._all_different)
        card.add(self.doubles)
        return card

    def _build_members(self) -> None:
        self._members_card = Card(self.tr("People"))
        self.members = Members(self._catalogue)
        self.members.consent_asked.connect(self.ask_consent)
        self._members_card.add(self.members)
        self.consent = ConsentPanel(self._catalogue)
        self.consent.given.connect(self._given)
        self.consent.cancelled.connect(self.consent.hide)
        self.consent.hide()
        self._members_card.add(self.consent)
        self._rows.addWidget(self._members_card)

    def _build_below(self) -> None:
        columns = Columns(560)
        after = Card(self.tr("What to do next"))
        self.next = Timeline()
        self.next.setAccessibleName(self.tr("What to do next"))
        self.next.opened.connect(self._step)
        self._nothing_next = Text(self.tr("Nothing waits for this household."), "muted")
        after.add(self._nothing_next)
        after.add(self.next)
        after.body.addStretch(1)
        before = Card(self.tr("What happened"))
        self.timeline = Timeline()
        self.timeline.setAccessibleName(self.tr("What happened"))
        self.timeline.opened.connect(self.opened)
        before.add(self.timeline)
        before.body.addStretch(1)
        columns.add(after, 1)
        columns.add(before, 1)
        self._rows.addWidget(columns)

    def _about(self, page: HouseholdPage, today: date) -> str:
        row = page.household
        parts = [str(row.get("lane") or ""), str(row.get("address_text") or ""), str(row.get("code") or "")]
        if row.get("members_n"):
            parts.append(self.tr("{n} people").format(n=row["members_n"]))
        if page.last_visit is None:
            parts.append(self.tr("not visited yet"))
        else:
            parts.append(self.tr("last visit {day}").format(day=short_date(page.last_visit)))
        return " · ".join(part for part in parts if part)

    def _show_pills(self, page: HouseholdPage) -> None:
        row = page.household
        self._pills.clear()
        if page.visited_this_quarter:
            self._pills.addWidget(Pill(self.tr("visited this quarter"), "good"))
        else:
            self._pills.addWidget(Pill(self.tr("not visited this quarter"), "amber"))
        if row.get("poverty") in ("poor", "near"):
            self._pills.addWidget(Pill(choice_words(self._catalogue, "poverty", str(row["poverty"])), "info"))
        self._pills.addWidget(state_pill(standing_of(row)))
        for at in range(self._pills.count()):
            item = self._pills.itemAt(at)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.show()

    def _devices_words(self, row: dict[str, Any]) -> str:
        kind = self._catalogue.kind("household")
        parts = []
        for name in DEVICES:
            field, value = kind.field(name), row.get(name)
            if field is None or value is None:
                continue
            if field.choices:
                words = choice_words(self._catalogue, field.choices, str(value))
            elif isinstance(value, bool):
                words = self.tr("yes") if value else self.tr("no")
            else:
                words = str(value)
            parts.append(f"{label(field.label)}: {words}")
        return " · ".join(parts) or self.tr("Devices and connection are not written down yet.")

    @staticmethod
    def _fit(timeline: Timeline, count: int, most: int) -> None:
        timeline.setVisible(count > 0)
        timeline.setFixedHeight(theme.px(ROW) * min(count, most) + theme.px(4))

    def _toggle_join(self) -> None:
        self.join_box.setVisible(self.join_box.isHidden())
        if not self.join_box.isHidden():
            self.join_search.edit.setFocus()

    def _join_picked(self, picked: Any) -> None:
        self.join_search.set_picked(None)
        self.join_box.hide()
        self.join_with.emit(picked.id)

    def _all_different(self) -> None:
        for double in self.doubles.doubles():
            self.not_same.emit(double.id)

    def _step(self, at: Any) -> None:
        if isinstance(at, int) and at < len(self._steps):
            self.step_taken.emit(self._steps[at])

    def _given(self, values: dict[str, Any]) -> None:
        self.consent.hide()
        self.consent_given.emit(self._consent_for, values)
