"""This file, as sync sees it: the engine's port ``Replica`` over an open store.

Every method is one transaction.  Pages, receipts and cursors of one answer are stored together or not at all.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import replace

from ntmdesk.store import filling, lives
from ntmdesk.store.arriving import ForeseenRows, arrive_foreseen, foresee
from ntmdesk.store.database import Store
from ntmdesk.store.lives import mint
from ntmdesk.store.meta import keep_meta, read_meta
from ntmdesk.store.packets import Packets
from ntmdesk.store.settling import held_no_more, rescue, settle
from ntmdesk.store.stillness import mark_of
from ntmdesk.store.stored import Stored, by_ids
from ntmdesk.store.sums import Sum
from ntmdesk.store.surroundings import PROGRAM
from ntmdesk.store.twins import SpokenFor, disown, disown_voided, unreceipted
from ntmdesk.store.unit_of_work import UnitOfWork
from ntmdesk.store.voided import Speakers, doubtful_ids
from ntmdesk.store.vouchers import keep_voucher, vouchers_to_show
from ntmdesk.store.writing import Arrival
from sync.engine.ports import MANY, SiftedPage, Standing, Taken
from sync.protocol import records as _records
from sync.protocol.dots import COUNTER_STEP
from sync.protocol.errors import WireError
from sync.protocol.image import decode_image, image_hash
from sync.protocol.messages import Limits
from sync.protocol.packets import Packet
from sync.protocol.pages import Cursor, Digest, Epoch, Row, forks_of
from sync.protocol.receipts import Receipt
from sync.protocol.records import Record

TAGS = 64
"""Commits of a stream that are remembered, to find the last common one with a restored server."""


class StoreReplica:
    """An enrolled store as a replica.  Used from the store's own thread."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._held_at = (-1, False)

    def standing(self) -> Standing:
        """WireError ``not_enrolled`` before the laptop joined a team."""
        self._store.sent.clear()
        still = self._store.stillness
        known: Standing | None = still.recall("standing")
        if known is not None:
            return known
        with self._store.look() as uow:
            mark = mark_of(uow.db)
            joined = uow.peers.joined()
            if joined is None:
                raise WireError("not_enrolled")
            server = joined.enrolment.server
            cursors = []
            for row in uow.db.execute("SELECT id, epoch, generation, seq, tag FROM stream ORDER BY of, id"):
                stream, epoch, generation, seq, tag = row
                cursors.append(Cursor(server, epoch, stream, generation, seq, tag))
            packets = Packets(uow)
            standing = Standing(
                uow.replica,
                server,
                joined.enrolment.server_keys,
                read_meta(uow.db, "epoch") or "",
                read_meta(uow.db, "after") or "",
                uow.catalogue.version,
                tuple(cursors),
                {cursor.stream: packets.first_waiting(cursor.stream) for cursor in cursors},
                lives.lineage(uow),
                vouchers_to_show(uow),
                uow.peers.has_unsent(MANY),
            )
            still.keep(mark, "standing", standing)
            return standing

    def packet(self, stream: str, number: int, limits: Limits) -> Packet | None:
        """As the port says; the witness is written durably before a new packet is handed out.

        Nothing is cut while a person has to confirm what would be lost (``losses``).
        """
        still, question = self._store.stillness, ("nothing waits", stream, number)
        if still.recall(question):
            return None
        with self._store.look() as uow:
            mark = mark_of(uow.db)
            waiting = Packets(uow).waiting(stream, number)
            if waiting is not None:
                return waiting
            sql = "SELECT 1 FROM outgoing WHERE stream=? AND up IS NOT NULL LIMIT 1"
            if uow.db.execute(sql, (stream,)).fetchone() is None:
                still.keep(mark, question, True)
                return None
            if self._held(uow):
                return None
        with self._store.begin(PROGRAM) as uow:
            packets = Packets(uow)
            return packets.waiting(stream, number) or packets.cut(stream, limits)

    def _held(self, uow: UnitOfWork) -> bool:
        """Whether something unusual waits to be confirmed; asked anew only after a save."""
        if uow.seq != self._held_at[0]:
            self._held_at = (uow.seq, bool(uow.losses.held()))
        return self._held_at[1]

    def foresee(self, page: SiftedPage) -> SiftedPage:
        """As the port says: all that the store computes from new records."""
        return replace(page, rows=foresee(self._store.shapes, page.rows))

    def take(
        self, nonce: str, receipts: Sequence[Receipt], pages: Sequence[SiftedPage], catalogue: int
    ) -> Taken:
        """As the port says; an answer without news that wrote nothing writes nothing the next time either."""
        question = _without_news(nonce, receipts, pages, catalogue)
        known: Taken | None = self._store.stillness.recall(question) if question else None
        if known is not None:
            return known
        try:
            return self._take(nonce, receipts, pages, catalogue, question)
        except SpokenFor:
            return self._take(nonce, receipts, (), catalogue)._replace(twin=True)

    def _take(
        self,
        nonce: str,
        receipts: Sequence[Receipt],
        pages: Sequence[SiftedPage],
        catalogue: int,
        question: Hashable = None,
    ) -> Taken:
        with self._store.begin(PROGRAM) as uow:
            mark = mark_of(uow.db)
            if nonce:
                keep_meta(uow.db, "after", nonce)
            queued = _newer_catalogue(uow, catalogue)
            accepted, refused, later = settle(uow, receipts)
            received = 0
            for page in pages:
                filling.prepare(uow.db, len(page.rows))
                received += _merge(uow, page)
                put_aside(uow, page.stream, page.aside)
                _move_cursor(uow, page)
                keep_voucher(uow, page.voucher)
            if not all(len(page.rows) >= filling.MANY for page in pages):
                filling.complete(uow.db)
            if receipts:
                Packets(uow).tidy()
            conflicts = uow.db.execute(
                "SELECT count(*) FROM record WHERE (open > 0 OR back > 0) AND open > 0"
            ).fetchone()[0]
            taken = Taken(accepted, len(refused), len(later), received, conflicts, uow.peers.unsent(), queued)
            if question:
                self._store.stillness.keep(mark, question, taken)
            return taken

    def digest(self, stream: str) -> Digest | None:
        """As the port says; remembered in the file and carried on (``sums``)."""
        still, question = self._store.stillness, ("digest", stream)
        remembered: Sum | None = still.recall(question)
        if remembered is not None and remembered.is_fresh(_seconds(self._store)):
            return remembered.digest()
        with self._store.look() as uow:
            mark = mark_of(uow.db)
            complete, seq, now = filling.is_complete(uow.db), uow.seq, _seconds(self._store)
            known = kept = None
            if _comparable(uow, stream):
                row = uow.db.execute("SELECT digest FROM stream WHERE id=?", (stream,)).fetchone()
                kept = Sum.unpack(row[0]) if row is not None else None
                known = kept if kept is not None and kept.is_fresh(now) else _sum(uow, stream, now)
            if complete and known is kept is not None:
                still.keep(mark, question, known)
        if not complete or known is not kept:
            with self._store.begin(PROGRAM) as uow:
                filling.complete(uow.db)
                if known is not None and uow.seq == seq and _comparable(uow, stream):
                    uow.db.execute("UPDATE stream SET digest=? WHERE id=?", (known.pack(), stream))
        return None if known is None else known.digest()

    def hashes(self, stream: str, kind: str | None = None) -> Mapping[tuple[str, str], bytes]:
        """As the port says."""
        with self._store.look() as uow:
            return _hashes(uow, stream, kind)

    def offer(self, stream: str, ids: Collection[str]) -> int:
        """As the port says."""
        if not ids:
            return 0
        with self._store.begin(PROGRAM) as uow:
            return Packets(uow).offer(stream, ids)

    def adopt(self, epochs: Sequence[Epoch]) -> None:
        """As the port says."""
        with self._store.begin(PROGRAM) as uow:
            self._renew(uow, "epoch")
            epoch = epochs[-1].random
            packets = Packets(uow)
            known = read_meta(uow.db, "epoch") or ""
            for stream, seq, tag in uow.db.execute("SELECT id, seq, tag FROM stream").fetchall():
                fork = forks_of(tuple(epochs), stream, known)
                uow.db.execute("DELETE FROM tag WHERE stream=? AND seq>?", (stream, fork))
                if seq > fork:
                    found = uow.db.execute(
                        "SELECT seq, tag FROM tag WHERE stream=? ORDER BY seq DESC LIMIT 1", (stream,)
                    ).fetchone()
                    seq, tag = found or (0, "")
                uow.db.execute(
                    "UPDATE stream SET epoch=?, seq=?, tag=? WHERE id=?", (epoch, seq, tag, stream)
                )
                packets.void_after(stream, fork)
                packets.offer_served_above(stream, fork)
            lives.follow(uow, epochs)

    def tags(self, stream: str) -> Sequence[tuple[int, str]]:
        """As the port says."""
        with self._store.look() as uow:
            sql = "SELECT seq, tag FROM tag WHERE stream=? ORDER BY seq DESC LIMIT ?"
            return [(seq, tag) for seq, tag in uow.db.execute(sql, (stream, TAGS))]

    def resume(self, stream: str, number: int) -> bool:
        """As the port says."""
        with self._store.begin(PROGRAM) as uow:
            return Packets(uow).resume(stream, number)

    def settle(self, receipts: Sequence[Receipt]) -> int:
        """Receipts that came by hand, already found true and of the present epoch: records accepted."""
        with self._store.begin(PROGRAM) as uow:
            return settle(uow, receipts)[0]

    def epochs(self) -> list[Epoch]:
        """The lives of the server since the one this laptop joined, oldest first."""
        with self._store.look() as uow:
            return lives.epochs(uow)

    def renew(self, reason: str) -> None:
        """As the port says."""
        with self._store.begin(PROGRAM) as uow:
            self._renew(uow, reason)

    def _renew(self, uow: UnitOfWork, reason: str) -> None:
        uow.finish()
        mine = unreceipted(uow) if reason in ("clone", "epoch") else None
        for former in doubtful_ids(uow) if reason == "clone" else ():
            uow.replica = mint(uow.db, self._store.surroundings, reason)
            disown_voided(uow, former)
        uow.replica = mint(uow.db, self._store.surroundings, reason)
        if mine is not None:
            disown(uow, mine)
        keep_meta(uow.db, "after", "")
        uow.leaving = True


