"""Who works on this laptop: their slots, their role in the team, and what only a leader may do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ntmdesk.errors import UserError
from ntmdesk.store.database import Store
from ntmdesk.store.surroundings import PROGRAM, Author
from ntmdesk.store.unit_of_work import UnitOfWork
from ntmdesk.store.vault import Vault, new_person
from sync.protocol.cells import winner

Row = dict[str, Any]

LEADING = frozenset({"leader", ""})
"""Roles that may do what a leader does.  "" is a person who has joined no team yet and works for themselves;
once in a team the upper server judges by the role it gave."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a slot on this laptop."""

    id: str
    name: str


def people(home: Path) -> list[Person]:
    """Everybody who can open the store, in the order they were added.  UserError ``no_store``."""
    return [Person(p.id, p.name) for p in Vault(home).people()]


def add(store: Store, home: Path, name: str, passphrase: str) -> Person:
    """A slot for one more person on a shared laptop, by whoever has the store open.

    When the team's records hold exactly one member of that name and somebody else wrote that record down, the
    person takes that member's id, so that their work counts as the member's; one who enrolled a laptop of
    their own may be another person of the same name.  In a team everybody has a member record.
    UserError ``name_taken``, ``passphrase_too_short``.
    """
    found = new_person(name)
    with store.look() as uow:
        known = [m["id"] for m in members_of(uow) if _same(m.get("full_name", ""), name)]
        enrolled = len(known) == 1 and written_down_by(uow, known[0]) == known[0]
    taken = {p.id for p in people(home)}
    if len(known) == 1 and not enrolled and known[0] not in taken:
        found = type(found)(known[0], name)
    Vault(home).add(store.key, found, passphrase)
    join_the_team(store, home)
    return Person(found.id, found.name)


def join_the_team(store: Store, home: Path) -> None:
    """Writes a member record for everybody on this laptop who has none; nothing while it has no team."""
    if not Vault(home).exists():
        return
    with store.look() as uow:
        joined = uow.peers.joined()
        missing = [p for p in people(home) if uow.records.find("member", uow.peers.member_of(p.id)) is None]
    if joined is None:
        return
    for person in missing:
        with store.begin(Author(person.id, person.name, "member")) as uow:
            member = {"full_name": person.name, "team": joined.enrolment.team, "role": "member"}
            uow.records.add("member", member, id=uow.peers.member_of(person.id))


def author_of(store: Store, person: Person) -> Author:
    """The person as author of saves, with the role of their member record; "" before joining a team."""
    with store.look() as uow:
        id = uow.peers.member_of(person.id)
        return Author(id, person.name, role_in(uow, id))


def switch(store: Store, home: Path, name: str, passphrase: str) -> Author:
    """Another person takes over on the open store.  UserError ``wrong_passphrase``, ``not_found``."""
    _, person = Vault(home).open(passphrase, name)
    return author_of(store, Person(person.id, person.name))


def role_in(uow: UnitOfWork, person: str) -> str:
    """``leader``, ``deputy`` or ``member`` by the member record; "" while this laptop belongs to no team.

    On a laptop that joined a team, somebody without a member record is a plain member.
    """
    known = uow.records.peek("member", person)
    if known is None:
        return "" if uow.peers.joined() is None else "member"
    return str(known.get("role") or "member")


def require_leader(uow: UnitOfWork) -> None:
    """Lets a leader pass; UserError ``not_your_role`` (needed) for everybody else in a team."""
    if uow.author.role not in LEADING or uow.author == PROGRAM:
        raise UserError("not_your_role", needed="leader")


def my_member(uow: UnitOfWork) -> Row | None:
    """The member record of the person at work, once the upper server has made it."""
    return uow.records.peek("member", uow.author.person)


def written_down_by(uow: UnitOfWork, id: str) -> str:
    """The person who made a record, "" when nobody knows; of a member record made by joining, that member."""
    record = uow.records.record(id)
    born = winner(record.cells["_born"])
    return record.stamps[born].by if born is not None else ""


def team_of(uow: UnitOfWork) -> Row | None:
    """The own team: the one this laptop joined, or the only one recorded here."""
    member = my_member(uow)
    joined = uow.peers.joined()
    wanted = (member or {}).get("team") or (joined.enrolment.team if joined else None)
    if wanted:
        found = uow.records.find("team", str(wanted))
        if found:
            return uow.records.peek("team", found)
    teams = uow.records.list("team", limit=2).rows
    return teams[0] if len(teams) == 1 else None


def hamlets_of(uow: UnitOfWork) -> list[Row]:
    """The hamlets of the own team in Vietnamese order; all that are recorded here while there is no team."""
    hamlets = uow.records.list("hamlet").rows
    if len(hamlets) < 2:
        return hamlets
    mine = set((team_of(uow) or {}).get("hamlets") or ())
    return [h for h in hamlets if h["id"] in mine] or hamlets


def members_of(uow: UnitOfWork) -> list[Row]:
    """Members of the own team who have not left, given name first."""
    team = (team_of(uow) or {}).get("id")
    members = uow.records.list("member").rows
    return [m for m in members if team in (None, m.get("team")) and not m.get("left")]


def _same(a: str, b: str) -> bool:
    return " ".join(a.split()).casefold() == " ".join(b.split()).casefold()
