"""Single facts of a store that need no table of their own: a key and a value, in the caller's transaction."""

from __future__ import annotations

from typing import Any

from ntmdesk.store.sqlcipher import Connection


def read_meta(db: Connection, key: str) -> Any:
    """The value kept under a key; None when there is none."""
    row = db.execute("SELECT value FROM meta WHERE key=?", (key,)).fetchone()
    return None if row is None else row[0]


def keep_meta(db: Connection, key: str, value: Any) -> None:
    """Keeps a value; the same one again writes nothing."""
    db.execute(
        "INSERT INTO meta VALUES(?,?) ON CONFLICT(key) DO UPDATE SET value=excluded.value "
        "WHERE value IS NOT excluded.value",
        (key, value),
    )
