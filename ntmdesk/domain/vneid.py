"""The road to a working VNeID account: statuses, who moves them, the seven-day clock, what to do next.

Statuses and their order: the account levels of Nghị định 69/2024 as field teams follow them.  An account
does not only move forward: any step back is allowed with a reason.  Nothing here is ever a password, a
one-time code or a picture of a card.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from ntmdesk.domain import forms

STATUSES: tuple[str, ...] = (
    "none",
    "app_installed",
    "l1_submitted",
    "l1_granted",
    "l2_appointment",
    "l2_collected",
    "l2_granted",
    "l2_active",
)
"""The main road, in order."""

SIDES: tuple[str, ...] = (
    "rejected",
    "activation_overdue",
    "locked",
    "device_changed",
    "not_eligible",
    "declined",
    "moved_away",
    "deceased",
)
"""States beside the road."""

ENDED = frozenset({"moved_away", "deceased"})
"""Nothing more is done for the person."""

ACTIVATION_DAYS = 7
"""Days from the grant of level 2 to activate it (Nghị định 69/2024, article 14)."""

_OPEN_FROM_SIDE: Mapping[str, frozenset[str]] = {
    "rejected": frozenset({"app_installed", "l1_submitted", "l1_granted", "l2_appointment", "l2_collected"}),
    "activation_overdue": frozenset({"l2_appointment", "l2_granted", "l2_active"}),
    "locked": frozenset({"l1_granted", "l2_active", "l2_appointment"}),
    "device_changed": frozenset({"l1_granted", "l2_active", "l2_granted"}),
    "not_eligible": frozenset(STATUSES),
    "declined": frozenset(STATUSES),
    "moved_away": frozenset(),
    "deceased": frozenset(),
}
"""Ways back onto the road that need no explanation; every other way needs a reason."""

_DONE_BY: Mapping[str, str] = {
    "l1_granted": "police",
    "l2_collected": "police",
    "l2_granted": "police",
    "rejected": "police",
    "l1_submitted": "person",
    "l2_active": "person",
}

_NEXT_BY_STATUS: Mapping[str, tuple[str, ...]] = {
    "none": ("install_app",),
    "app_installed": ("register_l1",),
    "l1_submitted": ("wait_l1",),
    "l1_granted": ("book_l2",),
    "l2_appointment": ("attend_l2",),
    "l2_collected": ("wait_l2",),
    "l2_granted": ("activate",),
    "l2_active": ("integrate_papers",),
    "rejected": ("register_l1", "refer_police"),
    "activation_overdue": ("call_hotline",),
    "locked": ("call_hotline",),
    "device_changed": ("move_device",),
    "not_eligible": ("contact_later",),
    "declined": ("explain_safety",),
    "moved_away": (),
    "deceased": (),
}

_NEXT_BY_REASON: Mapping[str, str] = {
    "F01": "get_smartphone",
    "F02": "other_phone",
    "F03": "borrow_nfc_phone",
    "F04": "fix_sim",
    "F05": "refer_police",
    "F06": "refer_police",
    "F07": "scan_again",
    "F08": "face_again",
    "F09": "refer_police",
    "F10": "renew_card",
    "F11": "ask_police",
    "F12": "call_hotline",
    "F13": "move_device",
    "F14": "call_hotline",
    "F15": "find_connection",
    "F16": "guardian",
    "F17": "mobile_collection",
    "F18": "explain_safety",
    "F19": "contact_later",
    "F99": "retry",
}

NEXT_CODES = frozenset(code for codes in _NEXT_BY_STATUS.values() for code in codes) | frozenset(
    _NEXT_BY_REASON.values()
)
"""Every code that ``next_codes`` can give; the window and the command line hold words for each."""

FAILURE_REASONS: tuple[str, ...] = tuple(_NEXT_BY_REASON)


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(str(value)[:10]) if value else None
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Case:
    """One person's follow-up, read from a record of kind ``vneid_case``."""

    id: str
    resident: str
    status: str
    status_date: date | None
    provenance: str
    level: int | None = None
    failure_reason: str | None = None
    appointment_date: date | None = None
    appointment_place: str | None = None
    granted_on: date | None = None
    integrations: tuple[str, ...] = ()

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Case:
        """Reads shown fields; what has not the form of its field counts as blank."""
        return cls(
            id=forms.text(row.get("id")),
            resident=forms.text(row.get("resident")),
            status=forms.text(row.get("status")) or "none",
            status_date=_day(row.get("status_date")),
            provenance=forms.text(row.get("provenance")),
            level=forms.number(row.get("level")),
            failure_reason=forms.text(row.get("failure_reason")) or None,
            appointment_date=_day(row.get("appointment_date")),
            appointment_place=forms.text(row.get("appointment_place")) or None,
            granted_on=_day(row.get("granted_on")),
            integrations=forms.texts(row.get("integrations")),
        )

    @property
    def due(self) -> date | None:
        """Last day to activate; None unless level 2 waits for its activation."""
        if self.status not in ("l2_granted", "activation_overdue"):
            return None
        granted = self.granted_on or (self.status_date if self.status == "l2_granted" else None)
        return activation_due(granted) if granted else None

    def days_left(self, today: date) -> int | None:
        """Days until the last day to activate; negative when it has passed."""
        due = self.due
        return None if due is None else (due - today).days

    def is_overdue(self, today: date) -> bool:
        """Level 2 was granted and not activated within seven days."""
        left = self.days_left(today)
        return self.status == "activation_overdue" or (left is not None and left < 0)

    def place(self, today: date) -> str:
        """The column of the board: the status, or ``activation_overdue`` as soon as the clock has run out."""
        return "activation_overdue" if self.is_overdue(today) else self.status


