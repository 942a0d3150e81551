"""Where records stand with the server: said in every list, narrowed by it, and why one is to be looked at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from ntmdesk.errors import UserError
from ntmdesk.services import records, search, training, visits, weekly_log
from ntmdesk.ui.pages.entry_list import Entry
from ntmdesk.ui.pages.home import HomePage
from ntmdesk.ui.pages.people import PeoplePage
from ntmdesk.ui.pages.records import RecordsPage
from ntmdesk.ui.pages.standing_chips import StandingFilter
from ntmdesk.ui.pages.training import TrainingPage
from ntmdesk.ui.pages.visit_reading import read_start
from ntmdesk.ui.pages.vneid import VneidPage
from ntmdesk.ui.pages.weekly_log import WeeklyLogPage
from ntmdesk.ui.widgets.chips import ChipGroup
from ntmdesk.ui.widgets.pill import state_icon, state_words
from tests.ntmdesk.after_sync import answered, refused, told
from tests.ntmdesk.ui.accessibility import walk
from tests.ntmdesk.ui.pages.line import line_of
from tests.ntmdesk.ui.pages.showing import show
from tests.ntmdesk.ui.pages.village import Village, village

__all__ = ["village"]
STATES = ("local", "carried", "received", "accepted", "refused", "review")


def press_chip(group: ChipGroup, code: str, village: Village) -> None:
    next(chip for chip in group.chips() if chip.code == code).click()
    village.drain()


def texts(entries: Sequence[Entry]) -> list[str]:
    return [entry.state for entry in entries if entry.key is not None]


def one_of_each(village: Village) -> dict[str, str]:
    """Households of every standing: all accepted, then one refused, held, flagged, and one changed again."""
    answered(village)
    homes = village.homes
    refused(village, "household", homes["Lê Thị Phượng"], "members_n", 99, "too_large")
    told(village, "later", "household", homes["Đặng Quý"], "poverty", "unknown_choice")
    told(village, "flagged", "household", homes["Bùi Thị Cẩm"], "adults_n", "adults_at_most_members")
    with village.begin() as uow:
        uow.records.set("household", homes["Vũ Đình Bảo"], {"members_n": 7})
    return {
        "refused": homes["Lê Thị Phượng"],
        "received": homes["Đặng Quý"],
        "review": homes["Bùi Thị Cẩm"],
        "local": homes["Vũ Đình Bảo"],
        "accepted": homes["Nguyễn Văn Ân"],
    }


def test_every_standing_has_its_own_word_and_its_own_icon() -> None:
    assert [state_words(state)[0] for state in STATES] == [
        "trên máy này",
        "đang mang đi",
        "máy chủ giữ chờ",
        "đã xác nhận",
        "bị từ chối",
        "cần xem lại",
    ]
    assert len({state_icon(state) for state in STATES}) == len(STATES)


def test_the_store_answers_by_standing(village: Village) -> None:
    ids = one_of_each(village)
    with village.look() as uow:
        for state, id in ids.items():
            found = [row["id"] for row in uow.records.list("household", where={"state": state}).rows]
            assert id in found
            others = {other for name, other in ids.items() if name != state}
            assert not others & set(found) or state == "accepted"
        assert uow.records.count("household", {"state": "unsent"}) == 1
        assert uow.records.count("household", {"state": ["refused", "review"]}) == 2
        assert uow.records.get("household", ids["review"])["_flagged"] == ["adults_at_most_members"]
        with pytest.raises(UserError) as error:
            uow.records.count("household", {"state": "lost"})
    assert error.value.code == "bad_value"


def test_the_household_list_says_and_narrows_by_standing(qtbot: QtBot, village: Village) -> None:
    ids = one_of_each(village)
    page = PeoplePage(village.jobs, village.catalogue, village.today)
    show(qtbot, page, village)
    assert {line.id: line.state for line in page.list.lines()}.items() >= {
        id: state for state, id in ids.items()
    }.items()
    said = next(line.words for line in page.list.lines() if line.id == ids["review"])
    assert said.endswith("cần xem lại")
    for code, state in (("unsent", "local"), ("refused", "refused"), ("review", "review")):
        page.list.chips.choose([])
        press_chip(page.list.chips, code, village)
        assert [line.id for line in page.list.lines()] == [ids[state]]
    walk(page)


def test_no_chip_stands_where_it_would_find_nothing(qtbot: QtBot, village: Village) -> None:
    answered(village)
    page = PeoplePage(village.jobs, village.catalogue, village.today)
    show(qtbot, page, village)
    assert not {"unsent", "refused", "review"} & {chip.code for chip in page.list.chips.chips()}


def test_any_register_says_narrows_and_gives_the_reason(qtbot: QtBot, village: Village) -> None:
    ids = one_of_each(village)
    page = RecordsPage(village.jobs, village.catalogue, village.today)
    show(qtbot, page, village, {"kind": "household"})
    model = page.register.model
    assert model is not None
    press_chip(page.register.standing, "review", village)
    assert [model.id_at(row) for row in range(model.rowCount())] == [ids["review"]]
    cell = model.index(0, model.columns.index("state"))
    assert cell.data() == "cần xem lại"
    told = cell.data(Qt.ItemDataRole.AccessibleTextRole)
    assert told == "cần xem lại: Số người lớn nhiều hơn số nhân khẩu"
    walk(page)
    page.register.opened.emit(ids["review"])
    village.drain()
    assert page.editor._state.text() == "cần xem lại"
    assert page.editor._why.text() == "Số người lớn nhiều hơn số nhân khẩu"


def test_the_other_lists_say_where_each_record_stands(qtbot: QtBot, village: Village) -> None:
    values = {"title": "Phòng lừa đảo", "topics": ["T13"], "date": "2026-11-21", "audience": "resident"}
    session = village.do(training.save_session, values)
    answered(village)
    with village.begin() as uow:
        cases = uow.records.list("vneid_case").rows
        uow.records.set("vneid_case", cases[0]["id"], {"notes": "gọi lại"})
        uow.records.set("training", session, {"title": "Buổi đầu"})

    board = VneidPage(village.jobs, village.catalogue)
    show(qtbot, board, village)
    assert sorted(texts(board.list.entries())) == ["accepted", "accepted", "local"]
    press_chip(board.filters, "unsent", village)
    assert [e.key for e in board.list.entries() if e.key] == [cases[0]["id"]]

    sessions = TrainingPage(village.jobs, village.catalogue, village.today)
    show(qtbot, sessions, village)
    assert texts(sessions.list.entries()) == ["local"]
    press_chip(sessions.standing, "unsent", village)
    assert [e.key for e in sessions.list.entries() if e.key] == [session]
    walk(sessions)

    home = HomePage(village.jobs, village.catalogue, village.today)
    show(qtbot, home, village)
    lines = home.tasks.lines()
    assert {line.task.state for line in lines if line.task.what != "lane"} == {"accepted", "local"}
    assert any(line.words.endswith("trên máy này") for line in lines)


def test_the_trash_says_where_each_deletion_stands(qtbot: QtBot, village: Village) -> None:
    gone, going = village.homes["Lê Thị Phượng"], village.homes["Đặng Quý"]
    village.do(records.delete, "household", gone)
    answered(village)
    village.do(records.delete, "household", going)
    page = RecordsPage(village.jobs, village.catalogue, village.today)
    show(qtbot, page, village, {"trash": True})
    said = sorted(line.rsplit(" · ", 1)[1] for line in page.trash.item_texts())
    assert said == ["trên máy này", "đã xác nhận"]


def test_the_search_says_where_each_find_stands(village: Village) -> None:
    ids = one_of_each(village)
    session = village.do(
        training.save_session, {"title": "Ngõ an toàn", "topics": ["T12"], "audience": "resident"}
    )
    found = {find.id: find.state for find in village.ask(search.find, "ngo", limit=40)}
    assert {state: found[id] for state, id in ids.items()} == {state: state for state in ids}
    assert found[session] == "local"
    answered(village)
    told(village, "flagged", "training", session, "topics", "women_at_most_attended")
    assert {find.id: find.state for find in village.ask(search.find, "an toan")} == {session: "review"}


def test_visits_written_down_today_say_where_they_stand(village: Village) -> None:
    lines = [{"service": "K01", "outcome": "done"}]
    values = {"household": village.homes["Đặng Quý"], "date": "2026-11-22", "place_type": "home"}
    village.do(visits.record, visits.VisitDraft({**values, "lines": lines}))
    start = village.ask(read_start, village.catalogue)
    assert [item.state for item in start.today] == ["local"]


def test_weekly_logs_say_where_they_stand_and_are_narrowed(qtbot: QtBot, village: Village) -> None:
    village.do(weekly_log.compile, village.ask(weekly_log.week_of))
    page = WeeklyLogPage(village.jobs, line_of(village), village.catalogue, village.today)
    show(qtbot, page, village)
    assert texts(page.past.entries()) == ["local"]
    press_chip(page.standing, "unsent", village)
    assert len(page.past.entries()) == 1


def test_the_filter_is_hidden_while_nothing_waits(qtbot: QtBot) -> None:
    chips = StandingFilter()
    qtbot.addWidget(chips)
    chips.show_counts({"unsent": 0, "refused": 0})
    assert chips.isHidden()
    chips.show_counts({"unsent": 3})
    assert not chips.isHidden()
    asked: list[Any] = [chip.accessibleName() for chip in chips.chips()]
    assert asked == ["chưa gửi 3"]
