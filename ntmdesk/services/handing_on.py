"""What a sync does for the team besides its own: others' packets handed on, the roster kept up to date."""

from __future__ import annotations

from typing import Protocol

from ntmdesk.store.carrier import StoreCarrier
from ntmdesk.store.database import Store
from ntmdesk.store.stranded import has_stranded, offer_stranded
from ntmdesk.store.surroundings import PROGRAM
from sync.engine.relaying import HandedOn, RelayRoad, hand_on
from sync.protocol.errors import WireError
from sync.protocol.rosters import decode_roster


class TeamRoad(RelayRoad, Protocol):
    """A road to the upper server."""

    def roster(self) -> bytes:
        """GET /v1/roster."""

    def roster_waits(self) -> bool:
        """Whether the server has said that it should be asked for."""


def hand_on_others(store: Store, road: RelayRoad, *, asked: bool = False) -> HandedOn:
    """Brings what others gave this laptop to carry, and queues what lies stranded here (``store.stranded``).
    A trouble with it stops nothing of one's own: it is carried on until the next time.

    ``asked``: by a person, also for what the server has refused before.
    """
    try:
        handed = hand_on(StoreCarrier(store, asked=asked), road)
    except WireError:
        return HandedOn()
    with store.look() as uow:
        stranded = has_stranded(uow)
    if stranded:
        with store.begin(PROGRAM) as uow:
            offer_stranded(uow)
    return handed


def look_at_roster(store: Store, road: TeamRoad) -> bool:
    """Takes the newest roster when a member came or changed, when the server says so, and once a day; whether
    there was a newer one.  Nothing fails for its sake: it is asked for again at the next sync."""
    with store.look() as uow:
        mark = uow.mates.members_mark()
        if mark == uow.mates.roster_mark() and not road.roster_waits():
            return False
        joined = uow.peers.joined()
    if joined is None:
        return False
    try:
        roster = decode_roster(road.roster())
    except WireError:
        return False
    with store.begin(PROGRAM) as uow:
        taken = roster.stream == uow.stream() and uow.mates.keep_roster(roster, joined.enrolment.server_keys)
        uow.mates.note_roster_mark(mark)
        uow.carrying.forget_old()
    return taken
