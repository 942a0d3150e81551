"""Occurrences, persons and households: the counting rules as properties and by hand."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ntmdesk.domain.catalogue import Indicator
from ntmdesk.domain.counting import BLANK, Counted, Tally, add, ratio
from ntmdesk.domain.cumulative import Past, figure, opening_for, quota_for, weeks_between
from ntmdesk.domain.facts import (
    CaseFact,
    Flow,
    Given,
    HamletFact,
    OutreachFact,
    Stock,
    TrainingFact,
    ValueFact,
    VisitFact,
    WorkdayFact,
)
from ntmdesk.domain.periods import Span, Week

WEEK = Week(2026, 47)
NONE = Stock()


def visit(
    id: str, home: str = "", persons: tuple[str, ...] = (), unnamed: int = 0, *services: str
) -> VisitFact:
    lines = tuple((s.split(":")[0], (s + ":done").split(":")[1]) for s in services)
    return VisitFact(id, "2026-11-18", home, persons, unnamed, lines)


def indicator(formula: str, measure: str = "flow", unit: str = "lượt", **more: tuple[str, ...]) -> Indicator:
    return Indicator("I06", {"vi": "x"}, {"vi": unit}, measure, formula, **more)


VISITS = st.lists(
    st.builds(
        VisitFact,
        id=st.uuids().map(str),
        day=st.sampled_from(["2026-11-16", "2026-11-18", "2026-11-22"]),
        household=st.sampled_from(["", "h1", "h2", "h3"]),
        persons=st.lists(st.sampled_from("abcdef"), unique=True, max_size=4).map(tuple),
        unnamed=st.integers(0, 30),
        lines=st.lists(
            st.tuples(st.sampled_from(["K01", "K06", "K26"]), st.sampled_from(["done", "failed"])), max_size=4
        ).map(tuple),
    ),
    max_size=30,
)


@given(VISITS, VISITS)
def test_occurrences_add_up_and_distinct_counts_never_exceed_their_parts(
    a: list[VisitFact], b: list[VisitFact]
) -> None:
    one, two, both = Tally.of(Flow(a)), Tally.of(Flow(b)), Tally.of(Flow(a + b))
    assert both.occurrences().value == one.occurrences().value + two.occurrences().value
    for count in (Tally.people, Tally.homes):
        first, second, whole = count(one).value, count(two).value, count(both).value
        assert max(first, second) <= whole <= first + second


@given(VISITS)
def test_an_unnamed_person_adds_to_occurrences_only(visits: list[VisitFact]) -> None:
    without = [v._replace(unnamed=0) for v in visits]
    named, bare = Tally.of(Flow(visits)), Tally.of(Flow(without))
    assert named.people().value == bare.people().value
    assert named.homes().value == bare.homes().value
    assert named.filings(["K06"]).value == bare.filings(["K06"]).value
    assert named.occurrences().value - bare.occurrences().value == sum(v.unnamed for v in visits)


@given(VISITS)
def test_order_of_records_does_not_matter(visits: list[VisitFact]) -> None:
    there, back = Tally.of(Flow(visits)), Tally.of(Flow(visits[::-1]))
    assert there.occurrences(["K26"]).value == back.occurrences(["K26"]).value
    assert there.homes_done(["K01"]).value == back.homes_done(["K01"]).value


def test_one_household_visited_twice_counts_once_and_names_both_visits() -> None:
    tally = Tally.of(Flow([visit("1", "h", ("a",), 0, "K01"), visit("2", "h", ("a", "b"), 0, "K06", "K26")]))
    assert tally.occurrences().value == 3
    assert tally.people() == Counted(2, ("1", "2"))
    assert tally.homes() == Counted(1, ("1", "2"))
    assert tally.occurrences(["K06"]) == Counted(1, ("2",))


def test_only_done_lines_are_filings() -> None:
    tally = Tally.of(Flow([visit("1", "h", (), 0, "K06:partial", "K06:done", "K07:failed")]))
    assert tally.filings(["K06", "K07"]) == Counted(1, ("1",))


def test_skills_take_lines_attendance_and_reach_together() -> None:
    flow = Flow(
        [visit("1", "h", (), 4, "K26")],
        [TrainingFact("t", "2026-11-18", frozenset({"T13"}), "resident", 40, 25, None, ())],
        [OutreachFact("o", "2026-11-18", "zalo_post", frozenset({"T13"}), 1, 100)],
    )
    tally = Tally.of(flow)
    asked = indicator("lines_and_attendance", services=("K26",), topics=("T13",), outreach_topics=("T13",))
    told = figure(asked, WEEK, tally, Tally(), NONE, (), Given())
    assert told.period == 1 + 4 + 40 + 100
    assert set(told.records) == {"1", "t", "o"}


def test_attendance_that_nobody_wrote_is_blank_not_zero() -> None:
    blank = TrainingFact("t", "2026-11-18", frozenset(), "resident", None, None, None, ())
    assert Tally.of(Flow(trainings=[blank])).attendances() == Counted(None, ("t",))
    assert Tally.of(Flow(trainings=[blank, blank._replace(id="u", attended=7)])).attendances().value == 7


def test_a_half_day_is_half_a_day() -> None:
    full = WorkdayFact("1", "2026-11-18", "m", "full")
    half = WorkdayFact("2", "2026-11-19", "m", "half")
    night = WorkdayFact("3", "2026-11-19", "m", "night")
    assert Tally.of(Flow(workdays=[full, half, night])).workdays().value == 2.5
    twice = WorkdayFact("4", "2026-11-18", "m", "half")
    assert Tally.of(Flow(workdays=[full, twice])).workdays().value == 1


@pytest.mark.parametrize(("top", "bottom"), [(5, None), (5, 0), (None, 5), (None, None)])
def test_a_share_without_a_denominator_is_no_number(top: int | None, bottom: int | None) -> None:
    assert ratio(top, bottom) is None


def test_blanks_alone_stay_blank() -> None:
    assert add(BLANK, BLANK).value is None
    assert add(BLANK, Counted(0)).value == 0


def value(type: str, period: str, number: float, scope: str = "T01", id: str = "v") -> ValueFact:
    return ValueFact(id, "I06", scope, period, number, type, "office")


TEAM = (frozenset({"team", "T01"}),)


def test_cumulative_is_opening_plus_frozen_weeks_plus_counted_weeks() -> None:
    given_ = Given([value("opening", "2026", 1000)], TEAM)
    frozen = Past(Week(2026, 45).span, {"I06": 50}, None)
    counted = Past(Week(2026, 46).span, None, Tally.of(Flow([visit("old", "h", ("a",), 0, "K01", "K02")])))
    now = Tally.of(Flow([visit("1", "h", ("a",), 0, "K01")]))
    told = figure(indicator("lines"), WEEK, now, Tally(), NONE, (frozen, counted), given_)
    assert (told.period, told.cumulative) == (1, 1000 + 50 + 2 + 1)


def test_a_frozen_week_counts_as_told_even_when_its_records_are_gone() -> None:
    past = Past(Week(2026, 46).span, {"I07": 12}, None)
    asked = Indicator("I07", {"vi": "x"}, {"vi": "người"}, "flow", "persons")
    assert figure(asked, WEEK, Tally(), Tally(), NONE, (past,), Given()).cumulative == 12


def test_an_opening_of_a_finished_period_is_followed_from_the_next_day() -> None:
    given_ = Given([value("opening", "2026-01-01/2026-11-11", 100)], TEAM)
    assert opening_for(given_, "I06", WEEK).since == date(2026, 11, 12)
    early = visit("early", "h", (), 0, "K01")._replace(day="2026-11-10")
    late = visit("late", "h", (), 0, "K01")._replace(day="2026-11-13")
    past = Past(Week(2026, 46).span, None, Tally.of(Flow([early, late])))
    told = figure(indicator("lines"), WEEK, Tally(), Tally(), NONE, (past,), given_)
    assert told.cumulative == 101


def test_a_week_quota_is_met_by_the_week_and_a_year_quota_by_all_weeks_so_far() -> None:
    now = Tally.of(Flow([visit(str(n), "h", (), 0, "K01") for n in range(6)]))
    past = (Past(Week(2026, 46).span, {"I06": 24}, None),)
    week = figure(
        indicator("lines"), WEEK, now, Tally(), NONE, past, Given([value("target", "2026-W47", 12)], TEAM)
    )
    assert (week.target, week.ratio, week.denominator_name) == (12, 0.5, "quota")
    year = figure(
        indicator("lines"), WEEK, now, Tally(), NONE, past, Given([value("target", "2026", 60)], TEAM)
    )
    assert (year.target, year.ratio) == (60, 0.5)


def test_the_shortest_quota_that_holds_the_week_is_taken_and_never_divided() -> None:
    given_ = Given(
        [value("target", "2026", 520), value("target", "2026-W47", 7), value("target", "2026-W46", 9)], TEAM
    )
    assert quota_for(given_, "I06", WEEK) == (7, WEEK.span)


def test_a_quota_of_zero_gives_no_share() -> None:
    given_ = Given([value("target", "2026-W47", 0)], TEAM)
    told = figure(indicator("lines"), WEEK, Tally(), Tally(), NONE, (), given_)
    assert (told.target, told.ratio) == (0, None)


def test_a_given_figure_that_nobody_gave_stays_blank() -> None:
    told = figure(indicator("given", "stock", "điểm"), WEEK, Tally(), Tally(), NONE, (), Given())
    assert (told.period, told.cumulative, told.ratio) == (None, None, None)


def test_hamlets_make_up_for_a_missing_team_figure_only_when_each_has_one() -> None:
    scopes = (frozenset({"T01"}), frozenset({"15880-001"}), frozenset({"15880-002"}))
    one = value("target", "2026", 10, "15880-001")
    two = value("target", "2026", 15, "15880-002", "w")
    year = Span(date(2026, 1, 1), date(2026, 12, 31))
    assert quota_for(Given([one, two], scopes), "I06", WEEK) == (25, year)
    assert quota_for(Given([one], scopes), "I06", WEEK) is None
    own = value("target", "2026", 99)
    assert quota_for(Given([one, two, own], scopes), "I06", WEEK) == (99, year)


def test_level_two_in_the_week_and_in_all() -> None:
    def case(id: str, status: str, day: str) -> CaseFact:
        return CaseFact(id, f"p{id}", status, day, "", "", frozenset())

    stock = Stock(
        cases=[
            case("1", "l2_active", "2026-11-17"),
            case("2", "l2_active", "2026-10-01"),
            case("3", "l2_granted", "2026-11-17"),
            case("4", "l2_active", "2026-11-23"),
        ],
        hamlets=[HamletFact("h", "15880-001", 433, 1650, None, None, None, "")],
    )
    asked = indicator("vneid_active", "stock", "tài khoản", denominators=("quota", "residents"))
    told = figure(asked, WEEK, Tally(), Tally(), stock, (), Given())
    assert (told.period, told.cumulative) == (1, 2)
    assert (told.denominator_name, told.denominator) == ("residents", 1650)
    assert told.ratio == pytest.approx(2 / 1650)


def test_weeks_before_end_on_or_after_the_first_day() -> None:
    weeks = weeks_between(date(2026, 11, 2), WEEK)
    assert [w.name for w in weeks] == ["2026-W45", "2026-W46"]
    assert weeks_between(date(2026, 11, 20), WEEK) == []


def test_a_week_is_whole_over_the_turn_of_the_year_and_over_week_53() -> None:
    first = Week(2027, 1)
    assert [w.name for w in weeks_between(date(2026, 12, 21), first)] == ["2026-W52", "2026-W53"]
    assert opening_for(Given(), "I06", Week(2026, 53)).since == Week(2026, 1).start
    assert opening_for(Given(), "I06", first).since == date(2027, 1, 4)
    friday = Week(2026, 53, 4)
    assert opening_for(Given([value("opening", "2026", 5)], TEAM), "I06", friday).value == 5
