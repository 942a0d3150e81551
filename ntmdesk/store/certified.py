"""What each replica has certified of itself, as far as this laptop has heard (rule 13).

The signed head that said so is kept: whoever gets those values from here, or a server that went back to a
backup, can be shown it when the author's packet has long been receipted and thrown away.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

import msgspec

from ntmdesk.store.meta import keep_meta, read_meta
from ntmdesk.store.stored import batches
from ntmdesk.store.vouchers import kept_vouchers, said_by_server
from sync.protocol.proofs import Proof
from sync.protocol.replica_ids import IDS, names
from sync.protocol.signing import key_id

if TYPE_CHECKING:
    from ntmdesk.store.unit_of_work import UnitOfWork

_TOLD = "proofs_told"
_decode = msgspec.json.Decoder(tuple[str, dict[str, int]]).decode


class Certified:
    """Words of replicas inside one unit of work."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow
        self._db = uow.db

    def hear(self, proof: Proof, key: bytes) -> bool:
        """A head, found to be signed with ``key``, says how far its replica has counted and how far the
        laptop's former ids go that it names; the greatest word of each stays.

        A replica id is the laptop's that signed with it first, and one that the server speaks of only the
        laptop's whose key it names; False where this head's id is another's: nothing of it counts then.
        """
        if not self._hear(proof.head.replica, proof.head.highest, proof, key):
            return False
        for replica, counter in proof.head.former:
            self._hear(replica, counter, proof, key)
        return True

    def _hear(self, replica: str, highest: int, proof: Proof, key: bytes) -> bool:
        device, owner = key_id(key), self._owner(replica)
        if owner is None and self._is_told(replica) and not names(replica, key):
            return False
        if owner not in (None, device) and self._uow.mates.key_of(owner) != device:
            return False
        if owner is None and self._ids_of(device) >= IDS:
            return False
        self._db.execute(
            "INSERT INTO certified(replica, device, highest, proof) VALUES(?,?,?,?) ON CONFLICT(replica) "
            "DO UPDATE SET highest=excluded.highest, proof=excluded.proof "
            "WHERE excluded.highest > highest OR (excluded.highest = highest AND proof IS NULL)",
            (replica, device, highest, proof.data),
        )
        return True

    def _is_told(self, replica: str) -> bool:
        return any(replica in voucher.certified for voucher in kept_vouchers(self._uow))

    def _ids_of(self, device: str) -> int:
        row = self._db.execute("SELECT count(*) FROM certified WHERE device=?", (device,)).fetchone()
        return int(row[0])

    def _owner(self, replica: str) -> str | None:
        if replica in self._uow.carrying.own_ids():
            return key_id(self._uow.peers.keys.public)
        row = self._db.execute("SELECT device FROM certified WHERE replica=?", (replica,)).fetchone()
        return None if row is None else row[0]

    def bounds(self, replicas: Collection[str]) -> Mapping[str, int]:
        """The highest counters certified here or by the server's word, of those replicas that have any."""
        found: dict[str, int] = {}
        for some in batches(list(replicas), 500):
            marks = ",".join("?" * len(some))
            sql = f"SELECT replica, highest FROM certified WHERE replica IN ({marks})"
            found.update(self._db.execute(sql, list(some)).fetchall())
        for voucher in kept_vouchers(self._uow):
            for replica in voucher.certified.keys() & set(replicas):
                found[replica] = max(found.get(replica, 0), voucher.certified[replica])
        present = self._uow.replica
        if present in replicas:
            found[present] = max(found.get(present, 0), self._uow.counter)  # a twin may have certified more
        return found

    def proofs(self) -> dict[bytes, dict[str, int]]:
        """Heads that say more than the server's present word, each with what it proves."""
        said = said_by_server(self._uow)
        found: dict[bytes, dict[str, int]] = {}
        rows = self._db.execute(
            "SELECT replica, highest, proof FROM certified WHERE proof IS NOT NULL ORDER BY replica"
        )
        for replica, highest, proof in rows:
            if highest > said.get(replica, 0):
                found.setdefault(proof, {})[replica] = highest
        return found

    def untold(self) -> list[bytes]:
        """Heads of others that say more than the server's present life has said or been shown; own packets
        bring their own."""
        told = self._told()
        own = self._uow.carrying.own_ids()
        return [
            proof
            for proof, words in self.proofs().items()
            if any(r not in own and highest > told.get(r, 0) for r, highest in words.items())
        ]

    def tell(self) -> None:
        """The server has been shown all of ``untold``."""
        told = {r: n for words in self.proofs().values() for r, n in words.items()}
        keep_meta(self._db, _TOLD, msgspec.json.encode((self._epoch(), told)).decode())

    def _told(self) -> dict[str, int]:
        known, told = _decode(read_meta(self._db, _TOLD) or '["",{}]')
        return told if known == self._epoch() else {}

    def _epoch(self) -> str:
        return read_meta(self._db, "epoch") or ""
