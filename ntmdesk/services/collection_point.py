"""The leader's laptop as a collection point: open it, see who has delivered, close it.

Members in the same room give their bundles in and take one home.  The point has a thread of its own for its
sockets and one for the store, which it opens anew there; neither waits for the window.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ntmdesk.errors import AppError, UserError
from ntmdesk.services.syncing import wire_errors
from ntmdesk.store.database import Store
from ntmdesk.store.surroundings import PROGRAM
from ntmdesk.store.unit_of_work import UnitOfWork
from sync.protocol.errors import WireError

if TYPE_CHECKING:
    from sync.point.deliveries import Answered
    from sync.point.opening import OpenPoint

IDLE_MINUTES = 15
"""Without a delivery for so long, a point closes by itself."""
BUSY_SECONDS = 2
"""When the store is taken by a sync, members are asked to try again after so long."""

_THEIRS = frozenset(
    {
        "bundle_damaged",
        "bundle_foreign",
        "bundle_revoked",
        "bundle_too_old",
        "no_readers",
        "own_bundle",
        "too_new",
        "too_old",
        "too_large",
        "epoch_older",
        "clone",
    }
)
"""What is wrong with a bundle, as its sender is told; all else is this laptop's own trouble."""
_PASSING = frozenset({"locked_elsewhere", "store_busy"})


@dataclass(frozen=True, slots=True)
class Delivered:
    """One laptop's part.  ``name``: of the person it belongs to, "" where unknown; ``at``: ISO moment."""

    device: str
    name: str
    times: int
    records: int
    at: str


@dataclass(frozen=True, slots=True)
class PointStatus:
    """How a point stands.

    ``code``: in groups; ``qr``: text of the QR code; ``addresses``: ``host:port``; ``announced``: whether it
    can be found without typing, None while that is not known; ``idle_left``: seconds until it closes by
    itself; ``ended_by``: "" while open, then ``idle``, ``closed`` or ``failed``; ``trouble``: code of what
    last went wrong on this laptop, "" if nothing.
    """

    name: str
    code: str
    fingerprint: str
    qr: str
    addresses: tuple[str, ...]
    announced: bool | None
    idle_left: int
    ended_by: str
    trouble: str
    delivered: tuple[Delivered, ...]

    @property
    def url(self) -> str:
        """The first address as a URL, "" on a laptop in no network."""
        return f"https://{self.addresses[0]}" if self.addresses else ""

    def document(self) -> dict[str, Any]:
        """As the command line prints it."""
        return {"url": self.url, **asdict(self)}


Changed = Callable[[], None]
Reopen = Callable[[], Store]
Take = Callable[[Store, bytes], "Answered"]


class CollectionPoint:
    """An open point; any thread."""

    def __init__(self, point: OpenPoint, answerer: _StoreAnswerer) -> None:
        self._point = point
        self._answerer = answerer

    def status(self) -> PointStatus:
        """How it stands now."""
        told = self._point.invitation()
        return PointStatus(
            name=told.name,
            code=told.code,
            fingerprint=told.fingerprint,
            qr=told.text,
            addresses=tuple(address.text for address in told.addresses),
            announced=self._point.announced,
            idle_left=int(self._point.idle_left()),
            ended_by=self._point.ended_by,
            trouble=self._answerer.trouble,
            delivered=tuple(
                Delivered(d.device, d.name, d.times, d.records, datetime.fromtimestamp(d.at, UTC).isoformat())
                for d in self._point.deliveries()
            ),
        )

    def close(self, wait: bool = True) -> None:
        """Ends it; a delivery under way is finished first.  ``wait`` until all is over."""
        self._point.close(wait)

    def wait(self, timeout: float | None = None) -> bool:
        """Waits for its end; False when it is still open after ``timeout`` seconds."""
        return self._point.wait(timeout)


def open_point(
    reopen: Reopen,
    *,
    port: int = 0,
    minutes: float = IDLE_MINUTES,
    changed: Changed | None = None,
    host: str | None = None,
    announced_on: Sequence[str] | None = None,
    take: Take | None = None,
) -> CollectionPoint:
    """Opens a collection point over a store.

    ``reopen`` is called in the point's own thread and gives a store of its own there.  ``changed`` is called
    in that thread after each bundle that changed records.  ``host``: listen there only.  ``announced_on``:
    interfaces to be found on, None for all, empty for none.  SyncProblem ``cannot_listen``.
    """
    from sync.point.opening import ANYWHERE, OpenPoint

    answerer = _StoreAnswerer(reopen, take or take_bundle, changed)
    with wire_errors():
        point = OpenPoint(
            answerer,
            host=host or ANYWHERE,
            port=port,
            idle_seconds=minutes * 60,
            announced_on=announced_on,
        )
    return CollectionPoint(point, answerer)


def check_team(uow: UnitOfWork) -> None:
    """Whether this laptop has a team whose bundles it can take.  UserError ``not_enrolled``."""
    if not uow.stream():
        raise UserError("not_enrolled")


def again(store: Store) -> Reopen:
    """Opens the same store once more, wherever it is called."""
    home, key, surroundings = store.home, store.key, store.surroundings
    return lambda: Store.open(home, key, surroundings)


class _StoreAnswerer:
    """Implements ``Answerer`` over a store that is opened at the first bundle."""

    def __init__(self, reopen: Reopen, take: Take, changed: Changed | None) -> None:
        self._reopen = reopen
        self._take = take
        self._changed = changed
        self._store: Store | None = None
        self.trouble = ""

    def answer(self, bundle: bytes) -> Answered:
        try:
            if self._store is None:
                self._store = self._reopen()
            answered = self._take(self._store, bundle)
        except AppError as error:
            if error.details.get("received") and self._changed is not None:
                self._changed()
            raise self._told(error) from error
        except WireError as error:
            raise self._told(AppError(error.code, **error.details)) from error
        except Exception:
            self.trouble = "unexpected"
            raise
        self.trouble = ""
        if answered.records and self._changed is not None:
            self._changed()
        return answered

    def close(self) -> None:
        store, self._store = self._store, None
        if store is not None:
            store.close()

    def _told(self, error: AppError) -> WireError:
        """What the sender is told: nothing of this laptop's own trouble but that there is some."""
        if error.code in _THEIRS:
            plain = {k: v for k, v in error.details.items() if isinstance(v, str | int | float)}
            if plain.get("reason") in ("maker", "maker_unmet"):
                plain["reason"] = "point"
            return WireError(error.code, **plain)
        if error.code in _PASSING:
            return WireError("busy", retry_after=BUSY_SECONDS)
        self.trouble = error.code
        return WireError("server_error")


def take_bundle(store: Store, bundle: bytes) -> Answered:
    """Takes a member's bundle in and makes the one that answers it.  AppError as ``import_bundle``."""
    from ntmdesk.services.bundles import answer_bundle
    from sync.point.deliveries import Answered

    body, taken = answer_bundle(store, bundle)
    with store.begin(PROGRAM) as uow:
        uow.peers.note_run("", {"road": "point", "device": taken.device, "received": taken.new})
    return Answered(body, taken.device, taken.maker, taken.new)
