"""Dots and contexts: who wrote what, having seen what.

A *dot* names one save for ever: the replica that made it and that replica's counter.  Counters are
Lamport counters: one more than the highest counter the replica knows from anywhere, so a save made in
knowledge of another always has the greater counter.  No wall clock takes part.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

Replica = str
"""An incarnation of a store: 16 lower-case hexadecimal digits (64 random bits)."""

Context = dict[Replica, int]
"""For each replica the highest counter ever seen for one field."""

COUNTER_LIMIT = 2**53
"""Counters at or above this are refused on every road: JSON numbers stay exact below it."""


COUNTER_STEP = 2**32
"""A counter this far above the highest known is refused on every road (rule 12)."""


class Dot(NamedTuple):
    """(counter, replica), in this order so that the greatest tuple is the shown winner everywhere."""

    counter: int
    replica: Replica

    @property
    def text(self) -> str:
        """The form people and files use: ``replica:counter``."""
        return f"{self.replica}:{self.counter}"

    @classmethod
    def parse(cls, text: str) -> Dot:
        """Reads ``replica:counter``; ValueError for anything else."""
        replica, colon, counter = text.partition(":")
        if not colon or not is_replica(replica) or not counter.isdecimal() or not counter.isascii():
            raise ValueError(text)
        value = int(counter)
        if not 0 < value < COUNTER_LIMIT:
            raise ValueError(text)
        return cls(value, replica)


def is_replica(text: str) -> bool:
    """Whether a text has the form of a replica id."""
    return len(text) == 16 and all(c in "0123456789abcdef" for c in text)


def covers(context: Mapping[Replica, int], dot: Dot) -> bool:
    """Whether a dot had been seen by whoever holds this context."""
    return dot.counter <= context.get(dot.replica, 0)


def including(context: Mapping[Replica, int], dots: Iterable[Dot]) -> Context:
    """The context of someone who has also seen these dots."""
    seen = dict(context)
    for dot in dots:
        if dot.counter > seen.get(dot.replica, 0):
            seen[dot.replica] = dot.counter
    return seen


def join(a: Mapping[Replica, int], b: Mapping[Replica, int]) -> Context:
    """The context of someone who has seen what both have seen: the maximum for each replica."""
    joined = dict(a)
    for replica, counter in b.items():
        if counter > joined.get(replica, 0):
            joined[replica] = counter
    return joined
