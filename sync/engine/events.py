"""What can happen in a conversation: all that ``machine.step`` ever hears of the world."""

from __future__ import annotations

from dataclasses import dataclass

from sync.engine.ports import SiftedPage, Standing, Taken
from sync.engine.sifting import Owned, nothing_owned
from sync.protocol.errors import WireError
from sync.protocol.messages import ExchangeReply, Limits, Tags
from sync.protocol.packets import Packet
from sync.protocol.versions import SPOKEN, Versions


@dataclass(frozen=True, slots=True)
class Begin:
    """Where the replica stands; ``nonce``: 16 fresh hex digits; ``ceiling``: limits not to be grown
    beyond; ``spoken``: versions of the protocol this side knows."""

    standing: Standing
    nonce: str
    ceiling: Limits = Limits()  # noqa: RUF009 - frozen
    owned: Owned = nothing_owned
    spoken: Versions = SPOKEN


@dataclass(frozen=True, slots=True)
class Gathered:
    """Answer to ``Cut``: the next packet, None when nothing waits."""

    packet: Packet | None


@dataclass(frozen=True, slots=True)
class Replied:
    """The answer to what was sent, after so many seconds; ``octets``: bytes of both bodies together.

    ``pages``: those of the reply, sifted already; None where that is still to be done."""

    reply: ExchangeReply
    seconds: float
    octets: int = 0
    pages: tuple[SiftedPage, ...] | None = None


@dataclass(frozen=True, slots=True)
class Dropped:
    """What was sent got no answer, or a refusal."""

    error: WireError


@dataclass(frozen=True, slots=True)
class Took:
    """Answer to ``Take``."""

    taken: Taken


@dataclass(frozen=True, slots=True)
class Stood:
    """Answer to ``Adopt``, ``Resume`` and ``Renew``: where the replica stands now."""

    standing: Standing


@dataclass(frozen=True, slots=True)
class Remembered:
    """Answer to ``Recall``: the commits remembered of the streams asked for."""

    tags: tuple[Tags, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """Answer to ``Check``: streams whose digests differ."""

    differing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Narrowed:
    """Answer to ``Narrow``: records that differed; of these offered to the server, and changed here."""

    differing: int
    offered: int
    merged: int


@dataclass(frozen=True, slots=True)
class Woke:
    """The wait is over."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """A person asked to stop; nothing more is sent."""


Event = Begin | Gathered | Replied | Dropped | Took | Stood | Remembered | Checked | Narrowed | Woke | Stopped
