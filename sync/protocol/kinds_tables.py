"""One table of a catalogue file, read key by key; every mistake names its file, key and reason."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any, NoReturn

from sync.protocol.kinds import CatalogueError, Label

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_MISSING: Any = object()


class Table:
    """Wraps parsed TOML.  Keys are taken once; ``done`` refuses what nobody asked for."""

    def __init__(self, file: str, path: str, data: Mapping[str, Any]) -> None:
        self.file = file
        self._path = path
        self._data = data
        self._taken: set[str] = set()

    def wrong(self, key: str, reason: str) -> NoReturn:
        """Raises CatalogueError for a key of this table."""
        raise CatalogueError(self.file, f"{self._path}{key}", reason)

    def has(self, key: str) -> bool:
        """Whether the key stands in the file."""
        return key in self._data

    def take(self, key: str, default: Any = _MISSING) -> Any:
        """The value as parsed; without a default a missing key is a mistake."""
        self._taken.add(key)
        if key in self._data:
            return self._data[key]
        if default is _MISSING:
            self.wrong(key, "is missing")
        return default

    def text(self, key: str, default: Any = _MISSING) -> str:
        """A text; one that must be there must not be empty."""
        value = self.take(key, default)
        if not isinstance(value, str):
            self.wrong(key, "must be a text")
        if default is _MISSING and not value.strip():
            self.wrong(key, "is empty")
        if value != value.strip():
            self.wrong(key, "begins or ends with a space")
        return value

    def name(self, key: str) -> str:
        """A name that may become part of a cell's name or an SQL column."""
        value = self.text(key)
        if not _NAME.fullmatch(value):
            self.wrong(key, f"{value!r} is no name: a-z first, then a-z 0-9 _, at most 40")
        return value

    def one_of(self, key: str, allowed: Collection[str], default: Any = _MISSING) -> str:
        """A text out of ``allowed``."""
        value = self.text(key, default)
        if value not in allowed:
            self.wrong(key, f"{value!r} is none of {', '.join(sorted(a for a in allowed if a))}")
        return value

    def boolean(self, key: str, default: bool) -> bool:
        """true or false."""
        value = self.take(key, default)
        if not isinstance(value, bool):
            self.wrong(key, "must be true or false")
        return value

    def integer(self, key: str, default: Any = _MISSING, *, minimum: int | None = None) -> int:
        """A whole number, ``minimum`` at least."""
        value = self.take(key, default)
        if not isinstance(value, int) or isinstance(value, bool):
            self.wrong(key, "must be a whole number")
        if minimum is not None and value < minimum:
            self.wrong(key, f"must be {minimum} or more")
        return value

    def number(self, key: str) -> float | None:
        """A number, whole ones as int; None when the key is not there."""
        value = self.take(key, None)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.wrong(key, "must be a number")
        return value

    def names(self, key: str) -> tuple[str, ...]:
        """A list of texts without repetition; empty when the key is not there."""
        value = self.take(key, [])
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
            self.wrong(key, "must be a list of texts")
        if len(set(value)) != len(value):
            self.wrong(key, "names something twice")
        return tuple(value)

    def mapping(self, key: str) -> Mapping[str, Any]:
        """A table as parsed; empty when the key is not there."""
        value = self.take(key, {})
        if not isinstance(value, dict):
            self.wrong(key, "must be a table")
        return value

    def table(self, key: str) -> Table:
        """A table that must be there."""
        value = self.take(key)
        if not isinstance(value, dict):
            self.wrong(key, "must be a table")
        return Table(self.file, f"{self._path}{key}.", value)

    def tables(self, key: str, *, at_least: int = 0) -> list[Table]:
        """A list of tables, named ``key[name]`` in mistakes, by place when they have no name."""
        value = self.take(key, [])
        if not isinstance(value, list) or not all(isinstance(v, dict) for v in value):
            self.wrong(key, "must be a list of tables")
        if len(value) < at_least:
            self.wrong(key, "is missing or empty")
        out = []
        for place, row in enumerate(value):
            called = row.get("name", row.get("code"))
            mark = called if isinstance(called, str) and called else str(place + 1)
            out.append(Table(self.file, f"{self._path}{key}[{mark}].", row))
        return out

    def label(self, key: str) -> Label:
        """A table with words in Vietnamese and English, both there."""
        inner = self.table(key)
        label = inner.words()
        inner.done()
        return label

    def words(self) -> Label:
        """The keys ``vi`` and ``en`` of this table itself, both there."""
        return {"vi": self.text("vi"), "en": self.text("en")}

    def others(self, known: Collection[str]) -> dict[str, Any]:
        """Every key but the known ones, as parsed."""
        self._taken.update(self._data)
        return {k: v for k, v in self._data.items() if k not in known}

    def done(self) -> None:
        """Refuses keys that nobody took: most of them are slips of the pen."""
        for key in self._data:
            if key not in self._taken:
                self.wrong(key, "is not known here")
