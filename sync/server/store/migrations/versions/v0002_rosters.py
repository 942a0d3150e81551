"""Rosters: how often the laptops of a stream have changed.

Revision 0002, after 0001.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Every stream starts with its first roster."""
    op.add_column("stream", sa.Column("roster", sa.BigInteger(), nullable=False, server_default="1"))
