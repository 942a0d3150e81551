"""Short turns at the interpreter while a conversation has two threads."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

SECONDS = 0.0005
"""After so long a computing thread lets another one in; Python's own 0.005 would hold up each statement of
the database and each block of a request by as much."""


@contextmanager
def short_turns() -> Iterator[None]:
    """Of all threads of this process.  Two at once may leave the shorter ones behind, which harms nobody."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(min(before, SECONDS))
    try:
        yield
    finally:
        sys.setswitchinterval(before)
