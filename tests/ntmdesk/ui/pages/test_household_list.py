"""The list of households while records come in: nothing that a person looks at moves away."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ntmdesk.ui.models.long_list import Lines, change
from ntmdesk.ui.pages.household_lines import ListLine
from ntmdesk.ui.pages.household_list import HouseholdList
from tests.ntmdesk.ui.accessibility import walk


def homes(*numbers: int) -> Lines[ListLine]:
    return Lines.of([ListLine("household", f"h{n}", f"h{n}", f"Hộ {n}", "", "", "local") for n in numbers])


class Shown:
    """A list in a window; what it told of its own accord."""

    def __init__(self, qtbot: QtBot, lines: Lines[ListLine]) -> None:
        self.list = HouseholdList()
        self.told: list[str] = []
        self.list.chosen.connect(lambda line: self.told.append(line.id))
        qtbot.addWidget(self.list)
        self.list.resize(320, 600)
        self.list.show()
        self.there = lines
        self.list.show_lines(lines)
        QApplication.processEvents()

    def become(self, lines: Lines[ListLine], keep: str = "") -> None:
        self.list.follow(change(self.there, lines), keep)
        self.there = lines
        QApplication.processEvents()

    def top(self) -> str:
        return str(self.list.view.indexAt(QPoint(1, 1)).data().split(",")[0])

    def scroll_to(self, row: int) -> None:
        self.list.view.verticalScrollBar().setValue(row)
        QApplication.processEvents()


EVEN = range(0, 400, 2)


@pytest.mark.parametrize(
    "after",
    [
        EVEN,
        range(-40, 400, 2),  # one stretch above
        range(400),  # one between all others
        [n for n in EVEN if not 20 <= n < 60],
        [n for n in EVEN if n > 60 or n % 4 == 0],
    ],
)
def test_who_has_scrolled_keeps_what_is_seen(qtbot: QtBot, after: range | list[int]) -> None:
    shown = Shown(qtbot, homes(*EVEN))
    shown.scroll_to(50)
    assert shown.top() == "Hộ 100"
    shown.become(homes(*after))
    assert shown.top() == "Hộ 100"
    assert shown.told == []


def test_who_has_not_scrolled_sees_the_beginning(qtbot: QtBot) -> None:
    shown = Shown(qtbot, homes(*EVEN))
    shown.become(homes(*range(400)))
    assert shown.top() == "Hộ 0"
    shown.become(homes(*range(-10, 400)))
    assert shown.top() == "Hộ -10"


@pytest.mark.parametrize("after", [range(400), range(-10, 400, 2), EVEN])
def test_the_chosen_household_stays_chosen_out_of_sight_too(qtbot: QtBot, after: range | list[int]) -> None:
    shown = Shown(qtbot, homes(*EVEN))
    shown.list.view.setCurrentIndex(shown.list.view.model().index(3, 0))
    assert shown.told == ["h6"]
    shown.scroll_to(120)
    shown.become(homes(*after), keep="h6")
    assert shown.list.view.currentIndex().data().startswith("Hộ 6,")
    assert shown.list.view.selectionModel().selectedIndexes() == [shown.list.view.currentIndex()]
    assert shown.top() == "Hộ 240"
    assert shown.told == ["h6"]


def test_a_household_opened_elsewhere_comes_into_sight(qtbot: QtBot) -> None:
    shown = Shown(qtbot, homes(*EVEN))
    shown.scroll_to(50)
    shown.become(homes(*range(400)), keep="h300")
    view = shown.list.view
    assert view.viewport().rect().contains(view.visualRect(view.currentIndex()))
    assert view.currentIndex().data().startswith("Hộ 300,")


def test_a_receipt_changes_the_words_of_a_row_where_it_stands(qtbot: QtBot) -> None:
    shown = Shown(qtbot, homes(*EVEN))
    shown.scroll_to(50)
    resets: list[None] = []
    shown.list.view.model().modelReset.connect(lambda: resets.append(None))
    shown.become(Lines.of([replace(line, state="accepted") for line in shown.there.all]))
    assert shown.list.view.model().index(0, 0).data() == "Hộ 0, đã xác nhận"
    assert shown.top() == "Hộ 100"
    assert not resets
    walk(shown.list)


def test_the_last_household_leaves_and_the_first_comes(qtbot: QtBot) -> None:
    shown = Shown(qtbot, homes(1))
    shown.become(homes())
    assert shown.list._none.isVisible()
    assert not shown.list.view.isVisible()
    shown.become(homes(2, 3))
    assert shown.top() == "Hộ 2"
    assert shown.list._none.isHidden()
