"""Two syncs of one store never run at once, whichever processes start them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from ntmdesk.errors import UserError
from ntmdesk.store.sqlcipher import doors

LOCK = "lock"


@contextmanager
def only_one_sync(home: Path) -> Iterator[None]:
    """Holds the home's lock; the system frees it when the process dies, however it dies.

    UserError ``locked_elsewhere`` while another window, command or thread holds it.
    """
    path = home / LOCK
    with doors(path):
        file = path.open("a+b")
    with file:
        if not _take(file):
            raise UserError("locked_elsewhere", file=LOCK)
        try:
            yield
        finally:
            _free(file)


if sys.platform == "win32":
    import msvcrt

    def _take(file: IO[bytes]) -> bool:
        file.seek(0)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _free(file: IO[bytes]) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _take(file: IO[bytes]) -> bool:
        try:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def _free(file: IO[bytes]) -> None:
        fcntl.flock(file.fileno(), fcntl.LOCK_UN)
