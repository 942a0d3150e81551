"""The first page and Ctrl+K."""

from __future__ import annotations

from datetime import date

import pytest

from ntmdesk.services import home, people, records, search, syncing, training, visits, vneid
from ntmdesk.services.visits import VisitDraft

from .conftest import Bench

DONE = {"service": "K01", "outcome": "done"}


@pytest.fixture
def lanes(bench: Bench) -> dict[str, people.NewHousehold]:
    made = {}
    for name, lane, person in (
        ("Trần Văn Đức", "Ngõ 10", "Đặng Thị Hoà"),
        ("Lê Thị Phượng", "Ngõ 2", "Lê Văn Tám"),
        ("Phạm Thị Ái", "Ngõ 2", "Phạm An"),
    ):
        household = {"head_name": name, "lane": lane}
        made[name] = bench.do(people.add_household, household, [{"full_name": person, "birth": "1958"}])
    return made


def test_an_empty_store_has_a_quiet_page(alone: Bench) -> None:
    page = alone.ask(home.today_page)
    assert (page.on, page.tasks, page.unsent) == (date(2026, 11, 22), [], 0)
    assert page.done == home.Done(0, 0, 0, 0)
    assert page.person == "Nguyễn Thị Hoa"
    assert len(page.weeks) == 8
    assert page.weeks[-1] == home.WeekBar("T47", "2026-W47", 0, 0)
    assert page.week.start == date(2026, 11, 16)
    assert page.last_backup is None
    assert not alone.ask(home.line_state).enrolled


def test_the_line_knows_when_a_sync_last_went_through(bench: Bench) -> None:
    assert bench.ask(home.line_state).last_contact is None
    for code, more in (("", {}), ("offline", {}), ("", {"road": "point"})):
        bench.clock.days(1)
        bench.do(lambda uow, code=code, more=more: uow.peers.note_run(code, more))
    runs = bench.ask(syncing.past)
    assert bench.ask(home.line_state).last_contact == runs[-1].at  # not the try, nor the point of today


def test_what_was_done_today_counts_like_the_log(bench: Bench, lanes: dict[str, people.NewHousehold]) -> None:
    duc = lanes["Trần Văn Đức"]
    form = {"household": duc.household, "persons": list(duc.residents), "place_type": "home"}
    bench.do(visits.record, VisitDraft({**form, "lines": [DONE, DONE]}))
    bench.do(visits.record, VisitDraft({"place_type": "market", "persons_n": 7, "lines": [DONE]}))
    session = {"title": "An toàn số", "topics": ["T12"], "audience": "resident"}
    bench.do(training.save_session, session)
    page = bench.ask(home.today_page)
    assert page.done == home.Done(lines=10, households=1, persons=1, sessions=1)
    assert (page.weeks[-1].households, page.weeks[-1].lines) == (1, 10)
    assert page.unsent == 11
    assert page.hamlet == "Thôn 1"
    assert page.commune.endswith("Hoằng Giang")
    assert [m.code for m in page.week.meters] == list(home.SHOWN_INDICATORS)
    assert page.week.meters[0].value == 1
    assert page.week.meters[0].target is None
    bench.clock.days(1)
    assert bench.ask(home.today_page).done == home.Done(0, 0, 0, 0)


def test_the_worklist_is_urgent_first(bench: Bench, lanes: dict[str, people.NewHousehold]) -> None:
    hoa, tam, an = (lanes[n].residents[0] for n in lanes)
    bench.do(vneid.open_case, hoa, "l2_granted", on=date(2026, 11, 1))
    bench.do(vneid.open_case, tam, "l2_granted", on=date(2026, 11, 20))
    bench.do(vneid.open_case, an, "l2_appointment", appointment=date(2026, 11, 24))
    later = {"service": "K10", "outcome": "postponed", "follow_up_date": "2026-11-20"}
    bench.do(
        visits.record,
        VisitDraft(
            {
                "household": lanes["Trần Văn Đức"].household,
                "place_type": "home",
                "lines": [later],
                "date": "2026-11-15",
            }
        ),
    )
    found = bench.ask(home.tasks)
    assert [(t.what, t.title, t.lane, t.days) for t in found[:-1]] == [
        ("activation_overdue", "Đặng Thị Hoà", "Ngõ 10", -14),
        ("activate", "Lê Văn Tám", "Ngõ 2", 5),
        ("revisit_late", "Trần Văn Đức", "Ngõ 10", -2),
        ("appointment", "Phạm An", "Ngõ 2", 2),
    ]
    assert found[-1].what == "lane"
    assert found[-1].data == {"lanes": [["Ngõ 2", 2]], "households": 2}


def test_lanes_stand_in_their_order(bench: Bench, lanes: dict[str, people.NewHousehold]) -> None:
    form = {"household": lanes["Phạm Thị Ái"].household, "place_type": "home", "lines": [DONE]}
    bench.do(visits.record, VisitDraft(form))
    assert bench.ask(home.lane_list) == [
        home.LaneLine("Ngõ 2", 2, 1, date(2026, 11, 22)),
        home.LaneLine("Ngõ 10", 1, 0, None),
    ]
    bench.clock.days(60)
    assert [line.visited for line in bench.ask(home.lane_list)] == [0, 0]


def test_a_household_joined_with_another_counts_once(
    bench: Bench, lanes: dict[str, people.NewHousehold]
) -> None:
    a, b = lanes["Lê Thị Phượng"].household, lanes["Phạm Thị Ái"].household
    for household in (a, b):
        bench.do(visits.record, VisitDraft({"household": household, "place_type": "home", "lines": [DONE]}))
    assert bench.ask(home.done_on, date(2026, 11, 22)).households == 2
    bench.do(records.merge, "household", b, a)
    assert bench.ask(home.done_on, date(2026, 11, 22)).households == 1
    bench.do(records.unmerge, "household", b)
    assert bench.ask(home.done_on, date(2026, 11, 22)).households == 2


def test_ctrl_k_finds_people_and_the_rest(bench: Bench, lanes: dict[str, people.NewHousehold]) -> None:
    bench.do(
        training.save_session, {"title": "Phòng lừa đảo Hoà Bình", "topics": ["T12"], "audience": "resident"}
    )
    found = bench.ask(search.find, "hoa")
    assert [(f.title.split(" · ")[0], f.page) for f in found] == [
        ("Đặng Thị Hoà", "people"),
        ("Phòng lừa đảo Hoà Bình", "training"),
    ]
    assert found[0].argument == {"kind": "resident", "id": lanes["Trần Văn Đức"].residents[0]}
    assert "1958" in found[0].detail
    assert found[1].detail == "22/11/2026"
    assert [f.state for f in found] == ["local", "local"]
    assert bench.ask(search.find, " ") == []


def test_every_place_of_a_kind_is_one_of_the_windows(bench: Bench) -> None:
    places = {"home", "people", "visit", "vneid", "training", "records", "weekly_log", "syncing"}
    assert {search.place_of(kind) for kind in bench.store.catalogue.kinds} <= places
