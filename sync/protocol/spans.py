"""What the laptops of a team tell one another of how far they hold each other's records.

A laptop numbers every change in its store.  A bundle with its records says from which number to which they
reach; whoever took all of them says so in its own next bundle, and what it says, never what was sent to it,
decides where the next bundle begins.
"""

from __future__ import annotations

import msgspec


class Span(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """With this bundle its reader holds every record that changed at its maker in (``after``, ``seq``].

    ``life``: the replica id under which the maker counts.  ``epoch`` and ``read``: provided that the reader
    has read the server's stream up to ``read`` in that life of it; 0 when nothing was left out for that.
    """

    life: str
    after: int
    seq: int
    epoch: str = ""
    read: int = 0


class Taken(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """All that the laptop ``device``, counting under the replica id ``life``, had up to ``seq`` is here."""

    device: str
    life: str
    seq: int


class Knows(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``catalogue``: version in force at the maker of a bundle; ``taken``: what it has of others' stores."""

    catalogue: int
    taken: tuple[Taken, ...] = ()
