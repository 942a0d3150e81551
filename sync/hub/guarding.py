"""What a sender may not take away: values of leaders and of the server, in cells and as whole records."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from sync.hub.ports import Judge
from sync.hub.writing import LEADERS
from sync.protocol.cells import (
    EMPTY,
    Cell,
    Value,
    canonical,
    is_fact,
    plain,
    seen_besides,
    twin_values,
    winner,
    winning_value,
)
from sync.protocol.dots import Context, Dot, covers, including, join
from sync.protocol.records import Record

NO_RIGHT = "not_your_role"
"""The code of what another role may write."""

Facts = Mapping[Dot, Context]
"""Values of one cell that the server has signed -> what each says it takes the place of."""


def guarded_dots(judge: Judge, role: str, kind: str, name: str, cell: Cell) -> set[Dot]:
    """What stands in an ordinary cell, hidden or shown, that is not for this role to take away."""
    if kind not in judge.guarded or name.startswith("_"):
        return set()
    return {
        dot
        for dot, sibling in cell.siblings.items()
        if not all(_may_write(judge.writer(kind, name, value), role) for value in twin_values(sibling))
    }


def replacements_refused(
    role: str, came: Cell, stood: Cell, guarded: Collection[Dot], facts: Facts
) -> dict[Dot, str]:
    """Verdicts on new values that take the place of one which a member may not write (``guarded``); what the
    server itself has put in a place (``facts``) may stand."""
    if role in LEADERS:
        return {}
    over = said_over(facts)
    if not any(covers(came.context, d) and d not in came.siblings and not covers(over, d) for d in guarded):
        return {}
    return {dot: NO_RIGHT for dot in came.siblings if dot not in facts and not covers(stood.context, dot)}


def said_over(facts: Facts) -> Context:
    """All that the server has said it put something else in the place of."""
    over: Context = {}
    for context in facts.values():
        over = join(over, context)
    return over


def ahead_of(came: Cell, stood: Cell, owns: Callable[[str], bool], facts: Facts) -> list[Dot]:
    """The newest saves of others that a copy of a guarded cell has seen and that are not known here."""
    known = join(stood.context, _said(facts))
    return [Dot(n, r) for r, n in sorted(came.context.items()) if n > known.get(r, 0) and not owns(r)]


def no_more_than(
    came: Cell, stood: Cell, owns: Callable[[str], bool], facts: Facts, others: Collection[Dot]
) -> Cell:
    """A guarded cell as this sender may speak of it: without ``others``, values of somebody else that he may
    not write, and taking the place only of what is known here, of what is his own, and of what the server
    itself has replaced.

    So nothing of a leader is gone before somebody brings it who may; while values wait for that, nothing that
    stands makes room for them.
    """
    siblings = {dot: value for dot, value in came.siblings.items() if dot not in others}
    known = join(stood.context, _said(facts))
    context = {r: n if owns(r) else min(n, known.get(r, 0)) for r, n in came.context.items()}
    kept = set(others)
    if others:
        over = said_over(facts)
        kept |= {dot for dot in stood.siblings if not covers(over, dot) and not owns(dot.replica)}
    return Cell(siblings, including(seen_besides(Cell({}, context), kept), siblings))


def _said(facts: Facts) -> Context:
    return including(said_over(facts), facts)


def taken_away(stood: Cell, merged: Cell, over: Context, guarded: Collection[Dot]) -> list[Value]:
    """The values to say again after a merge that takes some of ``guarded`` away, in this order: those that
    are gone but not what the server said it replaced (``over``), and last what was shown, so that it still
    is."""
    kept = {canonical(plain(v)) for s in merged.siblings.values() for v in twin_values(s)}
    gone: dict[bytes, Value] = {}
    for dot in sorted(guarded):
        if dot in merged.siblings or covers(over, dot):
            continue
        for value in twin_values(stood.siblings[dot]):
            if canonical(plain(value)) not in kept:
                gone.pop(canonical(plain(value)), None)
                gone[canonical(plain(value))] = value
    top = winner(stood)
    if gone and top is not None:
        shown = winning_value(merged if merged.siblings and covers(over, top) else stood)
        gone.pop(canonical(plain(shown)), None)
        gone[canonical(plain(shown))] = shown
    return list(gone.values())


def said_again(stood: Cell, merged: Cell, value: Value) -> tuple[list[Dot], Context]:
    """What a value that the server says again takes the place of: the dots of ``merged`` under which the
    server has said it already, and of all that was seen what neither stays nor said anything else."""
    same = canonical(plain(value))

    def says_it(sibling: Value) -> bool:
        return all(canonical(plain(one)) == same for one in twin_values(sibling))

    named = [dot for dot, sibling in merged.siblings.items() if is_fact(sibling) and says_it(sibling)]
    other = [dot for dot, sibling in stood.siblings.items() if not says_it(sibling)]
    return named, seen_besides(merged, {*merged.siblings.keys() - set(named), *other})


def deletions_refused(judge: Judge, role: str, base: Record, came: Cell, stood: Cell) -> dict[Dot, str]:
    """Verdicts on new deletions of a record in which something stands that the sender may not write; one that
    claims to have seen more of such a field than is known here waits."""
    fresh = [
        dot
        for dot in came.siblings.keys() - stood.siblings.keys()
        if dot.counter > stood.context.get(dot.replica, 0)
    ]
    if not fresh or base.kind not in judge.guarded:
        return {}
    if any(guarded_dots(judge, role, base.kind, name, cell) for name, cell in base.cells.items()):
        return dict.fromkeys(fresh, NO_RIGHT)
    return {dot: "unknown_dot" for dot in fresh if _saw_more(judge, role, base, came.siblings[dot])}


def _saw_more(judge: Judge, role: str, base: Record, deletion: Value) -> bool:
    """Whether a deletion covers saves not known here in a field whose every value is another role's."""
    return any(
        counter > base.cells.get(name, EMPTY).context.get(replica, 0)
        for value in twin_values(deletion)
        for names, context in value
        for name in names
        if not _may_write(judge.writer(base.kind, name, None), role)
        for replica, counter in context.items()
    )


def _may_write(writer: str, role: str) -> bool:
    return writer == "anyone" or (writer == "leader" and role in LEADERS)
