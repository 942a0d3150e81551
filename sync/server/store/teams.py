"""Rows of streams: which teams there are, under which code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import sqlalchemy as sa

from sync.server.store.schema import RECORD, STREAM


class Team(NamedTuple):
    """A team's stream.  ``generation``: of the membership in it (rule 20)."""

    stream: str
    code: str
    name: str
    generation: int
    seq: int


_COLUMNS = (STREAM.c.stream, STREAM.c.code, STREAM.c.name, STREAM.c.generation, STREAM.c.seq)


def add(connection: sa.Connection, stream: str, code: str, name: str, at: int) -> None:
    """A new team's stream, still empty."""
    connection.execute(
        sa.insert(STREAM).values(
            stream=stream, of="team", code=code, name=name, generation=1, seq=0, tag="", highest=0, made_at=at
        )
    )


def by_code(connection: sa.Connection, code: str) -> Team | None:
    """The team of a code such as ``T01``; its record id does as well."""
    query = sa.select(*_COLUMNS).where(
        STREAM.c.of == "team", sa.or_(STREAM.c.code == code, STREAM.c.stream == code), STREAM.c.code != ""
    )
    row = connection.execute(query).first()
    return Team(*row) if row else None


def every(connection: sa.Connection) -> list[Team]:
    """All teams in order of their codes."""
    query = sa.select(*_COLUMNS).where(STREAM.c.of == "team", STREAM.c.code != "").order_by(STREAM.c.code)
    return [Team(*row) for row in connection.execute(query)]


def roster_changes(connection: sa.Connection, stream: str) -> int:
    """How often the laptops of a stream have changed; 0 for an unknown stream."""
    return connection.scalar(sa.select(STREAM.c.roster).where(STREAM.c.stream == stream)) or 0


def roster_changed(connection: sa.Connection, stream: str) -> None:
    """A laptop came, changed or was shut out: the next roster has a higher number."""
    changed = sa.update(STREAM).where(STREAM.c.stream == stream).values(roster=STREAM.c.roster + 1)
    connection.execute(changed)


def images(connection: sa.Connection, kind: str, stream: str | None = None) -> list[tuple[str, str, bytes]]:
    """(stream, id, image) of the records of a kind, of one stream or of all, in id order."""
    r = RECORD.c
    query = sa.select(r.stream, r.id, r.image).where(r.kind == kind).order_by(r.id, r.stream)
    if stream is not None:
        query = query.where(r.stream == stream)
    return [(s, i, image) for s, i, image in connection.execute(query)]


def image(connection: sa.Connection, stream: str, id: str) -> tuple[str, bytes] | None:
    """(kind, image) of one record."""
    r = RECORD.c
    row = connection.execute(sa.select(r.kind, r.image).where(r.stream == stream, r.id == id)).first()
    return (row[0], row[1]) if row else None


def counts(connection: sa.Connection) -> Mapping[str, int]:
    """Rows of each kind, whatever their state."""
    query = sa.select(RECORD.c.kind, sa.func.count()).group_by(RECORD.c.kind).order_by(RECORD.c.kind)
    return {kind: number for kind, number in connection.execute(query)}


def marked(connection: sa.Connection, mark: bytes, *, present: bool) -> list[tuple[str, str, bytes]]:
    """(kind, id, image) of the records whose image holds these bytes, or does not."""
    r = RECORD.c
    found = (
        sa.func.instr(r.image, mark)
        if connection.dialect.name == "sqlite"
        else sa.func.position(sa.literal(mark).op("IN")(r.image))
    )
    query = sa.select(r.kind, r.id, r.image).where(found > 0 if present else found == 0)
    return [(k, i, image) for k, i, image in connection.execute(query)]
