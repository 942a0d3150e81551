"""What brief messages are made of: numbers in their shortest form, names of eight bytes, and one long part at
the end."""

from __future__ import annotations

from sync.protocol.errors import WireError
from sync.protocol.messages import REQUEST_BYTES
from sync.protocol.packets import get_varint, put_varint

MARK = b"b"
"""First byte of a brief message."""
NAME = 8
"""Bytes of a name that is written as 16 hex digits elsewhere."""


def numbers(*each: int) -> bytes:
    """Non-negative integers as varints.  ValueError for a negative one."""
    out = bytearray()
    for number in each:
        put_varint(out, number)
    return bytes(out)


def name(text: str) -> bytes:
    """The bytes of 16 hex digits.  ValueError for anything else, which has no brief form."""
    data = bytes.fromhex(text)
    if len(data) != NAME or data.hex() != text:
        raise ValueError(text)
    return data


class BriefBytes:
    """A brief message taken apart from its beginning; every step raises WireError ``bad_message`` where the
    bytes are not what it takes.  ``too_large`` for a message too long."""

    def __init__(self, data: bytes) -> None:
        if len(data) > REQUEST_BYTES:
            raise WireError("too_large", limit=REQUEST_BYTES)
        if data[:1] != MARK:
            raise WireError("bad_message", reason="magic")
        self._data = data
        self._at = 1

    def number(self) -> int:
        """A varint in its shortest form."""
        try:
            number, end = get_varint(self._data, self._at)
        except WireError:
            raise WireError("bad_message", reason="length") from None
        if self._data[end - 1] == 0 and end - self._at > 1:
            raise WireError("bad_message", reason="length")
        self._at = end
        return number

    def flags(self, known: int) -> int:
        """One byte with no other bit than those ``known``."""
        (flags,) = self.take(1)
        if flags & ~known:
            raise WireError("bad_message", reason="flags")
        return flags

    def name(self) -> str:
        """16 hex digits."""
        return self.take(NAME).hex()

    def take(self, size: int) -> bytes:
        """So many bytes."""
        part = self._data[self._at : self._at + size]
        if len(part) != size:
            raise WireError("bad_message", reason="length")
        self._at += size
        return part

    def rest(self, but: int = 0) -> bytes:
        """All that is left, but so many bytes."""
        return self.take(len(self._data) - self._at - but)

    def end(self) -> None:
        """Nothing is left."""
        if self._at != len(self._data):
            raise WireError("bad_message", reason="left over")