def _seconds(store: Store) -> int:
    """Since 1970, by the laptop's clock."""
    return int(store.surroundings.clock().timestamp())


def _without_news(
    nonce: str, receipts: Sequence[Receipt], pages: Sequence[SiftedPage], catalogue: int
) -> Hashable:
    """What ``take`` is asked with an answer that brings nothing; None for one that brings something."""
    if nonce or receipts or any(page.rows or page.aside or page.voucher for page in pages):
        return None
    return ("take", tuple(page.cursor for page in pages), catalogue)


def _merge(uow: UnitOfWork, page: SiftedPage) -> int:
    """Merges the rows of a page set-wise; how many records changed here."""
    if not page.rows:
        return 0
    highest, beginning = uow.counter, _is_beginning(uow, page.stream)
    arrived, rows = 0, foresee(uow.shapes, page.rows)
    if isinstance(rows, ForeseenRows):
        arrived, rows = arrive_foreseen(uow, page.stream, rows)
    here = by_ids(uow.db, [row.id for row in rows])
    if uow.db.execute("SELECT 1 FROM aside LIMIT 1").fetchone():
        uow.db.executemany("DELETE FROM aside WHERE id=? AND kind=?", [(row.id, row.kind) for row in rows])
    speakers = Speakers(uow)
    new: dict[tuple[str, str], Arrival] = {}
    work: list[tuple[Stored, Record, Arrival]] = []
    for row in rows:
        key = (row.kind, row.id)
        copy = Arrival(row.kind, row.id, page.stream, row.image, row.seq)
        stored = here.get(key)
        if stored is None:
            new[key] = copy
            continue
        if stored.cells.encode() == row.image and stored.there is None and stored.served == row.seq:
            continue
        incoming = decode_image(row.kind, row.id, row.image)
        mine = stored.record()
        if speakers.speak(mine, incoming):
            raise SpokenFor
        if b'"_refused/' in row.image:
            rescue(uow, mine, incoming)
        work.append((stored, _records.merge(mine, incoming), copy))
    changed = uow.writer.arrive(list(new.values())) + uow.writer.merge(work)
    if uow.counter > highest + COUNTER_STEP and not beginning:
        raise WireError("bad_message", reason="counter")
    held_no_more(uow, rows)
    return arrived + changed


