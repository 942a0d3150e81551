"""The remembered sum of a stream's rows, carried on with each row that is new.

A row that changes or goes makes the file forget the sum (triggers of the schema); new ones are added to it.
After ``FRESH_SECONDS`` it is computed from the rows again, so that a row lost in the file shows.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sync.protocol.digest import digest_of
from sync.protocol.pages import Digest

FRESH_SECONDS = 3_600
"""By the laptop's clock, which orders nothing here."""

_MODULUS = 2**128


class Sum(NamedTuple):
    """``rows`` and the ``total`` of their hashes; ``at``: when it was computed from the rows, seconds since
    1970."""

    total: int
    rows: int
    at: int

    @classmethod
    def of(cls, hashes: Iterable[bytes], at: int) -> Sum:
        """Of rows with these hashes."""
        digest = digest_of(hashes)
        return cls(int(digest.root, 16), digest.count, at)

    @classmethod
    def unpack(cls, data: bytes | None) -> Sum | None:
        """What ``pack`` made; None for nothing and for what an earlier program left."""
        if data is None or len(data) != 32:
            return None
        rows, total, at = data[:8], data[8:24], data[24:]
        return cls(int.from_bytes(total, "big"), int.from_bytes(rows, "big"), int.from_bytes(at, "big"))

    def pack(self) -> bytes:
        """As the file keeps it."""
        return self.rows.to_bytes(8, "big") + self.total.to_bytes(16, "big") + self.at.to_bytes(8, "big")

    def plus(self, hashes: Iterable[bytes]) -> Sum:
        """With more rows."""
        more = Sum.of(hashes, self.at)
        return Sum((self.total + more.total) % _MODULUS, self.rows + more.rows, self.at)

    def is_fresh(self, now: int) -> bool:
        """Whether the rows were read for it lately."""
        return 0 <= now - self.at < FRESH_SECONDS

    def digest(self) -> Digest:
        """As it is told."""
        return Digest(f"{self.total:032x}", self.rows)
