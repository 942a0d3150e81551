"""A record against its kind: the same judgement at the form, the command line and the upper server.

Three entrances:

- ``normalise``   what was typed, tidied: NFC, trimmed, empty is blank, numbers without spaces and dots;
- ``validate``    a whole record or a set of changes -> problems, for a person to mend;
- ``judge_cell``  one cell on its own, as the server judges each sibling (rules between fields, required
  fields and numbers of entries are not a cell's to answer for).

Codes of problems of a field: ``required wrong_type not_a_number too_long too_small too_large too_many too_few
bad_pattern bad_date bad_time bad_birth bad_timestamp bad_id_number bad_phone bad_url bad_reference
bad_code unknown_choice retired_choice unknown_field unknown_kind repeated row_without_id bad_row_id``.
A rule between fields that does not hold carries the rule's own code and ``rule=True``.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sync.protocol import values as _values
from sync.protocol.kinds import SET_TYPES, Catalogue, Field, Kind
from sync.protocol.kinds_cells import POSITION
from sync.protocol.rules import broken_rules
from sync.protocol.values import ROW_ID, judge_value, texts_are_fine

LATER = frozenset({"unknown_kind", "unknown_field", "unknown_choice"})
"""Codes that mean "this side's catalogue may be older": kept and offered again, never refused."""


@dataclasses.dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a record.

    ``rule``: a rule between fields; a merge may break one and the record is accepted and flagged.
    ``warning``: a form tells it and saves all the same.  ``row``/``column``: where in a field of rows.
    """

    field: str
    code: str
    details: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    rule: bool = False
    warning: bool = False
    row: str = ""
    column: str = ""

    @property
    def path(self) -> str:
        """``field``, or ``field.column`` inside rows."""
        return f"{self.field}.{self.column}" if self.column else self.field


