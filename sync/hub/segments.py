"""Stretches of a stream that are packed already: what one laptop sent or read, the next ones read.

A stretch serves again only while nothing in it has changed since: every change takes a new number, so the
rows between two numbers are the same as long as they are as many and the commit bears the same tag.
What is kept here may be forgotten at any time.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, replace

from sync.hub.ports import ArchiveTransaction
from sync.protocol.bodies import renumber
from sync.protocol.messages import Limits

LEAST = 100
"""Fewer rows than this are packed at once."""

KEPT_BYTES = 8 * 1024 * 1024
"""Bytes of packed rows that are kept, the latest used last to go."""


@dataclass(frozen=True, slots=True)
class Segment:
    """The rows of ``stream`` numbered above ``start`` up to ``end``, all of them.

    ``tag``: of the commit at ``end``; ``body``: packed at ``level``; ``raw``: bytes of their images;
    ``numbered``: False while ``body`` is a packet's, whose rows bear no numbers yet: they then stand in the
    order of their numbers.
    """

    stream: str
    start: int
    end: int
    count: int
    tag: str
    body: bytes
    level: int
    raw: int
    numbered: bool


class Segments:
    """The stretches a server remembers.  Safe from several threads."""

    def __init__(self, most: int = KEPT_BYTES) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, int], Segment] = OrderedDict()
        self._size = 0

    def keep(self, segment: Segment) -> None:
        """Remembers a stretch in place of another that begins where it does."""
        if segment.count < LEAST:
            return
        key = (segment.stream, segment.start)
        with self._lock:
            before = self._kept.pop(key, None)
            self._size += len(segment.body) - (len(before.body) if before else 0)
            self._kept[key] = segment
            while self._size > self._most:
                _, oldest = self._kept.popitem(last=False)
                self._size -= len(oldest.body)

    def page(
        self, tx: ArchiveTransaction, stream: str, after: int, last: int, limits: Limits, level: int
    ) -> Segment | None:
        """A stretch that begins after ``after``, is still true, and suits the limits of a page.

        ``last``: the last number a page may end with.  None where the rows must be read and packed.
        """
        with self._lock:
            found = self._kept.get((stream, after))
            if found is not None:
                self._kept.move_to_end((stream, after))
        if found is None or found.end > last:
            return None
        if found.count > limits.page_records or found.raw > limits.page_bytes:
            return None
        if found.end < last and _is_small(found, limits):
            return None
        if found.level != level and found.numbered:
            return None
        if tx.commit_at(stream, found.end) != found.tag or tx.count(stream, after, found.end) != found.count:
            return None
        if not found.numbered:
            body = renumber(found.body, after + 1, level)
            found = replace(found, body=body, level=level, numbered=True)
            self.keep(found)
        return found

    def next_start(self, stream: str, after: int, limits: Limits) -> int | None:
        """Where a page that begins after ``after`` should end at the latest, so that the next one is packed
        already."""
        with self._lock:
            return min(
                (
                    start
                    for (of, start), segment in self._kept.items()
                    if of == stream and after < start <= after + limits.page_records
                    if segment.count <= limits.page_records and not _is_small(segment, limits)
                ),
                default=None,
            )


def _is_small(segment: Segment, limits: Limits) -> bool:
    """Many small pages cost more round trips than packing saves."""
    return segment.count * 4 < limits.page_records
