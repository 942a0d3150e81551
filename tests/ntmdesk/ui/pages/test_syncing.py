"""Sync: state in words, a sync that fails calmly, refused values mended, conflicts settled, joining."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ntmdesk.errors import SyncProblem
from ntmdesk.services import enrolling, syncing
from ntmdesk.services.clock import note_server_time, seconds_ahead
from ntmdesk.services.enrolling import Enrolled
from ntmdesk.services.syncing import Status, SyncNumbers
from ntmdesk.store.surroundings import Author
from ntmdesk.ui.messages import sentence
from ntmdesk.ui.pages.syncing import SyncingPage
from sync.protocol.dots import Dot
from tests.ntmdesk.after_sync import changed_elsewhere
from tests.ntmdesk.ui.accessibility import walk
from tests.ntmdesk.ui.pages.line import line_of
from tests.ntmdesk.ui.pages.showing import Told, show
from tests.ntmdesk.ui.pages.village import Village, village

__all__ = ["village"]
Opened = Callable[..., tuple[SyncingPage, Told]]
NUMBERS = SyncNumbers(143, 143, 0, 12, 0, 0, 2, 9000, 4000)


@pytest.fixture
def joined() -> list[Author]:
    return []


@pytest.fixture
def opened(qtbot: QtBot, village: Village, joined: list[Author]) -> Opened:
    def make(argument: object = None) -> tuple[SyncingPage, Told]:
        page = SyncingPage(village.jobs, line_of(village), village.catalogue, village.today, joined.append)
        return page, show(qtbot, page, village, argument)

    return make


@pytest.fixture
def enrolled(monkeypatch: pytest.MonkeyPatch) -> None:
    """A laptop that has joined, with records waiting."""

    def status(uow: Any) -> Status:
        return Status(23, 0, 0, "2026-11-22T06:00:00+00:00", 3 * 86_400, True, "t", "leader", "r", "e")

    monkeypatch.setattr(syncing, "status", status)


def test_alone_the_page_offers_to_join_and_nothing_to_sync(opened: Opened) -> None:
    page, _ = opened()
    assert page.join_button.isVisibleTo(page)
    assert not page.sync_button.isVisibleTo(page)
    assert "chưa vào tổ" in page.sentence.text()
    walk(page)


def test_a_team_without_a_server_is_told_how_to_hand_over(
    opened: Opened, village: Village, tmp_path: Path
) -> None:
    with village.begin() as uow:
        uow.mates.found_team("0190aaaa-0000-7000-8000-000000000009")
        uow.peers.note_run("", {"road": "point", "device": "unknown", "received": 3})
        uow.peers.note_run("", {"road": "room", "point": "Điểm thu AB12", "sent": 2})
        uow.peers.note_run("", {"road": "copied", "sent": 5})
        uow.peers.note_run("", {"road": "stick", "device": "", "received": 0})
    page, _ = opened()
    assert page.sentence.text() == "Tổ chưa có máy chủ"
    assert "USB" in page.detail.text()
    lines = [entry.detail for entry in page.past.entries()]
    assert lines == [
        "đã nhận từ USB · không có gì mới",
        "đã chép 5 bản ghi ra USB",
        "đã nộp ở Điểm thu AB12 · 2 đã gửi",
        "Một thành viên đã nộp tại máy này · 3 về máy",
    ]


def test_what_waits_is_said_large(opened: Opened, enrolled: None) -> None:
    page, _ = opened()
    assert page.sentence.text() == "23 bản ghi chờ gửi"
    assert "3 ngày" in page.detail.text()
    assert not page.join_button.isVisibleTo(page)


def test_being_offline_is_told_calmly_and_the_button_comes_back(
    opened: Opened, village: Village, enrolled: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sync(store: Any, step: Any, **_: bool) -> SyncNumbers:
        raise SyncProblem("offline")

    monkeypatch.setattr(syncing, "sync", sync)
    page, _ = opened({"sync": "now"})
    assert page._banner.property("tone") == "info"
    assert page.told_words
    assert page.sync_button.isEnabled()


def test_a_sync_tells_what_was_receipted(
    opened: Opened, village: Village, enrolled: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[int, int]] = []

    def sync(store: Any, step: Any, **_: bool) -> SyncNumbers:
        step.tell(50, 143, "send")
        told.append((50, 143))
        with store.begin(village.author) as uow:
            uow.peers.note_run("", NUMBERS.document())
        return NUMBERS

    monkeypatch.setattr(syncing, "sync", sync)
    page, _ = opened()
    page.sync_button.click()
    village.drain()
    assert told
    assert "Gửi 143, máy chủ nhận 143" in page.told_words
    assert "gửi 143, máy chủ nhận 143" in page.past.entries()[0].detail


def test_a_stopped_sync_frees_the_page(opened: Opened, village: Village, enrolled: None) -> None:
    page, _ = opened()
    page.sync_now()
    assert not page.sync_button.isEnabled()
    page.stop()
    village.drain()
    assert page.sync_button.isEnabled()
    assert page.told_words


def test_joining_needs_both_and_then_tells_who_the_person_is(
    opened: Opened, village: Village, joined: list[Author], monkeypatch: pytest.MonkeyPatch
) -> None:
    leader = Author(village.author.person, village.author.name, "leader")
    monkeypatch.setattr(enrolling, "enrol", lambda *_: Enrolled("t", "leader", "d", 96))
    monkeypatch.setattr(enrolling, "author_after", lambda *_: leader)
    page, _ = opened()
    page.join_button.click()
    assert page.told_words
    page.url.setText("https://xa.example.vn")
    page.code.setText("AB12-CD34")
    page.join_button.click()
    village.drain()
    assert joined == [leader]
    assert "96" in page.told_words


def test_joined_without_a_first_sync_is_told_as_joined_and_why(
    opened: Opened, village: Village, joined: list[Author], monkeypatch: pytest.MonkeyPatch
) -> None:
    member = Author(village.author.person, village.author.name, "member")
    broken = SyncProblem("dropped")
    monkeypatch.setattr(enrolling, "enrol", lambda *_: Enrolled("t", "member", "d", 5, broken))
    monkeypatch.setattr(enrolling, "author_after", lambda *_: member)
    page, _ = opened()
    page.url.setText("https://xa.example.vn")
    page.code.setText("AB12-CD34")
    page.join_button.click()
    village.drain()
    assert joined == [member]
    assert page.told_words.startswith("Đã vào tổ; 5 bản ghi về máy.")
    assert sentence(broken) in page.told_words
    assert "không cần gõ mã" in page.told_words
    assert page._banner.property("tone") == "amber"
    assert page.code.text() == ""


def refuse(village: Village, name: str) -> str:
    home = village.homes[name]
    with village.begin() as uow:
        dot = uow.records.dots("household", home)["members_n"]
        uow.peers.set_aside(
            "household", home, "members_n", Dot(*dot), 3, "too_large", village.author.person, 1_763_000_000
        )
    return home


def mend(page: SyncingPage, text: str) -> None:
    control: Any = page.inbox.refused.fixed.editors["members_n"].control
    control.selectAll()
    QTest.keyClicks(control, text)


def test_a_refused_value_says_why_and_is_mended_on_the_spot(opened: Opened, village: Village) -> None:
    home = refuse(village, "Lê Thị Phượng")
    page, _ = opened()
    assert page.inbox.tabs.current() is page.inbox.refused
    walk(page)
    entry = page.inbox.refused.list.entries()[0]
    assert "Lê Thị Phượng" in entry.title
    assert page.inbox.refused._why.text()
    mend(page, "4")
    page.inbox.refused.send_button.click()
    village.drain()
    assert village.ask(syncing.refused) == []
    with village.look() as uow:
        assert uow.records.get("household", home)["members_n"] == 4


def test_a_refused_value_is_not_everything_receipted(opened: Opened) -> None:
    page, _ = opened()
    status = Status(0, 1, 0, "2026-11-22T07:00:00+00:00", None, True, "t", "member", "a" * 16, "e")
    assert page._state_words(status, False) == "Máy chủ từ chối một phần của 1 bản ghi"
    assert page._detail_words(status, False).endswith("sửa ở bên dưới rồi gửi lại")
    assert page._state_words(replace(status, refused=0), False) == "Máy chủ đã nhận đủ"


def test_a_wrong_clock_is_told_with_what_to_do(opened: Opened, village: Village) -> None:
    page, _ = opened()
    assert not page.clock.isVisibleTo(page)
    with village.begin() as uow:
        note_server_time(uow, int(uow.now().timestamp()) + 3_652 * 86_400)
    page.refresh()
    village.drain()
    assert page.clock.isVisibleTo(page)
    assert page.clock.text().startswith("Đồng hồ máy này chậm 3652 ngày so với máy chủ. Sửa ngày giờ")
    with village.begin() as uow:
        note_server_time(uow, int(uow.now().timestamp()) - 3_700)
    assert village.ask(seconds_ahead) == 3_700
    with village.begin() as uow:
        note_server_time(uow, 0)  # nobody answered
    assert village.ask(seconds_ahead) == 3_700
    with village.begin() as uow:
        note_server_time(uow, int(uow.now().timestamp()) - 60)
    page.refresh()
    village.drain()
    assert not page.clock.isVisibleTo(page)


def test_a_refused_deletion_can_be_given_up_only(opened: Opened, village: Village) -> None:
    home = village.homes["Lê Thị Phượng"]
    with village.begin() as uow:
        value: Any = [[["lane"], {"a" * 16: 1}]]
        uow.peers.set_aside("household", home, "_deleted", Dot(9, "a" * 16), value, "not_your_role", "", 1)
    page, _ = opened()
    inbox = page.inbox.refused
    assert inbox.list.entries()[0].detail.endswith("Xóa bản ghi")
    assert inbox._why.text().startswith("Việc này dành cho tổ trưởng.")
    assert (inbox.send_button.isVisibleTo(page), inbox._value.isVisibleTo(page)) == (False, False)
    assert inbox.drop_button.isVisibleTo(page)


def test_a_refused_text_is_shown_whole_and_its_bound_is_told(opened: Opened, village: Village) -> None:
    home = village.homes["Lê Thị Phượng"]
    with village.begin() as uow:
        dot = Dot(*uow.records.dots("household", home)["head_name"])
        person = village.author.person
        uow.peers.set_aside("household", home, "head_name", dot, "x" * 101, "too_long", person, 1)
    page, _ = opened()
    control: Any = page.inbox.refused.fixed.editors["head_name"].control
    assert control.text() == "x" * 101
    for _ in range(2):  # as it is the services judge it, typed anew the field itself
        page.inbox.refused.send_button.click()
        village.drain()
        assert page.inbox.refused._banner.text.endswith("Dài quá: tối đa 100 ký tự.")
        control.setText("y" * 101)
    assert len(village.ask(syncing.refused)) == 1


def test_a_wrong_mend_is_told_and_keeps_the_item(opened: Opened, village: Village) -> None:
    refuse(village, "Lê Thị Phượng")
    page, _ = opened()
    mend(page, "nhieu")
    page.inbox.refused.send_button.click()
    village.drain()
    assert len(village.ask(syncing.refused)) == 1
    assert page.inbox.refused._banner.text


def disagree(village: Village, name: str) -> str:
    home = village.homes[name]
    with village.begin() as uow:
        seen = uow.records.dots("household", home)
        uow.records.set("household", home, {"members_n": 5}, seen)
    with village.begin() as uow:
        uow.records.set("household", home, {"members_n": 6}, seen)
    return home


def test_two_values_stand_side_by_side_and_one_is_kept(opened: Opened, village: Village) -> None:
    home = disagree(village, "Đặng Quý")
    page, told = opened()
    assert len(page.inbox.conflicts.keep_buttons) == 2
    walk(page)
    five = next(b for b in page.inbox.conflicts.keep_buttons if b.accessibleDescription() == "5")
    five.click()
    village.drain()
    with village.look() as uow:
        assert uow.records.get("household", home)["members_n"] == 5
        assert uow.records.conflicts() == []
    told.undo[-1][1]()
    village.drain()


def test_two_values_stand_side_by_side_in_a_small_window_too(opened: Opened, village: Village) -> None:
    disagree(village, "Trần Văn Đức")
    page, _ = opened()
    for width in (1104, 752):
        page.resize(width, 520)
        QApplication.processEvents()
        QApplication.processEvents()
        one, other = page.inbox.conflicts.sides.keep_buttons
        assert one.mapTo(page, QPoint()).y() == other.mapTo(page, QPoint()).y(), width


def test_another_value_can_be_typed(opened: Opened, village: Village) -> None:
    home = disagree(village, "Đặng Quý")
    page, _ = opened()
    editor = page.inbox.conflicts.another.editors["members_n"]
    assert not page.inbox.conflicts.keep_typed.isEnabled()
    editor.control.selectAll()
    QTest.keyClicks(editor.control, "7")
    page.inbox.conflicts.keep_typed.click()
    village.drain()
    with village.look() as uow:
        assert uow.records.get("household", home)["members_n"] == 7
        assert uow.records.conflicts() == []


def test_a_value_given_up_is_taken_up_again(opened: Opened, village: Village) -> None:
    refuse(village, "Lê Thị Phượng")
    page, told = opened()
    page.inbox.refused.drop_button.click()
    village.drain()
    assert village.ask(syncing.refused) == []
    told.undo[-1][1]()
    village.drain()
    assert len(village.ask(syncing.refused)) == 1
    assert "Lê Thị Phượng" in page.inbox.refused.list.entries()[0].title


def test_all_refused_values_go_into_a_file(opened: Opened, village: Village, tmp_path: Path) -> None:
    refuse(village, "Lê Thị Phượng")
    page, _ = opened()
    page.inbox.refused.ask_path = lambda name: tmp_path / name
    page.inbox.refused.export_button.click()
    village.drain()
    (written,) = tmp_path.glob("*.csv")
    assert "Lê Thị Phượng" in written.read_text("utf-8-sig")
    assert "1" in page.inbox.refused._banner.text


def test_what_came_before_a_break_is_told_to_every_page(
    opened: Opened, village: Village, enrolled: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sync(store: Any, step: Any, **_: bool) -> SyncNumbers:
        changed_elsewhere(village, "household", village.homes["Đặng Quý"], {"lane": "Ngõ 8"})
        raise SyncProblem("dropped")

    monkeypatch.setattr(syncing, "sync", sync)
    page, _ = opened()
    changed: list[frozenset[str]] = []
    page._line.changed.connect(changed.append)
    page.sync_now()
    village.drain()
    assert changed
    assert "household" in changed[0]


def test_a_try_without_a_line_refreshes_nothing(
    opened: Opened, village: Village, enrolled: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sync(store: Any, step: Any, **_: bool) -> SyncNumbers:
        raise SyncProblem("offline")

    monkeypatch.setattr(syncing, "sync", sync)
    page, _ = opened()
    changed: list[frozenset[str]] = []
    page._line.changed.connect(changed.append)
    page.sync_now()
    village.drain()
    assert changed == []
