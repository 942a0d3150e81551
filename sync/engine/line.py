"""What a conversation has learned of its line: how much to put into one exchange, when to try again."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sync.protocol.messages import Limits

LEAST = 50
FIRST = 500
MOST = 2_000
QUICK = 1.5
"""Seconds within which an exchange shows a line that can carry twice as much."""
TOILSOME = 12.0
"""Seconds after which an exchange should have been smaller."""
ATTEMPTS = 8
"""Drops in a row after which a conversation gives up; the next one goes on from there."""
UNREACHABLE = frozenset({"offline", "dns", "server_down"})


@dataclass(frozen=True, slots=True)
class Line:
    """``records``: how many go into one exchange now; ``drops``: in a row, since the last answer."""

    records: int = FIRST
    drops: int = 0

    def answered(self, seconds: float) -> Line:
        """An exchange took so long, there and back."""
        records = self.records
        if self.drops == 0 and seconds < QUICK:
            records = min(MOST, records * 2)
        elif seconds > TOILSOME:
            records = max(LEAST, records // 2)
        return replace(self, records=records, drops=0)

    def dropped(self) -> Line:
        """The line broke: half as much next time."""
        return replace(self, records=max(LEAST, self.records // 2), drops=self.drops + 1)

    def pause(self) -> float:
        """Seconds before the next attempt: short at first, a minute at most."""
        return float(min(60.0, 0.25 * 2 ** max(0, self.drops - 1)))

    def may_retry(self, code: str, rounds: int) -> bool:
        """Whether to try again at all: a server that was never reached is not waited for."""
        if code in UNREACHABLE:
            return rounds > 0 and self.drops <= 4
        return self.drops <= ATTEMPTS

    def limits(self, ceiling: Limits) -> Limits:
        """What one exchange may carry now."""
        records = self.records
        share = records / MOST
        return Limits(
            packet_records=min(ceiling.packet_records, records),
            packet_bytes=max(32 * 1024, int(ceiling.packet_bytes * share)),
            page_records=min(ceiling.page_records, records),
            page_bytes=max(32 * 1024, int(ceiling.page_bytes * share)),
        )


LINE_AT_START = Line()