@dataclass(frozen=True, slots=True)
class Move:
    """A status that may follow.  ``back``: it lies before the present one on the road."""

    status: str
    needs_reason: bool
    back: bool


def activation_due(granted_on: date) -> date:
    """The last day to activate an account of level 2 granted on that day."""
    return granted_on + timedelta(days=ACTIVATION_DAYS)


def allowed(status: str) -> tuple[Move, ...]:
    """Every status that may follow this one, in the order of the road, then the side states.

    A status this program does not know (a newer catalogue) may move anywhere with a reason.
    """
    return tuple(
        Move(s, needs_reason(status, s), is_back(status, s)) for s in STATUSES + SIDES if s != status
    )


def is_back(before: str, after: str) -> bool:
    """Whether the move goes backwards on the main road."""
    return before in STATUSES and after in STATUSES and STATUSES.index(after) < STATUSES.index(before)


def needs_reason(before: str, after: str) -> bool:
    """A step back needs a reason, and so does leaving a side state by an unusual way."""
    if before in STATUSES:
        return is_back(before, after)
    if after in ENDED:
        return False
    return after not in _OPEN_FROM_SIDE.get(before, frozenset())


def refusal(before: str, after: str, reason: str) -> str | None:
    """Why a move is not allowed: ``same``, ``reason_needed``, ``unknown``; None when it is allowed."""
    if after not in STATUSES and after not in SIDES:
        return "unknown"
    if before == after:
        return "same"
    if needs_reason(before, after) and not reason.strip():
        return "reason_needed"
    return None


def level_of(status: str, before: int | None = None) -> int | None:
    """The account level (0, 1, 2) that a status proves; other states keep the level known before."""
    if status in ("l2_granted", "l2_active", "activation_overdue"):
        return 2
    if status in ("none", "app_installed", "l1_submitted"):
        return 0
    if status == "l1_granted":
        return 1
    return before


def done_by(status: str) -> str:
    """Who brings it about: ``police`` decides, the ``person`` acts, a ``volunteer`` may do it alone."""
    return _DONE_BY.get(status, "volunteer")


def next_codes(case: Case, today: date) -> tuple[str, ...]:
    """What to do next, most useful first: what answers the failure reason, then what the status asks."""
    place = case.place(today)
    if place in ENDED:
        return ()
    by_status = _NEXT_BY_STATUS.get(place, ("retry",))
    if not case.failure_reason or place == "l2_active":
        return by_status
    answer = _NEXT_BY_REASON.get(case.failure_reason, "retry")
    return (answer, *(code for code in by_status if code != answer))
