"""The roster of a team: whose laptops belong to it, by which keys they sign and are sealed to (rule 17).

Signed by the upper server; in a team that has never met one, by its leader's laptop.  A roster with a lower
number than the one known is ignored.
"""

from __future__ import annotations

import msgspec

from sync.protocol import signing
from sync.protocol.errors import WireError

LEADING = frozenset({"leader", "deputy"})
"""Roles whose laptops may read what members carry to them."""

ROSTER_HEADER = "x-roster"
"""On an answer: somebody was shut out since this laptop last asked for the roster."""


class Mate(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """One laptop.  ``device``: its id; ``member``: record id of who enrolled it; ``key``: Ed25519 public key;
    ``sealing_key``: X25519 public key, b"" when it has none; ``revoked``: shut out."""

    device: str
    member: str
    role: str
    key: bytes
    sealing_key: bytes
    revoked: bool = False


class Roster(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The laptops of one team.  ``server`` and ``server_sealing_key``: "" and b"" in a team without one."""

    server: str
    stream: str
    number: int
    server_sealing_key: bytes
    mates: tuple[Mate, ...]
    signature: bytes = b""

    def mate(self, key: bytes) -> Mate | None:
        """The laptop that signs with this key."""
        return next((mate for mate in self.mates if mate.key == key), None)


def sign_roster(roster: Roster, private: bytes) -> Roster:
    """The same roster with the signature of the server or the leader's laptop."""
    return msgspec.structs.replace(
        roster, signature=signing.sign(private, signing.ROSTER, signing.unsigned(roster))
    )


def roster_is_true(roster: Roster, keys: tuple[bytes, ...]) -> bool:
    """Whether one of these keys signed exactly this roster."""
    return signing.verify_any(keys, signing.ROSTER, signing.unsigned(roster), roster.signature)


def encode_roster(roster: Roster) -> bytes:
    """Its JSON."""
    return msgspec.json.encode(roster)


def decode_roster(data: bytes) -> Roster:
    """A roster from JSON, its signature not yet checked; WireError ``bad_message``."""
    try:
        return msgspec.json.decode(data, type=Roster)
    except (msgspec.DecodeError, RecursionError, ValueError):
        raise WireError("bad_message", reason="roster") from None
