"""Keeps the keyboard in the open page when the control that had the focus goes grey or goes away."""

from __future__ import annotations

from collections.abc import Callable

import shiboken6
from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from ntmdesk.ui.widgets.tab_order import stops


class FocusKeeper(QObject):
    """Qt passes the focus of a control that is disabled or hidden to the next one of the window, which after
    the last of a page is the rail: the arrows would then open another place.  Here it stays in the page, and
    a button that was grey while its work ran has it back when it can be pressed again.

    ``page``: the open page, None while there is none.
    """

    def __init__(self, window: QWidget, page: Callable[[], QWidget | None]) -> None:
        super().__init__(window)
        self._window, self._page = window, page
        self._waits: QWidget | None = None
        self._beside: QWidget | None = None
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._moved)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        waits = self._waits
        turned = watched is waits and event.type() == QEvent.Type.EnabledChange
        if turned and waits is not None and waits.isEnabled():
            stayed = self._window.focusWidget() is self._beside
            self._let_go()
            if stayed and waits.isVisible():
                waits.setFocus(Qt.FocusReason.OtherFocusReason)
        return super().eventFilter(watched, event)

    def _moved(self, old: QWidget | None, now: QWidget | None) -> None:
        page = self._page()
        if old is None or page is None or not page.isAncestorOf(old):
            return
        if old is self._beside:  # it went grey too, or the person has gone on
            self._beside = now
            if old.isEnabled() and old.isVisible():
                self._let_go()
        elif not old.isEnabled() and old.isVisible():
            self._let_go()
            self._waits, self._beside = old, now
            old.installEventFilter(self)
        if not (old.isEnabled() and old.isVisible()):
            QTimer.singleShot(0, self, lambda: self._stay_in(page))

    def _stay_in(self, page: QWidget) -> None:
        """Once everything that goes grey together is grey."""
        now = self._window.focusWidget()
        if page is not self._page() or (now is not None and page.isAncestorOf(now)):
            return
        first = next(iter(stops(page)), None)
        if first is not None:
            if self._beside is now:
                self._beside = first
            first.setFocus(Qt.FocusReason.OtherFocusReason)

    def _let_go(self) -> None:
        if self._waits is not None and shiboken6.isValid(self._waits):
            self._waits.removeEventFilter(self)
        self._waits = self._beside = None
