"""Digests remembered under the commit they were true at: a growing stream is not read whole each time.

A sum is computed from the rows, then carried from commit to commit by what each put took away and added;
after ``FRESH_SECONDS`` it is computed from the rows again, so that a row lost in the database shows.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import NamedTuple

FRESH_SECONDS = 60.0


class Sum(NamedTuple):
    """Sum of hashes mod 2^128, number of rows, and when (monotonic seconds) it was computed from rows."""

    total: int
    rows: int
    at: float


class Sums:
    """Shared by all threads of a server."""

    def __init__(self, seconds: Callable[[], float], fresh: float = FRESH_SECONDS) -> None:
        self._seconds = seconds
        self._fresh = fresh
        self._known: dict[str, tuple[int, str, Sum]] = {}
        self._lock = threading.Lock()

    def now(self) -> float:
        """Monotonic seconds."""
        return self._seconds()

    def get(self, stream: str, seq: int, tag: str) -> Sum | None:
        """What is remembered of a stream at exactly this commit, unless it is too old."""
        with self._lock:
            known = self._known.get(stream)
        if known is None or known[:2] != (seq, tag) or self._seconds() - known[2].at >= self._fresh:
            return None
        return known[2]

    def put(self, stream: str, seq: int, tag: str, total: Sum) -> None:
        """Remembers one commit per stream, the one told last."""
        with self._lock:
            self._known[stream] = (seq, tag, total)
