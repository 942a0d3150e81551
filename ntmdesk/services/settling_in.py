"""What joining a team leaves to be done once the team's records are here.

Owed from the moment the laptop has joined until it is done: the line may break in between, and then the next
sync that goes through does it.
"""

from __future__ import annotations

from ntmdesk.services.persons import hamlets_of, join_the_team
from ntmdesk.store.database import Store
from ntmdesk.store.meta import keep_meta, read_meta
from ntmdesk.store.surroundings import Author
from ntmdesk.store.unit_of_work import UnitOfWork

_KEY = "settling_in"


def owe(uow: UnitOfWork) -> None:
    """In the transaction that joins."""
    keep_meta(uow.db, _KEY, 1)


def settle_in(store: Store) -> None:
    """Writes down everybody of this laptop as a member, and the hamlet of what was recorded alone; once.
    Not inside a transaction of the caller."""
    with store.look() as uow:
        joined = uow.peers.joined() if read_meta(uow.db, _KEY) else None
    if joined is None:
        return
    join_the_team(store, store.home)
    enrolment = joined.enrolment
    with store.begin(Author(enrolment.member, "", enrolment.role)) as uow:
        _place(uow)
        keep_meta(uow.db, _KEY, 0)


def _place(uow: UnitOfWork) -> None:
    """Alone there was no hamlet to name: what has none is of the team's, if that has one."""
    hamlets = hamlets_of(uow)
    if len(hamlets) != 1:
        return
    for kind in ("household", "support_visit"):
        for row in uow.records.list(kind).rows:
            if not row.get("hamlet"):
                uow.records.set(kind, row["id"], {"hamlet": hamlets[0]["id"]})
