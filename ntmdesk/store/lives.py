"""Lives: this store's own incarnations, and those of its server.

A new incarnation of a store (rule 9) has another replica id, and everything unconfirmed is offered again.
Packets cut under the old id without a receipt are dropped: what they hold is in the records, and those are
queued whole, so that the new id's packets bring all of it, the old id's dots included.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ntmdesk.store.devices import read_keys
from ntmdesk.store.meta import keep_meta, read_meta
from ntmdesk.store.sqlcipher import Connection
from ntmdesk.store.surroundings import Surroundings
from ntmdesk.store.unit_of_work import UnitOfWork
from sync.protocol.pages import Epoch
from sync.protocol.replica_ids import CHANCE, replica_id


def mint(db: Connection, surroundings: Surroundings, reason: str, at_least: int = 0) -> str:
    """Takes a new replica id inside the caller's write transaction and returns it.

    ``at_least``: a counter seen elsewhere (the witness); the store never issues one at or below it.
    """
    replica = replica_id(read_keys(db).public, surroundings.entropy(CHANCE))
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


def lineage(uow: UnitOfWork) -> tuple[str, ...]:
    """Names of the server's lives this store has known, oldest first."""
    return msgspec.json.decode(read_meta(uow.db, "lineage") or "[]", type=tuple[str, ...])


def live_in(uow: UnitOfWork, epochs: Sequence[str]) -> None:
    """Remembers lives of the server, in the caller's transaction."""
    known = lineage(uow)
    new = [epoch for epoch in epochs if epoch and epoch not in known]
    if new:
        keep_meta(uow.db, "lineage", msgspec.json.encode([*known, *new]).decode())


def epochs(uow: UnitOfWork) -> list[Epoch]:
    """The lives of the server since the one this laptop joined, oldest first."""
    said = read_meta(uow.db, "epochs")
    return [] if said is None else msgspec.json.decode(said, type=list[Epoch])


def follow(uow: UnitOfWork, new: Sequence[Epoch]) -> None:
    """Remembers successive lives of the server that were found true, and lives in the last of them."""
    keep_meta(uow.db, "epoch", new[-1].random)
    keep_meta(uow.db, "epochs", msgspec.json.encode([*epochs(uow), *new]).decode())
    live_in(uow, [one.random for one in new])
