"""Households and people: doubles, consent, the page of a household, the list with its chips."""

from __future__ import annotations

import pytest

from ntmdesk.errors import UserError
from ntmdesk.services import people, records, training, visits, vneid
from ntmdesk.services.visits import VisitDraft

from .conftest import Bench

HOA = {"full_name": "Đặng Thị Hoà", "birth": "1958", "sex": "f", "phone": "0912345678"}
CONSENT = {"purposes": ["identity", "support"], "channel": "paper", "legal_basis": "consent"}
DUC = {"head_name": "Trần Văn Đức", "lane": "Ngõ 4"}


def test_a_household_with_its_people(bench: Bench) -> None:
    done = bench.do(people.add_household, DUC, [HOA, {"full_name": "Trần Nam", "birth": "2015"}])
    page = bench.ask(people.household_page, done.household)
    assert [m.resident["full_name"] for m in page.members] == ["Đặng Thị Hoà", "Trần Nam"]
    hoa, nam = page.members
    assert (hoa.age, hoa.elder, hoa.case_status) == (68, True, "none")
    assert hoa.phone_masked == "09•• ••• 678"
    assert nam.consent.needs_guardian
    assert not hoa.consent.needs_guardian
    codes = [(s.code, s.name) for s in page.next_steps]
    assert ("first_visit", "") in codes
    assert ("install_app", "Đặng Thị Hoà") in codes
    assert ("install_app", "Trần Nam") not in codes
    assert page.last_visit is None
    assert not page.visited_this_quarter


def test_nothing_is_written_when_one_person_is_refused(bench: Bench) -> None:
    with pytest.raises(UserError, match="invalid"):
        bench.do(people.add_household, DUC, [HOA, {"birth": "1990"}])
    assert bench.ask(records.list_rows, "household").total == 0
    assert bench.ask(records.list_rows, "resident").total == 0


def test_doubles_are_told_before_saving_and_explained(bench: Bench) -> None:
    first = bench.do(people.add_household, DUC, [HOA])
    with pytest.raises(UserError) as asked:
        bench.do(people.add_household, {"head_name": "trần văn đức", "lane": "ngo 4", "hamlet": "15880-001"})
    (double,) = asked.value.details["doubles"]
    assert (double.id, double.reasons) == (first.household, ("same_name", "same_lane"))
    with pytest.raises(UserError) as asked:
        bench.do(people.add_resident, {"full_name": "Dang Thi Hoa", "birth": "1958-03-15"})
    (double,) = asked.value.details["doubles"]
    assert (double.name, double.birth_year, double.lane) == ("Đặng Thị Hoà", 1958, "Ngõ 4")
    assert double.household_head == "Trần Văn Đức"
    assert bench.do(people.add_resident, {"full_name": "Dang Thi Hoa", "birth": "1958"}, sure=True)


def test_somebody_else_is_no_double(bench: Bench) -> None:
    bench.do(people.add_household, DUC, [HOA])
    assert bench.ask(people.doubles, "resident", {"full_name": "Đặng Thị Hoà", "birth": "1990"}) == []
    assert bench.ask(people.doubles, "household", {"head_name": "Trần Văn Đức", "lane": "Ngõ 9"}) == []


def test_a_pair_once_judged_is_not_asked_again(bench: Bench) -> None:
    a = bench.do(people.add_resident, HOA)
    b = bench.do(people.add_resident, HOA, sure=True)
    assert [d.id for d in bench.ask(people.resident_page, a).doubles] == [b]
    bench.do(records.merge, "resident", b, a)
    bench.do(records.unmerge, "resident", b)
    assert bench.ask(people.resident_page, a).doubles == []


def test_a_number_comes_with_its_consent_in_one_save(bench: Bench) -> None:
    numbered = {**HOA, "id_number": "038158000123"}
    with pytest.raises(UserError, match="consent_required"):
        bench.do(people.add_resident, numbered)
    with pytest.raises(UserError, match="consent_required"):
        bench.do(people.add_resident, numbered, {**CONSENT, "purposes": ["support"]})
    assert bench.ask(records.list_rows, "resident").total == 0
    id = bench.do(people.add_resident, numbered, CONSENT)
    page = bench.ask(people.resident_page, id)
    assert page.resident["id_number"] == "038158000123"
    assert page.consent.purposes == {"identity", "support"}
    assert page.consent.live


