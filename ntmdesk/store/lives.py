"""Lives: this store's own incarnations, and those of its server.

A new incarnation of a store (rule 9) has another replica id, and everything unconfirmed is offered again.
Packets cut under the old id without a receipt are dropped: what they hold is in the records, and those are
queued whole, so that the new id's packets bring all of it, the old id's dots included.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ntmdesk.store.sqlcipher import Connection
from ntmdesk.store.surroundings import Surroundings
from ntmdesk.store.unit_of_work import UnitOfWork
from sync.protocol.vouchers import Voucher, kept, to_show


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


def lineage(uow: UnitOfWork) -> tuple[str, ...]:
    """Names of the server's lives this store has known, oldest first."""
    return msgspec.json.decode(_meta(uow, "lineage") or "[]", type=tuple[str, ...])


def live_in(uow: UnitOfWork, epochs: Sequence[str]) -> None:
    """Remembers lives of the server, in the caller's transaction."""
    known = lineage(uow)
    new = [epoch for epoch in epochs if epoch and epoch not in known]
    if new:
        _keep(uow, "lineage", msgspec.json.encode([*known, *new]).decode())


def vouchers_to_show(uow: UnitOfWork) -> tuple[Voucher, ...]:
    """What former lives of the server certified, as long as the present one has not said as much."""
    said = uow.db.execute("SELECT value FROM meta WHERE key LIKE 'vouchers:%' ORDER BY key").fetchall()
    epoch = _meta(uow, "epoch") or ""
    return tuple(v for (text,) in said for v in to_show(_vouchers(text), epoch))


def keep_voucher(uow: UnitOfWork, voucher: Voucher | None) -> None:
    """Keeps the newest word of each life, in the transaction of the page it came with."""
    if voucher is not None:
        key = f"vouchers:{voucher.stream}"
        known = _vouchers(_meta(uow, key) or "[]")
        _keep(uow, key, msgspec.json.encode(kept(known, voucher)).decode())


def _vouchers(text: str) -> tuple[Voucher, ...]:
    return msgspec.json.decode(text, type=tuple[Voucher, ...])


def _meta(uow: UnitOfWork, key: str) -> str | None:
    row = uow.db.execute("SELECT value FROM meta WHERE key=?", (key,)).fetchone()
    return None if row is None else str(row[0])


def _keep(uow: UnitOfWork, key: str, value: str) -> None:
    uow.db.execute(
        "INSERT INTO meta VALUES(?,?) ON CONFLICT(key) DO UPDATE SET value=excluded.value "
        "WHERE value IS NOT excluded.value",
        (key, value),
    )
