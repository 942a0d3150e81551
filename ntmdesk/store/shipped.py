"""Administrative units as rows of kind ``unit``: they ship as a file; only corrections travel by sync."""

from __future__ import annotations

import uuid
from functools import lru_cache
from typing import Any

from ntmdesk.domain.text import fold
from sync.protocol.kinds_cells import NATURAL_IDS

Row = dict[str, Any]


def units(source: object | None) -> tuple[tuple[Row, str], ...]:
    """Every unit in force: its row and the folded words it is found by, each province before its communes."""
    return () if source is None else _table(source)[0]


def unit(source: object | None, id: str) -> Row | None:
    """The row of a unit by its id; None when the file has none."""
    return None if source is None else _table(source)[1].get(id)


def unit_id(source: object | None, key: str) -> str | None:
    """The id of a unit named by code (list in force) or by id."""
    if source is None:
        return None
    _, by_id, by_code = _table(source)
    return key if key in by_id else by_code.get(key)


@lru_cache(maxsize=2)
def _table(source: Any) -> tuple[tuple[tuple[Row, str], ...], dict[str, Row], dict[str, str]]:
    rows: list[tuple[Row, str]] = []
    by_id: dict[str, Row] = {}
    by_code: dict[str, str] = {}
    for found in source:
        code_list = str(found.list_version)
        made = str(uuid.uuid5(NATURAL_IDS, f"unit\x1f{code_list}\x1f{found.code}"))
        row: Row = {
            "id": made,
            "kind": "unit",
            "state": "accepted",
            "code": found.code,
            "code_list": code_list,
            "name": found.name,
            "type": found.type,
        }
        if found.parent is not None:
            row["province"] = found.parent
        rows.append((row, f" {fold(found.name)} {found.code}"))
        by_id[made] = row
        by_code.setdefault(found.code, made)
    return tuple(rows), by_id, by_code
