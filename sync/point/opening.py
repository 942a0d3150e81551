"""An open collection point: a listener in a thread of its own, known by a certificate made just now."""

from __future__ import annotations

import datetime
import os
import secrets
import ssl
import tempfile
import threading
import time
from collections.abc import Callable, Sequence

from sync.point.addresses import addresses_here
from sync.point.announcing import Announcement
from sync.point.app import Service
from sync.point.bounds import Bounds
from sync.point.deliveries import Answered, Answerer, Deliveries, Delivery
from sync.point.listening import BoundedServer
from sync.protocol.errors import WireError
from sync.protocol.points import Address, Invitation, invitation
from sync.web.binding import bind
from sync.web.certificates import OwnCertificate, self_signed

IDLE_SECONDS = 15 * 60.0
"""Without a delivery for so long, a point closes by itself."""
LIFETIME = datetime.timedelta(days=2)
ANYWHERE = "0.0.0.0"  # noqa: S104  the room is the point of it


class OpenPoint:
    """Opens when made.  Every method may be called from any thread.

    ``seconds`` measures idleness, ``now`` (seconds since 1970) is for display.  ``announced_on``: interfaces
    to announce on; None for all, empty for not at all.  WireError ``cannot_listen``.
    """

    def __init__(
        self,
        answerer: Answerer,
        *,
        host: str = ANYWHERE,
        port: int = 0,
        idle_seconds: float = IDLE_SECONDS,
        bounds: Bounds | None = None,
        announced_on: Sequence[str] | None = None,
        seconds: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        limits = bounds or Bounds()
        self._deliveries = Deliveries(now)
        self._seconds = seconds
        self._idle_seconds = idle_seconds
        self._last = seconds()
        self._asked_to_end = False
        self._host = host
        self._ended_by = ""
        bound = bind(host, port)
        self.port: int = bound.getsockname()[1]
        try:
            certificate, tls = _secure(datetime.datetime.fromtimestamp(now(), datetime.UTC))
        except BaseException:
            bound.close()
            raise
        self._fingerprint = certificate.fingerprint
        self._started = threading.Event()
        service = Service(answerer, self._answered, limits, seconds)
        self._server = BoundedServer(
            service.application(), bound, tls, limits, self._started.set, self._wanted
        )
        self._thread = threading.Thread(target=self._run, name="ntmdesk-point")
        self._thread.start()
        self._started.wait()
        if self._ended_by == "failed":
            self._thread.join()
            bound.close()
            raise WireError("cannot_listen", host=host, port=port, reason="start")
        on = announced_on
        hosts = self.hosts()
        self._announcement = (
            Announcement(self.invitation(), self.port, hosts, on) if hosts and (on is None or on) else None
        )

    def hosts(self) -> tuple[str, ...]:
        """Addresses others may reach it at, now; none while this machine is in no network."""
        return addresses_here() if self._host == ANYWHERE else (self._host,)

    def invitation(self) -> Invitation:
        """Code, fingerprint and addresses, as they are now."""
        return invitation(self._fingerprint, tuple(Address(host, self.port) for host in self.hosts()))

    def deliveries(self) -> tuple[Delivery, ...]:
        """Who has delivered, newest first."""
        return self._deliveries.all()

    @property
    def announced(self) -> bool | None:
        """Whether laptops in the room can find it by itself; None while that is not known yet."""
        return self._announcement.heard if self._announcement is not None else False

    @property
    def ended_by(self) -> str:
        """ "" while it is open, then ``idle``, ``closed`` or ``failed``."""
        return self._ended_by

    def idle_left(self) -> float:
        """Seconds until it closes by itself, if nobody delivers."""
        return max(0.0, self._idle_seconds - (self._seconds() - self._last))

    def close(self, wait: bool = True) -> None:
        """Ends it; a delivery under way is finished first.  ``wait`` until all is over."""
        self._asked_to_end = True
        if self._announcement is not None:
            self._announcement.close(wait)
        if wait:
            self._thread.join()

    def wait(self, timeout: float | None = None) -> bool:
        """Waits for its end; False when it is still open after ``timeout`` seconds."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _answered(self, answered: Answered) -> None:
        self._last = self._seconds()
        self._deliveries.note(answered)

    def _wanted(self) -> bool:
        return not self._asked_to_end and self.idle_left() > 0

    def _run(self) -> None:
        reason = "failed"
        try:
            self._server.run_here()
            reason = "closed" if self._asked_to_end else "idle"
        finally:
            self._ended_by = reason
            self._started.set()
            announcement = getattr(self, "_announcement", None)
            if announcement is not None:
                announcement.close(wait=False)


def _secure(now: datetime.datetime) -> tuple[OwnCertificate, ssl.SSLContext]:
    """A fresh certificate in force.  Python reads keys from files only, so it is on the disk for a moment,
    sealed with a passphrase nobody keeps."""
    passphrase = secrets.token_hex(32)
    made = self_signed("ntmdesk-point", ("localhost",), now, LIFETIME, passphrase.encode())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    with tempfile.TemporaryDirectory(prefix="ntmdesk-point-") as folder:
        path = os.path.join(folder, "point.pem")
        with open(path, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as out:
            out.write(made.certificate + made.key)
        context.load_cert_chain(path, password=passphrase)
    return made, context
