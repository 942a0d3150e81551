"""Fields of a record to its cells and back, and the ids that natural keys make.  Pure.

A plain field is a cell of its name; fields of one group are one cell ``@group``; each element of a set is
``field/<element>`` with value true; each row is ``field/<row id>`` with the row's columns and ``#``, its
position.  Fields the kind does not know are carried as plain cells.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from sync.protocol.kinds import SET_TYPES, Field, Kind
from sync.protocol.records import REMOVED

POSITION = "#"
"""Key of a row's place inside its value."""

NATURAL_IDS = uuid.UUID("6f0d3e0a-4c3b-5b0e-9d0f-7a1f5f0c2b11")
"""Namespace of ids made from natural keys; never changes."""


def to_cells(
    kind: Kind,
    values: Mapping[str, Any],
    present: Mapping[str, Any] | None = None,
    positions: Mapping[str, int] | None = None,
) -> dict[str, Any]:
    """Cells that store ``values``: cell name to new value, None for blank, REMOVED for an element gone.

    ``values`` may be the changed fields only; ``present`` is the record as shown now.  It completes groups
    of which one member changes, tells which rows and elements go away, and spares rows that stay equal.
    ``positions`` (see ``row_positions``) are the stored places of its rows, which have gaps after removals;
    without them a row's place in ``present`` counts.
    """
    before = present or {}
    out: dict[str, Any] = {}
    for name, value in values.items():
        field = kind.field(name)
        if field is None:
            out[name] = value
        elif field.type in SET_TYPES:
            _set_cells(out, field, value, before.get(field.name))
        elif field.type == "rows":
            _row_cells(out, field, value, before.get(field.name), positions or {})
        elif field.group:
            members = out.setdefault(field.cell, _group_now(kind, field.group, before))
            members[field.name] = value
        else:
            out[field.name] = value
    for name, value in out.items():
        if name.startswith("@"):
            filled = {k: v for k, v in value.items() if v is not None}
            out[name] = filled or None
    return out


def row_positions(cells: Mapping[str, Any]) -> dict[str, int]:
    """Stored places of rows by cell name, out of cells with their winning values."""
    found = {n: v.get(POSITION) for n, v in cells.items() if "/" in n and isinstance(v, Mapping)}
    return {name: place for name, place in found.items() if isinstance(place, int)}


def _group_now(kind: Kind, group: str, before: Mapping[str, Any]) -> dict[str, Any]:
    return {f.name: before[f.name] for f in kind.groups[group] if before.get(f.name) is not None}


def _set_cells(out: dict[str, Any], field: Field, value: Any, before: Any) -> None:
    old = dict.fromkeys(element for element in before or () if isinstance(element, str))
    new = dict.fromkeys(value or ())
    for element in old:
        if element not in new:
            out[f"{field.name}/{element}"] = REMOVED
    for element in new:
        if element not in old:
            out[f"{field.name}/{element}"] = True


def _row_cells(
    out: dict[str, Any], field: Field, value: Any, before: Any, positions: Mapping[str, int]
) -> None:
    places: dict[str, int] = {}
    old: dict[str, dict[str, Any]] = {}
    for place, row in enumerate(before or ()):
        if not isinstance(row, Mapping):
            continue  # no row of ours: it stays until somebody who knows better takes it away
        places[row["id"]] = positions.get(f"{field.name}/{row['id']}", place)
        old[row["id"]] = _row_value(row)
    new = {row["id"]: _row_value(row) for row in value or () if isinstance(row, Mapping)}
    for row_id in old:
        if row_id not in new:
            out[f"{field.name}/{row_id}"] = REMOVED
    stay = [row_id for row_id in old if row_id in new]
    appended = list(new)[: len(stay)] == stay
    free = max((places[row_id] for row_id in stay), default=-1) + 1
    for place, (row_id, columns) in enumerate(new.items()):
        if appended:
            place = places[row_id] if row_id in old else free + place - len(stay)
        if old.get(row_id) != columns or places[row_id] != place:
            out[f"{field.name}/{row_id}"] = {POSITION: place, **columns}


