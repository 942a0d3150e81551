"""Catalogues as rows with a version: the raw files, so that a laptop gets exactly what the keeper loaded."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from sync.server.store.schema import CATALOGUE_FILE

_C = CATALOGUE_FILE.c


def newest(connection: sa.Connection) -> int:
    """The highest version stored; 0 when there is none."""
    return connection.scalar(sa.select(sa.func.max(_C.version))) or 0


def files(connection: sa.Connection, version: int) -> dict[str, str]:
    """Name to text of one version; empty when it is not there."""
    query = sa.select(_C.name, _C.text).where(_C.version == version).order_by(_C.name)
    return {name: text for name, text in connection.execute(query)}


def add(connection: sa.Connection, version: int, documents: Mapping[str, str]) -> None:
    """Stores a version that is not there yet."""
    connection.execute(
        sa.insert(CATALOGUE_FILE),
        [{"version": version, "name": n, "text": t} for n, t in documents.items()],
    )
