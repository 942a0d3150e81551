"""Replica ids that name the key of their laptop: nobody else can prove one to be its own.

Three bytes of chance tell the incarnations of one laptop apart, five of a hash bind them to its key.
"""

from __future__ import annotations

import hashlib

CHANCE = 3
"""Bytes of chance in an id."""
IDS = 500
"""So many ids are believed to be one laptop's, at the server and at laptops: each lengthens what is kept and
told of it, and every life of a store or of the server makes one."""


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
