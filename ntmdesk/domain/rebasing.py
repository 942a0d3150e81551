"""A form that is open while its record changes underneath: what it must show now, and what has to be chosen.

Three states meet: what the form was filled with, what the record is now, and what stands in the form.  A
field the person has not touched takes the new value; a touched one keeps what was typed, and where the record
has another new value for it both are for the person to choose between.  Rows go one by one, sets element by
element, as they are merged everywhere else.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ntmdesk.domain.kinds import Kind

SETS = frozenset({"choices", "references"})


@dataclass(frozen=True, slots=True)
class Rebased:
    """``taken``: fields whose editor must show another value now (None blanks it).

    ``clashes``: touched fields that changed underneath too: the value to show if the person prefers theirs.
    """

    taken: dict[str, Any] = field(default_factory=dict)
    clashes: dict[str, Any] = field(default_factory=dict)


def rebase(
    kind: Kind,
    base: Mapping[str, Any],
    now: Mapping[str, Any],
    form: Mapping[str, Any],
    touched: Collection[str],
) -> Rebased:
    """``base``: what the form was filled with; ``now``: the record; ``form``: what stands there.

    ``touched``: fields that the person changed, half-typed ones too.  Blank fields are absent or None.
    """
    found = Rebased()
    for one in kind.fields:
        name = one.name
        before, after, typed = base.get(name), now.get(name), form.get(name)
        if _same(before, after, one.type):
            continue
        if name not in touched:
            found.taken[name] = after
        elif _same(typed, after, one.type):
            continue
        elif one.type in SETS:
            merged = _sets(before or (), after or (), typed or ())
            if not _same(merged, typed, one.type):
                found.taken[name] = merged or None
        elif one.type == "rows":
            mine, theirs = _rows(before or (), after or (), typed or ())
            if mine != (typed or []):
                found.taken[name] = mine or None
            if theirs is not None:
                found.clashes[name] = theirs or None
        else:
            found.clashes[name] = after
    return found


def changed_fields(kind: Kind, base: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of the fields that differ between two states of a record."""
    return tuple(f.name for f in kind.fields if not _same(base.get(f.name), now.get(f.name), f.type))


def _same(a: Any, b: Any, type_: str) -> bool:
    if type_ in SETS:
        return set(a or ()) == set(b or ())
    return (None if a == [] else a) == (None if b == [] else b)


def _sets(before: Sequence[Any], after: Sequence[Any], typed: Sequence[Any]) -> list[Any]:
    """Their set with what the person put in and without what the person took out."""
    gone = [x for x in before if x not in typed]
    kept = [x for x in after if x not in gone]
    return [*kept, *(x for x in typed if x not in before and x not in kept)]


def _rows(
    before: Sequence[Mapping[str, Any]],
    after: Sequence[Mapping[str, Any]],
    typed: Sequence[Mapping[str, Any]],
) -> tuple[list[Any], list[Any] | None]:
    """(rows with mine where both changed, the same with theirs; None where no row changed on both sides)."""
    old, new = _by_id(before), _by_id(after)
    mine: list[Any] = []
    theirs: list[Any] = []
    clash = False
    here = {row.get("id") for row in typed}
    for row in typed:
        id = row.get("id")
        if not id or id not in old:
            mine.append(dict(row))
            theirs.append(dict(row))
        elif id not in new:
            if row != old[id]:  # taken away there, changed here: it stays
                mine.append(dict(row))
                theirs.append(dict(row))
        elif new[id] == old[id] or row in (old[id], new[id]):
            one = row if new[id] == old[id] else new[id]
            mine.append(dict(one))
            theirs.append(dict(one))
        else:
            clash = True
            mine.append(dict(row))
            theirs.append(dict(new[id]))
    added = [dict(row) for row in after if row.get("id") not in here and row.get("id") not in old]
    return [*mine, *added], [*theirs, *added] if clash else None


def _by_id(rows: Sequence[Mapping[str, Any]]) -> dict[Any, Mapping[str, Any]]:
    return {row.get("id"): row for row in rows}
