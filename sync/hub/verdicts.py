"""What a server thinks of single values of one sender, and what it says by its own hand where it refuses one.

Every value is judged on its own (rule 26); what merges them is ``intake``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec

from sync.hub.guarding import (
    NO_RIGHT,
    ahead_of,
    deletions_refused,
    guarded_dots,
    no_more_than,
    replacements_refused,
    said_again,
    said_over,
)
from sync.hub.judging import reserved_code
from sync.hub.ports import Judge
from sync.hub.writing import LEADERS
from sync.protocol import facts
from sync.protocol.blocks import Block
from sync.protocol.cells import (
    CELL_BYTES_LIMIT,
    EMPTY,
    SIBLING_LIMIT,
    Cell,
    Twins,
    Value,
    canonical,
    is_fact,
    merge_cells,
    plain,
    twin_values,
    winner,
    winning_value,
    write,
)
from sync.protocol.copies import Copy
from sync.protocol.dots import Context, Dot, covers
from sync.protocol.receipts import Outcome, ReceiptException
from sync.protocol.records import BORN, DELETED, REFUSED, Record, Stamp

Refused = dict[Dot, dict[str, str]]
"""Dot -> cell -> code, of one record."""


class Authority(msgspec.Struct, frozen=True):
    """Who judges and signs: the catalogue, the role of the sender, the server's keys and replica id.

    ``now``: seconds since 1970; ``owns``: whether a replica id is one of the sender's device."""

    judge: Judge
    role: str
    private_key: bytes
    keys: Mapping[str, bytes]
    replica: str
    now: int
    owns: Callable[[str], bool]


