"""One sync at a time on one store, and no other store in its place while anybody has it open.

Locks hold between processes and between stores of one process; a process that dies frees its own.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ntmdesk.errors import EnvironmentProblem
from ntmdesk.store.sqlcipher import doors

LOCK = "lock"
OPEN = "open"


class Presence:
    """An open store's share of ``HOME/open``: any number at once, but none beside ``replacing``."""

    def __init__(self, home: Path) -> None:
        """EnvironmentProblem ``locked_elsewhere`` at once while the store is being replaced."""
        self._handle = -1
        self._handle = _handle(home / OPEN)
        if not _share(self._handle):
            self.end()
            raise EnvironmentProblem("locked_elsewhere")

    def end(self) -> None:
        """Gives the share back; a second call does nothing."""
        handle, self._handle = self._handle, -1
        if handle >= 0:
            os.close(handle)

    __del__ = end


@contextmanager
def replacing(home: Path) -> Iterator[None]:
    """Keeps everybody from opening a home's store while the block runs.

    EnvironmentProblem ``locked_elsewhere`` at once when somebody has it open.  On Windows nothing is locked:
    there the system itself refuses to move a file that is open.
    """
    handle = _handle(home / OPEN)
    try:
        if not _alone(handle):
            raise EnvironmentProblem("locked_elsewhere")
        yield
    finally:
        os.close(handle)


@contextmanager
def sync_lock(home: Path) -> Iterator[None]:
    """Holds ``HOME/lock`` while the block runs; EnvironmentProblem ``locked_elsewhere`` at once if taken."""
    handle = _handle(home / LOCK)
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


def _handle(path: Path) -> int:
    with doors(path):
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)


if sys.platform == "win32":
    import msvcrt

    _FAR = 1 << 20  # the byte that is locked; locks there do not stop readers of the file

    def _take(handle: int) -> bool:
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _share(handle: int) -> bool:
        return True

    def _alone(handle: int) -> bool:
        return True

    def _wait(handle: int) -> None:
        os.lseek(handle, _FAR, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_LOCK, 1)

    def _free(handle: int) -> None:
        os.lseek(handle, _FAR, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _take(handle: int, how: int = fcntl.LOCK_EX) -> bool:
        try:
            fcntl.flock(handle, how | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def _share(handle: int) -> bool:
        return _take(handle, fcntl.LOCK_SH)

    _alone = _take

    def _wait(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX)

    def _free(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_UN)
