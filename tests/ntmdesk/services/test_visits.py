"""Recording a visit and all that comes with it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from ntmdesk.errors import UserError
from ntmdesk.services import drafts, people, records, visits
from ntmdesk.services.visits import CaseMove, VisitDraft

from .conftest import Bench

DONE = {"service": "K01", "outcome": "done"}
CONSENT = {"purposes": ["identity"], "channel": "paper", "legal_basis": "consent"}


def draft(**values: Any) -> VisitDraft:
    return VisitDraft({"place_type": "home", "lines": [DONE], **values})


@pytest.fixture
def home(bench: Bench) -> str:
    household = {"head_name": "Trần Văn Đức", "lane": "Ngõ 4"}
    return str(bench.do(people.add_household, household).household)


def test_everything_at_the_door_is_one_save(bench: Bench) -> None:
    form = VisitDraft(
        values={"place_type": "home", "minutes": 20, "lines": [DONE, {"service": "K02", "outcome": "done"}]},
        new_household={"head_name": "Lê Văn Quý", "lane": "Ngõ 7"},
        new_residents=({"full_name": "Lê Thị Lan", "birth": "1970", "id_number": "038170000123"},),
        consents=({"resident": 0, **CONSENT},),
        cases=(CaseMove(0, "l1_submitted"),),
    )
    done = bench.do(visits.record, VisitDraft.of(form.body()))
    visit = bench.ask(records.get, "support_visit", done.visit)
    assert visit["household"] == done.household
    assert tuple(visit["persons"]) == done.residents
    person = bench.ask(people.resident_page, done.residents[0])
    assert person.resident["id_number"] == "038170000123"
    assert person.resident["household"] == done.household
    assert person.case is not None
    assert (person.case["status"], person.case["status_date"], person.case["level"]) == (
        "l1_submitted",
        "2026-11-22",
        0,
    )
    assert done.follow_ups == 0


@pytest.mark.parametrize(
    "broken",
    [
        {"consents": ()},
        {"cases": (CaseMove(0, "no_such_status"),)},
        {"values": {"place_type": "home", "lines": [{"service": "K01", "outcome": "failed"}]}},
        {"values": {"place_type": "home", "lines": []}},
        {"consents": ({"resident": 5, **CONSENT},)},
    ],
)
def test_all_or_nothing(bench: Bench, broken: dict[str, Any]) -> None:
    form: dict[str, Any] = {
        "values": {"place_type": "home", "lines": [DONE]},
        "new_household": {"head_name": "Lê Văn Quý", "lane": "Ngõ 7"},
        "new_residents": ({"full_name": "Lê Thị Lan", "id_number": "038170000123"},),
        "consents": ({"resident": 0, **CONSENT},),
        "cases": (CaseMove(0, "none"),),
    }
    with pytest.raises(UserError):
        bench.do(visits.record, VisitDraft(**{**form, **broken}))
    for kind in ("household", "resident", "consent", "vneid_case", "support_visit"):
        assert bench.ask(records.list_rows, kind).total == 0, kind
    assert bench.do(visits.record, VisitDraft(**form)).visit


def test_a_problem_names_its_line(bench: Bench, home: str) -> None:
    lines = [DONE, {"service": "K10", "outcome": "postponed"}]
    with pytest.raises(UserError) as refused:
        bench.do(visits.record, draft(household=home, lines=lines))
    (problem,) = refused.value.details["problems"]
    assert problem.row
    assert (problem.field, problem.column) == ("lines", "follow_up_date")


def test_doubles_are_told_unless_sure(bench: Bench, home: str) -> None:
    assert home
    form = VisitDraft(
        {"place_type": "home", "lines": [DONE]},
        new_household={"head_name": "Trần Văn Đức", "lane": "Ngõ 4", "hamlet": "15880-001"},
    )
    with pytest.raises(UserError, match="possible_doubles"):
        bench.do(visits.record, form)
    assert bench.do(visits.record, VisitDraft.of({**form.body(), "sure": True})).household != home


def test_the_draft_goes_with_the_save_and_stays_without(bench: Bench, home: str) -> None:
    kept = bench.do(drafts.save, "visit", draft(household=home).body())
    with pytest.raises(UserError):
        bench.do(visits.record, draft(household=home, lines=[], draft_id=kept))
    form = bench.ask(drafts.latest, "visit")
    assert form is not None
    assert VisitDraft.of(form.body) == draft(household=home)
    bench.do(visits.record, VisitDraft.of({**form.body, "draft_id": kept}))
    assert bench.ask(drafts.latest, "visit") is None


def test_a_draft_belongs_to_its_person(bench: Bench) -> None:
    first = bench.do(drafts.save, "visit", {"a": 1})
    assert bench.do(drafts.save, "visit", {"a": 2}, first) == first
    assert [d.body for d in bench.ask(drafts.all_of)] == [{"a": 2}]
    assert bench.ask(drafts.all_of, "household") == []
    stranger = Bench(bench.store, type(bench.author)("0" * 8, "Nam"), bench.clock, bench.home, "")
    assert stranger.ask(drafts.all_of) == []


def test_a_new_form_starts_as_the_last_one_was_left(bench: Bench, home: str) -> None:
    fresh = bench.ask(visits.start)
    assert fresh["date"] == "2026-11-22"
    assert fresh["place_type"] == "home"
    bench.do(visits.record, draft(household=home, place_type="market", minutes=35))
    bench.clock.days(1)
    again = bench.ask(visits.start, home)
    assert (again["date"], again["place_type"], again["minutes"]) == ("2026-11-23", "market", 35)
    assert again["members"] == [bench.author.person]
    assert again["household"] == home
    assert again["hamlet"]


def test_the_first_chips(bench: Bench, home: str) -> None:
    chips = bench.ask(visits.frequent_services)
    assert chips == ["K01", "K02", "K03", "K04", "K05", "K06", "K10", "K14", "K21", "K26"]
    for _ in range(3):
        bench.do(visits.record, draft(household=home, lines=[{"service": "K30", "outcome": "done"}]))
    chips = bench.ask(visits.frequent_services)
    assert "K30" in chips
    assert len(chips) == 10
    assert chips == sorted(chips)


def test_follow_ups_and_their_end(bench: Bench, home: str) -> None:
    later = {
        "service": "K10",
        "outcome": "postponed",
        "follow_up_date": "2026-11-26",
        "failure_reason": "F15",
    }
    done = bench.do(visits.record, draft(household=home, lines=[DONE, later]))
    assert done.follow_ups == 1
    (open_line,) = bench.ask(visits.follow_ups)
    assert (open_line.head_name, open_line.lane, open_line.service) == ("Trần Văn Đức", "Ngõ 4", "K10")
    assert (open_line.due, open_line.days, open_line.reason) == (date(2026, 11, 26), 4, "F15")
    assert bench.ask(visits.follow_ups, date(2026, 11, 25)) == []
    steps = bench.ask(visits.next_steps, home)
    assert (steps[0].code, steps[0].service) == ("follow_up", "K10")
    bench.clock.days(6)
    assert [f.days for f in bench.ask(visits.follow_ups)] == [-2]
    bench.do(visits.record, draft(household=home, lines=[{"service": "K10", "outcome": "done"}]))
    assert bench.ask(visits.follow_ups) == []


def test_amending_and_listing(bench: Bench, home: str) -> None:
    done = bench.do(visits.record, draft(household=home))
    bench.do(visits.amend, done.visit, {"minutes": 15})
    assert [r["minutes"] for r in bench.ask(visits.today_list)] == [15]
    assert bench.ask(visits.today_list, date(2026, 11, 22) - timedelta(days=1)) == []
    assert [m.data["services"] for m in bench.ask(visits.past, home)] == [["K01"]]


def test_people_without_a_household_are_followed_up_too(bench: Bench) -> None:
    person = bench.do(people.add_resident, {"full_name": "Lê Thị Lan", "birth": "1970"})
    later = {"service": "K04", "outcome": "postponed", "follow_up_date": "2026-11-25"}
    first = bench.do(visits.record, draft(place_type="market", persons=[person], lines=[later]))
    (open_line,) = bench.ask(visits.follow_ups)
    assert (open_line.head_name, open_line.household) == ("Lê Thị Lan", "")
    assert [s.code for s in bench.ask(visits.next_steps, None, person)][:1] == ["follow_up"]
    assert bench.ask(visits.next_steps) == []
    done = {"service": "K04", "outcome": "done"}
    bench.do(visits.record, draft(place_type="market", persons_n=1, lines=[done], follow_up_of=first.visit))
    assert bench.ask(visits.follow_ups) == []


def test_a_consent_for_somebody_known(bench: Bench, home: str) -> None:
    person = bench.do(people.add_resident, {"full_name": "Lê Thị Lan", "household": home})
    form = VisitDraft(
        {"household": home, "persons": [person], "place_type": "home", "lines": [DONE]},
        consents=({"subject": person, **CONSENT},),
        cases=(CaseMove(person, "l2_appointment", appointment=date(2026, 11, 24), place="Công an xã"),),
    )
    bench.do(visits.record, VisitDraft.of(form.body()))
    page = bench.ask(people.resident_page, person)
    assert page.consent.purposes == {"identity"}
    assert page.case is not None
    assert page.case["appointment_date"] == "2026-11-24"
    assert page.household is not None
