"""Taking packets in: what may stand is merged in memory, nothing written yet.

One ``Intake`` lives for one exchange and one stream, under the stream's lock.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sync.hub.authority import Authority
from sync.hub.certifying import Certificates
from sync.hub.ports import Put, Stored, StreamState
from sync.hub.verdicts import Refused, Verdicts, clones, exception_of, known_refusals, later
from sync.hub.weighing import Weighing, refusals_in
from sync.protocol.blocks import Block, Body
from sync.protocol.cells import CELL_BYTES_LIMIT, EMPTY, Cell, Value, merge_cells
from sync.protocol.claims import claims, exceeding, lowered
from sync.protocol.copies import CELLS_LIMIT, Copy, encode
from sync.protocol.dots import COUNTER_LIMIT, COUNTER_STEP, Dot, covers
from sync.protocol.errors import WireError
from sync.protocol.image import Parsed, image_hashes, parse_image, patch_image, record_of
from sync.protocol.packets import PacketHead
from sync.protocol.receipts import Outcome, ReceiptException
from sync.protocol.records import DELETED, REFUSED, Record

NOTHING: Parsed = ([], {}, {})
"""The image of a record that is not here."""

_TOLD = b'"_refused/'
"""In the image of a record about which the server has said something."""


@dataclass(slots=True)
class Work:
    """One touched record.  ``before``: its number before this exchange, 0 for a new one.  ``delivered``:
    the image the sender now has, as far as the packet shows it; ``marked``: the server had something to
    say."""

    kind: str
    image: bytes
    before: int
    stored: bytes
    delivered: bytes
    marked: bool = False


class Intake:
    """Merges the packets of one exchange into one stream."""

    def __init__(
        self,
        state: StreamState,
        authority: Authority,
        stored: Mapping[str, Stored],
        certificates: Certificates,
    ) -> None:
        self.state = state
        self.highest = state.highest
        self.works: dict[str, Work] = {}
        self.changed: list[Put] = []
        self.in_columns = True
        """Whether all that came was new here and stands as it came, in its order."""
        self._stored = stored
        self._authority = authority
        self._certificates = certificates
        self._verdicts = Verdicts(authority)
        self._foreign: set[str] = set()
        self.heard: dict[str, int] = {}
        """Replica -> counter that this stream now holds of it beyond what it has certified itself: of the
        sender's own former lives, and of replicas of which only a leader knows."""
        self.brought: dict[str, int] = {}
        """Replica -> dots of it that somebody else's packet was the first to bring (rule 29)."""

    def take(self, head: PacketHead, copies: Iterable[Copy] | Body) -> tuple[ReceiptException, ...]:
        """Merges one packet; the exceptions of its receipt.  WireError ``bad_packet`` (nothing merged) for
        counters out of bounds."""
        blocks: Sequence[Block] = ()
        if isinstance(copies, Body):
            blocks, copies = copies.blocks, copies.copies
        else:
            copies = list(copies)
        copies = [*_singly([block for block in blocks if _deletes(block)]), *copies]
        blocks = [block for block in blocks if not _deletes(block)]
        named = claims(copies)
        for block in blocks:
            for replica, counter in block.claims().items():
                named[replica] = max(counter, named.get(replica, 0))
        top = max(head.highest, *named.values()) if named else head.highest
        if top > self.state.highest + COUNTER_STEP or top >= COUNTER_LIMIT:
            raise WireError("bad_packet", reason="counter")
        exceptions: list[ReceiptException] = []
        own = {head.replica, self._authority.replica}
        self._foreign = {r for r in named.keys() - own if not self._authority.owns(r)}
        bounds = self._bounds(head, named)
        for replica in named.keys() - bounds.keys():
            self.heard[replica] = max(named[replica], self.heard.get(replica, 0))
        if any(counter > bounds.get(replica, counter) for replica, counter in named.items()):
            copies = self._lower([*_singly(blocks), *copies], bounds, exceptions)
            blocks = ()
            top = max(head.highest, max((copy.highest() for copy in copies), default=0))
        self.highest = max(self.highest, top)
        copies = [*_singly([block for block in blocks if not self._take_block(block)]), *copies]
        self.in_columns = self.in_columns and not copies
        for copy in copies:
            work = self.works.get(copy.id)
            stored = self._stored.get(copy.id) if work is None else None
            plain = self._foreign.isdisjoint(row[0] for row in copy.parsed[0])
            if work is None and stored is None and plain and self._verdicts.all_fine(copy):
                image = copy.image()
                if len(image) <= CELL_BYTES_LIMIT:
                    self.works[copy.id] = Work(copy.kind, image, 0, b"", image)
                    continue
            if work is None:
                work = (
                    Work(copy.kind, b"", 0, b"", b"")
                    if stored is None
                    else Work(stored.kind, stored.image, stored.seq, stored.image, b"")
                )
            if (
                work.image
                and work.kind == copy.kind
                and _TOLD not in work.image
                and copy.image() == work.image
            ):
                work.delivered = work.image
                self.works[copy.id] = work
                continue
            exceptions += self._merge(work, copy)
            if work.image:
                self.works[copy.id] = work
        return tuple(exceptions)

    def puts(self) -> list[Put]:
        """The records that changed, numbered after the stream's present number; also left in ``changed``."""
        seq = self.state.seq
        changed = [(id, work) for id, work in self.works.items() if work.image != work.stored]
        kinds = {work.kind for _, work in changed}
        hashes: dict[str, bytes] = {}
        for kind in kinds:
            some = changed if len(kinds) == 1 else [(id, work) for id, work in changed if work.kind == kind]
            ids = [id for id, _ in some]
            hashes.update(zip(ids, image_hashes(kind, ids, [work.image for _, work in some]), strict=True))
        out = self.changed = [
            Put(work.kind, id, number, work.image, hashes[id], not work.stored)
            for number, (id, work) in enumerate(changed, seq + 1)
        ]
        return out

    def _bounds(self, head: PacketHead, named: Mapping[str, int]) -> dict[str, int]:
        """How far a packet may speak of each replica (rule 13); of its own, as far as its header says."""
        bounds = self._certificates.bounds(named.keys() - {head.replica, self._authority.replica})
        bounds[head.replica] = head.highest
        bounds[self._authority.replica] = self.highest
        return bounds

    def _lower(
        self, copies: Iterable[Copy], bounds: Mapping[str, int], exceptions: list[ReceiptException]
    ) -> list[Copy]:
        out: list[Copy] = []
        of_values = {
            replica: counter
            for replica, counter in bounds.items()
            if replica != self._authority.replica  # what the server wrote is signed where it matters
        }
        for copy in copies:
            if not exceeding(copy, bounds):
                out.append(copy)
                continue
            less, aside = lowered(copy, bounds, of_values)
            exceptions += [later(copy, Dot.parse(dot), cell) for cell, dot in aside]
            if less is not None:
                out.append(less)
        return out

    def _take_block(self, block: Block) -> bool:
        """Takes records in columns when all are new here and nothing in them needs a word of the server;
        False: nothing is taken, they must come one by one."""
        ids = set(block.ids)
        if (
            not self._foreign.isdisjoint(block.claims())
            or len(ids) != len(block)
            or not (ids.isdisjoint(self.works) and ids.isdisjoint(self._stored))
            or not self._verdicts.block_is_fine(block)
        ):
            return False
        images = [image.encode() for image in block.images()]
        if max(map(len, images)) > CELL_BYTES_LIMIT:
            return False
        kind, works = block.kind, self.works
        for id, image in zip(block.ids, images, strict=True):
            works[id] = Work(kind, image, 0, b"", image)
        return True

    def _merge(self, work: Work, copy: Copy) -> list[ReceiptException]:
        authority = self._authority
        incoming = copy.record()
        unknown = self._verdicts.of_kind(copy.kind)
        if unknown is not None:
            work.marked = True
            return [exception_of(copy, dot, "", unknown) for dot in sorted(incoming.stamps)]
        if work.kind != copy.kind:
            work.marked = True
            return [exception_of(copy, dot, "", "id_in_use") for dot in sorted(incoming.stamps)]
        stood = parse_image(work.image) if work.image else NOTHING
        if len(stood[1].keys() | incoming.cells.keys()) > CELLS_LIMIT:
            work.marked = True
            return [exception_of(copy, dot, "", "too_many_cells") for dot in sorted(incoming.stamps)]
        base = self._touched(copy, stood, incoming)
        cells = dict(base.cells)
        self._count_brought(incoming, base)
        exceptions: list[ReceiptException] = []
        refused: Refused = {}
        rewritten: dict[str, Sequence[Value]] = {}
        doubled: list[ReceiptException] = []
        for names in _refusals_first(incoming.cells):
            told = _told(cells)
            for name in names:
                cell, mine = incoming.cells[name], cells.get(name, EMPTY)
                weighed = Weighing(authority, copy, name, cell, mine, base, told.get(name, ())).weigh()
                exceptions += [later(copy, dot, name) for dot in weighed.waiting]
                verdicts = weighed.verdicts
                if weighed.cell is None:
                    exceptions += [exception_of(copy, d, name, c) for d, c in sorted(verdicts.items())]
                    continue
                merged = merge_cells(mine, weighed.cell)
                doubled += clones(copy, name, weighed.cell, merged)
                again = weighed.said_again(mine, merged)
                if again:
                    rewritten[name] = again
                for dot, code in verdicts.items():
                    refused.setdefault(dot, {})[name] = code
                    exceptions.append(exception_of(copy, dot, name, code))
                if merged.context:
                    cells[name] = merged
        if not work.image and not any(cell.siblings or cell.context for cell in cells.values()):
            work.marked = True
            return exceptions
        stamps = {**incoming.stamps, **base.stamps}
        if refused or rewritten:
            first = self.highest + 1
            self.highest = self._verdicts.speak(copy, cells, stamps, first, refused, base.cells, rewritten)
        exceptions += [*doubled, *known_refusals(copy, cells, incoming, refused, authority.owns)]
        parsed = patch_image(stood, cells, stamps)
        image = encode(parsed)
        if work.image and image != work.image:
            changed = [
                name for name, cell in cells.items() if cell.siblings != base.cells.get(name, EMPTY).siblings
            ]
            flags: Sequence[tuple[str, str]] = ()
            if authority.judge.touches_rule(copy.kind, changed):
                flags = authority.judge.flags(record_of(copy.kind, copy.id, *parsed), changed)
            top = max(incoming.stamps, default=Dot(1, "0" * 16))
            exceptions += [
                ReceiptException(top.text, copy.kind, copy.id, field, code, Outcome.FLAGGED)
                for field, code in flags
            ]
        work.marked = work.marked or any(e.outcome is not Outcome.FLAGGED for e in exceptions)
        work.image = image
        work.delivered = copy.image()
        return exceptions

    def _count_brought(self, incoming: Record, base: Record) -> None:
        for dot in incoming.stamps:
            if dot.replica in self._foreign and any(
                dot in cell.siblings and not covers(base.cells.get(name, EMPTY).context, dot)
                for name, cell in incoming.cells.items()
            ):
                self.brought[dot.replica] = self.brought.get(dot.replica, 0) + 1

    def _touched(self, copy: Copy, stood: Parsed, incoming: Record) -> Record:
        """What stands here, as far as a copy may touch it: its own cells and what was refused; all of it in
        kinds where a deletion may need a right."""
        table, flats, contexts = stood
        if copy.kind not in self._authority.judge.guarded:
            flats = {n: f for n, f in flats.items() if n in incoming.cells or n.startswith(REFUSED)}
        return record_of(copy.kind, copy.id, table, flats, contexts)


def _refusals_first(cells: Iterable[str]) -> tuple[list[str], list[str]]:
    """Names of cells, apart: those that tell of refused saves, and those whose saves they may tell of."""
    refusals = [name for name in cells if name.startswith(REFUSED)]
    return refusals, [name for name in cells if not name.startswith(REFUSED)]


def _told(cells: Mapping[str, Cell]) -> dict[str, set[Dot]]:
    """Cell -> what was refused of it, by whatever life of the server."""
    told: dict[str, set[Dot]] = {}
    for dot, name, _ in refusals_in(cells):
        told.setdefault(name, set()).add(dot)
    return told


def _deletes(block: Block) -> bool:
    return any(name == DELETED for name, _, _ in block.cells)


def _singly(blocks: Iterable[Block]) -> Iterator[Copy]:
    for block in blocks:
        yield from block.copies()
