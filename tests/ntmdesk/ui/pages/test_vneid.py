"""VNeID: order, moving by key and by form, reasons, following somebody, undo."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from ntmdesk.services import home, records, vneid
from ntmdesk.ui.pages.home_tasks import task_line
from ntmdesk.ui.pages.vneid import VneidPage
from ntmdesk.ui.pages.vneid_case import step_from
from tests.ntmdesk.ui.accessibility import walk
from tests.ntmdesk.ui.pages.showing import Told, press, show
from tests.ntmdesk.ui.pages.village import Village, village

__all__ = ["village"]
Opened = Callable[..., tuple[VneidPage, Told]]


@pytest.fixture
def opened(qtbot: QtBot, village: Village) -> Opened:
    def make(argument: object = None) -> tuple[VneidPage, Told]:
        page = VneidPage(village.jobs, village.catalogue)
        return page, show(qtbot, page, village, argument)

    return make


def status_of(village: Village, name: str) -> dict[str, object]:
    with village.look() as uow:
        rows = uow.records.list("vneid_case", where={"resident": village.people[name]}).rows
    return dict(rows[0])


def test_overdue_stands_first_and_the_clock_is_in_the_row(opened: Opened) -> None:
    page, _ = opened()
    entries = [e for e in page.list.entries() if e.key is not None]
    assert [e.title for e in entries] == ["Phạm Thị Ái", "Trần Văn Đức", "Đặng Thị Hồng"]
    assert [e.tone for e in entries] == ["danger", "amber", "info"]
    assert "2" in entries[0].pill
    assert "2" in entries[1].pill
    assert "24/11" in entries[2].pill


def test_who_is_in_the_trash_or_has_not_come_yet_is_told_so(opened: Opened, village: Village) -> None:
    village.do(records.delete, "resident", village.people["Phạm Thị Ái"])
    page, _ = opened()
    titles = [e.title for e in page.list.entries() if e.key is not None]
    assert titles == ["Phạm Thị Ái (trong thùng rác)", "Trần Văn Đức", "Đặng Thị Hồng"]
    tasks = village.ask(home.tasks)
    assert task_line(tasks[0], village.catalogue).title.startswith("Phạm Thị Ái (trong thùng rác)")
    unknown = replace(tasks[0], title="", lane="", data={})
    assert task_line(unknown, village.catalogue).title == "người chưa có bản ghi ở máy này"


def test_every_control_can_be_read_aloud(opened: Opened) -> None:
    walk(opened()[0])


def test_ctrl_right_moves_a_person_on_and_undo_takes_it_back(opened: Opened, village: Village) -> None:
    page, told = opened()
    page.list.setFocus()
    press(Qt.Key.Key_Right, village, control=True)
    assert status_of(village, "Phạm Thị Ái")["status"] == "l2_active"
    words, undo = told.undo[-1]
    assert "Phạm Thị Ái" in words
    undo()
    village.drain()
    assert status_of(village, "Phạm Thị Ái")["status"] == "l2_granted"


def test_a_step_back_wants_a_reason(opened: Opened, village: Village) -> None:
    page, _ = opened(village.people["Trần Văn Đức"])
    page.list.setFocus()
    press(Qt.Key.Key_Left, village, control=True)
    assert page.panel.status.currentData() == "l2_collected"
    page.panel.move_button.click()
    village.drain()
    assert status_of(village, "Trần Văn Đức")["status"] == "l2_granted"
    page.panel.reason.setText("Công an báo chụp lại ảnh")
    page.panel.move_button.click()
    village.drain()
    after = status_of(village, "Trần Văn Đức")
    assert after["status"] == "l2_collected"
    assert "chụp lại ảnh" in str(after["notes"])


def test_an_appointment_wants_a_day(opened: Opened, village: Village) -> None:
    village.do(vneid.open_case, village.people["Đặng Quý"], "l1_granted")
    page, _ = opened(village.people["Đặng Quý"])
    page.list.setFocus()
    press(Qt.Key.Key_Right, village, control=True)
    page.panel.move_button.click()
    village.drain()
    assert status_of(village, "Đặng Quý")["status"] == "l1_granted"
    page.panel.appointment.set_date(date(2026, 11, 26))
    page.panel.place.setText("Công an xã")
    page.panel.move_button.click()
    village.drain()
    after = status_of(village, "Đặng Quý")
    assert (after["status"], after["appointment_date"]) == ("l2_appointment", "2026-11-26")


def test_a_failed_attempt_keeps_the_status_and_says_why(opened: Opened, village: Village) -> None:
    page, _ = opened(village.people["Trần Văn Đức"])
    page.panel.fail_button.click()
    village.drain()
    assert status_of(village, "Trần Văn Đức").get("failure_reason") is None
    page.panel.failure.setCurrentIndex(page.panel.failure.findData("F15"))
    page.panel.fail_button.click()
    village.drain()
    after = status_of(village, "Trần Văn Đức")
    assert (after["status"], after["failure_reason"]) == ("l2_granted", "F15")
    shown = next(e for e in page.list.entries() if e.title == "Trần Văn Đức")
    assert "sóng" in shown.detail


def test_typing_a_name_without_marks_follows_a_person(opened: Opened, village: Village) -> None:
    page, told = opened()
    page.add.edit.setFocus()
    press("dang quy", village)
    press(Qt.Key.Key_Return, village)
    assert status_of(village, "Đặng Quý")["status"] == "none"
    assert page.list.current() == status_of(village, "Đặng Quý")["id"]
    assert told.undo


def test_coming_for_somebody_not_followed_offers_to_begin(opened: Opened, village: Village) -> None:
    page, _ = opened({"resident": village.people["Đặng Quý"]})
    walk(page)
    with village.look() as uow:
        assert uow.records.count("vneid_case") == 3
    page.panel.follow_asked.emit(page.panel._stranger_id)
    village.drain()
    assert status_of(village, "Đặng Quý")["status"] == "none"


def test_following_twice_is_once(opened: Opened, village: Village) -> None:
    page, _ = opened()
    page._follow(village.people["Trần Văn Đức"])
    village.drain()
    with village.look() as uow:
        assert uow.records.count("vneid_case") == 3
    assert page.list.current() == status_of(village, "Trần Văn Đức")["id"]


def test_filters_and_search_narrow_the_list(opened: Opened, village: Village) -> None:
    page, _ = opened()
    page.filters.choose(["l2_appointment"])
    page._show_list()
    assert [e.title for e in page.list.entries() if e.key] == ["Đặng Thị Hồng"]
    page.filters.choose([])
    page.search.setText("ai")
    village.drain()
    assert [e.title for e in page.list.entries() if e.key] == ["Phạm Thị Ái"]


def test_nobody_followed_says_what_to_do(opened: Opened, village: Village) -> None:
    with village.begin() as uow:
        for row in uow.records.list("vneid_case").rows:
            uow.records.delete("vneid_case", row["id"])
    page, _ = opened()
    assert page.nobody.isVisibleTo(page)
    assert not page.list.isVisibleTo(page)


@pytest.mark.parametrize(
    ("status", "by", "wanted"),
    [
        ("none", 1, "app_installed"),
        ("none", -1, None),
        ("l2_active", 1, None),
        ("l2_active", -1, "l2_granted"),
        ("activation_overdue", 1, "l2_active"),
        ("rejected", 1, "l1_submitted"),
        ("deceased", 1, None),
        ("locked", -1, None),
    ],
)
def test_one_step_of_the_road(status: str, by: int, wanted: str | None) -> None:
    assert step_from(status, by) == wanted


def test_the_page_reads_what_the_service_counts(opened: Opened, village: Village) -> None:
    page, _ = opened()
    board = village.ask(vneid.board)
    assert sum(board.counts.values()) == len([e for e in page.list.entries() if e.key])


def test_at_the_end_of_the_road_nothing_is_moved_before_it_is_chosen(
    opened: Opened, village: Village
) -> None:
    page, _ = opened()
    page.list.setFocus()
    press(Qt.Key.Key_Right, village, control=True)
    assert status_of(village, "Phạm Thị Ái")["status"] == "l2_active"
    assert page.panel.status.currentData() == ""
    page.panel.move_button.click()
    village.drain()
    assert status_of(village, "Phạm Thị Ái")["status"] == "l2_active"
    assert page.panel._banner.text


def test_a_noted_failure_is_not_carried_into_the_next_move(opened: Opened, village: Village) -> None:
    page, _ = opened(village.people["Trần Văn Đức"])
    page.panel.failure.setCurrentIndex(page.panel.failure.findData("F15"))
    page.panel.fail_button.click()
    village.drain()
    page.panel.move_button.click()
    village.drain()
    after = status_of(village, "Trần Văn Đức")
    assert (after["status"], after.get("failure_reason")) == ("l2_active", None)
