"""How much free disk taking in a bundle asks for: the same guess at a laptop and at the upper server."""

from __future__ import annotations

MARGIN = 32 * 1024 * 1024
"""Bytes that stay free on a disk beside what is written."""
TIMES = 3
"""A bundle taken in needs so many times its size: its packets, and what the database keeps aside."""
RECORD_BYTES = 3 * 1024
"""For each record that comes: as it stands and is shown, its words and places in lists or what was before,
and all of that once more while it is written.  A bundle is compressed: its size tells little of it."""


def room_to_take_in(size: int, records: int = 0) -> int:
    """Bytes that must be free for a bundle of ``size`` bytes and what so many records of it take."""
    return TIMES * size + records * RECORD_BYTES + MARGIN
