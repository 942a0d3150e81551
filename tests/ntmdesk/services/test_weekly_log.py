"""The weekly log on a real store: counted, written, frozen, adjusted, opened again."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest

from ntmdesk.domain.periods import Week
from ntmdesk.domain.weekly_log import Adjustment
from ntmdesk.errors import UserError
from ntmdesk.services import indicators, persons, weekly_log
from ntmdesk.store.surroundings import Author
from tests.ntmdesk.services.conftest import Bench
from tests.ntmdesk.services.week_of_work import Work, record_week

WEEK = Week(2026, 47)


@pytest.fixture
def work(bench: Bench) -> Work:
    made = record_week(bench)
    bench.author = persons.author_of(bench.store, persons.Person(bench.author.person, bench.author.name))
    return made


def figures_of(bench: Bench, week: Week = WEEK) -> dict[str, weekly_log.Figure]:
    return {f.code: f for f in bench.ask(weekly_log.show, week).figures}


def test_the_figures_of_the_week(bench: Bench, work: Work) -> None:
    told = figures_of(bench)
    assert told["I06"].period == 5 + 20
    assert told["I06"].cumulative == 1000 + 1 + 25
    assert (told["I06"].target, told["I06"].ratio) == (50, 0.5)
    assert told["I07"].period == 3
    assert told["I08"].period == 2
    assert (told["I09"].cumulative, told["I09"].denominator) == (3, 400)
    assert told["I13"].period == 1
    assert told["I16"].cumulative == 1
    assert told["I21"].period == 1
    assert told["I23"].period == 2 + 20 + 42
    assert (told["I26"].period, told["I27"].period) == (1, 42)
    assert (told["I50"].cumulative, told["I50"].ratio) == (1, 1 / 400)
    assert told["I05"].period == 0.5


def test_what_nobody_counts_is_blank_in_the_document_and_never_zero(bench: Bench, work: Work) -> None:
    view = bench.ask(weekly_log.show, WEEK)
    assert view.document()["figures"]["I51"] == {
        "period": None,
        "cumulative": None,
        "target": None,
        "ratio": None,
    }
    assert {"what": "figure_blank", "code": "I51"} in view.document()["missing"]


def test_two_records_of_one_household_count_once(bench: Bench, work: Work) -> None:
    from ntmdesk.services import records

    before = figures_of(bench)["I08"].period
    bench.do(records.merge, "household", work.homes[0], work.homes[1])
    assert figures_of(bench)["I08"].period == before - 1
    bench.do(records.unmerge, "household", work.homes[0])
    assert figures_of(bench)["I08"].period == before


def test_the_draft_says_what_it_still_needs(bench: Bench, work: Work) -> None:
    with bench.begin() as uow:
        team = uow.records.find("team", "T01")
        silent = uow.records.add("member", {"full_name": "Phạm Minh Tú", "team": team, "role": "member"})
    found = bench.ask(weekly_log.show, WEEK).missing
    assert [m.data["field"] for m in found if m.what == "section_empty"] == [
        "situation",
        "difficulties",
        "proposals",
        "next_week",
    ]
    assert [(m.data["member"], m.data["days"]) for m in found if m.what == "member_silent"] == [
        (silent, None)
    ]


def test_writing_makes_the_draft_once(bench: Bench, work: Work) -> None:
    first = bench.do(weekly_log.edit, WEEK, {"situation": "Đi 3 ngõ.", "difficulties": ["D02"]})
    again = bench.do(weekly_log.edit, WEEK, {"next_week": [{"task": "Ngõ 5", "date": "2026-11-24"}]})
    assert first.id == again.id
    assert again.status == "draft"
    assert again.narrative["situation"] == "Đi 3 ngõ."
    assert again.narrative["next_week"][0]["task"] == "Ngõ 5"
    with pytest.raises(UserError) as wrong:
        bench.do(weekly_log.edit, WEEK, {"status": "approved"})
    assert wrong.value.code == "unknown_field"


def test_a_submitted_log_stands_byte_for_byte_and_tells_what_came_late(bench: Bench, work: Work) -> None:
    bench.do(weekly_log.edit, WEEK, {"situation": "Đi 3 ngõ."})
    handed_in = bench.do(weekly_log.submit, WEEK)
    assert (handed_in.status, handed_in.frozen) == ("submitted", True)
    before = json.dumps(handed_in.document()["figures"], ensure_ascii=False)
    bench.clock.days(3)
    with bench.begin() as uow:
        visit = uow.records.get("support_visit", work.visits[0])
        uow.records.set("support_visit", visit["id"], {"minutes": 30})
        uow.records.delete("support_visit", work.visits[1])
        late = uow.records.add(
            "support_visit",
            {
                "date": "2026-11-21",
                "place_type": "home",
                "hamlet": work.hamlet,
                "household": work.homes[2],
                "members": [work.member],
                "lines": [{"service": "K14", "outcome": "done"}],
            },
        )
    after = bench.ask(weekly_log.show, WEEK)
    assert json.dumps(after.document()["figures"], ensure_ascii=False) == before
    assert after.hash == handed_in.hash
    assert set(after.adjustments) == {
        Adjustment("support_visit", work.visits[0], "changed"),
        Adjustment("support_visit", work.visits[1], "removed"),
        Adjustment("support_visit", late, "added"),
    }
    moved = {a.code: (a.before, a.after) for a in after.adjusted}
    assert moved["I06"] == (25, 25 - 2 + 1)
    assert "I08" not in moved
    assert moved["I07"] == (3, 1)
    lines = bench.ask(weekly_log.logs)
    assert [(line.week, line.status, line.late_records) for line in lines] == [("2026-W47", "submitted", 3)]


def test_the_snapshot_lists_every_record_of_the_period_with_its_hash(bench: Bench, work: Work) -> None:
    view = bench.do(weekly_log.submit, WEEK)
    listed = view.record["snapshot"]["records"]
    assert set(listed["support_visit"]) == set(work.visits)
    assert listed["training"].keys() == {work.training}
    assert {len(h) for h in listed["support_visit"].values()} == {32}


def test_the_next_week_adds_to_what_was_frozen(bench: Bench, work: Work) -> None:
    bench.do(weekly_log.submit, WEEK)
    with bench.begin() as uow:
        for visit in work.visits:
            uow.records.delete("support_visit", visit)
    assert figures_of(bench, WEEK.next())["I06"].cumulative == 1000 + 1 + 25 + 1


def test_opening_again_needs_a_reason_and_keeps_what_was_frozen(bench: Bench, work: Work) -> None:
    handed_in = bench.do(weekly_log.submit, WEEK)
    with pytest.raises(UserError) as bare:
        bench.do(weekly_log.reopen, WEEK, "  ")
    assert (bare.value.code, bare.value.details["field"]) == ("invalid", "reason")
    again = bench.do(weekly_log.reopen, WEEK, "Thiếu một lượt")
    assert (again.status, again.frozen) == ("draft", False)
    assert again.record["revision_of"] == handed_in.hash
    with bench.look() as uow:
        fields = [change.field for change in uow.history.of(again.id)]
    assert "snapshot" in fields
    assert bench.do(weekly_log.submit, WEEK).status == "submitted"


def test_a_frozen_log_is_not_written_in_nor_handed_in_twice(bench: Bench, work: Work) -> None:
    bench.do(weekly_log.submit, WEEK)
    for verb, args in ((weekly_log.edit, ({"situation": "x"},)), (weekly_log.submit, ())):
        with pytest.raises(UserError) as wrong:
            bench.do(verb, WEEK, *args)
        assert wrong.value.code == "log_submitted"


def test_only_the_leader_hands_in(bench: Bench, work: Work) -> None:
    bench.author = replace(bench.author, role="member")
    for verb, args in ((weekly_log.submit, ()), (weekly_log.reopen, ("vì",))):
        with pytest.raises(UserError) as wrong:
            bench.do(verb, WEEK, *args)
        assert wrong.value.code == "not_your_role"
    assert bench.do(weekly_log.compile, WEEK).status == "draft"


def test_a_week_that_has_not_begun_cannot_be_handed_in(bench: Bench, work: Work) -> None:
    with pytest.raises(UserError) as wrong:
        bench.do(weekly_log.submit, WEEK.next())
    assert wrong.value.code == "week_not_begun"


def test_a_laptop_without_a_team_counts_but_has_no_log(alone: Bench) -> None:
    assert alone.ask(weekly_log.show, WEEK).id is None
    with pytest.raises(UserError) as wrong:
        alone.do(weekly_log.compile, WEEK)
    assert wrong.value.code == "no_team"


def test_the_cut_off_of_the_team_decides_the_days(bench: Bench, work: Work) -> None:
    with bench.begin() as uow:
        team = uow.records.find("team", "T01")
        uow.records.set("team", team, {"cutoff": 4})
    week = bench.ask(weekly_log.week_of, "2026-W47")
    assert (week.start, week.end) == (date(2026, 11, 13), date(2026, 11, 19))
    assert figures_of(bench, week)["I08"].period == 2
    with pytest.raises(UserError):
        bench.ask(weekly_log.week_of, "2027-W53")


def test_indicators_over_days_name_their_records(bench: Bench, work: Work) -> None:
    asked = (date(2026, 11, 16), date(2026, 11, 22), ["I06", "I09", "I51"], True)
    lines, reached, wifi = bench.ask(indicators.rows, *asked)
    assert (lines.value, set(lines.records)) == (25, set(work.visits))
    assert (reached.value, reached.numerator, reached.denominator) == (0.5, 2, 400)
    assert (wifi.value, wifi.rule) == (None, "given")
    behind = bench.ask(indicators.records_behind, "I26", date(2026, 11, 1), date(2026, 11, 30))
    assert [(b.kind, b.id) for b in behind] == [("training", work.training)]
    with pytest.raises(UserError):
        bench.ask(indicators.rows, date(2026, 11, 2), date(2026, 11, 1))


def test_every_indicator_of_the_catalogue_is_counted_or_blank(bench: Bench, work: Work) -> None:
    found = bench.ask(indicators.rows, date(2026, 1, 1), date(2026, 12, 31))
    blank = {row.code for row in found if row.value is None}
    assert {row.code for row in found if row.rule == "given"} <= blank
    assert {"I06", "I01", "I02", "I26"}.isdisjoint(blank)


def test_the_work_goes_on_after_another_person_takes_over(bench: Bench, work: Work) -> None:
    other = Author("0190a6f0-0000-7000-8000-000000000001", "Lê Văn Nam", "member")
    with bench.store.look(other) as uow:
        assert weekly_log.show(uow, WEEK).figures[0].period == 25


def test_kept_sums_are_made_anew_when_a_record_of_their_week_changes(bench: Bench, work: Work) -> None:
    later = WEEK.next()
    with bench.begin() as uow:
        assert weekly_log.show(uow, later).figures[0].cumulative == 1000 + 1 + 25 + 1
    with bench.begin() as uow:
        assert uow.figures.kept_sums(7)["2026-W47"][1]["figures"]["I06"] == 25
        assert weekly_log.show(uow, later).figures[0].cumulative == 1000 + 1 + 25 + 1
        uow.records.delete("support_visit", work.visits[2])
        assert weekly_log.show(uow, later).figures[0].cumulative == 1000 + 1 + 4 + 1
        uow.records.restore("support_visit", work.visits[2])
        uow.records.set("support_visit", work.visits[2], {"persons_n": 30})
        assert weekly_log.show(uow, later).figures[0].cumulative == 1000 + 1 + 35 + 1


def test_kept_sums_give_the_same_figures_as_reading_everything(bench: Bench, work: Work) -> None:
    later = WEEK.next()
    fresh = [f.document() for f in bench.ask(weekly_log.show, later).figures]
    bench.do(weekly_log.show, later)
    assert [f.document() for f in bench.ask(weekly_log.show, later).figures] == fresh


def test_meters_of_the_first_page_are_the_figures_of_the_week(bench: Bench, work: Work) -> None:
    told = bench.ask(indicators.meters, WEEK, ["I06", "I13", "I08"])
    assert told == [("I06", 25, 50), ("I13", 1, None), ("I08", 2, None)]


def test_addresses_that_nobody_asked_for_are_blank(bench: Bench, work: Work) -> None:
    with bench.begin() as uow:
        for home in uow.records.list("household").rows:
            uow.records.set("household", home["id"], {"digital_address": None})
    told = figures_of(bench)["I50"]
    assert (told.cumulative, told.ratio) == (None, None)
