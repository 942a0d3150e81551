"""When a sync is due by itself: a clock, a network and a chance in the test's hand."""

from __future__ import annotations

import pytest

from ntmdesk.ui.sync_times import AFTER_A_CHANGE, AFTER_RETURN, FIRST_RETRY, SPREAD, Network, SyncTimes

NONE, HERE, PAID = Network(False), Network(True), Network(True, metered=True)


def times(chance: float = 0.0, **chosen: object) -> SyncTimes:
    made = SyncTimes(lambda: chance, **chosen)  # type: ignore[arg-type]
    made.went_through(0.0)
    return made


def test_now_and_then() -> None:
    assert times().wait(0.0) == 15 * 60
    assert times().wait(15 * 60 - 1) == 1.0
    assert times().wait(10**6) == 0.0
    assert times(minutes=0).wait(10**6) is None


def test_what_was_recorded_goes_up_soon_and_more_of_it_does_not_put_it_off() -> None:
    made = times()
    made.changed_here(100.0)
    made.changed_here(150.0)
    assert made.wait(150.0) == AFTER_A_CHANGE - 50


def test_a_network_that_comes_back_is_used_at_once_whatever_failed_before() -> None:
    made = times()
    made.network_is(10.0, NONE)
    for _ in range(5):
        made.failed(20.0)
    assert made.failures == 5
    made.network_is(30.0, HERE)
    assert made.wait(30.0) == AFTER_RETURN
    assert made.doubtful, "that there is a network says nothing of the server"
    made.went_through(40.0)
    assert not made.doubtful
    made.network_is(50.0, HERE)
    assert made.wait(50.0) == 15 * 60 - 10, "the same news again is no news"


def test_a_network_said_to_be_gone_is_tried_all_the_same_now_and_then() -> None:
    made = times()
    made.network_is(10.0, NONE)
    assert made.wait(20 * 60) == 0.0


def test_after_failures_later_and_later_never_beyond_the_usual() -> None:
    made, at, waits = times(), 0.0, []
    for _ in range(8):
        made.failed(at)
        wait = made.wait(at)
        assert wait is not None
        waits.append(wait)
        at += wait
    assert waits[:4] == [FIRST_RETRY * 2**n for n in range(4)]
    assert waits[-1] == 15 * 60
    made.failed(at)
    made.changed_here(at)
    assert made.wait(at) == 15 * 60, "recording more does not bring the line back"


def test_where_a_person_must_look_nothing_is_hurried() -> None:
    made = times()
    made.failed(0.0, patience=True)
    assert made.wait(0.0) == 15 * 60


def test_a_server_that_asks_for_an_hour_gets_it() -> None:
    made = times()
    made.failed(0.0, asked=3600.0)
    assert made.wait(0.0) == 3600.0


def test_laptops_do_not_come_at_the_same_moment() -> None:
    early, late = times(0.0), times(0.999)
    for made in (early, late):
        made.network_is(0.0, NONE)
        made.network_is(1.0, HERE)
    assert early.wait(1.0) == pytest.approx(AFTER_RETURN)
    assert late.wait(1.0) == pytest.approx(AFTER_RETURN * (1 + SPREAD), rel=0.01)


def test_a_paid_line_is_spared_only_if_the_person_says_so() -> None:
    made = times(pause_metered=True)
    made.network_is(0.0, PAID)
    assert made.held_back
    assert made.wait(10**6) is None
    made.network_is(10.0, HERE)
    assert made.wait(10.0) == AFTER_RETURN
    free = times()
    free.network_is(0.0, PAID)
    assert free.wait(10**6) == 0.0
    free.settings(0.0, 15, True)
    assert free.wait(10**6) is None
