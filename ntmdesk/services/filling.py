"""What the program fills in by itself when a record is new, so that nobody types what is already known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from ntmdesk.services.clock import now, today
from ntmdesk.services.persons import hamlets_of, team_of
from ntmdesk.store.unit_of_work import UnitOfWork
from sync.protocol.kinds import Field, Kind

PERSON_AT_WORK = {"support_visit": "members", "consent": "taken_by", "weekly_log": "compiled_by"}
"""Kind to the field that holds who did it."""

TEXT_VERSION = "1"
"""The wording of a consent when nothing names one; the window names the one it shows."""

_PLACED = frozenset({"hamlet", "team", "member"})


@dataclass(slots=True)
class _Place:
    """Where the person works, looked up once a transaction; ``households`` counts up with each code given."""

    hamlets: tuple[str, ...]
    team: str | None
    households: int | None = None


_places: WeakKeyDictionary[UnitOfWork, _Place] = WeakKeyDictionary()


def _place(uow: UnitOfWork) -> _Place:
    known = _places.get(uow)
    if known is None or uow.touched & _PLACED:
        team = team_of(uow)
        hamlets = tuple(str(h["id"]) for h in hamlets_of(uow))
        known = _Place(hamlets, str(team["id"]) if team else None, known.households if known else None)
        _places[uow] = known
    return known


def fill_in(uow: UnitOfWork, kind_name: str, values: dict[str, Any]) -> dict[str, Any]:
    """The values with what was left out and is known.

    The hamlet of a one-hamlet team, the own team, the person at work, a household's code, the wording of a
    consent, and today for required dates.  Never replaces what was given, not even a blank given on purpose
    as None.
    """
    kind = uow.catalogue.kind(kind_name)
    filled = dict(values)

    def missing(name: str) -> Field | None:
        found = kind.field(name)
        return found if found is not None and name not in values else None

    hamlet = missing("hamlet")
    if hamlet is not None and hamlet.type == "reference":
        of_household = _hamlet_of_household(uow, values.get("household"))
        known = (of_household,) if of_household else _place(uow).hamlets
        if len(known) == 1:
            filled["hamlet"] = known[0]
    if missing("team") is not None:
        team = _place(uow).team
        if team is not None:
            filled["team"] = team
    who = PERSON_AT_WORK.get(kind_name, "")
    worker = missing(who)
    if worker is not None and uow.author.person:
        filled[who] = [uow.author.person] if worker.type == "references" else uow.author.person
    if missing("text_version") is not None:
        filled["text_version"] = TEXT_VERSION
    if kind_name == "household" and not values.get("code"):
        filled["code"] = next_household_code(uow)
    _fill_dates(uow, kind, filled)
    return filled


def _fill_dates(uow: UnitOfWork, kind: Kind, filled: dict[str, Any]) -> None:
    for field in kind.fields:
        if field.name in filled or not field.required:
            continue
        if field.type == "date":
            filled[field.name] = today(uow).isoformat()
        elif field.type == "timestamp":
            filled[field.name] = now(uow).isoformat(timespec="minutes")


def _hamlet_of_household(uow: UnitOfWork, key: object) -> str | None:
    found = uow.records.find("household", str(key)) if key else None
    return uow.records.get("household", found).get("hamlet") if found else None


def next_household_code(uow: UnitOfWork) -> str:
    """A code no other laptop gives: the first four digits of the replica id, then a number that rises."""
    prefix, place = uow.replica[:4], _place(uow)
    number = 1 + (uow.records.count("household") if place.households is None else place.households)
    while uow.records.find("household", f"{prefix}-{number:04}"):
        number += 1
    place.households = number
    return f"{prefix}-{number:04}"
