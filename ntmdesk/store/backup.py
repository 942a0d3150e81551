"""Verified copies of the store, and the way back.

A backup is one file (a zip without compression): the store as ``VACUUM INTO`` writes it, still encrypted,
and the slots that open it.  It counts as made only after the copy was opened with the key, passed the
engine's checks and held as many rows of every table as the store.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ntmdesk.errors import EnvironmentProblem, UserError
from ntmdesk.store import sqlcipher
from ntmdesk.store.files import owners_file, sync_folder
from ntmdesk.store.lock import replacing
from ntmdesk.store.sqlcipher import Connection, doors
from ntmdesk.store.vault import KEYS, Vault
from ntmdesk.store.witness import STATE

if TYPE_CHECKING:
    from ntmdesk.store.database import Store

DATABASE = "ntmdesk.db"
MANIFEST = "manifest.json"
FORMAT = 1
FOLDER = "backups"
BEFORE = "before-migration"
WINDOWS = os.name == "nt"


@dataclass(frozen=True)
class Made:
    """A finished backup.  ``records``: living ones; ``verified`` is always True: an unverified one is no
    backup and raises instead."""

    file: Path
    records: int
    verified: bool = True


def backup(store: Store, path: Path) -> Made:
    """Writes a verified backup; an existing file is replaced only once the new one is whole.

    EnvironmentProblem ``disk_full``, ``read_only``, ``store_damaged`` (the copy fails its checks).
    """
    with doors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".ntmdesk-", dir=path.parent) as folder:
            copy = Path(folder) / DATABASE
            store.testify(sync=True)
            store.db.execute("VACUUM INTO ?", (str(copy),))
            records = _verify(copy, store.key, _counts(store.db))
            packed = Path(folder) / "packed"
            _pack(packed, copy, store.home / KEYS, records, int(store.surroundings.clock().timestamp()))
            packed.replace(path)
            sync_folder(path.parent)
    return Made(path, records)


def before_migration(store: Store) -> Made:
    """The backup taken before the schema changes, in the home's ``backups`` folder; the last three stay."""
    at = store.surroundings.clock().strftime("%Y%m%d-%H%M%S")
    folder = store.home / FOLDER
    made = backup(store, folder / f"{BEFORE}-{at}.ntmbackup")
    for old in sorted(folder.glob(f"{BEFORE}-*.ntmbackup"))[:-3]:
        old.unlink(missing_ok=True)
    return made


def read_slots(path: Path) -> Vault:
    """The slots inside a backup, so that a passphrase can be tried before anything is replaced.

    The returned vault reads from a folder that lives as long as the process.  UserError ``not_a_backup``.
    """
    folder = Path(tempfile.mkdtemp(prefix="ntmdesk-slots-"))
    with _opened(path) as archive:
        if KEYS not in archive.namelist():
            raise UserError("not_a_backup", file=path.name)
        (folder / KEYS).write_bytes(archive.read(KEYS))
    return Vault(folder)


def restore(home: Path, path: Path, key: bytes) -> int:
    """Puts a backup in place of a home's store and returns how many records it holds.

    What was there before is moved into ``backups/replaced-…`` and kept.  The witness goes with it, so the
    restored store takes a new replica id when it is next opened.
    UserError ``not_a_backup``, ``wrong_passphrase``; EnvironmentProblem as ``backup``, ``locked_elsewhere``
    while anybody has the store open: what they save would go to the file put aside.
    """
    with doors(path), _opened(path) as archive:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        with replacing(home), tempfile.TemporaryDirectory(prefix=".ntmdesk-", dir=home) as name:
            folder = Path(name)
            members = [name for name in (KEYS, DATABASE) if name in archive.namelist()]
            for member in members:
                with archive.open(member) as source, owners_file(folder / member) as target:
                    shutil.copyfileobj(source, target, 1 << 20)
                    target.flush()
                    os.fsync(target.fileno())
            said = json.loads(archive.read(MANIFEST))
            if not Vault(folder).matches(key):
                raise UserError("wrong_passphrase")
            records = _verify(folder / DATABASE, key, None)
            if records != said["records"]:
                raise EnvironmentProblem("store_damaged", file=path.name, reason="counts")
            _put_aside(home, members)
            for member in members:
                (folder / member).replace(home / member)
            sync_folder(home)
    return records


