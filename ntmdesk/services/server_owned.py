"""Which values only the upper server may write: believed with its signature, set aside without."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sync.protocol.kinds import Catalogue
from sync.protocol.validation import writer_of


def owned_by_server(catalogue: Catalogue) -> Callable[[str, str, Any], bool]:
    """The test the engine applies to every arriving value: (kind, cell, value)."""

    def owned(kind: str, cell: str, value: Any) -> bool:
        return writer_of(catalogue, kind, cell, value) == "server"

    return owned
