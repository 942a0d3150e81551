"""How often somebody may ask: a token bucket per key, in memory, the same for all threads."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

KEPT = 20_000
"""Keys remembered at once; the longest unused are forgotten first."""


class RateLimit:
    """``per_minute`` tries a minute for each key, all of which may come at once."""

    def __init__(self, per_minute: int, seconds: Callable[[], float]) -> None:
        self._capacity = float(per_minute)
        self._per_second = per_minute / 60
        self._seconds = seconds
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, key: str) -> float:
        """Counts one try.  0.0 when it is allowed, else the seconds until one would be."""
        now = self._seconds()
        with self._lock:
            left, at = self._buckets.pop(key, (self._capacity, now))
            left = min(self._capacity, left + (now - at) * self._per_second)
            wait = 0.0 if left >= 1 else (1 - left) / self._per_second
            self._buckets[key] = (left if wait else left - 1, now)
            while len(self._buckets) > KEPT:
                self._buckets.popitem(last=False)
        return wait
