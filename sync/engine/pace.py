"""How quick a line is, measured on what went over it: bytes in a second, and how much to hand it at once."""

from __future__ import annotations

import threading

FIRST = 3 * 1024
"""Bytes of the first pieces: nobody knows the line yet."""
LEAST = 1024
MOST = 512 * 1024
IN_FLIGHT = 2
"""Pieces under way at once: while one is acknowledged the other keeps the line full."""
SHORT = 0.35
"""A piece there and back within so many seconds may be larger next time."""
LONG = 2.5
"""A piece that took longer should have been smaller."""
AT_ONCE = 0.8
"""What takes no more than so many seconds goes in one piece."""
ALONE = 3 * 1024
"""A body up to this size goes in one piece over any line."""


class Pace:
    """Of one road; used from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.size = FIRST
        self.rate = 0.0
        """Bytes a second at least; 0 as long as nothing was measured."""

    def sent(self, octets: int, seconds: float, beside: int) -> None:
        """So many bytes were there and acknowledged after so long, with ``beside`` others under way."""
        if octets < LEAST:
            return
        seconds = max(seconds, 1e-4)
        with self._lock:
            rate = octets * (beside + 1) / seconds
            self.rate = rate if not self.rate else 0.5 * self.rate + 0.5 * rate
            if octets >= self.size // 2 and seconds < SHORT:
                self.size = min(MOST, self.size * (16 if seconds < SHORT / 10 else 2))
            elif seconds > LONG:
                self.size = max(LEAST, self.size // 2)

    def broke(self) -> None:
        """The line broke: nothing measured before is worth much."""
        with self._lock:
            self.size = min(FIRST, self.size)
            self.rate = 0.0

    def at_once(self, octets: int) -> bool:
        """Whether a body of this size goes in one piece."""
        return octets <= ALONE or octets <= self.rate * AT_ONCE
