"""Tells the room that a point is open (multicast DNS); the only place that announces.

Networks may forbid multicast; then the point is open all the same and its address has to be typed.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sync.protocol.points import POINT_PROTOCOL, SERVICE, Invitation

if TYPE_CHECKING:
    from zeroconf import ServiceInfo, Zeroconf

log = logging.getLogger("ntmdesk.point")


class Announcement:
    """Begins in a thread of its own when made; any thread may ask and end it.

    ``hosts``: addresses of this machine.  ``interfaces``: only on these, None for all.
    """

    def __init__(
        self,
        told: Invitation,
        port: int,
        hosts: Sequence[str],
        interfaces: Sequence[str] | None = None,
    ) -> None:
        self._told, self._port, self._hosts, self._interfaces = told, port, hosts, interfaces
        self._heard: bool | None = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ntmdesk-announce", daemon=True)
        self._thread.start()

    @property
    def heard(self) -> bool | None:
        """Whether the announcement went out; None while it is still tried."""
        return self._heard

    def close(self, wait: bool = True) -> None:
        """Takes the name back; ``wait`` until the room has been told."""
        self._ended.set()
        if wait:
            self._thread.join()

    def _run(self) -> None:
        try:
            announcer = self._announcer()
        except Exception as error:  # whatever a network's stack does, the point itself is open
            log.warning("not announced: %s", type(error).__name__)
            self._heard = False
            return
        try:
            if not self._ended.is_set():
                announcer.register_service(self._info(), allow_name_change=True)
                self._heard = True
        except Exception as error:
            log.warning("not announced: %s", type(error).__name__)
            self._heard = False
        self._ended.wait()
        with contextlib.suppress(Exception):
            announcer.unregister_all_services()
        with contextlib.suppress(Exception):
            announcer.close()

    def _announcer(self) -> Zeroconf:
        from zeroconf import InterfaceChoice, IPVersion, Zeroconf

        interfaces = InterfaceChoice.All if self._interfaces is None else list(self._interfaces)
        return Zeroconf(interfaces=interfaces, ip_version=IPVersion.V4Only)

    def _info(self) -> ServiceInfo:
        from zeroconf import ServiceInfo

        short = self._told.letters[:4].lower()
        return ServiceInfo(
            SERVICE,
            f"{self._told.name}.{SERVICE}",
            port=self._port,
            properties={"port": str(self._port), "v": str(POINT_PROTOCOL)},
            server=f"ntmdesk-{short}.local.",
            parsed_addresses=list(self._hosts),
        )
