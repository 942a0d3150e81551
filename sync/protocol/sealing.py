"""Sealing to readers: what is sealed can be opened by the named readers and by nobody else.

A fresh content key encrypts; for each reader it is wrapped under X25519 (ephemeral) + HKDF-SHA256 +
AES-256-GCM.  Sealing says nothing about who wrote: that is the signature's part.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from sync.protocol.errors import WireError

KEY_SIZE = 32
_INFO = b"ntmdesk.seal.1"
_NONCE = bytes(12)
"""The wrapping key is used once only, so its nonce needs no chance."""


class Slot(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The content key for one reader: ``reader`` = ``reader_id`` of their X25519 key, ``ephemeral`` = the
    public half made for this slot, ``wrapped`` = 48 bytes."""

    reader: str
    ephemeral: bytes
    wrapped: bytes


def reader_id(public: bytes) -> str:
    """16 hex digits that name an X25519 public key."""
    return hashlib.blake2b(public, digest_size=8, person=b"ntmdesk.reader").hexdigest()


def sealing_public(private: bytes) -> bytes:
    """The public half (32 bytes) of an X25519 private key."""
    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def wrap(content_key: bytes, readers: Iterable[bytes], random: Callable[[int], bytes]) -> tuple[Slot, ...]:
    """A slot for each reader (X25519 public keys of 32 bytes), each reader once, in the order of their ids.

    ``random(n)``: n unpredictable bytes.  ValueError for a key that is none.
    """
    slots = []
    for public in sorted(set(readers), key=reader_id):
        own = X25519PrivateKey.from_private_bytes(random(KEY_SIZE))
        ephemeral = own.public_key().public_bytes_raw()
        shared = own.exchange(X25519PublicKey.from_public_bytes(public))
        box = AESGCM(_wrapping_key(shared, ephemeral, public))
        slots.append(Slot(reader_id(public), ephemeral, box.encrypt(_NONCE, content_key, None)))
    return tuple(slots)


def unwrap(slots: Iterable[Slot], private: bytes) -> bytes | None:
    """The content key for the holder of an X25519 private key; None when no slot is theirs.

    WireError ``bundle_damaged`` when their slot does not open.
    """
    own = X25519PrivateKey.from_private_bytes(private)
    public = own.public_key().public_bytes_raw()
    mine = reader_id(public)
    for slot in slots:
        if slot.reader != mine:
            continue
        try:
            shared = own.exchange(X25519PublicKey.from_public_bytes(slot.ephemeral))
            return AESGCM(_wrapping_key(shared, slot.ephemeral, public)).decrypt(_NONCE, slot.wrapped, None)
        except (InvalidTag, ValueError):
            raise WireError("bundle_damaged", reason="slot") from None
    return None


def _wrapping_key(shared: bytes, ephemeral: bytes, reader: bytes) -> bytes:
    return HKDF(hashes.SHA256(), KEY_SIZE, salt=ephemeral + reader, info=_INFO).derive(shared)
