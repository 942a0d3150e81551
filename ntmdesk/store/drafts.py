"""Half-filled forms, kept on this laptop only: they survive a crash, are nobody else's and never travel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from ntmdesk.errors import UserError

if TYPE_CHECKING:
    from ntmdesk.store.unit_of_work import UnitOfWork

_decode = msgspec.json.Decoder(dict[str, Any]).decode


@dataclass(frozen=True)
class Draft:
    """``kind``: the page or kind it belongs to; ``at``: when it was last saved, seconds since 1970."""

    id: str
    kind: str
    person: str
    body: dict[str, Any]
    at: int


class Drafts:
    """Drafts inside one unit of work."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow
        self._db = uow.db

    def save(self, kind: str, draft_id: str | None, body: dict[str, Any], person: str | None = None) -> str:
        """Keeps a draft in place of one of that id; returns its id.  ``person``: the author by default."""
        id = draft_id or self._uow.new_id()
        who = self._uow.author.person if person is None else person
        at = int(self._uow.now().timestamp())
        self._db.execute(
            "INSERT INTO draft VALUES(?,?,?,?,?) ON CONFLICT(id) DO UPDATE SET "
            "page=excluded.page, person=excluded.person, body=excluded.body, at=excluded.at",
            (id, kind, who, msgspec.json.encode(body).decode(), at),
        )
        return id

    def all(self, person: str | None = None, kind: str | None = None) -> list[Draft]:
        """A person's drafts (the author's by default), newest first."""
        who = self._uow.author.person if person is None else person
        rows = self._db.execute(
            "SELECT id, page, person, body, at FROM draft WHERE person=? AND (? IS NULL OR page=?) "
            "ORDER BY at DESC, id DESC",
            (who, kind, kind),
        )
        return [Draft(id, page, person_, _decode(body), at) for id, page, person_, body, at in rows]

    def get(self, draft_id: str) -> Draft:
        """One draft; UserError ``not_found``."""
        row = self._db.execute(
            "SELECT id, page, person, body, at FROM draft WHERE id=?", (draft_id,)
        ).fetchone()
        if row is None:
            raise UserError("not_found", draft=draft_id)
        return Draft(row[0], row[1], row[2], _decode(row[3]), row[4])

    def drop(self, draft_id: str) -> None:
        """Forgets a draft; one that is not there is no error."""
        self._db.execute("DELETE FROM draft WHERE id=?", (draft_id,))
