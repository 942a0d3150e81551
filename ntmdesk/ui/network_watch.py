"""Watches the network and the clock, and says when a sync is due by itself; never asks, shows or moves
anything."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from ntmdesk.ui.sync_times import Network, SyncTimes

LOOK_MS = 30_000
"""Longest sleep of the timer: a laptop that was closed for a night wakes with a clock that stood still."""


def load_network() -> Any:
    """What Qt has for this system's network, None where it has nothing.

    The first time it holds the window's thread up for some 50 ms: call it early, when nobody types.
    """
    try:
        from PySide6.QtNetwork import QNetworkInformation
    except ImportError:
        return None
    return QNetworkInformation.instance() if QNetworkInformation.loadDefaultBackend() else None


class NetworkSource(QObject):
    """What the system tells of the network; where it has no way to tell, nothing is known and the clock
    alone decides."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._information: Any = None
        self._offline: Any = None

    def begin(self) -> None:
        """Listen to the system from now on."""
        self._information = load_network()
        if self._information is None:
            return
        self._offline = self._information.Reachability.Disconnected
        self._information.reachabilityChanged.connect(self._tell)
        self._information.isMeteredChanged.connect(self._tell)

    def now(self) -> Network:
        """As the system sees it now."""
        if self._information is None:
            return Network()
        there = self._information.reachability() != self._offline
        return Network(there, bool(self._information.isMetered()))

    def _tell(self, _: object = None) -> None:
        self.changed.emit()


class NetworkWatch(QObject):
    """Emits ``due`` when it is time; tell it how each sync ended."""

    due = Signal()
    told = Signal()
    """Something else is known of the network than before."""

    def __init__(
        self,
        source: NetworkSource,
        parent: QObject | None = None,
        seconds: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        super().__init__(parent)
        self._source = source
        self._seconds = seconds
        self.times = SyncTimes(chance)
        self._under_way = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.look)
        source.changed.connect(self._network_changed)

    @property
    def network(self) -> Network:
        """As last told."""
        return self.times.network

    @property
    def next_in(self) -> int:
        """Milliseconds until the timer looks again; -1 while nothing is awaited."""
        return self._timer.remainingTime() if self._timer.isActive() else -1

    def begin(self) -> None:
        """Ask the system what the network is like, from now on always."""
        self._source.begin()
        self._network_changed()

    def stop(self) -> None:
        """Watch no longer."""
        self._timer.stop()
        self._source.changed.disconnect(self._network_changed)

    def settings(self, minutes: int, pause_metered: bool) -> None:
        """Minutes between two syncs (0 = only by hand); whether to wait on a line that is paid for."""
        self.times.settings(self._seconds(), minutes, pause_metered)
        self._arm()

    def changed_here(self) -> None:
        """Something was recorded."""
        self.times.changed_here(self._seconds())
        self._arm()

    def begun(self) -> None:
        """A sync is under way; nothing is due until it has ended."""
        self._under_way = True
        self._timer.stop()

    def went_through(self) -> None:
        """It ended well."""
        self._under_way = False
        self.times.went_through(self._seconds())
        self._arm()

    def failed(self, patience: bool = False, asked: float = 0.0) -> None:
        """It ended otherwise; as ``SyncTimes.failed``."""
        self._under_way = False
        self.times.failed(self._seconds(), patience, asked)
        self._arm()

    def look(self) -> None:
        """Is it time?  Called by the timer."""
        if self._under_way:
            return
        if self.times.wait(self._seconds()) == 0.0:
            self.due.emit()
            if not self._under_way:
                self.times.put_off(self._seconds())
        self._arm()

    def _network_changed(self) -> None:
        before = self.times.network
        self.times.network_is(self._seconds(), self._source.now())
        self._arm()
        if self.times.network != before:
            self.told.emit()

    def _arm(self) -> None:
        wait = self.times.wait(self._seconds())
        if self._under_way or wait is None:
            self._timer.stop()
        else:
            self._timer.start(min(LOOK_MS, max(1_000, round(wait * 1000))))
