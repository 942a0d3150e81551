"""Which step of a follow-up the lines of a visit amount to."""

from __future__ import annotations

from datetime import date

import pytest

from ntmdesk.domain.vneid import STATUSES
from ntmdesk.ui.pages.visit_case import REACHED, Step, step_of


def line(service: str, outcome: str = "done", day: str | None = None) -> dict[str, object]:
    return {"service": service, "outcome": outcome, "follow_up_date": day}


@pytest.mark.parametrize(
    ("lines", "present", "step"),
    [
        ([line("K01")], "none", Step("app_installed")),
        ([line("K01"), line("K02")], "none", Step("l1_submitted")),
        ([line("K01")], "app_installed", None),
        ([line("K01")], "l2_active", None),
        ([line("K01", "failed")], "none", None),
        ([line("K03")], "l1_granted", None),
        ([line("K03", "postponed", "2026-11-26")], "l1_granted", Step("l2_appointment", date(2026, 11, 26))),
        ([line("K04")], "l2_granted", Step("l2_active")),
        ([line("K04")], "activation_overdue", None),
        ([line("K10")], "none", None),
    ],
)
def test_the_furthest_step_forward(lines: list[dict[str, object]], present: str, step: Step | None) -> None:
    assert step_of(lines, present) == step


def test_every_step_is_a_status_of_the_road() -> None:
    assert set(REACHED.values()) <= set(STATUSES)
