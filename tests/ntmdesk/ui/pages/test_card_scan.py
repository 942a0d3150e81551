"""Scanning a card: fields filled in, the code's text forgotten, the number only under a consent."""

from __future__ import annotations

from typing import Any

from pytestqt.qtbot import QtBot

from ntmdesk.ui.pages.card_scan import ScanCard
from ntmdesk.ui.pages.visit import VisitPage
from tests.ntmdesk.ui.accessibility import walk
from tests.ntmdesk.ui.pages.showing import show
from tests.ntmdesk.ui.pages.village import Village, village

__all__ = ["village"]

CARD = "038158000123||Đặng Thị Hoà|15031958|Nữ|Ngõ 4, Thôn 1, Xã Hoằng Giang|01012022"
NEW = "038066000456|171234567|Hồ Văn Sen|02091966|Nam|Ngõ 9, Thôn 1, Xã Hoằng Giang|01012022"


def scanner(qtbot: QtBot, village: Village) -> ScanCard:
    dialog = ScanCard(village.jobs, village.catalogue, village.today)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def test_a_card_is_read_and_its_text_forgotten(qtbot: QtBot, village: Village) -> None:
    dialog = scanner(qtbot, village)
    taken: list[dict[str, Any]] = []
    dialog.person_new.connect(taken.append)
    dialog.code.setText(NEW)
    dialog.code.returnPressed.emit()
    village.drain()
    assert dialog.code.text() == ""
    assert dialog._who.text() == "Hồ Văn Sen · 02/09/1966 · Nam"
    assert "038066000456" not in dialog._told.text()
    walk(dialog)
    dialog.fill.click()
    assert taken == [
        {
            "id_number": "038066000456",
            "birth": "1966-09-02",
            "sex": "m",
            "full_name": "Hồ Văn Sen",
            "address_text": "Ngõ 9, Thôn 1, Xã Hoằng Giang",
        }
    ]
    assert dialog.values() == {}


def test_somebody_recorded_is_found(qtbot: QtBot, village: Village) -> None:
    dialog = scanner(qtbot, village)
    found: list[str] = []
    dialog.person_found.connect(found.append)
    dialog.code.setText(CARD)
    dialog.read()
    village.drain()
    double = dialog.doubles.doubles()[0]
    dialog.doubles.use.emit(double)
    assert found == [village.people["Đặng Thị Hoà"]]


def test_what_is_no_card_is_said_and_not_kept(qtbot: QtBot, village: Village) -> None:
    dialog = scanner(qtbot, village)
    dialog.code.setText("https://example.org")
    dialog.read()
    assert dialog._problem.text()
    assert dialog.code.text() == ""
    assert not dialog.fill.isEnabled()


def test_a_scanned_newcomer_fills_the_form_but_the_number_waits(qtbot: QtBot, village: Village) -> None:
    page = VisitPage(village.jobs, village.catalogue, village.today)
    show(qtbot, page, village)
    page.who.scanned_new({"full_name": "Hồ Văn Sen", "birth": "1966-09-02", "id_number": "038066000456"})
    village.drain()
    new = page.form.new
    assert new.editors["head_name"].value() == "Hồ Văn Sen"
    assert new.editors["birth"].value() == "1966-09-02"
    assert new.editors["id_number"].value() is None
    assert "038066000456" not in str(page.draft.worth_keeping())
