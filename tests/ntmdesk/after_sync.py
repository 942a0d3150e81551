"""What a sync leaves in a store: the server's answers, and what others changed meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol

from ntmdesk.store.stored import any_kind
from ntmdesk.store.surroundings import Author
from ntmdesk.store.unit_of_work import UnitOfWork
from ntmdesk.store.writing import Arrival
from sync.protocol import records
from sync.protocol.dots import Dot
from sync.protocol.image import encode_image
from sync.protocol.kinds_cells import to_cells
from sync.protocol.records import Record, Stamp

ELSEWHERE = "feedfacefeedface"
MINH = "0c0ffee0-0000-4000-8000-000000000002"
AT = 1_763_000_000


class Desk(Protocol):
    """A person's open store."""

    @property
    def author(self) -> Author: ...

    def begin(self) -> AbstractContextManager[UnitOfWork]: ...

    def look(self) -> AbstractContextManager[UnitOfWork]: ...


def answered(desk: Desk) -> None:
    """The server has receipted everything that is here."""
    with desk.begin() as uow:
        uow.db.execute("DELETE FROM outgoing")
        uow.next_seq()


def told(desk: Desk, outcome: str, kind: str, id: str, field: str, code: str) -> None:
    """The server held (``later``) or flagged a value of a record it receipted."""
    with desk.begin() as uow:
        uow.db.execute(
            "INSERT INTO exception(kind, id, cell, counter, replica, outcome, code, at) "
            "VALUES(?,?,?,1,?,?,?,?)",
            (kind, id, field, uow.replica, outcome, code, AT),
        )
        uow.next_seq()
        uow.touched.add(kind)


def refused(desk: Desk, kind: str, id: str, field: str, value: Any, code: str) -> Dot:
    """The server refused the value a field shows now; the quarantine holds ``value``."""
    with desk.begin() as uow:
        dot = Dot(*uow.records.dots(kind, id)[field])
        uow.peers.set_aside(kind, id, field, dot, value, code, desk.author.person, AT)
    return dot


def member(desk: Desk, name: str = "Lê Văn Minh") -> str:
    """Somebody else of the team, known here by name."""
    with desk.begin() as uow:
        team = uow.records.list("team").rows[0]["id"]
        return uow.records.add("member", {"full_name": name, "team": team, "role": "member"}, id=MINH)


def changed_elsewhere(
    desk: Desk,
    kind: str,
    id: str,
    changes: Mapping[str, Any],
    counter: int | None = None,
    base: Record | None = None,
    by: str = MINH,
) -> Record:
    """Lets a change of another laptop arrive by sync; it had seen ``base``, by default all that is here."""
    with desk.begin() as uow:
        here = any_kind(uow.db, id)
        assert here is not None
        mine = here.record()
        seen = mine if base is None else base
        cells = _cells(uow, kind, changes)
        dot = Dot(counter or uow.counter + 1, ELSEWHERE)
        tops = {n: tuple(c.siblings) for n, c in seen.cells.items()}
        theirs = records.edit(
            seen, cells, dot, Stamp(AT, by, uow.catalogue.version), {n: tops.get(n, ()) for n in cells}
        )
        _arrive(uow, id, records.merge(mine, theirs))
        return theirs


def opened_again_elsewhere(desk: Desk, id: str, cell: str, settled: Any, values: tuple[Any, ...]) -> None:
    """Lets a conflict arrive that somebody elsewhere had settled and then opened again."""
    with desk.begin() as uow:
        here = any_kind(uow.db, id)
        assert here is not None
        theirs, seen = here.record(), tuple(here.record().cells[cell].siblings)
        for n, value in enumerate((settled, *values), uow.counter + 1):
            dot = Dot(n, ELSEWHERE)
            theirs = records.edit(theirs, {cell: value}, dot, Stamp(AT, MINH, 1), {cell: seen})
            seen = (dot,) if value is settled else ()
        _arrive(uow, id, records.merge(here.record(), theirs))


def deleted_elsewhere(
    desk: Desk, kind: str, id: str, base: Record | None = None, by: str = MINH, at: int = AT
) -> None:
    """Lets a deletion of another laptop arrive; the deleter had seen ``base``."""
    with desk.begin() as uow:
        here = any_kind(uow.db, id)
        assert here is not None
        mine = here.record()
        theirs = records.delete(
            mine if base is None else base,
            Dot(uow.counter + 1, ELSEWHERE),
            Stamp(at, by, uow.catalogue.version),
        )
        _arrive(uow, id, records.merge(mine, theirs))


def record_of(desk: Desk, id: str) -> Record:
    """The record as it lies here."""
    with desk.look() as uow:
        return uow.records.record(id)


def _cells(uow: UnitOfWork, kind: str, changes: Mapping[str, Any]) -> dict[str, Any]:
    return to_cells(uow.catalogue.kind(kind), dict(changes))


def _arrive(uow: UnitOfWork, id: str, merged: Record) -> None:
    here = any_kind(uow.db, id)
    assert here is not None
    uow.writer.merge([(here, merged, Arrival(here.kind, id, here.stream, encode_image(merged), 1))])
