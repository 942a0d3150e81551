"""The places of the window, whose pages are imported at their first visit, and the commands of everywhere."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ntmdesk.domain.periods import local_date
from ntmdesk.ui.places import Place
from ntmdesk.ui.translation import QT_TRANSLATE_NOOP, translated
from ntmdesk.ui.widgets.page import Page

if TYPE_CHECKING:
    from ntmdesk.ui.desktop import Desktop
    from ntmdesk.ui.main_window import MainWindow

_PLACES = (
    ("home", QT_TRANSLATE_NOOP("Places", "Today"), "house", "home", "HomePage"),
    ("people", QT_TRANSLATE_NOOP("Places", "Households and people"), "users", "people", "PeoplePage"),
    ("visit", QT_TRANSLATE_NOOP("Places", "Support visits"), "clipboard-check", "visit", "VisitPage"),
    ("vneid", QT_TRANSLATE_NOOP("Places", "VNeID"), "id-card", "vneid", "VneidPage"),
    ("training", QT_TRANSLATE_NOOP("Places", "Training"), "graduation-cap", "training", "TrainingPage"),
    ("records", QT_TRANSLATE_NOOP("Places", "Other registers"), "book-open-text", "records", "RecordsPage"),
    (
        "weekly_log",
        QT_TRANSLATE_NOOP("Places", "Weekly log"),
        "calendar-check",
        "weekly_log",
        "WeeklyLogPage",
    ),
    ("syncing", QT_TRANSLATE_NOOP("Places", "Sync"), "refresh-cw", "syncing", "SyncingPage"),
    ("settings", QT_TRANSLATE_NOOP("Places", "Settings"), "settings", "settings", "SettingsPage"),
)
_UNDER = (
    (
        "collection_point",
        QT_TRANSLATE_NOOP("Places", "Open a collection point"),
        "router",
        "collection_point",
        "CollectionPointPage",
        "syncing",
    ),
    (
        "meet_point",
        QT_TRANSLATE_NOOP("Places", "Give in at a collection point"),
        "send",
        "meet_point",
        "MeetPointPage",
        "syncing",
    ),
    ("usb", QT_TRANSLATE_NOOP("Places", "Carry on a USB stick"), "save", "usb", "UsbPage", "syncing"),
)
"""Places that stand below another one of the rail."""


@dataclass(frozen=True, slots=True)
class DeskCommand:
    """A command before the desk is there."""

    key: str
    source: str
    keys: str
    icon: str
    run: Callable[[Desktop], object]
    words: str = ""

    def title(self) -> str:
        """Its words in the language spoken now."""
        return translated("Places", self.source)


def _window(desk: Desktop) -> MainWindow:
    return desk.window


def _lock(desk: Desktop) -> None:
    desk.lock()


COMMANDS = (
    DeskCommand(
        "record_visit",
        QT_TRANSLATE_NOOP("Places", "Record a support visit"),
        "F2",
        "clipboard-plus",
        lambda desk: _window(desk).open_place("visit"),
    ),
    DeskCommand(
        "scan_card",
        QT_TRANSLATE_NOOP("Places", "Scan an identity card"),
        "F3",
        "scan-qr-code",
        lambda desk: _window(desk).open_place("visit", {"scan": True}),
    ),
    DeskCommand(
        "follow_vneid",
        QT_TRANSLATE_NOOP("Places", "Follow up VNeID"),
        "F4",
        "id-card",
        lambda desk: _window(desk).open_place("vneid"),
    ),
    DeskCommand(
        "roll_call",
        QT_TRANSLATE_NOOP("Places", "Roll-call of a training"),
        "F6",
        "graduation-cap",
        lambda desk: _window(desk).open_place("training", {"roll_call": "newest"}),
    ),
    DeskCommand(
        "sync_now",
        QT_TRANSLATE_NOOP("Places", "Sync now"),
        "",
        "refresh-cw",
        lambda desk: _window(desk).open_place("syncing", {"sync": "now"}),
    ),
    DeskCommand(
        "lock",
        QT_TRANSLATE_NOOP("Places", "Lock the desk"),
        "Ctrl+L",
        "lock",
        lambda desk: _lock(desk),
    ),
)


def make_places(desk: Desktop) -> list[Place]:
    """The nine places in the order of the rail, then those below one of them."""
    railed = [(*place, "") for place in _PLACES]
    return [
        Place(key, translated("Places", title), icon, _factory(desk, module, name), under)
        for key, title, icon, module, name, under in (*railed, *_UNDER)
    ]


def _factory(desk: Desktop, module: str, name: str) -> Callable[[], Page]:
    def make() -> Page:
        page_class = getattr(importlib.import_module(f"ntmdesk.ui.pages.{module}"), name)
        given: dict[str, Any] = {
            "jobs": desk.jobs,
            "line": desk.line,
            "point": desk.point,
            "author_changed": desk.author_changed,
            "settings": lambda: desk.settings,
            "change_settings": desk.change_settings,
            "author": lambda: desk.session.author,
            "home": desk.session.home,
            "today": lambda: local_date(desk.session.surroundings.clock()),
            "catalogue": desk.session.surroundings.catalogue,
        }
        wanted = inspect.signature(page_class).parameters
        made = page_class(**{word: given[word] for word in wanted if word in given})
        if not isinstance(made, Page):
            raise TypeError(name)
        return made

    return make
