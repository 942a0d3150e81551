"""Going back to a backup.  It always opens a new epoch: laptops see it and offer again what is missing."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

from sync.hub.restoring import open_after_restore
from sync.protocol.errors import WireError
from sync.protocol.pages import Epoch
from sync.server import backups, folder_lock
from sync.server import keys as server_keys
from sync.server import settings as server_settings
from sync.server.installation import open_installation
from sync.server.settings import Settings
from sync.server.store import audit, copying, identity
from sync.server.store.archive import SqlArchive
from sync.server.store.database import Database
from sync.server.store.upgrading import upgrade


def restore(data: Path, file: Path, database: str = "") -> dict[str, Any]:
    """Puts the server of a backup into ``data``; ``{"file", "records", "epoch", "parent", "kept"}``.

    What was there is copied into ``backups/`` first (``kept``; "" when there was nothing readable).  A folder
    without a server becomes one, on PostgreSQL when ``database`` names it.  Raises WireError
    ``server_running``, ``not_found``, ``backup_damaged``, ``store_too_new``; nothing is changed then.
    """
    fresh = not (data / server_settings.FILE).exists()
    if fresh:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        settings = Settings(data=data, database=database)
    else:
        settings = server_settings.read(data)
    with folder_lock.held(data), tempfile.TemporaryDirectory(dir=data, prefix=".restore-") as folder:
        unpacked = Path(folder)
        manifest = backups.unpack(file, unpacked)
        live, kept = ((), "") if fresh else _keep_present(settings)
        parent, number = _new_life(unpacked, live, manifest.made_at)
        _put_in_place(settings, unpacked)
        if fresh:
            settings.backups.mkdir(mode=0o700, exist_ok=True)
            server_settings.write(settings)
    open_installation(data).close()
    return {
        "file": str(file),
        "records": manifest.tables.get("record", 0),
        "epoch": number,
        "parent": parent,
        "kept": kept,
    }


def _new_life(unpacked: Path, live: tuple[Epoch, ...], made_at: int) -> tuple[int, int]:
    """Opens the new epoch in the unpacked database, before anything is put in its place: whatever ends this
    process, no server goes on in an old life unawares.  (number of the backup's epoch, of the new one)"""
    database = Database(copying.address(unpacked / backups.DATABASE))
    try:
        upgrade(database)
        found = identity.read(database)
        if found is None:
            raise WireError("backup_damaged", what="server")
        archive = SqlArchive(database, server_keys.read(unpacked / "keys"), found.server)
        with archive.begin([]) as transaction:
            parent = transaction.epoch()
            epoch = open_after_restore(transaction, live, secrets.token_hex(16))
            copying.forget_conversations(transaction.connection)
            audit.note(
                transaction.connection,
                "restore",
                int(time.time()),
                actor=found.administrator,
                subject=found.server,
                epoch=epoch.number,
                made_at=made_at,
            )
    finally:
        database.close()
    return parent.number, epoch.number


def _keep_present(settings: Settings) -> tuple[tuple[Epoch, ...], str]:
    """The lives known so far and the name of the copy made; none of them when nothing can be read."""
    database = Database(settings.database_url)
    try:
        made = backups.copy_before(settings, database, "restore")
        return copying.lives(database), str(made.file)
    except WireError:
        return (), _set_aside(settings)
    finally:
        database.close()


def _set_aside(settings: Settings) -> str:
    """A database that cannot even be copied is kept as it lies."""
    if not settings.database and settings.database_file.exists():
        kept = settings.backups / f"damaged-{secrets.token_hex(4)}.db"
        settings.backups.mkdir(mode=0o700, exist_ok=True)
        shutil.copy2(settings.database_file, kept)
        return str(kept)
    return ""


def _put_in_place(settings: Settings, unpacked: Path) -> None:
    if settings.database:
        database = Database(settings.database_url)
        try:
            copying.copy_in(unpacked / backups.DATABASE, database)
        finally:
            database.close()
    else:
        for ending in ("-wal", "-shm"):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(f"{settings.database_file}{ending}")
        os.replace(unpacked / backups.DATABASE, settings.database_file)
    _move_all(unpacked / "keys", settings.keys, replace=True)
    _move_all(unpacked / "tls", settings.tls, replace=False)


def _move_all(source: Path, target: Path, *, replace: bool) -> None:
    target.mkdir(mode=0o700, exist_ok=True)
    if not source.is_dir() or (not replace and any(target.iterdir())):
        return
    for path in source.iterdir():
        os.replace(path, target / path.name)
