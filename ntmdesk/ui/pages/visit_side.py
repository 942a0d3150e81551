"""The right column of a visit: who that is, what was done before, what to do next, what they agreed to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from ntmdesk.domain.kinds import Catalogue
from ntmdesk.domain.visits import NextStep
from ntmdesk.services.people import HouseholdPage, Member, ResidentPage
from ntmdesk.ui import theme
from ntmdesk.ui.pages.consent_panel import ConsentPanel
from ntmdesk.ui.pages.moments import choice_words, moment_items
from ntmdesk.ui.pages.next_steps import days_words, step_items
from ntmdesk.ui.widgets.button import Button
from ntmdesk.ui.widgets.card import Card
from ntmdesk.ui.widgets.empty_state import EmptyState
from ntmdesk.ui.widgets.flow import FlowLayout
from ntmdesk.ui.widgets.pill import Pill
from ntmdesk.ui.widgets.text import Text
from ntmdesk.ui.widgets.timeline import Timeline, TimelineItem

PAST_SHOWN = 6
STEPS_SHOWN = 6
DONE_WITH = frozenset({"visit", "vneid", "training"})
ROW = 26
"""Height of one row of a timeline, in pixels at scale 1."""


def fit(timeline: Timeline, count: int) -> None:
    """Give a short list exactly the height of its rows."""
    timeline.setFixedHeight(theme.px(ROW) * max(count, 1) + theme.px(4))


class VisitSide(Card):
    """``step_taken`` carries the ``NextStep`` a person chose, ``opened`` (kind, id) of something past,
    ``consent_given`` a resident's id and the fields of the consent.
    """

    step_taken = Signal(object)
    opened = Signal(object)
    consent_given = Signal(str, dict)

    def __init__(self, catalogue: Catalogue, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self._catalogue = catalogue
        self._steps: list[NextStep] = []
        self._asking: tuple[str, str, bool] | None = None
        self._empty = EmptyState(
            "clipboard-plus",
            self.tr("Who was helped?"),
            self.tr("Type a name without marks. What was done before and what to do next shows here."),
        )
        self._today_title = Text(self.tr("Written down today"), "heading")
        self._today = Timeline()
        self._today.setAccessibleName(self.tr("Written down today"))
        self._today.opened.connect(self.opened)
        self._about = QWidget()
        self._build_about()
        for widget in (self._empty, self._about):
            self.add(widget, 1)
        self.add(self._today_title)
        self.add(self._today)
        self.clear()

    def clear(self) -> None:
        """Nobody is chosen."""
        self._asking = None
        self._steps = []
        self._about.hide()
        self._empty.show()
        self._show_today()

    def show_today(self, items: Sequence[TimelineItem]) -> None:
        """Visits already written down today, newest first."""
        shown = list(items[:8])
        self._today.show_items(shown)
        fit(self._today, len(shown))
        self._today.setProperty("rows", len(shown))
        self._show_today()

    def show_household(self, page: HouseholdPage, resident: str | None, today: date) -> None:
        """The household; ``resident`` is the member the visit is for, if one was named."""
        member = next((m for m in page.members if m.resident["id"] == resident), None)
        names = {str(m.resident["id"]): str(m.resident.get("full_name", "")) for m in page.members}
        household = page.household
        title = str(household.get("head_name", ""))
        parts = [str(household.get("lane", ""))]
        if member is not None:
            birth = str(member.resident.get("birth") or "")[:4]
            title = ", ".join(p for p in (str(member.resident.get("full_name", "")), birth) if p)
            parts.append(self.tr("household {head}").format(head=household.get("head_name", "")))
        if household.get("members_n") or page.members:
            count = household.get("members_n") or len(page.members)
            parts.append(self.tr("{n} people").format(n=count))
        steps = [s for s in page.next_steps if s.code != "consent_missing"]
        if member is not None:
            steps = [s for s in steps if s.resident in (None, resident)]
        self._show(title, parts, member, steps)
        past = [m for m in page.timeline if m.what in DONE_WITH][:PAST_SHOWN]
        self._show_past(moment_items(past, self._catalogue, today, names), today)
        self._show_consent(member or (page.members[0] if len(page.members) == 1 else None))

    def show_resident(self, page: ResidentPage, today: date) -> None:
        """A person who belongs to no household."""
        row = page.resident
        birth = str(row.get("birth") or "")[:4]
        title = ", ".join(p for p in (str(row.get("full_name", "")), birth) if p)
        member = Member(row, page.age, False, page.case, _status(page.case), None, page.consent, "", "")
        self._show(title, [], member, [s for s in page.next_steps if s.code != "consent_missing"])
        past = [m for m in page.timeline if m.what in DONE_WITH][:PAST_SHOWN]
        self._show_past(moment_items(past, self._catalogue, today), today)
        self._show_consent(member)

    def steps(self) -> list[NextStep]:
        """What is offered to do next."""
        return list(self._steps)

    def _build_about(self) -> None:
        rows = QVBoxLayout(self._about)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(theme.px(theme.GAP_M))
        self._who_words = Text("", "heading")
        self._who_words.setWordWrap(True)
        self._under = Text("", "muted")
        self._pills_holder = QWidget()
        self._pills = FlowLayout(self._pills_holder, 6)
        rows.addWidget(self._who_words)
        rows.addWidget(self._under)
        rows.addWidget(self._pills_holder)
        self._past_title = Text(self.tr("Done with this household"), "heading")
        self._past_none = Text(self.tr("Nothing yet: this is the first visit."), "muted")
        self._past = Timeline()
        self._past.setAccessibleName(self.tr("Done with this household"))
        self._past.opened.connect(self.opened)
        self._next_title = Text(self.tr("What to do next"), "heading")
        self._next = Timeline()
        self._next.setAccessibleName(self.tr("What to do next"))
        self._next.setToolTip(self.tr("Enter takes a service into this visit"))
        self._next.opened.connect(self._step)
        parts: tuple[QWidget, ...] = (
            self._past_title,
            self._past_none,
            self._past,
            self._next_title,
            self._next,
        )
        for part in parts:
            rows.addWidget(part)
        self._consent_note = QFrame()
        self._consent_note.setObjectName("banner")
        inside = QVBoxLayout(self._consent_note)
        inside.setContentsMargins(*(theme.px(12),) * 4)
        inside.setSpacing(theme.px(6))
        self._consent_words = Text("")
        inside.addWidget(self._consent_words)
        self.ask = Button(self.tr("Ask for consent"), "quiet", icon="heart-handshake")
        self.ask.clicked.connect(self._ask)
        inside.addWidget(self.ask)
        rows.addWidget(self._consent_note)
        self.consent = ConsentPanel(self._catalogue)
        self.consent.given.connect(self._given)
        self.consent.cancelled.connect(self._not_now)
        self.consent.hide()
        rows.addWidget(self.consent)
        rows.addStretch(1)

    def _show(self, title: str, parts: list[str], member: Member | None, steps: list[NextStep]) -> None:
        self._empty.hide()
        self._about.show()
        self._show_today()
        self.consent.hide()
        self._who_words.setText(title)
        self._under.setText(" · ".join(part for part in parts if part))
        self._under.setVisible(bool(self._under.text()))
        self._pills.clear()
        if member is not None and member.case is not None:
            status = choice_words(self._catalogue, "vneid_statuses", member.case_status)
            late = member.days_left is not None and member.days_left < 0
            tone = "good" if member.case_status == "l2_active" else "amber"
            self._pills.addWidget(Pill(self.tr("VNeID: {status}").format(status=status.lower()), tone))
            left = days_words(member.days_left)
            if left:
                self._pills.addWidget(Pill(left, "danger" if late else "amber"))
        self._pills_holder.setVisible(self._pills.count() > 0)
        self._steps = steps[:STEPS_SHOWN]

    def _show_past(self, items: Sequence[TimelineItem], today: date) -> None:
        self._past.show_items(items)
        self._past.setVisible(bool(items))
        self._past_none.setVisible(not items)
        fit(self._past, len(items))
        self._next.show_items(step_items(self._steps, self._catalogue, today))
        self._next_title.setVisible(bool(self._steps))
        self._next.setVisible(bool(self._steps))
        fit(self._next, len(self._steps))

    def _show_consent(self, member: Member | None) -> None:
        self._consent_note.setVisible(member is not None)
        self._asking = None
        if member is None:
            return
        state = member.consent
        name = str(member.resident.get("full_name", ""))
        self._asking = (str(member.resident["id"]), name, state.needs_guardian)
        covers = "identity" in state.purposes
        if not state.live:
            words = self.tr("No consent to process data yet. A number is kept only after asking.")
        elif covers:
            words = self.tr("Consent is recorded: {purposes}").format(purposes=self._purposes(state.purposes))
        else:
            words = self.tr("Consent does not cover the personal number: {purposes}").format(
                purposes=self._purposes(state.purposes)
            )
        self._consent_words.setText(words)
        self._consent_note.setProperty("tone", "good" if covers else "info")
        self.ask.setVisible(not covers)
        for widget in (self._consent_note, self._consent_words, self.ask):
            widget.style().unpolish(widget)
            widget.style().polish(widget)

    def _purposes(self, codes: frozenset[str]) -> str:
        order = [c.code for c in self._catalogue.choices("purposes").choices if c.code in codes]
        return ", ".join(choice_words(self._catalogue, "purposes", code).lower() for code in order)

    def _show_today(self) -> None:
        shown = bool(self._today.property("rows")) and not self._empty.isHidden()
        self._today_title.setVisible(shown)
        self._today.setVisible(shown)

    def _step(self, at: Any) -> None:
        if isinstance(at, int) and at < len(self._steps):
            self.step_taken.emit(self._steps[at])

    def _ask(self) -> None:
        if self._asking is not None:
            self._consent_note.hide()
            self.consent.ask(self._asking[1], self._asking[2])

    def _not_now(self) -> None:
        self.consent.hide()
        self._consent_note.show()

    def _given(self, values: dict[str, Any]) -> None:
        if self._asking is not None:
            self.consent_given.emit(self._asking[0], values)


def _status(case: Any) -> str:
    return str((case or {}).get("status", "none"))
