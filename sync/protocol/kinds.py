"""What a record kind is: fields, types, caps, choices, rules between fields, and how it is shown.

Frozen values only; ``kinds_load`` builds them from catalogue files, ``validation`` judges records by them,
``kinds_cells`` turns a record's fields into cells and back.  No file access here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Label = Mapping[str, str]
"""Words by language; a loaded catalogue always holds ``vi`` and ``en``."""

FIELD_TYPES = frozenset(
    {
        "text",  # one line
        "long_text",  # several lines
        "integer",
        "decimal",  # a JSON number, whole or not
        "boolean",
        "date",  # YYYY-MM-DD
        "birth",  # YYYY, YYYY-MM or YYYY-MM-DD
        "time",  # HH:MM
        "timestamp",  # YYYY-MM-DD, or YYYY-MM-DDTHH:MM with optional seconds and zone
        "choice",  # one code of a choice list
        "choices",  # a set of codes; one cell per code
        "reference",  # the id of a record of kind ``refers``
        "references",  # a set of ids; one cell per id
        "id_number",  # 12 digits, or the 9 of the old card
        "phone",
        "url",
        "object",  # any JSON object, one cell (a frozen snapshot)
        "rows",  # a list of objects with ``id``; one cell per row
    }
)
SET_TYPES = frozenset({"choices", "references"})
CELL_PER_ELEMENT = SET_TYPES | {"rows"}
RESERVED_NAMES = frozenset({"id", "kind", "state", "history", "rev", "cells", "shown"})
READINGS = frozenset({"one", "union", "max"})
SENSITIVITIES = ("none", "basic", "restricted", "sensitive")
WRITERS = ("anyone", "leader", "server")
STREAMS = frozenset({"team", "upper"})
PILLARS = frozenset({"government", "economy", "society", "infrastructure", "people", "work"})
RULE_TYPES = frozenset(
    {
        "at_most",  # fields[0] <= fields[1], numbers or dates
        "required_when",  # fields[0] must be filled when ``when`` holds
        "blank_when",  # fields[0] must be blank when ``when`` holds
        "one_of",  # at least one of ``fields`` is filled
        "different",  # fields[0] and fields[1] differ
        "days_after",  # fields[1] is ``days`` days after fields[0]
        "not_future",  # fields[0] is not after today
    }
)


def words(label: Label, language: str) -> str:
    """The label in ``language``, Vietnamese when that language is not there."""
    return label.get(language) or label.get("vi") or next(iter(label.values()), "")


class CatalogueError(Exception):
    """A mistake in a catalogue file: which ``file``, which ``key`` in it, and a ``reason`` in English.

    ``code`` is ``catalogue_damaged``; ``details`` repeats the three.
    """

    code = "catalogue_damaged"

    def __init__(self, file: str, key: str, reason: str) -> None:
        super().__init__(f"{file}: {key}: {reason}" if key else f"{file}: {reason}")
        self.file = file
        self.key = key
        self.reason = reason
        self.details: dict[str, Any] = {"file": file, "key": key, "reason": reason}


class UnknownName(LookupError):
    """A kind, field or list the catalogue does not hold: ``code`` says which, ``name`` what was asked."""

    code = "unknown_name"

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name
        self.details: dict[str, Any] = {"name": name}


class UnknownKind(UnknownName):
    """No such kind of record."""

    code = "unknown_kind"


class UnknownField(UnknownName):
    """The kind has no such field."""

    code = "unknown_field"


class UnknownList(UnknownName):
    """No such choice list."""

    code = "unknown_list"


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry of a choice list.  ``code`` is for ever; a ``retired`` choice stays valid in old records.

    ``short``: label for chips, equal to ``label`` when the file gives none.
    ``extra``: whatever else the file says of it (``counts_to``, ``order``, ``writer``, ``pillar`` ...).
    """

    code: str
    label: Label
    short: Label
    retired: bool = False
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def writer(self) -> str:
        """Who may choose it: ``anyone``, ``leader`` or ``server``."""
        return str(self.extra.get("writer", "anyone"))


@dataclass(frozen=True, slots=True)
class ChoiceList:
    """A named list of choices in the order people see them."""

    name: str
    label: Label
    choices: tuple[Choice, ...]
    _by_code: Mapping[str, Choice] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_code", {c.code: c for c in self.choices})

    def get(self, code: str) -> Choice | None:
        """The choice of that code, retired or not; None when there is none."""
        return self._by_code.get(code)

    @property
    def offered(self) -> tuple[Choice, ...]:
        """The choices a form offers: all that are not retired."""
        return tuple(c for c in self.choices if not c.retired)

    @property
    def codes(self) -> tuple[str, ...]:
        """All codes, retired ones included, in order."""
        return tuple(c.code for c in self.choices)


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a kind, or one column of a field of type ``rows``.

    ``max_length``: characters for texts, canonical bytes for ``object``.  ``minimum``/``maximum``: bounds
    of a number; number of entries for sets and rows.  ``pattern``: a regular expression the whole text
    matches.  ``choices``: name of a choice list.  ``refers``: kind referred to.  ``purpose``: code of the
    list ``purposes``.  ``group``: fields of one group are one cell ``@group``.  ``writer``: who may write it.
    ``aliases``: former names.  ``columns``: only of ``rows``.  ``row_key``: column whose value is the row's
    id, so that two laptops that enter the same person make one row.  ``default``: what a new form starts
    with; the program never stores it by itself.
    """

    name: str
    type: str
    label: Label
    hint: Label = field(default_factory=dict)
    required: bool = False
    max_length: int | None = None
    minimum: float | None = None
    maximum: float | None = None
    pattern: str = ""
    choices: str = ""
    refers: str = ""
    purpose: str = ""
    sensitivity: str = "none"
    reading: str = "one"
    group: str = ""
    writer: str = "anyone"
    default: Any = None
    aliases: tuple[str, ...] = ()
    columns: tuple[Field, ...] = ()
    row_key: str = ""

    @property
    def cell(self) -> str:
        """Name of the field's cell; for sets and rows the part before ``/``."""
        return f"@{self.group}" if self.group else self.name

    def column(self, name: str) -> Field | None:
        """The column of that name of a ``rows`` field, or None."""
        return next((c for c in self.columns if c.name == name), None)


