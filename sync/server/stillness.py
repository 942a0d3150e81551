"""What exchanges have read from the database, true for as long as nobody commits.

Most syncs find nothing new.  The first of them reads; while the database stands still, the next of the same
laptop is answered by the same rules from what that one has read.  Whatever was not read then, and anything
that is to be written, is done in a transaction as ever.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple, NoReturn, TypeVar, cast

from sync.hub.ports import ArchiveTransaction, StreamState, Talk
from sync.protocol.pages import Digest, Epoch
from sync.server.accounts import Guest
from sync.server.store.archive import Read, SqlArchive
from sync.server.store.commits import Mark
from sync.server.store.sums import Sums

K = TypeVar("K")
V = TypeVar("V")

KEPT = 5_000
"""Laptops of which something is remembered; the longest silent are forgotten first."""


class NotRead(Exception):
    """Nobody has read this, or it would write: the database must be asked."""


class Remembered(NamedTuple):
    """Of one laptop.  ``guest``: what the door said; ``read``: what its exchange read."""

    guest: Guest
    read: Read


class Stillness:
    """The memory of one server, under the mark of one moment.  Any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._mark: Mark | None = None
        self._kept: OrderedDict[bytes, Remembered] = OrderedDict()

    def find(self, mark: Mark | None, token: bytes) -> Remembered | None:
        """What is remembered of the laptop whose token has this hash, if nothing was committed since."""
        with self._lock:
            if mark is None or mark != self._mark:
                return None
            found = self._kept.get(token)
            if found is not None:
                self._kept.move_to_end(token)
            return found

    def keep(self, mark: Mark | None, token: bytes, what: Remembered) -> None:
        """Remembers what was read, true at the moment of ``mark``."""
        with self._lock:
            if self._mark != mark:
                self._mark = mark
                self._kept.clear()
            self._kept[token] = what
            self._kept.move_to_end(token)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)


class NotedArchive:
    """An archive for one request.

    ``read``: what its writing transaction has read, once it has ended; ``number``: under which it wrote."""

    def __init__(self, archive: SqlArchive) -> None:
        self.server = archive.server
        self.private_key, self.public_keys = archive.private_key, archive.public_keys
        self.segments, self.unnoted = archive.segments, archive.unnoted
        self._archive = archive
        self.read: Read | None = None
        self.number = 0

    @contextmanager
    def begin(self, streams: Sequence[str]) -> Iterator[ArchiveTransaction]:
        with self._archive.begin(streams) as transaction:
            yield transaction
            self.number = transaction.number()
        self.read = transaction.read

    @contextmanager
    def look(self) -> Iterator[ArchiveTransaction]:
        with self._archive.look() as transaction:
            yield transaction


class StillArchive(NotedArchive):
    """The archive as a transaction has read it; asks no database.  ``NotRead`` for everything else."""

    def __init__(self, archive: SqlArchive, read: Read) -> None:
        super().__init__(archive)
        self._still = cast("ArchiveTransaction", _StillTransaction(archive.sums, read))

    @contextmanager
    def begin(self, streams: Sequence[str]) -> Iterator[ArchiveTransaction]:
        yield self._still

    @contextmanager
    def look(self) -> Iterator[ArchiveTransaction]:
        yield self._still


class _StillTransaction:
    """The readings of an ``ArchiveTransaction`` that an exchange without news makes."""

    def __init__(self, sums: Sums, read: Read) -> None:
        self._sums = sums
        self._read = read

    def state(self, stream: str) -> StreamState:
        return _known(self._read.states, stream)

    def commit_at(self, stream: str, seq: int) -> str | None:
        return _known(self._read.commits, (stream, seq))

    def talk(self, replica: str) -> Talk | None:
        return _known(self._read.talks, replica)

    def replica_of(self, replica: str) -> str | None:
        return _known(self._read.owners, replica)

    def epoch(self) -> Epoch:
        if self._read.epoch is None:
            raise NotRead
        return self._read.epoch

    def digest(self, stream: str) -> Digest:
        """Only while the sum is fresh: it is computed from the rows in its turn."""
        state = self.state(stream)
        known = self._sums.get(stream, state.seq, state.tag)
        if known is None:
            raise NotRead
        return Digest(f"{known.total:032x}", known.rows)

    def __getattr__(self, name: str) -> Callable[..., NoReturn]:
        raise NotRead


def _known(among: Mapping[K, V], key: K) -> V:
    try:
        return among[key]
    except KeyError:
        raise NotRead from None
