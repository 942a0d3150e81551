"""What a sentence is: its words in both languages, with places for details."""

from __future__ import annotations

from collections.abc import Mapping
from string import Formatter
from typing import Any

Sentences = Mapping[str, tuple[str, str]]
"""Code -> (Vietnamese, English)."""


class _Gaps(Formatter):
    """A missing detail becomes an ellipsis instead of an error."""

    def get_value(self, key: int | str, args: Any, kwargs: Any) -> Any:
        return kwargs.get(key, "…") if isinstance(key, str) else "…"


def say(pair: tuple[str, str], details: Mapping[str, Any], language: str) -> str:
    """One sentence in a language, its places filled."""
    return _Gaps().format(pair[1] if language == "en" else pair[0], **details)
