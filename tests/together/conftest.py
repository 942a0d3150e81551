"""What several processes share: one PostgreSQL for the run."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from tests.sync.server.postgres import Postgres


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One PostgreSQL, started only when a test asks for it."""
    server = Postgres()
    yield server
    server.stop()


@pytest.fixture
def postgres_dsn(postgres: Postgres) -> str:
    """The address of a fresh schema, as a keeper would write it."""
    schema = f"test_{secrets.token_hex(6)}"
    engine = sa.create_engine(postgres.url("public"))
    with engine.begin() as connection:
        connection.exec_driver_sql(f"CREATE SCHEMA {schema}")
    engine.dispose()
    return postgres.url(schema)
