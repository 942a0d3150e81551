"""The window: rail, page head, pages built at their first visit, palette, keys; none of the work."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QMainWindow,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from ntmdesk.errors import AppError
from ntmdesk.ui import theme
from ntmdesk.ui.focus_keeper import FocusKeeper
from ntmdesk.ui.jobs import Jobs
from ntmdesk.ui.messages import sentence
from ntmdesk.ui.places import Command, Find, Found, Place
from ntmdesk.ui.widgets.banner import Banner
from ntmdesk.ui.widgets.keys_sheet import KeysSheet
from ntmdesk.ui.widgets.nav_rail import NavRail
from ntmdesk.ui.widgets.page import Page
from ntmdesk.ui.widgets.page_head import PageHead
from ntmdesk.ui.widgets.palette import Palette
from ntmdesk.ui.widgets.progress_strip import ProgressStrip
from ntmdesk.ui.widgets.tab_order import stops, thread

NARROW = 900
"""Below this width, in pixels at scale 1, the rail shows icons only."""
UNDO_SECONDS = 12


class MainWindow(QMainWindow):
    """Pages speak through their signals; a commit of any lane refreshes the pages it concerns."""

    closing = Signal()
    person_asked = Signal()

    def __init__(
        self,
        places: Sequence[Place],
        commands: Sequence[Command] = (),
        find: Find | None = None,
        jobs: Sequence[Jobs[Any]] = (),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._places = {place.key: place for place in places}
        self._commands = tuple(commands)
        self._frames: dict[str, QScrollArea] = {}
        self._pages: dict[str, Page] = {}
        self._stale: set[str] = set()
        self._current = ""
        self.setWindowTitle("ntmdesk")
        self.setMinimumSize(640, 420)
        self.resize(1366, 728)
        self._build(places, find)
        self._install_keys(commands)
        FocusKeeper(self, lambda: self._pages.get(self._current))
        for lane in jobs:
            lane.changed.connect(self._touched)
            lane.failed.connect(self._failed)

    @property
    def current(self) -> str:
        """Key of the open place."""
        return self._current

    def has_place(self, key: str) -> bool:
        """Whether there is such a place."""
        return key in self._places

    def page(self, key: str) -> Page | None:
        """The page of that place, None when it was not visited yet."""
        return self._pages.get(key)

    def open_place(self, key: str, argument: object = None) -> Page:
        """Show the place, building it at the first visit; ``KeyError`` for an unknown one."""
        place = self._places[key]
        before = self._pages.get(self._current)
        if before is not None and self._current != key:
            before.leave()
        if key not in self._pages:
            self._add_page(place)
        page = self._pages[key]
        self._current = key
        self._stack.setCurrentWidget(self._frames[key])
        self._rail.show_current(place.under or key)
        self._show_head(*(page.head if page.head[0] else (place.title, "")))
        page.arrive(argument)
        if key in self._stale:
            self._stale.discard(key)
            page.refresh()
        self._focus_into(page)
        return page

    def set_where(self, where: str, under: str) -> None:
        """Hamlet, and the line under it."""
        self._rail.show_where(where, under)

    def set_person(self, name: str, role: str = "") -> None:
        """Who is at work."""
        self._head.show_person(name, role)

    def set_line(self, state: str, text: str, detail: str = "") -> None:
        """State of the line: online, offline, syncing or problem."""
        self._rail.show_line(state, text, detail)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = event.size().width() < theme.px(NARROW)
        self._rail.set_compact(narrow)
        self._head.set_narrow(narrow)

    def closeEvent(self, event: QCloseEvent) -> None:
        page = self._pages.get(self._current)
        if page is not None:
            page.leave()
        self.closing.emit()
        super().closeEvent(event)

    def _build(self, places: Sequence[Place], find: Find | None) -> None:
        whole = QWidget()
        whole.setObjectName("window")
        self.setCentralWidget(whole)
        across = QHBoxLayout(whole)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(0)
        railed = [place for place in places if not place.under]
        self._rail = NavRail(railed)
        self._rail.asked.connect(self.open_place)
        self._rail.line_asked.connect(self._open_line)
        across.addWidget(self._rail)
        rows = QVBoxLayout()
        side = theme.px(theme.GAP_XL)
        rows.setContentsMargins(side, theme.px(14), side, theme.px(18))
        rows.setSpacing(theme.px(theme.GAP_L))
        self._head = PageHead()
        self._head.search_asked.connect(self.open_palette)
        self._head.person_asked.connect(self.person_asked)
        self.banner = Banner()
        self.progress = ProgressStrip()
        self._stack = QStackedWidget()
        for widget, stretch in ((self._head, 0), (self.banner, 0), (self.progress, 0), (self._stack, 1)):
            rows.addWidget(widget, stretch)
        across.addLayout(rows, 1)
        self._palette = Palette(places, self._commands, find, whole)
        self._palette.chosen.connect(self._chosen)
        self._keys = KeysSheet(railed, self._commands, whole)

    def _install_keys(self, commands: Sequence[Command]) -> None:
        fixed: list[tuple[str, Callable[[], object]]] = [
            ("Ctrl+K", self.open_palette),
            ("F1", self._keys.toggle),
            ("F5", self._refresh),
            ("Ctrl+Z", self._undo),
        ]
        for keys, call in [*fixed, *((c.keys, c.run) for c in commands if c.keys)]:
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.activated.connect(call)

    def open_palette(self) -> None:
        """As Ctrl+K."""
        self._palette.open()

    @property
    def palette_sheet(self) -> Palette:
        """The palette, for tests."""
        return self._palette

    def _add_page(self, place: Place) -> None:
        page = place.factory()
        frame = QScrollArea()
        frame.setWidgetResizable(True)
        frame.setFrameShape(QFrame.Shape.NoFrame)
        frame.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        frame.setWidget(page)
        self._frames[place.key] = frame
        self._pages[place.key] = page
        self._stack.addWidget(frame)
        thread(page)
        page.head_changed.connect(lambda title, line, key=place.key: self._head_of(key, title, line))
        page.go.connect(self.open_place)
        page.told.connect(lambda tone, text: self.banner.tell(tone, text, seconds=self._rest(tone)))
        page.undo_offered.connect(self._offer_undo)

    @staticmethod
    def _rest(tone: str) -> float:
        return 0 if tone == "danger" else UNDO_SECONDS

    def _focus_into(self, page: Page) -> None:
        focused = self.focusWidget()
        if focused is not None and page.isAncestorOf(focused):
            return
        first = next(iter(stops(page)), None)
        if first is not None:
            first.setFocus(Qt.FocusReason.OtherFocusReason)

    def _offer_undo(self, text: str, undo: Callable[[], object]) -> None:
        self.banner.tell("good", text, self.tr("Undo"), undo, UNDO_SECONDS)

    def _undo(self) -> None:
        self.banner.press()

    def _head_of(self, key: str, title: str, line: str) -> None:
        if key == self._current:
            self._show_head(title, line)

    def _show_head(self, title: str, line: str) -> None:
        self._head.show_head(title, line)
        self.setWindowTitle(f"{title} · ntmdesk" if title else "ntmdesk")

    def _chosen(self, what: object) -> None:
        if isinstance(what, Place):
            self.open_place(what.key)
        elif isinstance(what, Command):
            what.run()
        elif isinstance(what, Found):
            self.open_place(what.place, what.argument)

    def _open_line(self) -> None:
        if "syncing" in self._places:
            self.open_place("syncing")

    def _refresh(self) -> None:
        page = self._pages.get(self._current)
        if page is not None:
            page.refresh()

    def _touched(self, kinds: frozenset[str]) -> None:
        for key, page in self._pages.items():
            if page.kinds & kinds:
                if key == self._current:
                    page.refresh()
                else:
                    self._stale.add(key)

    def _failed(self, error: AppError) -> None:
        self.banner.tell("danger", sentence(error))
