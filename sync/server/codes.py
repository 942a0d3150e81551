"""Codes and tokens: what a person reads aloud once, and what a laptop shows at every exchange.

Both are kept as hashes only.  How a code is spelt and read: ``sync/protocol/typed_codes.py``.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import uuid
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import NamedTuple

from sync.protocol import typed_codes

_FINGERPRINT = re.compile(r"[0-9a-f]{64}")


def new_code() -> str:
    """A fresh code: ``7KQF-2M9X-PP3T-34ZC``."""
    return typed_codes.spell(secrets.token_bytes(typed_codes.BYTES))


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
    """What a device shows: where its row stands and a secret.

    Written ``<stream>.<device>.<secret>``, the two ids as 22 letters of base64: it travels with every
    exchange.  Ids written out as UUIDs are read as well.
    """

    stream: str
    device: str
    secret: str

    @classmethod
    def new(cls, stream: str, device: str) -> Token:
        """A token with 128 fresh random bits: it can be tried at this server alone, one guess a request."""
        return cls(stream, device, secrets.token_urlsafe(16))

    @classmethod
    def parse(cls, text: str) -> Token | None:
        """The parts of a token's text, or None."""
        parts = text.split(".")
        if len(parts) != 3 or not all(parts) or len(text) > 200 or not text.isascii():
            return None
        return cls(_long(parts[0]), _long(parts[1]), parts[2])

    @property
    def text(self) -> str:
        """What travels in the ``Authorization: Bearer`` header."""
        return ".".join((_short(self.stream), _short(self.device), self.secret))

    @property
    def hash(self) -> bytes:
        """What the server keeps; the same however the ids are written."""
        written_out = ".".join(self)
        return hashlib.blake2b(written_out.encode(), digest_size=32, person=b"ntmdesk.token").digest()


def _short(id: str) -> str:
    try:
        letters = urlsafe_b64encode(uuid.UUID(id).bytes).decode().rstrip("=")
    except ValueError:
        return id
    return letters if _long(letters) == id else id


def _long(part: str) -> str:
    if len(part) != 22:
        return part
    try:
        return str(uuid.UUID(bytes=urlsafe_b64decode(part + "==")))
    except ValueError:
        return part


def same(a: bytes, b: bytes) -> bool:
    """Equality in constant time."""
    return hmac.compare_digest(a, b)
