"""How far the laptops of the team hold one another's records, by their own word (``sync.protocol.spans``)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from sync.protocol.image import parse_image
from sync.protocol.packets import open_packet
from sync.protocol.spans import Knows, Span, Taken

if TYPE_CHECKING:
    from ntmdesk.store.unit_of_work import UnitOfWork


class Spans:
    """What this laptop has of others' stores and they of this one, inside one unit of work."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow
        self._db = uow.db

    def knows(self) -> Knows:
        """What this laptop says of itself in its bundles."""
        taken = self._db.execute("SELECT device, life, seq FROM taken ORDER BY device")
        return Knows(self._uow.catalogue.version, tuple(Taken(*row) for row in taken))

    def take(self, device: str, span: Span) -> None:
        """All of a span is here.  It counts when it joins on to what was here of that laptop before, and when
        what was left out of it has been read from the server."""
        row = self._db.execute("SELECT life, seq FROM taken WHERE device=?", (device,)).fetchone()
        known = row[1] if row is not None and row[0] == span.life else 0
        if span.after <= known < span.seq and self._has_read(span.epoch, span.read):
            self._db.execute(
                "INSERT INTO taken VALUES(?,?,?) ON CONFLICT(device) DO UPDATE SET life=excluded.life, "
                "seq=excluded.seq",
                (device, span.life, span.seq),
            )

    def _has_read(self, epoch: str, seq: int) -> bool:
        stream = self._uow.stream()
        return not seq or bool(
            self._db.execute(
                "SELECT 1 FROM stream WHERE id=? AND epoch=? AND seq>=?", (stream, epoch, seq)
            ).fetchone()
        )

    def heard(self, device: str, knows: Knows) -> None:
        """A laptop of the team tells what it has; its last word stands, also when it says less."""
        own = self._uow.mates.own_device()
        of_here = next((taken for taken in knows.taken if taken.device == own), Taken(own, "", 0))
        self._db.execute(
            "INSERT INTO mate_knows VALUES(?,?,?,?) ON CONFLICT(device) DO UPDATE SET life=excluded.life, "
            "seq=excluded.seq, catalogue=excluded.catalogue",
            (device, of_here.life, of_here.seq, knows.catalogue),
        )

    def taken_by(self, devices: Collection[str]) -> int:
        """Up to where every one of these laptops has what this store holds; 0 when one is unknown."""
        rows = self._db.execute(
            "SELECT device, seq FROM mate_knows WHERE life=? AND seq<=?", (self._uow.replica, self._uow.seq)
        )
        known = dict(rows.fetchall())
        return min((known.get(device, 0) for device in devices), default=0)

    def catalogues(self) -> dict[str, int]:
        """The catalogue's version in force on each laptop that has told."""
        return dict(self._db.execute("SELECT device, catalogue FROM mate_knows").fetchall())

    def has_read(self, device: str, epoch: str, seq: int) -> None:
        """A laptop of the team has read the server's stream up to here."""
        self._db.execute(
            "INSERT INTO mate_read VALUES(?,?,?) ON CONFLICT(device) DO UPDATE SET epoch=excluded.epoch, "
            "seq=excluded.seq",
            (device, epoch, seq),
        )

    def read_by(self, devices: Collection[str], epoch: str) -> int:
        """Up to where every one of these laptops has read in this life of the server; 0 when one is
        unknown."""
        known = dict(self._db.execute("SELECT device, seq FROM mate_read WHERE epoch=?", (epoch,)).fetchall())
        return min((known.get(device, 0) for device in devices), default=0)

    def span_for(self, stream: str, devices: Collection[str], epoch: str) -> Span:
        """The span that brings these laptops up to date.  It ends before what may not leave yet: changes that
        are in no packet."""
        row = self._db.execute(
            "SELECT min(record.seq) FROM outgoing JOIN record USING (n) "
            "WHERE outgoing.stream=? AND up IS NOT NULL",
            (stream,),
        ).fetchone()
        end = self._uow.seq if row[0] is None else row[0] - 1
        after = self.taken_by(devices)
        return Span(self._uow.replica, after, max(after, end), epoch, self.read_by(devices, epoch))

    def records(self, stream: str, span: Span) -> Iterator[tuple[str, str, str]]:
        """(kind, id, image) of the records of a span as they stand, and of later ones that may leave.

        Left out is what is whole in the packets beside them, and what the readers have from the server."""
        own = self._uow.carrying.own_ids()
        receipted = self._receipted(stream)
        rows = self._db.execute(
            "SELECT kind, id, cells, served, there IS NULL, outgoing.n IS NOT NULL FROM record "
            "LEFT JOIN outgoing USING (n) WHERE record.stream=? AND seq>? AND up IS NULL ORDER BY record.n",
            (stream, span.after),
        )
        for kind, id, image, served, same, waits in rows:
            if waits:
                left_out = receipted is not None and self._is_new(image, receipted)
            else:
                left_out = same and 0 < served <= span.read and not any(replica in image for replica in own)
            if not left_out:
                yield kind, id, image

    def _receipted(self, stream: str) -> int | None:
        """The highest own counter that a receipted packet may hold; None when that packet is kept no more."""
        row = self._db.execute(
            "SELECT data FROM packet WHERE replica=? AND stream=? AND receipt IS NOT NULL "
            "ORDER BY number DESC LIMIT 1",
            (self._uow.replica, stream),
        ).fetchone()
        if row is not None:
            return open_packet(row[0]).head.highest
        first = self._db.execute(
            "SELECT min(number) FROM packet WHERE replica=? AND stream=?", (self._uow.replica, stream)
        ).fetchone()[0]
        return 0 if first == 1 else None

    def _is_new(self, image: str, receipted: int) -> bool:
        """Whether nobody but this store has written a record, and nothing of it before the last receipt."""
        dots, _, contexts = parse_image(image.encode())
        replicas = {replica for context in contexts.values() for replica in context}
        return replicas <= {self._uow.replica} and all(
            dot[0] == self._uow.replica and dot[1] > receipted for dot in dots
        )
