"""One installed server: its folder, settings, keys, database and catalogue, opened together."""

from __future__ import annotations

import datetime
import secrets
import time
from dataclasses import dataclass
from pathlib import Path

from sync.protocol.errors import WireError
from sync.server import catalogues, keys, settings, tls
from sync.server.ids import new_id
from sync.server.keys import ServerKeys
from sync.server.settings import Settings
from sync.server.store import audit, identity
from sync.server.store.archive import SqlArchive
from sync.server.store.database import Database
from sync.server.store.identity import Identity
from sync.server.store.upgrading import newest, present, upgrade


@dataclass
class Installation:
    """An opened server.  ``close`` it; usable from any thread."""

    settings: Settings
    keys: ServerKeys
    database: Database
    archive: SqlArchive
    catalogue: catalogues.LiveCatalogue
    administrator: str

    def now(self) -> int:
        """Seconds since 1970."""
        return int(time.time())

    @property
    def fingerprint(self) -> str:
        """Of the self-signed certificate made at ``init``; "" when it was taken away."""
        path = self.settings.tls / tls.CERTIFICATE
        return tls.fingerprint(path) if path.exists() else ""

    def close(self) -> None:
        """Lets the database go."""
        self.database.close()

    def __enter__(self) -> Installation:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def create(
    data: Path,
    *,
    database: str = "",
    catalogue: Path | None = None,
    names: tuple[str, ...] = (),
    administrator: str = "Quản trị",
) -> Installation:
    """Makes a server's folder: keys, certificate, database, first epoch, an administrator, the catalogue.

    ``database``: a PostgreSQL URL, "" for the embedded file.  ``names``: hosts the certificate is for.
    Raises WireError: ``store_exists``, ``not_found`` (no catalogue in that folder), ``catalogue_damaged``.
    """
    if (data / settings.FILE).exists() or (data / "server.db").exists():
        raise WireError("store_exists", data=str(data))
    folder = catalogue or catalogues.shipped()
    documents = catalogues.read_folder(folder) if folder else {}
    if documents:
        catalogues.check(documents)
    data.mkdir(parents=True, exist_ok=True)
    data.chmod(0o700)
    made = Settings(data=data, database=database)
    made.backups.mkdir(mode=0o700, exist_ok=True)
    opened = _database(made)
    try:
        own = keys.create(made.keys)
        tls.create(made.tls, datetime.datetime.now(datetime.UTC), names)
        upgrade(opened)
        _first_rows(opened, own, administrator)
        if documents:
            catalogues.store(opened, documents)
        settings.write(made)  # last: a folder without it is no server
    finally:
        opened.close()
    return open_installation(data)


def _first_rows(database: Database, own: ServerKeys, administrator: str) -> None:
    made, now = Identity(new_id(), new_id()), int(time.time())
    archive = SqlArchive(database, own, made.server)
    with archive.begin([]) as transaction:
        identity.make(transaction.connection, made, administrator, now)
        transaction.store_epoch(1, secrets.token_hex(16), "", {})
        audit.note(transaction.connection, "init", now, actor=made.administrator, subject=made.server)


def open_installation(data: Path) -> Installation:
    """Opens a server's folder and brings its database to this program's schema, after a verified copy.

    Raises WireError: ``no_store``, ``bad_settings``, ``keys_missing``, ``keys_damaged``, ``store_too_new``,
    ``store_damaged``, ``server_down`` (the PostgreSQL server does not answer).
    """
    read = settings.read(data)
    own = keys.read(read.keys)
    if not read.database and not read.database_file.exists():
        raise WireError("no_store", data=str(data))
    database = _database(read)
    try:
        revision = present(database)
        if revision is None:
            raise WireError("no_store", data=str(data))
        if revision != newest():
            from sync.server.backups import copy_before

            copy_before(read, database, "upgrade")
            upgrade(database)
        found = identity.read(database)
        if found is None:
            raise WireError("no_store", data=str(data))
    except WireError as error:
        database.close()
        if error.code == "busy" and not database.is_sqlite:
            raise WireError("server_down", what="database") from error
        raise
    archive = SqlArchive(database, own, found.server)
    live = catalogues.LiveCatalogue(database)
    return Installation(read, own, database, archive, live, found.administrator)


def _database(read: Settings) -> Database:
    return Database(read.database_url, connections=read.limits.workers + 2)