def normalise(catalogue: Catalogue, kind_name: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Tidies values without judging them; raises UnknownKind.

    Texts become NFC and lose outer space; empty texts, lists and objects become None (blank); former field
    names become the present ones; one code or id given for a set becomes a set of one; identity and
    telephone numbers lose spaces, dots and dashes; one-line texts lose line breaks.
    """
    kind = catalogue.kind(kind_name)
    out: dict[str, Any] = {}
    for name, value in values.items():
        known = kind.field(name)
        if known is None:
            out[name] = _values.tidy_unknown(value)
        else:
            out[known.name] = _values.tidy(known, value)
    return out


def validate(
    catalogue: Catalogue,
    kind_name: str,
    values: Mapping[str, Any],
    *,
    today: dt.date | None = None,
    strict: bool = True,
    partial: bool = False,
    before: Mapping[str, Any] | None = None,
) -> tuple[Problem, ...]:
    """Problems of a record's values, in the order of its fields, rules between fields last.

    ``strict``: a field the kind does not know is a problem (form, command line); otherwise it passes.
    ``partial``: ``values`` are changes only, a field that is not among them is not missed; give the whole
    record to have the rules between fields judged over all of it.
    ``today``: without it no date is judged against the present day.
    ``before``: the record as it was; a retired choice that already stood there is no problem.
    An unknown kind is one problem with code ``unknown_kind``.
    """
    kind = catalogue.kinds.get(kind_name)
    if kind is None:
        return (Problem("", "unknown_kind", {"kind": kind_name}),)
    problems: list[Problem] = []
    for name in values:
        known = kind.field(name)
        if (known is None or known.name != name) and strict:
            problems.append(Problem(name, "unknown_field", {"kind": kind_name}))
    for f in kind.fields:
        if f.name in values or not partial:
            problems.extend(_field_problems(catalogue, f, values.get(f.name), (before or {}).get(f.name)))
    wrong = {p.field for p in problems}
    for rule, row_id, name, details in broken_rules(kind, values, today, without=wrong, partial=partial):
        problems.append(
            Problem(
                rule.rows or name,
                rule.code,
                details,
                rule=True,
                warning=rule.warning,
                row=row_id,
                column=name if rule.rows else "",
            )
        )
    return tuple(problems)


def errors(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """The problems that stop a save: all but warnings."""
    return tuple(p for p in problems if not p.warning)


def _field_problems(catalogue: Catalogue, f: Field, value: Any, before: Any) -> list[Problem]:
    if value is None or (value == [] and f.type in (*SET_TYPES, "rows")):
        return [Problem(f.name, "required")] if f.required else []
    if f.type in SET_TYPES:
        return _set_problems(catalogue, f, value, before)
    if f.type == "rows":
        return _rows_problems(catalogue, f, value, before)
    return _value_problems(catalogue, f, value, before)


def _value_problems(catalogue: Catalogue, f: Field, value: Any, before: Any) -> list[Problem]:
    judged = judge_value(catalogue, f, value)
    if judged is None and f.choices:
        choice = catalogue.choices(f.choices).get(value)
        if choice is not None and choice.retired and value != before:
            return [Problem(f.name, "retired_choice", {"value": value})]
    return [Problem(f.name, judged[0], judged[1])] if judged else []


def _count_problems(f: Field, count: int) -> list[Problem]:
    if f.maximum is not None and count > f.maximum:
        return [Problem(f.name, "too_many", {"count": count, "max": f.maximum})]
    if f.minimum is not None and count < f.minimum:
        return [Problem(f.name, "too_few", {"count": count, "min": f.minimum})]
    return []


def _set_problems(catalogue: Catalogue, f: Field, value: Any, before: Any) -> list[Problem]:
    if not isinstance(value, list | tuple):
        return [Problem(f.name, "wrong_type", {"type": f.type})]
    stood = before if isinstance(before, list | tuple) else ()
    problems = _count_problems(f, len(value))
    seen: list[Any] = []
    for element in value:
        if element in seen:
            problems.append(Problem(f.name, "repeated", {"value": element}))
            continue
        seen.append(element)
        problems += _value_problems(catalogue, f, element, element if element in stood else None)
    return problems


def _rows_problems(catalogue: Catalogue, f: Field, value: Any, before: Any) -> list[Problem]:
    if not isinstance(value, list | tuple) or not all(isinstance(row, Mapping) for row in value):
        return [Problem(f.name, "wrong_type", {"type": f.type})]
    stood = {r.get("id"): r for r in before or () if isinstance(r, Mapping)}
    problems = _count_problems(f, len(value))
    seen: set[str] = set()
    for place, row in enumerate(value, 1):
        row_id = row.get("id")
        if row_id is None:
            problems.append(Problem(f.name, "row_without_id", {"place": place}))
            row_id = ""
        elif not isinstance(row_id, str) or not ROW_ID.fullmatch(row_id):
            problems.append(Problem(f.name, "bad_row_id", {"place": place}))
            row_id = ""
        elif row_id in seen:
            problems.append(Problem(f.name, "repeated", {"value": row_id}))
        seen.add(row_id)
        earlier = stood.get(row_id, {})
        for column in f.columns:
            for p in _field_problems(catalogue, column, row.get(column.name), earlier.get(column.name)):
                details = {**p.details, "place": place}
                problems.append(Problem(f.name, p.code, details, row=row_id, column=column.name))
        for name in row:
            if name not in ("id", POSITION) and f.column(name) is None:
                problems.append(Problem(f.name, "unknown_field", {"place": place}, row=row_id, column=name))
    return problems


def judge_cell(catalogue: Catalogue, kind_name: str, cell_name: str, value: Any) -> str | None:
    """Judges one value of one cell by itself: None when it may be kept, else a code.

    Codes in ``LATER`` say that this catalogue does not know a name yet; every other code is a refusal.
    Reserved cells (``_...``) are not a kind's and always pass.  Blank (None) always passes.
    """
    kind = catalogue.kinds.get(kind_name)
    if kind is None:
        return "unknown_kind"
    if cell_name.startswith("_") or value is None:
        return None
    if cell_name.startswith("@"):
        return _judge_group(catalogue, kind, cell_name[1:], value)
    base, slash, key = cell_name.partition("/")
    f = kind.field(base)
    if f is None:
        return "unknown_field"
    if f.group or bool(slash) != (f.type in SET_TYPES or f.type == "rows"):
        return "wrong_type"
    if f.type in SET_TYPES:
        return _code(judge_value(catalogue, f, key)) if isinstance(value, bool) else "wrong_type"
    if f.type == "rows":
        return _judge_row(catalogue, f, key, value)
    return _code(judge_value(catalogue, f, value))


def column_is_fine(catalogue: Catalogue, kind_name: str, cell_name: str, values: Sequence[str]) -> bool:
    """Whether ``judge_cell`` finds nothing wrong with any of these texts; False: ask one by one."""
    kind = catalogue.kinds.get(kind_name)
    if kind is None or cell_name[:1] in ("_", "@"):
        return False
    f = kind.field(cell_name)
    if f is None or f.group or f.type in SET_TYPES or f.type == "rows":
        return False
    return texts_are_fine(f, values)


def _code(judged: tuple[str, dict[str, Any]] | None) -> str | None:
    return judged[0] if judged else None


def _worst(codes: Iterable[str | None]) -> str | None:
    """A refusal before a ``later``: what is wrong stays wrong under any catalogue."""
    found = [code for code in codes if code]
    return next((code for code in found if code not in LATER), found[0] if found else None)


def _judge_group(catalogue: Catalogue, kind: Kind, group: str, value: Any) -> str | None:
    members = {f.name: f for f in kind.groups.get(group, ())}
    if not members:
        return "unknown_field"
    if not isinstance(value, Mapping):
        return "wrong_type"
    return _worst(
        "unknown_field" if name not in members else _code(judge_value(catalogue, members[name], member))
        for name, member in value.items()
        if member is not None
    )


def _judge_row(catalogue: Catalogue, f: Field, key: str, value: Any) -> str | None:
    if not ROW_ID.fullmatch(key):
        return "bad_row_id"
    if not isinstance(value, Mapping):
        return "wrong_type"
    place = value.get(POSITION, 0)
    if not isinstance(place, int) or isinstance(place, bool) or not 0 <= place < 1_000_000:
        return "wrong_type"
    codes: list[str | None] = []
    for name, member in value.items():
        column = f.column(name)
        if name == POSITION or member is None:
            continue
        codes.append("unknown_field" if column is None else _code(judge_value(catalogue, column, member)))
    return _worst(codes)


def writer_of(catalogue: Catalogue, kind_name: str, cell_name: str, value: Any) -> str:
    """Who may write this value there: ``anyone``, ``leader`` or ``server``; the strictest of the kind,
    the field and the choice.  Unknown names are anyone's, as they pass through."""
    kind = catalogue.kinds.get(kind_name)
    if kind is None or cell_name.startswith("_"):
        return "anyone"
    asked = [kind.writer]
    if cell_name.startswith("@"):
        asked += [f.writer for f in kind.groups.get(cell_name[1:], ())]
    else:
        base, _, key = cell_name.partition("/")
        f = kind.field(base)
        if f is not None:
            asked.append(f.writer)
            code = key if f.type == "choices" else value
            choice = catalogue.choices(f.choices).get(code) if f.choices and isinstance(code, str) else None
            if choice is not None:
                asked.append(choice.writer)
    return max(asked, key=("anyone", "leader", "server").index)
