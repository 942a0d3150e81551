"""Records of every shape for property tests: partial, stale, twinned, deleted, of unknown kinds."""

from __future__ import annotations

import random
from typing import Any

from hypothesis import strategies as st

from sync.protocol import records
from sync.protocol.cells import Cell, Twins, canonical
from sync.protocol.dots import Dot
from sync.protocol.records import Record, Stamp

REPLICAS = ["00000000000000aa", "00000000000000bb", "cc00000000000000"]
WORDS = [
    "Ấp Đông",
    "ngõ 3 / xóm 4",
    "A\u0323\u0302",
    "\u2028\n\t",
    "\x7f\x00",
    "𝕳",
    "",
    "0912345678",
    "2026-11-22",
]
NAMES = [
    "name",
    "phone",
    "@address",
    "lines/r1",
    "lines/r2",
    "tags/D01",
    "tags/D02",
    "một_ô",
    "_born",
    "x" * 60,
]

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**53), 2**53),
    st.floats(allow_nan=False, allow_infinity=False, width=32),
    st.sampled_from(WORDS),
    st.text(st.characters(codec="utf-8"), max_size=12),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


@st.composite
def cells(draw: st.DrawFn) -> Cell:
    """Any cell that could be met, twins included."""
    siblings: dict[Dot, Any] = {}
    for replica, counter in draw(
        st.lists(st.tuples(st.sampled_from(REPLICAS), st.integers(1, 9)), max_size=3, unique=True)
    ):
        chosen = draw(st.lists(values, min_size=1, max_size=2, unique_by=canonical))
        ordered = tuple(sorted(chosen, key=canonical))
        siblings[Dot(counter, replica)] = ordered[0] if len(ordered) == 1 else Twins(ordered)
    context = dict(draw(st.dictionaries(st.sampled_from(REPLICAS), st.integers(1, 12), max_size=3)))
    for dot in siblings:
        context[dot.replica] = max(context.get(dot.replica, 0), dot.counter)
    return Cell(siblings, context)


@st.composite
def any_records(draw: st.DrawFn, kind: str | None = None, id: str | None = None) -> Record:
    """Any record; every dot has a stamp."""
    chosen = draw(st.dictionaries(st.sampled_from(NAMES), cells(), min_size=1, max_size=5))
    dots = sorted({dot for cell in chosen.values() for dot in cell.siblings})
    stamps = {
        dot: Stamp(draw(st.integers(0, 2**40)), draw(st.sampled_from(["", "member"])), 1) for dot in dots
    }
    return Record(
        kind or draw(st.sampled_from(["visit", "resident", "chua_biet"])),
        id or draw(st.uuids().map(str)),
        chosen,
        stamps,
    )


def schedule(chance: random.Random, steps: int) -> tuple[list[Record], list[Record]]:
    """Three replicas edit one record and merge whole, partial, stale and repeated copies.

    Returns the replicas' states and all copies that ever travelled.
    """
    start = records.create("visit", "v", {"a": 0, "lines/1": {"#": 1}}, Dot(1, REPLICAS[0]), Stamp(1, "", 1))
    states = [start, start, start]
    copies: list[Record] = [start]
    counters = [1, 0, 0]
    for _ in range(steps):
        n = chance.randrange(3)
        act = chance.random()
        if act < 0.55:
            counters[n] = 1 + max(counters[n], records.highest_counter(states[n]))
            dot = Dot(counters[n], REPLICAS[n])
            stamp = Stamp(counters[n], "", 1)
            what = chance.random()
            if what < 0.6:
                names = chance.sample(["a", "b", "@g", "lines/1"], chance.randint(1, 2))
                states[n] = records.edit(states[n], {name: [n, counters[n]] for name in names}, dot, stamp)
            elif what < 0.75:
                states[n] = records.edit(states[n], {"lines/1": records.REMOVED}, dot, stamp)
            elif what < 0.9:
                states[n] = records.delete(states[n], dot, stamp)
            else:
                states[n] = records.restore(states[n], dot, stamp)
            floor = chance.choice([0, counters[n] - 1])
            copies.append(chance.choice([states[n], records.partial(states[n], REPLICAS[n], floor)]))
        else:
            states[n] = records.merge(states[n], chance.choice(copies))
    return states, copies
