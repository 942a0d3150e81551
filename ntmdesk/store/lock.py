"""One sync at a time on one store, whichever process runs it; a process that dies frees the lock."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ntmdesk.errors import EnvironmentProblem
from ntmdesk.store.sqlcipher import doors

LOCK = "lock"


@contextmanager
def sync_lock(home: Path) -> Iterator[None]:
    """Holds ``HOME/lock`` while the block runs; EnvironmentProblem ``locked_elsewhere`` at once if taken."""
    path = home / LOCK
    with doors(path):
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if not _take(handle):
            raise EnvironmentProblem("locked_elsewhere")
        yield
    finally:
        os.close(handle)


@contextmanager
def held(handle: int) -> Iterator[None]:
    """Waits for an open file and holds it while the block runs: for a few writes of a small file."""
    _wait(handle)
    try:
        yield
    finally:
        _free(handle)


if sys.platform == "win32":
    import msvcrt

    _FAR = 1 << 20  # the byte that is locked; locks there do not stop readers of the file

    def _take(handle: int) -> bool:
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _wait(handle: int) -> None:
        os.lseek(handle, _FAR, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_LOCK, 1)

    def _free(handle: int) -> None:
        os.lseek(handle, _FAR, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _take(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def _wait(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX)

    def _free(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_UN)
