"""The zstd dictionaries of the protocol, by id.  A dictionary never changes once shipped; a better one gets
the next id.  Made by ``scripts/train_dictionary.py``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sync.protocol import dictionary_1

DICTIONARIES: Final[dict[int, Callable[[], bytes]]] = {1: dictionary_1.read}
"""Id -> reader of the dictionary's bytes."""

NEWEST: Final = 1
"""What new frames are written with; 0 = none."""
