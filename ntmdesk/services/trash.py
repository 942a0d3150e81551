"""The trash: what lies in it, who put it there and when."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ntmdesk.services.records import deleted_rows, iso_moment
from ntmdesk.store.unit_of_work import UnitOfWork

Row = dict[str, Any]


def lying(uow: UnitOfWork) -> list[Row]:
    """What lies in the trash, of every kind, as ``told`` gives it: the last deleted first, by the clocks of
    those who deleted, and at the end what came there at a moment that nobody knows."""
    rows = told(uow, deleted_rows(uow))
    return sorted(rows, key=lambda row: row["_deleted_at"] or "", reverse=True)


def told(uow: UnitOfWork, rows: Sequence[Row]) -> list[Row]:
    """The rows; those in the trash with ``_deleted_by``, a person's id, and ``_deleted_at``, an ISO moment in
    UTC by that person's clock; each None where it is not known."""
    gone = uow.history.deletions([row["id"] for row in rows if row.get("_deleted")])
    found = []
    for row in rows:
        how = gone.get((row["kind"], row["id"]))
        if how is not None:
            row = {**row, "_deleted_by": how.by or None, "_deleted_at": iso_moment(how.at)}
        found.append(row)
    return found
