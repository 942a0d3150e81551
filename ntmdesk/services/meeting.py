"""Meeting a collection point in the same room: find it, give what waits here in, take its answer home."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from ntmdesk.services.steps import QUIET, Step
from ntmdesk.services.syncing import SystemClock, wire_errors
from ntmdesk.store.database import Store
from ntmdesk.store.surroundings import PROGRAM
from sync.protocol.errors import WireError

if TYPE_CHECKING:
    from sync.engine.point import PointRoad
    from sync.engine.ports import Clock
    from sync.protocol.points import Address, Invitation

FIND_SECONDS = 4.0
"""How long a room is listened to before nobody is thought to be there."""
BUSY_TRIES = 30
"""Others are served first so often; each time a point says how long to wait."""
DROPPED_TRIES = 3


@dataclass(frozen=True, slots=True)
class FoundPoint:
    """A point that somebody announces.  ``addresses``: ``host:port``; ``readable``: this program speaks its
    version."""

    name: str
    addresses: tuple[str, ...]
    readable: bool

    def document(self) -> dict[str, Any]:
        """As the command line prints it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class MeetingNumbers:
    """What one meeting did, in records; ``receipts``: packets of this laptop the server has confirmed;
    ``conflicts`` and ``pending`` stand open here afterwards; ``clone``: another laptop works under this one's
    id, so this one took a new one."""

    point: str
    sent: int
    received: int
    receipts: int
    conflicts: int
    pending: int
    bytes_up: int
    bytes_down: int
    clone: bool = False

    def document(self) -> dict[str, Any]:
        """As the command line prints it."""
        return asdict(self)


class Taken(NamedTuple):
    """What an answer brought: records changed here, packets confirmed by the server, whether this laptop
    turned out to have a twin."""

    records: int
    receipts: int
    clone: bool = False


Make = Callable[[Store], tuple[bytes, int]]
Take = Callable[[Store, bytes], Taken]
OpenRoad = Callable[["Address", "Invitation"], "PointRoad"]


class Search:
    """Looks for points from the moment it is made until ``close``; any thread.

    SyncProblem ``no_discovery`` where the network lets nobody be found.
    """

    def __init__(self, interfaces: Sequence[str] | None = None) -> None:
        from sync.engine.finding import Finder

        with wire_errors():
            self._finder = Finder(interfaces)

    def points(self) -> list[FoundPoint]:
        """What is open as far as is known now, by name."""
        return [
            FoundPoint(p.name, tuple(address.text for address in p.addresses), p.readable)
            for p in self._finder.points()
        ]

    def close(self) -> None:
        """Stops looking."""
        self._finder.close()


def find(seconds: float = FIND_SECONDS, interfaces: Sequence[str] | None = None) -> list[FoundPoint]:
    """Listens to the room for so many seconds.  SyncProblem ``no_discovery``."""
    search = Search(interfaces)
    try:
        search._finder.wait_for(lambda _: False, seconds)
        return search.points()
    finally:
        search.close()


def check_code(text: str) -> None:
    """Whether a text can be a point's code or what its QR code says.  SyncProblem ``bad_point_code``,
    ``too_new``."""
    from sync.protocol.points import read_invitation

    with wire_errors():
        read_invitation(text)


def meet(
    store: Store,
    code: str,
    address: str = "",
    step: Step | None = None,
    *,
    interfaces: Sequence[str] | None = None,
    road: OpenRoad | None = None,
    make: Make | None = None,
    take: Take | None = None,
    clock: Clock | None = None,
) -> MeetingNumbers:
    """Gives everything that waits here in at a point and takes in what it answers.

    ``code``: typed, or the text of the QR code.  ``address``: ``host:port``, several apart by spaces; ""
    tries those of the QR code, then looks around.  Whatever goes wrong, what was recorded stays, and meeting
    again does no harm.
    SyncProblem ``bad_point_code bad_address point_closed point_dropped point_busy point_trouble wrong_point
    no_point no_discovery cancelled``, and what the point says of the bundle; AppError as making and taking
    a bundle.
    """
    from sync.engine.point import PointTransport
    from sync.protocol.points import read_address, read_invitation

    quiet, waits = step or QUIET, clock or SystemClock()
    opening: OpenRoad = road or PointTransport
    with wire_errors():
        told = read_invitation(code)
        typed = tuple(map(read_address, address.split()))
    bundle, sent = (make or make_bundle)(store)
    with wire_errors():
        _heed(quiet)
        quiet.tell(0, 0, "look")
        attempt = _patient(opening, quiet, waits)
        line = _reach(attempt, told, typed) if typed else _find(attempt, told, interfaces)
        try:
            quiet.tell(0, sent, "send")
            answer = _deliver(line, bundle, quiet, waits)
            up, down = line.traffic()
        finally:
            line.close()
    quiet.tell(sent, sent, "receive")
    taken = (take or take_answer)(store, answer)
    with store.begin(PROGRAM) as uow:
        met = {"road": "room", "point": told.name, "sent": sent, "received": taken.records}
        uow.peers.note_run("", met)
        return MeetingNumbers(
            point=told.name,
            sent=sent,
            received=taken.records,
            receipts=taken.receipts,
            conflicts=uow.peers.open_conflicts(),
            pending=uow.peers.pending(),
            bytes_up=up,
            bytes_down=down,
            clone=taken.clone,
        )


