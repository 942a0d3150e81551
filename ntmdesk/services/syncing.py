"""Talking with the upper server: one sync at a time, its numbers, what was refused, how the store stands."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from ntmdesk.domain.standings import REVIEW
from ntmdesk.errors import SyncProblem, UserError
from ntmdesk.services import mass_change
from ntmdesk.services.clock import note_server_time, seconds_ahead
from ntmdesk.services.handing_on import hand_on_others, look_at_roster
from ntmdesk.services.newer_catalogue import take_newer_catalogue, wants_catalogue
from ntmdesk.services.server_owned import owned_by_server
from ntmdesk.services.settling_in import settle_in
from ntmdesk.services.steps import QUIET, Step
from ntmdesk.store.database import Store
from ntmdesk.store.lock import sync_lock
from ntmdesk.store.peers import Quarantined
from ntmdesk.store.standings import standings_of
from ntmdesk.store.surroundings import PROGRAM
from ntmdesk.store.unit_of_work import UnitOfWork
from sync.protocol.dots import Dot
from sync.protocol.errors import WireError

__all__ = ["Quarantined"]

Row = dict[str, Any]

STEP_SECONDS = 0.25
"""Who stops a sync that waits for its line waits no longer than this."""


@dataclass(frozen=True, slots=True)
class SyncNumbers:
    """What one sync did, in records; ``conflicts`` (fields) and ``pending`` stand open here afterwards, also
    when nobody answered."""

    sent: int
    accepted: int
    refused: int
    received: int
    conflicts: int
    pending: int
    rounds: int
    bytes_up: int
    bytes_down: int

    def document(self) -> dict[str, int]:
        """As the command line prints it."""
        return asdict(self)

    def and_then(self, later: SyncNumbers) -> SyncNumbers:
        """Both as one; what stands open stands as the later one left it."""
        both = {name: count + getattr(later, name) for name, count in self.document().items()}
        return SyncNumbers(**{**both, "conflicts": later.conflicts, "pending": later.pending})


@dataclass(frozen=True, slots=True)
class Status:
    """How the store stands.  ``last_receipt``: ISO moment; ``data_age_s``: of the oldest unsent change;
    ``clock_off_s``: as ``clock.seconds_ahead``."""

    pending: int
    refused: int
    conflicts: int
    last_receipt: str | None
    data_age_s: int | None
    enrolled: bool
    team: str | None
    role: str | None
    replica: str
    epoch: str | None
    clock_off_s: int = 0

    def document(self) -> dict[str, Any]:
        """As the command line prints it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class SyncRun:
    """One past sync; ``code`` is empty when it went through.

    ``road``: "" for the upper server, ``point`` for a delivery at this laptop's collection point, ``room``
    for one at a colleague's, ``copied`` for a file written for a stick, ``stick`` for one taken in;
    ``name``: who delivered or made the file, or of that point, "" where unknown and for the server.
    """

    at: str
    sent: int
    accepted: int
    refused: int
    received: int
    code: str
    road: str = ""
    name: str = ""


class SystemClock:
    """Seconds for waits and speed; a wait ends when ``cancelled``."""

    def __init__(self, cancelled: Callable[[], bool] = lambda: False) -> None:
        self._cancelled = cancelled

    def monotonic(self) -> float:
        """Seconds since some start."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Waits, in short steps."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0 and not self._cancelled():
            time.sleep(min(left, STEP_SECONDS))


def sync(
    store: Store, step: Step | None = None, confirmed: bool = False, *, asked: bool = False
) -> SyncNumbers:
    """One whole sync: sends what waits, takes what is new, compares.  Not inside a transaction of the caller.

    ``confirmed``: the person has said that an unusual loss is meant.  Without it nothing is sent while one
    waits; what is new is taken all the same.  ``asked``: a person wants this sync: what is carried for others
    and was refused by the server is brought to it once more.  What was recorded stays recorded whatever
    happens.  SyncProblem ``confirm_needed`` (records, losses: see ``mass_change``), ``not_enrolled``,
    ``offline``, ``dns``, ``proxy``, ``tls``, ``tls_required``, ``server_down``, ``refused``, ``too_old``,
    ``too_new``, ``revoked``, ``clone``, ``too_many_ids``, ``later``, ``cancelled``; EnvironmentProblem
    ``locked_elsewhere``.
    """
    quiet = step or QUIET
    with store.look() as uow:
        joined = uow.peers.joined()
    if joined is None:
        raise SyncProblem("not_enrolled")
    if confirmed:
        mass_change.require_confirmed(store, confirmed=True)
    from ntmdesk.store.replica import StoreReplica
    from sync.engine.http import HttpTransport
    from sync.engine.runner import converse, outcome_numbers

    with sync_lock(store.home), wire_errors(), store.lean():
        transport = HttpTransport(joined.url, joined.enrolment.token, joined.fingerprint or None)
        hand_on_others(store, transport, asked=asked)
        outcome = converse(
            StoreReplica(store),
            transport,
            SystemClock(lambda: quiet.cancelled),
            secrets.token_bytes,
            owned=owned_by_server(store.catalogue),
            progress=quiet.tell,
            cancelled=lambda: quiet.cancelled,
        )
        if outcome.problem is None and wants_catalogue(store, outcome.catalogue):
            take_newer_catalogue(store, transport.catalogue())
        if outcome.problem is None:
            look_at_roster(store, transport)
        transport.close()
    problem = outcome.problem
    settled = problem is None and settle_in(store)
    with store.begin(PROGRAM) as uow:
        open_now = {"conflicts": uow.peers.open_conflicts(), "pending": uow.peers.pending()}
        numbers = SyncNumbers(**{**outcome_numbers(outcome), **open_now})  # a silent server tells neither
        note_server_time(uow, outcome.time)
        losses = mass_change.held(uow)
        code = problem.code if problem else "confirm_needed" if losses else ""
        with store.stillness.apart():  # else no sync would ever find the store as the last one left it
            uow.peers.note_run(code, numbers.document())
        written = settled and uow.peers.unsent() > 0
    if problem is not None:
        raise SyncProblem(problem.code, **problem.details)
    if losses:
        raise SyncProblem("confirm_needed", **mass_change.details(losses))
    return numbers.and_then(sync(store, step)) if written else numbers


ASK_SECONDS = (4.0, 6.0)
"""For a connection, and of silence after it: who only looks whether anybody is there does not wait long."""


def ask_server(store: Store) -> None:
    """A question and an answer of a few hundred bytes: is it the upper server that can be reached now?

    Raises nothing where no team was joined.  SyncProblem of the line: ``offline``, ``dns``, ``proxy``,
    ``tls``, ``server_down``, ``timeout``, ``dropped``, ``busy``, ``bad_reply`` (the login page of a network);
    ``refused`` (another server).
    """
    with store.look() as uow:
        joined = uow.peers.joined()
    if joined is None:
        return
    from sync.engine.http import HttpDoorstep

    with wire_errors():
        door = HttpDoorstep(joined.url, joined.fingerprint or None, *ASK_SECONDS)
        try:
            hello = door.hello()
        finally:
            door.close()
    if hello.server != joined.enrolment.server:
        raise SyncProblem("refused", reason="server")


@contextmanager
def wire_errors() -> Iterator[None]:
    """Turns what goes wrong on the line into the desk's own problem, code and details kept."""
    try:
        yield
    except WireError as error:
        raise SyncProblem(error.code, **error.details) from error


