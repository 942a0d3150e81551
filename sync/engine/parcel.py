"""One request on its way over a line that may break: what of it is there, what of its answer here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from sync.protocol.messages import body_id


class Piece(NamedTuple):
    """Bytes of a parcel from place ``at`` on; ``doubtful``: they may be there already."""

    at: int
    data: bytes
    doubtful: bool = False


@dataclass(slots=True)
class Parcel:
    """``missing``: stretches ``(from, to)`` of the body that are neither there nor under way; ``doubtful``:
    those that were under way when the line broke, some of which may be there.  ``answer``: the beginning of
    an answer that broke off; ``tag``: what the server calls that answer."""

    body: bytes
    id: str = ""
    missing: list[tuple[int, int]] = field(default_factory=list)
    doubtful: list[tuple[int, int]] = field(default_factory=list)
    arrived: int = 0
    answer: bytes = b""
    tag: str = ""

    def __post_init__(self) -> None:
        self.id = self.id or body_id(self.body)
        self.missing = [(0, len(self.body))]

    def take(self, most: int) -> Piece | None:
        """The next piece to send, at most half more than so many bytes; None when everything is there or
        under way.

        Doubtful stretches come last: by then the server has said how much it has.
        """
        stretches = self.missing or self.doubtful
        if not stretches:
            return None
        start, end = stretches[0]
        cut = end if end - start <= most + most // 2 else start + most
        stretches[0:1] = [(cut, end)] if cut < end else []
        return Piece(start, self.body[start:cut], stretches is self.doubtful)

    def landed(self, piece: Piece, held: int) -> None:
        """A piece arrived, and the server has the first ``held`` bytes without a gap."""
        self.arrived += len(piece.data)
        left = [(max(start, held), end) for start, end in self.doubtful if end > held]
        self.arrived += _length(self.doubtful) - _length(left)
        self.doubtful = left

    def put_back(self, piece: Piece, sent: bool) -> None:
        """A piece did not arrive or, if it was ``sent`` on a living line, perhaps only in part."""
        stretches = self.doubtful if sent or piece.doubtful else self.missing
        stretches.append((piece.at, piece.at + len(piece.data)))
        stretches.sort()

    def start_over(self) -> None:
        """The server has forgotten what was there."""
        self.arrived = 0
        self.missing, self.doubtful = [(0, len(self.body))], []

    @property
    def far(self) -> int:
        """How far the parcel has come, in bytes; it grows whenever a try was of use."""
        return self.arrived + len(self.answer)


def _length(stretches: list[tuple[int, int]]) -> int:
    return sum(end - start for start, end in stretches)
