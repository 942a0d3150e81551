"""Codes that a person reads aloud or types: 16 letters of Crockford's base32 (80 bits) in groups of four.

I, L, O and U are not among the letters; what people mistype for a digit is read as that digit.
"""

from __future__ import annotations

import re

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH, GROUP = 16, 4
BYTES = LENGTH * 5 // 8
"""What a code stands for: 10 bytes."""
_MISREAD = str.maketrans("OIL", "011")


def spell(data: bytes) -> str:
    """The code of 10 bytes: ``7KQF-2M9X-PP3T-34ZC``; ValueError for another length."""
    if len(data) != BYTES:
        raise ValueError(len(data))
    number = int.from_bytes(data)
    return grouped("".join(ALPHABET[number >> 5 * at & 31] for at in range(LENGTH - 1, -1, -1)))


def grouped(letters: str) -> str:
    """16 letters in groups of four."""
    return "-".join(letters[at : at + GROUP] for at in range(0, len(letters), GROUP))


def plain(code: str) -> str | None:
    """The 16 letters of a code as somebody typed it, or None when it cannot be one."""
    letters = re.sub(r"[\s\-–_]", "", code).upper().translate(_MISREAD)
    return letters if len(letters) == LENGTH and all(c in ALPHABET for c in letters) else None
