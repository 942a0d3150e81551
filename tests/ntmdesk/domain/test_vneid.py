"""The status model of an account, its seven-day clock and what to do next."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ntmdesk.domain import vneid
from ntmdesk.domain.vneid import SIDES, STATUSES, Case

TODAY = date(2026, 11, 22)


def case(status: str, **fields: object) -> Case:
    return Case.of({"id": "c", "resident": "r", "status": status, "status_date": "2026-11-15", **fields})


@pytest.mark.parametrize("before", STATUSES + SIDES)
def test_every_other_status_may_follow(before: str) -> None:
    moves = vneid.allowed(before)
    assert [m.status for m in moves] == [s for s in STATUSES + SIDES if s != before]


def test_forward_needs_no_reason_even_over_several_steps() -> None:
    assert vneid.refusal("none", "l2_active", "") is None
    assert vneid.refusal("l1_granted", "l2_appointment", "") is None


def test_back_needs_a_reason() -> None:
    assert vneid.refusal("l2_active", "l1_granted", "") == "reason_needed"
    assert vneid.refusal("l2_active", "l1_granted", "  ") == "reason_needed"
    assert vneid.refusal("l2_active", "l1_granted", "nhập nhầm") is None


@pytest.mark.parametrize(
    ("before", "after", "needed"),
    [
        ("rejected", "l1_submitted", False),
        ("rejected", "l2_active", True),
        ("locked", "l2_active", False),
        ("activation_overdue", "l2_active", False),
        ("declined", "app_installed", False),
        ("moved_away", "none", True),
        ("deceased", "l2_active", True),
        ("locked", "deceased", False),
    ],
)
def test_ways_out_of_side_states(before: str, after: str, needed: bool) -> None:
    assert vneid.needs_reason(before, after) is needed


def test_same_and_unknown_are_refused() -> None:
    assert vneid.refusal("none", "none", "x") == "same"
    assert vneid.refusal("none", "level_3", "x") == "unknown"


def test_a_status_of_a_newer_catalogue_may_be_left_with_a_reason() -> None:
    assert vneid.refusal("l3_granted", "l2_active", "") == "reason_needed"
    assert vneid.refusal("l3_granted", "l2_active", "đổi lại") is None


@given(st.dates(min_value=date(2000, 1, 1), max_value=date(2100, 1, 1)), st.integers(-30, 30))
def test_the_clock_runs_seven_days(granted: date, offset: int) -> None:
    on = granted + timedelta(days=offset)
    found = case("l2_granted", granted_on=granted.isoformat())
    assert found.due == granted + timedelta(days=7)
    assert found.days_left(on) == 7 - offset
    assert found.is_overdue(on) is (offset > 7)
    assert found.place(on) == ("activation_overdue" if offset > 7 else "l2_granted")


def test_the_seventh_day_is_still_in_time() -> None:
    assert not case("l2_granted", granted_on="2026-11-15").is_overdue(TODAY)
    assert case("l2_granted", granted_on="2026-11-14").is_overdue(TODAY)


def test_without_a_grant_date_the_status_date_starts_the_clock() -> None:
    assert case("l2_granted").due == date(2026, 11, 22)
    assert case("l2_granted", status_date=None).due is None


def test_no_clock_once_active() -> None:
    active = case("l2_active", granted_on="2026-01-01")
    assert active.due is None
    assert not active.is_overdue(TODAY)


@pytest.mark.parametrize(
    ("status", "reason", "first"),
    [
        ("none", None, "install_app"),
        ("app_installed", "F04", "fix_sim"),
        ("l1_granted", "F17", "mobile_collection"),
        ("l2_granted", None, "activate"),
        ("l2_granted", "F15", "find_connection"),
        ("activation_overdue", None, "call_hotline"),
        ("l2_active", "F04", "integrate_papers"),
        ("declined", None, "explain_safety"),
    ],
)
def test_what_to_do_next(status: str, reason: str | None, first: str) -> None:
    found = case(status, failure_reason=reason, granted_on="2026-11-20")
    assert vneid.next_codes(found, TODAY)[0] == first


def test_nothing_is_left_to_do_for_those_who_are_gone() -> None:
    assert vneid.next_codes(case("moved_away", failure_reason="F19"), TODAY) == ()
    assert vneid.next_codes(case("deceased"), TODAY) == ()


@pytest.mark.parametrize("reason", [None, *vneid.FAILURE_REASONS, "F55"])
@pytest.mark.parametrize("status", STATUSES + SIDES)
def test_every_next_code_is_listed_and_told_once(status: str, reason: str | None) -> None:
    codes = vneid.next_codes(case(status, failure_reason=reason), TODAY)
    assert set(codes) <= vneid.NEXT_CODES
    assert len(set(codes)) == len(codes)


def test_levels() -> None:
    assert vneid.level_of("l1_granted") == 1
    assert vneid.level_of("l2_granted", 1) == 2
    assert vneid.level_of("locked", 2) == 2
    assert vneid.level_of("none", 1) == 0
    assert vneid.level_of("declined") is None


def test_only_the_police_grant() -> None:
    assert {s for s in STATUSES if vneid.done_by(s) == "police"} == {
        "l1_granted",
        "l2_collected",
        "l2_granted",
    }
