"""The upper server of a schedule: the real hub over the real archive in a SQLite file."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from sqlalchemy import event

from sync.hub.ports import Device
from sync.hub.restoring import choose, open_after_restore
from sync.protocol.rosters import encode_roster
from sync.server import keys as server_keys
from sync.server import rosters
from sync.server.store import devices, teams
from sync.server.store.archive import SqlArchive
from sync.server.store.audit import lives_heard
from sync.server.store.copying import address, forget_conversations, lives
from sync.server.store.database import Database
from sync.server.store.devices import DeviceRow
from sync.server.store.upgrading import upgrade
from tests.soak.faults import ServerConnection

FILE = "server.db"


class Server:
    """``archive`` is opened when it is first asked for and again after a death."""

    def __init__(self, folder: Path, id: str) -> None:
        self.folder = folder
        self.id = id
        self._database: Database | None = None
        self._archive: SqlArchive | None = None

    @classmethod
    def make(cls, folder: Path, id: str, random: Callable[[int], bytes]) -> Server:
        """A new server without a record."""
        server_keys.create(folder / "keys")
        server = cls(folder, id)
        database = server._connect()
        upgrade(database)
        with server.archive.begin([]) as tx:
            tx.store_epoch(1, random(16).hex(), "", {})
        return server

    @property
    def archive(self) -> SqlArchive:
        if self._archive is None:
            self._archive = SqlArchive(self._connect(), server_keys.read(self.folder / "keys"), self.id)
        return self._archive

    @property
    def public_keys(self) -> tuple[bytes, ...]:
        return (server_keys.read(self.folder / "keys").signing_public,)

    @property
    def sealing_key(self) -> bytes:
        return server_keys.read(self.folder / "keys").sealing_public

    def _connect(self) -> Database:
        if self._database is None:
            self._database = Database(address(self.folder / FILE))

            @event.listens_for(self._database.engine, "do_connect")
            def counted(_dialect: Any, _record: Any, args: Any, named: Any) -> sqlite3.Connection:
                return sqlite3.connect(*args, factory=ServerConnection, **named)

        return self._database

    def installation(self, judge: Any) -> Any:
        """As much of an installed server as taking in a bundle needs."""
        return SimpleNamespace(
            archive=self.archive,
            settings=SimpleNamespace(database="", data=self.folder),
            database=self._connect(),
            keys=server_keys.read(self.folder / "keys"),
            catalogue=SimpleNamespace(get=lambda: SimpleNamespace(judge=judge)),
            now=lambda: 1_790_000_000,
        )

    def know(self, stream: str, laptops: Sequence[DeviceRow]) -> bytes:
        """Enrols laptops; the roster as they are told it."""
        with self.archive.begin([stream]) as tx:
            for row in laptops:
                devices.add_device(tx.connection, row)
        return self.roster(stream)

    def roster(self, stream: str) -> bytes:
        """The present roster, signed."""
        with self.archive.look() as tx:
            return encode_roster(rosters.roster_of(self.installation(None), tx.connection, stream))

    def device(self, n: int, stream: str) -> Device:
        """A laptop as the door knows it now: by its role, and whether it was shut out."""
        with self._connect().read() as connection:
            return rosters.mates_of(connection, stream)[f"device-{n}"]

    def change(self, n: int, **values: Any) -> None:
        """The keeper changes a laptop's row; the roster gets a new number."""
        with self._connect().write() as connection:
            for row in devices.find_devices(connection, f"device-{n}"):
                if row != row._replace(**values):
                    devices.change_device(connection, row._replace(**values))
                    teams.roster_changed(connection, row.stream)

    def close(self) -> None:
        """Lets the file go; what was not committed is not there when it is opened again."""
        if self._database is not None:
            self._database.close()
        self._database = self._archive = None

    def backup(self, file: Path) -> str:
        """Copies the whole memory; the name of its life."""
        self.close()
        with sqlite3.connect(self.folder / FILE) as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.close()
        shutil.copy(self.folder / FILE, file.with_suffix(".new"))
        file.with_suffix(".new").replace(file)
        return self.epoch()

    def epoch(self) -> str:
        """The name of the present life."""
        with self.archive.look() as tx:
            return tx.epoch().random

    def roll_back(self, file: Path) -> None:
        """Puts a copy back and tells nobody."""
        self.close()
        shutil.copy(file, self.folder / f"{FILE}.new")
        for ending in ("-wal", "-shm"):
            (self.folder / (FILE + ending)).unlink(missing_ok=True)
        (self.folder / f"{FILE}.new").replace(self.folder / FILE)

    def restore(self, file: Path, random: Callable[[int], bytes]) -> None:
        """Goes back to a copy as the server's own verb does."""
        live = lives(self._connect())
        self.roll_back(file)
        with self.archive.begin([]) as tx:
            open_after_restore(tx, live, random(16).hex())
            forget_conversations(tx.connection)

    def choose(self, random: Callable[[int], bytes]) -> None:
        """The keeper's choice: the present life goes on, all others heard of end."""
        with self.archive.begin([]) as tx:
            choose(tx, lives_heard(tx.connection), random(16).hex())

    def pages(self) -> int:
        """How many pages the file has."""
        with self._connect().read() as connection:
            return int(connection.exec_driver_sql("PRAGMA page_count").scalar() or 0)
