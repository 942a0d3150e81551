"""What this laptop carries for others: their packets and bundles as they came, receipts on the way home.

Rules 15 and 16: carried is not accepted.  Nothing here moves a watermark of anybody.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from ntmdesk.store.peers import PACKET_WEEKS
from sync.protocol.bundles import Held
from sync.protocol.carry_notes import CarryNote
from sync.protocol.packets import Packet
from sync.protocol.receipts import Receipt

if TYPE_CHECKING:
    from ntmdesk.store.unit_of_work import UnitOfWork

_held = msgspec.json.Decoder(tuple[Held, ...]).decode
_receipt = msgspec.json.Decoder(Receipt).decode


@dataclass(frozen=True)
class SealedBundle:
    """A bundle of the team that this laptop cannot open."""

    id: str
    held: tuple[Held, ...]
    data: bytes = field(repr=False)


class Carrying:
    """Other laptops' packets inside one unit of work."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow
        self._db = uow.db

    def own_hash(self, origin: str, stream: str, number: int) -> bytes | None:
        """The hash of a packet this store has cut, under any id it has had; None when it is not kept."""
        row = self._db.execute(
            "SELECT hash FROM packet WHERE replica=? AND stream=? AND number=?", (origin, stream, number)
        ).fetchone()
        return None if row is None else row[0]

    def own_cut(self, stream: str) -> int:
        """The number of the last packet cut under the present id."""
        row = self._db.execute("SELECT cut FROM stream WHERE id=?", (stream,)).fetchone()
        return 0 if row is None else int(row[0])

    def own_ids(self) -> frozenset[str]:
        """Every replica id this store has had."""
        return frozenset(r for (r,) in self._db.execute("SELECT replica FROM incarnation"))

    def hold(self, packet: Packet, device: str) -> bool:
        """Keeps a packet of another laptop; False when it is here already, carried or receipted, and nothing
        new is known of its author."""
        head = packet.head
        at = int(self._uow.now().timestamp())
        done = self._db.execute(
            "INSERT INTO carried(origin, stream, number, hash, device, count, at, data) "
            "VALUES(?,?,?,?,?,?,?,?) ON CONFLICT DO UPDATE SET device=excluded.device "
            "WHERE device='' AND excluded.device<>'' AND receipt IS NULL",
            (head.replica, head.stream, head.number, packet.hash, device, head.count, at, packet.data),
        )
        return bool(done.rowcount)

    def twice(self, packet: Packet) -> bool:
        """Whether another packet of this origin and number is here: two laptops use one replica id."""
        head = packet.head
        row = self._db.execute(
            "SELECT 1 FROM carried WHERE origin=? AND stream=? AND number=? AND hash<>?",
            (head.replica, head.stream, head.number, packet.hash),
        ).fetchone()
        return row is not None

    def waiting(self, stream: str) -> list[Held]:
        """Packets carried without a receipt, each chain in its order."""
        rows = self._db.execute(
            "SELECT origin, number, hash FROM carried WHERE stream=? AND receipt IS NULL "
            "ORDER BY origin, number, hash",
            (stream,),
        )
        return [Held(*row) for row in rows]

    def known(self, stream: str) -> frozenset[Held]:
        """Packets of a stream that came here or were cut here, whatever became of them."""
        rows = self._db.execute(
            "SELECT origin, number, hash FROM carried WHERE stream=? UNION ALL "
            "SELECT replica, number, hash FROM packet WHERE stream=?",
            (stream, stream),
        )
        return frozenset(Held(*row) for row in rows)

    def data(self, stream: str, held: Held) -> bytes | None:
        """The bytes of a carried packet."""
        row = self._db.execute(
            "SELECT data FROM carried WHERE stream=? AND origin=? AND number=? AND hash=?",
            (stream, held.origin, held.number, held.hash),
        ).fetchone()
        return None if row is None else row[0]

    def own_waiting(self, stream: str) -> list[Held]:
        """Packets of this store without a receipt, in order."""
        rows = self._db.execute(
            "SELECT replica, number, hash FROM packet WHERE replica=? AND stream=? AND receipt IS NULL "
            "ORDER BY number",
            (self._uow.replica, stream),
        )
        return [Held(*row) for row in rows]

    def own_data(self, stream: str, held: Held) -> bytes | None:
        """The bytes of a packet of this store."""
        row = self._db.execute(
            "SELECT data FROM packet WHERE replica=? AND stream=? AND number=?",
            (held.origin, stream, held.number),
        ).fetchone()
        return None if row is None else row[0]

    def count(self, stream: str, held: Iterable[Held]) -> int:
        """Records in these packets, own or carried."""
        total = 0
        for one in held:
            row = self._db.execute(
                "SELECT count FROM packet WHERE replica=? AND stream=? AND number=? UNION ALL "
                "SELECT count FROM carried WHERE origin=? AND stream=? AND number=? AND hash=? LIMIT 1",
                (one.origin, stream, one.number, one.origin, stream, one.number, one.hash),
            ).fetchone()
            total += row[0] if row else 0
        return total

    def take_receipts(self, receipts: Iterable[Receipt]) -> int:
        """Keeps receipts of others, already found true: their packets need not be carried on; how many were
        news.  A receipt for a packet that never came here is kept too, to be carried home."""
        at = int(self._uow.now().timestamp())
        news = 0
        for receipt in receipts:
            done = self._db.execute(
                "INSERT INTO carried(origin, stream, number, hash, device, count, at, receipt) "
                "VALUES(?,?,?,?,'',0,?,?) ON CONFLICT DO UPDATE SET receipt=excluded.receipt, data=NULL, "
                "at=excluded.at WHERE receipt IS NOT excluded.receipt",
                (
                    receipt.origin,
                    receipt.stream,
                    receipt.number,
                    receipt.hash,
                    at,
                    msgspec.json.encode(receipt).decode(),
                ),
            )
            news += done.rowcount
        return news

    def receipts(self, stream: str, epoch: str) -> list[Receipt]:
        """Receipts of others in the present life of the server, to be carried home."""
        rows = self._db.execute(
            "SELECT receipt FROM carried WHERE stream=? AND receipt IS NOT NULL ORDER BY origin, number",
            (stream,),
        )
        found = [_receipt(text) for (text,) in rows]
        return [receipt for receipt in found if receipt.epoch == epoch]

    def forget_old(self) -> None:
        """Lets go what has been receipted for longer than packets are kept."""
        before = int(self._uow.now().timestamp()) - PACKET_WEEKS * 7 * 86400
        self._db.execute("DELETE FROM carried WHERE receipt IS NOT NULL AND at < ?", (before,))

    def noted(self, notes: Iterable[CarryNote]) -> int:
        """Another laptop holds packets of this one: their records are *carried*; how many packets were news.
        The notes are already found true."""
        at = int(self._uow.now().timestamp())
        news = 0
        for note in notes:
            done = self._db.execute(
                "UPDATE packet SET carried=? WHERE replica=? AND stream=? AND number=? AND hash=? "
                "AND carried IS NULL",
                (at, note.origin, note.stream, note.number, note.hash),
            )
            news += done.rowcount
        if news:
            self._uow.next_seq()
        return news

    def seal_in(self, id: str, stream: str, held: Sequence[Held], data: bytes) -> bool:
        """Keeps a bundle that only others can open; False when it is here already."""
        at = int(self._uow.now().timestamp())
        done = self._db.execute(
            "INSERT OR IGNORE INTO sealed(id, stream, held, at, data) VALUES(?,?,?,?,?)",
            (id, stream, msgspec.json.encode(tuple(held)).decode(), at, data),
        )
        return bool(done.rowcount)

    def sealed(self, stream: str) -> Iterator[SealedBundle]:
        """The bundles carried as they are, the oldest first."""
        rows = self._db.execute(
            "SELECT id, held, data FROM sealed WHERE stream=? ORDER BY at, id", (stream,)
        ).fetchall()
        for id, held, data in rows:
            yield SealedBundle(id, _held(held), data)

    def unseal(self, id: str) -> None:
        """A carried bundle has arrived: every packet in it has its receipt."""
        self._db.execute("DELETE FROM sealed WHERE id=?", (id,))
