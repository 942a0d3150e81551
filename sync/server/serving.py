"""The mark that a serving process leaves in its folder: where it listens, for commands run beside it."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

FILE = "serving.json"


class Serving(msgspec.Struct, frozen=True):
    """``fingerprint``: of the certificate, "" without TLS.  ``pinned``: laptops must know it by that, as no
    authority they trust has signed it."""

    url: str
    fingerprint: str
    pinned: bool


def write(data: Path, serving: Serving) -> None:
    """Leaves or renews the mark; it stays when the server ends, as the last address known."""
    unfinished = data / f"{FILE}.new"
    unfinished.write_bytes(msgspec.json.encode(serving))
    os.replace(unfinished, data / FILE)


def read(data: Path) -> Serving | None:
    """The mark, or None where no server has listened yet."""
    try:
        return msgspec.json.decode((data / FILE).read_bytes(), type=Serving)
    except (OSError, msgspec.DecodeError):
        return None
