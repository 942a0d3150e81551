"""The window: places by key, palette, undo, refresh, narrow screens."""

from __future__ import annotations

from contextlib import nullcontext

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QPushButton, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from ntmdesk.errors import EnvironmentProblem
from ntmdesk.ui.jobs import Jobs
from ntmdesk.ui.main_window import MainWindow
from ntmdesk.ui.places import Command, Found, Place
from ntmdesk.ui.widgets.button import Button
from ntmdesk.ui.widgets.nav_rail import NavRail
from ntmdesk.ui.widgets.page import Page
from ntmdesk.ui.widgets.page_head import PageHead
from tests.fakes import ManualExecutor
from tests.ntmdesk.ui.accessibility import tab_order, walk
from tests.ntmdesk.ui.gallery import PLACES, gallery

CONTROL = Qt.KeyboardModifier.ControlModifier


class NotingPage(Page):
    """Notes what the window does with it."""

    kinds = frozenset({"household"})

    def __init__(self, key: str, notes: list[str]) -> None:
        super().__init__()
        self.key = key
        self.notes = notes
        self.button = Button("Làm")
        self.rows.addWidget(self.button)
        notes.append(f"{key} built")

    def arrive(self, argument: object = None) -> None:
        self.notes.append(f"{self.key} arrives {argument}")
        self.set_head(f"Trang {self.key}", "một dòng")

    def refresh(self) -> None:
        self.notes.append(f"{self.key} refreshes")

    def leave(self) -> None:
        self.notes.append(f"{self.key} leaves")


class Set:
    """A window of noting pages."""

    def __init__(self, qtbot: QtBot) -> None:
        self.notes: list[str] = []
        self.asked: list[str] = []
        self.executor = ManualExecutor()
        self.jobs: Jobs[object] = Jobs(self._open, self.executor)
        self.touched: frozenset[str] = frozenset()
        places = [
            Place(key, key.upper(), "house", lambda key=key: NotingPage(key, self.notes))
            for key in ("home", "people", "syncing", "settings")
        ]
        commands = [
            Command("visit", "Ghi lượt hỗ trợ", "F2", "plus", lambda: self.notes.append("F2"), "thăm")
        ]
        self.window = MainWindow(places, commands, self._find, [self.jobs])
        qtbot.addWidget(self.window)
        self.window.open_place("home")
        self.window.show()
        self.window.activateWindow()
        qtbot.waitUntil(self.window.isActiveWindow)
        self.notes.clear()

    def _open(self) -> nullcontext[object]:
        class Unit:
            touched = self.touched

        return nullcontext(Unit())

    def _find(self, text: str, deliver: object) -> None:
        self.asked.append(text)
        if text == "hoa":
            deliver([Found("Đặng Thị Hoà", "1958", "people", "id-1", "local")])  # type: ignore[operator]


@pytest.fixture
def made(qtbot: QtBot) -> Set:
    return Set(qtbot)


def test_pages_are_built_at_their_first_visit(made: Set, qtbot: QtBot) -> None:
    assert made.window.page("people") is None
    qtbot.keyClick(made.window, Qt.Key.Key_2, CONTROL)
    qtbot.keyClick(made.window, Qt.Key.Key_1, CONTROL)
    qtbot.keyClick(made.window, Qt.Key.Key_2, CONTROL)
    qtbot.keyClick(made.window, Qt.Key.Key_Comma, CONTROL)
    assert made.notes == [
        "home leaves",
        "people built",
        "people arrives None",
        "people leaves",
        "home arrives None",
        "home leaves",
        "people arrives None",
        "people leaves",
        "settings built",
        "settings arrives None",
    ]
    assert made.window.current == "settings"
    assert made.window.windowTitle() == "Trang settings · ntmdesk"


def test_the_focus_goes_into_the_page(made: Set, qtbot: QtBot) -> None:
    qtbot.keyClick(made.window, Qt.Key.Key_2, CONTROL)
    page = made.window.page("people")
    assert isinstance(page, NotingPage)
    assert QApplication.focusWidget() is page.button


