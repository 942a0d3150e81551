"""Which step of a VNeID follow-up the services of a visit amount to, so that nobody writes it down twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

from ntmdesk.domain.vneid import STATUSES
from ntmdesk.services.visits import CaseMove
from ntmdesk.ui.pages.visit_form import VisitForm

BOOKING = "K03"
REACHED: Mapping[str, str] = MappingProxyType(
    {"K01": "app_installed", "K02": "l1_submitted", BOOKING: "l2_appointment", "K04": "l2_active"}
)
"""Service done to the status it brings."""
BOOKED = frozenset({"done", "partial", "postponed", "referred"})
"""Outcomes of a booking that leave an appointment when a day was agreed."""


@dataclass(frozen=True, slots=True)
class Step:
    """A status, and the day agreed when it is an appointment."""

    status: str
    appointment: date | None = None


def step_of(rows: Iterable[Mapping[str, Any]], present: str) -> Step | None:
    """The furthest status the lines of a visit reach beyond ``present``; None when they reach none.

    From a side state nothing is proposed: what happened there is for a person to say.
    """
    if present not in STATUSES:
        return None
    best: Step | None = None
    for row in rows:
        status = REACHED.get(str(row.get("service")))
        if status is None or STATUSES.index(status) <= STATUSES.index(best.status if best else present):
            continue
        if status == "l2_appointment":
            day = row.get("follow_up_date")
            if day and row.get("outcome") in BOOKED:
                best = Step(status, date.fromisoformat(str(day)))
        elif row.get("outcome") == "done":
            best = Step(status)
    return best


def case_move(form: VisitForm, statuses: Mapping[str, str]) -> CaseMove | None:
    """What the services typed mean for the follow-up of the one person helped.

    ``statuses``: VNeID status of everybody who may have been helped.
    """
    rows, new = form.lines.rows(), form.new
    if new.isHidden():
        helped = form.chosen_persons()
        if len(helped) != 1 or helped[0] not in statuses:
            return None
        step = step_of(rows, statuses[helped[0]])
        return CaseMove(helped[0], step.status, appointment=step.appointment) if step else None
    step = step_of(rows, "none")
    if step is None or not new.draft()["new_residents"]:
        return None
    return CaseMove(0, step.status, appointment=step.appointment)
