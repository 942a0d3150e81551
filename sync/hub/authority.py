"""By whose word a stream's packets are judged."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from sync.hub.ports import Judge


class Authority(msgspec.Struct, frozen=True):
    """Who judges and signs: the catalogue, the role of the sender, the server's keys and replica id.

    ``now``: seconds since 1970; ``owns``: whether a replica id is one of the sender's device."""

    judge: Judge
    role: str
    private_key: bytes
    keys: Mapping[str, bytes]
    replica: str
    now: int
    owns: Callable[[str], bool]
