"""The ``QApplication`` of the desk: language, fonts, theme and the last-resort hook."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable, Sequence
from types import TracebackType

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from ntmdesk.ui import icons, theme, translation

log = logging.getLogger(__name__)

TURN_SECONDS = 0.0005
"""After so long a computing thread lets the window's in.  Each call from Qt into Python takes a turn; with
Python's own 0.005 a list that is drawn while a lane computes waits for dozens of them."""


def make_application(
    arguments: Sequence[str] = ("ntmdesk",),
    language: str = translation.DEFAULT,
    mode: str = "light",
    scale: float = 1.0,
) -> QApplication:
    """The one application of the process, dressed and speaking; reuses it when there is one.

    ``mode`` is ``light``, ``dark`` or ``system``.
    """
    sys.setswitchinterval(TURN_SECONDS)
    present = QApplication.instance()
    app = present if isinstance(present, QApplication) else QApplication(list(arguments))
    app.setApplicationName("ntmdesk")
    app.setApplicationDisplayName("ntmdesk")
    app.setDesktopFileName("ntmdesk")
    translation.install(language)
    theme.apply(app, system_mode() if mode == "system" else mode, scale)
    app.setWindowIcon(icons.icon("clipboard-check", "primary", 48))
    return app


def system_mode() -> str:
    """``light`` or ``dark``, as the desktop around us is set."""
    dark = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
    return "dark" if dark else "light"


def install_last_resort(report: Callable[[BaseException], None]) -> Callable[[], None]:
    """Hand every exception nobody caught to ``report``, after logging it; returns what takes the hooks off.

    Covers slots, callbacks and threads.  ``KeyboardInterrupt`` passes to the hook that was there before.
    """
    before, before_threads = sys.excepthook, threading.excepthook

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            before(kind, error, trace)
            return
        log.critical("unforeseen error", exc_info=(kind, error, trace))
        report(error)

    def thread_hook(told: threading.ExceptHookArgs) -> None:
        if told.exc_value is not None:
            hook(told.exc_type, told.exc_value, told.exc_traceback)

    def remove() -> None:
        sys.excepthook, threading.excepthook = before, before_threads

    sys.excepthook, threading.excepthook = hook, thread_hook
    return remove
