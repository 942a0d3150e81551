"""One cell of a sender's copy, weighed against what stands in it here: what of it he may say.

Every value is judged on its own (rule 26).  Nothing is merged here (``intake`` does) and nothing is said.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from sync.hub.authority import Authority
from sync.hub.guarding import (
    NO_RIGHT,
    Facts,
    ahead_of,
    deletions_refused,
    guarded_dots,
    no_more_than,
    replacements_refused,
    said_over,
    taken_away,
)
from sync.hub.writing import LEADERS
from sync.protocol import facts
from sync.protocol.cells import (
    SIBLING_LIMIT,
    Cell,
    Value,
    is_fact,
    merge_cells,
    plain,
    twin_values,
    winning_value,
)
from sync.protocol.copies import Copy
from sync.protocol.dots import Context, Dot, covers
from sync.protocol.forms import is_too_large, news, reserved_code
from sync.protocol.records import DELETED, REFUSED, Record

Told = Collection[Dot]
"""Saves of one cell that a life of the server has refused already."""


class Weighed(NamedTuple):
    """What may be merged of a cell, and what is to be said of the rest.

    ``cell``: None when nothing of it may.  ``verdicts``: dot -> code of new values that are not in it;
    ``waiting``: saves that wait for whoever may bring them.  ``protected``: what stands here and is not for
    this sender to take away; ``over``: what the server itself has said it replaced.  ``fell``: whether a new
    value of his fell, so that what it replaced must be said again.
    """

    cell: Cell | None
    verdicts: dict[Dot, str]
    waiting: list[Dot]
    protected: set[Dot]
    over: Context
    fell: bool

    def said_again(self, mine: Cell, merged: Cell) -> Sequence[Value]:
        """The values of ``mine`` that the server must write again, as ``merged`` has taken them away: those
        that were not his to take, or what stood where his own fell."""
        if self.protected:
            return taken_away(mine, merged, self.over, mine.siblings if self.verdicts else self.protected)
        if self.fell and not merged.siblings and mine.siblings:
            return (winning_value(mine),)
        return ()


class Weighing:
    """The cell ``name`` of ``copy`` as it came, beside ``mine``, which stands in the record ``base``."""

    def __init__(
        self, authority: Authority, copy: Copy, name: str, came: Cell, mine: Cell, base: Record, told: Told
    ) -> None:
        self._authority = authority
        self._copy = copy
        self._name = name
        self._mine = mine
        self._base = base
        self._told = told
        late = {dot for dot in came.siblings if dot in told and not covers(mine.context, dot)}
        self._late = bool(late)
        """Whether it holds what a lost life refused: whoever brings that, it is refused and known here."""
        self._cell = Cell({d: v for d, v in came.siblings.items() if d not in late}, came.context)

    def weigh(self) -> Weighed:
        """The judgement; asks nothing of anybody and changes nothing."""
        authority, cell = self._authority, self._cell
        verdicts = self._verdicts()
        codes = set(verdicts.values())
        if any(code.startswith("unknown_") for code in codes):
            return Weighed(None, verdicts, [], set(), {}, False)
        if verdicts and self._name.startswith("_") and (self._name != DELETED or codes != {NO_RIGHT}):
            return Weighed(None, verdicts, [], set(), {}, False)
        protected = self._protected(verdicts)
        waiting: list[Dot] = []
        over: Context = {}
        may_not = authority.role not in LEADERS and self._copy.kind in authority.judge.guarded
        if protected or NO_RIGHT in codes or (self._late and may_not):
            cell, waiting = self._no_more_than_he_may(verdicts)
            over = said_over(self._known(verdicts))
            verdicts = {dot: code for dot, code in verdicts.items() if dot not in waiting}
        if verdicts:
            cell = Cell({d: v for d, v in cell.siblings.items() if d not in verdicts}, cell.context)
        return Weighed(cell, verdicts, waiting, protected, over, self._late or bool(verdicts))

    @cached_property
    def _guarded(self) -> set[Dot]:
        """What stands here that this role may not write."""
        authority = self._authority
        return guarded_dots(authority.judge, authority.role, self._copy.kind, self._name, self._mine)

    @cached_property
    def _facts(self) -> Facts:
        """The values that the server has signed, with what each takes the place of."""
        return {
            dot: facts.replaced_by(value)
            for dot, value in self._cell.siblings.items()
            if is_fact(value) and self._is_true(dot, value)
        }

    def _is_true(self, dot: Dot, value: Value) -> bool:
        copy = self._copy
        return facts.fact_is_true(self._authority.keys, copy.kind, copy.id, self._name, dot, value)

    def _verdicts(self) -> dict[Dot, str]:
        """Dot -> code of new values that may not stand, by themselves or for what they take away."""
        judge, role, kind = self._authority.judge, self._authority.role, self._copy.kind
        verdicts = self._of_values()
        if not verdicts and kind in judge.guarded and self._guarded:
            verdicts = replacements_refused(role, self._cell, self._mine, self._guarded, self._facts)
        if self._name == DELETED and not verdicts:
            verdicts = deletions_refused(judge, role, self._base, self._cell, self._mine)
        return verdicts

    def _of_values(self) -> dict[Dot, str]:
        verdicts: dict[Dot, str] = {}
        cell, mine = self._cell, self._mine
        for fresh, (dot, value) in enumerate(news(cell, mine), 1):
            code: str | None = None
            for one in twin_values(value):
                code = code or self._code(dot, one)
            if code is None and len(mine.siblings) + fresh > SIBLING_LIMIT:
                alive = merge_cells(mine, cell).siblings
                code = "too_many_siblings" if len(alive) > SIBLING_LIMIT else None
            if code is not None:
                verdicts[dot] = code
        return verdicts

    def _code(self, dot: Dot, value: Value) -> str | None:
        judge, role, kind, name = self._authority.judge, self._authority.role, self._copy.kind, self._name
        signed = is_fact(value) and (
            dot in self._facts if value is self._cell.siblings[dot] else self._is_true(dot, value)
        )
        if facts.is_server_cell(name):
            return None if signed else "unsigned"
        if name.startswith("_"):
            return reserved_code(name, value)
        if kind in judge.guarded and not signed:
            writer = judge.writer(kind, name, value)
            if writer == "server":
                return "unsigned"
            if writer == "leader" and role not in LEADERS:
                return NO_RIGHT
        if signed:
            value = plain(value)
        code = judge.judge(kind, name, value)
        return "cell_too_large" if code is None and is_too_large(value) else code

    def _protected(self, verdicts: Mapping[Dot, str]) -> set[Dot]:
        """What stands here that is not for this sender to take away.

        In the place of the server's choice a leader may put one of her own: nothing is protected then.  Where
        her copy takes something away and brings no value and no save of hers, it tells of none that replaced
        it: she may have taken in by hand what somebody without the right had put there.
        """
        authority, cell, mine = self._authority, self._cell, self._mine
        if self._copy.kind not in authority.judge.guarded:
            return set()
        if authority.role not in LEADERS:
            return self._guarded
        fresh = {dot for dot in cell.siblings if not covers(mine.context, dot)}
        own = any(n > mine.context.get(r, 0) and authority.owns(r) for r, n in cell.context.items())
        takes = any(dot not in cell.siblings and covers(cell.context, dot) for dot in mine.siblings)
        if takes and not (fresh or own):
            return guarded_dots(authority.judge, "", self._copy.kind, self._name, mine)
        if self._guarded and not verdicts and fresh - self._facts.keys():
            return set()
        return self._guarded

    def _known(self, verdicts: Mapping[Dot, str]) -> Facts:
        """What a server has said of the cell: the facts that may stand."""
        return {dot: over for dot, over in self._facts.items() if dot not in verdicts}

    def _no_more_than_he_may(self, verdicts: Mapping[Dot, str]) -> tuple[Cell, list[Dot]]:
        """Of a guarded cell what this sender may say (``guarding.no_more_than``), and saves of others that
        wait for whoever may bring them."""
        owns = self._authority.owns
        known = {**dict.fromkeys(self._told, Context()), **self._known(verdicts)}
        others = {dot for dot in verdicts if dot not in self._facts and not owns(dot.replica)}
        ahead = [dot for dot in ahead_of(self._cell, self._mine, owns, known) if dot not in verdicts]
        less = no_more_than(self._cell, self._mine, owns, known, others)
        return less, sorted({*others, *ahead})


def refusals_in(cells: Mapping[str, Cell]) -> Iterator[tuple[Dot, str, str]]:
    """What the facts in a record's reserved cells say was refused: dot, cell, code."""
    for name, cell in cells.items():
        if name.startswith(REFUSED + "/") and cell.siblings:
            dot = Dot.parse(name.partition("/")[2])
            for field, code in plain(winning_value(cell))["cells"].items():
                yield dot, field, code
