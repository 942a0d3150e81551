"""The collection point of this desk: lives beside the window, closes with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import shiboken6
from PySide6.QtCore import QObject, QTimer, Signal

from ntmdesk.errors import AppError
from ntmdesk.services import collection_point
from ntmdesk.services.collection_point import CollectionPoint, PointStatus
from ntmdesk.store.database import Store
from ntmdesk.store.unit_of_work import UnitOfWork
from ntmdesk.ui.jobs import Jobs

LOOK_AGAIN_MS = 500
"""How often an open point is asked who has delivered."""


class PointKeeper(QObject):
    """At most one point.  ``changed`` after each look at it; ``refused(AppError)`` when it cannot be opened;
    ``records_came`` after a delivery that brought something."""

    changed = Signal()
    refused = Signal(object)
    records_came = Signal()
    _told = Signal()

    def __init__(self, jobs: Jobs[Any], reopen: Callable[[], Store], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs, self._reopen = jobs, reopen
        self._point: CollectionPoint | None = None
        self.status: PointStatus | None = None
        self.opening = False
        self._ended = False
        self._told.connect(self._records)
        self._clock = QTimer(self)
        self._clock.setInterval(LOOK_AGAIN_MS)
        self._clock.timeout.connect(self._look)

    def open(self) -> None:
        """Open a point; nothing when one is open or opening."""
        if self._point is not None or self.opening or self._ended:
            return
        self.opening = True

        def work(uow: UnitOfWork) -> CollectionPoint:
            collection_point.check_team(uow)
            return collection_point.open_point(self._reopen, changed=self._tell)

        self._jobs.look(work, self._opened, self._failed)

    def close(self, wait: bool = False) -> None:
        """Close it; ``wait`` until a delivery under way is finished, and open none any more."""
        self._ended = self._ended or wait
        point = self._point
        if point is not None:
            self._clock.stop()
            self._point = None
            point.close(wait)
            self.status = point.status()
            self.changed.emit()

    @property
    def is_open(self) -> bool:
        """Whether members can deliver now."""
        return self._point is not None

    def _opened(self, point: CollectionPoint) -> None:
        self.opening = False
        if self._ended:
            point.close(wait=False)
            return
        self._point = point
        self._clock.start()
        self._look()

    def _failed(self, error: AppError) -> None:
        self.opening = False
        self.refused.emit(error)

    def _look(self) -> None:
        if self._point is None:
            return
        self.status = self._point.status()
        if self.status.ended_by:
            self._clock.stop()
            self._point.close(wait=False)
            self._point = None
        self.changed.emit()

    def _tell(self) -> None:
        """From the point's thread."""
        if shiboken6.isValid(self):
            self._told.emit()

    def _records(self) -> None:
        self.records_came.emit()
