"""Files that are there whole or not at all: written beside, flushed to the disk, then renamed."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from ntmdesk.errors import AppError, EnvironmentProblem, UserError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_CLOSED = {errno.EROFS, errno.EACCES, errno.EPERM}


def write_whole(path: Path, data: bytes | Iterable[bytes], private: bool = True) -> int:
    """Writes ``data`` to ``path`` by way of a temporary file in the same folder; returns the bytes written.

    A file that was there before stays untouched until the new one is safe on the disk.  A ``private`` file is
    its owner's alone; documents and exports get what the user's mask allows.  Raises
    EnvironmentProblem ``disk_full`` or ``read_only``, UserError ``not_found`` when the folder is missing,
    EnvironmentProblem ``file_in_use`` when another program holds the target open (Word on Windows).
    """
    path = Path(path)
    temporary = ""
    written = 0
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            for piece in (data,) if isinstance(data, bytes) else data:
                written += file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        if not private:
            _ordinary_rights(temporary)
        os.replace(temporary, path)
        _flush_folder(path.parent)
    except OSError as problem:
        _drop(temporary)
        raise told(problem, path) from problem
    except BaseException:
        _drop(temporary)
        raise
    return written


@contextlib.contextmanager
def doors(path: Path) -> Iterator[None]:
    """A full or closed disk becomes EnvironmentProblem ``disk_full`` or ``read_only``; other errors pass."""
    try:
        yield
    except OSError as problem:
        if problem.errno not in _FULL | _CLOSED:
            raise
        raise told(problem, path) from problem


def told(problem: OSError, path: Path, folder: bool = False) -> AppError:
    """The error of this program for an error of the file system at ``path``, a file or a ``folder``."""
    if problem.errno in _FULL:
        return EnvironmentProblem("disk_full", file=str(path))
    if not folder and (
        isinstance(problem, IsADirectoryError) or (isinstance(problem, PermissionError) and path.is_dir())
    ):
        return UserError("not_found", file=str(path), reason="is_folder")
    if isinstance(problem, FileNotFoundError | NotADirectoryError):
        place = path if folder else path.parent
        if not place.is_dir():
            return UserError("not_found", file=str(place), reason="folder")
        return UserError("not_found", file=str(path))
    if getattr(problem, "winerror", None) in (32, 33):
        return EnvironmentProblem("file_in_use", file=str(path))
    if problem.errno in _CLOSED:
        return EnvironmentProblem("read_only", file=str(path))
    return EnvironmentProblem("file_failed", file=str(path), reason=problem.strerror or "")


def _ordinary_rights(temporary: str) -> None:
    """``mkstemp`` makes files for the owner alone."""
    if os.name == "posix":
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(temporary, 0o666 & ~mask)


def _flush_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _drop(temporary: str) -> None:
    if temporary and os.path.exists(temporary):
        os.unlink(temporary)
