"""Brings a database to this program's schema; refuses one that a newer program has already changed.

The steps are Alembic's, ``migrations/versions/v<revision>_<what>.py``.  Alembic itself is imported only when
there is a step to take: every command opens a database, few upgrade one.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import sqlalchemy as sa

from sync.protocol.errors import WireError
from sync.server.store.database import Database

HERE = Path(__file__).parent / "migrations"


@cache
def revisions() -> tuple[str, ...]:
    """The revisions this program knows, oldest first."""
    return tuple(sorted(p.name[1:5] for p in (HERE / "versions").glob("v[0-9]*.py")))


def newest() -> str:
    """The revision this program makes."""
    return revisions()[-1]


def present(database: Database) -> str | None:
    """The revision of a database; None for an empty one.

    Raises WireError ``store_too_new`` (details: revision) for one this program does not know.
    """
    with database.read() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        revision: str | None = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    if revision is not None and revision not in revisions():
        raise WireError("store_too_new", revision=revision)
    return revision


def upgrade(database: Database) -> None:
    """Runs the steps that are missing, all in one transaction.  Raises as ``present``."""
    if present(database) == newest():
        return
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(HERE).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    with database.write() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
