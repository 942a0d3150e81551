"""The tables.  ``migrations/`` makes them; a test holds both equal.

The stream leads every primary and unique key of what belongs to a stream, so that the whole can be spread
over machines by stream; there is no sequence, lock or unique key across streams.  ``talk`` and ``replica``
are keyed by the replica id (64 random bits); ``epoch`` and ``catalogue_file`` are small and the same
everywhere.
Times are whole seconds since 1970, for people only.  Nothing is ordered by them.
"""

from __future__ import annotations

import sqlalchemy as sa

ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
"""Ids and codes: compared byte by byte on both databases."""

METADATA = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    }
)

STREAM = sa.Table(
    "stream",
    METADATA,
    sa.Column("stream", ID, primary_key=True),
    sa.Column("of", sa.Text, nullable=False),  # team, upper
    sa.Column("code", ID, nullable=False),  # T01; "" for a stream nobody has named yet
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("generation", sa.Integer, nullable=False),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("tag", sa.Text, nullable=False),
    sa.Column("highest", sa.BigInteger, nullable=False),
    sa.Column("made_at", sa.BigInteger, nullable=False),
    sa.Column("roster", sa.BigInteger, nullable=False, server_default="1"),  # changes of its laptops
)

RECORD = sa.Table(
    "record",
    METADATA,
    sa.Column("stream", ID, primary_key=True),
    sa.Column("id", ID, primary_key=True),
    sa.Column("kind", ID, nullable=False),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("hash", sa.LargeBinary, nullable=False),
    sa.Column("image", sa.LargeBinary, nullable=False),
    sa.UniqueConstraint("stream", "seq"),
)

COMMIT_TAG = sa.Table(
    "commit_tag",
    METADATA,
    sa.Column("stream", ID, primary_key=True),
    sa.Column("seq", sa.BigInteger, primary_key=True),
    sa.Column("tag", sa.Text, nullable=False),
)

CHAIN = sa.Table(
    "chain",
    METADATA,
    sa.Column("stream", ID, primary_key=True),
    sa.Column("replica", ID, primary_key=True),
    sa.Column("number", sa.BigInteger, nullable=False),
    sa.Column("hash", sa.LargeBinary, nullable=False),
    sa.Column("highest", sa.BigInteger, nullable=False),  # certified, rule 13
)

PACKET = sa.Table(
    "packet",
    METADATA,
    sa.Column("stream", ID, primary_key=True),
    sa.Column("replica", ID, primary_key=True),
    sa.Column("number", sa.BigInteger, primary_key=True),
    sa.Column("device", ID, nullable=False),
    sa.Column("hash", sa.LargeBinary, nullable=False),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("exceptions", sa.LargeBinary, nullable=False),
    sa.Column("data", sa.LargeBinary, nullable=False),
)

TALK = sa.Table(
    "talk",
    METADATA,
    sa.Column("replica", ID, primary_key=True),
    sa.Column("nonce", sa.Text, nullable=False),
    sa.Column("base", sa.Text, nullable=False),
    sa.Column("number", sa.BigInteger, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
)

REPLICA = sa.Table(
    "replica",
    METADATA,
    sa.Column("replica", ID, primary_key=True),
    sa.Column("device", ID, nullable=False),
    sa.Index(None, "device"),
)

EPOCH = sa.Table(
    "epoch",
    METADATA,
    sa.Column("random", ID, primary_key=True),
    sa.Column("number", sa.BigInteger, nullable=False),
    sa.Column("document", sa.LargeBinary, nullable=False),  # msgspec JSON of pages.Epoch, signed
)

DEVICE = sa.Table(
    "device",
    METADATA,
    sa.Column("stream", ID, primary_key=True),
    sa.Column("device", ID, primary_key=True),
    sa.Column("member", ID, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("key", sa.LargeBinary, nullable=False),
    sa.Column("sealing_key", sa.LargeBinary, nullable=False),
    sa.Column("token", sa.LargeBinary, nullable=False),
    sa.Column("made_at", sa.BigInteger, nullable=False),
    sa.Column("seen_at", sa.BigInteger, nullable=False),
    sa.Column("revoked_at", sa.BigInteger),
    sa.UniqueConstraint("stream", "key"),
)

INVITATION = sa.Table(
    "invitation",
    METADATA,
    sa.Column("stream", ID, primary_key=True),
    sa.Column("code", sa.LargeBinary, primary_key=True),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("made_at", sa.BigInteger, nullable=False),
    sa.Column("expires_at", sa.BigInteger, nullable=False),
    sa.Column("used_at", sa.BigInteger),
    sa.Column("device", ID),
    sa.Index(None, "code"),
)

AUDIT = sa.Table(
    "audit",
    METADATA,
    sa.Column("stream", ID, primary_key=True),  # "" for what concerns the whole server
    sa.Column("id", ID, primary_key=True),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("actor", ID, nullable=False),  # a device, an administrator, or ""
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("subject", ID, nullable=False),
    sa.Column("details", sa.Text, nullable=False),  # JSON of ids, counts and codes only
)

ADMINISTRATOR = sa.Table(
    "administrator",
    METADATA,
    sa.Column("id", ID, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("made_at", sa.BigInteger, nullable=False),
)

CATALOGUE_FILE = sa.Table(
    "catalogue_file",
    METADATA,
    sa.Column("version", sa.BigInteger, primary_key=True),
    sa.Column("name", ID, primary_key=True),
    sa.Column("text", sa.Text, nullable=False),
)

SERVER = sa.Table(
    "server",
    METADATA,
    sa.Column("server", ID, primary_key=True),  # its id, a UUID
    sa.Column("made_at", sa.BigInteger, nullable=False),
)
