"""The tables of the first server."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Makes all tables."""
    op.create_table(
        "administrator",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_administrator"),
    )
    op.create_table(
        "audit",
        sa.Column("stream", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", ID, nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", ID, nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("stream", "id", name="pk_audit"),
    )
    op.create_table(
        "catalogue_file",
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("name", ID, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("version", "name", name="pk_catalogue_file"),
    )
    op.create_table(
        "chain",
        sa.Column("stream", ID, nullable=False),
        sa.Column("replica", ID, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("highest", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("stream", "replica", name="pk_chain"),
    )
    op.create_table(
        "commit_tag",
        sa.Column("stream", ID, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("stream", "seq", name="pk_commit_tag"),
    )
    op.create_table(
        "device",
        sa.Column("stream", ID, nullable=False),
        sa.Column("device", ID, nullable=False),
        sa.Column("member", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("sealing_key", sa.LargeBinary(), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("stream", "device", name="pk_device"),
        sa.UniqueConstraint("stream", "key", name="uq_device_stream_key"),
    )
    op.create_table(
        "epoch",
        sa.Column("random", ID, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("random", name="pk_epoch"),
    )
    op.create_table(
        "invitation",
        sa.Column("stream", ID, nullable=False),
        sa.Column("code", sa.LargeBinary(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.Column("device", ID, nullable=True),
        sa.PrimaryKeyConstraint("stream", "code", name="pk_invitation"),
    )
    op.create_index("ix_invitation_code", "invitation", ["code"], unique=False)
    op.create_table(
        "packet",
        sa.Column("stream", ID, nullable=False),
        sa.Column("replica", ID, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("device", ID, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("exceptions", sa.LargeBinary(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("stream", "replica", "number", name="pk_packet"),
    )
    op.create_table(
        "record",
        sa.Column("stream", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", ID, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("image", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("stream", "id", name="pk_record"),
        sa.UniqueConstraint("stream", "seq", name="uq_record_stream_seq"),
    )
    op.create_table(
        "replica",
        sa.Column("replica", ID, nullable=False),
        sa.Column("device", ID, nullable=False),
        sa.PrimaryKeyConstraint("replica", name="pk_replica"),
    )
    op.create_table(
        "server",
        sa.Column("server", ID, nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("server", name="pk_server"),
    )
    op.create_table(
        "stream",
        sa.Column("stream", ID, nullable=False),
        sa.Column("of", sa.Text(), nullable=False),
        sa.Column("code", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("highest", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("stream", name="pk_stream"),
    )
    op.create_table(
        "talk",
        sa.Column("replica", ID, nullable=False),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("base", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("replica", name="pk_talk"),
    )
