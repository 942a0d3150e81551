"""Looks around the room for open collection points (multicast DNS); the only place that listens for them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from sync.protocol.errors import WireError
from sync.protocol.points import NAME, POINT_PROTOCOL, SERVICE, Address

if TYPE_CHECKING:
    from zeroconf import ServiceInfo, ServiceStateChange, Zeroconf

LOOK_MS = 3_000
"""How long a name just heard is asked for its address."""


class FoundPoint(NamedTuple):
    """A point somebody announces; nothing of it is believed before its certificate fits.

    ``readable``: it speaks a version this program knows.
    """

    name: str
    addresses: tuple[Address, ...]
    readable: bool


class Finder:
    """Listens from the moment it is made until ``close``; any thread may ask.

    ``interfaces``: only on these, None for all.  WireError ``no_discovery`` where the network or the machine
    lets no multicast through.
    """

    def __init__(self, interfaces: Sequence[str] | None = None) -> None:
        from zeroconf import InterfaceChoice, IPVersion, ServiceBrowser, Zeroconf

        self._changed = threading.Condition()
        self._found: dict[str, FoundPoint] = {}
        try:
            self._listening = Zeroconf(
                interfaces=InterfaceChoice.All if interfaces is None else list(interfaces),
                ip_version=IPVersion.V4Only,
            )
        except Exception as error:  # the libraries below raise what the system gives them
            raise WireError("no_discovery") from error
        self._browser = ServiceBrowser(self._listening, SERVICE, handlers=[self._heard])

    def points(self) -> tuple[FoundPoint, ...]:
        """What is open as far as is known now, by name."""
        with self._changed:
            return tuple(sorted(self._found.values()))

    def wait_for(self, wanted: Callable[[FoundPoint], bool], seconds: float) -> tuple[FoundPoint, ...]:
        """The points that are wanted, as soon as there is one; none after so many seconds."""
        with self._changed:
            self._changed.wait_for(lambda: any(wanted(p) for p in self._found.values()), seconds)
            return tuple(sorted(point for point in self._found.values() if wanted(point)))

    def wait_until_gone(self, name: str, seconds: float) -> bool:
        """Whether nobody announces a point of this name any more, within so many seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: all(p.name != name for p in self._found.values()), seconds)

    def close(self) -> None:
        """Stops listening."""
        self._browser.cancel()
        self._listening.close()

    def _heard(
        self, zeroconf: Zeroconf, service_type: str, name: str, state_change: ServiceStateChange
    ) -> None:
        """Called by the library, in its own thread."""
        info = None
        if state_change.name != "Removed":
            info = zeroconf.get_service_info(service_type, name, LOOK_MS)
            if info is None:
                return
        self._note(name, _point(name, info) if info is not None else None)

    def _note(self, name: str, point: FoundPoint | None) -> None:
        with self._changed:
            if point is None:
                self._found.pop(name, None)
            else:
                self._found[name] = point
            self._changed.notify_all()


def _point(name: str, info: ServiceInfo) -> FoundPoint:
    said = info.properties or {}
    addresses = tuple(Address(host, info.port or 0) for host in info.parsed_addresses() if info.port)
    label = name.removesuffix(f".{SERVICE}")
    shown = "".join(letter for letter in label if letter.isprintable())[:40] or NAME.strip()
    return FoundPoint(shown, addresses, said.get(b"v") == str(POINT_PROTOCOL).encode())
