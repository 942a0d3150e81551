"""Codes and tokens: what a person reads aloud once, and what a laptop shows at every exchange.

Both are kept as hashes only.  A code is 16 letters of Crockford's base32 (80 bits) in groups of four,
without I, L, O and U; what people mistype for a digit is read as that digit.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from typing import NamedTuple

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH, GROUP = 16, 4
_MISREAD = str.maketrans("OIL", "011")
_FINGERPRINT = re.compile(r"[0-9a-f]{64}")


def new_code() -> str:
    """A fresh code: ``7KQF-2M9X-PP3T-34ZC``."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    return "-".join(letters[i : i + GROUP] for i in range(0, LENGTH, GROUP))


def plain(code: str) -> str | None:
    """The 16 letters of a code as somebody typed it, or None when it cannot be one."""
    letters = re.sub(r"[\s\-–_]", "", code).upper().translate(_MISREAD)
    return letters if len(letters) == LENGTH and all(c in ALPHABET for c in letters) else None


def code_hash(letters: str) -> bytes:
    """What the server keeps of a code."""
    return hashlib.blake2b(letters.encode("ascii"), digest_size=32, person=b"ntmdesk.invite").digest()


def invitation_text(code: str, fingerprint: str) -> str:
    """What is handed to a person: the code and, with TLS, ``.`` and the certificate's full fingerprint."""
    return f"{code}.{fingerprint}" if fingerprint else code


def split_invitation(text: str) -> tuple[str, str]:
    """Code and fingerprint ("" without one) of a text made by ``invitation_text``."""
    code, _, tail = text.strip().partition(".")
    tail = re.sub(r"[\s:]", "", tail).lower()
    return code, tail if _FINGERPRINT.fullmatch(tail) else ""


class Token(NamedTuple):
    """What a device shows: where its row stands and a secret.  Written ``<stream>.<device>.<secret>``."""

    stream: str
    device: str
    secret: str

    @classmethod
    def new(cls, stream: str, device: str) -> Token:
        """A token with 256 fresh random bits."""
        return cls(stream, device, secrets.token_urlsafe(32))

    @classmethod
    def parse(cls, text: str) -> Token | None:
        """The parts of a token's text, or None."""
        parts = text.split(".")
        if len(parts) != 3 or not all(parts) or len(text) > 200 or not text.isascii():
            return None
        return cls(*parts)

    @property
    def text(self) -> str:
        """What travels in the ``Authorization: Bearer`` header."""
        return ".".join(self)

    @property
    def hash(self) -> bytes:
        """What the server keeps."""
        return hashlib.blake2b(self.text.encode(), digest_size=32, person=b"ntmdesk.token").digest()


def same(a: bytes, b: bytes) -> bool:
    """Equality in constant time."""
    return hmac.compare_digest(a, b)
