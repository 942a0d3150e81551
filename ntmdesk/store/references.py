"""What one record says of another: ids, or the natural codes that people use instead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ntmdesk.errors import UserError
from ntmdesk.store import shipped, views
from ntmdesk.store.shapes import JOINED, LIVING
from sync.protocol.kinds import Field, Kind

if TYPE_CHECKING:
    from ntmdesk.store.unit_of_work import UnitOfWork


class References:
    """Finds records by id or code, and turns codes in values into ids."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow
        self._db = uow.db

    def find(self, kind: Kind, key: str) -> str | None:
        """The id of a living record by its id or its natural code; of several with one code the smallest id.

        Deleted records are found by id only, so that they can be restored.
        """
        if not isinstance(key, str) or not key or not _is_text(key):
            return None
        row = self._db.execute(
            "SELECT id FROM record WHERE id=? AND kind=? AND life>0", (key.lower(), kind.name)
        ).fetchone()
        if row is not None:
            return str(row[0])
        if kind.code_field:
            row = self._db.execute(
                f"SELECT min(id) FROM record WHERE kind={views.text(kind.name)} "
                f"AND {views.shown(kind.code_field)}=? AND life IN ({LIVING}, {JOINED})",
                (key,),
            ).fetchone()
            if row[0] is not None:
                return str(row[0])
        if kind.name == "unit":
            return shipped.unit_id(self._uow.store.surroundings.units, key)
        return None

    def resolve(self, kind: Kind, values: dict[str, Any]) -> dict[str, Any]:
        """The values with every reference as an id.  UserError ``unknown_reference`` (field, value)."""
        out = dict(values)
        for name, value in values.items():
            field = kind.field(name)
            if field is None or value is None:
                continue
            if field.type == "reference":
                out[name] = self._one(field, value, name)
            elif field.type == "references" and isinstance(value, list):
                ids = [self._one(field, v, name) for v in value]
                out[name] = list(dict.fromkeys(ids)) if all(isinstance(v, str) for v in ids) else ids
            elif field.type == "rows" and isinstance(value, list):
                out[name] = [self._row(field, row) for row in value]
        return out

    def _row(self, field: Field, row: Any) -> Any:
        if not isinstance(row, dict):
            return row
        changed = dict(row)
        for column in field.columns:
            if column.type == "reference" and row.get(column.name) is not None:
                changed[column.name] = self._one(column, row[column.name], f"{field.name}.{column.name}")
        return changed

    def _one(self, field: Field, value: Any, where: str) -> Any:
        kind = self._uow.catalogue.kinds.get(field.refers)
        if not isinstance(value, str) or kind is None:
            return value
        found = self.find(kind, value)
        if found is not None:
            return found
        if kind.name == "member" and self._is_person(value):
            return value
        if kind.name == "unit" and self._uow.store.surroundings.units is None:
            return value
        raise UserError("unknown_reference", field=where, value=value)

    def _is_person(self, value: str) -> bool:
        """Whether an id is of somebody who works on this laptop: their member record comes with enrolment."""
        if value == self._uow.author.person:
            return True
        return self._db.execute("SELECT 1 FROM save WHERE by=? LIMIT 1", (value,)).fetchone() is not None


def _is_text(key: str) -> bool:
    """Half a surrogate pair is no text: no key holds one."""
    try:
        key.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
