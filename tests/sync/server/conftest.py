"""A server made in a folder, on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from sync.server import installation, teams
from sync.server.installation import Installation
from tests.sync.server.postgres import Postgres

BOTH = [pytest.param("sqlite"), pytest.param("postgresql", marks=pytest.mark.postgres)]
Make = Callable[[str], Installation]


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One PostgreSQL for the whole run."""
    server = Postgres()
    yield server
    server.stop()


@pytest.fixture
def postgres_url(request: pytest.FixtureRequest) -> Iterator[Callable[[], str]]:
    """Makes addresses of fresh schemas, which go away with the test."""
    made: list[str] = []

    def fresh() -> str:
        server: Postgres = request.getfixturevalue("postgres")
        schema = f"test_{secrets.token_hex(6)}"
        engine = sa.create_engine(server.url("public"))
        with engine.begin() as connection:
            connection.exec_driver_sql(f"CREATE SCHEMA {schema}")
        engine.dispose()
        made.append(schema)
        return server.url(schema)

    yield fresh
    if made:
        engine = sa.create_engine(request.getfixturevalue("postgres").url("public"))
        with engine.begin() as connection:
            for schema in made:
                connection.exec_driver_sql(f"DROP SCHEMA {schema} CASCADE")
        engine.dispose()


@pytest.fixture
def make_server(tmp_path: Path, postgres_url: Callable[[], str]) -> Iterator[Make]:
    """``make_server("sqlite" or "postgresql")``: a fresh installation, closed with the test."""
    opened: list[Installation] = []

    def make(dialect: str) -> Installation:
        url = postgres_url() if dialect == "postgresql" else ""
        server = installation.create(tmp_path / f"data{len(opened)}", database=url)
        opened.append(server)
        return server

    yield make
    for server in opened:
        server.close()


@pytest.fixture
def server(make_server: Make) -> Installation:
    """A fresh server on SQLite."""
    return make_server("sqlite")


@pytest.fixture(params=BOTH)
def either(request: pytest.FixtureRequest, make_server: Make) -> Installation:
    """The same test on both databases."""
    return make_server(request.param)


@pytest.fixture
def team(server: Installation) -> str:
    """Stream of a team T01 with two hamlets on ``server``."""
    return team_on(server)


def team_on(server: Installation, code: str = "T01", *hamlets: str) -> str:
    """Makes a team and gives its stream."""
    made = teams.add_team(server, code, f"Tổ {code}", "15880", hamlets or ("Thôn 1", "Thôn 2"))
    return str(made["team"])
