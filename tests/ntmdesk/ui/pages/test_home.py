"""The first page: figures of today, the worklist and where its lines lead, the walk list on paper."""

from __future__ import annotations

from datetime import date

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from ntmdesk.services import visits
from ntmdesk.services.home import Task
from ntmdesk.ui.pages.home import HomePage
from ntmdesk.ui.pages.home_tasks import task_line
from tests.ntmdesk.ui.accessibility import walk
from tests.ntmdesk.ui.pages.showing import Told, press, show
from tests.ntmdesk.ui.pages.village import Village, village

__all__ = ["village"]


def open_page(qtbot: QtBot, village: Village) -> tuple[HomePage, Told]:
    page = HomePage(village.jobs, village.catalogue, village.today)
    return page, show(qtbot, page, village)


def test_the_worklist_is_in_order_of_urgency_and_in_words(qtbot: QtBot, village: Village) -> None:
    page, _ = open_page(qtbot, village)
    lines = page.tasks.lines()
    assert [line.pill for line in lines][:4] == ["Quá hạn", "Kích hoạt", "Hẹn", "Hẹn lại"]
    assert lines[-1].pill == "Đi ngõ"
    assert lines[0].title == "Phạm Thị Ái · Ngõ 1"
    assert lines[1].line == "Đã cấp mức 2, còn 2 ngày để kích hoạt"
    assert lines[2].line == "Hẹn thu nhận tại công an xã, Thứ Ba 24/11"
    assert lines[-1].title == "1 hộ chưa đến trong quý"


def test_each_line_opens_its_record_by_keyboard(qtbot: QtBot, village: Village) -> None:
    page, told = open_page(qtbot, village)
    page.tasks.setFocus()
    press(Qt.Key.Key_Return, village)
    assert told.gone[-1][0] == "vneid"
    for task in (line.task for line in page.tasks.lines()):
        page.tasks.opened.emit(task)
    places = [place for place, _ in told.gone[1:]]
    assert places == ["vneid", "vneid", "vneid", "visit", "people"][: len(places)]
    revisit = next(argument for place, argument in told.gone if place == "visit")
    assert revisit["household"] == village.homes["Đặng Quý"]
    assert revisit["service"] == "K10"


def test_todays_figures_follow_a_commit(qtbot: QtBot, village: Village) -> None:
    page, _ = open_page(qtbot, village)
    assert page.head[1].startswith("Hôm nay chưa ghi lượt nào")
    values = {
        "household": village.homes["Nguyễn Văn Ân"],
        "place_type": "home",
        "lines": [{"service": "K01", "outcome": "done"}],
    }
    village.jobs.run(lambda uow: visits.record(uow, visits.VisitDraft(values)), lambda _: None)
    village.drain()
    assert page.head[1].startswith("Hôm nay đã ghi 1 lượt, 1 hộ, 0 người")
    assert "bản ghi chờ gửi" in page.head[1]
    assert page.head[0] == "Chào Hoa, hôm nay Chủ nhật 22/11/2026"


def test_the_week_is_shown_against_its_target(qtbot: QtBot, village: Village) -> None:
    page, _ = open_page(qtbot, village)
    assert page.meters["I08"].accessibleName() == "Hộ được hỗ trợ: 2 / 5"
    assert "T47: 2" in page.bars.accessibleDescription()
    assert "chỉ tiêu 5" in page.bars.accessibleDescription()


def test_the_walk_list_is_printed_by_lane(qtbot: QtBot, village: Village) -> None:
    page, _ = open_page(qtbot, village)
    printed: list[str] = []
    page.print_asked = printed.append
    page.print_button.click()
    village.drain()
    html = printed[0]
    assert html.index("Ngõ 1<") < html.index("Ngõ 2<") < html.index("Ngõ 10<")
    assert "Vũ Đình Bảo" in html
    assert "Bùi Thị Cẩm" not in html, "visited this quarter"


@pytest.mark.parametrize(
    ("days", "line"),
    [(0, "Đã cấp mức 2, hôm nay là hạn cuối để kích hoạt"), (3, "Đã cấp mức 2, còn 3 ngày để kích hoạt")],
)
def test_days_left_in_words(village: Village, qtbot: QtBot, days: int, line: str) -> None:
    task = Task("activate", "vneid_case", "x", "Lê Nam", "Ngõ 3", date(2026, 11, 22), days)
    assert task_line(task, village.catalogue).line == line


def test_what_people_typed_is_escaped_on_paper(qtbot: QtBot, village: Village) -> None:
    with village.begin() as uow:
        uow.records.set("household", village.homes["Vũ Đình Bảo"], {"head_name": "Vũ <b>Bảo</b>"})
    page, _ = open_page(qtbot, village)
    printed: list[str] = []
    page.print_asked = printed.append
    page.print_lanes()
    village.drain()
    assert "Vũ &lt;b&gt;Bảo" in printed[0]


def test_every_control_tells_its_name(qtbot: QtBot, village: Village) -> None:
    page, _ = open_page(qtbot, village)
    walk(page)
