"""Work off the GUI thread: order, results at home, errors, stopping, and what a commit touched."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from types import TracebackType

import pytest
import shiboken6
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from ntmdesk.errors import AppError, EnvironmentProblem, UserError
from ntmdesk.ui.application import install_last_resort
from ntmdesk.ui.jobs import Cancelled, Jobs, Step
from tests.fakes import ManualExecutor


class Unit:
    """A transaction that notes what happens to it."""

    def __init__(self, notes: list[str], name: str) -> None:
        self.notes = notes
        self.name = name
        self.touched: set[str] = set()


class Desk:
    """A lane on a manual executor, and everything it told."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.executor = ManualExecutor()
        self.jobs: Jobs[Unit] = Jobs(self.opener("write"), self.executor, self.opener("read"))
        self.got: list[object] = []
        self.errors: list[AppError] = []
        self.changed: list[frozenset[str]] = []
        self.failed: list[AppError] = []
        self.broken: list[Exception] = []
        self.busy: list[bool] = []
        self.jobs.changed.connect(self.changed.append)
        self.jobs.failed.connect(self.failed.append)
        self.jobs.broken.connect(self.broken.append)
        self.jobs.busy.connect(self.busy.append)

    def opener(self, name: str) -> Callable[[], AbstractContextManager[Unit]]:
        @contextmanager
        def opened() -> Iterator[Unit]:
            self.notes.append(f"{name} begins")
            try:
                yield Unit(self.notes, name)
            except BaseException:
                self.notes.append(f"{name} rolled back")
                raise
            self.notes.append(f"{name} committed")

        return opened


@pytest.fixture
def desk(qapp: QObject) -> Desk:
    return Desk()


def save(kind: str) -> Callable[[Unit], str]:
    def work(unit: Unit) -> str:
        unit.touched.add(kind)
        return kind

    return work


def test_work_waits_its_turn_and_results_come_home(desk: Desk) -> None:
    desk.jobs.run(save("household"), desk.got.append)
    desk.jobs.look(lambda unit: unit.name, desk.got.append)
    assert desk.got == []
    assert desk.executor.drain() == 2
    assert desk.got == ["household", "read"]
    assert desk.notes == ["write begins", "write committed", "read begins", "read committed"]
    assert desk.changed == [frozenset({"household"})]
    assert desk.busy == [True, False]


def test_the_result_is_told_before_the_change(desk: Desk) -> None:
    order: list[str] = []
    desk.jobs.changed.connect(lambda _: order.append("changed"))
    desk.jobs.run(save("household"), lambda _: order.append("result"))
    desk.executor.drain()
    assert order == ["result", "changed"]


def test_what_lasts_is_told_although_the_work_failed(qapp: QObject) -> None:
    """A sync that breaks off has stored what came until then."""

    class Lasting:
        lasting = True
        touched = frozenset({"household"})

    executor = ManualExecutor()
    jobs: Jobs[Lasting] = Jobs(lambda: nullcontext(Lasting()), executor)
    changed: list[frozenset[str]] = []
    jobs.changed.connect(changed.append)

    def breaks_off(context: Lasting) -> None:
        raise UserError("dropped")

    jobs.run(breaks_off, lambda _: None, lambda _: None)
    executor.drain()
    assert changed == [frozenset({"household"})]


def test_an_error_goes_to_who_asked_or_to_the_window(desk: Desk) -> None:
    def refuse(unit: Unit) -> None:
        unit.touched.add("household")
        raise UserError("invalid")

    def no_room(unit: Unit) -> None:
        raise EnvironmentProblem("disk_full")

    desk.jobs.run(refuse, desk.got.append, desk.errors.append)
    desk.jobs.run(no_room, desk.got.append)
    desk.executor.drain()
    assert [error.code for error in desk.errors] == ["invalid"]
    assert [error.code for error in desk.failed] == ["disk_full"]
    assert desk.got == []
    assert desk.changed == []
    assert desk.notes[1] == "write rolled back"


