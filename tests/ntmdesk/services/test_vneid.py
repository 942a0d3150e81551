"""VNeID follow-ups on a real store."""

from __future__ import annotations

from datetime import date

import pytest

from ntmdesk.errors import UserError
from ntmdesk.services import people, records, vneid

from .conftest import Bench


@pytest.fixture
def hoa(bench: Bench) -> str:
    household = {"head_name": "Trần Văn Đức", "lane": "Ngõ 4"}
    made = bench.do(people.add_household, household, [{"full_name": "Đặng Thị Hoà", "birth": "1958"}])
    return str(made.residents[0])


def test_one_person_has_one_follow_up(bench: Bench, hoa: str) -> None:
    first = bench.do(vneid.open_case, hoa)
    assert bench.do(vneid.open_case, hoa, "app_installed") == first
    assert bench.ask(records.list_rows, "vneid_case").total == 1
    bench.do(records.delete, "vneid_case", first)
    assert bench.do(vneid.open_case, hoa, "l1_submitted") == first
    assert bench.ask(records.get, "vneid_case", first)["status"] == "l1_submitted"


def test_granting_starts_the_clock(bench: Bench, hoa: str) -> None:
    case = bench.do(vneid.open_case, hoa, "l2_collected")
    row = bench.do(vneid.move, case, "l2_granted", on=date(2026, 11, 20))
    assert (row["granted_on"], row["activation_due"], row["level"]) == ("2026-11-20", "2026-11-27", 2)
    (card,) = bench.ask(vneid.due)
    assert (card.name, card.lane, card.days_left, card.overdue) == ("Đặng Thị Hoà", "Ngõ 4", 5, False)
    assert card.next_codes[0] == "activate"
    bench.clock.days(6)
    (card,) = bench.ask(vneid.due)
    assert (card.status, card.overdue, card.days_left) == ("activation_overdue", True, -1)
    board = bench.ask(vneid.board)
    assert board.counts["activation_overdue"] == 1
    assert board.counts["l2_granted"] == 0
    assert bench.ask(records.get, "vneid_case", case)["status"] == "l2_granted"
    bench.do(vneid.move, case, "l2_active")
    assert bench.ask(vneid.due) == []


def test_appointments_are_due(bench: Bench, hoa: str) -> None:
    case = bench.do(
        vneid.open_case, hoa, "l2_appointment", appointment=date(2026, 11, 24), place="Công an xã"
    )
    (card,) = bench.ask(vneid.due)
    assert (card.due, card.status) == (date(2026, 11, 24), "l2_appointment")
    assert bench.ask(vneid.due, date(2026, 11, 23)) == []
    assert bench.ask(records.get, "vneid_case", case)["appointment_place"] == "Công an xã"


def test_back_needs_a_reason_and_keeps_it(bench: Bench, hoa: str) -> None:
    case = bench.do(vneid.open_case, hoa, "l1_granted")
    with pytest.raises(UserError) as refused:
        bench.do(vneid.move, case, "app_installed")
    assert refused.value.details == {
        "from_status": "l1_granted",
        "to_status": "app_installed",
        "why": "reason_needed",
    }
    row = bench.do(vneid.move, case, "app_installed", reason="Xem nhầm máy")
    assert "Xem nhầm máy" in row["notes"]
    history = bench.ask(vneid.case_history, case)
    assert {m.data["status"] for m in history} == {"app_installed", "l1_granted"}


@pytest.mark.parametrize(("status", "why"), [("none", "same"), ("level_3", "unknown")])
def test_other_refusals(bench: Bench, hoa: str, status: str, why: str) -> None:
    case = bench.do(vneid.open_case, hoa)
    with pytest.raises(UserError) as refused:
        bench.do(vneid.move, case, status, reason="x")
    assert refused.value.details["why"] == why


def test_a_failed_attempt_keeps_the_status(bench: Bench, hoa: str) -> None:
    case = bench.do(vneid.open_case, hoa, "app_installed")
    row = bench.do(vneid.fail, case, "F04", "SIM của con trai")
    assert (row["status"], row["failure_reason"]) == ("app_installed", "F04")
    assert "con trai" in row["notes"]
    board = bench.ask(vneid.board)
    (card,) = next(c.cards for c in board.columns if c.status == "app_installed")
    assert card.next_codes == ("fix_sim", "register_l1")
    assert "failure_reason" not in bench.do(vneid.move, case, "l1_submitted")


def test_the_board_can_be_searched(bench: Bench, hoa: str) -> None:
    bench.do(vneid.open_case, hoa)
    nam = bench.do(people.add_resident, {"full_name": "Lê Nam"})
    bench.do(vneid.open_case, nam)
    assert sum(bench.ask(vneid.board).counts.values()) == 2
    assert sum(bench.ask(vneid.board, "hoa").counts.values()) == 1


def test_unknown_people_and_cases(bench: Bench) -> None:
    with pytest.raises(UserError, match="not_found"):
        bench.do(vneid.open_case, "0190f0a0-0000-7000-8000-000000000001")
    with pytest.raises(UserError, match="not_found"):
        bench.do(vneid.move, "0190f0a0-0000-7000-8000-000000000001", "none")


def test_asking_for_the_status_it_has_keeps_it(bench: Bench, hoa: str) -> None:
    case = bench.do(vneid.open_case, hoa, "l2_appointment", appointment=date(2026, 11, 24))
    again = bench.do(
        vneid.open_case,
        hoa,
        "l2_appointment",
        failure_reason="F19",
        appointment=date(2026, 12, 1),
        place="Nhà văn hóa",
    )
    assert again == case
    row = bench.ask(records.get, "vneid_case", case)
    assert (row["appointment_date"], row["appointment_place"], row["failure_reason"]) == (
        "2026-12-01",
        "Nhà văn hóa",
        "F19",
    )
