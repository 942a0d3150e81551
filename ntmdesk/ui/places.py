"""What the window is made of: its places, its commands, and what a search of it finds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ntmdesk.ui.widgets.page import Page


@dataclass(frozen=True, slots=True)
class Place:
    """A page; ``factory`` builds it at the first visit.  ``under``: key of the rail's place it is reached
    from; "" stands in the rail itself."""

    key: str
    title: str
    icon: str
    factory: Callable[[], Page]
    under: str = ""


@dataclass(frozen=True, slots=True)
class Command:
    """Something to do from anywhere; ``keys`` such as ``F2``; ``words`` are further words it is found by."""

    key: str
    title: str
    keys: str
    icon: str
    run: Callable[[], object]
    words: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A record the palette found, the place that shows it, and where it stands with the server."""

    title: str
    detail: str
    place: str
    argument: object
    state: str = ""


Find = Callable[[str, Callable[[list[Found]], None]], None]
"""``find(text, deliver)``: search off the GUI thread, then ``deliver`` on it."""
