"""What a server thinks of what one sender brings, and what it says by its own hand where it refuses a value.

Whole kinds, columns of new records and new records are passed here; cells of others in ``weighing``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from sync.hub.authority import Authority
from sync.hub.guarding import said_again
from sync.hub.weighing import refusals_in
from sync.protocol import facts
from sync.protocol.blocks import Block
from sync.protocol.cells import EMPTY, Cell, Twins, Value, plain, winner, winning_value, write
from sync.protocol.copies import Copy
from sync.protocol.dots import Dot
from sync.protocol.forms import reserved_code
from sync.protocol.receipts import Outcome, ReceiptException
from sync.protocol.records import BORN, REFUSED, Record, Stamp

Refused = dict[Dot, dict[str, str]]
"""Dot -> cell -> code, of one record."""


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
    copy: Copy,
    cells: Mapping[str, Cell],
    incoming: Record,
    refused: Mapping[Dot, object],
    owns: Callable[[str], bool],
) -> list[ReceiptException]:
    """A packet taken again, or after the life of the server that refused it was lost: it is told again, to
    its author alone.  What the present life took before it heard of that stands, and is not refused."""
    return [
        exception_of(copy, dot, field, code)
        for dot, field, code in refusals_in(cells)
        if dot not in refused
        and field in incoming.cells
        and dot in incoming.cells[field].siblings
        and dot not in cells.get(field, EMPTY).siblings
        and owns(dot.replica)
    ]


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
