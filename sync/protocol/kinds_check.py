"""Checks on declared kinds that look at more than one key: names that must exist, caps that make sense."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NoReturn

from sync.protocol.kinds import CELL_PER_ELEMENT, SET_TYPES, Catalogue, CatalogueError, Field, Kind, Rule

_TEXTS = frozenset({"text", "long_text", "phone", "url", "id_number"})
_ORDERED = frozenset({"integer", "decimal", "date", "time", "timestamp"})
_NUMBERS = frozenset({"integer", "decimal"})
_RULE_FIELDS = {
    "at_most": 2,
    "required_when": 1,
    "blank_when": 1,
    "different": 2,
    "days_after": 2,
    "not_future": 1,
}


class _Checker:
    def __init__(self, file: str, kind: Kind) -> None:
        self.file = file
        self.kind = kind

    def wrong(self, key: str, reason: str) -> NoReturn:
        raise CatalogueError(self.file, key, reason)

    def exists(self, key: str, names: Iterable[str], fields: tuple[Field, ...] | None = None) -> None:
        known = {f.name for f in (self.kind.fields if fields is None else fields)}
        for name in names:
            if name not in known:
                self.wrong(key, f"names {name!r}, which is no field")

    def fields(self, where: str, fields: tuple[Field, ...]) -> None:
        seen: set[str] = set()
        for f in fields:
            key = f"{where}[{f.name}]"
            for name in (f.name, *f.aliases):
                if name in seen:
                    self.wrong(f"{key}.name", f"{name!r} stands twice")
                seen.add(name)
            self.field(key, f)

    def field(self, key: str, f: Field) -> None:
        takes_choices = f.type in ("choice", "choices")
        if takes_choices != bool(f.choices):
            self.wrong(
                f"{key}.choices", f"belongs to types choice and choices, and must be there; type {f.type!r}"
            )
        if (f.type in ("reference", "references")) != bool(f.refers):
            self.wrong(f"{key}.refers", f"belongs to references, and must be there; type {f.type!r}")
        if (f.type == "rows") != bool(f.columns):
            self.wrong(f"{key}.columns", f"belongs to type rows, and must be there; type {f.type!r}")
        if f.pattern and f.type not in _TEXTS:
            self.wrong(f"{key}.pattern", f"has no meaning for type {f.type!r}")
        counted = f.type in _NUMBERS or f.type in CELL_PER_ELEMENT
        if not counted and (f.minimum is not None or f.maximum is not None):
            self.wrong(f"{key}.maximum", f"bounds have no meaning for type {f.type!r}")
        if f.minimum is not None and f.maximum is not None and f.minimum > f.maximum:
            self.wrong(f"{key}.minimum", "is more than maximum")
        if f.type in _NUMBERS and (f.minimum is None or f.maximum is None):
            self.wrong(f"{key}.maximum", "a number needs minimum and maximum")
        if f.group and f.type in CELL_PER_ELEMENT | {"object"}:
            self.wrong(f"{key}.group", f"a field of type {f.type!r} has cells of its own")
        if f.reading == "union" and f.type not in SET_TYPES:
            self.wrong(f"{key}.reading", "union is for sets")
        if f.reading == "max" and f.type not in _ORDERED:
            self.wrong(f"{key}.reading", "max is for numbers and dates")
        if (f.sensitivity != "none") != bool(f.purpose):
            self.wrong(f"{key}.purpose", "personal data needs a purpose, other data has none")
        if f.row_key and f.column(f.row_key) is None:
            self.wrong(f"{key}.row_key", f"names {f.row_key!r}, which is no column")
        if f.columns:
            self.fields(f"{key}.columns", f.columns)

    def rule(self, rule: Rule) -> None:
        key = f"rules[{rule.code}]"
        fields: tuple[Field, ...] = self.kind.fields
        if rule.rows:
            rows = self.kind.field(rule.rows)
            if rows is None or rows.type != "rows":
                self.wrong(f"{key}.rows", f"names {rule.rows!r}, which is no field of type rows")
            fields = rows.columns
        self.exists(f"{key}.fields", rule.fields, fields)
        wanted = _RULE_FIELDS.get(rule.type)
        if (wanted is not None and len(rule.fields) != wanted) or not rule.fields:
            self.wrong(f"{key}.fields", f"a rule of type {rule.type!r} names {wanted or 'some'} field(s)")
        by_name = {f.name: f for f in fields}
        if rule.type == "at_most":
            a, b = (by_name[n].type for n in rule.fields)
            if a not in _ORDERED or b not in _ORDERED or (a in _NUMBERS) != (b in _NUMBERS):
                self.wrong(f"{key}.fields", f"cannot compare {a!r} with {b!r}")
        if rule.type in ("days_after", "not_future"):
            for name in rule.fields:
                if by_name[name].type not in ("date", "timestamp", "birth"):
                    self.wrong(f"{key}.fields", f"{name!r} is no date")
        if (rule.type in ("required_when", "blank_when")) and rule.when is None:
            self.wrong(f"{key}.when", "is missing")
        if rule.when is not None:
            self.exists(f"{key}.when.field", (rule.when.field,), fields)

    def kind_itself(self) -> None:
        kind = self.kind
        self.fields("fields", kind.fields)
        for key in ("columns", "title", "search", "natural_key", "natural_sorted"):
            self.exists(key, getattr(kind, key))
        for key in ("sort", "date_field", "code_field"):
            name = getattr(kind, key)
            if name:
                self.exists(key, (name,))
        if bool(kind.sort) != bool(kind.sort_by):
            self.wrong("sort_by", "goes with sort")
        if not kind.sort and not kind.date_field:
            self.wrong("sort", "a list needs sort or date_field")
        if kind.date_field and kind.field(kind.date_field).type not in ("date", "timestamp"):  # type: ignore[union-attr]
            self.wrong("date_field", f"{kind.date_field!r} is no date")
        if not kind.title:
            self.wrong("title", "is missing")
        if not kind.columns:
            self.wrong("columns", "is missing")
        if not set(kind.natural_sorted) <= set(kind.natural_key):
            self.wrong("natural_sorted", "must be part of natural_key")
        self._sections()
        self._groups()
        seen: set[str] = set()
        for rule in kind.rules:
            if rule.code in seen:
                self.wrong(f"rules[{rule.code}].code", "stands twice")
            seen.add(rule.code)
            self.rule(rule)

    def _sections(self) -> None:
        placed: set[str] = set()
        names: set[str] = set()
        for section in self.kind.sections:
            key = f"sections[{section.name}].fields"
            if section.name in names:
                self.wrong(f"sections[{section.name}].name", "stands twice")
            names.add(section.name)
            self.exists(key, section.fields)
            for name in section.fields:
                if name in placed:
                    self.wrong(key, f"{name!r} is already in another section")
                placed.add(name)
        for f in self.kind.fields:
            if f.required and f.writer != "server" and f.name not in placed:
                self.wrong("sections", f"required field {f.name!r} is in no section")

    def _groups(self) -> None:
        names = {f.name for f in self.kind.fields}
        for group, members in self.kind.groups.items():
            if len({f.writer for f in members}) > 1:
                self.wrong(f"fields[{members[0].name}].group", f"fields of group {group!r} differ in writer")
            if group in names and all(f.name != group for f in members):
                self.wrong(f"fields[{members[0].name}].group", f"{group!r} is the name of a field outside it")


def check_kind(file: str, kind: Kind) -> None:
    """Checks one kind by itself; raises CatalogueError."""
    _Checker(file, kind).kind_itself()


def check_catalogue(
    catalogue: Catalogue, files: Mapping[str, str], refers: Mapping[str, Mapping[str, str]]
) -> None:
    """Checks the references between files; raises CatalogueError.

    ``files``: ``"kind <name>"`` or ``"list <name>"`` to file; ``refers``: by list file, which extra key of
    its choices holds codes of which other list.
    """
    for kind in catalogue.kinds.values():
        _check_names(catalogue, files[f"kind {kind.name}"], kind)
    for choice_list in catalogue.lists.values():
        file = files[f"list {choice_list.name}"]
        for key, target in refers.get(file, {}).items():
            if target not in catalogue.lists:
                raise CatalogueError(file, f"refers.{key}", f"there is no list {target!r}")
            for choice in choice_list.choices:
                value = choice.extra.get(key, [])
                for code in value if isinstance(value, list) else [value]:
                    if catalogue.lists[target].get(str(code)) is None:
                        where = f"choices[{choice.code}].{key}"
                        raise CatalogueError(file, where, f"{code!r} is not in list {target!r}")


def _all_fields(kind: Kind) -> Iterator[tuple[Field, str]]:
    for f in kind.fields:
        yield f, f"fields[{f.name}]"
        for column in f.columns:
            yield column, f"fields[{f.name}].columns[{column.name}]"


def _check_names(catalogue: Catalogue, file: str, kind: Kind) -> None:
    for f, key in _all_fields(kind):
        if f.choices and f.choices not in catalogue.lists:
            raise CatalogueError(file, f"{key}.choices", f"there is no list {f.choices!r}")
        if f.refers and f.refers not in catalogue.kinds:
            raise CatalogueError(file, f"{key}.refers", f"there is no kind {f.refers!r}")
        if f.purpose:
            purposes = catalogue.lists.get("purposes")
            if purposes is None or purposes.get(f.purpose) is None:
                raise CatalogueError(file, f"{key}.purpose", f"{f.purpose!r} is not in list 'purposes'")
        if f.default is not None and f.choices and f.type == "choice":
            _known_code(catalogue, file, f"{key}.default", f, f.default)
    for rule in kind.rules:
        if rule.when is None or not rule.when.is_in:
            continue
        rows = kind.field(rule.rows) if rule.rows else None
        asked = rows.column(rule.when.field) if rows else kind.field(rule.when.field)
        if asked is not None and asked.choices:
            for value in rule.when.is_in:
                _known_code(catalogue, file, f"rules[{rule.code}].when.is_in", asked, value)


def _known_code(catalogue: Catalogue, file: str, key: str, field: Field, value: object) -> None:
    if catalogue.lists[field.choices].get(str(value)) is None:
        raise CatalogueError(file, key, f"{value!r} is not in list {field.choices!r}")