class Verdicts:
    """The judgements of one authority; one thread, as long as its exchange."""

    def __init__(self, authority: Authority) -> None:
        self._authority = authority
        self._kinds: dict[str, str | None] = {}

    def of_kind(self, kind: str) -> str | None:
        """Why records of a kind cannot stand here at all, None when they can; asked once for each kind."""
        if kind not in self._kinds:
            self._kinds[kind] = self._authority.judge.judge(kind, BORN, True)
        return self._kinds[kind]

    def block_is_fine(self, block: Block) -> bool:
        """Whether nothing in these new records needs a word of the server."""
        kind, judge = block.kind, self._authority.judge
        if kind in judge.guarded or self.of_kind(kind) is not None:
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

    def all_fine(self, copy: Copy) -> bool:
        """Whether nothing in the copy of a new record needs a word of the server."""
        table, cells, _ = copy.parsed
        kind = copy.kind
        judge = self._authority.judge
        if kind in judge.guarded or self.of_kind(kind) is not None:
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

    def on(self, copy: Copy, name: str, cell: Cell, mine: Cell, base: Record) -> dict[Dot, str]:
        """Dot -> code of the siblings of ``cell`` that are new beside ``mine`` and may not stand, by
        themselves or for what they take away from the record that is here (``base``)."""
        judge, role = self._authority.judge, self._authority.role
        verdicts = self._on_values(copy, name, cell, mine)
        if not verdicts and copy.kind in judge.guarded:
            guarded = guarded_dots(judge, role, copy.kind, name, mine)
            if guarded:
                signed = self._facts_in(copy, name, cell)
                verdicts = replacements_refused(role, cell, mine, guarded, signed)
        if name == DELETED and not verdicts:
            verdicts = deletions_refused(judge, role, base, cell, mine)
        return verdicts

    def protects(
        self, copy: Copy, name: str, cell: Cell, mine: Cell, verdicts: Mapping[Dot, str]
    ) -> set[Dot]:
        """What stands in a cell that is not for this sender to take away.

        In the place of the server's choice a leader may put one of her own: nothing is protected then.  Where
        her copy takes something away and brings no value and no save of hers, it tells of none that replaced
        it: she may have taken in by hand what somebody without the right had put there.
        """
        authority = self._authority
        if copy.kind not in authority.judge.guarded:
            return set()
        fresh = {dot for dot in cell.siblings if not covers(mine.context, dot)}
        own = any(n > mine.context.get(r, 0) and authority.owns(r) for r, n in cell.context.items())
        takes = any(dot not in cell.siblings and covers(cell.context, dot) for dot in mine.siblings)
        role = authority.role if fresh or own or not takes else ""
        guarded = guarded_dots(authority.judge, role, copy.kind, name, mine)
        if guarded and role in LEADERS and not verdicts:
            return set() if fresh - self._facts_in(copy, name, cell).keys() else guarded
        return guarded

    def hold_back(
        self, copy: Copy, name: str, cell: Cell, mine: Cell, verdicts: Mapping[Dot, str]
    ) -> tuple[Cell, Context, list[Dot]]:
        """Of a guarded cell what this sender may say (``guarding.no_more_than``); what the server itself said
        it replaced there; and saves of others that wait for whoever may bring them."""
        owns = self._authority.owns
        signed = self._facts_in(copy, name, cell)
        known = {dot: over for dot, over in signed.items() if dot not in verdicts}
        others = {dot for dot in verdicts if dot not in signed and not owns(dot.replica)}
        ahead = [dot for dot in ahead_of(cell, mine, owns, known) if dot not in verdicts]
        less = no_more_than(cell, mine, owns, known, others)
        return less, said_over(known), sorted({*others, *ahead})

    def _facts_in(self, copy: Copy, name: str, cell: Cell) -> dict[Dot, Context]:
        """The values of a cell that the server has signed, with what each takes the place of."""
        keys = self._authority.keys
        return {
            dot: facts.replaced_by(value)
            for dot, value in cell.siblings.items()
            if is_fact(value) and facts.fact_is_true(keys, copy.kind, copy.id, name, dot, value)
        }

    def _on_values(self, copy: Copy, name: str, cell: Cell, mine: Cell) -> dict[Dot, str]:
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
        signed = is_fact(value) and facts.fact_is_true(authority.keys, copy.kind, copy.id, name, dot, value)
        if copy.kind in authority.judge.guarded and not signed:
            writer = authority.judge.writer(copy.kind, name, value)
            if writer == "server":
                return "unsigned"
            if writer == "leader" and authority.role not in LEADERS:
                return NO_RIGHT
        if signed:
            value = plain(value)
        code = authority.judge.judge(copy.kind, name, value)
        if (
            code is None
            and type(value) not in (bool, int, type(None))
            and len(canonical(value)) > CELL_BYTES_LIMIT
        ):
            return "cell_too_large"
        return code

    def speak(
        self,
        copy: Copy,
        cells: dict[str, Cell],
        stamps: dict[Dot, Stamp],
        counter: int,
        refused: Refused,
        stood: Mapping[str, Cell],
        rewritten: Mapping[str, Sequence[Value]],
    ) -> int:
        """The server's own word in ``cells`` and ``stamps``: last accepted values again, and what was refused
        why (rule 26); a value that is not everyone's to write is signed.

        ``counter``: of its first dot.  Returns that of its last: several values of a cell are several saves.
        ``stood``: the cells as they were.
        """
        authority = self._authority
        dot = Dot(counter, authority.replica)
        saves = max(map(len, rewritten.values()), default=1)
        for n in range(saves):
            stamps[Dot(counter + n, dot.replica)] = Stamp(authority.now, "", authority.judge.version)
        for name, values in rewritten.items():
            merged = cells[name]
            for n, again in enumerate(map(plain, values), saves - len(values)):
                own = Dot(counter + n, dot.replica)
                named, over = said_again(stood[name], merged, again)
                if authority.judge.writer(copy.kind, name, again) != "anyone":
                    again = facts.fact(authority.private_key, copy.kind, copy.id, name, own, again, over)
                cells[name] = write(cells[name], own, again, named)
        for bad, codes in refused.items():
            name = f"{REFUSED}/{bad.text}"
            old = cells.get(name, EMPTY)
            top = winner(old)
            known = plain(winning_value(old)) if top is not None else {}
            value = {"cells": {**known.get("cells", {}), **codes}}
            signed = facts.fact(authority.private_key, copy.kind, copy.id, name, dot, value)
            cells[name] = write(old, dot, signed, tuple(old.siblings))
        return counter + saves - 1


def known_refusals(
    copy: Copy, base: Record, incoming: Record, refused: Mapping[Dot, object]
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
                out.append(exception_of(copy, dot, field, code))
    return out


def clones(copy: Copy, name: str, came: Cell, merged: Cell) -> list[ReceiptException]:
    """Dots under which two values stand now: both are kept, and a person is told (rule 11)."""
    return [
        ReceiptException(dot.text, copy.kind, copy.id, name, "clone", Outcome.FLAGGED)
        for dot in sorted(came.siblings)
        if type(merged.siblings.get(dot)) is Twins
    ]


def exception_of(copy: Copy, dot: Dot, cell: str, code: str) -> ReceiptException:
    """What a receipt says of a value that does not stand; ``unknown_...`` waits, other codes are final."""
    outcome = Outcome.LATER if code.startswith("unknown_") else Outcome.REFUSED
    return ReceiptException(dot.text, copy.kind, copy.id, cell, code, outcome)


def later(copy: Copy, dot: Dot, cell: str) -> ReceiptException:
    """What a receipt says of somebody else's value that the sender cannot bring: it waits for its author, or
    for somebody who may write it."""
    return exception_of(copy, dot, cell, "unknown_dot")


def canonical_of(value: Value) -> bytes:
    """Canonical bytes of a sibling, twins included."""
    return canonical([*twin_values(value)])
