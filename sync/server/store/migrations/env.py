"""Alembic's entry: runs the steps on the connection that ``upgrade`` hands over, in its transaction."""

from __future__ import annotations

from alembic import context

from sync.server.store.schema import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    transactional_ddl=False,  # the caller's transaction is the one
)
context.run_migrations()
