"""When to sync without being asked: after changes made here, when the network returns, now and then; later
and later after failures.  Seconds of a clock that only goes forward, no Qt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

AFTER_A_CHANGE = 120.0
"""Seconds until what was recorded here goes up: a few records go together, and nobody waits for them."""
AFTER_RETURN = 3.0
"""Seconds that a network that came back is given to settle."""
FIRST_RETRY = 30.0
"""Seconds after the first failure; twice as many after each further one, up to the usual interval."""
SPREAD = 0.25
"""All laptops of a commune get their network back at once; none of them shall come at the same moment."""


@dataclass(frozen=True, slots=True)
class Network:
    """What the system believes.  ``there``: False when it says there is none, True or None else; that the
    server can be reached is believed from its answer only.  ``metered``: traffic is paid for."""

    there: bool | None = None
    metered: bool = False


class SyncTimes:
    """``minutes``: between two syncs, 0 only by hand.  ``pause_metered``: not on a paid line.  ``chance``:
    a number from 0 up to 1."""

    def __init__(self, chance: Callable[[], float], minutes: int = 15, pause_metered: bool = False) -> None:
        self._chance = chance
        self.minutes = minutes
        self.pause_metered = pause_metered
        self.network = Network()
        self.failures = 0
        self.doubtful = True
        """Nothing was heard of the server since the network last changed: ask before a whole sync."""
        self._next: float | None = None

    @property
    def held_back(self) -> bool:
        """The line is paid for, and the person wants to wait for another."""
        return self.pause_metered and self.network.metered

    def settings(self, now: float, minutes: int, pause_metered: bool) -> None:
        """The person chose anew."""
        self.minutes, self.pause_metered = minutes, pause_metered
        self._next = self._about(now, minutes * 60.0) if minutes else None

    def network_is(self, now: float, network: Network) -> None:
        """The system says something else of the network than before."""
        before, self.network = self.network, network
        returned = network.there is not False and (
            before.there is False or (before.metered and not network.metered)
        )
        if network != before:
            self.doubtful = True
        if returned:
            self.failures = 0
            self._no_later_than(now, AFTER_RETURN)

    def changed_here(self, now: float) -> None:
        """Something was recorded on this laptop."""
        if not self.failures:
            self._no_later_than(now, AFTER_A_CHANGE)

    def went_through(self, now: float) -> None:
        """A sync ended well."""
        self.failures = 0
        self.doubtful = False
        self._next = self._about(now, self.minutes * 60.0)

    def failed(self, now: float, patience: bool = False, asked: float = 0.0) -> None:
        """A sync ended otherwise.  ``patience``: trying again soon is of no use, a person must look;
        ``asked``: seconds that the server wants to be left alone."""
        self.failures += 1
        self.doubtful = True
        usual = self.minutes * 60.0
        soon = min(usual, FIRST_RETRY * 2.0 ** min(self.failures - 1, 12))
        self._next = self._about(now, max(usual if patience else soon, asked))

    def put_off(self, now: float) -> None:
        """It was time, and nobody began."""
        self._next = self._about(now, self.minutes * 60.0)

    def wait(self, now: float) -> float | None:
        """Seconds until the next sync, 0.0 when it is time, None while there is none to come."""
        if not self.minutes or self.held_back or self._next is None:
            return None
        return max(0.0, self._next - now)

    def _no_later_than(self, now: float, seconds: float) -> None:
        at = self._about(now, seconds)
        self._next = at if self._next is None else min(self._next, at)

    def _about(self, now: float, seconds: float) -> float:
        return now + seconds * (1 + SPREAD * self._chance())