def _row_value(row: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in row.items() if k not in ("id", POSITION) and v is not None}


def assemble(kind: Kind, cells: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that cells of these (winning) values show; blank fields are left out.

    Former field names come out as the present ones.  Rows keep their order, elements of a set the order of
    their keys.  Reserved cells (``_...``) are not looked at.
    """
    out: dict[str, Any] = {}
    entries: dict[str, list[tuple[int, str, Any]]] = {}
    for name, value in cells.items():
        if name.startswith("_") or value is None or value is REMOVED:
            continue
        if "/" in name:
            base, _, key = name.partition("/")
            place = value.get(POSITION, 0) if isinstance(value, Mapping) else 0
            entries.setdefault(base, []).append((place if isinstance(place, int) else 0, key, value))
        elif name.startswith("@"):
            if isinstance(value, Mapping):
                out.update({_name_now(kind, k): v for k, v in value.items() if v is not None})
        else:
            out[_name_now(kind, name)] = value
    for base, found in entries.items():
        found.sort(key=lambda entry: entry[:2])
        out[_name_now(kind, base)] = [
            {"id": key, **_row_value(value)} if isinstance(value, Mapping) else key
            for _, key, value in found
            if value is not False
        ]
    return out


def _name_now(kind: Kind, name: str) -> str:
    field = kind.field(name)
    return field.name if field else name


def cells_of(kind: Kind, name: str, value: Any = None) -> tuple[str, ...]:
    """Names of the cells behind a field; for sets and rows those of the elements in ``value``."""
    field = kind.field(name)
    if field is None:
        return (name,)
    if field.type in SET_TYPES:
        return tuple(f"{field.name}/{element}" for element in value or ())
    if field.type == "rows":
        return tuple(f"{field.name}/{row['id']}" for row in value or ())
    return (field.cell,)


def fields_of_cell(kind: Kind, cell: str) -> tuple[str, ...]:
    """Names of the fields a cell shows: one, or all members of a group."""
    if cell.startswith("@"):
        return tuple(f.name for f in kind.groups.get(cell[1:], ()))
    return (_name_now(kind, cell.partition("/")[0]),)


def natural_id(kind: Kind, values: Mapping[str, Any]) -> str | None:
    """The id that the kind's natural key makes of these values: UUIDv5, equal on every laptop.

    None when the kind has no natural key or none of its fields is filled.
    """
    if not kind.natural_key or all(values.get(n) is None for n in kind.natural_key):
        return None
    parts = {n: "" if values.get(n) is None else str(values[n]) for n in kind.natural_key}
    for name, part in zip(kind.natural_sorted, sorted(parts[n] for n in kind.natural_sorted), strict=True):
        parts[name] = part
    key = "\x1f".join(parts[n] for n in kind.natural_key)
    return str(uuid.uuid5(NATURAL_IDS, f"{kind.name}\x1f{key}"))


def with_row_ids(kind: Kind, values: Mapping[str, Any], new_id: Callable[[str, int], str]) -> dict[str, Any]:
    """Gives every row without ``id`` one: the value of the field's ``row_key`` column, else ``new_id``.

    ``new_id(field, place)`` should give the same id for the same record, field and place, so that adding
    the same values twice stays no change.
    """
    out = dict(values)
    for name, value in values.items():
        field = kind.field(name)
        if field is None or field.type != "rows" or not isinstance(value, list):
            continue
        taken = {row["id"] for row in value if isinstance(row, Mapping) and row.get("id")}
        rows: list[Any] = []
        for place, row in enumerate(value):
            if isinstance(row, Mapping) and not row.get("id"):
                own = row.get(field.row_key) if field.row_key else None
                row_id = (
                    own if isinstance(own, str) and own and own not in taken else new_id(field.name, place)
                )
                taken.add(row_id)
                rows.append({"id": row_id, **{k: v for k, v in row.items() if k != "id"}})
            else:
                rows.append(row)
        out[name] = rows
    return out
