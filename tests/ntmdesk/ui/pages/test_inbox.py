"""The inbox: values of every sort of field chosen or typed, choices undone, records that came back."""

from __future__ import annotations

from typing import Any

from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from ntmdesk.ui.forms.choices import ReferenceEditor
from ntmdesk.ui.forms.editor import DateEditor
from ntmdesk.ui.pages.syncing import SyncingPage
from ntmdesk.ui.widgets.suggestions import Suggestion
from tests.ntmdesk.after_sync import (
    answered,
    changed_elsewhere,
    deleted_elsewhere,
    member,
    record_of,
    told,
)
from tests.ntmdesk.ui.accessibility import walk
from tests.ntmdesk.ui.pages.line import line_of
from tests.ntmdesk.ui.pages.showing import Told, show
from tests.ntmdesk.ui.pages.village import Village, village

__all__ = ["village"]


def open_page(qtbot: QtBot, village: Village) -> tuple[SyncingPage, Told]:
    page = SyncingPage(village.jobs, line_of(village), village.catalogue, village.today)
    return page, show(qtbot, page, village)


def disagree(village: Village, kind: str, id: str, mine: dict[str, Any], theirs: dict[str, Any]) -> None:
    """One value here and another of Minh's, neither having seen the other."""
    before = record_of(village, id)
    with village.begin() as uow:
        uow.records.set(kind, id, mine)
    changed_elsewhere(village, kind, id, theirs, base=before)


def row(village: Village, kind: str, id: str) -> dict[str, Any]:
    with village.look() as uow:
        return uow.records.get(kind, id)


def newest_visit(village: Village) -> dict[str, Any]:
    with village.look() as uow:
        return uow.records.list("support_visit", where={"household": village.homes["Đặng Quý"]}).rows[0]


def tab_words(page: SyncingPage) -> list[str]:
    bar = page.inbox.tabs.bar
    return [bar.tabText(at) for at in range(bar.count()) if bar.isTabVisible(at)]


def test_who_and_when_stand_on_each_value(qtbot: QtBot, village: Village) -> None:
    member(village)
    home = village.homes["Đặng Quý"]
    disagree(village, "household", home, {"members_n": 5}, {"members_n": 6})
    page, _ = open_page(qtbot, village)
    one = next(iter(page.inbox.conflicts._open.values()))
    by = {side.words: (side.by, side.at) for side in one.sides}
    assert by["6"] == ("Lê Văn Minh", "13/11/2025 09:13")
    assert by["5"] == ("Nguyễn Thị Hoa", "22/11/2026 14:05")


def test_a_date_is_typed_in_a_date_field(qtbot: QtBot, village: Village) -> None:
    visit = newest_visit(village)["id"]
    disagree(village, "support_visit", visit, {"date": "2026-11-01"}, {"date": "2026-11-02"})
    page, _ = open_page(qtbot, village)
    inbox = page.inbox.conflicts
    assert {side.words for side in inbox._open[visit, "date"].sides} == {"01/11/2026", "02/11/2026"}
    editor = inbox.another.editors["date"]
    assert isinstance(editor, DateEditor)
    editor.day.selectAll()
    QTest.keyClicks(editor.day, "3/11/2026")
    inbox.keep_typed.click()
    village.drain()
    assert row(village, "support_visit", visit)["date"] == "2026-11-03"


def test_a_choice_is_taken_from_its_list(qtbot: QtBot, village: Village) -> None:
    home = village.homes["Đặng Quý"]
    disagree(village, "household", home, {"poverty": "poor"}, {"poverty": "none"})
    page, _ = open_page(qtbot, village)
    inbox = page.inbox.conflicts
    chips = inbox.another.editors["poverty"].chips  # type: ignore[attr-defined]
    next(chip for chip in chips.chips() if chip.code == "near").click()
    inbox.keep_typed.click()
    village.drain()
    assert row(village, "household", home)["poverty"] == "near"
    walk(page)


def test_a_reference_is_searched(qtbot: QtBot, village: Village) -> None:
    person = village.people["Đặng Thị Hoà"]
    a, b, c = (village.homes[n] for n in ("Lê Thị Phượng", "Đặng Quý", "Vũ Đình Bảo"))
    disagree(village, "resident", person, {"household": a}, {"household": b})
    page, _ = open_page(qtbot, village)
    inbox = page.inbox.conflicts
    words = {side.words for side in inbox._open[person, "household"].sides}
    assert any("Lê Thị Phượng" in said for said in words)
    editor = inbox.another.editors["household"]
    assert isinstance(editor, ReferenceEditor)
    editor.box.set_picked(None)
    QTest.keyClicks(editor.box.edit, "vu dinh")
    village.drain()
    editor.box.set_picked(Suggestion(c, "Vũ Đình Bảo"))
    editor.edited.emit()
    inbox.keep_typed.click()
    village.drain()
    assert row(village, "resident", person)["household"] == c