def test_a_bug_is_logged_and_told_and_the_lane_goes_on(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.jobs.run(lambda unit: 1 // 0, desk.got.append, desk.errors.append)
    desk.jobs.run(lambda unit: 2, desk.got.append)
    desk.executor.drain()
    assert [type(error) for error in desk.broken] == [ZeroDivisionError]
    assert "failed" in caplog.text
    assert desk.got == [2]


def test_only_the_newest_question_is_answered(desk: Desk) -> None:
    asked: list[str] = []

    def question(text: str) -> Callable[[Unit], str]:
        def work(unit: Unit) -> str:
            asked.append(text)
            return text

        return work

    desk.jobs.latest("find", question("d"), desk.got.append)
    desk.executor.step()
    for text in ("da", "dan", "dang"):
        desk.jobs.latest("find", question(text), desk.got.append)
    desk.jobs.latest("other", question("x"), desk.got.append)
    desk.executor.drain()
    assert asked == ["d", "dang", "x"]
    assert desk.got == ["d", "dang", "x"]


def test_a_result_for_nobody_is_dropped_but_the_commit_is_told(desk: Desk) -> None:
    owner = QObject()
    desk.jobs.run(save("household"), desk.got.append, owner=owner)
    shiboken6.delete(owner)
    desk.executor.drain()
    assert desk.got == []
    assert desk.changed == [frozenset({"household"})]


def test_long_work_tells_its_way_and_stops_when_asked(desk: Desk) -> None:
    way: list[tuple[int, int, str]] = []

    def work(unit: Unit, step: Step) -> str:
        for done in range(5):
            step.check()
            step.tell(done, 5, "gói")
            if done == 2:
                job.cancel()
        return "whole"

    job = desk.jobs.long(work, desk.got.append, desk.errors.append, lambda *told: way.append(told))
    desk.executor.drain()
    assert way == [(0, 5, "gói"), (1, 5, "gói"), (2, 5, "gói")]
    assert desk.got == []
    assert desk.errors == []
    assert job.finished
    assert desk.notes == ["write begins", "write rolled back"]


def test_work_cancelled_before_its_turn_never_starts(desk: Desk) -> None:
    job = desk.jobs.run(save("household"), desk.got.append)
    job.cancel()
    desk.executor.drain()
    assert desk.notes == []
    assert job.finished
    assert desk.busy == [True, False]


def test_with_real_threads_work_is_elsewhere_and_callbacks_are_here(qtbot: QtBot) -> None:
    here = threading.get_ident()
    seen: dict[str, int] = {}

    class Opened:
        touched = frozenset({"household"})

        def __enter__(self) -> Opened:
            seen["opened"] = threading.get_ident()
            return self

        def __exit__(
            self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
        ) -> None:
            seen["closed"] = threading.get_ident()

    jobs: Jobs[Opened] = Jobs(Opened, ThreadPoolExecutor(max_workers=1))
    with qtbot.waitSignal(jobs.changed, timeout=5000):
        jobs.run(
            lambda _: seen.__setitem__("worked", threading.get_ident()),
            lambda _: seen.__setitem__("told", threading.get_ident()),
        )
    jobs.close()
    assert seen["told"] == here
    assert len({seen["opened"], seen["worked"], seen["closed"]}) == 1
    assert seen["worked"] != here


def test_cancelled_is_no_error() -> None:
    assert not issubclass(Cancelled, AppError)


def test_the_last_resort_hears_slots_and_threads(qapp: QObject, caplog: pytest.LogCaptureFixture) -> None:
    heard: list[BaseException] = []
    remove = install_last_resort(heard.append)
    try:
        thread = threading.Thread(target=lambda: [].pop())
        thread.start()
        thread.join()
    finally:
        remove()
    assert [type(error) for error in heard] == [IndexError]
    assert "unforeseen" in caplog.text


def test_what_is_asked_of_a_closed_lane_is_dropped(qtbot: QtBot) -> None:
    """A page that hears of its sync just when the desk is locked looks again."""
    desk = Desk()
    again = lambda _: desk.jobs.look(lambda _: 1, desk.got.append)  # noqa: E731
    desk.jobs.run(lambda _: desk.executor.shutdown(wait=False), again)
    desk.executor.drain()
    job = desk.jobs.latest("again", lambda _: 2, desk.got.append)
    assert job.finished
    assert desk.got == []
    assert not desk.jobs.working
