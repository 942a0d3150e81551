"""Where records stand with the upper server, without reading the records themselves."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from ntmdesk.store.rows import WAITS, Rows
from ntmdesk.store.stored import batches

if TYPE_CHECKING:
    from ntmdesk.store.unit_of_work import UnitOfWork


def standings_of(uow: UnitOfWork, kind: str, ids: Collection[str]) -> dict[str, str]:
    """id -> ``local carried received accepted refused review`` of those that are here."""
    found: dict[str, str] = {}
    standing = Rows(uow).standing
    for some in batches(sorted(set(ids)), 500):
        marks = ",".join("?" * len(some))
        for id, waits, packet in uow.db.execute(
            f"SELECT id, {WAITS} FROM record LEFT JOIN outgoing USING (n) WHERE id IN ({marks}) AND kind = ?",
            (*some, kind),
        ):
            found[id] = standing(id, kind, bool(waits), packet)
    return found