@dataclass(frozen=True, slots=True)
class When:
    """Holds when the value of ``field`` is one of ``is_in``; with ``filled`` when it is not blank."""

    field: str
    is_in: tuple[Any, ...] = ()
    filled: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule between fields.  ``code``: what a broken one is called, also the key of its words.

    ``rows``: name of the ``rows`` field whose columns the rule speaks of; "" for the record itself.
    ``warning``: a form tells it and saves all the same.
    """

    code: str
    type: str
    fields: tuple[str, ...]
    label: Label
    when: When | None = None
    rows: str = ""
    days: int = 0
    warning: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """A heading of the form and the fields under it, in order."""

    name: str
    label: Label
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of record.

    ``columns``: fields a list shows.  ``title``: fields that together name a record.  ``search``: fields
    searched by full text.  ``sort``: the field a list is ordered by, as ``sort_by`` says (``person``: given
    name first; ``text``: as written); "" means newest ``date_field`` first.  ``code_field``: the field that
    holds its natural code, by which references and the command line may name it.  ``natural_key``: fields
    whose values make the id (``natural_id``); ``natural_sorted`` of them are sorted first.
    ``writer``: who may write records of the kind at all.  ``stream``: ``team``: made on laptops, lives in
    the team's stream; ``upper``: made by the upper server, laptops read.  ``page``: the noun of the page made
    by hand for it, or ``records`` for the generic one.
    """

    name: str
    label: Label
    plural: Label
    fields: tuple[Field, ...]
    sections: tuple[Section, ...] = ()
    columns: tuple[str, ...] = ()
    title: tuple[str, ...] = ()
    search: tuple[str, ...] = ()
    sort: str = ""
    sort_by: str = ""
    date_field: str = ""
    code_field: str = ""
    natural_key: tuple[str, ...] = ()
    natural_sorted: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    writer: str = "anyone"
    stream: str = "team"
    icon: str = "file-text"
    pillar: str = "work"
    page: str = "records"
    _by_name: Mapping[str, Field] = field(init=False, repr=False, compare=False)
    _groups: Mapping[str, tuple[Field, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_name = {f.name: f for f in self.fields}
        for f in self.fields:
            for alias in f.aliases:
                by_name.setdefault(alias, f)
        groups: dict[str, tuple[Field, ...]] = {}
        for f in self.fields:
            if f.group:
                groups[f.group] = (*groups.get(f.group, ()), f)
        object.__setattr__(self, "_by_name", by_name)
        object.__setattr__(self, "_groups", groups)

    def field(self, name: str) -> Field | None:
        """The field of that name, or whose former name it is; None when the kind has none."""
        return self._by_name.get(name)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all fields in the order of the file."""
        return tuple(f.name for f in self.fields)

    @property
    def groups(self) -> Mapping[str, tuple[Field, ...]]:
        """Group name to its fields, in order."""
        return self._groups


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything declared: kinds and choice lists, under one rising ``version``.

    ``documents``: the parsed tables of the files that are neither kinds nor lists (``log_forms/...``), for
    the program that reads them.
    """

    version: int
    kinds: Mapping[str, Kind]
    lists: Mapping[str, ChoiceList]
    documents: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def kind(self, name: str) -> Kind:
        """The kind of that name; raises UnknownKind."""
        try:
            return self.kinds[name]
        except KeyError:
            raise UnknownKind(name) from None

    def choices(self, name: str) -> ChoiceList:
        """The choice list of that name; raises UnknownList."""
        try:
            return self.lists[name]
        except KeyError:
            raise UnknownList(name) from None

    def field(self, kind: str, name: str) -> Field:
        """A field of a kind; raises UnknownKind or UnknownField."""
        found = self.kind(kind).field(name)
        if found is None:
            raise UnknownField(f"{kind}.{name}")
        return found

    def choice_label(self, list_name: str, code: str, language: str) -> str:
        """The words of a code; the code itself when the list or the code is not (yet) known here."""
        known = self.lists.get(list_name)
        choice = known.get(code) if known else None
        return words(choice.label, language) if choice else code
