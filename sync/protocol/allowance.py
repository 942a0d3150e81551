"""What one message may unpack to in all: few bytes can mean many."""

from __future__ import annotations

from sync.protocol import frames
from sync.protocol.errors import WireError

RAW_BYTES = 64 * 1024 * 1024
"""Nothing unpacks to more than this: no head of a message, nor all its bodies together."""

VALUES_LIMIT = 4_000_000
"""No message means more values: columns and JSON say much in few bytes."""

NESTING_LIMIT = 64
"""No value has lists and objects inside each other deeper than this."""

_AT_ONCE = 1024 * 1024
_PER_BYTE = 1.5
"""No JSON has more of ``json_values`` to a byte."""


class Allowance:
    """How much is left to one message over all its bodies: unpacked bytes, and values.

    A value in a column is one.  In JSON each comma, colon and list is one and each object two, whatever
    memory they will take: some 80 bytes at most.
    """

    def __init__(self) -> None:
        self._bytes = RAW_BYTES
        self._values = VALUES_LIMIT
        self._uncounted: list[bytes] = []
        self._at_most = 0.0

    def unpack(self, frame: bytes) -> bytes:
        """What a frame holds.  WireError as ``frames.decompress``; ``too_large`` when there is too much."""
        data = frames.decompress(frame, self._bytes)
        self._bytes -= len(data)
        return data

    def take(self, size: int) -> None:
        """Bytes that came as they are; WireError ``too_large``."""
        self._bytes -= size
        if self._bytes < 0:
            raise WireError("too_large", limit=RAW_BYTES)

    def values(self, n: int) -> None:
        """Values in columns that are about to be made; WireError ``too_large``."""
        self._values -= n
        if self._at_most > self._values:
            self._count()

    def json(self, text: bytes) -> None:
        """JSON that is about to be read; WireError ``too_large``.

        Texts are counted only once they could be too many together, which hardly any message comes to.
        """
        self._uncounted.append(text)
        self._at_most += len(text) * _PER_BYTE
        if self._at_most > self._values:
            self._count()

    def _count(self) -> None:
        for text in self._uncounted:
            roughly = _marks(text)
            self._values -= roughly if roughly < self._values // 8 else json_values(text)
        self._uncounted.clear()
        self._at_most = 0.0
        if self._values < 0:
            raise WireError("too_large", limit=VALUES_LIMIT)


def json_values(text: bytes) -> int:
    """How much JSON is to be made of a text: one for each comma, colon and list, two for each object."""
    found = 0
    inside = 0
    text = text.replace(rb"\\", b"").replace(rb"\"", b"")
    for at in range(0, len(text), _AT_ONCE):
        parts = text[at : at + _AT_ONCE].split(b'"')
        found += _marks(b"".join(parts[inside::2]))
        inside ^= (len(parts) - 1) & 1
    return found


def _marks(text: bytes) -> int:
    return text.count(b",") + text.count(b":") + text.count(b"[") + 2 * text.count(b"{")


def is_too_deep(values: list[object]) -> bool:
    """Whether any of many JSON values is nested deeper than ``NESTING_LIMIT``."""
    level = values
    for _ in range(NESTING_LIMIT + 1):
        inner: list[object] = []
        for value in level:
            if type(value) is list:
                inner += value
            elif type(value) is dict:
                inner += value.values()
        if not inner:
            return False
        level = inner
    return True
