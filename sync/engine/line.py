"""What a conversation has learned of its line: how much to put into one exchange, when to try again."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sync.protocol.messages import Limits

LEAST = 50
OPENING = 50
"""Records of the first packet where many wait: it measures the line, and while it is on its way the second is
cut."""
FIRST = 500
MOST = 1_000
AIM = 6.0
"""Seconds that one exchange should keep the line."""
TELLING = 8 * 1024
"""Bytes an exchange that was not full must have moved before its time says something of the breadth, ..."""
SHORT = 0.35
"""... unless it took no more seconds than this: of a longer one the way there and back may be all."""
PAUSES = (*[0.25] * 10, 0.5, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
"""Seconds before each attempt in a row: a line that was cut is often back within two seconds, and to find it
still dead costs nothing."""
ATTEMPTS = len(PAUSES)
"""Drops in a row, none of which brought anything nearer, after which a conversation gives up; the next one
goes on from there."""
QUICK_ATTEMPTS = 12
"""Attempts in a row at a server that was there a moment ago and cannot be reached at all now."""
PATIENCE = 90.0
"""Whoever is told to come back later than in so many seconds ends the conversation and comes back then."""
UNREACHABLE = frozenset({"offline", "dns", "server_down"})


@dataclass(frozen=True, slots=True)
class Line:
    """``records``: how many go into one exchange now; ``drops``: in a row, since anything came through;
    ``reached``: something did come through in this conversation."""

    records: int = FIRST
    drops: int = 0
    reached: bool = False

    def answered(self, seconds: float, octets: int, records: int) -> Line:
        """An exchange of so many bytes and records, both ways together, took so long, there and back."""
        if records <= 0 or (octets < TELLING and records * 2 < self.records and seconds > SHORT):
            return replace(self, drops=0, reached=True)
        fits = int(records * AIM / max(seconds, 0.001))
        most = self.records if self.drops else min(MOST, self.records * 2)
        return Line(max(LEAST, min(most, max(fits, self.records // 2))), 0, True)

    def dropped(self, moved: int = 0) -> Line:
        """The line broke: half as much next time.  ``moved``: bytes that came through before it did."""
        drops = 1 if moved else self.drops + 1
        return Line(max(LEAST, self.records // 2), drops, self.reached or moved > 0)

    def pause(self) -> float:
        """Seconds before the next attempt: short at first, half a minute at most."""
        return PAUSES[min(max(1, self.drops), ATTEMPTS) - 1]

    def may_retry(self, code: str, asked: float = 0.0) -> bool:
        """Whether to try again at all: a server that was never reached is not waited for, nor is one that
        ``asked`` for more seconds than anybody would watch."""
        if asked > PATIENCE:
            return False
        if code in UNREACHABLE:
            return self.reached and self.drops <= QUICK_ATTEMPTS
        return self.drops <= ATTEMPTS

    def limits(self, ceiling: Limits, opening: bool = False) -> Limits:
        """What one exchange may carry now; ``opening``: the first packet of many."""
        records = min(OPENING, self.records) if opening else self.records
        share = records / MOST
        return Limits(
            packet_records=min(ceiling.packet_records, records),
            packet_bytes=max(32 * 1024, int(ceiling.packet_bytes * share)),
            page_records=min(ceiling.page_records, records),
            page_bytes=max(32 * 1024, int(ceiling.page_bytes * share)),
        )


LINE_AT_START = Line()
