"""A progress line on a terminal."""

from __future__ import annotations

from typing import TextIO

WIDTH = 24


class Bar:
    """Draws over its own line; ends it when all is done."""

    cancelled = False

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def tell(self, done: int, total: int, note: str = "") -> None:
        """Shows how far the work is; an unknown total shows the count alone."""
        if total > 0:
            full = min(WIDTH, WIDTH * done // total)
            line = f"[{'█' * full}{'·' * (WIDTH - full)}] {done}/{total} {note}"
        else:
            line = f"{done} {note}"
        self._out.write(f"\r\x1b[K{line}")
        if total and done >= total:
            self._out.write("\n")
        self._out.flush()