def test_a_withdrawn_consent_covers_nothing(bench: Bench) -> None:
    id = bench.do(people.add_resident, HOA)
    consent = bench.do(people.give_consent, id, ["identity"], "consent", "paper")
    assert bench.ask(people.consent_of, id).live
    bench.do(people.withdraw_consent, consent)
    assert not bench.ask(people.consent_of, id).live
    with pytest.raises(UserError, match="consent_required"):
        bench.do(people.edit_resident, id, {"id_number": "038158000123"})
    row = bench.do(people.edit_resident, id, {"id_number": "038158000123"}, CONSENT)
    assert row["id_number"] == "038158000123"
    whats = [m.what for m in bench.ask(people.resident_page, id).timeline]
    assert whats.count("consent") == 2
    assert "consent_withdrawn" in whats


def test_the_timeline_tells_everything_newest_first(bench: Bench) -> None:
    done = bench.do(people.add_household, DUC, [HOA])
    (hoa,) = done.residents
    bench.clock.days(1)
    lines = [{"service": "K01", "outcome": "done"}]
    values = {"household": done.household, "persons": [hoa], "lines": lines, "place_type": "home"}
    bench.do(visits.record, VisitDraft(values))
    case = bench.do(vneid.open_case, hoa, "app_installed")
    bench.clock.days(1)
    bench.do(vneid.move, case, "l1_submitted")
    session = bench.do(
        training.save_session, {"title": "Phòng lừa đảo", "topics": ["T12"], "audience": "resident"}
    )
    bench.do(training.mark, session, resident=hoa)
    bench.clock.days(1)
    bench.do(records.set_fields, "household", done.household, {"members_n": 3})
    moments = bench.ask(people.household_page, done.household).timeline
    told = [(m.on.day if m.on else 0, m.what) for m in moments]
    assert told[0] == (25, "edited")
    assert {(24, "vneid"), (24, "training"), (23, "visit"), (23, "vneid"), (22, "added")} <= set(told)
    assert [d for d, _ in told] == sorted([d for d, _ in told], reverse=True)
    status = [m.data["status"] for m in moments if m.what == "vneid"]
    assert status == ["l1_submitted", "app_installed"]


def test_the_list_and_its_chips(bench: Bench) -> None:
    a = bench.do(people.add_household, {**DUC, "poverty": "near", "smartphones_n": 0}, [HOA])
    b = bench.do(people.add_household, {"head_name": "Lê Thị Ái", "lane": "Ngõ 2"}, [{"full_name": "Lê An"}])
    lines = [{"service": "K01", "outcome": "done"}]
    bench.do(visits.record, VisitDraft({"household": b.household, "place_type": "home", "lines": lines}))
    case = bench.do(vneid.open_case, b.residents[0], "l2_active")
    assert case
    everybody = bench.ask(people.households)
    assert [h.head_name for h in everybody] == ["Lê Thị Ái", "Trần Văn Đức"]
    assert everybody[0].vneid_missing == 0
    assert everybody[0].last_visit is not None
    for chip in people.CHIPS:
        assert [h.id for h in bench.ask(people.households, [chip])] == [a.household], chip
        assert [h.id for h in bench.ask(people.household_overview, [chip]).lines] == [a.household], chip
    found, counts = (overview := bench.ask(people.household_overview)).lines, overview.counts
    assert found == everybody
    waiting = {"unsent": 2, "refused": 0, "review": 0}
    assert counts == {"all": 2, **dict.fromkeys(people.CHIPS, 1), **waiting}
    assert [h.id for h in bench.ask(people.households, search="le thi")] == [b.household]


def test_suggestions_without_marks(bench: Bench) -> None:
    done = bench.do(people.add_household, DUC, [HOA])
    found = bench.ask(people.suggest, "dang thi h")
    assert [(s.kind, s.name, s.birth_year, s.lane) for s in found] == [
        ("resident", "Đặng Thị Hoà", 1958, "Ngõ 4")
    ]
    assert found[0].household_id == done.household
    assert found[0].household_head == "Trần Văn Đức"
    assert bench.ask(people.suggest, "  ") == []
