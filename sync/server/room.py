"""Whether a disk has room for what is about to be written."""

from __future__ import annotations

import shutil
from pathlib import Path

from sync.protocol.errors import WireError

MARGIN = 32 * 1024 * 1024
"""Bytes that stay free on a disk beside what is written."""
TIMES = 3
"""A bundle taken in needs so many times its size: its packets, and what the database keeps aside."""
RECORD_BYTES = 3 * 1024
"""For each record that comes: as it stands, what was before, and all of that once more while it is written.
A bundle is compressed, so its size tells little of it."""


def require_room(folder: Path, size: int = 0, records: int = 0) -> None:
    """Whether a disk holds a bundle of so many bytes with so many records, and a margin.

    WireError ``disk_full`` (file, needed, free).  A folder that is not there is told by who writes into it.
    """
    try:
        free = shutil.disk_usage(folder).free
    except OSError:
        return
    needed = TIMES * size + records * RECORD_BYTES + MARGIN
    if free < needed:
        raise WireError("disk_full", file=str(folder), needed=needed, free=free)
