"""Cyclic garbage is looked for in the window's thread, and at length only when nobody waits."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication

from ntmdesk.ui.idle import Idle
from ntmdesk.ui.sweeping import REST_SECONDS, YOUNG, Sweeper


class Ring:
    """Garbage that only the search for cycles finds; tells in which thread it went."""

    def __init__(self, went: list[threading.Thread]) -> None:
        self.self = self
        self.went = went

    def __del__(self) -> None:
        self.went.append(threading.current_thread())


class Laptop:
    """What the sweeper asks."""

    def __init__(self) -> None:
        self.untouched = 0.0
        self.busy = False
        self.sweeper = Sweeper(lambda: self.untouched, lambda: self.busy)


@pytest.fixture
def laptop(qapp: QApplication) -> Iterator[Laptop]:
    gc.collect()
    made = Laptop()
    made.sweeper.begin()
    yield made
    made.sweeper.stop()
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0


def in_worker(went: list[threading.Thread], rings: int) -> None:
    """A worker makes garbage and as many living objects."""
    kept: list[list[int]] = []

    def work() -> None:
        for _ in range(rings):
            Ring(went)
            kept.append([])

    worker = threading.Thread(target=work)
    worker.start()
    worker.join()


def test_nothing_is_collected_in_a_worker(laptop: Laptop) -> None:
    went: list[threading.Thread] = []
    in_worker(went, YOUNG)
    assert went == []
    laptop.sweeper.look()
    assert len(went) == YOUNG
    assert set(went) == {threading.main_thread()}


def test_old_objects_wait_until_nobody_does(laptop: Laptop) -> None:
    went: list[threading.Thread] = []
    ring = Ring(went)
    in_worker([], YOUNG)
    laptop.sweeper.look()  # it has survived a look now
    laptop.sweeper.look()
    del ring
    in_worker([], YOUNG)
    laptop.busy, laptop.untouched = True, REST_SECONDS
    laptop.sweeper.look()
    laptop.busy, laptop.untouched = False, REST_SECONDS - 1
    laptop.sweeper.look()
    assert went == []
    laptop.untouched = REST_SECONDS
    laptop.sweeper.look()
    assert went == [threading.main_thread()]


def test_a_laptop_at_rest_is_looked_through_once(laptop: Laptop) -> None:
    looks: list[str] = []

    def note(phase: str, info: dict[str, int]) -> None:
        if phase == "start" and info["generation"] == 2:
            looks.append(phase)

    gc.callbacks.append(note)
    try:
        laptop.untouched = REST_SECONDS * 5
        in_worker([], YOUNG)
        for _ in range(5):
            laptop.sweeper.look()
    finally:
        gc.callbacks.remove(note)
    assert looks == ["start"]


def test_untouched_counts_from_the_last_touch(qapp: QApplication) -> None:
    at = [5.0]
    idle = Idle(lambda: None, seconds=lambda: at[0])
    idle.watch(0)
    at[0] = 12.0
    assert idle.untouched() == 7.0
    idle.stop()
