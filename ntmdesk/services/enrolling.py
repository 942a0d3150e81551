"""Joining a team with a one-time code; what was recorded before joins the team."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from ntmdesk.errors import AppError, UserError
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
    """What came of it.  ``team``: record id; ``role``: as invited; ``pulled``: records that came;
    ``unsynced``: why the first sync did not go through, None when it did.  The laptop has joined all the
    same, and the next sync does what is left."""

    team: str
    role: str
    device: str
    pulled: int
    unsynced: AppError | None = None

    def document(self) -> dict[str, Any]:
        """As the command line prints it: ``sync`` only where there is something to say of it."""
        said: dict[str, Any] = {
            "team": self.team,
            "role": self.role,
            "device": self.device,
            "pulled": self.pulled,
        }
        if self.unsynced is not None:
            said["sync"] = {"code": self.unsynced.code, "details": self.unsynced.details}
        return said


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
    server's key.  SyncProblem of the line, ``bad_code``, ``code_expired``, ``code_used``; UserError
    ``enrolled_already``: nothing was joined then.  What goes wrong after that is told in ``unsynced``: an
    invitation is used up once, and nobody is to think that it was for nothing.
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
    pulled, unsynced = _first_sync(store, progress)
    return Enrolled(enrolment.team, enrolment.role, enrolment.device, pulled, unsynced)


def _first_sync(store: Store, step: Step) -> tuple[int, AppError | None]:
    """Records that came, and why not all was done.  A sync is patient with its line by itself; what it leaves
    undone is owed (``settling_in``), and the next one does it."""
    with store.look() as uow:
        before = uow.peers.runs(1)
    try:
        return sync(store, step).received, None
    except AppError as error:
        with store.look() as uow:
            since = takewhile(lambda run: run not in before, uow.peers.runs())
        return sum(int(run.numbers.get("received", 0)) for run in since), error


def author_after(store: Store, author: Author) -> Author:
    """The same person with the role and member id that joining gave them."""
    return author_of(store, Person(author.person, author.name))
