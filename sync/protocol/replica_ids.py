"""Replica ids that name the key of their laptop: nobody else can prove one to be its own.

Three bytes of chance tell the incarnations of one laptop apart, five of a hash bind them to its key.
"""

from __future__ import annotations

import hashlib

CHANCE = 3
"""Bytes of chance in an id."""


def replica_id(key: bytes, chance: bytes) -> str:
    """16 hex digits that a laptop with this public key takes; ``chance``: ``CHANCE`` fresh bytes."""
    return (chance + _bound(key, chance)).hex()


def names(replica: str, key: bytes) -> bool:
    """Whether a replica id was made for this public key; False for what is none."""
    try:
        data = bytes.fromhex(replica)
    except ValueError:
        return False
    return data[CHANCE:] == _bound(key, data[:CHANCE])


def _bound(key: bytes, chance: bytes) -> bytes:
    return hashlib.blake2b(key + chance, digest_size=5, person=b"ntmdesk.replica").digest()