def status(uow: UnitOfWork) -> Status:
    """How the store stands to the upper server; being offline is no error."""
    said = uow.peers.status()
    last = said["last_receipt"]
    return Status(
        pending=said["pending"],
        refused=said["refused"],
        conflicts=said["conflicts"],
        last_receipt=_iso(last) if last else None,
        data_age_s=said["data_age_s"],
        enrolled=said["enrolled"],
        team=said["team"],
        role=said["role"],
        replica=said["replica"],
        epoch=said["epoch"],
        clock_off_s=seconds_ahead(uow),
    )


def past(uow: UnitOfWork, limit: int = 50) -> list[SyncRun]:
    """Past syncs, newest first."""
    return [
        SyncRun(
            at=_iso(run.at),
            sent=int(run.numbers.get("sent", 0)),
            accepted=int(run.numbers.get("accepted", 0)),
            refused=int(run.numbers.get("refused", 0)),
            received=int(run.numbers.get("received", 0)),
            code=run.code,
            road=str(run.numbers.get("road", "")),
            name=_met(uow, run.numbers),
        )
        for run in uow.peers.runs(limit)
    ]


def _met(uow: UnitOfWork, numbers: dict[str, Any]) -> str:
    device = str(numbers.get("device", ""))
    return uow.mates.name_of(device) if device else str(numbers.get("point", ""))


def refused(uow: UnitOfWork) -> list[Quarantined]:
    """Values of this laptop that the server refused, kept until somebody mends or drops them."""
    return uow.peers.quarantine()


def to_review(uow: UnitOfWork) -> list[tuple[str, str, str]]:
    """(kind, id, code) of living records the server accepted although a rule between fields is broken."""
    said = dict.fromkeys((kind, id, code) for kind, id, _, code in uow.peers.flagged())
    states = {kind: standings_of(uow, kind, [i for k, i, _ in said if k == kind]) for kind, _, _ in said}
    return [(kind, id, code) for kind, id, code in said if states[kind].get(id) == REVIEW]


def send_again(uow: UnitOfWork, dot: str | Dot, value: Any, field: str | None = None) -> Row:
    """Writes a mended value in place of a refused one; it goes out with the next sync.

    ``field``: as in ``Quarantined``, needed where one save had several values refused.
    UserError ``not_found``, ``ambiguous``; ``invalid`` for a value that would only be refused again.
    """
    item = _refused(uow, dot, field)
    uow.peers.write_again(item, uow.records.judged(item.kind, item.field, value))
    return uow.records.get(item.kind, item.id)


def let_go(uow: UnitOfWork, dot: str | Dot, field: str | None = None) -> None:
    """Gives a refused value up; it stays on file.  ``field``: as above.  UserError ``not_found``,
    ``ambiguous``."""
    uow.peers.settle(_refused(uow, dot, field), "dropped")


def _refused(uow: UnitOfWork, dot: str | Dot, field: str | None) -> Quarantined:
    text = dot.text if isinstance(dot, Dot) else dot
    found = [i for i in uow.peers.quarantine() if i.dot.text == text and field in (None, i.field)]
    if not found:
        raise UserError("not_found", dot=text)
    if len(found) > 1:
        raise UserError("ambiguous", fields=[item.field for item in found])
    return found[0]


def _iso(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()
