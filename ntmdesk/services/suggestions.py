"""People and households that fit what is being typed, while it is typed."""

from __future__ import annotations

from dataclasses import dataclass

from ntmdesk.store.standings import standings_of
from ntmdesk.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Suggested:
    """One person or household.  ``number_tail``: what may be shown of a number (``***0123``) or empty.

    ``state``: where the record stands with the server, or ``review``.
    """

    kind: str
    id: str
    name: str
    birth_year: int | None
    lane: str
    household_id: str
    household_head: str
    number_tail: str
    state: str = ""


def suggest(uow: UnitOfWork, text: str, limit: int = 12) -> list[Suggested]:
    """Residents and households by name (with or without marks), telephone, number or code.

    Those written exactly as typed come first.  Nothing for a blank text.
    """
    if not text.strip():
        return []
    hits = uow.search.people(text, limit=limit)
    states = {
        kind: standings_of(uow, kind, [hit.id for hit in hits if hit.kind == kind])
        for kind in {hit.kind for hit in hits}
    }
    return [
        Suggested(
            kind=hit.kind,
            id=hit.id,
            name=hit.name,
            birth_year=hit.birth_year,
            lane=hit.lane,
            household_id=hit.household,
            household_head=hit.household_head,
            number_tail=f"***{hit.number_tail}" if hit.number_tail else "",
            state=states[hit.kind].get(hit.id, ""),
        )
        for hit in hits
    ]
