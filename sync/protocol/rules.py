"""Rules between the fields of one record.  A broken one never stops a merge: it is told to a person."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from sync.protocol.kinds import Kind, Rule, When
from sync.protocol.values import first_day

Broken = tuple[Rule, str, str, dict[str, Any]]
"""Rule, row id or "", field (or column) it is shown at, details."""


def broken_rules(
    kind: Kind,
    values: Mapping[str, Any],
    today: dt.date | None,
    *,
    without: Collection[str] = (),
    partial: bool = False,
    rules: Iterable[Rule] | None = None,
) -> Iterator[Broken]:
    """The rules that do not hold, of ``rules`` or of all the kind has.  Those that touch a field in
    ``without`` (already wrong by itself) are passed over; with ``partial`` also those that touch a field that
    is not among ``values``."""
    for rule in kind.rules if rules is None else rules:
        if rule.rows:
            if rule.rows in without:
                continue
            rows = values.get(rule.rows)
            for row in rows if isinstance(rows, list | tuple) else ():
                if isinstance(row, Mapping):
                    for name, details in _judge(rule, row, today):
                        yield rule, str(row.get("id", "")), name, details
            continue
        touched = (*rule.fields, rule.when.field) if rule.when else rule.fields
        if any(n in without for n in touched) or (partial and any(n not in values for n in touched)):
            continue
        for name, details in _judge(rule, values, today):
            yield rule, "", name, details


def _judge(
    rule: Rule, values: Mapping[str, Any], today: dt.date | None
) -> Iterator[tuple[str, dict[str, Any]]]:
    if rule.when is not None and not holds(rule.when, values):
        return
    first = rule.fields[0]
    a = values.get(first)
    b = values.get(rule.fields[1]) if len(rule.fields) > 1 else None
    broken = False
    at = first
    details: dict[str, Any] = {"fields": list(rule.fields)}
    if rule.type == "at_most":
        broken = not _blank(a) and not _blank(b) and _more(a, b)
    elif rule.type == "different":
        broken = not _blank(a) and a == b
        at = rule.fields[1]
    elif rule.type == "required_when":
        broken = _blank(a)
    elif rule.type == "blank_when":
        broken = not _blank(a)
    elif rule.type == "one_of":
        broken = all(_blank(values.get(n)) for n in rule.fields)
    elif rule.type == "days_after":
        broken = _days_apart(a, b) not in (None, rule.days)
        at = rule.fields[1]
        details["days"] = rule.days
    elif rule.type == "not_future" and today is not None:
        day = first_day(a) if isinstance(a, str) else None
        broken = day is not None and day > today
    if broken:
        yield at, details


def holds(when: When, values: Mapping[str, Any]) -> bool:
    """Whether a condition holds; of a set it is enough that one element is among the values named."""
    value = values.get(when.field)
    if when.filled:
        return not _blank(value)
    if isinstance(value, list | tuple):
        return any(element in when.is_in for element in value)
    return value in when.is_in


def _blank(value: Any) -> bool:
    return value is None or value in ("", [], ())


def _more(a: Any, b: Any) -> bool:
    if isinstance(a, str) and isinstance(b, str):
        return a[: len(b)] > b[: len(a)]
    if isinstance(a, int | float) and isinstance(b, int | float):
        return a > b
    return False


def _days_apart(a: Any, b: Any) -> int | None:
    first = first_day(a) if isinstance(a, str) else None
    second = first_day(b) if isinstance(b, str) else None
    return (second - first).days if first and second else None
