"""The server's own keys: Ed25519 to sign receipts, facts and epochs; X25519 to open what is sealed to it.

They are files of 0600 in a folder of 0700, made once at ``init``; losing them means enrolling every
laptop again, so ``backup`` takes them along.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from sync.protocol.errors import WireError

SIGNING, SEALING = "signing.key", "sealing.key"


@dataclass(frozen=True, slots=True)
class ServerKeys:
    """Private halves; the public ones travel to each laptop when it enrols."""

    signing: Ed25519PrivateKey
    sealing: X25519PrivateKey

    @property
    def signing_public(self) -> bytes:
        """32 bytes that prove the server's signatures."""
        return self.signing.public_key().public_bytes_raw()

    @property
    def sealing_public(self) -> bytes:
        """32 bytes to seal to the server with."""
        return self.sealing.public_key().public_bytes_raw()


def create(folder: Path) -> ServerKeys:
    """Makes both keys; FileExistsError rather than replacing one."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    keys = ServerKeys(Ed25519PrivateKey.generate(), X25519PrivateKey.generate())
    write_private(folder / SIGNING, keys.signing.private_bytes_raw().hex().encode() + b"\n")
    write_private(folder / SEALING, keys.sealing.private_bytes_raw().hex().encode() + b"\n")
    return keys


def read(folder: Path) -> ServerKeys:
    """The keys of a server; WireError ``keys_missing`` or ``keys_damaged`` (details: file)."""
    return ServerKeys(
        Ed25519PrivateKey.from_private_bytes(_raw(folder / SIGNING)),
        X25519PrivateKey.from_private_bytes(_raw(folder / SEALING)),
    )


def _raw(path: Path) -> bytes:
    try:
        raw = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except FileNotFoundError:
        raise WireError("keys_missing", file=path.name) from None
    except ValueError:
        raise WireError("keys_damaged", file=path.name) from None
    if len(raw) != 32:
        raise WireError("keys_damaged", file=path.name)
    return raw


def write_private(path: Path, content: bytes) -> None:
    """Writes a new file that only its owner may read; FileExistsError if it is there."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())


def open_to_others(folder: Path) -> list[str]:
    """Names of key files that someone besides their owner may read."""
    return sorted(p.name for p in folder.glob("*.key") if p.stat().st_mode & 0o077)
