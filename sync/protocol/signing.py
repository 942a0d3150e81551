"""Ed25519 signatures with a purpose, so that a signature made for one thing never counts for another.

Keys are raw 32 bytes.  Nothing here makes randomness: a private key is any 32 random bytes of the caller's.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

PACKET, RECEIPT, EPOCH, FACT, ENROL, ROSTER, CARRY, BUNDLE, HELLO, VOUCHER, CATALOGUE = (
    b"ntmdesk.packet.1",
    b"ntmdesk.receipt.1",
    b"ntmdesk.epoch.1",
    b"ntmdesk.fact.1",
    b"ntmdesk.enrol.1",
    b"ntmdesk.roster.1",
    b"ntmdesk.carry.1",
    b"ntmdesk.bundle.1",
    b"ntmdesk.hello.1",
    b"ntmdesk.voucher.1",
    b"ntmdesk.catalogue.1",
)
"""Purposes; each goes in front of what is signed, with a zero byte between."""

SIGNATURE_SIZE = 64


@lru_cache(maxsize=64)
def _private(key: bytes) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(key)


@lru_cache(maxsize=1024)
def _public(key: bytes) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(key)


def public_of(private: bytes) -> bytes:
    """The public half (32 bytes) of a private key (32 random bytes)."""
    return _private(private).public_key().public_bytes_raw()


def key_id(public: bytes) -> str:
    """16 hex digits that name a public key where the key itself would be too long."""
    return hashlib.blake2b(public, digest_size=8, person=b"ntmdesk.key").hexdigest()


def sign(private: bytes, purpose: bytes, message: bytes) -> bytes:
    """64 bytes by the holder of ``private`` over ``message`` for one purpose."""
    return _private(private).sign(purpose + b"\0" + message)


def verify(public: bytes, purpose: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the holder of ``public`` signed exactly this for exactly this purpose; never raises."""
    try:
        _public(public).verify(signature, purpose + b"\0" + message)
    except (InvalidSignature, ValueError):
        return False
    return True


def verify_any(publics: tuple[bytes, ...], purpose: bytes, message: bytes, signature: bytes) -> bool:
    """Whether any of several keys signed it: a server's present key and its earlier ones."""
    return any(verify(public, purpose, message, signature) for public in publics)


def unsigned(message: msgspec.Struct) -> bytes:
    """What the ``signature`` of a message covers: its JSON with an empty one, keys of maps in order."""
    return msgspec.json.encode(msgspec.structs.replace(message, signature=b""), order="deterministic")
