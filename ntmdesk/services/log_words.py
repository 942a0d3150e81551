"""The words of the weekly log on paper, read from ``resources/templates/weekly_log.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from ntmdesk.system.assets import assets

FILE = "templates/weekly_log.toml"


class Words:
    """Phrases by dotted name; a missing one is a mistake of the template and raises KeyError."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        self._table = table

    def say(self, name: str, **values: object) -> str:
        """The phrase with its places filled."""
        return str(self._find(name)).format(**values)

    def list(self, name: str, **values: object) -> tuple[str, ...]:
        """A list of phrases."""
        found: Sequence[Any] = self._find(name)
        return tuple(str(phrase).format(**values) for phrase in found)

    def get(self, name: str, default: str = "") -> str:
        """The phrase, or ``default``."""
        try:
            return str(self._find(name))
        except KeyError:
            return default

    def _find(self, name: str) -> Any:
        at: Any = self._table
        for part in name.split("."):
            at = at[part]
        return at


@cache
def words() -> Words:
    """The shipped words.  EnvironmentProblem ``asset_missing``."""
    return Words(tomllib.loads(assets().read_text(FILE)))
