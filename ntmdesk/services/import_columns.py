"""Which column of a list is which field: by the synonyms of ``resources/templates/imports/<kind>.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from ntmdesk.domain.text import fold
from ntmdesk.errors import UserError
from ntmdesk.services.csv_sheets import heading_key
from ntmdesk.system.assets import assets
from sync.protocol.kinds import Kind

KINDS = ("household", "resident")
NEEDED: Mapping[str, tuple[str, ...]] = {"household": ("head_name",), "resident": ("full_name",)}
BESIDE: Mapping[str, tuple[str, ...]] = {
    "household": (),
    "resident": ("household_code", "household_head", "household_lane", "consent"),
}
"""Columns that are no field of the kind but find or make another record."""


@dataclass(frozen=True, slots=True)
class Synonyms:
    """Words of lists for one kind: heading keys to fields, words to choice codes."""

    headings: Mapping[str, str]
    ignored: frozenset[str]
    words: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Columns:
    """Column number to field.  ``unknown``: headings nothing was found for; ``missing``: needed fields
    without a column."""

    columns: Mapping[int, str]
    unknown: tuple[str, ...]
    missing: tuple[str, ...]


@cache
def synonyms(kind: str) -> Synonyms:
    """The words of a kind.  UserError ``import_kind`` for a kind whose lists are not imported."""
    if kind not in KINDS:
        raise UserError("import_kind", kind=kind, allowed=list(KINDS))
    table = tomllib.loads(assets().read_text(f"templates/imports/{kind}.toml"))
    headings: dict[str, str] = {}
    for field, names in table["columns"].items():
        for name in (field, *names):
            headings.setdefault(heading_key(name), field)
    words = {
        field: {fold(word): code for code, said in codes.items() for word in said}
        for field, codes in table.get("values", {}).items()
    }
    return Synonyms(headings, frozenset(heading_key(h) for h in table.get("ignore", ())), words)


def propose(
    kind: str, headings: Sequence[str], chosen: Mapping[str, str] | None = None, known: Kind | None = None
) -> Columns:
    """The mapping a person is offered.  ``chosen``: heading to field, "" = leave out; it comes first.

    A field is taken once, by its first column.  UserError ``unknown_field`` for a chosen field that the kind
    does not have.
    """
    said = synonyms(kind)
    own = {heading_key(heading): field for heading, field in (chosen or {}).items()}
    allowed = set(said.headings.values()) | set(BESIDE[kind]) | (set(known.names) if known else set())
    for field in own.values():
        if field and field not in allowed:
            raise UserError("unknown_field", field=field, kind=kind)
    columns: dict[int, str] = {}
    taken = {field for field in own.values() if field}
    unknown = []
    for place, heading in enumerate(headings):
        key = heading_key(heading)
        if key in own:
            if own[key]:
                columns[place] = own[key]
            continue
        found = said.headings.get(key) or _shorter(key, said.headings)
        if found and found not in taken:
            columns[place] = found
            taken.add(found)
        elif key and key not in said.ignored:
            unknown.append(heading)
    missing = tuple(f for f in NEEDED[kind] if f not in columns.values())
    return Columns(columns, tuple(unknown), missing)


def _shorter(key: str, headings: Mapping[str, str]) -> str | None:
    """A heading with something behind it ("Số khẩu (người)"): its longest known beginning of two words."""
    words = key.split()
    for count in range(len(words) - 1, 1, -1):
        found = headings.get(" ".join(words[:count]))
        if found:
            return found
    return None


def read_mapping(text: str) -> dict[str, str]:
    """A mapping file: ``[columns]`` with ``"Heading" = "field"``; UserError ``invalid`` (field ``map``)."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        raise UserError("invalid", field="map", reason=str(wrong)) from wrong
    columns = table.get("columns", table)
    if not isinstance(columns, dict) or not all(isinstance(v, str) for v in columns.values()):
        raise UserError("invalid", field="map", reason="columns")
    return {str(k): str(v) for k, v in columns.items()}
