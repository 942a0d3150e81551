"""Whether a disk has room for what is about to be written."""

from __future__ import annotations

import shutil
from pathlib import Path

from sync.protocol.errors import WireError


def require_room(folder: Path, needed: int) -> None:
    """Whether so many bytes are free on a disk.

    WireError ``disk_full`` (file, needed, free).  A folder that is not there is told by who writes into it.
    """
    try:
        free = shutil.disk_usage(folder).free
    except OSError:
        return
    if free < needed:
        raise WireError("disk_full", file=str(folder), needed=needed, free=free)
