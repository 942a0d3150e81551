"""Who might be recorded already: candidates for the eyes of a person before anything is saved twice.

Names are met by their folded words, telephones and numbers by their last digits.  Judging (how alike, and
why) is the caller's; here are only the few records worth judging, found in milliseconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ntmdesk.domain.text import fold
from ntmdesk.store import views
from ntmdesk.store.rows import Row
from ntmdesk.store.shapes import LIVING
from sync.protocol.kinds import Kind

if TYPE_CHECKING:
    from ntmdesk.store.unit_of_work import UnitOfWork

_PHONE_TAIL = 8
_NUMBER_TAIL = 9


def candidates(uow: UnitOfWork, kind: Kind, values: Mapping[str, Any], limit: int) -> list[Row]:
    """Living records of the kind that share a number, a telephone's tail or the name's words."""
    matches: list[str] = []
    names: list[str] = []
    for field in kind.fields:
        value = values.get(field.name)
        if not isinstance(value, str) or not value or not any(field.name == n for n in kind.search):
            continue
        if field.type in ("phone", "id_number"):
            digits = "".join(c for c in value if c.isdigit())
            tail = digits[-(_PHONE_TAIL if field.type == "phone" else _NUMBER_TAIL) :]
            if len(tail) >= 6:
                matches.append(f'"x{tail[::-1]}"*')
        elif field.name == kind.sort:
            words = ["".join(c for c in w if c.isalnum()) for w in fold(value).split()]
            names = [f'"{w}"' for w in words if w]
    if len(names) > 1:
        matches.append(" AND ".join(names))
        if len(names) > 2:
            matches.append(f"{names[0]} AND {names[-1]}")
    elif names:
        matches.append(names[0])
    table = views.quote(views.search_table(kind.name))
    found: dict[int, None] = {}
    for match in matches:
        if len(found) >= limit:
            break
        for (n,) in uow.db.execute(
            f"SELECT record.n FROM {table} JOIN record ON record.n = {table}.rowid "
            f"WHERE {table} MATCH ? AND life = {LIVING} LIMIT ?",
            (match, limit),
        ):
            found[n] = None
    return uow.records.rows(list(found)[:limit])