def test_a_row_stands_in_a_table_and_is_typed_column_by_column(qtbot: QtBot, village: Village) -> None:
    visit = newest_visit(village)
    line = visit["lines"][0]
    before = record_of(village, visit["id"])
    with village.begin() as uow:
        changed = [{**line, "notes": "gọi lại sau"}]
        uow.records.set("support_visit", visit["id"], {"lines": changed})
    theirs = {k: v for k, v in line.items() if k != "id"} | {"notes": "không có nhà"}
    changed_elsewhere(
        village, "support_visit", visit["id"], {f"lines/{line['id']}": {"#": 0, **theirs}}, base=before
    )
    page, _ = open_page(qtbot, village)
    walk(page)
    inbox = page.inbox.conflicts
    assert len(inbox.keep_buttons) == 2
    assert any("gọi lại sau" in b.accessibleDescription() for b in inbox.keep_buttons)
    note = inbox.another.editors["notes"]
    note.control.setFocus()
    note.set_value("cả hai")
    note.edited.emit()
    inbox.keep_typed.click()
    village.drain()
    assert row(village, "support_visit", visit["id"])["lines"][0]["notes"] == "cả hai"


def test_what_was_typed_stays_while_other_things_come(qtbot: QtBot, village: Village) -> None:
    home = village.homes["Đặng Quý"]
    disagree(village, "household", home, {"members_n": 5}, {"members_n": 6})
    page, _ = open_page(qtbot, village)
    editor = page.inbox.conflicts.another.editors["members_n"]
    editor.control.selectAll()  # type: ignore[attr-defined]
    QTest.keyClicks(editor.control, "7")
    changed_elsewhere(village, "household", village.homes["Vũ Đình Bảo"], {"lane": "Ngõ 8"})
    page.refresh()
    village.drain()
    assert page.inbox.conflicts.another.editors["members_n"] is editor
    assert editor.value() == 7


def test_a_choice_is_listed_and_undone_from_the_list(qtbot: QtBot, village: Village) -> None:
    home = village.homes["Đặng Quý"]
    disagree(village, "household", home, {"members_n": 5}, {"members_n": 6})
    page, _ = open_page(qtbot, village)
    page.inbox.conflicts.keep_buttons[0].click()
    village.drain()
    (chosen,) = page.inbox.chosen.told()
    assert "Nguyễn Thị Hoa đã chọn “6” lúc 22/11/2026 14:05" in chosen.words
    assert "Đã chọn (1)" in tab_words(page)
    page.inbox.tabs.show_only(page.inbox.chosen)
    walk(page)
    page.inbox.chosen.buttons["reopen"].click()
    village.drain()
    assert page.inbox.chosen.told() == []
    assert {side.words for side in page.inbox.conflicts._open[home, "members_n"].sides} == {"5", "6"}


def test_a_record_that_came_back_is_kept_or_deleted_again(qtbot: QtBot, village: Village) -> None:
    member(village)
    home = village.homes["Đặng Quý"]
    before = record_of(village, home)
    with village.begin() as uow:
        uow.records.set("household", home, {"members_n": 5})
    deleted_elsewhere(village, "household", home, base=before)
    page, told = open_page(qtbot, village)
    back = page.inbox.back
    assert page.inbox.tabs.current() is back
    walk(page)
    (one,) = back.told()
    assert one.words.startswith("Lê Văn Minh đã xóa lúc 13/11/2025 09:13.")
    assert "Số nhân khẩu 2 → 5 (Nguyễn Thị Hoa" in one.words
    back.buttons["keep"].click()
    village.drain()
    assert back.told() == []
    told.undo[-1][1]()
    village.drain()
    assert len(back.told()) == 1
    back.buttons["delete"].click()
    village.drain()
    with village.look() as uow:
        assert uow.records.get("household", home, deleted=True)["_deleted"]


def test_edits_that_merged_are_only_listed(qtbot: QtBot, village: Village) -> None:
    member(village)
    home = village.homes["Đặng Quý"]
    before = record_of(village, home)
    with village.begin() as uow:
        uow.records.set("household", home, {"members_n": 5})
    changed_elsewhere(village, "household", home, {"lane": "Ngõ 9"}, base=before)
    page, _ = open_page(qtbot, village)
    (one,) = page.inbox.merged.told()
    assert "Ngõ, xóm Ngõ 7 → Ngõ 9 (Lê Văn Minh" in one.words
    assert not page.inbox.merged.buttons
    page.inbox.tabs.show_only(page.inbox.merged)
    walk(page)


def test_a_flagged_record_says_why_and_opens(qtbot: QtBot, village: Village) -> None:
    home = village.homes["Đặng Quý"]
    answered(village)
    told(village, "flagged", "household", home, "adults_n", "adults_at_most_members")
    page, seen = open_page(qtbot, village)
    assert page.inbox.tabs.current() is page.inbox.review
    (one,) = page.inbox.review.told()
    assert one.words == "Số người lớn nhiều hơn số nhân khẩu"
    page.inbox.review._whole.click()
    assert seen.gone[-1] == ("people", {"kind": "household", "id": home})
