"""The weekly log's page: checklist, records behind a number, writing, paper, handing in and opening again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from ntmdesk.errors import UserError
from ntmdesk.services import records, weekly_log
from ntmdesk.ui.forms.editor import LongTextEditor
from ntmdesk.ui.pages.log_figures import PERIOD
from ntmdesk.ui.pages.weekly_log import WeeklyLogPage
from tests.ntmdesk.ui.accessibility import walk
from tests.ntmdesk.ui.pages.line import line_of
from tests.ntmdesk.ui.pages.showing import Told, show
from tests.ntmdesk.ui.pages.village import Village, village

__all__ = ["village"]
Opened = Callable[..., tuple[WeeklyLogPage, Told]]


@pytest.fixture
def opened(qtbot: QtBot, village: Village, tmp_path: Path) -> Opened:
    def ask(parent: QWidget, name: str) -> str:
        return str(tmp_path / name)

    def make(argument: object = None) -> tuple[WeeklyLogPage, Told]:
        page = WeeklyLogPage(village.jobs, line_of(village), village.catalogue, village.today, ask)
        return page, show(qtbot, page, village, argument)

    return make


def cell(page: WeeklyLogPage, code: str, column: int) -> str:
    row = page.figures._codes.index(code)
    item = page.figures.item(row, column)
    assert item is not None
    return item.text()


def test_this_week_opens_with_what_is_missing(opened: Opened) -> None:
    page, _ = opened()
    lines = dict(page.checklist.lines())
    assert lines["Tình hình chung"] == "chưa viết"
    assert lines["Kế hoạch tuần tới"] == "chưa viết"
    assert page._view is not None
    assert page._view.week.name == "2026-W47"


def test_every_control_of_every_tab_can_be_read_aloud(opened: Opened, village: Village) -> None:
    page, _ = opened()
    for at in range(page.tabs.bar.count()):
        page.tabs.bar.setCurrentIndex(at)
        village.drain()
        walk(page)


def test_figures_stand_with_quota_and_ratio(opened: Opened, village: Village) -> None:
    page, _ = opened()
    figure = next(f for f in village.ask(weekly_log.show, page._week).figures if f.code == "I08")
    assert cell(page, "I08", PERIOD) == str(figure.period)
    assert cell(page, "I08", 3) == "5"
    assert cell(page, "I08", 6).endswith("%")
    assert cell(page, "I09", 2) == "hộ"  # its number counts households; the share stands under the ratio


def test_a_number_opens_its_records_and_a_record_opens_its_page(opened: Opened, village: Village) -> None:
    page, told = opened()
    page.figures.asked.emit("I08", "period")
    village.drain()
    entries = page.behind.entries()
    assert entries
    assert str(len(entries)) in page._behind_words.text()
    page.behind.opened.emit(entries[0].key)
    place, argument = told.gone[-1]
    assert place == "visit"
    assert isinstance(argument, dict)
    assert argument["id"] == entries[0].key[1]  # type: ignore[index]


def test_what_is_written_is_saved_by_itself(opened: Opened, village: Village) -> None:
    page, _ = opened()
    page._write("situation")
    page.writing.form.field("situation").set_value("Tuần mưa nhiều.")
    page.writing.form._edited("situation")
    assert page.writing._timer.isActive()
    page.writing.save_now()
    village.drain()
    view = village.ask(weekly_log.show, page._week)
    assert view.narrative["situation"] == "Tuần mưa nhiều."
    assert dict(page.checklist.lines())["Tình hình chung"] == "đã viết"


def test_coded_difficulties_and_tasks_are_saved(opened: Opened, village: Village) -> None:
    page, _ = opened()
    page.writing.form.fill(
        {"difficulties": ["D02"], "next_week": [{"task": "Đi Ngõ 5", "person": "Lê Văn Nam"}]}
    )
    page.leave()
    village.drain()
    view = village.ask(weekly_log.show, page._week)
    assert view.narrative["difficulties"] == ["D02"]
    assert view.narrative["next_week"][0]["task"] == "Đi Ngõ 5"


def test_handing_in_with_gaps_asks_first_then_freezes(opened: Opened, village: Village) -> None:
    page, _ = opened()
    page.checklist.submit_button.click()
    village.drain()
    assert village.ask(weekly_log.show, page._week).status == "draft"
    page.checklist.press_anyway()
    village.drain()
    view = village.ask(weekly_log.show, page._week)
    assert (view.status, view.frozen) == ("submitted", True)
    assert not page.checklist.submit_button.isVisibleTo(page)
    assert page.checklist.reopen_button.isVisibleTo(page)


def hand_in(page: WeeklyLogPage, village: Village) -> None:
    page.checklist.submit_asked.emit()
    village.drain()


def test_opening_again_wants_a_reason(opened: Opened, village: Village) -> None:
    page, _ = opened()
    hand_in(page, village)
    page.checklist.reopen_button.click()
    village.drain()
    assert village.ask(weekly_log.show, page._week).status == "submitted"
    page.checklist.reason.setText("Ghi thiếu hai hộ")
    page.checklist.reopen_button.click()
    village.drain()
    view = village.ask(weekly_log.show, page._week)
    assert view.status == "draft"
    assert view.record["reopen_reason"] == "Ghi thiếu hai hộ"


def test_changes_after_handing_in_are_listed(opened: Opened, village: Village) -> None:
    page, _ = opened()
    hand_in(page, village)
    with village.begin() as uow:
        visit = uow.records.list("support_visit", where={"date": "2026-11-18"}).rows[0]
        records.delete(uow, "support_visit", visit["id"])
    page.refresh()
    village.drain()
    assert [entry.key for entry in page.late.entries()] == [("support_visit", visit["id"])]
    assert page._changed_figures.text()


def test_weeks_are_turned_and_a_week_opens_by_name(opened: Opened, village: Village) -> None:
    page, _ = opened()
    page.checklist.week_asked.emit(-1)
    village.drain()
    assert page._week is not None
    assert page._week.name == "2026-W46"
    page.arrive("2026-W40")
    village.drain()
    assert page._week.name == "2026-W40"
    page.checklist.week_asked.emit(0)
    village.drain()
    assert page._week.name == "2026-W47"


def test_the_pages_are_drawn_as_they_will_be_printed(opened: Opened, village: Village) -> None:
    page, _ = opened()
    page.tabs.show_only(page.paper)
    village.drain()
    assert page.paper.page_count() >= 1


def test_docx_is_written_and_annexes_only_when_ticked(
    opened: Opened, village: Village, tmp_path: Path
) -> None:
    page, told = opened()
    assert page.paper.chosen_annexes() == ()
    page.paper.export("docx")
    village.drain()
    plain = (tmp_path / "nhat-ky-tuan-2026-W47.docx").stat().st_size
    assert told.words[-1][0] == "good"
    page.paper._boxes[1].setChecked(True)
    page.paper.export("docx")
    village.drain()
    assert (tmp_path / "nhat-ky-tuan-2026-W47.docx").stat().st_size > plain


def test_a_failure_is_told_beside_the_buttons(opened: Opened, village: Village) -> None:
    page, _ = opened()
    page.checklist.week_asked.emit(1)
    village.drain()
    hand_in(page, village)
    assert village.ask(weekly_log.show, page._week).status == "draft"
    assert "2026-W48" in page.checklist._banner.text


def type_situation(page: WeeklyLogPage, words: str) -> None:
    editor = page.writing.form.field("situation")
    assert isinstance(editor, LongTextEditor)
    editor.box.setPlainText(words)


def test_words_saved_by_themselves_and_then_taken_out_again_are_gone(
    opened: Opened, village: Village
) -> None:
    page, _ = opened()
    page._write("situation")
    type_situation(page, "Viết nhầm tuần.")
    page.writing.save_now()
    village.drain()
    type_situation(page, "")
    page.writing.save_now()
    village.drain()
    page.refresh()
    village.drain()
    assert not village.ask(weekly_log.show, page._week).narrative.get("situation")
    assert not page.writing.form.values().get("situation")


@pytest.mark.parametrize("leaving", ["submit", "turn", "open"])
def test_what_cannot_be_saved_yet_stays_and_is_shown(opened: Opened, village: Village, leaving: str) -> None:
    page, _ = opened()
    words = "rất dài " * 4_000
    type_situation(page, words)
    if leaving == "submit":
        page.checklist.submit_asked.emit()
    elif leaving == "turn":
        page.checklist.week_asked.emit(-1)
    else:
        page.arrive("2026-W40")
    village.drain()
    assert page._week is not None
    assert page._week.name == "2026-W47"
    assert village.ask(weekly_log.show, page._week).status == "draft"
    assert page.tabs.current() is page.writing
    assert page.writing.form.field("situation").value() == words.strip()
    assert page.checklist._banner.text


def test_a_log_handed_in_says_what_when_and_by_whom(opened: Opened, village: Village) -> None:
    me = village.author
    with village.begin() as uow:
        team = uow.records.list("team").rows[0]["id"]
        uow.records.add("member", {"full_name": me.name, "team": team, "role": "leader"}, id=me.person)
    page, _ = opened()
    type_situation(page, "Tuần mưa nhiều.")
    page.checklist.submit_asked.emit()
    village.drain()
    lines = dict(page.checklist.lines())
    assert lines["Tình hình chung"] == "đã viết"
    assert lines["Kế hoạch tuần tới"] == "để trống"
    said = " ".join(text.text() for text in page.checklist.findChildren(QLabel))
    assert "Đã nộp lúc 22/11/2026" in said
    assert village.author.name in said


def test_a_reason_stays_when_opening_again_fails(
    opened: Opened, village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, _ = opened()
    hand_in(page, village)

    def fail(*_: object) -> None:
        raise UserError("not_your_role")

    with monkeypatch.context() as patch:
        patch.setattr(weekly_log, "reopen", fail)
        page.checklist.reason.setText("Ghi thiếu hai hộ")
        page.checklist.reopen_button.click()
        village.drain()
    assert page.checklist.reason.text() == "Ghi thiếu hai hộ"
    page.checklist.reopen_button.click()
    village.drain()
    assert page.checklist.reason.text() == ""