def _is_beginning(uow: UnitOfWork, stream: str) -> bool:
    """Whether nothing of a stream was read yet: then there is nothing to compare counters with."""
    row = uow.db.execute("SELECT seq FROM stream WHERE id=?", (stream,)).fetchone()
    return row is None or row[0] == 0


def put_aside(uow: UnitOfWork, stream: str, rows: Sequence[Row]) -> None:
    """Keeps copies with a server-owned value that nobody signed (rule 28), or with an id of another kind,
    apart, unmerged.  ``stream``: the one that is not compared with the server because of it, "" for copies
    that laptops brought."""
    at = int(uow.now().timestamp())
    uow.db.executemany(
        "INSERT OR IGNORE INTO aside(stream, kind, id, hash, image, at) VALUES(?,?,?,?,?,?)",
        [
            (stream, row.kind, row.id, image_hash(row.kind, row.id, row.image), row.image.decode(), at)
            for row in rows
        ],
    )


def _move_cursor(uow: UnitOfWork, page: SiftedPage) -> None:
    cursor = page.cursor
    was = uow.db.execute(
        "SELECT epoch, generation, seq, tag FROM stream WHERE id=?", (page.stream,)
    ).fetchone()
    if was != (cursor.epoch, cursor.generation, cursor.seq, cursor.tag):
        uow.db.execute(
            "UPDATE stream SET epoch=?, generation=?, seq=?, tag=? WHERE id=?",
            (cursor.epoch, cursor.generation, cursor.seq, cursor.tag, page.stream),
        )
        if cursor.seq:
            uow.db.execute(
                "INSERT OR REPLACE INTO tag(stream, seq, tag, epoch) VALUES(?,?,?,?)",
                (page.stream, cursor.seq, cursor.tag, cursor.epoch),
            )
            uow.db.execute(
                "DELETE FROM tag WHERE stream=? AND seq <= "
                "(SELECT seq FROM tag WHERE stream=? ORDER BY seq DESC LIMIT 1 OFFSET ?)",
                (page.stream, page.stream, TAGS),
            )
    keep_meta(uow.db, "epoch", cursor.epoch)
    lives.live_in(uow, [cursor.epoch])


