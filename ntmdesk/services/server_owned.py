"""Which values only the upper server may write: believed with its signature, set aside without."""

from __future__ import annotations

from typing import Any

from sync.protocol.kinds import Catalogue, Kind
from sync.protocol.validation import writer_of


class OwnedByServer:
    """The test the engine applies to arriving values: (kind, cell, value).

    ``kinds``: those in which the server owns anything at all; values of others need no look.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self.kinds = frozenset(name for name, kind in catalogue.kinds.items() if _any_owned(catalogue, kind))

    def __call__(self, kind: str, cell: str, value: Any) -> bool:
        """Whether only the server may write this value."""
        return writer_of(self._catalogue, kind, cell, value) == "server"


def owned_by_server(catalogue: Catalogue) -> OwnedByServer:
    """The test for a catalogue."""
    return OwnedByServer(catalogue)


def _any_owned(catalogue: Catalogue, kind: Kind) -> bool:
    lists = [catalogue.choices(f.choices) for f in kind.fields if f.choices]
    return (
        kind.writer == "server"
        or any(f.writer == "server" for f in kind.fields)
        or any(choice.writer == "server" for found in lists for choice in found.choices)
    )
