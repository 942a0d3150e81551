"""Who a database belongs to: the server's id and its administrator."""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa

from sync.protocol.errors import WireError
from sync.server.store.database import Database
from sync.server.store.schema import ADMINISTRATOR, EPOCH, SERVER


class Identity(NamedTuple):
    """``server``: its id, a UUID.  ``administrator``: person id under which the server writes records."""

    server: str
    administrator: str


def make(connection: sa.Connection, identity: Identity, name: str, at: int) -> None:
    """Writes the first rows of a new database; WireError ``store_exists`` when it has a server already."""
    if connection.scalar(sa.select(sa.func.count()).select_from(SERVER)):
        raise WireError("store_exists", data="database")
    connection.execute(sa.insert(SERVER).values(server=identity.server, made_at=at))
    connection.execute(sa.insert(ADMINISTRATOR).values(id=identity.administrator, name=name, made_at=at))


def read(database: Database) -> Identity | None:
    """None for a database without a server; WireError ``store_damaged`` where the tables cannot be read."""
    try:
        with database.read() as connection:
            server = connection.scalar(sa.select(SERVER.c.server))
            person = connection.scalar(sa.select(ADMINISTRATOR.c.id).order_by(ADMINISTRATOR.c.made_at))
    except sa.exc.DatabaseError as error:
        raise WireError("store_damaged", what=type(error.orig).__name__) from error
    return Identity(server, person or "") if server else None


def life(connection: sa.Connection) -> int:
    """The number of the newest epoch: how often this server has begun anew."""
    return connection.scalar(sa.select(sa.func.max(EPOCH.c.number))) or 0
