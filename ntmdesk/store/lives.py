"""A new incarnation of a store (rule 9): another replica id, and everything unconfirmed offered again.

Packets cut under the old id without a receipt are dropped: what they hold is in the records, and those are
queued whole, so that the new id's packets bring all of it, the old id's dots included.
"""

from __future__ import annotations

from ntmdesk.store.sqlcipher import Connection
from ntmdesk.store.surroundings import Surroundings


def mint(db: Connection, surroundings: Surroundings, reason: str, at_least: int = 0) -> str:
    """Takes a new replica id inside the caller's write transaction and returns it.

    ``at_least``: a counter seen elsewhere (the witness); the store never issues one at or below it.
    """
    replica = surroundings.entropy(8).hex()
    at = int(surroundings.clock().timestamp())
    old = db.execute("SELECT replica, counter FROM tally").fetchone()
    since = max(at_least, old[1] if old else 0) + 1
    db.execute(
        "INSERT INTO incarnation(replica, at, reason, since) VALUES(?,?,?,?)", (replica, at, reason, since)
    )
    if old is None:
        db.execute("INSERT INTO tally VALUES(1, ?, ?, 0)", (replica, at_least))
        return replica
    db.execute("UPDATE tally SET replica=?, counter=max(counter, ?)", (replica, at_least))
    db.execute("UPDATE outgoing SET up=0, packet=NULL")
    db.execute("DELETE FROM packet WHERE receipt IS NULL")
    db.execute("UPDATE stream SET cut=0, last=NULL")
    return replica
