"""What a schedule remembers of itself: what was saved, what an edit named, what a restore took away.

It outlives the process that does the work: everything told to a book goes down a pipe as well, so that the
one who watches knows what had been acknowledged when the other was killed.
"""

from __future__ import annotations

import os
import pickle
import struct
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

from sync.protocol.dots import Dot


class Saved(NamedTuple):
    """One value that a person was told is saved.  ``n``: of the laptop."""

    n: int
    id: str
    cell: str
    dot: Dot
    value: Any


class Kept(NamedTuple):
    """A copy of a laptop.  ``saves``: how many values it had saved by then; ``whole``: with its witness."""

    n: int
    folder: Path
    saves: int
    whole: bool


class Book:
    """Told in order; ``counts``: operations, deaths and the rest by name."""

    def __init__(self) -> None:
        self.pipe: int | None = None
        self.saved: dict[int, list[Saved]] = {}
        self.named: set[tuple[str, str, Dot]] = set()
        self.lost: set[tuple[str, str, Dot]] = set()
        self.lies: set[tuple[str, str, int]] = set()
        self.counts: Counter[str] = Counter()
        self.copies: list[Kept] = []
        self.backups: list[tuple[Path, str]] = []
        self.flags: set[str] = set()
        self.trace: list[tuple[str, int]] = []
        self.failure = ""

    def tell(self, what: str, *details: Any) -> None:
        """One event: applied here and, where somebody watches, sent to them before anything else happens."""
        if self.pipe is not None:
            data = pickle.dumps((what, details))
            whole = memoryview(struct.pack(">I", len(data)) + data)
            while whole:
                whole = whole[os.write(self.pipe, whole) :]
        getattr(self, f"_{what}")(*details)

    def _did(self, name: str, operations: int) -> None:
        self.counts["operations"] += operations
        self.counts[name] += 1

    def _came(self, accepted: int, refused: int) -> None:
        """Records of packets that the server has judged."""
        self.counts["records accepted"] += accepted
        self.counts["records refused"] += refused

    def _begun(self, name: str, seed: int) -> None:
        self.trace.append((name, seed))

    def _named(self, dots: list[tuple[str, str, Dot]]) -> None:
        self.named.update(dots)

    def _saved(self, values: list[Saved]) -> None:
        for value in values:
            self.saved.setdefault(value.n, []).append(value)

    def _failed(self, told: str) -> None:
        self.failure = told

    def _lied(self, id: str, cell: str, n: int) -> None:
        self.lies.add((id, cell, n))

    def _flag(self, name: str) -> None:
        self.flags.add(name)

    def _kept(self, copy: Kept) -> None:
        self.copies.append(copy)

    def _put_back(self, copy: Kept) -> None:
        """What the laptop had saved since the copy may be gone with it."""
        if copy.whole:
            self.flags.add(f"cloned_{copy.n}")
        self.lost.update((s.id, s.cell, s.dot) for s in self.saved.get(copy.n, [])[copy.saves :])

    def _backup(self, file: Path, epoch: str) -> None:
        self.backups.append((file, epoch))


def read_events(data: bytes) -> list[tuple[str, tuple[Any, ...]]]:
    """The whole events in what came down the pipe; a torn last one had not been acknowledged."""
    events = []
    at = 0
    while at + 4 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        if at + 4 + length > len(data):
            break
        events.append(pickle.loads(data[at + 4 : at + 4 + length]))  # noqa: S301  written by this very program
        at += 4 + length
    return events
