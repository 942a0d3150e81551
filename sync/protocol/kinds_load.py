"""Catalogue files into a ``Catalogue``, or a mistake told by file, key and reason.

Takes texts by file name, as they lie under ``resources/catalogues`` or travel by sync:

- ``catalogue.toml``    the version
- ``kinds/*.toml``      one kind each
- ``lists/*.toml``, ``indicators.toml``   one choice list each
- any other ``.toml``   kept as parsed in ``Catalogue.documents``

What the files say is described in ``docs/catalogue.md``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import Any

from sync.protocol.kinds import (
    CELL_PER_ELEMENT,
    FIELD_TYPES,
    PILLARS,
    READINGS,
    RESERVED_NAMES,
    RULE_TYPES,
    SENSITIVITIES,
    STREAMS,
    WRITERS,
    Catalogue,
    CatalogueError,
    Choice,
    ChoiceList,
    Field,
    Kind,
    Rule,
    Section,
    When,
)
from sync.protocol.kinds_check import check_catalogue, check_kind
from sync.protocol.kinds_tables import Table

LENGTHS = {
    "text": 200,
    "long_text": 2000,
    "url": 500,
    "phone": 20,
    "id_number": 12,
    "reference": 64,
    "choice": 32,
    "object": 200_000,
}
"""Caps of the types that have one, where a file gives none; characters, for ``object`` canonical bytes."""

COUNTS = {"rows": 300, "choices": 60, "references": 60}
"""Caps on the number of entries where a file gives none."""

LENGTH_LIMIT = 20_000
OBJECT_LIMIT = 240_000
COUNT_LIMIT = 2_000

_LIST_WORDS = {"code", "vi", "en", "short", "retired"}


def load(documents: Mapping[str, str]) -> Catalogue:
    """Reads all files and checks every reference between them; raises CatalogueError at the first mistake.

    Files are read in name order, so that the same mistake is always the one reported.
    """
    tables = {name: _parse(name, text) for name, text in sorted(documents.items()) if name.endswith(".toml")}
    if "catalogue.toml" not in tables:
        raise CatalogueError("catalogue.toml", "", "file is missing")
    head = Table("catalogue.toml", "", tables.pop("catalogue.toml"))
    version = head.integer("version", minimum=1)
    head.text("title", "")
    head.text("source", "")
    head.done()

    kinds: dict[str, Kind] = {}
    lists: dict[str, ChoiceList] = {}
    refers: dict[str, dict[str, str]] = {}
    files: dict[str, str] = {}
    rest: dict[str, Mapping[str, Any]] = {}
    for file, data in tables.items():
        table = Table(file, "", data)
        if file.startswith("kinds/"):
            kind = _kind(table)
            _claim(file, kind.name, "kind", files, kinds)
            kinds[kind.name] = kind
        elif file.startswith("lists/") or file == "indicators.toml":
            choice_list, refers[file] = _choice_list(table)
            _claim(file, choice_list.name, "list", files, lists)
            lists[choice_list.name] = choice_list
        else:
            rest[file] = data
    catalogue = Catalogue(version, kinds, lists, rest)
    check_catalogue(catalogue, files, refers)
    return catalogue


def _parse(file: str, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CatalogueError(file, "", f"not TOML: {error}") from None


def _claim(file: str, name: str, sort: str, files: dict[str, str], known: Mapping[str, Any]) -> None:
    stem = file.rpartition("/")[2].removesuffix(".toml")
    if name != stem:
        raise CatalogueError(file, "name", f"is {name!r}, the file is called {stem!r}")
    if name in known:
        raise CatalogueError(
            file, "name", f"{sort} {name!r} is already declared in {files[f'{sort} {name}']}"
        )
    files[f"{sort} {name}"] = file


# --- lists -----------------------------------------------------------------------------------------------


def _choice_list(table: Table) -> tuple[ChoiceList, dict[str, str]]:
    name = table.name("name")
    label = table.label("label")
    table.text("source", "")
    refers = {k: str(v) for k, v in table.mapping("refers").items()}
    choices: list[Choice] = []
    seen: set[str] = set()
    for row in table.tables("choices", at_least=1):
        code = row.text("code")
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}", code):
            row.wrong("code", f"{code!r} is no code: letters, digits, . _ - only, at most 32")
        if code in seen:
            row.wrong("code", f"{code!r} stands twice")
        seen.add(code)
        words = {"vi": row.text("vi"), "en": row.text("en")}
        short = row.label("short") if row.has("short") else words
        retired = row.boolean("retired", False)
        extra = row.others(_LIST_WORDS)
        if extra.get("writer", "anyone") not in WRITERS:
            row.wrong("writer", f"{extra['writer']!r} is none of {', '.join(WRITERS)}")
        choices.append(Choice(code, words, short, retired, extra))
    table.done()
    return ChoiceList(name, label, tuple(choices)), refers


# --- kinds -----------------------------------------------------------------------------------------------


def _kind(table: Table) -> Kind:
    name = table.name("name")
    label, plural = table.label("label"), table.label("plural")
    fields = tuple(_field(row, column=False) for row in table.tables("fields", at_least=1))
    kind = Kind(
        name=name,
        label=label,
        plural=plural,
        fields=fields,
        sections=tuple(_section(row) for row in table.tables("sections")),
        columns=table.names("columns"),
        title=table.names("title"),
        search=table.names("search"),
        sort=table.text("sort", ""),
        sort_by=table.one_of("sort_by", ("", "person", "text"), ""),
        date_field=table.text("date_field", ""),
        code_field=table.text("code_field", ""),
        natural_key=table.names("natural_key"),
        natural_sorted=table.names("natural_sorted"),
        rules=tuple(_rule(row) for row in table.tables("rules")),
        writer=table.one_of("writer", WRITERS, "anyone"),
        stream=table.one_of("stream", STREAMS, "team"),
        icon=table.text("icon", "file-text"),
        pillar=table.one_of("pillar", PILLARS, "work"),
        page=table.text("page", "records"),
    )
    table.done()
    check_kind(table.file, kind)
    return kind


def _section(row: Table) -> Section:
    section = Section(row.name("name"), row.words(), row.names("fields"))
    row.done()
    return section


def _field(row: Table, *, column: bool) -> Field:
    name = row.name("name")
    if name in RESERVED_NAMES:
        row.wrong("name", f"{name!r} is reserved")
    type_ = row.one_of("type", FIELD_TYPES)
    if column and type_ in CELL_PER_ELEMENT | {"object"}:
        row.wrong("type", f"a column cannot be of type {type_!r}")
    field = Field(
        name=name,
        type=type_,
        label=row.words(),
        hint=row.label("hint") if row.has("hint") else {},
        required=row.boolean("required", False),
        max_length=_length(row, type_),
        minimum=row.number("minimum"),
        maximum=_count_cap(row, type_),
        pattern=_pattern(row),
        choices=row.text("choices", ""),
        refers=row.text("refers", ""),
        purpose=row.text("purpose", ""),
        sensitivity=row.one_of("sensitivity", SENSITIVITIES, "none"),
        reading=row.one_of("reading", READINGS, "one"),
        group=row.name("group") if row.has("group") else "",
        writer=row.one_of("writer", WRITERS, "anyone"),
        default=row.take("default", None),
        aliases=row.names("aliases"),
        columns=tuple(_field(r, column=True) for r in row.tables("columns")),
        row_key=row.text("row_key", ""),
    )
    row.done()
    return field


def _length(row: Table, type_: str) -> int | None:
    if type_ not in LENGTHS:
        if row.has("max_length"):
            row.wrong("max_length", f"has no meaning for type {type_!r}")
        return None
    length = row.integer("max_length", LENGTHS[type_], minimum=1)
    limit = OBJECT_LIMIT if type_ == "object" else LENGTH_LIMIT
    if length > limit:
        row.wrong("max_length", f"{length} is more than {limit}")
    return length


def _count_cap(row: Table, type_: str) -> float | None:
    maximum = row.number("maximum")
    if type_ in COUNTS:
        maximum = COUNTS[type_] if maximum is None else maximum
        if not 1 <= maximum <= COUNT_LIMIT:
            row.wrong("maximum", f"a field of entries holds 1 to {COUNT_LIMIT}")
    return maximum


def _pattern(row: Table) -> str:
    pattern = row.text("pattern", "")
    try:
        re.compile(pattern)
    except re.error as error:
        row.wrong("pattern", f"no regular expression: {error}")
    return pattern


def _rule(row: Table) -> Rule:
    when: When | None = None
    if row.has("when"):
        inner = row.table("when")
        is_in = inner.take("is_in", ())
        if not isinstance(is_in, list | tuple):
            inner.wrong("is_in", "must be a list")
        when = When(inner.text("field"), tuple(is_in), inner.boolean("filled", False))
        if bool(when.is_in) == when.filled:
            inner.wrong("is_in", "give either is_in or filled = true")
        inner.done()
    rule = Rule(
        code=row.name("code"),
        type=row.one_of("type", RULE_TYPES),
        fields=row.names("fields"),
        label=row.words(),
        when=when,
        rows=row.text("rows", ""),
        days=row.integer("days", 0),
        warning=row.boolean("warning", False),
    )
    row.done()
    return rule
