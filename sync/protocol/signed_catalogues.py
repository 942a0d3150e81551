"""A catalogue with the word of the upper server whose it is, so that it may pass through anybody's hands."""

from __future__ import annotations

import msgspec

from sync.protocol import signing
from sync.protocol.errors import WireError
from sync.protocol.frames import SMALL, compress, decompress

CATALOGUE_BYTES = 8 * 1024 * 1024
"""No catalogue is longer, unpacked."""


class SignedCatalogue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``files``: text by name, as ``kinds_load.load`` reads them; ``version``: theirs; ``server``: its id."""

    server: str
    version: int
    files: dict[str, str]
    signature: bytes = b""


def sign_catalogue(catalogue: SignedCatalogue, private: bytes) -> SignedCatalogue:
    """The same catalogue with the server's signature."""
    signature = signing.sign(private, signing.CATALOGUE, signing.unsigned(catalogue))
    return msgspec.structs.replace(catalogue, signature=signature)


def catalogue_is_true(catalogue: SignedCatalogue, server_keys: tuple[bytes, ...]) -> bool:
    """Whether one of the server's keys signed exactly these files."""
    return signing.verify_any(
        server_keys, signing.CATALOGUE, signing.unsigned(catalogue), catalogue.signature
    )


def encode_catalogue(catalogue: SignedCatalogue) -> bytes:
    """Its JSON."""
    return msgspec.json.encode(catalogue)


def decode_catalogue(data: bytes) -> SignedCatalogue:
    """A catalogue from JSON, its signature not yet checked; WireError ``bad_message``."""
    try:
        return msgspec.json.decode(data, type=SignedCatalogue)
    except (msgspec.DecodeError, RecursionError, ValueError):
        raise WireError("bad_message", reason="catalogue") from None


def pack_catalogue(encoded: bytes) -> bytes:
    """A catalogue's JSON in a frame, for bundles."""
    return compress(encoded, SMALL)


def unpack_catalogue(data: bytes) -> bytes:
    """The JSON in such a frame; WireError ``bad_message``, ``too_large``, ``too_new`` (a dictionary)."""
    return decompress(data, CATALOGUE_BYTES)
