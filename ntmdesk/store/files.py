"""Small files written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

from ntmdesk.store.sqlcipher import doors


def write_whole(path: Path, data: bytes, *, sync: bool = True) -> None:
    """Replaces a file in one step: temporary file, fsync, rename, fsync of the folder.

    ``sync=False`` leaves out both fsyncs: whole, but perhaps the former one after a power cut.
    EnvironmentProblem ``disk_full``, ``read_only``.
    """
    new = path.with_name(f".{path.name}.{os.getpid()}.new")
    with doors(path):
        try:
            with owners_file(new) as file:
                file.write(data)
                if sync:
                    file.flush()
                    os.fsync(file.fileno())
            new.replace(path)
        except BaseException:
            new.unlink(missing_ok=True)
            raise
        if sync:
            sync_folder(path.parent)


def owners_file(path: Path) -> BinaryIO:
    """A new file to write, for its owner's eyes only: keys and copies of the store."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o600)
    return os.fdopen(handle, "wb")


def sync_folder(folder: Path) -> None:
    """Makes renames in a folder outlive a power cut, where the system can."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
