"""Packets of this store: cut from what changed here, kept byte for byte, sent again until receipted.

A packet is stored in the transaction that cuts it and never changes (rule 14).  ``outgoing`` is the narrow
table behind it: which records wait for a packet, and which packet waits for a receipt.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from ntmdesk.store.meta import keep_meta
from ntmdesk.store.peers import PACKET_WEEKS
from ntmdesk.store.stored import batches
from sync.protocol import records as _records
from sync.protocol.bodies import pack_rows, unpack_rows
from sync.protocol.claims import claims
from sync.protocol.copies import Copy
from sync.protocol.frames import level_for
from sync.protocol.image import decode_image, encode_image, parse_image
from sync.protocol.messages import Limits
from sync.protocol.packets import FIRST, FORMER_IDS, Packet, PacketHead, open_packet, seal
from sync.protocol.pages import Row
from sync.protocol.proofs import proof_of
from sync.protocol.receipts import Receipt

if TYPE_CHECKING:
    from ntmdesk.store.unit_of_work import UnitOfWork

CUT = "cut_to"
"""Of the store's facts: the highest counter when the last packet was cut, under whatever id.  Tells what has
left where ``outgoing.up`` is 0."""

_ALONE = re.compile(rb'\[\[\["([0-9a-f]{16})",(\d+),\d+,"[^"\\]*",\d+\]\],')
"""Begin of an image whose living values all have one dot."""


class Packets:
    """The packets of one unit of work's replica."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow
        self._db = uow.db

    def waiting(self, stream: str, number: int) -> Packet | None:
        """The first packet from ``number`` on that waits for its receipt."""
        row = self._db.execute(
            "SELECT data FROM packet WHERE replica=? AND stream=? AND number>=? AND receipt IS NULL "
            "ORDER BY number LIMIT 1",
            (self._uow.replica, stream, number),
        ).fetchone()
        return None if row is None else open_packet(row[0])

    def first_waiting(self, stream: str) -> int:
        """The number of the first packet without a receipt, or of the next one to be cut."""
        row = self._db.execute(
            "SELECT min(number) FROM packet WHERE replica=? AND stream=? AND receipt IS NULL",
            (self._uow.replica, stream),
        ).fetchone()
        if row[0] is not None:
            return int(row[0])
        return self._chain(stream)[0] + 1

    def cut(self, stream: str, limits: Limits) -> Packet | None:
        """The next packet of what changed here since the last; None when nothing did."""
        uow = self._uow
        rows, taken, idle = self._gather(stream, limits)
        if idle:
            self._db.executemany("DELETE FROM outgoing WHERE n=? AND packet IS NULL", idle)
            self._db.executemany("UPDATE outgoing SET up=NULL WHERE n=?", idle)
        if not rows:
            return None
        number, previous = self._chain(stream)
        number += 1
        head = PacketHead(
            uow.replica,
            stream,
            number,
            previous,
            uow.counter,
            uow.catalogue.version,
            len(rows),
            self._former(rows),
        )
        body = pack_rows(rows, level_for(limits.packet_records))
        packet = seal(head, body, uow.peers.keys.signing)
        uow.certified.hear(proof_of(packet), uow.peers.keys.public)
        self._db.execute(
            "INSERT INTO packet(replica, stream, number, hash, count, cut_at, data) VALUES(?,?,?,?,?,?,?)",
            (uow.replica, stream, number, packet.hash, len(rows), int(uow.now().timestamp()), packet.data),
        )
        self._db.execute(  # whatever waited up to the last one taken: what had nothing to say waits no more
            "UPDATE outgoing SET up=NULL, packet=? WHERE stream=? AND up IS NOT NULL AND n BETWEEN ? AND ?",
            (number, stream, taken[0], taken[-1]),
        )
        self._db.execute("UPDATE stream SET cut=?, last=? WHERE id=?", (number, packet.hash, stream))
        keep_meta(self._db, CUT, uow.counter)
        uow.leaving = True
        return packet

    def _former(self, rows: Sequence[Row]) -> tuple[tuple[str, int], ...]:
        """Ids this store had before that the rows name, with the greatest counter named of each."""
        own = self._uow.carrying.own_ids() - {self._uow.replica}
        if not own:
            return ()
        marks = [replica.encode() for replica in own]
        named = claims(
            Copy(row.kind, row.id, row.seq, parse_image(row.image))
            for row in rows
            if any(mark in row.image for mark in marks)
        )
        return tuple(sorted((r, n) for r, n in named.items() if r in own)[:FORMER_IDS])

    def settle(self, receipt: Receipt) -> tuple[int, list[Row]] | None:
        """Stores a receipt for a packet that waits for it: (records, its rows if exceptions name any).

        None when there is no such packet, or it has its receipt.
        """
        key = (receipt.origin, receipt.stream, receipt.number)
        row = self._db.execute(
            "SELECT hash, count, data FROM packet "
            "WHERE replica=? AND stream=? AND number=? AND receipt IS NULL",
            key,
        ).fetchone()
        if row is None or row[0] != receipt.hash:
            return None
        self._told_anew(receipt, row[2])
        at = int(self._uow.now().timestamp())
        keep_meta(self._db, "last_receipt", at)  # the last one's, however far ahead this clock once was
        self._db.execute(
            "UPDATE packet SET receipt=?, receipt_seq=?, receipt_at=? "
            "WHERE replica=? AND stream=? AND number=?",
            (receipt.epoch, receipt.seq, at, *key),
        )
        return row[1], unpack_rows(open_packet(row[2]).body) if receipt.exceptions else []

    def _told_anew(self, receipt: Receipt, data: bytes) -> None:
        """Forgets what earlier receipts said of this packet's records.

        A value that the server only holds (``later``) is forgotten where the packet brought its cell again;
        one in another cell of the record still waits to be offered.
        """
        mine = (
            "(id, kind) IN (SELECT id, kind FROM record WHERE n IN "
            "(SELECT n FROM outgoing WHERE stream=? AND packet=? AND up IS NULL))"
        )
        if self._db.execute("SELECT 1 FROM exception LIMIT 1").fetchone() is None:
            return
        key = (receipt.stream, receipt.number)
        self._db.execute(f"DELETE FROM exception WHERE outcome <> 'later' AND {mine}", key)
        held = self._db.execute(
            f"SELECT DISTINCT id, kind, cell FROM exception WHERE outcome='later' AND {mine}", key
        ).fetchall()
        if held:
            rows = {
                (row.id, row.kind): parse_image(row.image)[1] for row in unpack_rows(open_packet(data).body)
            }
            again = [one for one in held if one[2] == "" or one[2] in rows.get(one[:2], {})]
            self._db.executemany(
                "DELETE FROM exception WHERE outcome='later' AND id=? AND kind=? AND cell=?", again
            )

    def release(self, stream: str, number: int, kept_back: Iterable[str]) -> None:
        """A receipted packet's records wait no longer; all but those kept back are as the server has them."""
        mine = "SELECT n FROM outgoing WHERE stream=? AND packet=? AND up IS NULL"
        back = list(kept_back)
        marks = ",".join("?" * len(back))
        spans = self._db.execute(
            "SELECT min(n), max(n) FROM outgoing WHERE stream=? AND packet=?", (stream, number)
        ).fetchone()
        self._db.execute(  # by the index of those that differ, or each record of the packet would be read
            "UPDATE record INDEXED BY record_there SET there=NULL WHERE stream=? AND there IS NOT NULL "
            f"AND n BETWEEN ? AND ? AND n IN ({mine}) AND id NOT IN ({marks})",
            (stream, *spans, stream, number, *back),
        )
        for some in batches(back, 500):
            few = ",".join("?" * len(some))
            self._db.execute(
                "UPDATE record SET there=x'' WHERE there IS NULL AND served=0 "
                f"AND n IN ({mine}) AND id IN ({few})",
                (stream, number, *some),
            )
        sent = self._db.execute(
            "DELETE FROM outgoing WHERE stream=? AND packet=? AND up IS NULL RETURNING n, at",
            (stream, number),
        ).fetchall()
        self._uow.store.lately_sent(sent)
        self._db.execute("UPDATE outgoing SET packet=NULL WHERE stream=? AND packet=?", (stream, number))

    def void_after(self, stream: str, fork: int) -> None:
        """Receipts above a fork say nothing any more.  Their packets are of former ids of this store and
        cannot be sent again; their records are offered instead."""
        rows = self._db.execute(
            "SELECT data FROM packet WHERE stream=? AND receipt_seq > ?", (stream, fork)
        ).fetchall()
        for (data,) in rows:
            self.offer(stream, [row.id for row in unpack_rows(open_packet(data).body)])

    def resume(self, stream: str, number: int) -> bool:
        """Makes the packets from ``number`` on wait again; False when not all of them are kept."""
        last = self._chain(stream)[0]
        rows = self._db.execute(
            "SELECT number, data FROM packet WHERE replica=? AND stream=? AND number>=? ORDER BY number",
            (self._uow.replica, stream, number),
        ).fetchall()
        if [n for n, _ in rows] != list(range(number, last + 1)) or number > last + 1:
            return False
        for n, data in rows:
            self._wait_again(stream, n, [row.id for row in unpack_rows(open_packet(data).body)])
        return True

    def offer(self, stream: str, ids: Iterable[str]) -> int:
        """Queues whole records for the next packets; how many were not queued before."""
        queued = 0
        for some in batches(list(ids), 500):
            marks = ",".join("?" * len(some))
            sql = (
                "INSERT INTO outgoing(n, stream, up) SELECT n, stream, 0 FROM record "
                f"WHERE stream=? AND id IN ({marks}) ON CONFLICT(n) DO UPDATE SET up=0 WHERE up IS NOT 0"
            )
            queued += self._db.execute(sql, (stream, *some)).rowcount
        return queued

    def offer_served_above(self, stream: str, fork: int) -> int:
        """Queues the records that came with pages above a fork."""
        return int(
            self._db.execute(
                "INSERT INTO outgoing(n, stream, up) SELECT n, stream, 0 FROM record "
                "WHERE stream=? AND served > ? ON CONFLICT(n) DO UPDATE SET up=0 WHERE up IS NOT 0",
                (stream, fork),
            ).rowcount
        )

    def tidy(self) -> None:
        """Forgets packets whose receipt is older than the weeks they are kept."""
        before = int(self._uow.now().timestamp()) - PACKET_WEEKS * 7 * 86400
        self._db.execute("DELETE FROM packet WHERE receipt_at < ?", (before,))

    def _wait_again(self, stream: str, number: int, ids: Sequence[str]) -> None:
        self._db.execute(
            "UPDATE packet SET receipt=NULL, receipt_seq=NULL, receipt_at=NULL "
            "WHERE replica=? AND stream=? AND number=?",
            (self._uow.replica, stream, number),
        )
        for some in batches(ids, 500):
            marks = ",".join("?" * len(some))
            self._db.execute(
                "INSERT INTO outgoing(n, stream, packet) SELECT n, stream, ? FROM record "
                f"WHERE stream=? AND id IN ({marks}) "
                "ON CONFLICT(n) DO UPDATE SET packet=max(coalesce(packet, 0), excluded.packet)",
                (number, stream, *some),
            )

    def _chain(self, stream: str) -> tuple[int, bytes]:
        row = self._db.execute("SELECT cut, last FROM stream WHERE id=?", (stream,)).fetchone()
        return (0, FIRST) if row is None else (row[0], row[1] or FIRST)

    def _gather(self, stream: str, limits: Limits) -> tuple[list[Row], list[int], list[tuple[int]]]:
        """(rows, their rowids, rowids with nothing to say) within the limits, oldest record first."""
        rows: list[Row] = []
        taken: list[int] = []
        idle: list[tuple[int]] = []
        size = 0
        found: Any = self._db.execute(
            "SELECT outgoing.n, up, id, kind, CAST(cells AS BLOB) FROM outgoing JOIN record USING (n) "
            "WHERE outgoing.stream=? AND up IS NOT NULL ORDER BY outgoing.n LIMIT ?",
            (stream, limits.packet_records),
        )
        own = self._uow.replica.encode()
        held = self._held()
        for n, up, id, kind, image in found:
            if (id, kind) in held:
                up = 0
            alone = _ALONE.match(image) if up and image.endswith(b",{}]") else None
            if up and (alone is None or alone[1] != own or int(alone[2]) < up):
                image = self._part(kind, id, image, up)
                if image is None:
                    idle.append((n,))
                    continue
            if rows and size + len(image) > limits.packet_bytes:
                break
            rows.append(Row(kind, id, image))
            taken.append(n)
            size += len(image)
        return rows, taken, idle

    def _held(self) -> set[tuple[str, str]]:
        """Records with a value that the server only holds: they travel whole, so that it tells anew."""
        return set(
            self._db.execute("SELECT DISTINCT id, kind FROM exception WHERE outcome='later'").fetchall()
        )

    def _part(self, kind: str, id: str, image: bytes, up: int) -> bytes | None:
        """What a packet carries of a record: the cells changed here from ``up`` on."""
        part = _records.partial(decode_image(kind, id, image), self._uow.replica, up - 1)
        return encode_image(part) if part.cells else None