def _find(opening: OpenRoad, told: Invitation, interfaces: Sequence[str] | None) -> PointRoad:
    """The road to a point whose address was not typed: as its QR code says, else by looking around."""
    try:
        return _reach(opening, told, told.addresses)
    except WireError as error:
        by_code = error
    try:
        seen = _look_around(told, interfaces)
    except WireError as error:
        raise (by_code if told.addresses else error) from None
    if not seen and told.addresses:
        raise by_code
    return _reach(opening, told, seen)


def _look_around(told: Invitation, interfaces: Sequence[str] | None) -> list[Address]:
    """Addresses of the point with the invitation's name, else of every point in the room."""
    from sync.engine.finding import Finder

    finder = Finder(interfaces)
    try:
        seen = finder.wait_for(lambda point: point.readable and point.name == told.name, FIND_SECONDS)
        seen = seen or tuple(point for point in finder.points() if point.readable)
    finally:
        finder.close()
    return [address for point in seen for address in point.addresses]


def _reach(opening: OpenRoad, told: Invitation, places: Sequence[Address]) -> PointRoad:
    """The road to the first of these addresses where the invitation's point answers.

    WireError of the last, but ``wrong_point`` where anybody answered; ``no_point`` without addresses.
    """
    trouble = WireError("no_point")
    for place in places:
        try:
            return opening(place, told)
        except WireError as error:
            if trouble.code != "wrong_point":
                trouble = error
    raise trouble


def _patient(opening: OpenRoad, step: Step, clock: Clock) -> OpenRoad:
    """The same, trying again where the line broke before anything was sent."""

    def attempt(place: Address, told: Invitation) -> PointRoad:
        dropped = 0
        while True:
            _heed(step)
            try:
                return opening(place, told)
            except WireError as error:
                if error.code != "point_dropped" or dropped == DROPPED_TRIES:
                    raise
                dropped += 1
                clock.sleep(dropped)

    return attempt


def _deliver(line: PointRoad, bundle: bytes, step: Step, clock: Clock) -> bytes:
    """Gives the bundle in; waits its turn, and sends the same bytes again when the line broke."""
    busy = dropped = 0
    while True:
        _heed(step)
        try:
            return line.deliver(bundle)
        except WireError as error:
            if error.code == "busy" and busy < BUSY_TRIES:
                busy += 1
                clock.sleep((error.retry_after or 1.0) + random.random())  # noqa: S311  who waits how long
            elif error.code == "point_dropped" and dropped < DROPPED_TRIES:
                dropped += 1
                clock.sleep(dropped)
            elif error.code == "busy":
                raise WireError("point_busy") from error
            else:
                raise


def _heed(step: Step) -> None:
    if step.cancelled:
        raise WireError("cancelled")


def make_bundle(store: Store) -> tuple[bytes, int]:
    """What waits here as one bundle, for the upper server and the leaders, and how many records it holds.
    UserError ``not_enrolled``, ``no_readers``."""
    import io

    from ntmdesk.services.bundles import bundle_bytes
    from sync.protocol.bundles import read_bundle

    bundle = bundle_bytes(store)
    return bundle, read_bundle(io.BytesIO(bundle), len(bundle)).head.records


def take_answer(store: Store, answer: bytes) -> Taken:
    """Takes in what a point answered.  AppError as ``import_bundle``."""
    from ntmdesk.services.bundles import take_bytes

    taken = take_bytes(store, answer)
    return Taken(taken.new, taken.receipts, taken.clone)
