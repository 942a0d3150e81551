"""Households: the list and its chips, the page of one, editing, consent, doubles joined and separated."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ntmdesk.services import consents, drafts, people
from ntmdesk.services.people import HouseholdLine
from ntmdesk.ui.pages.household_lines import household_line
from ntmdesk.ui.pages.household_members import Members
from ntmdesk.ui.pages.people import PeoplePage
from tests.ntmdesk.ui.accessibility import walk
from tests.ntmdesk.ui.pages.showing import Told, press, show
from tests.ntmdesk.ui.pages.village import Village, village

__all__ = ["village"]


def open_page(qtbot: QtBot, village: Village, argument: object = None) -> tuple[PeoplePage, Told]:
    page = PeoplePage(village.jobs, village.catalogue, village.today)
    return page, show(qtbot, page, village, argument)


def names(page: PeoplePage) -> list[str]:
    return [line.title for line in page.list.lines()]


def test_the_list_is_in_vietnamese_order_by_given_name(qtbot: QtBot, village: Village) -> None:
    page, _ = open_page(qtbot, village)
    assert names(page) == [
        "Phạm Thị Ái",
        "Nguyễn Văn Ân",
        "Vũ Đình Bảo",
        "Bùi Thị Cẩm",
        "Trần Văn Đức",
        "Lê Thị Phượng",
        "Đặng Quý",
    ]


def test_chips_narrow_the_list_and_say_how_many(qtbot: QtBot, village: Village) -> None:
    page, _ = open_page(qtbot, village, {"chips": ["not_this_quarter"]})
    assert names(page) == ["Vũ Đình Bảo"]
    chip = next(chip for chip in page.list.chips.chips() if chip.code == "has_elder")
    assert chip.text() == "có người già 3"
    page.list.set_chips(["poor"])
    village.drain()
    assert names(page) == ["Đặng Quý"]


def test_typing_without_marks_finds_households_and_people(qtbot: QtBot, village: Village) -> None:
    page, _ = open_page(qtbot, village)
    press("dang", village)
    assert set(names(page)) == {"Đặng Quý", "Đặng Thị Hoà", "Đặng Thị Hồng"}
    press("zzz", village)
    assert names(page) == []
    assert page.list._none.isVisible()


def test_arrows_open_the_household_of_whoever_was_found(qtbot: QtBot, village: Village) -> None:
    page, _ = open_page(qtbot, village)
    press("dang thi hoa", village)
    press(Qt.Key.Key_Down, village)
    assert page.view.household == village.homes["Trần Văn Đức"]
    assert page.stack.currentWidget() is page.view


def test_a_new_household_is_written_and_shown(qtbot: QtBot, village: Village) -> None:
    page, told = open_page(qtbot, village, {"new": "household"})
    form = page.editor.form
    assert form is not None
    form.fill({"head_name": "Hồ Thị Sen", "lane": "Ngõ 9"})
    page.editor.save()
    village.drain()
    assert "Hồ Thị Sen" in names(page)
    assert page.stack.currentWidget() is page.view
    told.undo[-1][1]()
    village.drain()
    assert "Hồ Thị Sen" not in names(page)


def test_what_is_wrong_is_said_at_the_field(qtbot: QtBot, village: Village) -> None:
    page, _ = open_page(qtbot, village, {"new": "household"})
    form = page.editor.form
    assert form is not None
    form.fill({"members_n": 3, "adults_n": 9})
    page.editor.save()
    village.drain()
    assert form.field("head_name").problem_words()
    assert form.field("adults_n").problem_words() == "Số người lớn nhiều hơn số nhân khẩu"
    assert form.field("head_name").control.hasFocus()


def test_a_double_is_told_before_a_new_household_is_saved(qtbot: QtBot, village: Village) -> None:
    page, _told = open_page(qtbot, village, {"new": "household"})
    form = page.editor.form
    assert form is not None
    form.fill({"head_name": "Trần Văn Đức", "lane": "Ngõ 4"})
    page.editor.save()
    village.drain()
    assert page.editor.doubles.isVisible()
    assert form.values()["head_name"] == "Trần Văn Đức"
    page.editor.doubles.use.emit(page.editor.doubles.doubles()[0])
    village.drain()
    assert page.view.household == village.homes["Trần Văn Đức"]


def test_only_what_changed_is_saved_when_editing(qtbot: QtBot, village: Village) -> None:
    page, _ = open_page(qtbot, village, {"kind": "household", "id": village.homes["Đặng Quý"]})
    page.view.edit_button.click()
    village.drain()
    form = page.editor.form
    assert form is not None
    form.fill({"smartphones_n": 1})
    page.editor.save()
    village.drain()
    with village.look() as uow:
        change = uow.history.of(village.homes["Đặng Quý"])[0]
    assert (change.field, change.after) == ("smartphones_n", 1)
    assert "Số điện thoại thông minh: 1" in page.view._devices.text()


def test_a_number_needs_consent_which_is_asked_right_there(qtbot: QtBot, village: Village) -> None:
    page, _ = open_page(qtbot, village)
    resident = village.people["Đặng Thị Hoà"]
    page._edit("resident", resident)
    village.drain()
    form = page.editor.form
    assert form is not None
    form.fill({"id_number": "038158000123"})
    page.editor.save()
    village.drain()
    assert page.editor.consent.isVisible()
    with village.look() as uow:
        assert "id_number" not in uow.records.get("resident", resident)
    page.editor.consent.purposes.choose(["identity"])
    page.editor.consent.channel.choose(["paper"])
    page.editor.consent.accept.click()
    village.drain()
    with village.look() as uow:
        assert uow.records.get("resident", resident)["id_number"] == "038158000123"
    assert village.ask(consents.consent_of, resident).live


def test_consent_is_given_and_withdrawn_from_the_page(qtbot: QtBot, village: Village) -> None:
    page, _ = open_page(qtbot, village, {"kind": "household", "id": village.homes["Trần Văn Đức"]})
    resident = village.people["Trần Văn Đức"]
    page.view.ask_consent(resident)
    page.view.consent.purposes.choose(["support"])
    page.view.consent.channel.choose(["paper"])
    page.view.consent.accept.click()
    village.drain()
    assert village.ask(consents.consent_of, resident).live
    page.view.members.withdraw_asked.emit(resident)
    village.drain()
    assert not village.ask(consents.consent_of, resident).live


def test_doubles_are_joined_and_separated(qtbot: QtBot, village: Village) -> None:
    again = village.do(
        people.add_household, {"head_name": "Trần Văn Đức", "lane": "Ngõ 4"}, sure=True
    ).household
    here = village.homes["Trần Văn Đức"]
    page, _ = open_page(qtbot, village, {"kind": "household", "id": here})
    double = page.view.doubles.doubles()[0]
    assert double.id == again
    page.view.doubles.use.emit(double)
    village.drain()
    with village.look() as uow:
        assert set(uow.samenesses.group(here)) == {here, again}
    assert names(page).count("Trần Văn Đức") == 1
    assert page.view.separate_button.isVisible()
    page.view.separate_button.click()
    village.drain()
    assert names(page).count("Trần Văn Đức") == 2
    assert page.view.doubles.isHidden(), "called different, they are not asked about again"


def test_steps_and_past_lead_to_their_pages(qtbot: QtBot, village: Village) -> None:
    page, told = open_page(qtbot, village, {"kind": "household", "id": village.homes["Đặng Quý"]})
    for step in list(page.view._steps):
        page.view.step_taken.emit(step)
    assert ("vneid", {"resident": village.people["Đặng Quý"]}) in told.gone
    visit = next(argument for place, argument in told.gone if place == "visit")
    assert visit["household"] == village.homes["Đặng Quý"]
    page.view.visit_button.click()
    assert told.gone[-1] == ("visit", {"household": village.homes["Đặng Quý"]})


def test_a_half_filled_form_is_kept_without_the_number(qtbot: QtBot, village: Village) -> None:
    page, _ = open_page(qtbot, village, {"new": "resident"})
    form = page.editor.form
    assert form is not None
    form.fill({"full_name": "Hồ Thị Sen", "id_number": "038166000123"})
    form.edited.emit()
    page.leave()
    village.drain()
    draft = village.ask(drafts.latest, "record-resident")
    assert draft.body["values"]["full_name"] == "Hồ Thị Sen"
    assert "id_number" not in draft.body["values"]
    again, _ = open_page(qtbot, village, {"new": "resident"})
    assert again.editor.offer.isVisible()
    again.editor.offer.take.click()
    assert again.editor.form is not None
    assert again.editor.form.values()["full_name"] == "Hồ Thị Sen"


def test_every_control_tells_its_name(qtbot: QtBot, village: Village) -> None:
    page, _ = open_page(qtbot, village, {"kind": "household", "id": village.homes["Trần Văn Đức"]})
    walk(page)
    page.view._toggle_join()
    page.view.ask_consent(village.people["Trần Đức Minh"])
    walk(page)
    page._edit("household", village.homes["Trần Văn Đức"])
    village.drain()
    walk(page)


def test_people_of_a_household_are_not_crushed_by_a_short_window(qtbot: QtBot, village: Village) -> None:
    home = village.ask(people.household_page, village.homes["Trần Văn Đức"])
    shown = Members(village.catalogue)
    qtbot.addWidget(shown)
    shown.resize(600, 20)
    shown.show()
    shown.show_members(home.members * 4)
    QApplication.processEvents()
    assert shown.minimumHeight() >= 4 * len(home.members) * 40


def test_that_nobody_is_written_down_yet_is_not_cut(qtbot: QtBot, village: Village) -> None:
    page, _ = open_page(qtbot, village)
    page.arrive({"kind": "household", "id": village.homes["Nguyễn Văn Ân"]})
    village.drain()
    for _ in range(5):
        QApplication.processEvents()
    (words,) = page.view.members._held
    assert words.height() >= words.heightForWidth(words.width())


def test_a_household_without_a_name_is_told_by_its_code(qtbot: QtBot, village: Village) -> None:
    home = HouseholdLine("x", "9d95-0001", "", "", None, 0, None, 0, "", None, "refused")
    assert household_line(home, village.today()).title == "hộ 9d95-0001"
