"""Taking packets in: every value judged on its own, cells merged in memory, nothing written yet.

One ``Intake`` lives for one exchange and one stream, under the stream's lock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from sync.hub.certifying import Certificates
from sync.hub.guarding import deletions_refused, is_guarded, replacements_refused
from sync.hub.judging import reserved_code
from sync.hub.ports import Judge, Put, Stored, StreamState
from sync.hub.writing import LEADERS
from sync.protocol import facts
from sync.protocol.blocks import Block, Body
from sync.protocol.cells import (
    CELL_BYTES_LIMIT,
    EMPTY,
    SIBLING_LIMIT,
    Cell,
    Twins,
    Value,
    canonical,
    merge_cells,
    twin_values,
    winner,
    winning_value,
    write,
)
from sync.protocol.claims import claims, exceeding, lowered
from sync.protocol.copies import CELLS_LIMIT, Copy, encode
from sync.protocol.dots import COUNTER_LIMIT, COUNTER_STEP, Dot, covers
from sync.protocol.errors import WireError
from sync.protocol.image import Parsed, image_hashes, parse_image, patch_image, record_of
from sync.protocol.packets import PacketHead
from sync.protocol.receipts import Outcome, ReceiptException
from sync.protocol.records import BORN, DELETED, REFUSED, Record, Stamp, is_fact, plain

NOTHING: Parsed = ([], {}, {})
"""The image of a record that is not here."""

_TOLD = b'"_refused/'
"""In the image of a record about which the server has said something."""


class Authority(msgspec.Struct, frozen=True):
    """Who judges and signs: the catalogue, the role of the sender, the server's keys and replica id.

    ``owns``: whether a replica id is one of the sender's device."""

    judge: Judge
    role: str
    private_key: bytes
    keys: Mapping[str, bytes]
    replica: str
    now: int
    owns: Callable[[str], bool]


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
        self._kinds: dict[str, str | None] = {}
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
            if work is None and stored is None and plain and self._all_fine(copy):
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
            exceptions += [
                ReceiptException(dot, copy.kind, copy.id, cell, "unknown_dot", Outcome.LATER)
                for cell, dot in aside
            ]
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
            or not self._block_is_fine(block)
        ):
            return False
        images = [image.encode() for image in block.images()]
        if max(map(len, images)) > CELL_BYTES_LIMIT:
            return False
        kind, works = block.kind, self.works
        for id, image in zip(block.ids, images, strict=True):
            works[id] = Work(kind, image, 0, b"", image)
        return True

    def _block_is_fine(self, block: Block) -> bool:
        kind, judge = block.kind, self._authority.judge
        if kind in judge.guarded or self._kind_code(kind) is not None:
            return False
        for name, _, values in block.cells:
            if name[0] == "_":
                if name != BORN or values.count(True) != len(values) or set(map(type, values)) != {bool}:
                    return False
            elif not judge.fine(kind, name, values):
                return False
        for field, _, keys, values, all_true in block.elements:
            if field[:1] in ("", "_"):
                return False
            if all_true:
                if not judge.fine(kind, f"{field}/", keys):
                    return False
            elif any(
                judge.judge(kind, f"{field}/{key}", value) is not None
                for key, value in zip(keys, values, strict=True)
            ):
                return False
        return True

    def _all_fine(self, copy: Copy) -> bool:
        """Whether nothing in a copy needs a word of the server."""
        table, cells, _ = copy.parsed
        kind = copy.kind
        judge = self._authority.judge
        if kind in judge.guarded or self._kind_code(kind) is not None:
            return False
        code = judge.judge
        for name, flat in cells.items():
            if len(flat) != 2:
                return False
            if name[0] == "_":
                if facts.is_server_cell(name) or reserved_code(name, flat[1]) is not None:
                    return False
            elif code(kind, name, flat[1]) is not None:
                return False
        return bool(table)

    def _kind_code(self, kind: str) -> str | None:
        """Whether records of a kind can stand here at all; asked once for each kind."""
        if kind not in self._kinds:
            self._kinds[kind] = self._authority.judge.judge(kind, BORN, True)
        return self._kinds[kind]

    def _merge(self, work: Work, copy: Copy) -> list[ReceiptException]:
        authority = self._authority
        incoming = copy.record()
        unknown = self._kind_code(copy.kind)
        if unknown is not None:
            work.marked = True
            return [self._exception(copy, dot, "", unknown) for dot in sorted(incoming.stamps)]
        if work.kind != copy.kind:
            work.marked = True
            return [self._exception(copy, dot, "", "id_in_use") for dot in sorted(incoming.stamps)]
        stood = parse_image(work.image) if work.image else NOTHING
        if len(stood[1].keys() | incoming.cells.keys()) > CELLS_LIMIT:
            work.marked = True
            return [self._exception(copy, dot, "", "too_many_cells") for dot in sorted(incoming.stamps)]
        base = self._touched(copy, stood, incoming)
        cells = dict(base.cells)
        self._count_brought(incoming, base)
        exceptions: list[ReceiptException] = []
        refused: dict[Dot, dict[str, str]] = {}
        rewritten: dict[str, Value] = {}
        clones: list[ReceiptException] = []
        for name, cell in incoming.cells.items():
            mine = cells.get(name, EMPTY)
            verdicts = self._verdicts(copy, name, cell, mine)
            if not verdicts and copy.kind in authority.judge.guarded:
                verdicts = replacements_refused(authority.judge, authority.role, copy.kind, name, cell, mine)
            if name == DELETED and not verdicts:
                verdicts = deletions_refused(authority.judge, authority.role, base, cell, mine)
            if any(c == "not_your_role" and not authority.owns(d.replica) for d, c in verdicts.items()):
                continue  # somebody else's value: its author brings it, with the right to write it
            if any(code.startswith("unknown_") for code in verdicts.values()):
                exceptions += [self._exception(copy, d, name, c) for d, c in sorted(verdicts.items())]
                continue
            if verdicts and name.startswith("_"):
                exceptions += [self._exception(copy, d, name, c) for d, c in sorted(verdicts.items())]
                continue
            kept = (
                {d: v for d, v in cell.siblings.items() if d not in verdicts} if verdicts else cell.siblings
            )
            merged = merge_cells(mine, Cell(kept, cell.context))
            clones += self._clones(copy, name, cell, merged)
            guarded = verdicts or is_guarded(authority.judge, authority.role, copy.kind, name, mine)
            if guarded and not merged.siblings and mine.siblings:
                rewritten[name] = winning_value(mine)
            for dot, code in verdicts.items():
                refused.setdefault(dot, {})[name] = code
                exceptions.append(self._exception(copy, dot, name, code))
            cells[name] = merged
        if not work.image and not any(cell.siblings or cell.context for cell in cells.values()):
            work.marked = True
            return exceptions
        stamps = {**base.stamps, **incoming.stamps}
        if refused or rewritten:
            self._write(copy, cells, stamps, refused, rewritten)
        exceptions += [*clones, *self._known_refusals(copy, base, incoming, refused)]
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

    def _verdicts(self, copy: Copy, name: str, cell: Cell, mine: Cell) -> dict[Dot, str]:
        """Dot -> code of the siblings that are new here and may not stand."""
        verdicts: dict[Dot, str] = {}
        fresh = 0
        for dot, value in cell.siblings.items():
            if dot in mine.siblings:
                if value is mine.siblings[dot] or canonical_of(value) == canonical_of(mine.siblings[dot]):
                    continue
            elif dot.counter <= mine.context.get(dot.replica, 0):
                continue
            fresh += 1
            code: str | None = None
            for one in twin_values(value):
                code = code or self._code(copy, name, dot, one)
            if code is None and len(mine.siblings) + fresh > SIBLING_LIMIT:
                alive = merge_cells(mine, cell).siblings
                code = "too_many_siblings" if len(alive) > SIBLING_LIMIT else None
            if code is not None:
                verdicts[dot] = code
        return verdicts

    def _code(self, copy: Copy, name: str, dot: Dot, value: Value) -> str | None:
        authority = self._authority
        if facts.is_server_cell(name):
            true = facts.fact_is_true(authority.keys, copy.kind, copy.id, name, dot, value)
            return None if true else "unsigned"
        if name.startswith("_"):
            return reserved_code(name, value)
        if copy.kind in authority.judge.guarded:
            writer = authority.judge.writer(copy.kind, name, value)
            if writer == "server":
                if not facts.fact_is_true(authority.keys, copy.kind, copy.id, name, dot, value):
                    return "unsigned"
                value = plain(value)
            elif writer == "leader" and authority.role not in LEADERS:
                return "not_your_role"
        elif is_fact(value) and facts.fact_is_true(authority.keys, copy.kind, copy.id, name, dot, value):
            value = plain(value)
        code = authority.judge.judge(copy.kind, name, value)
        if (
            code is None
            and type(value) not in (bool, int, type(None))
            and len(canonical(value)) > CELL_BYTES_LIMIT
        ):
            return "cell_too_large"
        return code

    def _write(
        self,
        copy: Copy,
        cells: dict[str, Cell],
        stamps: dict[Dot, Stamp],
        refused: dict[Dot, dict[str, str]],
        rewritten: dict[str, Value],
    ) -> None:
        """One save of the server's: last accepted values again, and what was refused why (rule 26)."""
        self.highest += 1
        dot = Dot(self.highest, self._authority.replica)
        stamps[dot] = Stamp(self._authority.now, "", self._authority.judge.version)
        for name, value in rewritten.items():
            again = plain(value)
            if is_fact(value):
                again = facts.fact(self._authority.private_key, copy.kind, copy.id, name, dot, again)
            cells[name] = write(cells[name], dot, again, ())
        for bad, codes in refused.items():
            name = f"{REFUSED}/{bad.text}"
            old = cells.get(name, EMPTY)
            top = winner(old)
            known = plain(winning_value(old)) if top is not None else {}
            value = {"cells": {**known.get("cells", {}), **codes}}
            signed = facts.fact(self._authority.private_key, copy.kind, copy.id, name, dot, value)
            cells[name] = write(old, dot, signed, tuple(old.siblings))

    def _known_refusals(
        self, copy: Copy, base: Record, incoming: Record, refused: Mapping[Dot, object]
    ) -> list[ReceiptException]:
        """A packet taken again: what was refused the first time is told again."""
        out: list[ReceiptException] = []
        for name, cell in base.cells.items():
            if not name.startswith(REFUSED + "/") or not cell.siblings:
                continue
            dot = Dot.parse(name.partition("/")[2])
            if dot in refused or dot not in incoming.stamps:
                continue
            for field, code in plain(winning_value(cell))["cells"].items():
                if field in incoming.cells and dot in incoming.cells[field].siblings:
                    out.append(self._exception(copy, dot, field, code))
        return out

    def _clones(self, copy: Copy, name: str, came: Cell, merged: Cell) -> list[ReceiptException]:
        """Dots under which two values stand now: both are kept, and a person is told (rule 11)."""
        return [
            ReceiptException(dot.text, copy.kind, copy.id, name, "clone", Outcome.FLAGGED)
            for dot in sorted(came.siblings)
            if type(merged.siblings.get(dot)) is Twins
        ]

    def _exception(self, copy: Copy, dot: Dot, cell: str, code: str) -> ReceiptException:
        outcome = Outcome.LATER if code.startswith("unknown_") else Outcome.REFUSED
        return ReceiptException(dot.text, copy.kind, copy.id, cell, code, outcome)


def _deletes(block: Block) -> bool:
    return any(name == DELETED for name, _, _ in block.cells)


def _singly(blocks: Iterable[Block]) -> Iterator[Copy]:
    for block in blocks:
        yield from block.copies()


def canonical_of(value: Value) -> bytes:
    """Canonical bytes of a sibling, twins included."""
    return canonical([*twin_values(value)])
