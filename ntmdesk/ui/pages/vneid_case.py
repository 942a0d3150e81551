"""One person's VNeID follow-up: where it stands, what to do next, moving it, its history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QLineEdit, QVBoxLayout, QWidget

from ntmdesk.domain.kinds import Catalogue
from ntmdesk.domain.rebasing import changed_fields
from ntmdesk.domain.vneid import STATUSES
from ntmdesk.services.timeline import Moment
from ntmdesk.services.vneid import CaseCard, allowed
from ntmdesk.ui import theme
from ntmdesk.ui.jobs import Jobs
from ntmdesk.ui.pages.moments import choice_words, moment_items, person_named
from ntmdesk.ui.pages.next_steps import WORDS, days_words
from ntmdesk.ui.pages.one_at_a_time import OneAtATime
from ntmdesk.ui.pages.underneath import ChangedUnderneath, Underneath
from ntmdesk.ui.translation import label, short_date, translated
from ntmdesk.ui.widgets.banner import Banner
from ntmdesk.ui.widgets.button import Button
from ntmdesk.ui.widgets.card import Card
from ntmdesk.ui.widgets.columns import Columns
from ntmdesk.ui.widgets.date_field import DateField
from ntmdesk.ui.widgets.empty_state import EmptyState
from ntmdesk.ui.widgets.field_label import FieldLabel
from ntmdesk.ui.widgets.flow import FlowLayout
from ntmdesk.ui.widgets.pill import Pill
from ntmdesk.ui.widgets.text import Text
from ntmdesk.ui.widgets.timeline import Timeline


@dataclass(frozen=True, slots=True)
class Shown:
    """What the panel shows.  ``underneath``: what others changed while it did, None for nothing."""

    card: CaseCard
    row: Mapping[str, Any]
    history: tuple[Moment, ...]
    on: date
    dots: Mapping[str, Any] = field(default_factory=dict)
    underneath: Underneath | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A move that was asked for."""

    case: str
    status: str
    on: date | None = None
    provenance: str = "seen"
    failure_reason: str | None = None
    reason: str = ""
    appointment: date | None = None
    place: str | None = None
    granted_on: date | None = None
    seen: Mapping[str, Any] | None = None


