"""A sync changes the record of an open form: nothing typed is lost, nothing is overwritten unseen."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from ntmdesk.services import records, training, weekly_log
from ntmdesk.ui.forms.form import Form
from ntmdesk.ui.pages.people import PeoplePage
from ntmdesk.ui.pages.records import RecordsPage
from ntmdesk.ui.pages.training import TrainingPage
from ntmdesk.ui.pages.underneath import ChangedUnderneath
from ntmdesk.ui.pages.visit import VisitPage
from ntmdesk.ui.pages.vneid import VneidPage
from ntmdesk.ui.pages.weekly_log import WeeklyLogPage
from ntmdesk.ui.widgets.page import Page
from tests.ntmdesk.after_sync import changed_elsewhere, deleted_elsewhere, member
from tests.ntmdesk.ui.accessibility import walk
from tests.ntmdesk.ui.pages.line import line_of
from tests.ntmdesk.ui.pages.showing import Told, show
from tests.ntmdesk.ui.pages.village import Village, village

__all__ = ["village"]


@pytest.fixture(autouse=True)
def minh(village: Village) -> None:
    member(village)


def synced(page: Page, village: Village) -> None:
    """As after every sync: the page looks again."""
    page.refresh()
    village.drain()


def edit_household(qtbot: QtBot, village: Village, name: str) -> tuple[PeoplePage, Form, Told]:
    page = PeoplePage(village.jobs, village.catalogue, village.today)
    told = show(qtbot, page, village, {"kind": "household", "id": village.homes[name]})
    page.view.edit_button.click()
    village.drain()
    assert page.editor.form is not None
    return page, page.editor.form, told


def type_into(form: Form, name: str, text: str) -> QWidget:
    control = form.field(name).control
    control.setFocus()
    control.selectAll()  # type: ignore[attr-defined]
    QTest.keyClicks(control, text)
    return control


def shown(village: Village, kind: str, id: str) -> dict[str, Any]:
    with village.look() as uow:
        return uow.records.get(kind, id)


def conflicts(village: Village) -> int:
    with village.look() as uow:
        return len(uow.records.conflicts())


def test_other_fields_take_the_new_value_and_what_is_typed_stays(qtbot: QtBot, village: Village) -> None:
    home = village.homes["Đặng Quý"]
    page, form, _ = edit_household(qtbot, village, "Đặng Quý")
    control = type_into(form, "members_n", "9")
    changed_elsewhere(village, "household", home, {"lane": "Ngõ 8", "poverty": "poor"})
    synced(page, village)
    assert form.field("lane").value() == "Ngõ 8"
    assert form.field("poverty").value() == "poor"
    assert form.field("members_n").value() == 9
    assert QApplication.focusWidget() is control
    assert page.editor.underneath.banner.text == "Lê Văn Minh vừa sửa: Ngõ, xóm, Diện nghèo"
    walk(page)
    page.editor.save()
    village.drain()
    row = shown(village, "household", home)
    assert (row["members_n"], row["lane"], row["poverty"]) == (9, "Ngõ 8", "poor")
    assert conflicts(village) == 0


def clash(qtbot: QtBot, village: Village) -> tuple[PeoplePage, Form, ChangedUnderneath, Told]:
    page, form, told = edit_household(qtbot, village, "Đặng Quý")
    type_into(form, "members_n", "9")
    changed_elsewhere(village, "household", village.homes["Đặng Quý"], {"members_n": 6})
    synced(page, village)
    return page, form, page.editor.underneath, told


def test_the_same_field_shows_both_and_is_chosen_before_saving(qtbot: QtBot, village: Village) -> None:
    page, form, underneath, told = clash(qtbot, village)
    keep, take = underneath.choices["members_n"]
    assert (keep.accessibleDescription(), take.accessibleDescription()) == ("Bạn gõ: 9", "Lê Văn Minh: 6")
    assert form.field("members_n").value() == 9
    walk(page)
    page.editor.save()
    village.drain()
    assert told.words[-1][0] == "amber"
    assert shown(village, "household", village.homes["Đặng Quý"])["members_n"] == 6
    keep.click()
    page.editor.save()
    village.drain()
    assert shown(village, "household", village.homes["Đặng Quý"])["members_n"] == 9
    assert conflicts(village) == 0


def test_theirs_is_taken_and_nothing_is_left_to_save(qtbot: QtBot, village: Village) -> None:
    _, form, underneath, _ = clash(qtbot, village)
    underneath.choices["members_n"][1].click()
    assert form.field("members_n").value() == 6
    assert form.changed() == {}
    assert not underneath.pending
    assert underneath.isHidden()


def test_a_second_change_asks_anew_with_the_newest_value(qtbot: QtBot, village: Village) -> None:
    page, form, underneath, _ = clash(qtbot, village)
    changed_elsewhere(village, "household", village.homes["Đặng Quý"], {"members_n": 7})
    synced(page, village)
    _, take = underneath.choices["members_n"]
    assert take.accessibleDescription() == "Lê Văn Minh: 7"
    take.click()
    assert form.field("members_n").value() == 7


def test_a_save_that_outruns_the_screen_keeps_both_values(qtbot: QtBot, village: Village) -> None:
    """The change came after the screen was drawn: saving names only what was on it (rule 4)."""
    page, form, _ = edit_household(qtbot, village, "Đặng Quý")
    type_into(form, "members_n", "9")
    changed_elsewhere(village, "household", village.homes["Đặng Quý"], {"members_n": 6})
    page.editor.save()
    village.drain()
    assert conflicts(village) == 1


def test_half_typed_text_survives(qtbot: QtBot, village: Village) -> None:
    page, form, _ = edit_household(qtbot, village, "Đặng Quý")
    control = type_into(form, "members_n", "chin")
    changed_elsewhere(village, "household", village.homes["Đặng Quý"], {"members_n": 6, "lane": "Ngõ 8"})
    synced(page, village)
    assert control.text() == "chin"  # type: ignore[attr-defined]
    assert page.editor.underneath.pending
    assert form.field("lane").value() == "Ngõ 8"


def test_a_record_put_in_the_trash_underneath_is_told_and_restored_to_go_on(
    qtbot: QtBot, village: Village
) -> None:
    home = village.homes["Đặng Quý"]
    page = RecordsPage(village.jobs, village.catalogue, village.today)
    show(qtbot, page, village, {"kind": "household", "id": home})
    form = page.editor.form
    assert form is not None
    type_into(form, "members_n", "9")
    deleted_elsewhere(village, "household", home)
    synced(page, village)
    assert page.editor.underneath.banner.text.startswith("Lê Văn Minh vừa cho bản ghi này vào thùng rác")
    page.editor.underneath.banner.press()
    village.drain()
    page.editor.save()
    village.drain()
    assert shown(village, "household", home)["members_n"] == 9


def test_a_session_being_changed_is_rebased(qtbot: QtBot, village: Village) -> None:
    values = {"title": "Phòng lừa đảo", "topics": ["T13"], "date": "2026-11-21", "audience": "resident"}
    session = village.do(training.save_session, values)
    page = TrainingPage(village.jobs, village.catalogue, village.today)
    show(qtbot, page, village, session)
    page.roll.edit_asked.emit(village.ask(training.roll_call, session))
    village.drain()
    type_into(page.form.form, "title", "Tap huan")
    changed_elsewhere(village, "training", session, {"place": "Đình làng", "title": "Buổi 2"})
    synced(page, village)
    assert page.form.form.field("place").value() == "Đình làng"
    assert page.form.form.field("title").value() == "Tap huan"
    page.form.save_button.click()
    village.drain()
    assert shown(village, "training", session)["title"] == "Buổi 2"
    page.form.underneath.choices["title"][0].click()
    page.form.save_button.click()
    village.drain()
    row = shown(village, "training", session)
    assert (row["title"], row["place"]) == ("Tap huan", "Đình làng")
    assert conflicts(village) == 0


def newest_visit(village: Village) -> dict[str, Any]:
    with village.look() as uow:
        return uow.records.list("support_visit", where={"household": village.homes["Đặng Quý"]}).rows[0]


def test_a_visit_being_corrected_is_rebased_line_by_line(qtbot: QtBot, village: Village) -> None:
    with village.begin() as uow:
        visit = uow.records.list("support_visit", where={"household": village.homes["Lê Thị Phượng"]}).rows[0]
    page = VisitPage(village.jobs, village.catalogue, village.today)
    show(qtbot, page, village, {"kind": "support_visit", "id": visit["id"]})
    first, second = page.form.lines.lines()
    first.note.setFocus()
    QTest.keyClicks(first.note, "xong")
    other = {k: v for k, v in visit["lines"][1].items() if k != "id"} | {"notes": "ghi thêm"}
    changes = {f"lines/{visit['lines'][1]['id']}": {"#": 1, **other}, "minutes": 45}
    changed_elsewhere(village, "support_visit", visit["id"], changes)
    synced(page, village)
    assert page.form.when.minutes.value() == 45
    assert page.form.lines.lines()[0] is first
    assert QApplication.focusWidget() is first.note
    assert first.note.text() == "xong"
    assert second.note.text() == "ghi thêm"
    page.save(then_next=False)
    village.drain()
    now = shown(village, "support_visit", visit["id"])
    assert [line.get("notes") for line in now["lines"]] == ["xong", "ghi thêm"]
    assert now["minutes"] == 45
    assert conflicts(village) == 0


def test_a_person_being_moved_keeps_what_was_typed_and_says_who_moved_them(
    qtbot: QtBot, village: Village
) -> None:
    page = VneidPage(village.jobs, village.catalogue)
    show(qtbot, page, village)
    case = next(c for c in page._cards.values() if c.resident == village.people["Đặng Thị Hồng"])
    page.list.choose(case.id)
    village.drain()
    page.panel.place.setFocus()
    page.panel.status.setCurrentIndex(page.panel.status.findData("l2_collected"))
    page.panel.status.activated.emit(page.panel.status.currentIndex())
    page.panel.reason.setText("giấy tờ sai")
    changed_elsewhere(village, "vneid_case", case.id, {"status": "l2_granted", "granted_on": "2026-11-21"})
    synced(page, village)
    assert page.panel.reason.text() == "giấy tờ sai"
    assert page.panel.underneath.banner.text.startswith("Lê Văn Minh vừa sửa: ")
    walk(page)


def test_a_move_that_outruns_the_screen_keeps_both_statuses(village: Village) -> None:
    with village.look() as uow:
        case = uow.records.list("vneid_case", where={"status": "l2_appointment"}).rows[0]
        seen = uow.records.dots("vneid_case", case["id"])
    from ntmdesk.services import vneid

    changed_elsewhere(village, "vneid_case", case["id"], {"status": "l2_granted", "granted_on": "2026-11-21"})
    village.do(vneid.move, case["id"], "l2_collected", reason="gọi lại", seen=seen)
    assert conflicts(village) == 1


def test_words_of_the_log_are_rebased_and_wait_for_a_choice(qtbot: QtBot, village: Village) -> None:
    week = village.ask(weekly_log.week_of)
    village.do(weekly_log.edit, week, {"situation": "Tuần này ổn."})
    with village.look() as uow:
        log = uow.records.list("weekly_log").rows[0]["id"]
    page = WeeklyLogPage(village.jobs, line_of(village), village.catalogue, village.today)
    show(qtbot, page, village)
    page.tabs.show_only(page.writing)
    box = page.writing.form.field("situation").control
    box.setFocus()
    box.selectAll()  # type: ignore[attr-defined]
    QTest.keyClicks(box, "Tuan nay tot")
    changed_elsewhere(village, "weekly_log", log, {"situation": "Minh viết.", "proposals": "Thêm loa."})
    synced(page, village)
    assert page.writing.form.field("situation").value() == "Tuan nay tot"
    assert page.writing.form.field("proposals").value() == "Thêm loa."
    assert not page.writing.save_now()
    village.drain()
    assert shown(village, "weekly_log", log)["situation"] == "Minh viết."
    page.writing.underneath.choices["situation"][0].click()
    assert page.writing.save_now()
    village.drain()
    assert shown(village, "weekly_log", log)["situation"] == "Tuan nay tot"
    assert conflicts(village) == 0


def test_ones_own_later_words_never_clash_with_ones_earlier_ones(qtbot: QtBot, village: Village) -> None:
    page = WeeklyLogPage(village.jobs, line_of(village), village.catalogue, village.today)
    show(qtbot, page, village)
    page.tabs.show_only(page.writing)
    box = page.writing.form.field("situation").control
    box.setFocus()
    QTest.keyClicks(box, "Mot")
    page.writing.save_now()
    QTest.keyClicks(box, " hai")
    village.drain()
    synced(page, village)
    assert page.writing.form.field("situation").value() == "Mot hai"
    assert not page.writing.underneath.pending
    assert page.writing.save_now()
    village.drain()
    with village.look() as uow:
        assert uow.records.list("weekly_log").rows[0]["situation"] == "Mot hai"
    assert conflicts(village) == 0


def test_undo_of_anothers_change_is_never_offered_by_the_form(qtbot: QtBot, village: Village) -> None:
    """Taking over a value is reading: it writes nothing."""
    home = village.homes["Đặng Quý"]
    page, _, _ = edit_household(qtbot, village, "Đặng Quý")
    with village.look() as uow:
        before = uow.counter
    changed_elsewhere(village, "household", home, {"lane": "Ngõ 8"})
    synced(page, village)
    with village.look() as uow:
        assert uow.counter == before + 1
    assert village.ask(records.conflicts) == []
