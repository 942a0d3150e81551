"""Taking a bundle in: everything is proved first, then taken part by part, each in a transaction of its own.

A part taken again changes nothing, so an import that was cut off is simply made again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from ntmdesk.services.greetings import roster_signers
from ntmdesk.services.server_owned import owned_by_server
from ntmdesk.store.database import Store
from ntmdesk.store.foreign import Merged, merge_foreign
from ntmdesk.store.packets import Packets
from ntmdesk.store.replica import StoreReplica, put_aside
from ntmdesk.store.surroundings import PROGRAM
from ntmdesk.store.twins import SpokenFor
from ntmdesk.store.unit_of_work import UnitOfWork
from ntmdesk.store.vouchers import keep_voucher
from sync.engine.ports import SiftedPage
from sync.engine.sifting import check_epochs, sift_body, sift_rows
from sync.protocol.blocks import Body
from sync.protocol.bodies import unpack_copies
from sync.protocol.bundles import BundlePage, HasRead, Part, What, read_json, read_page
from sync.protocol.carry_notes import CarryNote, note_is_true
from sync.protocol.claims import claims, exceeding, lowered
from sync.protocol.copies import Copy
from sync.protocol.dots import COUNTER_STEP
from sync.protocol.errors import WireError
from sync.protocol.facts import keyring
from sync.protocol.packets import Packet, PacketHead, open_packet
from sync.protocol.pages import Cursor, Epoch, Row, after
from sync.protocol.proofs import Proof, proof_of, readable
from sync.protocol.receipts import Receipt, receipt_is_true
from sync.protocol.rosters import Mate, decode_roster
from sync.protocol.spans import Knows, Span
from sync.protocol.vouchers import Voucher, voucher_is_true


@dataclass(slots=True)
class Tally:
    """What came of it: ``new``: records that changed here, ``receipts``: packets of this laptop or of others
    that the server has confirmed, as news; ``carried``: packets of this laptop that another one holds;
    ``refused``: packets and pages of rows that could not be taken, or not whole, as (origin, number, reason),
    ("", 0, reason) where it is not known whose."""

    new: set[str] = field(default_factory=set)
    receipts: int = 0
    carried: int = 0
    refused: list[tuple[str, int, str]] = field(default_factory=list)
    clone: bool = False


class BundleIntake:
    """Takes the parts of bundles of one stream into one store.

    ``former``: the bundle is of the team's time without a server: its packets cannot be handed on, their
    records are offered by this laptop instead.
    """

    def __init__(self, store: Store, stream: str, maker: Mate | None, *, former: bool = False) -> None:
        self._store = store
        self._replica = StoreReplica(store)
        self._stream = stream
        self._maker = maker
        self._former = former
        self._owned = owned_by_server(store.catalogue)
        with store.look() as uow:
            joined = uow.peers.joined()
            self._server_keys = joined.enrolment.server_keys if joined else ()
            self._expected = uow.mates.former_team() if former else stream
            self._signers = roster_signers(uow)
        self._whole = True
        """Whether every value that came was taken as it came."""
        self.tally = Tally()

    def take_roster(self, data: bytes) -> None:
        """A roster counts when the server, or the leader where there is none, has signed it."""
        roster = decode_roster(data)
        with self._store.begin(PROGRAM) as uow:
            if roster.stream == uow.stream():
                uow.mates.keep_roster(roster, self._signers)

    def take(self, parts: Callable[[], Iterable[Part]]) -> Tally:
        """Takes the parts of a bundle that was found sound and its maker known; ``parts`` is called more than
        once. WireError ``bundle_damaged``, ``bad_signature``; what was taken before stays taken."""
        self._certify(parts())
        try:
            self._parts(parts())
        except SpokenFor:
            self._renew()
            told = [*self.tally.refused]
            self.tally.refused.clear()
            self._parts(parts())  # what was known as cut by this id is a twin's now
            self.tally.refused += [one for one in told if one not in self.tally.refused]
        return self.tally

    def _parts(self, parts: Iterable[Part]) -> None:
        for part in parts:
            self._part(part)

    def _renew(self) -> None:
        """Another machine speaks under this store's id: it takes a new one before anything is merged."""
        self.tally.clone = True
        self._replica.renew("clone")

    def _part(self, part: Part) -> None:
        match part.what:
            case What.EPOCHS:
                self._epochs(read_json(part.data, list[Epoch]))
            case What.RECEIPTS:
                self._receipts(read_json(part.data, list[Receipt]))
            case What.PACKET:
                self._packet(part.data)
            case What.NOTES:
                self._notes(read_json(part.data, list[CarryNote]))
            case What.PAGE:
                self._page(*read_page(part.data))
            case What.READ:
                self._read(read_json(part.data, HasRead))
            case What.VOUCHERS:
                self._vouchers(read_json(part.data, list[Voucher]))
            case What.KNOWS:
                self._knows(read_json(part.data, Knows))
            case What.SPAN:
                self._span(read_json(part.data, Span))
            case _:
                pass

    def _author(self, uow: UnitOfWork, packet: Packet) -> Mate | None:
        return next((m for m in self._mates(uow) if packet.signed_by(m.key)), None)

    def _mates(self, uow: UnitOfWork) -> tuple[Mate, ...]:
        """Whose packets are taken; this laptop's own too, which an older copy of it may not know."""
        own = Mate(uow.mates.own_device(), "", "", uow.peers.keys.public, b"")
        return (*(uow.mates.met() if self._former else uow.mates.all()), own)

    def _certify(self, parts: Iterable[Part]) -> None:
        """All heads first: a context may speak of a replica whose packet comes later in the file.

        Who was met by hand may never join the server's team.
        """
        with self._store.look() as uow:
            keys = {mate.key for mate in (*self._mates(uow), *uow.mates.met())}
        known = [(proof, key) for proof in _proofs(parts) for key in keys if proof.signed_by(key)]
        with self._store.begin(PROGRAM) as uow:
            for proof, key in known:
                if max(proof.head.certified.values()) <= uow.counter + COUNTER_STEP:
                    uow.certified.hear(proof, key)

    def _packet(self, data: bytes) -> None:
        try:
            packet = open_packet(data)
        except WireError as error:
            self._refuse(error.code)
            return
        head = packet.head
        try:
            copies = unpack_copies(packet.body)
            if len(copies) != head.count or len({copy.id for copy in copies}) != len(copies):
                raise WireError("bad_packet", reason="count")
        except WireError as error:
            self._refuse(error.code, head)
            return
        with self._store.begin(PROGRAM) as uow:
            author = self._author(uow, packet)
            own = head.replica in uow.carrying.own_ids()
            if own and self._is_known(uow, packet):
                return
            reason = "signature" if author is None else "revoked" if author.revoked else ""
            if head.stream != self._expected:
                reason = "foreign_stream"
            if not reason and not self._in_bounds(uow, max(head.certified.values()), copies):
                reason = "counter"
            if author is not None and not reason and not uow.certified.hear(proof_of(packet), author.key):
                reason = "origin"
            self._whole = self._whole and not reason
            if reason in ("foreign_stream", "revoked", "origin", "counter"):
                self._refuse(reason, head)
                return
            if not own and not self._former:
                if uow.carrying.twice(packet):
                    self._refuse("clone", head)
                if not uow.carrying.hold(packet, author.device if author else ""):
                    return
            if author is None:
                self._refuse(reason, head)
                return
            done = self._merge(uow, copies)
            if done.codes:
                self._refuse(done.codes[0], head)
            if self._former and done.changed:
                Packets(uow).offer(self._stream, done.changed)

    def _refuse(self, reason: str, head: PacketHead | None = None) -> None:
        """Counts what was not taken, or not whole."""
        self._whole = False
        self.tally.refused.append((head.replica, head.number, reason) if head else ("", 0, reason))

    def _is_known(self, uow: UnitOfWork, packet: Packet) -> bool:
        """Whether an own packet came back as it was cut.  Another one under an own number means that two
        laptops work under one id."""
        head = packet.head
        if head.stream != self._stream:
            return False
        cut = uow.carrying.own_hash(head.replica, head.stream, head.number)
        if cut == packet.hash:
            return True
        present = head.replica == uow.replica
        if present and (cut is not None or head.number > uow.carrying.own_cut(head.stream)):
            raise SpokenFor
        return False

    def _in_bounds(self, uow: UnitOfWork, highest: int, copies: Sequence[Copy]) -> bool:
        """Rule 12: no counter far above anything known."""
        named = claims(copies)
        return max(highest, *named.values(), 0) <= uow.counter + COUNTER_STEP

    def _merge(self, uow: UnitOfWork, copies: Sequence[Copy]) -> Merged:
        """Merges copies that a laptop brought: no context entry above what its replica has certified here,
        no cell beyond the bounds of form.  What is left out here may be taken by the server: what is carried
        stays whole, and a page brings it."""
        bounds = dict(uow.certified.bounds(claims(copies).keys()))
        whole = [less for copy in copies if (less := self._bounded(uow, copy, bounds)) is not None]
        good, aside = sift_body(Body([], whole), keyring(self._server_keys), self._owned)
        return self._merge_foreign(uow, good, aside)

    def _bounded(self, uow: UnitOfWork, copy: Copy, certified: dict[str, int]) -> Copy | None:
        """Of a replica that has certified nothing here, a copy may claim what stands here already."""
        unknown = claims((copy,)).keys() - certified.keys()
        bounds = certified
        if unknown:
            here = uow.records.counters(copy.kind, copy.id)
            bounds = {**certified, **{r: here.get(r, 0) for r in unknown}}
        if not exceeding(copy, bounds):
            return copy
        self._whole = False
        less, _ = lowered(copy, bounds, bounds)
        return less

    def _merge_foreign(
        self, uow: UnitOfWork, good: Sequence[Row], aside: Sequence[Row], *, by_server: bool = False
    ) -> Merged:
        done = merge_foreign(uow, self._stream, good, by_server=by_server)
        put_aside(uow, self._stream if by_server else "", [*aside, *done.aside])
        self._whole = self._whole and not aside
        self.tally.new.update(done.changed)
        return done

    def _page(self, page: BundlePage, rows: bytes) -> None:
        """Cells are always merged; the cursor moves only for the server's own page of its present life that
        joins on to what was read (rule 24)."""
        if self._maker is not None:
            self._copies(page, rows)
            return
        good, aside = sift_rows(rows, page.count, keyring(self._server_keys), self._owned)
        cursor = self._cursor()
        if (
            cursor is None
            or (cursor.epoch, cursor.generation) != (page.epoch, page.generation)
            or not page.after <= cursor.seq < page.seq
        ):
            with self._store.begin(PROGRAM) as uow:
                self._merge_foreign(uow, good, aside, by_server=True)
            return
        end = Cursor(cursor.server, page.epoch, self._stream, page.generation, page.seq, page.tag)
        before = self._hashes(good)
        taken = self._replica.take(
            self._replica.standing().after, (), (SiftedPage(self._stream, end, good, aside),), 0
        )
        if taken.twin:
            raise SpokenFor
        now = self._hashes(good)
        self.tally.new.update(id for id, told in now.items() if before.get(id) != told)

    def _copies(self, page: BundlePage, rows: bytes) -> None:
        """Rows that a laptop brought are its word only: bounded like a packet's."""
        try:
            copies = unpack_copies(rows)
            if len(copies) != page.count or len({(copy.kind, copy.id) for copy in copies}) != len(copies):
                raise WireError("bad_message", reason="count")
        except WireError as error:
            self._refuse(error.code)
            return
        with self._store.begin(PROGRAM) as uow:
            sane = [copy for copy in copies if self._in_bounds(uow, 0, (copy,))]
            codes = self._merge(uow, sane).codes
            if len(sane) != len(copies):
                codes = ("counter", *codes)
            if codes:
                self._refuse(codes[0])

    def _cursor(self) -> Cursor | None:
        if not self._server_keys:
            return None
        return next((c for c in self._replica.standing().cursors if c.stream == self._stream), None)

    def _hashes(self, rows: Sequence[Row]) -> dict[str, str]:
        with self._store.look() as uow:
            return uow.records.hashes([row.id for row in rows])

    def _epochs(self, epochs: Sequence[Epoch]) -> None:
        """New lives of the server are adopted as over the line: descendants only (rule 23).

        A late stick tells of older lives, one of a split server of others: neither is followed, what lies
        beside them is merged all the same (rule 24).
        """
        if not self._server_keys:
            return
        standing = self._replica.standing()
        new = after(epochs, standing.epoch) if standing.epoch else ()
        if not new:
            return
        try:
            check_epochs(new, new[-1].random, standing)
        except WireError as error:
            if error.code not in ("epoch_older", "epoch_split"):
                raise
            return
        self._replica.adopt(new)

    def _receipts(self, receipts: Sequence[Receipt]) -> None:
        """Signed by the server and of its present life: own packets are settled, others' carried on home."""
        standing = self._replica.standing() if self._server_keys else None
        if standing is None:
            return
        true = [
            r
            for r in receipts
            if r.stream == self._stream
            and r.epoch == standing.epoch
            and receipt_is_true(r, self._server_keys)
        ]
        with self._store.look() as uow:
            own = uow.carrying.own_ids()
            waiting = {(h.origin, h.number, h.hash) for h in uow.carrying.own_waiting(self._stream)}
        mine = [r for r in true if r.origin in own]
        self.tally.receipts += sum((r.origin, r.number, r.hash) in waiting for r in mine)
        if mine:
            self._replica.settle(mine)
        with self._store.begin(PROGRAM) as uow:
            self.tally.receipts += uow.carrying.take_receipts([r for r in true if r.origin not in own])

    def _vouchers(self, vouchers: Sequence[Voucher]) -> None:
        with self._store.begin(PROGRAM) as uow:
            for voucher in vouchers:
                if voucher.stream == self._stream and voucher_is_true(voucher, self._server_keys):
                    keep_voucher(uow, voucher, by_hand=True)

    def _notes(self, notes: Sequence[CarryNote]) -> None:
        with self._store.begin(PROGRAM) as uow:
            mates = {mate.key for mate in uow.mates.all() if not mate.revoked}
            true = [n for n in notes if n.stream == self._stream and n.carrier in mates and note_is_true(n)]
            self.tally.carried += uow.carrying.noted(true)

    def _read(self, read: HasRead) -> None:
        if self._maker is not None:
            with self._store.begin(PROGRAM) as uow:
                uow.spans.has_read(self._maker.device, read.epoch, read.seq)

    def _knows(self, knows: Knows) -> None:
        if self._maker is not None:
            with self._store.begin(PROGRAM) as uow:
                uow.spans.heard(self._maker.device, knows)

    def _span(self, span: Span) -> None:
        """The last part: all before it was taken.  Where anything was left out, the maker sends it again."""
        if self._maker is not None and self._whole and not self.tally.refused:
            with self._store.begin(PROGRAM) as uow:
                uow.spans.take(self._maker.device, span)


def _proofs(parts: Iterable[Part]) -> Iterator[Proof]:
    """What cannot be read proves nothing; a packet is refused in its place."""
    for part in parts:
        try:
            if part.what is What.PACKET:
                yield proof_of(open_packet(part.data))
            elif part.what is What.PROOFS:
                yield from readable(read_json(part.data, list[bytes]))
        except WireError:
            continue