class CasePanel(Card):
    """``asked(Asked)`` to move on, ``failed_attempt(case, reason, note)`` when an attempt did not work."""

    asked = Signal(object)
    failed_attempt = Signal(str, str, str)
    household_asked = Signal(str)
    follow_asked = Signal(str)

    def __init__(self, jobs: Jobs[Any], catalogue: Catalogue, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self._catalogue = catalogue
        self._shown: Shown | None = None
        self._touched = False
        self._stranger_id = ""
        self._fields: dict[str, QWidget] = {}
        self._stack = OneAtATime()
        self._nobody = EmptyState(
            "id-card", self.tr("Choose a person"), self.tr("With the arrows in the list, or type a name.")
        )
        self._stack.add(self._nobody)
        self._stranger = EmptyState(
            "id-card",
            "",
            self.tr("They appear under “None yet” and move on from there."),
            self.tr("Follow this person"),
        )
        self._stranger.asked.connect(lambda: self.follow_asked.emit(self._stranger_id))
        self._stack.add(self._stranger)
        self._somebody = self._build()
        self._stack.add(self._somebody)
        self.add(self._stack, 1)

    def show_nobody(self) -> None:
        """No person is chosen."""
        self._shown = None
        self._stack.show_only(self._nobody)

    def offer_to_follow(self, resident: str, name: str) -> None:
        """Somebody who is not followed yet: one press begins."""
        self._shown = None
        self._stranger_id = resident
        self._stranger.say(
            self.tr("{name} is not followed yet").format(name=name),
            self.tr("They appear under “None yet” and move on from there."),
        )
        self._stack.show_only(self._stranger)

    def show_case(self, shown: Shown) -> None:
        """Show a person; what was begun for the same status stays."""
        before, self._shown = self._shown, shown
        card, row = shown.card, shown.row
        self._stack.show_only(self._somebody)
        self._name.setText(person_named(card.name, card.gone))
        who = (str(card.birth_year or ""), card.lane)
        self._who.setText(" · ".join(part for part in who if part))
        self._state.show_state(
            choice_words(self._catalogue, "vneid_statuses", card.status), "danger" if card.overdue else "info"
        )
        clock = days_words(card.days_left) if card.due else ""
        if clock and card.due:
            clock = f"{clock} · {short_date(card.due)}"
        self._clock.show_state(clock, "danger" if card.overdue else "amber")
        self._clock.setVisible(bool(clock))
        steps = [translated("NextSteps", WORDS[code]) for code in card.next_codes if code in WORDS]
        self._next.setText("\n".join(f"• {words[:1].upper()}{words[1:]}" for words in steps))
        told = [
            choice_words(self._catalogue, "sources", str(row["provenance"]), short=False)
            if row.get("provenance")
            else "",
            choice_words(self._catalogue, "failure_reasons", str(row["failure_reason"]), short=False)
            if row.get("failure_reason")
            else "",
            str(row.get("appointment_place") or "") if card.status == "l2_appointment" else "",
        ]
        self._told.setText(" · ".join(part for part in told if part))
        self._told.setVisible(bool(self._told.text()))
        self._notes.setText(str(row.get("notes") or ""))
        self._notes.setVisible(bool(self._notes.text()))
        same = before is not None and (before.card.id, before.card.status) == (card.id, card.status)
        stays = before is not None and before.card.id == card.id
        if not stays:
            self.underneath.clear()
        if shown.underneath is not None:
            names = changed_fields(self._catalogue.kind("vneid_case"), before.row if before else {}, row)
            self.underneath.tell("vneid_case", list(names), shown.underneath)
        if not same:
            if stays and self._touched:
                self._offer_moves(shown, str(self.status.currentData() or ""))
            else:
                self._new_move(shown)
        self._history.show_items(moment_items(shown.history, self._catalogue, shown.on))

    def row_of(self, case: str) -> Mapping[str, Any] | None:
        """The record as shown of this case; None while it shows another."""
        return self._shown.row if self._shown is not None and self._shown.card.id == case else None

    def seen_of(self, case: str) -> Mapping[str, Any] | None:
        """The dots on the screen of this case; None while it shows another."""
        return self._shown.dots if self._shown is not None and self._shown.card.id == case else None

    def done(self) -> None:
        """What was typed for a move has been saved."""
        self._touched = False

    def focus_move(self) -> None:
        """Enter in the list: choose where the person moves."""
        self.status.setFocus()

    def propose(self, status: str) -> None:
        """Choose a status and go to the first thing it needs."""
        at = self.status.findData(status)
        if at >= 0:
            self.status.setCurrentIndex(at)
        for name in ("reason", "appointment", "granted"):
            field = self._fields[name]
            if field.isVisibleTo(self):
                {"reason": self.reason, "appointment": self.appointment, "granted": self.granted}[
                    name
                ].setFocus()
                return
        self.move_button.setFocus()

    def tell(self, words: str) -> None:
        """What was wrong with the last move, beside it."""
        self._banner.tell("danger", words)

    def _build(self) -> QWidget:
        inner = QWidget()
        rows = QVBoxLayout(inner)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(theme.px(theme.GAP_M))
        self._name, self._who = Text("", "heading"), Text("", "muted")
        self._state, self._clock = Pill(), Pill()
        pills = FlowLayout()
        pills.addWidget(self._state)
        pills.addWidget(self._clock)
        self._next, self._told, self._notes = Text("", "body"), Text("", "muted"), Text("", "muted")
        home = Button(self.tr("Household and history"), "link")
        home.clicked.connect(self._open_household)
        self.set_action(home)
        rows.addWidget(self._name)
        rows.addWidget(self._who)
        rows.addLayout(pills)
        rows.addWidget(self._next)
        rows.addWidget(self._told)
        rows.addWidget(self._notes)
        self._banner = Banner()
        rows.addWidget(self._banner)
        self.underneath = ChangedUnderneath(self._catalogue)
        rows.addWidget(self.underneath)
        rows.addWidget(self._build_move())
        foot = FlowLayout()
        self.move_button = Button(self.tr("Move"), "primary", keys="Ctrl+Return")
        self.move_button.clicked.connect(self._ask)
        self.fail_button = Button(self.tr("Did not work"), icon="circle-x")
        self.fail_button.clicked.connect(self._ask_fail)
        for button in (self.move_button, self.fail_button):
            foot.addWidget(button)
        rows.addLayout(foot)
        rows.addWidget(Text(self.tr("So far"), "strong"))
        self._history = Timeline()
        self._history.setAccessibleName(self.tr("So far"))
        self._history.setMinimumHeight(theme.px(110))
        rows.addWidget(self._history, 1)
        return inner

    def _build_move(self) -> QWidget:
        box = QWidget()
        rows = QVBoxLayout(box)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(theme.px(theme.GAP_S))
        self.status, self.provenance, self.failure = QComboBox(), QComboBox(), QComboBox()
        for combo in (self.status, self.provenance, self.failure):
            combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            combo.setMinimumContentsLength(14)
        self.on, self.appointment, self.granted = (DateField(self._today) for _ in range(3))
        self.place, self.reason = QLineEdit(), QLineEdit()
        for choice in self._catalogue.choices("sources").choices:
            self.provenance.addItem(label(choice.label), choice.code)
        self.failure.addItem("–", "")
        for choice in self._catalogue.choices("failure_reasons").choices:
            self.failure.addItem(label(choice.label), choice.code)
        self.reason.setPlaceholderText(self.tr("why it goes back"))
        self.place.setPlaceholderText(self.tr("commune police"))
        lines = (
            (("status", self.tr("Move to"), self.status), ("granted", self.tr("Granted on"), self.granted)),
            (("reason", self.tr("Reason"), self.reason),),
            (
                ("appointment", self.tr("Day of the appointment"), self.appointment),
                ("place", self.tr("Where"), self.place),
            ),
            (("on", self.tr("Since"), self.on), ("provenance", self.tr("Known from"), self.provenance)),
            (("failure", self.tr("Reason it did not work"), self.failure),),
        )
        for fields in lines:
            line = _Pair()
            for name, words, editor in fields:
                self._fields[name] = line.add_field(words, editor)
            rows.addWidget(line)
        self.status.currentIndexChanged.connect(lambda _: self._fit())
        for combo in (self.status, self.provenance, self.failure):
            combo.activated.connect(lambda _: self._typing())
        for day in (self.on, self.appointment, self.granted):
            day.changed.connect(lambda _: self._typing())
        for typed in (self.place, self.reason):
            typed.textEdited.connect(lambda _: self._typing())
        return box

    def _today(self) -> date:
        return self._shown.on if self._shown else date.min

    def _typing(self) -> None:
        self._touched = True

    def _offer_moves(self, shown: Shown, wanted: str | None) -> None:
        """Where a person can move from where they are; ``wanted`` is chosen if it is among them."""
        self.status.blockSignals(True)
        self.status.clear()
        if step_from(shown.card.status, 1) is None:
            self.status.addItem("–", "")
        for move in allowed(str(shown.row.get("status", "none"))):
            words = choice_words(self._catalogue, "vneid_statuses", move.status, short=False)
            self.status.addItem(f"← {words}" if move.back else words, move.status)
        self.status.setCurrentIndex(max(0, self.status.findData(wanted)) if wanted else 0)
        self.status.blockSignals(False)
        self._fit()

    def _new_move(self, shown: Shown) -> None:
        self._banner.dismiss()
        self._touched = False
        self._offer_moves(shown, step_from(shown.card.status, 1))
        self.on.set_date(shown.on)
        self.granted.set_date(shown.on)
        self.appointment.set_date(None)
        self.place.setText(str(shown.row.get("appointment_place") or ""))
        self.reason.clear()
        self.provenance.setCurrentIndex(max(0, self.provenance.findData("seen")))
        self.failure.setCurrentIndex(0)
        self._fit()

    def _fit(self) -> None:
        status = str(self.status.currentData() or "")
        now = str(self._shown.row.get("status", "none")) if self._shown else "none"
        needs = any(m.needs_reason for m in allowed(now) if m.status == status)
        self._fields["reason"].setVisible(needs)
        self._fields["appointment"].setVisible(status == "l2_appointment")
        self._fields["place"].setVisible(status == "l2_appointment")
        self._fields["granted"].setVisible(status == "l2_granted")

    def _ask(self) -> None:
        if self._shown is None:
            return
        status = str(self.status.currentData() or "")
        if not status:
            self._banner.tell("amber", self.tr("Choose where the person moves."))
            self.status.setFocus()
            return
        if self._fields["reason"].isVisibleTo(self) and not self.reason.text().strip():
            self._banner.tell("amber", self.tr("A step back wants a reason: say it in a few words."))
            self.reason.setFocus()
            return
        booked = status == "l2_appointment"
        if booked and self.appointment.date() is None:
            self._banner.tell("amber", self.tr("Which day is the appointment?"))
            self.appointment.setFocus()
            return
        self._banner.dismiss()
        self.asked.emit(
            Asked(
                case=self._shown.card.id,
                status=status,
                on=self.on.date(),
                provenance=str(self.provenance.currentData()),
                failure_reason=str(self.failure.currentData() or "") or None,
                reason=self.reason.text().strip(),
                appointment=self.appointment.date() if booked else None,
                place=(self.place.text().strip() or None) if booked else None,
                granted_on=self.granted.date() if status == "l2_granted" else None,
                seen=self._shown.dots,
            )
        )

    def _ask_fail(self) -> None:
        if self._shown is None:
            return
        reason = str(self.failure.currentData() or "")
        if not reason:
            self._banner.tell("amber", self.tr("Choose why it did not work."))
            self.failure.setFocus()
            return
        self._banner.dismiss()
        self.failure.setCurrentIndex(0)
        self.failed_attempt.emit(self._shown.card.id, reason, "")

    def _open_household(self) -> None:
        if self._shown is not None and self._shown.card.household:
            self.household_asked.emit(self._shown.card.household)


def step_from(status: str, by: int) -> str | None:
    """The status one further (or back) on the road; from a side state forwards, back onto the road."""
    if status in STATUSES:
        at = STATUSES.index(status) + by
        return STATUSES[at] if 0 <= at < len(STATUSES) else None
    if by < 0:
        return None
    return {"activation_overdue": "l2_active", "locked": "l2_active", "device_changed": "l2_active"}.get(
        status, "l1_submitted" if status == "rejected" else None
    )


class _Pair(Columns):
    """Two labelled fields, side by side where a whole date has room; each its own widget so that one can be
    hidden."""

    def __init__(self) -> None:
        super().__init__(300, theme.GAP_M)

    def add_field(self, words: str, editor: QWidget) -> QWidget:
        """One field under its label; what to hide."""
        box = QWidget()
        rows = QVBoxLayout(box)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(theme.px(2))
        rows.addWidget(FieldLabel(words, editor))
        rows.addWidget(editor)
        self.add(box)
        return box
