"""The keys of this laptop: made with the store, kept inside it, registered at enrolment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from ntmdesk.errors import EnvironmentProblem
from ntmdesk.store.sqlcipher import Connection
from sync.protocol.signing import public_of


@dataclass(frozen=True)
class DeviceKeys:
    """``signing``: Ed25519, signs packets; ``sealing``: X25519, opens what is sealed to this laptop."""

    signing: bytes = field(repr=False)
    sealing: bytes = field(repr=False)

    @property
    def public(self) -> bytes:
        """The 32 bytes others know the device by."""
        return public_of(self.signing)

    @property
    def sealing_public(self) -> bytes:
        """The 32 bytes others seal to."""
        return X25519PrivateKey.from_private_bytes(self.sealing).public_key().public_bytes_raw()


def make_keys(db: Connection, entropy: Callable[[int], bytes]) -> None:
    """Makes both keys, once in a store's life."""
    for key in ("device_key", "sealing_key"):
        db.execute("INSERT INTO meta VALUES(?,?)", (key, entropy(32)))


def read_keys(db: Connection) -> DeviceKeys:
    """The keys of an open store."""
    found = dict(
        db.execute("SELECT key, value FROM meta WHERE key IN ('device_key', 'sealing_key')").fetchall()
    )
    if len(found) != 2:
        raise EnvironmentProblem("store_damaged", reason="no_device_key")
    return DeviceKeys(found["device_key"], found["sealing_key"])
