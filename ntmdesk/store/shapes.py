"""What the store computes from a record beside its cells: all of it can be thrown away and made again.

A ``Shape`` is made once per kind from the catalogue; ``derive`` turns one record into what is displayed, how
it sorts, on which day it falls, which words find it and which records it names.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from ntmdesk.domain.text import fold, plain_sort_key, sort_key, spelling_twin
from sync.protocol import records as _records
from sync.protocol.cells import Cell, canonical, plain, twin_values
from sync.protocol.dots import Dot
from sync.protocol.kinds import Field, Kind
from sync.protocol.records import Record

UNBORN, LIVING, DELETED, JOINED = 0, 1, 2, 3

UNLINKED = frozenset({"unit", "hamlet", "team", "member"})
"""Kinds so many records refer to that nobody asks who does; they are found by a scan instead."""

VERSION = 2
"""Raised when ``derive`` changes: stores then compute everything anew."""

encode_shown = msgspec.json.Encoder().encode
Parsed = tuple[list[Any], dict[str, list[Any]], dict[str, dict[str, int]]]
"""An image as JSON: dots, cells, contexts."""
parse_image = msgspec.json.Decoder(Parsed).decode
decode_shown = msgspec.json.Decoder(dict[str, Any]).decode


class Derived(NamedTuple):
    """What one state of a record gives; ``terms`` is the text that finds it, None where nothing does."""

    shown: dict[str, Any]
    life: int
    sort: bytes | None
    day: str | None
    open: int
    back: int
    terms: str | None
    links: tuple[bytes, ...]


class Shape:
    """How records of one kind are displayed, ordered, found and linked; ``kind`` None: not known yet."""

    def __init__(self, name: str, kind: Kind | None) -> None:
        self.name = name
        self.kind = kind
        self.sort_by: Callable[[str], bytes] | None = None
        self.sort = self.day = ""
        self.search: tuple[tuple[str, str], ...] = ()
        self.readings: dict[str, Field] = {}
        self.aliases: dict[str, str] = {}
        self.linking: frozenset[str] = frozenset()
        self._links: tuple[Callable[[dict[str, Any]], Iterable[Any]], ...] = ()
        if kind is None:
            return
        self.sort, self.day = kind.sort, kind.date_field
        self.sort_by = (sort_key if kind.sort_by == "person" else plain_sort_key) if kind.sort else None
        names = kind.search or kind.title
        self.search = tuple((n, f.type) for n in names if (f := kind.field(n)) is not None)
        self.readings = {f.cell: f for f in kind.fields if f.reading != "one" and not f.group}
        self.aliases = {alias: f.name for f in kind.fields for alias in f.aliases}
        readers = list(_link_readers(kind))
        self.linking = frozenset(name for name, _ in readers)
        self._links = tuple(read for _, read in readers)

    @property
    def mark(self) -> str:
        """Changes whenever records of the kind must be computed anew."""
        k = self.kind
        if k is None:
            return f"{VERSION}:unknown"
        said = [VERSION, k.sort, k.sort_by, k.date_field, self.search, sorted(self.aliases.items())]
        said += [sorted((c, f.reading) for c, f in self.readings.items()), len(self._links)]
        return hashlib.sha256(canonical(said)).hexdigest()[:16]

    def derive(self, record: Record) -> Derived:
        """Everything beside the cells.  ``life`` knows nothing of groups: never ``JOINED``."""
        shown = _records.shown(record)
        if self.readings:
            self._read(record, shown)
        cells = record.cells
        life = LIVING
        back = 0
        if _records.BORN not in cells or not cells[_records.BORN].siblings:
            life = UNBORN
        elif _records.DELETED in cells:
            if _records.is_deleted(record):
                life = DELETED
            elif _records.is_brought_back(record):
                back = 1
        open_ = 0
        if any(len(c.siblings) > 1 for c in cells.values()) or _has_twins(cells):
            open_ = sum(1 for name in _records.conflicts(record) if name not in self.readings)
        return self._finish(shown, life, open_, back)

    def derive_parsed(self, parsed: Parsed) -> Derived | None:
        """The same from an image as JSON, many times quicker; None where only ``derive`` can tell.

        It can for what nearly every copy is: born, never deleted, one value in every cell.
        """
        cells = parsed[1]
        if not cells.get(_records.BORN):
            return None
        shown: dict[str, Any] = {}
        rows: dict[str, list[tuple[Any, str, Any]]] = {}
        for name, flat in cells.items():
            if len(flat) != 2:
                if flat or name == _records.DELETED:
                    return None
                continue
            mark = name[0]
            if mark == "_":
                if name == _records.DELETED:
                    return None
                continue
            value = flat[1]
            if type(value) is dict:
                value = plain(value)
            if "/" in name:
                field, _, key = name.partition("/")
                rows.setdefault(field, []).append((place_of(value), key, value))
            elif mark == "@":
                if type(value) is dict:
                    shown.update({k: v for k, v in value.items() if v is not None})
            elif value is not None:
                shown[name] = value
        for field, entries in rows.items():
            if len(entries) > 1:
                entries.sort(key=_place)
            shown[field] = [row_shown(key, value) for _, key, value in entries]
        return self._finish(shown, LIVING, 0, 0)

    def _finish(self, shown: dict[str, Any], life: int, open_: int, back: int) -> Derived:
        if self.aliases:
            for alias, name in self.aliases.items():
                if alias in shown:
                    old = shown.pop(alias)
                    shown.setdefault(name, old)
        sort = self.sort_by(plain_text(shown.get(self.sort))) if self.sort_by else None
        day = shown.get(self.day, "") if self.day else None
        if day is not None and type(day) is not str:
            day = ""
        terms = self.terms(shown) if life in (LIVING, DELETED) else None
        return Derived(shown, life, sort, day, open_, back, terms, self.links(shown))

    def _read(self, record: Record, shown: dict[str, Any]) -> None:
        for name, f in self.readings.items():
            cell = record.cells.get(name)
            if cell is None or len(cell.siblings) < 2:
                continue
            every = (plain(v) for s in cell.siblings.values() for v in twin_values(s))
            values = [v for v in every if v is not None]
            if f.reading == "max" and values and all(_comparable(v, values[0]) for v in values):
                shown[f.name] = max(values)
            elif f.reading == "union" and values and all(isinstance(v, list) for v in values):
                shown[f.name] = sorted({canonical(x): x for v in values for x in v}.values(), key=canonical)

    def terms(self, shown: Mapping[str, Any]) -> str | None:
        """The folded words that find a record; numbers can be found by their last digits too."""
        out: list[str] = []
        for name, type_ in self.search:
            value = shown.get(name)
            if type(value) is str:
                out.append(terms_of(value, type_))
            elif value is not None:
                out += [terms_of(text, type_) for text in texts_of(value)]
        return " ".join(out) or None

    def links(self, shown: dict[str, Any]) -> tuple[bytes, ...]:
        """The records it names, as 16-byte ids, each once."""
        if not self._links:
            return ()
        found: dict[bytes, None] = {}
        for read in self._links:
            for value in read(shown):
                key = link_key(value)
                if key is not None:
                    found[key] = None
        return tuple(found)


def terms_of(text: str, type_: str = "text") -> str:
    """One value as search words.  Digits also stand reversed behind an ``x``, so that a tail is a prefix."""
    if type_ in ("phone", "id_number"):
        digits = text if text.isdigit() else "".join(c for c in text if c.isdigit())
        return f"{digits} x{digits[::-1]}" if digits else ""
    return " ".join(map(_word_terms, text.split()))


@lru_cache(maxsize=32768)
def _word_terms(word: str) -> str:
    """One word folded, with its other spelling; names repeat their words, so words are remembered."""
    folded = fold(word).replace("'", " ").split()
    out = [*folded, *(twin for w in folded if (twin := spelling_twin(w)) is not None)]
    digits = "".join(c for c in word if c.isdigit())
    if len(digits) >= 3:
        out.append(f"x{digits[::-1]}")
    return " ".join(out)


def link_key(value: Any) -> bytes | None:
    """The 16 bytes of an id; None for what is no UUID."""
    if type(value) is not str or len(value) != 36:
        return None
    try:
        return bytes.fromhex(value.replace("-", ""))
    except ValueError:
        return None


def link_id(key: bytes) -> str:
    """The id of 16 bytes."""
    return str(uuid.UUID(bytes=key))


def winner_dots(record: Record, shape: Shape) -> dict[str, Dot]:
    """For each shown field and each cell the dot that is on the screen."""
    dots: dict[str, Dot] = {}
    for name, cell in record.cells.items():
        if _records.is_reserved(name) or not cell.siblings:
            continue
        top = max(cell.siblings)
        dots[name] = top
        if "/" in name:
            field = name.partition("/")[0]
            dots[field] = max(dots.get(field, top), top)
        elif name.startswith("@"):
            known = shape.kind.groups.get(name[1:], ()) if shape.kind else ()
            dots.update((f.name, top) for f in known)
            value = twin_values(cell.siblings[top])[-1]
            if isinstance(value, dict):
                dots.update((k, top) for k in value)
        elif name in shape.aliases:
            dots.setdefault(shape.aliases[name], top)
    return dots


def _link_readers(kind: Kind) -> Iterable[tuple[str, Callable[[dict[str, Any]], Iterable[Any]]]]:
    """(field, what reads the ids in it) of a kind."""
    for f in kind.fields:
        if f.type == "reference" and f.refers not in UNLINKED:
            yield f.name, lambda shown, n=f.name: (shown.get(n),)  # type: ignore[misc]
        elif f.type == "references" and f.refers not in UNLINKED:
            yield (
                f.name,
                lambda shown, n=f.name: v if isinstance(v := shown.get(n), list) else (),  # type: ignore[misc]
            )
        elif f.type == "rows":
            for c in f.columns:
                if c.type == "reference" and c.refers not in UNLINKED:
                    yield (
                        f.name,
                        lambda shown, n=f.name, c=c.name: (  # type: ignore[misc]
                            row.get(c) for row in (shown.get(n) or ()) if isinstance(row, dict)
                        ),
                    )
        elif f.name in ("a", "b", "subject") and f.type == "text":
            yield f.name, lambda shown, n=f.name: (shown.get(n),)  # type: ignore[misc]


def place_of(value: Any) -> int:
    """Where a row stands among the rows of its field."""
    place = value.get("#", 0) if type(value) is dict else 0
    return place if type(place) is int else 0


def row_shown(key: str, value: Any) -> Any:
    """A row as people see it, or the element that a key stands for."""
    if type(value) is not dict:
        return key
    return {"id": key, **{k: v for k, v in value.items() if k != "#"}}


def _place(entry: tuple[int, str, Any]) -> tuple[int, str]:
    return entry[:2]


def texts_of(value: Any) -> Iterable[str]:
    """The texts and numbers in a value, as texts."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from texts_of(each)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield str(value)


def plain_text(value: Any) -> str:
    """A value as a text to sort by; blank is empty."""
    return value if isinstance(value, str) else "" if value is None else str(value)


def _comparable(a: Any, b: Any) -> bool:
    numbers = (int, float)
    if isinstance(a, bool) or isinstance(b, bool):
        return type(a) is type(b)
    return (isinstance(a, numbers) and isinstance(b, numbers)) or (isinstance(a, str) and isinstance(b, str))


def _has_twins(cells: Mapping[str, Cell]) -> bool:
    return any(isinstance(v, tuple) for c in cells.values() for v in c.siblings.values())
