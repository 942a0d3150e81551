"""Who this store is, and the witness outside it that tells when it woke up as somebody older.

A replica id is one life of one store on one machine (rule 9).  ``state.json`` beside the store remembers the
id and the highest counter this place has seen the store issue; it is never part of a backup.  A store whose
counter lies below, or that wakes on another machine or in another folder, was copied or restored: it takes a
new id before its first write, so that no dot ever gets two values.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from ntmdesk.store.files import sync_folder
from ntmdesk.store.lock import held
from ntmdesk.store.sqlcipher import doors

STATE = "state.json"
SIZE = 512
"""Padded to one disk sector."""


@dataclass(frozen=True)
class Witness:
    """What stands in ``state.json``.  ``salt``: the first 16 bytes of the store file, which are no secret and
    stay the same for its life: they tell a damaged store from a foreign file."""

    replica: str
    counter: int
    machine: str
    folder: str
    salt: str = ""


def place(home: Path) -> str:
    """The folder's own name on this machine, the same however it was reached."""
    return os.path.normcase(os.path.realpath(home))


def read_witness(home: Path) -> Witness | None:
    """What the witness remembers; None when it is missing or unreadable: nothing vouches for the store."""
    try:
        return _parse((home / STATE).read_bytes())
    except OSError:
        return None


def write_witness(home: Path, witness: Witness, *, sync: bool) -> None:
    """Remembers; ``sync``: so that it outlives a power cut, needed before anything leaves the machine.

    Written in place under the file's lock, and never back to a lower counter of the same life: two processes
    may tell it at once.  A torn one is unreadable, which costs a new id and nothing else.
    """
    body = {
        "replica": witness.replica,
        "counter": witness.counter,
        "machine": witness.machine,
        "folder": witness.folder,
        "salt": witness.salt,
    }
    data = json.dumps(body, ensure_ascii=False).encode().ljust(SIZE)
    path = home / STATE
    with doors(path):
        handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
        try:
            with held(handle):
                os.lseek(handle, 0, os.SEEK_SET)
                known = _parse(os.read(handle, 64 * SIZE))
                if known != witness and not _ahead(known, witness):
                    os.lseek(handle, 0, os.SEEK_SET)
                    os.write(handle, data)
                    os.ftruncate(handle, len(data))
                if sync:
                    os.fsync(handle)
        finally:
            os.close(handle)
        if sync and known is None:
            sync_folder(home)


def _ahead(known: Witness | None, witness: Witness) -> bool:
    return known is not None and known.replica == witness.replica and known.counter > witness.counter


def _parse(data: bytes) -> Witness | None:
    try:
        said = json.loads(data)
        return Witness(
            str(said["replica"]),
            int(said["counter"]),
            str(said["machine"]),
            str(said["folder"]),
            str(said.get("salt", "")),
        )
    except (ValueError, KeyError, TypeError):
        return None


def reason_for_new_life(
    witness: Witness | None, replica: str, counter: int, machine: str, folder: str, stored: tuple[str, str]
) -> str:
    """Why the store must take a new replica id now, or "" when it may go on under its own.

    ``stored``: machine and folder as the store itself remembers them.
    """
    if stored[0] != machine:
        return "other_machine"
    if stored[1] != folder:
        return "other_folder"
    if witness is None:
        return "no_witness"
    if witness.replica != replica:
        return "other_life"
    if witness.counter > counter:
        return "older_copy"
    return ""
