"""Which versions of the protocol a side speaks, and which one two sides have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeVar

import msgspec

from sync.protocol.codec import decode_message, message_head
from sync.protocol.errors import WireError
from sync.protocol.messages import MAX_PROTOCOL, MIN_PROTOCOL

M = TypeVar("M", bound=msgspec.Struct)


class Versions(NamedTuple):
    """From ``minimum`` to ``maximum``, each of them."""

    minimum: int
    maximum: int

    def check(self, protocol: int) -> None:
        """WireError ``too_old`` or ``too_new`` (details: minimum, maximum) for a version not spoken here."""
        if protocol < self.minimum:
            raise WireError("too_old", minimum=self.minimum, maximum=self.maximum)
        if protocol > self.maximum:
            raise WireError("too_new", minimum=self.minimum, maximum=self.maximum)

    def common(self, refused: WireError) -> int | None:
        """The highest version that the side which refused ours speaks as well; None when there is none, or
        when it was no version of the protocol that it refused."""
        theirs: Mapping[str, Any] = refused.details
        low, high = theirs.get("minimum"), theirs.get("maximum")
        if refused.code not in ("too_old", "too_new") or not (type(low) is int and type(high) is int):
            return None
        found = min(self.maximum, high)
        return found if found >= max(self.minimum, low) else None


SPOKEN = Versions(MIN_PROTOCOL, MAX_PROTOCOL)
"""By this program."""


class _Told(msgspec.Struct, frozen=True):
    protocol: int


def decode_request(data: bytes, kind: type[M], spoken: Versions = SPOKEN) -> M:
    """Reads a request of one type in a version spoken here.

    A newer one may hold what this program cannot read: then only its version is looked at.  WireError
    ``too_old``, ``too_new`` (details: minimum, maximum), ``too_large``, ``bad_message``.
    """
    try:
        message = decode_message(data, kind)
    except WireError as error:
        if error.code == "bad_message":
            try:
                told = msgspec.json.decode(message_head(data), type=_Told)
            except (WireError, msgspec.DecodeError, RecursionError, ValueError):
                raise error from None
            spoken.check(told.protocol)
        raise
    spoken.check(getattr(message, "protocol", spoken.maximum))
    return message
