"""Getting to know the team's laptops where there is no server: greetings on a stick, codes compared aloud."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ntmdesk.errors import UserError
from ntmdesk.store.database import Store
from ntmdesk.store.surroundings import Author
from ntmdesk.store.unit_of_work import UnitOfWork
from ntmdesk.system.whole_files import write_whole
from sync.protocol.greetings import Greeting, code_of, plain_code, write_greeting
from sync.protocol.rosters import LEADING, Mate, Roster, sign_roster


@dataclass(frozen=True, slots=True)
class Met:
    """A laptop that was met.  ``code``: what its owner must read from their own screen; ``confirmed``: the
    codes were compared; ``leads``: it leads the team."""

    device: str
    name: str
    code: str
    confirmed: bool
    leads: bool

    def document(self) -> dict[str, Any]:
        """As the command line prints it; the code is not told before it was compared: it must be heard."""
        return {
            "device": self.device,
            "name": self.name,
            "confirmed": self.confirmed,
            "leads": self.leads,
        }


@dataclass(frozen=True, slots=True)
class Greeted:
    """A greeting that was written; ``code``: to be read aloud."""

    file: str
    name: str
    code: str


def own_code(uow: UnitOfWork) -> str:
    """What the person at this laptop reads aloud."""
    keys = uow.peers.keys
    return code_of(keys.public, keys.sealing_public)


def greet(store: Store, author: Author, file: Path, *, lead: bool = False) -> Greeted:
    """Writes this laptop's greeting.  ``lead``: its person leads a team that has no server yet; the team
    begins here and everything recorded so far is its own.

    UserError ``enrolled_already`` where a server has given the team its keys, ``not_your_role`` for a laptop
    that has joined another leader's team.
    """
    with store.begin(author) as uow:
        joined = uow.peers.joined()
        if joined is not None:
            raise UserError("enrolled_already", team=joined.enrolment.team)
        leads = _leads(uow)
        if lead and not leads:
            if uow.mates.local_team():
                raise UserError("not_your_role", needed="leader")
            uow.mates.found_team(uow.new_id())
        keys = uow.peers.keys
        stream = uow.mates.local_team() if lead or leads else ""
        greeting = Greeting(author.name[:100], keys.public, keys.sealing_public, stream)
        data = write_greeting(greeting, keys.signing)
        code = own_code(uow)
    write_whole(file, data, private=False)
    return Greeted(str(file), author.name, code)


def meet(uow: UnitOfWork, greeting: Greeting) -> Met:
    """Writes down whom a greeting is from; nothing is believed before the code was compared.

    UserError ``own_bundle`` for this laptop's own greeting.
    """
    keys = uow.peers.keys
    if greeting.key == keys.public:
        raise UserError("own_bundle")
    role = "leader" if greeting.stream else "member"
    uow.mates.meet(greeting.device, greeting.name, role, greeting.key, greeting.sealing_key, greeting.stream)
    return next(m for m in met(uow) if m.device == greeting.device)


def confirm(uow: UnitOfWork, typed: str) -> Met:
    """The code that a colleague read aloud was typed here: their laptop is known from now on.  Where it
    leads a team and this one has none, this one joins.

    UserError ``wrong_code`` when nobody met has that code.
    """
    plain = plain_code(typed)
    for one in uow.mates.acquaintances():
        if plain and plain_code(code_of(one.key, one.sealing_key)) == plain:
            break
    else:
        raise UserError("wrong_code")
    uow.mates.confirm(one.device)
    if one.stream and uow.peers.joined() is None and not uow.mates.local_team():
        uow.mates.found_team(one.stream)
    return next(m for m in met(uow) if m.device == one.device)


def met(uow: UnitOfWork) -> list[Met]:
    """Laptops met by hand, the first met first."""
    return [
        Met(a.device, a.name, code_of(a.key, a.sealing_key), a.confirmed, bool(a.stream))
        for a in uow.mates.acquaintances()
    ]


def own_roster(uow: UnitOfWork) -> Roster | None:
    """The roster that the leader of a team without a server vouches for: this laptop and all it has
    confirmed.  None where somebody else does."""
    if uow.peers.joined() is not None or not _leads(uow):
        return None
    keys = uow.peers.keys
    own = Mate(uow.mates.own_device(), uow.author.person, "leader", keys.public, keys.sealing_public)
    known = [a for a in uow.mates.acquaintances() if a.confirmed]
    others = [Mate(a.device, "", "member", a.key, a.sealing_key) for a in known]
    roster = Roster("", uow.mates.local_team(), len(others) + 1, b"", (own, *others))
    return sign_roster(roster, keys.signing)


def leads_team(uow: UnitOfWork) -> bool:
    """Whether the person of this laptop leads its team, by the server's word or without one."""
    joined = uow.peers.joined()
    return joined.enrolment.role in LEADING if joined is not None else _leads(uow)


def roster_signers(uow: UnitOfWork) -> tuple[bytes, ...]:
    """Whose word on the team's laptops counts here: the server's, or the confirmed leader's."""
    joined = uow.peers.joined()
    if joined is not None:
        return joined.enrolment.server_keys
    team = uow.mates.local_team()
    return tuple(a.key for a in uow.mates.acquaintances() if a.confirmed and a.stream and a.stream == team)


def _leads(uow: UnitOfWork) -> bool:
    team = uow.mates.local_team()
    return bool(team) and all(a.stream != team for a in uow.mates.acquaintances())
