"""Record ids: UUIDv7, so that neighbours in time lie near each other in the index; they order nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

_lock = threading.Lock()
_last = 0


def time_ordered_id(now: datetime, entropy: Callable[[int], bytes]) -> str:
    """A UUIDv7 in lower case: 48 bits of milliseconds, 12 that rise within one process, 62 random."""
    global _last
    tick = max(int(now.timestamp() * 1000), 0) << 12
    with _lock:
        _last = tick = max(tick, _last + 1) if _last >> 12 >= tick >> 12 else tick
    high = (tick >> 12 & (1 << 48) - 1) << 16 | 0x7000 | tick & 0xFFF
    low = int.from_bytes(entropy(8), "big") & (1 << 62) - 1 | 1 << 63
    text = f"{high << 64 | low:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
