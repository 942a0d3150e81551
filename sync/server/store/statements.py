"""The archive's ordinary statements, built once: building one costs more than running it."""

from __future__ import annotations

from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from sync.server.store import schema as t

_b = sa.bindparam
_s, _k, _c, _p, _t, _r, _e, _a = (
    table.c for table in (t.STREAM, t.COMMIT_TAG, t.CHAIN, t.PACKET, t.TALK, t.REPLICA, t.EPOCH, t.AUDIT)
)

STATES = (
    sa.select(_s.stream, _s.seq, _s.tag, _s.highest)
    .where(_s.stream.in_(_b("streams", expanding=True)))
    .order_by(_s.stream)
)
STATES_LOCKED = STATES.with_for_update()
ALL_STATES = sa.select(_s.stream, _s.seq, _s.tag, _s.highest)
ADVANCE = (
    sa.update(t.STREAM)
    .where(_s.stream == _b("which"))
    .values(seq=_b("seq"), tag=_b("tag"), highest=_b("highest"))
)
COMMIT_AT = sa.select(_k.tag).where(_k.stream == _b("stream"), _k.seq >= _b("seq")).order_by(_k.seq).limit(1)
COUNT = (
    sa.select(sa.func.count())
    .select_from(t.RECORD)
    .where(t.RECORD.c.stream == _b("stream"), t.RECORD.c.seq > _b("after"), t.RECORD.c.seq <= _b("end"))
)
HASHES = sa.select(t.RECORD.c.kind, t.RECORD.c.id, t.RECORD.c.hash).where(t.RECORD.c.stream == _b("stream"))
HASHES_OF_KIND = HASHES.where(t.RECORD.c.kind == _b("kind"))
LINK = sa.select(_c.number, _c.hash).where(_c.stream == _b("stream"), _c.replica == _b("replica"))
HIGHEST = sa.select(_c.highest).where(_c.stream == _b("stream"), _c.replica == _b("replica"))
VOUCHED = sa.select(_c.replica, _c.highest).where(_c.stream == _b("stream"))
CERTIFIED = VOUCHED.where(_c.replica.in_(_b("replicas", expanding=True)))
VOUCH = (
    sa.update(t.CHAIN).where(_c.stream == _b("which"), _c.replica == _b("of")).values(highest=_b("highest"))
)
NOTED = (
    sa.select(_a.id)
    .where(
        _a.stream == _b("stream"),
        _a.action == _b("action"),
        _a.actor == _b("actor"),
        _a.subject == _b("subject"),
    )
    .limit(1)
)
PACKET = sa.select(_p.number, _p.hash, _p.seq, _p.exceptions).where(
    _p.stream == _b("stream"), _p.replica == _b("replica"), _p.number == _b("number")
)
TALK = sa.select(_t.nonce, _t.base, _t.number, _t.body).where(_t.replica == _b("replica"))
REPLICA_OF = sa.select(_r.device).where(_r.replica == _b("replica"))
IDS_OF = sa.select(sa.func.count()).select_from(t.REPLICA).where(_r.device == _b("device"))
EPOCH = sa.select(_e.document).order_by(_e.number.desc()).limit(1)
EPOCHS = sa.select(_e.document).order_by(_e.number)
LOCK_SERVER = sa.select(t.SERVER.c.server).with_for_update()


@cache
def upsert(dialect: str, table: sa.Table) -> Any:
    """Inserts one row by its columns' names, or sets the other columns where the key is there."""
    insert = (postgresql.insert if dialect == "postgresql" else sqlite.insert)(table)
    keys = [column.name for column in table.primary_key.columns]
    return insert.on_conflict_do_update(
        index_elements=keys,
        set_={c.name: insert.excluded[c.name] for c in table.columns if c.name not in keys},
    )


@cache
def insert_missing(dialect: str, table: sa.Table) -> Any:
    """Inserts one row, or does nothing where the key is there."""
    insert = (postgresql.insert if dialect == "postgresql" else sqlite.insert)(table)
    return insert.on_conflict_do_nothing(index_elements=[c.name for c in table.primary_key.columns])
