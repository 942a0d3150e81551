"""A store that is filled for the first time: orders of lists are built once at the end, not record by record.

While a whole commune comes into a store that holds next to nothing, the two indexes behind lists wait from
``LARGE`` records on: each record would touch a page of each at random.  Without them every question is
answered all the same, only more slowly.  The last page builds them, else the conversation as it compares,
else when the store is opened.
"""

from __future__ import annotations

from ntmdesk.store.sqlcipher import Connection

ORDERS = {
    "record_sort": "record(kind, life, sort) WHERE sort IS NOT NULL",
    "record_day": "record(kind, life, day, seq) WHERE day IS NOT NULL",
}
"""The indexes of lists as the schema has them (``migrations``)."""

MANY = 500
"""Records of one page that tell of more to come."""

LARGE = 15_000
"""Records from which on it costs less to build the indexes at the end; below, it costs more."""

JOINS = "record_joins"
"""Marks a store that is being filled, and stands in for the one question that every arriving record asks: is
anything joined at all?"""


def prepare(db: Connection, coming: int) -> None:
    """Before a page of so many records is stored; inside its transaction."""
    if coming < MANY:
        return
    (here,) = db.execute("SELECT coalesce(max(n), 0) FROM record").fetchone()
    if here < coming:
        db.execute(f"CREATE INDEX IF NOT EXISTS {JOINS} ON record(kind) WHERE kind='sameness'")
    elif here >= LARGE and not is_complete(db):
        for name in ORDERS:
            db.execute(f"DROP INDEX IF EXISTS {name}")


def complete(db: Connection) -> None:
    """Builds what is missing; inside a write transaction."""
    for name, columns in ORDERS.items():
        db.execute(f"CREATE INDEX IF NOT EXISTS {name} ON {columns}")
    db.execute(f"DROP INDEX IF EXISTS {JOINS}")


def any_joined(db: Connection) -> bool:
    """While the store is being filled: whether a record that joins two others is here."""
    sql = f"SELECT 1 FROM record INDEXED BY {JOINS} WHERE kind='sameness' LIMIT 1"
    return db.execute(sql).fetchone() is not None


def is_complete(db: Connection) -> bool:
    """Whether nothing waits."""
    sql = "SELECT 1 FROM sqlite_schema WHERE type='index' AND name=?"
    return db.execute(sql, (JOINS,)).fetchone() is None