def test_a_button_that_goes_grey_keeps_the_keyboard_in_the_page(made: Set, qtbot: QtBot) -> None:
    page = made.window.open_place("people")
    assert isinstance(page, NotingPage)
    other = Button("Làm khác")
    page.rows.insertWidget(0, other)
    other.show()
    page.button.setFocus()
    page.button.setEnabled(False)
    qtbot.waitUntil(lambda: QApplication.focusWidget() is other)
    page.button.setEnabled(True)
    assert QApplication.focusWidget() is page.button
    page.button.setEnabled(False)
    qtbot.waitUntil(lambda: QApplication.focusWidget() is other)
    made.window.open_place("home")  # whoever has gone elsewhere is not fetched back
    page.button.setEnabled(True)
    home = made.window.page("home")
    assert home is not None
    assert home.isAncestorOf(QApplication.focusWidget())
    shown = made.window.open_place("people")
    other.setFocus()
    other.hide()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is page.button)
    assert shown is page


def test_commands_have_their_keys(made: Set, qtbot: QtBot) -> None:
    qtbot.keyClick(made.window, Qt.Key.Key_F2)
    assert made.notes == ["F2"]


def test_pages_ask_the_window(made: Set, qtbot: QtBot) -> None:
    page = made.window.page("home")
    assert page is not None
    undone: list[bool] = []
    page.undo_offered.emit("Đã lưu", lambda: undone.append(True))
    assert made.window.banner.text == "Đã lưu"
    qtbot.keyClick(made.window, Qt.Key.Key_Z, CONTROL)
    assert undone == [True]
    page.told.emit("amber", "Còn 2 ngày")
    assert made.window.banner.text == "Còn 2 ngày"
    page.go.emit("people", "id-9")
    assert made.notes[-1] == "people arrives id-9"


def test_a_commit_refreshes_the_page_in_sight_and_later_the_others(made: Set) -> None:
    made.window.open_place("people")
    made.notes.clear()
    made.touched = frozenset({"household", "resident"})
    made.jobs.run(lambda _: None, lambda _: None)
    made.executor.drain()
    assert made.notes == ["people refreshes"]
    made.window.open_place("home")
    assert made.notes[-2:] == ["home arrives None", "home refreshes"]
    made.touched = frozenset({"team"})
    made.notes.clear()
    made.jobs.run(lambda _: None, lambda _: None)
    made.executor.drain()
    assert made.notes == []


def test_an_error_nobody_handles_is_said(made: Set) -> None:
    def fail(_: object) -> None:
        raise EnvironmentProblem("disk_full")

    made.jobs.run(fail, lambda _: None)
    made.executor.drain()
    assert made.window.banner.text.startswith("Ổ đĩa đầy")


def test_the_palette_finds_places_commands_and_people(made: Set, qtbot: QtBot) -> None:
    palette = made.window.palette_sheet
    qtbot.keyClick(made.window, Qt.Key.Key_K, CONTROL)
    assert QApplication.focusWidget() is palette.edit
    assert len(palette.rows()) == 5
    qtbot.keyClicks(palette.edit, "tham")
    assert palette.rows() == ["Ghi lượt hỗ trợ · F2"]
    qtbot.keyClick(palette.edit, Qt.Key.Key_Return)
    assert made.notes == ["F2"]
    assert palette.isHidden()
    qtbot.keyClick(made.window, Qt.Key.Key_K, CONTROL)
    qtbot.keyClicks(palette.edit, "hoa")
    assert palette.rows() == ["Đặng Thị Hoà · 1958 · trên máy này"]
    qtbot.keyClick(palette.edit, Qt.Key.Key_Return)
    assert made.notes[-1] == "people arrives id-1"


def test_escape_gives_the_focus_back(made: Set, qtbot: QtBot) -> None:
    page = made.window.page("home")
    assert isinstance(page, NotingPage)
    page.button.setFocus()
    qtbot.keyClick(made.window, Qt.Key.Key_K, CONTROL)
    qtbot.keyClick(made.window.palette_sheet.edit, Qt.Key.Key_Escape)
    assert made.window.palette_sheet.isHidden()
    assert QApplication.focusWidget() is page.button
    qtbot.keyClick(made.window, Qt.Key.Key_F1)
    assert not made.window._keys.isHidden()
    assert ("F2", "Ghi lượt hỗ trợ") in made.window._keys.lines
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Escape)
    assert made.window._keys.isHidden()
    assert QApplication.focusWidget() is page.button


