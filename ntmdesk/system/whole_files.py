"""Files that are there whole or not at all: written beside, flushed to the disk, then renamed."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ntmdesk.errors import EnvironmentProblem

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_CLOSED = {errno.EROFS, errno.EACCES, errno.EPERM}


@contextlib.contextmanager
def doors(path: Path) -> Iterator[None]:
    """A full or closed disk becomes EnvironmentProblem ``disk_full`` or ``read_only`` (details: ``file``)."""
    try:
        yield
    except OSError as problem:
        code = "disk_full" if problem.errno in _FULL else "read_only" if problem.errno in _CLOSED else ""
        if not code:
            raise
        raise EnvironmentProblem(code, file=str(path)) from problem


def write_whole(path: Path, data: bytes) -> None:
    """Replaces a file of this user in one step; the old one stays until the new one is safe on the disk.

    EnvironmentProblem ``disk_full``, ``read_only``.
    """
    with doors(path):
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        part = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        if os.name == "posix":
            folder = os.open(path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
