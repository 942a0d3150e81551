"""Sums that tell whether two replicas hold the same records, and where they differ (rule 37).

A digest is the sum mod 2^128 of the records' hashes: order does not matter and one lost row, flipped byte or
dropped context entry changes it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from sync.protocol.pages import Digest

BUCKETS = 256
_MASK = 2**128 - 1


def digest_of(hashes: Iterable[bytes]) -> Digest:
    """The digest of records with these 16-byte hashes."""
    total = count = 0
    for h in hashes:
        total += int.from_bytes(h, "big")
        count += 1
    return Digest(f"{total & _MASK:032x}", count)


def bucket_of(id: str) -> int:
    """Which of the 256 buckets a record's id falls into."""
    return hashlib.blake2b(id.encode(), digest_size=1).digest()[0]


def by_kind(hashes: Iterable[tuple[str, str, bytes]]) -> dict[str, Digest]:
    """(kind, id, hash) -> digest of each kind."""
    groups: dict[str, list[bytes]] = {}
    for kind, _, h in hashes:
        groups.setdefault(kind, []).append(h)
    return {kind: digest_of(group) for kind, group in groups.items()}


def by_bucket(hashes: Iterable[tuple[str, str, bytes]]) -> dict[str, Digest]:
    """(kind, id, hash) -> digest of each bucket that is not empty, by its number as text."""
    groups: dict[int, list[bytes]] = {}
    for _, id, h in hashes:
        groups.setdefault(bucket_of(id), []).append(h)
    return {str(bucket): digest_of(group) for bucket, group in groups.items()}


def differing(mine: Mapping[str, Digest], theirs: Mapping[str, Digest]) -> list[str]:
    """Keys under which the two sides do not agree, in order."""
    return sorted(key for key in mine.keys() | theirs.keys() if mine.get(key) != theirs.get(key))
