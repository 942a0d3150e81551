"""The people of a household: age, phone, VNeID, consent, each with what can be done for them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ntmdesk.domain.kinds import Catalogue
from ntmdesk.domain.standings import standing_of
from ntmdesk.services.people import Member
from ntmdesk.ui import theme
from ntmdesk.ui.pages.moments import choice_words
from ntmdesk.ui.pages.next_steps import days_words
from ntmdesk.ui.widgets.button import Button
from ntmdesk.ui.widgets.card import rule
from ntmdesk.ui.widgets.flow import FlowLayout
from ntmdesk.ui.widgets.pill import Pill, state_pill
from ntmdesk.ui.widgets.tall import Tall
from ntmdesk.ui.widgets.text import Text


class Members(Tall):
    """``edit_asked``, ``consent_asked``, ``withdraw_asked``, ``vneid_asked`` carry a resident's id."""

    edit_asked = Signal(str)
    consent_asked = Signal(str)
    withdraw_asked = Signal(str)
    vneid_asked = Signal(str)

    def __init__(self, catalogue: Catalogue, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._catalogue = catalogue
        self.rows.setSpacing(theme.px(6))
        self._held: list[QWidget] = []

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.rows.invalidate()  # a single line was laid out once at half its height and stayed cut

    def show_members(self, members: Sequence[Member]) -> None:
        """Replace the people."""
        for widget in self._held:
            self.rows.removeWidget(widget)
            widget.hide()
            widget.deleteLater()
        self._held = []
        for at, member in enumerate(members):
            if at:
                self._put(rule())
            self._put(self._member(member))
        if not members:
            self._put(Text(self.tr("Nobody is written down yet. Add the people who live here."), "muted"))

    def _put(self, widget: QWidget) -> None:
        self.rows.addWidget(widget)
        self._held.append(widget)

    def _member(self, member: Member) -> QWidget:
        row = member.resident
        id, name = str(row["id"]), str(row.get("full_name", ""))
        whole = QWidget()
        rows = QVBoxLayout(whole)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(theme.px(2))
        top = QWidget()
        line = FlowLayout(top, 8)
        line.addWidget(Text(name, "strong"))
        line.addWidget(Text(self._about(member), "small"))
        rows.addWidget(top)
        below = QWidget()
        flow = FlowLayout(below, 6)
        for pill in self._pills(member):
            flow.addWidget(pill)
        for words, signal, told in self._actions(member):
            button = Button(words, "link")
            button.setAccessibleName(f"{words}: {name}")
            button.clicked.connect(lambda _=False, s=signal, i=id: s.emit(i))
            button.setToolTip(told)
            flow.addWidget(button)
        rows.addWidget(below)
        return whole

    def _about(self, member: Member) -> str:
        row = member.resident
        parts = [str(row.get("birth") or "")[:4]]
        if member.age is not None:
            parts.append(self.tr("{n} years").format(n=member.age))
        if row.get("sex"):
            parts.append(choice_words(self._catalogue, "sexes", str(row["sex"])).lower())
        if row.get("relation"):
            parts.append(choice_words(self._catalogue, "relations", str(row["relation"])).lower())
        parts += [member.phone_masked, member.number_masked]
        return " · ".join(part for part in parts if part)

    def _pills(self, member: Member) -> list[Pill]:
        pills = []
        if member.case is not None:
            status = choice_words(self._catalogue, "vneid_statuses", member.case_status)
            left = days_words(member.days_left)
            words = " · ".join(part for part in (status, left) if part)
            late = member.days_left is not None and member.days_left < 0
            active = member.case_status == "l2_active"
            pills.append(Pill(words, "danger" if late else "good" if active else "amber"))
        elif member.age is None or member.age >= 14:
            pills.append(Pill(self.tr("no VNeID yet"), "plain"))
        if member.consent.live:
            pills.append(Pill(self.tr("consent given"), "good"))
        else:
            pills.append(Pill(self.tr("consent not asked"), "plain"))
        pills.append(state_pill(standing_of(member.resident)))
        return pills

    def _actions(self, member: Member) -> list[tuple[str, object, str]]:
        actions: list[tuple[str, object, str]] = [
            (self.tr("Edit"), self.edit_asked, ""),
            (self.tr("VNeID"), self.vneid_asked, self.tr("Open the follow-up")),
        ]
        if "identity" not in member.consent.purposes:
            actions.append((self.tr("Ask for consent"), self.consent_asked, ""))
        if member.consent.live:
            actions.append(
                (self.tr("Withdraw consent"), self.withdraw_asked, self.tr("The person takes it back"))
            )
        return actions
