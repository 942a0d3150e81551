"""Writing down a visit: by keyboard, kept as a draft, taken back, with new people and consents."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from pytestqt.qtbot import QtBot

from ntmdesk.services import consents, drafts, people, records, visits
from ntmdesk.ui.pages.visit import VisitPage
from ntmdesk.ui.pages.visit_reading import read_start
from tests.ntmdesk.ui.accessibility import walk
from tests.ntmdesk.ui.pages.showing import Told, press, show
from tests.ntmdesk.ui.pages.village import Village, village

__all__ = ["village"]
ENTER = Qt.Key.Key_Return


def open_page(qtbot: QtBot, village: Village, argument: object = None) -> tuple[VisitPage, Told]:
    page = VisitPage(village.jobs, village.catalogue, village.today)
    return page, show(qtbot, page, village, argument)


def written(village: Village, count: int = 1) -> list[dict[str, object]]:
    rows = village.ask(visits.today_list)
    assert len(rows) == count
    return rows


def test_a_visit_is_written_by_keyboard_alone(qtbot: QtBot, village: Village) -> None:
    _page, told = open_page(qtbot, village)
    press("dang thi hoa", village)
    press(ENTER, village)
    press("4 10 ", village)
    press(ENTER, village, control=True)
    [row] = written(village)
    assert row["household"] == village.homes["Trần Văn Đức"]
    assert row["persons"] == [village.people["Đặng Thị Hoà"]]
    assert [line["service"] for line in row["lines"]] == ["K04", "K10"]
    assert {line["outcome"] for line in row["lines"]} == {"done"}
    assert row["place_type"] == "home"
    assert row["minutes"] == 20
    assert row["members"] == [village.author.person]
    assert told.undo[0][0] == "Đã lưu: Đặng Thị Hoà · 2 dịch vụ"


def test_after_saving_the_form_is_clear_and_keeps_what_stays(qtbot: QtBot, village: Village) -> None:
    page, _ = open_page(qtbot, village)
    page.form.when.minutes.set_value(35)
    page.form.when.place.choose("market")
    press("le thi phuong", village)
    press(ENTER, village)
    press("26 ", village)
    press(ENTER, village, control=True)
    assert page.form.who.text() == ""
    assert page.form.chips.chosen() == []
    assert page.form.values()["minutes"] == 35
    assert page.form.values()["place_type"] == "market"
    assert page.form.who.edit.hasFocus()
    press("dang quy", village)
    press(ENTER, village)
    press("34 ", village)
    press(ENTER, village, control=True)
    assert {row["minutes"] for row in written(village, 2)} == {35}


def test_undo_takes_the_visit_back(qtbot: QtBot, village: Village) -> None:
    _page, told = open_page(qtbot, village)
    press("pham thi ai", village)
    press(ENTER, village)
    press("1 ", village)
    press(ENTER, village, control=True)
    written(village)
    told.undo[-1][1]()
    village.drain()
    written(village, 0)
    assert told.words[-1] == ("good", "Đã hoàn tác")


def test_a_number_beyond_the_first_chips_brings_the_others(qtbot: QtBot, village: Village) -> None:
    page, _ = open_page(qtbot, village)
    page.form.chips.focus_first()
    press("34 ", village)
    assert page.form.chips.chosen() == ["K34"]


def test_an_outcome_asks_for_what_it_needs_at_its_line(qtbot: QtBot, village: Village) -> None:
    page, _told = open_page(qtbot, village)
    press("dang quy", village)
    press(ENTER, village)
    press("10 ", village)
    line = page.form.lines.lines()[0]
    line.outcome.setFocus()
    press("5", village)
    assert line.row()["outcome"] == "failed"
    page.save()
    village.drain()
    assert line.problem_words() == "Không thực hiện được thì cần lý do"
    assert line.reason.hasFocus()
    assert page.form.who.text() == "Đặng Quý"
    written(village, 0)
    line.reason.choose("F15")
    page.save()
    village.drain()
    assert written(village)[0]["lines"][0]["failure_reason"] == "F15"


def test_nothing_filled_in_says_what_is_missing(qtbot: QtBot, village: Village) -> None:
    page, _ = open_page(qtbot, village)
    page.save()
    assert village.executor.waiting == 0
    assert page.form.local_problems()[0][0] == "who"
    assert page.form.who.edit.hasFocus()


def test_a_draft_survives_the_page_and_is_offered_again(qtbot: QtBot, village: Village) -> None:
    page, _ = open_page(qtbot, village)
    press("dang thi hong", village)
    press(ENTER, village)
    press("5 ", village)
    page.form.lines.lines()[0].note.setText("BHYT xong")
    assert page.draft.pause.isActive()
    page.draft.pause.timeout.emit()
    village.drain()
    assert village.ask(drafts.latest, "visit") is not None

    again, _ = open_page(qtbot, village)
    assert again.sheet.offer.isVisible()
    again.sheet.offer.take.click()
    village.drain()
    assert again.form.who.text() == "Đặng Thị Hồng"
    assert again.form.values()["lines"][0]["notes"] == "BHYT xong"
    again.save()
    village.drain()
    assert written(village)[0]["persons"] == [village.people["Đặng Thị Hồng"]]
    assert village.ask(drafts.latest, "visit") is None


def test_a_dropped_draft_can_be_brought_back(qtbot: QtBot, village: Village) -> None:
    village.do(drafts.save, "visit", {"values": {"notes": "dở dang"}, "typed": "Bùi", "who": None})
    page, told = open_page(qtbot, village)
    page.sheet.offer.drop.click()
    village.drain()
    assert village.ask(drafts.latest, "visit") is None
    told.undo[-1][1]()
    assert page.form.notes.text() == "dở dang"


def test_a_household_is_created_on_the_spot_with_its_head(qtbot: QtBot, village: Village) -> None:
    page, _ = open_page(qtbot, village)
    press("Hồ Thị Sen", village)
    press(Qt.Key.Key_N, village, control=True)
    assert page.form.new.isVisible()
    page.form.new.editors["lane"].set_value("Ngõ 9")
    page.form.new.editors["birth"].set_value("1966")
    page.form.take_service("K01")
    page.save()
    village.drain()
    row = written(village)[0]
    home = village.ask(people.household_page, row["household"])
    assert home.household["head_name"] == "Hồ Thị Sen"
    assert [m.resident["full_name"] for m in home.members] == ["Hồ Thị Sen"]
    assert row["persons"] == [home.members[0].resident["id"]]


def test_enter_leads_from_a_new_household_to_the_services(qtbot: QtBot, village: Village) -> None:
    page, _ = open_page(qtbot, village)
    press("Mai Thị Xoan", village)
    press(Qt.Key.Key_Return, village)
    press("Ngõ 9", village)
    press(Qt.Key.Key_Tab, village)
    assert page.form.new.editors["birth"].control.hasFocus()
    press(Qt.Key.Key_Return, village)
    assert page.form.chips.chips()[0].hasFocus()


def test_the_empty_field_leaves_undo_to_the_window(qtbot: QtBot, village: Village) -> None:
    page, told = open_page(qtbot, village)
    QShortcut(QKeySequence("Ctrl+Z"), page).activated.connect(lambda: told.undo[-1][1]())
    press("dang thi hoa", village)
    press(ENTER, village)
    press("4 ", village)
    press(ENTER, village, control=True)
    written(village)
    assert page.form.who.edit.hasFocus()
    press(Qt.Key.Key_Z, village, control=True)
    written(village, 0)


def test_a_possible_double_explains_itself_and_typing_stays(qtbot: QtBot, village: Village) -> None:
    page, _told = open_page(qtbot, village)
    page.form.who.edit.setFocus()
    press("Đặng Thị Hoà", village)
    press(Qt.Key.Key_N, village, control=True)
    new = page.form.new
    new.editors["birth"].set_value("1958")
    new.editors["lane"].set_value("Ngõ 4")
    page.form.take_service("K01")
    page.save()
    village.drain()
    assert new.doubles.isVisible()
    assert "same_birth_year" in new.doubles.doubles()[0].reasons
    assert new.editors["birth"].value() == "1958"
    written(village, 0)
    new.doubles.go_on.emit()
    page.save()
    village.drain()
    written(village)


def test_taking_the_double_uses_who_is_recorded(qtbot: QtBot, village: Village) -> None:
    page, _ = open_page(qtbot, village)
    page.who.create("Đặng Thị Hoà", {"birth": "1958", "lane": "Ngõ 4"})
    village.drain()
    double = next(d for d in page.form.new.doubles.doubles() if d.kind == "resident")
    page.form.new.use.emit(double)
    village.drain()
    assert page.form.new.isHidden()
    assert page.form.chosen_persons() == [village.people["Đặng Thị Hoà"]]


def test_a_number_waits_for_consent_and_is_saved_with_it(qtbot: QtBot, village: Village) -> None:
    page, _ = open_page(qtbot, village)
    page.who.create("Hồ Thị Sen", {"id_number": "038166000123", "birth": "1966", "sex": "f"})
    new = page.form.new
    assert new.editors["id_number"].value() is None
    new.ask.click()
    new.consent.purposes.choose(["support", "identity"])
    new.consent.channel.choose(["spoken"])
    new.consent.accept.click()
    assert new.consent.isVisible(), "spoken consent without a witness is not taken"
    new.consent._show_witness()
    new.consent.witness.setText("Trần Thị Bưởi")
    new.consent.accept.click()
    assert new.editors["id_number"].value() == "038166000123"
    page.form.take_service("K01")
    page.save()
    village.drain()
    resident = written(village)[0]["persons"][0]
    with village.look() as uow:
        assert uow.records.get("resident", resident)["id_number"] == "038166000123"
        assert consents.consent_of(uow, resident).live


def test_consent_is_asked_in_the_right_column(qtbot: QtBot, village: Village) -> None:
    page, told = open_page(qtbot, village)
    press("tran van duc", village)
    page.form.who.edit.setFocus()
    press(ENTER, village)
    if page.who.chosen is None or page.who.chosen.kind != "resident":
        page.who.begin_known("resident", village.people["Trần Văn Đức"])
        village.drain()
    page.side.ask.click()
    page.side.consent.purposes.choose(["support", "identity"])
    page.side.consent.channel.choose(["paper"])
    page.side.consent.accept.click()
    village.drain()
    assert village.ask(consents.consent_of, village.people["Trần Văn Đức"]).live
    assert told.undo[-1][0] == "Đã ghi nhận đồng ý"
    assert page.side.ask.isHidden()


def test_a_step_of_the_past_is_taken_up(qtbot: QtBot, village: Village) -> None:
    page, _ = open_page(qtbot, village, {"household": village.homes["Đặng Quý"]})
    step = next(s for s in page.side.steps() if s.code == "follow_up")
    page.side.step_taken.emit(step)
    assert page.form.chips.chosen() == ["K10"]
    page.save()
    village.drain()
    assert written(village)[0]["follow_up_of"] == step.visit
    assert village.ask(visits.follow_ups) == []


def test_an_earlier_visit_is_corrected_and_only_the_change_is_saved(qtbot: QtBot, village: Village) -> None:
    with village.look() as uow:
        old = next(r for r in uow.records.list("support_visit").rows if r["date"] == "2026-11-12")
    page, _told = open_page(qtbot, village, {"kind": "support_visit", "id": old["id"]})
    assert page.head[0] == "Sửa lượt hỗ trợ"
    page.form.when.minutes.set_value(45)
    page.save(then_next=False)
    village.drain()
    with village.look() as uow:
        row = uow.records.get("support_visit", old["id"])
        fields = {c.field for c in uow.history.of(old["id"])[:1]}
    assert row["minutes"] == 45
    assert row["lines"] == old["lines"]
    assert fields == {"minutes"}
    page.sheet.delete.click()
    village.drain()
    with village.look() as uow:
        assert old["id"] not in [r["id"] for r in uow.records.list("support_visit").rows]


def test_every_control_tells_its_name(qtbot: QtBot, village: Village) -> None:
    page, _ = open_page(qtbot, village)
    walk(page)
    page.who.create("Hồ Thị Sen")
    page.form.new.ask_consent()
    page.form.take_service("K10")
    village.drain()
    walk(page)


def test_what_was_begun_is_set_aside_when_another_household_is_opened(qtbot: QtBot, village: Village) -> None:
    page, _ = open_page(qtbot, village)
    press("dang quy", village)
    press(ENTER, village)
    page.form.notes.setText("dở dang")
    page.form.edited.emit()
    page.arrive({"household": village.homes["Lê Thị Phượng"]})
    village.drain()
    assert page.form.who.text() == "Lê Thị Phượng"
    assert page.form.notes.text() == ""
    assert village.ask(drafts.latest, "visit").body["values"]["notes"] == "dở dang"
    page.form.take_service("K01")
    page.save()
    village.drain()
    assert village.ask(drafts.latest, "visit").body["values"]["notes"] == "dở dang"


def test_clearing_the_form_can_be_undone(qtbot: QtBot, village: Village) -> None:
    page, told = open_page(qtbot, village)
    press("dang quy", village)
    press(ENTER, village)
    press("26 ", village)
    page.sheet.discard.click()
    village.drain()
    assert page.form.is_empty()
    told.undo[-1][1]()
    village.drain()
    assert page.form.who.text() == "Đặng Quý"
    assert page.form.chips.chosen() == ["K26"]


def test_after_a_refusal_everything_typed_stays_and_is_kept(qtbot: QtBot, village: Village) -> None:
    page, _ = open_page(qtbot, village)
    page.who.create("Trần Văn Đức", {"lane": "Ngõ 4"})
    village.drain()
    page.form.take_service("K01")
    page.save()
    village.drain()
    assert page.form.new.name() == "Trần Văn Đức"
    assert page.draft.pause.isActive()
    written(village, 0)


def test_a_step_of_the_vneid_road_is_written_with_the_visit(qtbot: QtBot, village: Village) -> None:
    page, _ = open_page(qtbot, village)
    press("tran van duc", village)
    page.who.begin_known("resident", village.people["Trần Văn Đức"])
    village.drain()
    page.form.take_service("K04")
    assert page.form.services.follow_case.isVisible()
    assert page.form.services.follow_case.text().startswith("Ghi luôn vào theo dõi VNeID: ")
    page.save()
    village.drain()
    with village.look() as uow:
        [case] = uow.records.list("vneid_case", where={"resident": village.people["Trần Văn Đức"]}).rows
    assert case["status"] == "l2_active"


def test_the_step_is_left_out_when_ticked_off(qtbot: QtBot, village: Village) -> None:
    page, _ = open_page(qtbot, village)
    page.who.begin_known("resident", village.people["Đặng Thị Hoà"])
    village.drain()
    page.form.take_service("K01")
    page.form.services.follow_case.setChecked(False)
    page.save()
    village.drain()
    written(village)
    with village.look() as uow:
        assert uow.records.list("vneid_case", where={"resident": village.people["Đặng Thị Hoà"]}).rows == []


def test_a_household_in_the_trash_does_not_stop_the_page(qtbot: QtBot, village: Village) -> None:
    home = village.homes["Bùi Thị Cẩm"]
    lines = [{"service": "K01", "outcome": "done"}]
    values = {"household": home, "place_type": "home", "lines": lines}
    village.do(visits.record, visits.VisitDraft(values))
    village.do(records.delete, "household", home)
    page, told = open_page(qtbot, village)
    assert page.form.chips.chips(), "the form is offered all the same"
    page.side.opened.emit(("support_visit", written(village)[0]["id"]))
    village.drain()
    assert page.form.who.text() == "Bùi Thị Cẩm"
    assert told.words == []


def test_what_was_written_down_today_stands_in_order_of_time(village: Village) -> None:
    for head, start in (("Lê Thị Phượng", "09:15"), ("Đặng Quý", "14:00"), ("Phạm Thị Ái", "07:30")):
        values = {
            "household": village.homes[head],
            "date": village.today().isoformat(),
            "start": start,
            "place_type": "home",
            "minutes": 20,
            "lines": [{"service": "K04", "outcome": "done"}],
        }
        village.do(visits.record, visits.VisitDraft(values))
    written = village.ask(read_start, village.catalogue).today
    assert [item.when for item in written][:3] == ["14:00", "09:15", "07:30"]
