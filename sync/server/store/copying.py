"""A whole database as one SQLite file and back, and proof that such a file is sound.

SQLite copies itself with ``VACUUM INTO``; PostgreSQL is read in one snapshot, table by table, so that a copy
of either can come back into the other.
"""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec
import sqlalchemy as sa

from sync.protocol.errors import WireError
from sync.protocol.image import image_hash
from sync.protocol.pages import Epoch
from sync.server.store.database import Database
from sync.server.store.schema import EPOCH, METADATA, RECORD, SERVER, TALK
from sync.server.store.upgrading import upgrade

CHUNK = 2_000


class Proof(NamedTuple):
    """What a sound copy holds.  ``tables``: rows of each."""

    server: str
    epoch: int
    tables: dict[str, int]


def address(file: Path) -> str:
    """SQLAlchemy's address of a SQLite file."""
    return f"sqlite+pysqlite:///{file}"


def copy_out(database: Database, file: Path) -> None:
    """Writes all of a database, as of one moment, into a new SQLite file.  OSError."""
    if database.is_sqlite:
        with database.engine.connect() as connection:
            driver = connection.connection.driver_connection
            assert driver is not None  # noqa: S101  a connection just taken has one
            with room_told(file):
                driver.execute("VACUUM INTO ?", (str(file),))
        return
    copy = Database(address(file))
    try:
        upgrade(copy)
        with database.read() as source, copy.write() as target:
            _pour(source, target)
    finally:
        copy.close()
    _into_one_file(file)


@contextmanager
def room_told(file: Path) -> Iterator[None]:
    """A disk that has no room for a copy is an OSError (ENOSPC), as everywhere else."""
    try:
        yield
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", 0) != sqlite3.SQLITE_FULL:
            raise
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(file)) from error


def _into_one_file(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")


def copy_in(file: Path, database: Database) -> None:
    """Puts a copy in place of all that a PostgreSQL database holds, in one transaction."""
    copy = Database(address(file))
    try:
        upgrade(copy)
        upgrade(database)
        with copy.read() as source, database.write() as target:
            for table in METADATA.sorted_tables:
                target.execute(sa.delete(table))
            _pour(source, target)
    finally:
        copy.close()


def _pour(source: sa.Connection, target: sa.Connection) -> None:
    for table in METADATA.sorted_tables:
        rows = source.execution_options(yield_per=CHUNK).execute(sa.select(table))
        for chunk in rows.mappings().partitions():
            target.execute(sa.insert(table), [dict(row) for row in chunk])


def prove(database: Database) -> Proof:
    """Reads everything: SQLite's own check, every record's hash, the newest epoch.

    Raises WireError ``store_damaged`` (details: what).
    """
    try:
        with database.read() as connection:
            if database.is_sqlite:
                said = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
                if said != "ok":
                    raise WireError("store_damaged", what="quick_check")
            tables = {
                table.name: connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0
                for table in METADATA.sorted_tables
            }
            wrong = wrong_hashes(connection)
            server = connection.scalar(sa.select(SERVER.c.server))
            document = connection.scalar(sa.select(EPOCH.c.document).order_by(EPOCH.c.number.desc()))
    except sa.exc.DatabaseError as error:
        raise WireError("store_damaged", what=type(error.orig).__name__) from error
    if wrong:
        raise WireError("store_damaged", what="hash", records=len(wrong))
    if server is None or document is None:
        raise WireError("store_damaged", what="epoch")
    return Proof(server, msgspec.json.decode(document, type=Epoch).number, tables)


def wrong_hashes(connection: sa.Connection) -> list[str]:
    """Ids of records whose image does not have the hash that stands beside it."""
    r = RECORD.c
    query = sa.select(r.kind, r.id, r.hash, r.image)
    rows = connection.execution_options(yield_per=CHUNK).execute(query)
    return [id for kind, id, stored, image in rows if image_hash(kind, id, image) != stored]


def lives(database: Database) -> tuple[Epoch, ...]:
    """All lives that a server's memory knows, oldest first."""
    with database.read() as connection:
        documents = connection.scalars(sa.select(EPOCH.c.document).order_by(EPOCH.c.number))
        return tuple(msgspec.json.decode(document, type=Epoch) for document in documents)


def forget_conversations(connection: sa.Connection) -> None:
    """After going back in time no conversation goes on: laptops begin new ones."""
    connection.execute(sa.delete(TALK))
