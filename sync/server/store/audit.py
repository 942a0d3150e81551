"""What was done on the server by whom: ids, codes and counts, never a person's data."""

from __future__ import annotations

from typing import Any

import msgspec
import sqlalchemy as sa

from sync.server.ids import new_id
from sync.server.store.schema import AUDIT

OTHER_LIFE = "other_life"
"""A laptop knew a life that this server has not led; subject: its name."""


def note(
    connection: sa.Connection,
    action: str,
    at: int,
    *,
    stream: str = "",
    actor: str = "",
    subject: str = "",
    **details: Any,
) -> None:
    """Adds one entry in the transaction of what it tells."""
    connection.execute(
        sa.insert(AUDIT).values(
            stream=stream,
            id=new_id(),
            at=at,
            actor=actor,
            action=action,
            subject=subject,
            details=msgspec.json.encode(details).decode(),
        )
    )


def lives_heard(connection: sa.Connection) -> dict[str, int]:
    """Lives that laptops know and this server has not led: name -> how many laptops told of it."""
    a = AUDIT.c
    query = sa.select(a.subject, sa.func.count()).where(a.action == OTHER_LIFE).group_by(a.subject)
    return {life: devices for life, devices in connection.execute(query)}


def entries(connection: sa.Connection, stream: str | None = None) -> list[dict[str, Any]]:
    """All entries, of one stream or of all, oldest first."""
    query = sa.select(AUDIT).order_by(AUDIT.c.id)
    if stream is not None:
        query = query.where(AUDIT.c.stream == stream)
    return [
        {**row, "details": msgspec.json.decode(row["details"])}
        for row in connection.execute(query).mappings()
    ]
