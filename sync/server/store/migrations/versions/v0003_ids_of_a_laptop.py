"""The replica ids of one laptop are counted before it may call another its own.

Revision 0003, after 0002.
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """They are found by their laptop."""
    op.create_index("ix_replica_device", "replica", ["device"], unique=False)
