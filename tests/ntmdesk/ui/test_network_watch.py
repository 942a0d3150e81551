"""The watch over the network with a source, a clock and a chance in the test's hand."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication

from ntmdesk.ui.network_watch import LOOK_MS, NetworkSource, NetworkWatch
from ntmdesk.ui.sync_times import AFTER_A_CHANGE, AFTER_RETURN, Network


class Source(NetworkSource):
    """Says what the test says."""

    network = Network(True)

    def begin(self) -> None:
        pass

    def now(self) -> Network:
        return self.network

    def say(self, network: Network) -> None:
        self.network = network
        self.changed.emit()


class Watched:
    """A watch, and what it asked for."""

    def __init__(self) -> None:
        self.at, self.due, self.told = 0.0, 0, 0
        self.source = Source()
        self.watch = NetworkWatch(self.source, seconds=lambda: self.at, chance=lambda: 0.0)
        self.takes = True
        self.watch.due.connect(self._begin)
        self.watch.told.connect(self._tell)
        self.watch.settings(15, False)
        self.watch.begin()

    def _begin(self) -> None:
        self.due += 1
        if self.takes:
            self.watch.begun()

    def _tell(self) -> None:
        self.told += 1

    def pass_by(self, seconds: float) -> None:
        self.at += seconds
        self.watch.look()


@pytest.fixture
def watched(qapp: QApplication) -> Iterator[Watched]:
    made = Watched()
    yield made
    made.watch.stop()


def test_a_sync_begins_when_the_network_is_back_and_not_twice(watched: Watched) -> None:
    watched.source.say(Network(False))
    assert watched.told == 2
    watched.source.say(Network(True))
    assert watched.due == 0
    watched.pass_by(AFTER_RETURN)
    assert watched.due == 1
    watched.source.say(Network(False))
    watched.source.say(Network(True))
    watched.pass_by(10**6)
    assert watched.due == 1, "one is under way"
    assert watched.watch.next_in == -1
    watched.watch.went_through()
    watched.pass_by(15 * 60)
    assert watched.due == 2


def test_after_a_failure_it_is_tried_again(watched: Watched) -> None:
    watched.watch.changed_here()
    watched.pass_by(AFTER_A_CHANGE)
    watched.watch.failed()
    watched.pass_by(29)
    assert watched.due == 1
    watched.pass_by(2)
    assert watched.due == 2


def test_the_timer_looks_at_the_clock_often_enough_for_a_lid_that_was_shut(watched: Watched) -> None:
    assert 0 < watched.watch.next_in <= LOOK_MS * 1.05, "Qt moves a coarse timer by a twentieth"


def test_nobody_begins_and_nothing_spins(watched: Watched) -> None:
    watched.takes = False
    watched.pass_by(15 * 60)
    watched.pass_by(1)
    assert watched.due == 1


def test_only_by_hand_means_no_timer(watched: Watched) -> None:
    watched.watch.settings(0, False)
    assert watched.watch.next_in == -1
    watched.pass_by(10**6)
    assert watched.due == 0


def test_the_system_is_asked_through_qt_where_it_can_tell(qapp: QApplication) -> None:
    source = NetworkSource()
    assert source.now() == Network()
    source.begin()
    assert source.now().there in (True, False, None)
