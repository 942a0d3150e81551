"""Joining a team with a one-time code; what was recorded before joins the team."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from ntmdesk.errors import UserError
from ntmdesk.services import settling_in
from ntmdesk.services.handed_in import unmoved
from ntmdesk.services.persons import Person, author_of, team_of
from ntmdesk.services.rewriting import rewrite
from ntmdesk.services.steps import QUIET, Step
from ntmdesk.services.syncing import sync, wire_errors
from ntmdesk.store.database import Store
from ntmdesk.store.surroundings import Author
from ntmdesk.store.vault import Vault
from sync.protocol.messages import MAX_PROTOCOL, EnrolRequest


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What came of it.  ``team``: record id; ``role``: as invited; ``pulled``: records that came."""

    team: str
    role: str
    device: str
    pulled: int

    def document(self) -> dict[str, Any]:
        """As the command line prints it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Invitation:
    """A code as handed over; ``fingerprint``: of the server's certificate, "" where none was given."""

    code: str
    fingerprint: str


def read_invitation(text: str) -> Invitation:
    """The code and, behind a dot, the certificate's fingerprint.  UserError ``invalid`` when empty."""
    code, _, fingerprint = "".join(text.split()).partition(".")
    if not code:
        raise UserError("invalid", field="code", reason="required")
    return Invitation(code, fingerprint.replace(":", "").lower())


def enrol(
    store: Store, author: Author, url: str, code: str, step: Step | None = None, name: str | None = None
) -> Enrolled:
    """Registers this laptop and its person, then takes everything the team has.

    ``name``: how the team knows the person, their own name when None.  A recovery slot is sealed to the upper
    server's key.  SyncProblem as ``syncing.sync``, ``bad_code``, ``code_expired``, ``code_used``; UserError
    ``enrolled_already``.
    """
    from sync.engine.http import HttpDoorstep

    progress = step or QUIET
    invitation = read_invitation(code)
    with store.look(author) as uow:
        keys = uow.peers.keys
        former = team_of(uow) if uow.peers.joined() is None else None
    request = EnrolRequest(
        protocol=MAX_PROTOCOL,
        code=invitation.code,
        replica=store.replica,
        device_key=keys.public,
        person=author.person,
        name=(name or author.name).strip(),
        sealing_key=keys.sealing_public,
    )
    with wire_errors():
        enrolment = HttpDoorstep(url, invitation.fingerprint or None).enrol(request)
    with store.begin(author) as uow:
        uow.peers.join(enrolment, url, invitation.fingerprint)
        settling_in.owe(uow, former)
        if enrolment.member != author.person:
            uow.peers.is_member(author.person, enrolment.member)
    if enrolment.member != author.person:
        with store.begin(Author(enrolment.member, author.name, enrolment.role)) as uow:
            with unmoved(uow):  # the team knew the person before: what they recorded alone names that member
                rewrite(uow, {"member": {author.person: enrolment.member}})
            uow.history.settle()
    vault = Vault(store.home)
    if enrolment.server_sealing_key and vault.exists():
        vault.seal(store.key, enrolment.server_sealing_key, enrolment.server)
    numbers = sync(store, progress)
    with store.look() as uow:
        left = uow.peers.unsent()
    if left:  # what settling in has written
        sync(store, progress)
    return Enrolled(enrolment.team, enrolment.role, enrolment.device, numbers.received)


def author_after(store: Store, author: Author) -> Author:
    """The same person with the role and member id that joining gave them."""
    return author_of(store, Person(author.person, author.name))
