"""Who has delivered at a point, and how much."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol


class Answered(NamedTuple):
    """What became of one bundle.

    ``body``: the bundle that goes back.  ``device``: who sent it, ``name``: what people call them, "" where
    unknown.  ``records``: how many of its records were new here.
    """

    body: bytes
    device: str
    name: str
    records: int


class Answerer(Protocol):
    """Takes bundles in and answers them.  Both methods are called from one thread of the point's own."""

    def answer(self, bundle: bytes) -> Answered:
        """Takes one bundle in, durably, before it returns.  WireError, nothing being changed then."""

    def close(self) -> None:
        """The last call."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One device's part: how often, how many new records, when last (seconds since 1970)."""

    device: str
    name: str
    times: int
    records: int
    at: float


class Deliveries:
    """The list; any thread."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._by_device: dict[str, Delivery] = {}

    def note(self, answered: Answered) -> None:
        """One more delivery."""
        at = self._now()
        with self._lock:
            before = self._by_device.pop(answered.device, None) or Delivery(answered.device, "", 0, 0, at)
            self._by_device[answered.device] = replace(
                before,
                name=answered.name or before.name,
                times=before.times + 1,
                records=before.records + answered.records,
                at=at,
            )

    def all(self) -> tuple[Delivery, ...]:
        """Newest first."""
        with self._lock:
            return tuple(reversed(self._by_device.values()))
