"""Visits that matter to lines somebody has to come back for; most visits of half a year do not.

Only few fields of each visit are read; whole rows are made of those that remain.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import msgspec

from ntmdesk.store import views

if TYPE_CHECKING:
    from ntmdesk.store.unit_of_work import UnitOfWork


class _Line(msgspec.Struct):
    outcome: str = ""
    follow_up_date: str | None = None


class _Visit(msgspec.Struct):
    household: str = ""
    persons: tuple[str, ...] = ()
    follow_up_of: str = ""
    lines: tuple[_Line, ...] = ()


def visits_near_open_lines(uow: UnitOfWork, since: str, settled: Collection[str]) -> list[dict[str, Any]]:
    """Rows of the visits from a day on that have a line that may be open (a day was agreed, or its outcome is
    none of ``settled``), and of those to the same household or persons or that follow one; newest first.
    """
    listed = views.listed(uow.shape("support_visit"))
    home, person = uow.figures.leaders("household"), uow.figures.leaders("resident")
    decode = msgspec.json.Decoder(_Visit).decode
    read: list[tuple[int, str, _Visit]] = []
    ids: set[str] = set()
    homes: set[str] = set()
    persons: set[str] = set()
    for n, id, text in uow.db.execute(
        f"SELECT n, id, shown FROM record WHERE kind='support_visit' AND life=1 AND {listed} AND day >= ?"
        " ORDER BY day DESC, n DESC",
        (since,),
    ):
        try:
            visit = decode(text)
        except msgspec.ValidationError:  # written by another version of the kind: whoever reads rows judges
            return uow.records.list("support_visit", since=since).rows
        visit.household = home.get(visit.household, visit.household)
        if person:
            visit.persons = tuple(person.get(p, p) for p in visit.persons)
        read.append((n, id, visit))
        if any(line.follow_up_date is not None or line.outcome not in settled for line in visit.lines):
            ids.add(id)
            homes.add(visit.household)
            persons.update(visit.persons)
    homes.discard("")
    return uow.records.rows(
        [
            n
            for n, id, visit in read
            if id in ids
            or visit.household in homes
            or visit.follow_up_of in ids
            or not persons.isdisjoint(visit.persons)
        ]
    )
