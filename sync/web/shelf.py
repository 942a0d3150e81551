"""What has half arrived from a laptop, and what it has half fetched: kept a while, so that a line that broke
goes on at the byte where it broke.

One body and one answer a device, in memory only: whoever finds nothing here sends or asks again, as after
any drop.  Used on the event loop alone.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from sync.protocol.errors import WireError
from sync.protocol.messages import body_id

ROOM = 32 * 1024 * 1024
"""Bytes kept in all; the longest untouched goes first."""
KEPT_SECONDS = 600.0
"""Nobody comes back for it after so long."""
WORTH_KEEPING = 4 * 1024
"""An answer shorter than this is quicker made again than fetched on."""


@dataclass(slots=True)
class _Half:
    id: str
    total: int = 0
    touched: float = 0.0
    body: bytearray = field(default_factory=bytearray)
    early: dict[int, bytes] = field(default_factory=dict)
    answer: bytes = b""
    tag: str = ""

    @property
    def size(self) -> int:
        return len(self.body) + sum(map(len, self.early.values())) + len(self.answer)


class Shelf:
    """``seconds``: a clock that only goes forward."""

    def __init__(self, seconds: Callable[[], float], room: int = ROOM) -> None:
        self._seconds = seconds
        self._room = room
        self._kept = 0
        self._halves: OrderedDict[str, _Half] = OrderedDict()

    def add(self, device: str, id: str, total: int, at: int, data: bytes) -> int:
        """Keeps bytes of a body from place ``at`` on; how many from the beginning are here now.

        Bytes that came before their turn are kept as long as all of it is no more than twice the body.

        WireError ``bad_message`` for bytes beyond the end or another length than was told.
        """
        half = self._half(device, id)
        half.total = half.total or total
        if at < 0 or at + len(data) > total or total != half.total:
            raise WireError("bad_message", reason="piece")
        before = half.size
        if at > len(half.body):
            if before + len(data) <= 2 * total:
                half.early[at] = max(half.early.get(at, b""), data, key=len)
        else:
            half.body += data[len(half.body) - at :]
            self._move_up(half)
        self._grown(half.size - before)
        return len(half.body)

    def whole(self, device: str, id: str) -> bytes | None:
        """The body, once all of it is here and is what its name says."""
        half = self._halves.get(device)
        if half is None or half.id != id or not half.total or len(half.body) < half.total:
            return None
        body = bytes(half.body)
        if body_id(body) != id:
            self._drop(device)
            raise WireError("bad_message", reason="id")
        return body

    def keep(self, device: str, id: str, answer: bytes) -> str:
        """Keeps the answer to the body of this name; its tag, "" when it is not worth keeping."""
        if len(answer) < WORTH_KEEPING:
            return ""
        half = self._half(device, id)
        before = half.size
        half.answer = answer
        half.tag = hashlib.blake2b(answer, digest_size=6).hexdigest()
        self._grown(half.size - before)
        return half.tag

    def rest(self, device: str, id: str, tag: str, at: int) -> bytes | None:
        """The answer of this tag from place ``at`` on; None when it is not here any more."""
        half = self._halves.get(device)
        if half is None or not tag or (half.id, half.tag) != (id, tag) or not 0 <= at < len(half.answer):
            return None
        half.touched = self._seconds()
        return half.answer[at:]

    def _half(self, device: str, id: str) -> _Half:
        half = self._halves.get(device)
        if half is None or half.id != id:
            self._drop(device)
            half = self._halves[device] = _Half(id)
        self._halves.move_to_end(device)
        half.touched = self._seconds()
        return half

    @staticmethod
    def _move_up(half: _Half) -> None:
        for at in sorted(half.early):
            if at > len(half.body):
                return
            half.body += half.early.pop(at)[len(half.body) - at :]

    def _grown(self, octets: int) -> None:
        self._kept += octets
        old = self._seconds() - KEPT_SECONDS
        for device, half in list(self._halves.items()):
            if half.touched >= old and self._kept <= self._room:
                return
            self._drop(device)

    def _drop(self, device: str) -> None:
        half = self._halves.pop(device, None)
        if half is not None:
            self._kept -= half.size
