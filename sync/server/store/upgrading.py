"""Brings a database to this program's schema; refuses one that a newer program has already changed."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from sync.protocol.errors import WireError
from sync.server.store.database import Database

HERE = Path(__file__).parent / "migrations"


def _config(connection: sa.Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(HERE).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    if connection is not None:
        config.attributes["connection"] = connection
    return config


def newest() -> str:
    """The revision this program makes."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None  # noqa: S101  a package without its own migrations is broken
    return head


def present(database: Database) -> str | None:
    """The revision of a database; None for an empty one.

    Raises WireError ``store_too_new`` (details: revision) for one this program does not know.
    """
    with database.read() as connection:
        revision = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if revision is not None and revision not in known:
        raise WireError("store_too_new", revision=revision)
    return revision


def upgrade(database: Database) -> None:
    """Runs the steps that are missing, all in one transaction.  Raises as ``present``."""
    if present(database) == newest():
        return
    with database.write() as connection:
        command.upgrade(_config(connection), "head")