def _put_aside(home: Path, members: list[str]) -> None:
    names = [DATABASE, *(m for m in members if m != DATABASE), f"{DATABASE}-wal", f"{DATABASE}-shm", STATE]
    there = [name for name in names if (home / name).exists()]
    if not there:
        return
    number = 1
    while (aside := home / FOLDER / f"replaced-{number:03}").exists():
        number += 1
    aside.mkdir(parents=True)
    for name in there:
        try:
            (home / name).replace(aside / name)
        except PermissionError as error:
            if not WINDOWS or name != there[0]:
                raise
            aside.rmdir()  # the first is the database: nothing has moved yet
            raise EnvironmentProblem("locked_elsewhere") from error


def _pack(target: Path, copy: Path, keys: Path, records: int, at: int) -> None:
    said = {"format": FORMAT, "at": at, "records": records, "sha256": _sha256(copy)}
    with owners_file(target) as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
            archive.write(copy, DATABASE)
            if keys.exists():
                archive.write(keys, KEYS)
            archive.writestr(MANIFEST, json.dumps(said))
        file.flush()
        os.fsync(file.fileno())
    with _opened(target) as archive, archive.open(DATABASE) as back:
        digest = hashlib.sha256()
        while block := back.read(1 << 20):
            digest.update(block)
        if digest.hexdigest() != said["sha256"]:
            raise EnvironmentProblem("store_damaged", file=target.name, reason="copy")


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        archive = zipfile.ZipFile(path)
    except FileNotFoundError:
        raise UserError("not_found", file=path.name) from None
    except zipfile.BadZipFile:
        raise UserError("not_a_backup", file=path.name) from None
    with archive:
        names = set(archive.namelist())
        if not {DATABASE, MANIFEST} <= names:
            raise UserError("not_a_backup", file=path.name)
        try:
            said = json.loads(archive.read(MANIFEST))
            newer = said["format"] > FORMAT
        except (ValueError, KeyError, TypeError, zipfile.BadZipFile):
            raise UserError("not_a_backup", file=path.name) from None
        if newer:
            raise EnvironmentProblem("store_too_new", file=path.name)
        try:
            yield archive
        except zipfile.BadZipFile:
            raise EnvironmentProblem("store_damaged", file=path.name, reason="copy") from None


def _verify(copy: Path, key: bytes, expected: dict[str, int] | None) -> int:
    """Opens a copy and checks it; the number of living records."""
    if sqlcipher.is_plain(copy):
        raise EnvironmentProblem("no_encryption")
    db = sqlcipher.connect(copy, key)
    try:
        try:
            broken = db.execute("PRAGMA cipher_integrity_check").fetchall()
            said = db.execute("PRAGMA quick_check(1)").fetchone()
            if broken or said is None or said[0] != "ok":
                raise EnvironmentProblem("store_damaged", file=copy.name, reason="copy")
            counts = _counts(db)
        except sqlcipher.DatabaseError as error:
            raise EnvironmentProblem("store_damaged", file=copy.name, reason="copy") from error
        if expected is not None and counts != expected:
            raise EnvironmentProblem("store_damaged", file=copy.name, reason="counts")
        return int(db.execute("SELECT count(*) FROM record WHERE life IN (1, 3)").fetchone()[0])
    finally:
        db.close()


def _counts(db: Connection) -> dict[str, int]:
    names = [
        name
        for (name,) in db.execute(
            "SELECT name FROM sqlite_schema WHERE type='table' AND name NOT LIKE 'sqlite_%' "
            "AND sql NOT LIKE 'CREATE VIRTUAL%'"
        ).fetchall()
    ]
    return {name: db.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
