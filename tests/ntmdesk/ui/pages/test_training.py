"""Training: the roll-call's one field, pasted lists, guests, counts, the session's form."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from ntmdesk.services import drafts, training
from ntmdesk.ui.pages.roll_call import split_list
from ntmdesk.ui.pages.training import TrainingPage
from tests.ntmdesk.ui.accessibility import walk
from tests.ntmdesk.ui.pages.showing import Told, press, show
from tests.ntmdesk.ui.pages.village import Village, village

__all__ = ["village"]
Opened = Callable[..., tuple[TrainingPage, Told]]


@pytest.fixture
def session(village: Village) -> str:
    values = {
        "title": "Phòng lừa đảo",
        "topics": ["T13"],
        "date": "2026-11-21",
        "audience": "resident",
        "planned_n": 12,
        "place": "Nhà văn hóa",
    }
    return str(village.do(training.save_session, values))


@pytest.fixture
def opened(qtbot: QtBot, village: Village) -> Opened:
    def make(argument: object = None) -> tuple[TrainingPage, Told]:
        page = TrainingPage(village.jobs, village.catalogue, village.today)
        return page, show(qtbot, page, village, argument)

    return make


def names(page: TrainingPage) -> list[str]:
    return [entry.title for entry in page.roll.present.entries()]


def test_typing_and_enter_marks_one_and_counts_live(opened: Opened, village: Village, session: str) -> None:
    page, _ = opened({"roll_call": "newest"})
    page.roll.box.edit.setFocus()
    press("dang thi hoa", village)
    press(Qt.Key.Key_Return, village)
    assert names(page) == ["Đặng Thị Hoà"]
    press("tran van duc", village)
    press(Qt.Key.Key_Return, village)
    counts = {name: text.text() for name, text in page.roll.counts.items()}
    assert counts == {"attended": "2", "women": "1", "elders": "2"}
    assert page.roll.box.text() == ""


def test_enter_before_the_suggestions_marks_the_only_one(
    opened: Opened, village: Village, session: str
) -> None:
    page, _ = opened(session)
    page.roll.box.set_text("phạm thị ái")
    page.roll.box.edit.entered.emit()
    village.drain()
    assert names(page) == ["Phạm Thị Ái"]


def test_marking_twice_is_once(opened: Opened, village: Village, session: str) -> None:
    page, _ = opened(session)
    for _ in range(2):
        page.roll._mark(village.people["Đặng Quý"])
        village.drain()
    assert names(page) == ["Đặng Quý"]
    assert page.roll.told_words


def test_a_pasted_list_marks_who_fits_and_keeps_the_rest(
    opened: Opened, village: Village, session: str
) -> None:
    page, _ = opened(session)
    page.roll.paste("1. Trần Văn Đức\n2. Phạm Thị Ái\n3. Hồ Xuân Không Có\n")
    village.drain()
    assert sorted(names(page)) == ["Phạm Thị Ái", "Trần Văn Đức"]
    assert [e.title for e in page.roll._open_names.entries()] == ["Hồ Xuân Không Có"]
    assert page.roll._open_names.isVisibleTo(page)


def test_an_unknown_name_becomes_a_guest_who_counts(opened: Opened, village: Village, session: str) -> None:
    page, _ = opened(session)
    page.roll.box.set_text("Hồ Thị Khách")
    page.roll.box.edit.entered.emit()
    village.drain()
    guest = page.roll.guest
    assert guest.isVisibleTo(page)
    walk(page)
    guest.sex.setCurrentIndex(guest.sex.findData("f"))
    guest.year.setText("1950")
    guest.year.returnPressed.emit()
    village.drain()
    counts = village.ask(training.roll_call, session).counts
    assert (counts.attended, counts.women, counts.elders) == (1, 1, 1)
    assert not guest.isVisibleTo(page)


def test_taking_off_can_be_undone(opened: Opened, village: Village, session: str) -> None:
    village.do(training.mark, session, resident=village.people["Đặng Quý"])
    page, told = opened(session)
    page.roll.present.setFocus()
    page.roll.remove_button.click()
    village.drain()
    assert names(page) == []
    told.undo[-1][1]()
    village.drain()
    assert names(page) == ["Đặng Quý"]


def test_a_new_session_is_saved_and_its_roll_opens(opened: Opened, village: Village) -> None:
    page, _ = opened()
    page.new_session()
    village.drain()
    walk(page)
    form = page.form.form
    form.fill({"title": "VNeID cho người cao tuổi", "topics": ["T05"], "audience": "elder"})
    page.form.save_button.click()
    village.drain()
    lines = village.ask(training.sessions)
    assert [line.title for line in lines] == ["VNeID cho người cao tuổi"]
    assert page.roll.session == lines[0].id
    assert page.roll.isVisibleTo(page)


def test_a_session_without_title_is_refused_at_its_field(opened: Opened, village: Village) -> None:
    page, _ = opened()
    page.new_session()
    village.drain()
    page.form.form.fill({"topics": ["T05"]})
    page.form.save_button.click()
    village.drain()
    assert village.ask(training.sessions) == []
    assert page.form.isVisibleTo(page)


def test_leaving_a_begun_session_keeps_it_as_a_draft(opened: Opened, village: Village) -> None:
    page, _ = opened()
    page.new_session()
    village.drain()
    page.form.form.fill({"title": "Dở dang"})
    page.leave()
    village.drain()
    draft = village.ask(drafts.latest, "training")
    assert draft is not None
    assert draft.body["title"] == "Dở dang"
    page.new_session()
    village.drain()
    assert page.form.values()["title"] == "Dở dang"


def test_changing_a_session_writes_only_what_changed(opened: Opened, village: Village, session: str) -> None:
    page, _ = opened(session)
    page.roll._ask_edit()
    village.drain()
    page.form.form.fill({"place": "Trường tiểu học"})
    page.form.save_button.click()
    village.drain()
    row = village.ask(training.roll_call, session).session
    assert (row["place"], row["planned_n"]) == ("Trường tiểu học", 12)


def test_deleting_a_session_can_be_undone(opened: Opened, village: Village, session: str) -> None:
    page, told = opened(session)
    page.roll.delete_asked.emit(session)
    village.drain()
    assert village.ask(training.sessions) == []
    told.undo[-1][1]()
    village.drain()
    assert len(village.ask(training.sessions)) == 1


def test_no_session_says_what_to_do_and_reads_aloud(opened: Opened) -> None:
    page, _ = opened()
    walk(page)
    assert page.list.entries() == []


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a\nb", ["a", "b"]),
        ("1. Lan, 2) Hoa; Hoa\n", ["Lan", "Hoa"]),
        ("  \n\t", []),
        ("038158000123", ["038158000123"]),
    ],
)
def test_lists_are_split_however_they_come(text: str, wanted: list[str]) -> None:
    assert split_list(text) == wanted


def test_a_guest_who_cannot_be_added_as_typed_is_told_why(
    opened: Opened, village: Village, session: str
) -> None:
    page, _ = opened(session)
    guest = page.roll.guest
    page.roll._ask_guest("Ngô Thị Khách")
    guest.year.setText("19xx")
    guest.year.returnPressed.emit()
    village.drain()
    assert "19xx" in page.roll.told_words
    assert guest.isVisibleTo(page)
    guest.year.setText("1960")
    guest.year.returnPressed.emit()
    village.drain()
    assert names(page) == ["Ngô Thị Khách"]
    page.roll._ask_guest("  ")
    guest.year.returnPressed.emit()
    village.drain()
    assert page.roll.told_words


def test_a_second_guest_of_the_same_name_is_not_lost_in_silence(
    opened: Opened, village: Village, session: str
) -> None:
    page, _ = opened(session)
    guest = page.roll.guest
    for year in ("1960", "1985"):
        page.roll._ask_guest("Ngô Thị Khách")
        guest.year.setText(year)
        guest.year.returnPressed.emit()
        village.drain()
    assert "Ngô Thị Khách" in page.roll.told_words
    assert guest.isVisibleTo(page)
    guest.name.setText("Ngô Thị Khách (Ngõ 4)")
    guest.year.returnPressed.emit()
    village.drain()
    assert names(page) == ["Ngô Thị Khách", "Ngô Thị Khách (Ngõ 4)"]


def test_an_empty_clipboard_is_said(opened: Opened, village: Village, session: str) -> None:
    page, _ = opened(session)
    page.roll.paste("  \n ")
    village.drain()
    assert page.roll.told_words
