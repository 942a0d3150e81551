"""What joining a team leaves to be done once the team's records are here.

Owed from the moment the laptop has joined until it is done: the line may break in between, and then the next
sync that goes through does it.
"""

from __future__ import annotations

from ntmdesk.services import former_team
from ntmdesk.services.handed_in import unmoved
from ntmdesk.services.persons import Row, hamlets_of, join_the_team, people, team_of
from ntmdesk.store.database import Store
from ntmdesk.store.meta import keep_meta, read_meta
from ntmdesk.store.surroundings import Author
from ntmdesk.store.unit_of_work import UnitOfWork

_KEY = "settling_in"
_SEEN = "settled_until"


def owe(uow: UnitOfWork, team: Row | None) -> None:
    """In the transaction that joins.  ``team``: the one this laptop worked as before, None for none."""
    keep_meta(uow.db, _KEY, 1)
    former_team.remember(uow, team)


def settle_in(store: Store) -> bool:
    """Writes down everybody of this laptop as a member, makes what was recorded before there was a server
    the upper unit's (``former_team``), and names the hamlet of what was recorded alone; once.  Later it only
    looks after what still speaks of the former team.  Whether anything was written.  Not inside a transaction
    of the caller."""
    with store.look() as uow:
        joined, owed = uow.peers.joined(), bool(read_meta(uow.db, _KEY))
        seen = read_meta(uow.db, _SEEN)
        late = not owed and seen not in (None, uow.seq)
    if joined is None or not (owed or late):
        return False
    if owed:
        join_the_team(store, store.home)
    enrolment = joined.enrolment
    with store.begin(Author(enrolment.member, "", enrolment.role)) as uow:
        with unmoved(uow):
            if owed:
                _bring_together(uow)
                _place(uow)
            else:
                former_team.follow(uow)
        uow.history.settle()
        keep_meta(uow.db, _KEY, 0)
        if former_team.replaces(uow):
            keep_meta(uow.db, _SEEN, uow.seq)
        return owed or uow.counter >= uow.action


def _bring_together(uow: UnitOfWork) -> None:
    team = team_of(uow)
    if team is not None:
        former_team.bring_together(uow, team, {person.id for person in people(uow.store.home)})


def _place(uow: UnitOfWork) -> None:
    """Alone there was no hamlet to name: what has none is of the team's, if that has one."""
    hamlets = hamlets_of(uow)
    if len(hamlets) != 1:
        return
    for kind in ("household", "support_visit"):
        for row in uow.records.list(kind).rows:
            if not row.get("hamlet"):
                uow.records.set(kind, row["id"], {"hamlet": hamlets[0]["id"]})