def _newer_catalogue(uow: UnitOfWork, catalogue: int) -> int:
    known = read_meta(uow.db, "server_catalogue") or 0
    if catalogue <= int(known):
        return 0
    keep_meta(uow.db, "server_catalogue", catalogue)
    rows = uow.db.execute(
        "SELECT record.stream, exception.id FROM exception JOIN record USING (id, kind) "
        "WHERE outcome='later' UNION SELECT stream, id FROM record WHERE there IS NOT NULL"
    ).fetchall()
    by_stream: dict[str, list[str]] = {}
    for stream, id in rows:
        by_stream.setdefault(stream, []).append(id)
    packets = Packets(uow)
    queued = sum(packets.offer(stream, ids) for stream, ids in by_stream.items())
    uow.db.execute("DELETE FROM exception WHERE outcome='later'")
    return queued


def _comparable(uow: UnitOfWork, stream: str) -> bool:
    for table in ("outgoing", "aside"):
        if uow.db.execute(f"SELECT 1 FROM {table} WHERE stream=? LIMIT 1", (stream,)).fetchone():
            return False
    return True


def _sum(uow: UnitOfWork, stream: str, now: int) -> Sum:
    """Of the rows themselves."""
    found = uow.db.execute("SELECT coalesce(there, hash) FROM record WHERE stream=?", (stream,))
    return Sum.of((h for (h,) in found if h), now)


def _hashes(uow: UnitOfWork, stream: str, kind: str | None) -> dict[tuple[str, str], bytes]:
    sql = "SELECT kind, id, coalesce(there, hash) FROM record WHERE stream=?"
    parameters: list[str] = [stream]
    if kind is not None:
        sql += " AND kind=?"
        parameters.append(kind)
    return {(k, id): h for k, id, h in uow.db.execute(sql, parameters) if h}
