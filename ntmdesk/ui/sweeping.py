"""Python's search for cyclic garbage, held when nobody waits.

Left to itself it begins in whatever thread happens to make the next object and holds every thread up while
it looks at all there is: a tenth of a second and more with a large list open, felt at the keyboard during a
sync.  Here the young objects are looked at several times a second, all of them only while nobody touches the
laptop and no work is under way; always in the window's thread, where widgets may die.
"""

from __future__ import annotations

import gc
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

LOOK_MS = 250
"""Once a second took up to 17 ms while a sync stored records; in parts it is not felt."""
YOUNG = 5_000
"""So many new objects are worth a look; each is looked at once."""
TURNS = 10
"""Looks at the youngest after which those that survived a look are looked at again."""
REST_SECONDS = 20.0
"""Untouched for so long, the laptop may stand still for a moment."""
OLD = 2_000_000
"""So many objects that survived are looked through whoever waits: memory comes first."""


class Sweeper(QObject):
    """``untouched``: seconds since somebody touched keyboard or mouse; ``busy``: whether work is under way.

    ``begin`` and ``stop`` change the whole process and belong together; the window's thread only.
    """

    def __init__(
        self, untouched: Callable[[], float], busy: Callable[[], bool], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._untouched = untouched
        self._busy = busy
        self._begun = False
        self._survived = 0
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.look)

    def begin(self) -> None:
        """From now on nothing is collected but here; what is there by now, modules and window, stays out of
        every later look."""
        if not self._begun:
            self._begun = True
            gc.disable()
            gc.freeze()
            self._timer.start(LOOK_MS)

    def stop(self) -> None:
        """Back to Python's own ways."""
        if self._begun:
            self._begun = False
            self._timer.stop()
            gc.unfreeze()
            gc.enable()

    def look(self) -> None:
        """One look, called by the timer."""
        gc.disable()  # whoever paused it for a while may have found it on and turned it on again
        new, looks, _ = gc.get_count()
        if new >= YOUNG:
            self._survived += new
            gc.collect(1 if looks >= TURNS else 0)
        if self._survived >= OLD or (
            self._survived and self._untouched() >= REST_SECONDS and not self._busy()
        ):
            self._survived = 0
            gc.collect()
