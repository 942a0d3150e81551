"""The sync that nobody asked for, in an open desk: when it begins, whom it believes, when it comes again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ntmdesk.errors import AppError, SyncProblem
from ntmdesk.services import syncing, unlocking
from ntmdesk.services.surroundings import surroundings
from ntmdesk.services.syncing import SyncNumbers
from ntmdesk.system.settings import Settings
from ntmdesk.ui import desktop
from ntmdesk.ui.desktop import Desktop
from ntmdesk.ui.lanes import Session, Worker
from ntmdesk.ui.sync_times import AFTER_RETURN, FIRST_RETRY, SPREAD, Network
from tests.fakes import ManualExecutor
from tests.ntmdesk.store.cheap_keys import cheap_keys
from tests.ntmdesk.ui.test_network_watch import Source

__all__ = ["cheap_keys"]

HERE, NONE, PAID = Network(True), Network(False), Network(True, metered=True)


class Desk:
    """A real desk whose work, network, server and clock the test holds; ``line``: what was asked of it."""

    def __init__(self, home: Path, patch: pytest.MonkeyPatch, **chosen: Any) -> None:
        self.at = 0.0
        self.line: list[str] = []
        self.answer: Callable[[], None] = lambda: None
        self.trouble: AppError | None = None
        patch.setattr(syncing, "ask_server", self._ask)
        patch.setattr(syncing, "sync", self._sync)
        opened = unlocking.create(home, "trà sen buổi sáng bên hồ", "Nguyễn Thị Hoa", surroundings(home))
        store, self._lanes = opened.store, (ManualExecutor(), ManualExecutor())
        worker, line_worker = (Worker("test", lane) for lane in self._lanes)
        worker.take(store)
        self.network = Source()
        self.desk = Desktop(
            Session(home, store.key, store.surroundings, opened.author),
            worker,
            Settings(theme="light", auto_lock_minutes=0, **chosen),
            lambda settings: None,
            lambda: None,
            line_worker,
            self.network,
        )
        self.desk.watch._seconds = lambda: self.at
        self.desk.take_settings(self.desk.settings)

    def _ask(self, store: object) -> None:
        self.line.append("asked")
        self.answer()

    def _sync(self, store: object, step: object) -> SyncNumbers:
        self.line.append("synced")
        if self.trouble is not None:
            raise self.trouble
        return SyncNumbers(0, 0, 0, 0, 0, 0, 1, 0, 0)

    def drain(self) -> None:
        """Both threads do what waits for them, also what that asks for."""
        while any([lane.drain() for lane in self._lanes]):
            pass

    @property
    def wait(self) -> float:
        """Seconds until the next sync by itself."""
        wait = self.desk.watch.times.wait(self.at)
        assert wait is not None
        return wait

    def begin(self) -> None:
        """The moment after opening has come."""
        self.desk._enrolled = True
        self.desk._begin_quiet_work()
        self.drain()

    def pass_by(self, seconds: float) -> list[str]:
        """What was asked of the line meanwhile."""
        self.line.clear()
        self.at += seconds
        self.desk._enrolled = True
        self.desk.watch.look()
        self.drain()
        return self.line

    def end(self) -> None:
        self.desk.end(wait=True)


Opening = Callable[..., Desk]


@pytest.fixture
def opened(
    qapp: QApplication, tmp_path: Path, cheap_keys: object, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Opening]:
    desks: list[Desk] = []

    def open_desk(**chosen: Any) -> Desk:
        desks.append(Desk(tmp_path / "nhà", monkeypatch, **chosen))
        return desks[0]

    yield open_desk
    for desk in desks:
        desk.end()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def about(seconds: float) -> Any:
    """From ``seconds`` to as much more as chance may add."""
    return pytest.approx(seconds * (1 + SPREAD / 2), abs=seconds * SPREAD / 2 + 0.001)


def test_a_first_sync_begins_by_itself_after_opening(
    qtbot: QtBot, opened: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desktop, "FIRST_TRY_MS", 0)
    desk = opened()
    desk.desk.show()
    desk.desk._enrolled = True
    qtbot.waitUntil(lambda: desk.desk._syncing)
    desk.drain()
    assert desk.line == ["asked", "synced"]
    assert desk.wait == about(15 * 60)


def test_no_sync_begins_by_itself_where_the_person_chose_by_hand(opened: Opening) -> None:
    desk = opened(sync_minutes=0)
    desk.begin()
    assert desk.line == []
    assert desk.pass_by(10**6) == []


def test_that_there_is_a_network_is_not_believed_before_the_server_has_answered(opened: Opening) -> None:
    desk = opened()

    def nobody() -> None:
        raise SyncProblem("dns")

    desk.answer = nobody
    desk.begin()
    assert desk.line == ["asked"], "no whole sync before an answer"
    assert desk.wait == about(FIRST_RETRY)
    assert desk.pass_by(FIRST_RETRY * (1 + SPREAD)) == ["asked"]
    desk.answer = lambda: None
    assert desk.pass_by(2 * FIRST_RETRY * (1 + SPREAD)) == ["asked", "synced"]
    assert desk.pass_by(15 * 60 * (1 + SPREAD)) == ["synced"], "it was heard of, and the network is the same"
    desk.network.say(NONE)
    desk.network.say(HERE)
    assert desk.pass_by(AFTER_RETURN * (1 + SPREAD)) == ["asked", "synced"]


@pytest.mark.parametrize("where", ["the question", "the sync"])
def test_a_server_that_asks_for_an_hour_gets_it_from_the_desk_too(opened: Opening, where: str) -> None:
    desk = opened()
    busy = SyncProblem("busy", retry_after=3600)

    def refuse() -> None:
        raise busy

    if where == "the question":
        desk.answer = refuse
    else:
        desk.trouble = busy
    desk.begin()
    assert desk.line[-1] == ("asked" if where == "the question" else "synced")
    assert desk.wait == about(3600)
    assert desk.pass_by(3599) == []


def test_on_a_paid_line_nothing_begins_by_itself_if_the_person_says_so(opened: Opening) -> None:
    desk = opened(pause_metered=True)
    desk.network.network = PAID
    desk.begin()
    assert desk.line == []
    assert desk.pass_by(10**6) == []
    assert desk.desk._known() == "metered"
    desk.network.say(HERE)
    assert desk.pass_by(AFTER_RETURN * (1 + SPREAD)) == ["asked", "synced"]


def test_on_a_paid_line_it_begins_where_the_person_did_not_say_otherwise(opened: Opening) -> None:
    desk = opened()
    desk.network.network = PAID
    desk.begin()
    assert desk.line == ["asked", "synced"]
