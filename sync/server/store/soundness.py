"""What must hold between the rows of a sound database."""

from __future__ import annotations

import sqlalchemy as sa

from sync.protocol.errors import WireError
from sync.server.store.database import Database
from sync.server.store.schema import CHAIN, PACKET, RECORD, STREAM


def streams_hold(database: Database) -> bool:
    """No record has a number above its stream's.  WireError ``store_damaged`` where that cannot be read."""
    query = (
        sa.select(sa.func.count())
        .select_from(RECORD.join(STREAM, RECORD.c.stream == STREAM.c.stream))
        .where(RECORD.c.seq > STREAM.c.seq)
    )
    try:
        with database.read() as connection:
            return connection.scalar(query) == 0
    except sa.exc.DatabaseError as error:
        raise WireError("store_damaged", what=type(error.orig).__name__) from error


def chains_hold(database: Database) -> bool:
    """Every chain of packets has all its links; a replica that is only vouched for has none.  WireError as
    above."""
    p = PACKET.c
    ends = sa.select(CHAIN.c.stream, CHAIN.c.replica, CHAIN.c.number)
    kept = sa.select(p.stream, p.replica, sa.func.count(), sa.func.max(p.number)).group_by(
        p.stream, p.replica
    )
    try:
        with database.read() as connection:
            held = {(s, r): (count, last) for s, r, count, last in connection.execute(kept)}
            return all(held.get((s, r), (0, 0)) == (n, n) for s, r, n in connection.execute(ends))
    except sa.exc.DatabaseError as error:
        raise WireError("store_damaged", what=type(error.orig).__name__) from error
