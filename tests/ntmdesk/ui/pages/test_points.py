"""A collection point in the window: opened, shown, closed; and a member that gives in at one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
import segno
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ntmdesk.errors import AppError, SyncProblem
from ntmdesk.services import collection_point, meeting
from ntmdesk.services.collection_point import Delivered, PointStatus
from ntmdesk.services.meeting import FoundPoint, MeetingNumbers
from ntmdesk.ui import theme
from ntmdesk.ui.jobs import Jobs
from ntmdesk.ui.pages.collection_point import CollectionPointPage
from ntmdesk.ui.pages.meet_point import PATIENCE, MeetPointPage
from ntmdesk.ui.pages.syncing import SyncingPage
from ntmdesk.ui.point_keeper import PointKeeper
from ntmdesk.ui.widgets.qr_picture import QUIET, QrPicture
from tests.fakes import ManualExecutor
from tests.ntmdesk.ui.accessibility import walk
from tests.ntmdesk.ui.pages.line import line_of
from tests.ntmdesk.ui.pages.showing import Told, press, show
from tests.ntmdesk.ui.pages.village import Village, village

__all__ = ["village"]

STATUS = PointStatus(
    name="Điểm thu 7KQF",
    code="7KQF-2M9X-PP3T-34ZC",
    fingerprint="ab" * 32,
    qr="NTMP1:" + "AB" * 32 + ":192.0.2.7:8765",
    addresses=("192.0.2.7:8765",),
    announced=True,
    idle_left=899,
    ended_by="",
    trouble="",
    delivered=(),
)
LAN = Delivered("d1", "Lê Thị Lan", 2, 31, "2026-11-22T07:05:00+00:00")


class Lanes:
    """Both lanes on one executor, whose work runs when the test says so; no store behind them."""

    def __init__(self) -> None:
        self.executor = ManualExecutor()
        self.stream = "0190aaaa"

        @contextmanager
        def opened() -> Iterator[Any]:
            yield SimpleNamespace(store=None, everything_changed=lambda: None, stream=lambda: self.stream)

        self.jobs: Jobs[Any] = Jobs(opened, self.executor)

    def drain(self) -> None:
        self.executor.drain()
        QApplication.processEvents()


@pytest.fixture
def lanes() -> Lanes:
    return Lanes()


class Point:
    """Stands for an open point."""

    def __init__(self) -> None:
        self.now = STATUS
        self.closed: list[bool] = []

    def status(self) -> PointStatus:
        return self.now

    def close(self, wait: bool = True) -> None:
        self.closed.append(wait)
        if not self.now.ended_by:
            self.now = replace(self.now, ended_by="closed")


class Leader:
    """The keeper, its page and the point behind them."""

    def __init__(self, qtbot: QtBot, lanes: Lanes, monkeypatch: pytest.MonkeyPatch) -> None:
        self.point = Point()
        self.lanes = lanes
        self.error: AppError | None = None
        self.changed: Callable[[], None] = lambda: None
        monkeypatch.setattr(collection_point, "open_point", self._open)
        self.keeper = PointKeeper(lanes.jobs, lambda: None)  # type: ignore[arg-type,return-value]
        self.page = CollectionPointPage(self.keeper)
        self.told = show(qtbot, self.page, lanes)  # type: ignore[arg-type]

    def _open(self, reopen: object, changed: Callable[[], None]) -> Point:
        if self.error is not None:
            raise self.error
        self.changed = changed
        return self.point

    def open(self) -> None:
        self.page.open_button.click()
        self.lanes.drain()

    def say(self, **changes: Any) -> None:
        """The point is otherwise now, and is looked at."""
        self.point.now = replace(self.point.now, **changes)
        self.keeper._clock.timeout.emit()


@pytest.fixture
def leader(qtbot: QtBot, lanes: Lanes, monkeypatch: pytest.MonkeyPatch) -> Iterator[Leader]:
    made = Leader(qtbot, lanes, monkeypatch)
    yield made
    made.keeper.close()


def test_an_open_point_shows_code_address_and_qr_to_everybody(leader: Leader) -> None:
    walk(leader.page)
    assert leader.page.open_button.hasFocus()
    press(Qt.Key.Key_Return, leader.lanes, control=True)
    assert leader.keeper.is_open
    page = leader.page
    assert (page.code.text(), page.addresses.text(), page.qr.text) == (
        STATUS.code,
        STATUS.addresses[0],
        STATUS.qr,
    )
    assert "tự thấy" in page.found.text()
    assert "15 phút" in page._idle.text()
    assert page.close_button.hasFocus()
    walk(page)


def test_who_has_delivered_is_listed_with_counts(leader: Leader) -> None:
    leader.open()
    leader.say(delivered=(LAN, Delivered("0123456789", "", 1, 1, "2026-11-22T07:04:00+00:00")))
    first, second = leader.page.list.entries()
    assert (first.title, first.pill, first.detail) == ("Lê Thị Lan", "31 bản ghi", "2 lần · 22/11/2026 14:05")
    assert second.title == "Máy 01234567"


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"announced": False}, "gõ thêm địa chỉ"), ({"addresses": ()}, "chưa nối mạng")],
)
def test_a_network_that_hides_the_point_is_told_calmly(
    leader: Leader, changes: dict[str, Any], words: str
) -> None:
    leader.open()
    leader.say(**changes)
    assert words in leader.page.found.text()
    assert leader.page.addresses.isVisibleTo(leader.page) == ("addresses" not in changes)


def test_trouble_of_this_laptop_is_told_while_it_lasts(leader: Leader) -> None:
    leader.open()
    leader.say(trouble="disk_full")
    assert "Ổ đĩa đầy" in leader.page.trouble.text()
    leader.say(trouble="")
    assert not leader.page.trouble.isVisibleTo(leader.page)


def test_closing_and_opening_anew(leader: Leader) -> None:
    leader.open()
    leader.say(delivered=(LAN,))
    leader.page.close_button.click()
    assert leader.point.closed == [False]
    assert "1 máy đã gửi" in leader.page.told_words
    assert leader.page.open_button.hasFocus()
    assert not leader.keeper.is_open
    leader.point = Point()
    leader.open()
    assert leader.keeper.is_open
    assert leader.page.list.entries() == []


@pytest.mark.parametrize(("how", "words"), [("idle", "15 phút không có ai gửi"), ("failed", "dừng vì lỗi")])
def test_a_point_that_ended_by_itself_says_why(leader: Leader, how: str, words: str) -> None:
    leader.open()
    leader.say(ended_by=how)
    assert words in leader.page.told_words
    assert leader.page.open_button.isVisibleTo(leader.page)
    assert not leader.keeper.is_open


def test_a_point_that_cannot_be_opened_gives_the_button_back(leader: Leader) -> None:
    leader.error = SyncProblem("cannot_listen", port=8765)
    leader.open()
    assert "8765" in leader.page.told_words
    assert leader.page.open_button.isEnabled()
    leader.error = None
    leader.open()
    assert leader.keeper.is_open


def test_a_laptop_without_a_team_is_told_to_join_one(leader: Leader) -> None:
    leader.lanes.stream = ""
    leader.open()
    assert "chưa tham gia tổ" in leader.page.told_words
    assert not leader.keeper.is_open


def test_records_that_came_are_told_to_the_window(leader: Leader, qtbot: QtBot) -> None:
    leader.open()
    with qtbot.waitSignal(leader.keeper.records_came):
        leader.changed()


def test_the_end_of_the_desk_closes_the_point_and_opens_no_other(leader: Leader) -> None:
    leader.open()
    leader.keeper.close(wait=True)
    assert leader.point.closed == [True]
    leader.page.open_now()
    leader.lanes.drain()
    assert not leader.keeper.is_open


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_the_picture_is_the_code_module_for_module(qtbot: QtBot, qapp: Any, mode: str) -> None:
    theme.apply(qapp, mode, 1.0)
    picture = QrPicture("mã")
    qtbot.addWidget(picture)
    picture.show_text(STATUS.qr)
    rows = tuple(bytes(row) for row in segno.make_qr(STATUS.qr, error="m").matrix)
    size = 6
    side = size * (len(rows) + 2 * QUIET)
    picture.resize(side, side)
    image = picture.grab().toImage()
    for down in range(-QUIET + 1, len(rows) + QUIET - 1):
        for across in range(-QUIET + 1, len(rows) + QUIET - 1):
            inside = 0 <= down < len(rows) and 0 <= across < len(rows)
            dark = inside and bool(rows[down][across])
            at = [(QUIET + n) * size + size // 2 for n in (across, down)]
            assert (image.pixel(*at) & 0xFFFFFF) == (0 if dark else 0xFFFFFF), (mode, down, across)


class Room:
    """Stands for a search of the room."""

    def __init__(self) -> None:
        self.found: list[FoundPoint] = []
        self.closed = 0

    def points(self) -> list[FoundPoint]:
        return self.found

    def close(self) -> None:
        self.closed += 1


NUMBERS = MeetingNumbers("Điểm thu 7KQF", 23, 12, 0, 1, 23, 9000, 4000)


class Member:
    """The page of a member, the room around it and the meetings it had."""

    def __init__(self, qtbot: QtBot, lanes: Lanes, monkeypatch: pytest.MonkeyPatch) -> None:
        self.room = Room()
        self.lanes = lanes
        self.met: list[tuple[str, str]] = []
        self.error: AppError | None = None
        self.numbers = NUMBERS
        self.search_error: AppError | None = None
        monkeypatch.setattr(meeting, "meet", self._meet)
        self.page = MeetPointPage(lanes.jobs, lanes.jobs, self._search)  # type: ignore[arg-type]
        self.qtbot = qtbot

    def _search(self) -> Room:
        if self.search_error is not None:
            raise self.search_error
        return self.room

    def _meet(self, store: object, code: str, address: str, step: Any) -> MeetingNumbers:
        self.met.append((code, address))
        step.tell(0, 23, "send")
        if self.error is not None:
            raise self.error
        return self.numbers

    def show(self) -> Told:
        return show(self.qtbot, self.page, self.lanes)  # type: ignore[arg-type]

    def give_in(self, code: str = "7kqf 2m9x pp3t 34zc") -> None:
        self.page.code.setText(code)
        self.page.meet_button.click()
        self.lanes.drain()


@pytest.fixture
def member(qtbot: QtBot, lanes: Lanes, monkeypatch: pytest.MonkeyPatch) -> Iterator[Member]:
    made = Member(qtbot, lanes, monkeypatch)
    yield made
    made.page.leave()
    lanes.drain()


def test_points_of_the_room_appear_and_go_while_one_looks(member: Member) -> None:
    member.show()
    assert member.page.code.hasFocus()
    assert "Đang tìm" in member.page.found.text()
    member.room.found = [
        FoundPoint("Điểm thu 7KQF", ("192.0.2.7:8765", "10.0.0.7:8765"), True),
        FoundPoint("Điểm thu 9XYZ", ("192.0.2.9:8765",), False),
    ]
    member.page._clock.timeout.emit()
    first, second = member.page.list.entries()
    assert (first.title, first.detail) == ("Điểm thu 7KQF", "192.0.2.7:8765   10.0.0.7:8765")
    assert "bản mới" in second.detail
    walk(member.page)
    member.room.found = []
    member.page._clock.timeout.emit()
    assert "Đang tìm" in member.page.found.text()


def test_a_point_of_the_list_is_tried_at_all_its_addresses(member: Member) -> None:
    member.room.found = [FoundPoint("Điểm thu 7KQF", ("192.0.2.7:8765", "10.0.0.7:8765"), True)]
    member.show()
    member.page.list.setFocus()
    press(Qt.Key.Key_Return, member.lanes)
    assert member.page.address.text() == "192.0.2.7:8765"
    member.give_in()
    assert member.met == [("7kqf 2m9x pp3t 34zc", "192.0.2.7:8765 10.0.0.7:8765")]


def test_what_came_of_it_is_said_in_words(member: Member) -> None:
    member.show()
    member.page.address.setText("192.0.2.1:8765")
    member.give_in()
    assert member.met == [("7kqf 2m9x pp3t 34zc", "192.0.2.1:8765")]
    for words in ("Điểm thu 7KQF đã nhận 23 bản ghi", "12 bản ghi về máy này", "1 mục cần chọn"):
        assert words in member.page.told_words
    assert member.page.code.text() == ""
    assert member.page.meet_button.isEnabled()


def test_a_twin_that_was_noticed_is_told(member: Member) -> None:
    member.numbers = replace(NUMBERS, clone=True)
    member.show()
    member.give_in()
    assert "đang chạy ở hai máy" in member.page.told_words
    assert member.page._banner.property("tone") == "amber"


def test_a_slip_in_the_code_is_told_before_anything_is_sent(member: Member) -> None:
    member.show()
    member.give_in("7KQF")
    assert "16 chữ và số" in member.page.told_words
    assert member.met == []
    assert member.page.code.hasFocus()


@pytest.mark.parametrize(
    ("code", "tone"), [("point_closed", "info"), ("point_dropped", "info"), ("wrong_point", "amber")]
)
def test_a_failure_says_what_to_do_and_keeps_what_was_typed(member: Member, code: str, tone: str) -> None:
    member.error = SyncProblem(code)
    member.show()
    member.give_in()
    assert member.page._banner.property("tone") == tone
    assert member.page.code.text()
    assert member.page.meet_button.isEnabled()


def test_a_network_without_discovery_offers_typing(member: Member) -> None:
    member.search_error = SyncProblem("no_discovery")
    member.show()
    assert "Gõ địa chỉ" in member.page.found.text()


def test_a_room_that_stays_empty_offers_typing(member: Member) -> None:
    member.show()
    for _ in range(PATIENCE):
        member.page._clock.timeout.emit()
    assert "Gõ địa chỉ" in member.page.found.text()
    member.room.found = [FoundPoint("Điểm thu 7KQF", ("192.0.2.7:8765",), True)]
    member.page._clock.timeout.emit()
    assert not member.page.found.isVisibleTo(member.page)


def test_it_can_be_stopped(member: Member) -> None:
    member.show()
    member.page.code.setText("7kqf 2m9x pp3t 34zc")
    member.page.meet_now()
    assert not member.page.meet_button.isEnabled()
    member.page.stop()
    member.lanes.drain()
    assert member.page.meet_button.isEnabled()
    assert "Không mất gì" in member.page.told_words


def test_looking_ends_with_the_page(member: Member) -> None:
    member.show()
    member.page.leave()
    member.lanes.drain()
    assert member.room.closed == 1
    member.page.arrive()
    member.page.leave()
    member.lanes.drain()
    assert member.room.closed == 2


def test_the_sync_page_leads_to_both(qtbot: QtBot, village: Village) -> None:
    page = SyncingPage(village.jobs, line_of(village), village.catalogue, village.today)
    told = show(qtbot, page, village)
    for card in page.room.cards:
        card.click()
    assert told.gone[:2] == [("meet_point", None), ("collection_point", None)]
