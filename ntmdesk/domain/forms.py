"""Values in the form that their field declares; one in any other form is as if it were not there.

The protocol lets every value through that is JSON, so that nothing is lost between versions: what a list or a
page counts with must read it like this.  Who opens the record still sees what stands in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sync.protocol.kinds import SET_TYPES, Field, Kind


def text(value: object) -> str:
    """A text; "" for anything else."""
    return value if isinstance(value, str) else ""


def number(value: object) -> int | None:
    """A whole number; None for anything else, true and false too."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def texts(value: object) -> tuple[str, ...]:
    """The texts in a list, in their order."""
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list | tuple) else ()


def rows(value: object) -> list[Mapping[str, Any]]:
    """The rows in a list, in their order."""
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list | tuple) else []


def declared(kind: Kind, row: Mapping[str, Any]) -> dict[str, Any]:
    """A record's shown fields without those that have not the form of their field; unknown ones stay."""
    return _declared(kind.fields, row)


def _declared(fields: Iterable[Field], row: Mapping[str, Any]) -> dict[str, Any]:
    out = dict(row)
    for field in fields:
        if field.name in out:
            value = _of(field, out.pop(field.name))
            if value is not None:
                out[field.name] = value
    return out


def _of(field: Field, value: Any) -> Any:
    if field.type == "rows":
        return [_declared(field.columns, row) for row in rows(value)] or None
    if field.type in SET_TYPES:
        return list(texts(value)) or None
    if field.type == "boolean":
        return value if isinstance(value, bool) else None
    if field.type == "integer":
        return number(value)
    if field.type == "decimal":
        return value if isinstance(value, int | float) and not isinstance(value, bool) else None
    if field.type == "object":
        return value if isinstance(value, Mapping) else None
    return value if isinstance(value, str) else None
