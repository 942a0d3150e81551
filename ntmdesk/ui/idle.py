"""Auto-lock: nobody has touched keyboard or mouse for a while.

Looked at is what comes in from outside: at the windows, and at what is being written into, to which an input
method speaks by itself.  A filter of the whole application would be asked about each event of each widget,
and every one of these questions waits for its turn while a lane computes.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import shiboken6
from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtGui import QGuiApplication, QWindow

LOOK_MS = 5_000
_TOUCHES = frozenset(
    {
        QEvent.Type.KeyPress,
        QEvent.Type.InputMethod,
        QEvent.Type.MouseButtonPress,
        QEvent.Type.MouseMove,
        QEvent.Type.Wheel,
        QEvent.Type.TouchBegin,
    }
)


class Idle(QObject):
    """Calls ``lock`` once after ``watch(minutes)`` without a touch; ``seconds`` is the clock.

    ``busy``: while this says so, something goes on here that others wait for, and counts as touches do.
    """

    def __init__(
        self,
        lock: Callable[[], None],
        parent: QObject | None = None,
        seconds: Callable[[], float] = time.monotonic,
        busy: Callable[[], bool] = lambda: False,
    ) -> None:
        super().__init__(parent)
        self._lock = lock
        self._seconds = seconds
        self._busy = busy
        self._allowed = 0.0
        self._touched = seconds()
        self._app: QGuiApplication | None = None
        self._writing: QObject | None = None
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.look)

    def watch(self, minutes: int) -> None:
        """Begin, or begin anew with another number of minutes; 0 = never lock."""
        self.stop()
        self._allowed = minutes * 60.0
        self._touched = self._seconds()
        app = QGuiApplication.instance()
        if isinstance(app, QGuiApplication):
            self._app = app
            app.focusWindowChanged.connect(self._window_changed)
            app.focusObjectChanged.connect(self._writing_changed)
            for window in app.topLevelWindows():
                self._window_changed(window)
            self._writing_changed(app.focusObject())
        if minutes > 0:
            self._timer.start(LOOK_MS)

    def untouched(self) -> float:
        """Seconds since the last touch, or since the watch began."""
        return self._seconds() - self._touched

    def stop(self) -> None:
        """Watch no longer."""
        self._timer.stop()
        app, self._app = self._app, None
        if app is not None:
            app.focusWindowChanged.disconnect(self._window_changed)
            app.focusObjectChanged.disconnect(self._writing_changed)
            for window in app.topLevelWindows():
                window.removeEventFilter(self)
            self._writing_changed(None)

    def look(self) -> None:
        """Lock when the time is up; called by the timer.  A laptop that slept has been idle too."""
        if self._allowed and self._seconds() - self._touched >= self._allowed:
            self.stop()
            self._lock()
        elif self._busy():
            self._touched = self._seconds()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _TOUCHES:
            self._touched = self._seconds()
        return False

    def _window_changed(self, window: QWindow | None) -> None:
        if window is not None:
            window.installEventFilter(self)

    def _writing_changed(self, now: QObject | None) -> None:
        before, self._writing = self._writing, None
        if before is not None and shiboken6.isValid(before):
            before.removeEventFilter(self)
        if now is not None and not now.isWindowType():
            now.installEventFilter(self)
            self._writing = now
