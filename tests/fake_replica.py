"""A laptop's store in memory: the reference for every other implementation of the replica port."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sync.engine.ports import MANY, SiftedPage, Standing, Taken
from sync.protocol import records
from sync.protocol.bodies import pack_rows, unpack_rows
from sync.protocol.cells import EMPTY, Value, plain
from sync.protocol.claims import claims
from sync.protocol.clones import disowned, speaks_for
from sync.protocol.copies import Copy
from sync.protocol.digest import digest_of
from sync.protocol.dots import COUNTER_STEP, Dot
from sync.protocol.errors import WireError
from sync.protocol.frames import level_for
from sync.protocol.image import decode_image, encode_image, image_hash, parse_image
from sync.protocol.messages import Limits
from sync.protocol.packets import FIRST, Packet, PacketHead, seal
from sync.protocol.pages import Cursor, Digest, Epoch, Row, forks_of, is_lost
from sync.protocol.receipts import Outcome, Receipt
from sync.protocol.records import REFUSED, Record, Stamp
from sync.protocol.replica_ids import CHANCE, replica_id
from sync.protocol.signing import public_of
from sync.protocol.vouchers import Words

ABSENT = b""


@dataclass
class Held:
    """A record as a laptop holds it.  ``theirs``: hash of the server's state where it is not ours
    (``ABSENT`` = the server has none), None when both are the same."""

    stream: str
    record: Record
    image: bytes
    theirs: bytes | None = ABSENT
    seq: int = 0
    floor: int = 0
    up: bool = False
    whole: bool = False


@dataclass
class Cut:
    """A packet that was cut, and its receipt once it came."""

    packet: Packet
    ids: dict[str, bytes]
    receipt: Receipt | None = None


@dataclass
class Lane:
    """What is remembered of one stream."""

    cursor: Cursor
    cuts: dict[int, Cut] = field(default_factory=dict)
    past: list[Cut] = field(default_factory=list)
    number: int = 0
    previous: bytes = FIRST
    tags: list[tuple[int, str]] = field(default_factory=list)
    aside: dict[str, Row] = field(default_factory=dict)
    words: Words = field(default_factory=Words)


class MemoryReplica:
    """Implements ``engine.ports.Replica``: the reference for the laptop's store."""

    def __init__(
        self,
        streams: Sequence[str],
        server: str,
        server_keys: tuple[bytes, ...],
        device_key: bytes,
        random: Callable[[int], bytes],
        catalogue: int = 1,
    ) -> None:
        self.device_key = device_key
        self.public_key = public_of(device_key)
        self.id = replica_id(self.public_key, random(CHANCE))
        self.ids = {self.id}
        self.catalogue = catalogue
        self.held: dict[str, Held] = {}
        self.lanes = {s: Lane(Cursor(server, "", s)) for s in streams}
        self.quarantine: dict[tuple[str, str, str], Value] = {}
        self.later: dict[tuple[str, str, str], str] = {}
        self.counter = 0
        self.writes = 0
        self._heard = 0
        self._server = server
        self._server_keys = server_keys
        self._server_catalogue = 0
        self._epoch = ""
        self._lineage: list[str] = []
        self._epochs: list[Epoch] = []
        self._ended: dict[str, str] = {}
        self._after = ""
        self._random = random

    # What a person does

    def save(
        self,
        stream: str,
        kind: str,
        id: str,
        changes: Mapping[str, Any],
        seen: Mapping[str, Collection[Dot]] | None = None,
    ) -> Dot:
        """One save, under one new dot."""
        dot = self._dot()
        held = self.held.get(id)
        stamp = Stamp(dot.counter, "", self.catalogue)
        if held is None:
            self._store(stream, records.create(kind, id, changes, dot, stamp))
        else:
            self._store(stream, records.edit(held.record, changes, dot, stamp, seen))
        return dot

    def delete(self, id: str) -> None:
        dot = self._dot()
        held = self.held[id]
        self._store(held.stream, records.delete(held.record, dot, Stamp(dot.counter, "", self.catalogue)))

    def shown(self, id: str) -> dict[str, Any]:
        return records.shown(self.held[id].record)

    def record_states(self) -> dict[str, str]:
        """``local``, ``received`` (the server's word or ours receipted), ``refused`` or ``later`` by id."""
        waiting = {id for lane in self.lanes.values() for cut in self._waiting(lane) for id in cut.ids}
        refused = {id for id, _, _ in self.quarantine}
        later = {id for id, _, _ in self.later}
        out = {}
        for id, held in self.held.items():
            unfinished = held.up or held.whole or id in waiting
            out[id] = (
                "local"
                if unfinished
                else "refused"
                if id in refused
                else "later"
                if id in later
                else "accepted"
            )
        return out

    def _dot(self) -> Dot:
        self.counter = 1 + max(self.counter, self._heard)
        return Dot(self.counter, self.id)

    def _store(self, stream: str, record: Record) -> None:
        held = self.held.get(record.id)
        image = encode_image(record)
        self.writes += 1
        if held is None:
            self.held[record.id] = Held(stream, record, image, up=True)
            return
        if held.theirs is None:
            held.theirs = image_hash(record.kind, record.id, held.image)
        held.record, held.image, held.up = record, image, True

    # engine.ports.Replica

    def standing(self) -> Standing:
        first = {}
        for stream, lane in self.lanes.items():
            waiting = [cut.packet.head.number for cut in self._waiting(lane)]
            first[stream] = min(waiting, default=lane.number + 1)
        return Standing(
            self.id,
            self._server,
            self._server_keys,
            self._epoch,
            self._after,
            self.catalogue,
            tuple(lane.cursor for lane in self.lanes.values()),
            first,
            tuple(self._lineage),
            tuple(v for lane in self.lanes.values() for v in lane.words.to_show(self._epoch)),
            len(self.held) > MANY < sum(state == "local" for state in self.record_states().values()),
        )

    def packet(self, stream: str, number: int, limits: Limits) -> Packet | None:
        lane = self.lanes[stream]
        for cut in self._waiting(lane):
            if cut.packet.head.number >= number:
                return cut.packet
        rows: list[Row] = []
        ids: dict[str, bytes] = {}
        size = 0
        for id, held in self.held.items():
            if held.stream != stream or not (held.up or held.whole):
                continue
            if len(rows) >= limits.packet_records or size >= limits.packet_bytes:
                break
            whole = held.whole or any(key[0] == id for key in self.later)
            part = held.record if whole else records.partial(held.record, self.id, held.floor)
            if not part.cells:
                held.up = False
                continue
            rows.append(Row(part.kind, id, encode_image(part)))
            size += len(rows[-1].image)
            ids[id] = image_hash(part.kind, id, held.image)
            held.up = held.whole = False
            held.floor = self.counter
        if not rows:
            return None
        self.writes += 1
        named = claims(Copy(row.kind, row.id, 0, parse_image(row.image)) for row in rows)
        former = tuple(sorted((r, n) for r, n in named.items() if r in self.ids - {self.id}))
        head = PacketHead(
            self.id, stream, lane.number + 1, lane.previous, self.counter, self.catalogue, len(rows), former
        )
        packet = seal(head, pack_rows(rows, level_for(limits.packet_records)), self.device_key)
        lane.number, lane.previous = head.number, packet.hash
        lane.cuts[head.number] = Cut(packet, ids)
        return packet

    def foresee(self, page: SiftedPage) -> SiftedPage:
        return page

    def take(
        self, nonce: str, receipts: Sequence[Receipt], pages: Sequence[SiftedPage], catalogue: int
    ) -> Taken:
        self._check_counters(pages)
        self._after = nonce or self._after
        queued = 0
        if catalogue > self._server_catalogue:
            self._server_catalogue = catalogue
            queued = self._offer({id for id, _, _ in self.later})
            self.later.clear()
        accepted: set[str] = set()
        refused: set[str] = set()
        later: set[str] = set()
        for receipt in receipts:
            cut = (
                self.lanes[receipt.stream].cuts.get(receipt.number) if receipt.stream in self.lanes else None
            )
            if cut is None or cut.receipt is not None or cut.packet.hash != receipt.hash:
                continue
            self.writes += 1
            cut.receipt = receipt
            self._settle(cut, receipt, accepted, refused, later)
        twin = any(self._spoken_for(row) for page in pages for row in page.rows)
        if twin:
            pages = ()
        received = sum(self._merge(page, row) for page in pages for row in page.rows)
        for page in pages:
            lane = self.lanes[page.stream]
            for row in page.aside:
                lane.aside[row.id] = row
            if lane.cursor != page.cursor:
                self.writes += 1
                lane.cursor = page.cursor
                if page.cursor.seq:
                    tag = (page.cursor.seq, page.cursor.tag)
                    lane.tags = [tag, *(t for t in lane.tags if t != tag)][:64]
            self._live_in(page.cursor.epoch)
            if page.voucher is not None:
                lane.words = lane.words.with_page(page.voucher)
        return Taken(
            len(accepted - refused - later),
            len(refused),
            len(later),
            received,
            sum(bool(records.conflicts(h.record)) for h in self.held.values()),
            sum(state == "local" for state in self.record_states().values()),
            queued,
            twin,
        )

    def _spoken_for(self, row: Row) -> bool:
        held = self.held.get(row.id)
        if held is None or held.record.kind != row.kind:
            return False
        incoming = decode_image(row.kind, row.id, row.image)
        return any(speaks_for(id, held.record, incoming) for id in (self.id, *self._doubtful()))

    def _check_counters(self, pages: Sequence[SiftedPage]) -> None:
        known = max(self.counter, self._heard)
        for page in pages:
            tops = [records.highest_counter(decode_image(r.kind, r.id, r.image)) for r in page.rows]
            if self.lanes[page.stream].cursor.seq and max(tops, default=0) > known + COUNTER_STEP:
                raise WireError("bad_message", reason="counter")

    def _settle(
        self, cut: Cut, receipt: Receipt, accepted: set[str], refused: set[str], later: set[str]
    ) -> None:
        kept_back: set[str] = set()
        for exception in receipt.exceptions:
            if exception.outcome is Outcome.FLAGGED:
                continue
            if exception.outcome is Outcome.LATER:
                later.add(exception.id)
                kept_back.add(exception.id)
                own = Dot.parse(exception.dot).replica in self.ids
                if own or exception.code != "unknown_dot":  # others' values are for their author to bring
                    self.later[exception.id, exception.cell, exception.dot] = exception.code
            else:
                refused.add(exception.id)
                kept_back.add(exception.id)
                body = {row.id: row for row in unpack_rows(cut.packet.body)}[exception.id]
                record = decode_image(body.kind, body.id, body.image)
                cells = [exception.cell] if exception.cell else list(record.cells)
                for cell in cells:
                    value = record.cells[cell].siblings.get(Dot.parse(exception.dot))
                    if value is not None:
                        self.quarantine.setdefault((exception.id, cell, exception.dot), value)
        for id, hash in cut.ids.items():
            held = self.held[id]
            accepted.add(id)
            held.seq = max(held.seq, receipt.seq)
            if id in kept_back:
                continue
            now = image_hash(held.record.kind, id, held.image)
            held.theirs = None if hash == now else hash

    def _merge(self, page: SiftedPage, row: Row) -> int:
        held = self.held.get(row.id)
        self._heard = max(self._heard, records.highest_counter(decode_image(row.kind, row.id, row.image)))
        if held is None:
            self.writes += 1
            record = decode_image(row.kind, row.id, row.image)
            self.held[row.id] = Held(page.stream, record, row.image, None, row.seq)
            return 1
        if held.record.kind != row.kind:
            self.lanes[page.stream].aside[row.id] = row
            return 0
        incoming = decode_image(row.kind, row.id, row.image)
        for name in incoming.cells:
            if name.startswith(REFUSED + "/"):
                self._rescue(held.record, Dot.parse(name.partition("/")[2]), incoming, name)
        merged = records.merge(held.record, incoming)
        image = encode_image(merged)
        changed = image != held.image
        held.seq = max(held.seq, row.seq)
        held.theirs = None if image == row.image else image_hash(row.kind, row.id, row.image)
        if changed:
            self.writes += 1
            held.record, held.image = merged, image
        return int(changed)

    def _rescue(self, mine: Record, dot: Dot, incoming: Record, name: str) -> None:
        if dot.replica != self.id:
            return
        told = plain(max(incoming.cells[name].siblings.items())[1])
        for cell in told["cells"]:
            value = mine.cells[cell].siblings.get(dot) if cell in mine.cells else None
            if value is not None and dot not in incoming.cells.get(cell, EMPTY).siblings:
                self.quarantine.setdefault((mine.id, cell, dot.text), value)

    def digest(self, stream: str) -> Digest | None:
        if self.lanes[stream].aside or self._waiting(self.lanes[stream]):
            return None
        if any(h.up or h.whole for h in self.held.values() if h.stream == stream):
            return None
        return digest_of(self.hashes(stream).values())

    def hashes(self, stream: str, kind: str | None = None) -> Mapping[tuple[str, str], bytes]:
        return {
            (h.record.kind, id): h.theirs if h.theirs is not None else image_hash(h.record.kind, id, h.image)
            for id, h in self.held.items()
            if h.stream == stream and h.theirs != ABSENT and kind in (None, h.record.kind)
        }

    def offer(self, stream: str, ids: Collection[str]) -> int:
        return self._offer(id for id in ids if id in self.held and self.held[id].stream == stream)

    def _offer(self, ids: Iterable[str]) -> int:
        queued = 0
        for id in ids:
            held = self.held[id]
            queued += not held.whole
            held.whole = True
        self.writes += queued
        return queued

    def adopt(self, epochs: Sequence[Epoch]) -> None:
        self.renew("epoch")
        known = self._epoch
        self._epochs += epochs
        for epoch in epochs:
            self._live_in(epoch.random)
        for stream, lane in self.lanes.items():
            fork = forks_of(epochs, stream, known)
            lane.tags = [tag for tag in lane.tags if tag[0] <= fork]
            seq, tag = lane.tags[0] if lane.tags else (0, "")
            if lane.cursor.seq <= fork:
                seq, tag = lane.cursor.seq, lane.cursor.tag
            lane.cursor = Cursor(self._server, self._epoch, stream, lane.cursor.generation, seq, tag)
            void: set[str] = set()
            for cut in (*lane.cuts.values(), *lane.past):
                if cut.receipt is not None and cut.receipt.seq > fork:
                    void |= set(cut.ids)
            void |= {id for id, h in self.held.items() if h.stream == stream and h.seq > fork}
            self._offer(void)

    def _live_in(self, epoch: str) -> None:
        if self._epoch != epoch:
            self._epoch = epoch
            self._lineage.append(epoch)

    def tags(self, stream: str) -> Sequence[tuple[int, str]]:
        return self.lanes[stream].tags

    def resume(self, stream: str, number: int) -> bool:
        lane = self.lanes[stream]
        if any(n not in lane.cuts for n in range(number, lane.number + 1)) or number > lane.number + 1:
            return False
        for n in range(number, lane.number + 1):
            lane.cuts[n].receipt = None
        return True

    def renew(self, reason: str) -> None:
        self.writes += 1
        unfinished = {id for id, state in self.record_states().items() if state == "local"}
        old = self.id
        self._ended[old] = reason
        for lane in self.lanes.values():
            lane.past += [cut for cut in lane.cuts.values() if cut.receipt is not None]
        again: set[str] = set()
        for former in self._doubtful() if reason == "clone" else ():
            self._mint()
            self._ended[self.id] = reason
            again |= self._disown_voided(former)
        self._mint()
        if reason in ("clone", "epoch"):
            for id in unfinished:
                self._disown(self.held[id], old)
        unfinished |= again
        self._after = ""
        for lane in self.lanes.values():
            lane.cuts = {}
            lane.number, lane.previous = 0, FIRST
        for held in self.held.values():
            held.floor = 0
        self._offer(unfinished)

    def _is_void(self, cut: Cut) -> bool:
        said = cut.receipt
        return said is not None and is_lost(self._epochs, said.stream, said.epoch, said.seq)

    def _doubtful(self) -> list[str]:
        past = [cut for lane in self.lanes.values() for cut in lane.past]
        void = {cut.packet.head.replica for cut in past if self._is_void(cut)}
        return sorted(id for id in void if self._ended[id] in ("clone", "epoch"))

    def _disown_voided(self, old: str) -> set[str]:
        told: dict[tuple[str, str], int] = {}
        void: dict[tuple[str, str], int] = {}
        for lane in self.lanes.values():
            for cut in lane.past:
                into = void if self._is_void(cut) else told
                for row in unpack_rows(cut.packet.body) if cut.packet.head.replica == old else ():
                    for name, cell in decode_image(row.kind, row.id, row.image).cells.items():
                        into[row.id, name] = max(into.get((row.id, name), 0), cell.context.get(old, 0))
            lane.past = [c for c in lane.past if c.packet.head.replica != old or not self._is_void(c)]
        ids = {id for id, _ in void}
        for id in ids:
            held = self.held[id]
            floors = {
                name: floor
                for name, cell in held.record.cells.items()
                if void.get((id, name)) == cell.context.get(old, 0)
                and (floor := told.get((id, name), 0)) < cell.context.get(old, 0)
            }
            held.record = disowned(held.record, old, self.id, floors)
            held.image = encode_image(held.record)
        return ids

    def _mint(self) -> None:
        self.id = replica_id(self.public_key, self._random(CHANCE))
        self.ids.add(self.id)

    def _disown(self, held: Held, old: str) -> None:
        id, floors = held.record.id, {}
        told: dict[str, int] = {}
        again: set[str] = set()
        for cut in self.lanes[held.stream].cuts.values():
            for row in unpack_rows(cut.packet.body) if cut.packet.head.replica == old else ():
                if row.id == id:
                    for name, cell in decode_image(row.kind, id, row.image).cells.items():
                        if cut.receipt is None:
                            again.add(name)
                        else:
                            told[name] = max(told.get(name, 0), cell.context.get(old, 0))
        for name, cell in held.record.cells.items():
            highest = cell.context.get(old, 0)
            fresh = held.whole or (held.up and highest > held.floor) or name in again
            floor = told.get(name, 0 if fresh else highest)
            if floor < highest:
                floors[name] = floor
        held.record = disowned(held.record, old, self.id, floors)
        held.image = encode_image(held.record)

    def _waiting(self, lane: Lane) -> list[Cut]:
        return [lane.cuts[n] for n in sorted(lane.cuts) if lane.cuts[n].receipt is None]
