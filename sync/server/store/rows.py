"""The statements every record passes through, written by hand for each database.

Each is one set statement on the driver's own cursor: SQLite by ``executemany`` and ``json_each``,
PostgreSQL by binary ``COPY`` for new rows and one ``UPDATE ... FROM unnest`` for changed ones.  All name one
stream, so that on a database spread by stream each goes to one machine.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import Any, Protocol

import msgspec
import sqlalchemy as sa

from sync.hub.ports import Put

Loaded = tuple[str, str, bytes, int, bytes]
"""id, kind, image, seq, hash."""


class RecordRows(Protocol):
    """One transaction's hand on the ``record`` table."""

    def load(self, stream: str, ids: Sequence[str]) -> Sequence[Loaded]:
        """The rows of these ids that exist."""

    def insert(self, stream: str, rows: Sequence[Put]) -> None:
        """Rows that are not there yet."""

    def update(self, stream: str, rows: Sequence[Put]) -> None:
        """New states of rows that are there."""

    def after(self, stream: str, seq: int, limit: int) -> Iterator[tuple[str, str, bytes, int]]:
        """(kind, id, image, seq) above ``seq``, ascending."""

    def hashes(self, stream: str) -> Iterator[Sequence[bytes]]:
        """The hashes of all rows of a stream, in chunks of one-value rows."""


CHUNK = 4_000
_ID = attrgetter("id")


def rows_of(connection: sa.Connection) -> RecordRows:
    """The statements for the database a connection belongs to."""
    driver = connection.connection.driver_connection
    return SqliteRows(driver) if connection.dialect.name == "sqlite" else PostgresRows(driver)


class SqliteRows:
    """Of one SQLite connection."""

    def __init__(self, driver: Any) -> None:
        self._driver = driver

    def load(self, stream: str, ids: Sequence[str]) -> Sequence[Loaded]:
        found: list[Loaded] = self._driver.execute(
            "SELECT id, kind, image, seq, hash FROM record"
            " WHERE stream = ? AND id IN (SELECT value FROM json_each(?))",
            (stream, msgspec.json.encode(ids).decode()),
        ).fetchall()
        return found

    def insert(self, stream: str, rows: Sequence[Put]) -> None:
        self._driver.executemany(
            "INSERT INTO record (stream, id, kind, seq, hash, image) VALUES (?, ?, ?, ?, ?, ?)",
            # by id: each page of that key is then met once
            [(stream, r.id, r.kind, r.seq, r.hash, r.image) for r in sorted(rows, key=_ID)],
        )

    def update(self, stream: str, rows: Sequence[Put]) -> None:
        self._driver.executemany(
            "UPDATE record SET seq = ?, hash = ?, image = ? WHERE stream = ? AND id = ?",
            [(r.seq, r.hash, r.image, stream, r.id) for r in rows],
        )

    def after(self, stream: str, seq: int, limit: int) -> Iterator[tuple[str, str, bytes, int]]:
        return iter(
            self._driver.execute(
                "SELECT kind, id, image, seq FROM record WHERE stream = ? AND seq > ? ORDER BY seq LIMIT ?",
                (stream, seq, limit),
            )
        )

    def hashes(self, stream: str) -> Iterator[Sequence[bytes]]:
        cursor = self._driver.execute("SELECT hash FROM record WHERE stream = ?", (stream,))
        while chunk := cursor.fetchmany(CHUNK):
            yield [row[0] for row in chunk]


class PostgresRows:
    """Of one psycopg connection; binary both ways, or each image would travel as hexadecimal text."""

    def __init__(self, driver: Any) -> None:
        self._driver = driver

    def load(self, stream: str, ids: Sequence[str]) -> Sequence[Loaded]:
        with self._driver.cursor(binary=True) as cursor:
            cursor.execute(
                "SELECT id, kind, image, seq, hash FROM record WHERE stream = %s AND id = ANY(%b::text[])",
                (stream, list(ids)),
            )
            found: list[Loaded] = cursor.fetchall()
            return found

    def insert(self, stream: str, rows: Sequence[Put]) -> None:
        with (
            self._driver.cursor() as cursor,
            cursor.copy(
                "COPY record (stream, id, kind, seq, hash, image) FROM STDIN (FORMAT BINARY)"
            ) as copy,
        ):
            copy.set_types(("text", "text", "text", "int8", "bytea", "bytea"))
            for r in rows:
                copy.write_row((stream, r.id, r.kind, r.seq, r.hash, r.image))

    def update(self, stream: str, rows: Sequence[Put]) -> None:
        with self._driver.cursor() as cursor:
            cursor.execute(
                "UPDATE record SET seq = v.seq, hash = v.hash, image = v.image"
                " FROM unnest(%b::text[], %b::int8[], %b::bytea[], %b::bytea[]) AS v (id, seq, hash, image)"
                " WHERE record.stream = %s AND record.id = v.id",
                (
                    [r.id for r in rows],
                    [r.seq for r in rows],
                    [r.hash for r in rows],
                    [r.image for r in rows],
                    stream,
                ),
            )

    def after(self, stream: str, seq: int, limit: int) -> Iterator[tuple[str, str, bytes, int]]:
        with self._driver.cursor(binary=True) as cursor:
            cursor.execute(
                "SELECT kind, id, image, seq FROM record WHERE stream = %s AND seq > %s"
                " ORDER BY seq LIMIT %s",
                (stream, seq, limit),
            )
            yield from cursor

    def hashes(self, stream: str) -> Iterator[Sequence[bytes]]:
        with self._driver.cursor(binary=True) as cursor:
            cursor.execute("SELECT hash FROM record WHERE stream = %s", (stream,))
            while chunk := cursor.fetchmany(CHUNK):
                yield [row[0] for row in chunk]