def test_f5_loads_again_and_the_line_opens_syncing(made: Set, qtbot: QtBot) -> None:
    qtbot.keyClick(made.window, Qt.Key.Key_F5)
    assert made.notes == ["home refreshes"]
    made.window.set_line("online", "Đã đồng bộ", "vừa xong")
    rail = made.window.findChild(NavRail)
    assert rail is not None
    rail.line_asked.emit()
    assert made.window.current == "syncing"


def test_closing_lets_the_page_keep_its_draft(made: Set, qtbot: QtBot) -> None:
    with qtbot.waitSignal(made.window.closing, timeout=1000):
        made.window.close()
    assert made.notes == ["home leaves"]


def test_a_narrow_window_keeps_the_places_as_icons(made: Set, qtbot: QtBot) -> None:
    rail = made.window.findChild(NavRail)
    assert rail is not None
    wide = rail.width()
    made.window.resize(800, 600)
    qtbot.waitUntil(lambda: rail.width() < wide)
    buttons = [button for button in rail.findChildren(QPushButton) if button.isCheckable()]
    assert {button.text() for button in buttons} == {""}
    assert all(button.accessibleName() for button in buttons)
    qtbot.keyClick(made.window, Qt.Key.Key_2, CONTROL)
    assert made.window.current == "people"


def test_the_head_gives_the_title_the_room_of_the_search(made: Set, qtbot: QtBot) -> None:
    head = made.window.findChild(PageHead)
    assert head is not None
    made.window.set_person("Nguyễn Thị Hoa", "tổ trưởng")
    head.show_head("Chào Hoa, hôm nay Thứ Bảy 28/11/2026", "Hôm nay đã ghi 17 lượt, 7 hộ, 11 người")
    made.window.resize(1366, 768)
    qtbot.waitUntil(lambda: head.search.width() > 200)
    made.window.resize(1024, 600)
    qtbot.waitUntil(lambda: head.search.width() < 200)
    title = head._title
    qtbot.waitUntil(lambda: title.fontMetrics().horizontalAdvance(title.text()) <= title.width())


def test_at_twice_the_size_every_place_of_the_rail_is_whole(qtbot: QtBot, appearance: QApplication) -> None:
    from ntmdesk.ui import theme

    theme.apply(appearance, "light", 2.0)
    keys = ("home", "people", "visit", "vneid", "training", "records", "weekly_log", "syncing", "settings")
    rail = NavRail([Place(key, key, "house", Page) for key in keys])
    qtbot.addWidget(rail)
    rail.set_compact(True)
    rail.resize(rail.width(), 728)
    rail.show()
    buttons = [button for button in rail.findChildren(QPushButton) if button.isCheckable()]
    cut = [b.toolTip() for b in buttons if b.visibleRegion().boundingRect().height() < b.height()]
    assert cut == []


@pytest.mark.parametrize(("mode", "scale", "size"), [("light", 1.0, (1024, 600)), ("dark", 2.0, (1366, 728))])
def test_no_page_of_the_gallery_is_wider_than_the_window(
    qtbot: QtBot, appearance: QApplication, mode: str, scale: float, size: tuple[int, int]
) -> None:
    from ntmdesk.ui import theme

    theme.apply(appearance, mode, scale)
    window = gallery()
    qtbot.addWidget(window)
    window.resize(*size)
    window.show()
    for place in PLACES[:4]:
        page = window.open_place(place.key)
        frame = page.parentWidget().parentWidget()
        assert isinstance(frame, QScrollArea)
        qtbot.waitUntil(lambda frame=frame: frame.horizontalScrollBar().maximum() == 0)
    assert window.width() == size[0]


def test_every_control_of_the_gallery_is_named_and_reached(qtbot: QtBot) -> None:
    window = gallery()
    qtbot.addWidget(window)
    window.show()
    for place in PLACES[:4]:
        page: QWidget = window.open_place(place.key)
        walk(window)
        assert tab_order(page)
