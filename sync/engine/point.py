"""The road to a collection point in the same room."""

from __future__ import annotations

import hashlib
import socket
import ssl
from typing import Protocol

from sync.engine.http import Road
from sync.engine.pinned import pinned_context
from sync.protocol.errors import WireError
from sync.protocol.points import BUNDLE_BYTES, BUNDLE_PATH, Address, Invitation

CONNECT_SECONDS = 6.0
"""A laptop in the same room answers at once or not at all."""
STALL_SECONDS = 60.0
"""Longest silence while the point takes a bundle in and answers."""

_NOBODY = frozenset({"server_down", "offline", "dns", "proxy"})
_BROKEN = frozenset({"timeout", "dropped"})


class PointRoad(Protocol):
    """One road to one point; implementations pass the exam in ``tests/contracts/point_exam.py``."""

    def deliver(self, bundle: bytes) -> bytes:
        """Gives a bundle in and returns the bundle that answers it.

        WireError ``point_closed`` (nobody answers there), ``point_dropped`` (the line broke: it may or may
        not have been taken, sending again does no harm), ``wrong_point`` (it is not the point the invitation
        names), ``busy`` (details: retry_after), ``point_trouble`` (it could not take it, by its own fault),
        ``bundle_too_large``, ``bad_reply``, and what the point says of the bundle, code and details kept.
        """

    def traffic(self) -> tuple[int, int]:
        """Bytes up and down so far."""

    def close(self) -> None:
        """Ends the connection."""


class PointTransport:
    """Implements ``PointRoad`` over HTTPS to a point whose certificate fits the invitation.

    Made by looking at the certificate shown at ``address``; nothing is sent before it fits.  WireError
    ``point_closed``, ``point_dropped``, ``wrong_point``.
    """

    def __init__(
        self,
        address: Address,
        told: Invitation,
        connect_seconds: float = CONNECT_SECONDS,
        stall_seconds: float = STALL_SECONDS,
    ) -> None:
        shown = shown_fingerprint(address, connect_seconds)
        if not told.fits(shown):
            raise WireError("wrong_point", address=address.text)
        self._address = address
        self._road = Road(
            f"https://{address.text}",
            "",
            shown,
            connect_seconds,
            stall_seconds,
            direct=True,
            limit=BUNDLE_BYTES,
        )

    def deliver(self, bundle: bytes) -> bytes:
        """POST /v1/bundle."""
        if len(bundle) > BUNDLE_BYTES:
            raise WireError("bundle_too_large", limit=BUNDLE_BYTES)
        try:
            return self._road.call("POST", BUNDLE_PATH, bundle)
        except WireError as error:
            raise _told(error, self._address) from error

    def traffic(self) -> tuple[int, int]:
        """Bytes up and down, heads included."""
        return self._road.up, self._road.down

    def close(self) -> None:
        """Ends the connection."""
        self._road.close()


def shown_fingerprint(address: Address, seconds: float = CONNECT_SECONDS) -> str:
    """sha256 (64 hex digits) of the certificate shown at an address; believes nothing and sends nothing.

    WireError ``point_closed``, ``point_dropped``, ``wrong_point`` (what answers speaks no TLS).
    """
    context = pinned_context()
    try:
        with socket.create_connection(address, seconds) as line, context.wrap_socket(line) as secured:
            certificate = secured.getpeercert(binary_form=True)
    except (ssl.SSLEOFError, ConnectionResetError) as error:
        raise WireError("point_dropped", address=address.text) from error
    except ssl.SSLError as error:
        raise WireError("wrong_point", address=address.text) from error
    except (OSError, UnicodeError) as error:
        raise WireError("point_closed", address=address.text) from error
    if certificate is None:
        raise WireError("wrong_point", address=address.text)
    return hashlib.sha256(certificate).hexdigest()


def _told(error: WireError, address: Address) -> WireError:
    """The same in the words of a point."""
    if error.code in _NOBODY:
        return WireError("point_closed", address=address.text)
    if error.code in _BROKEN:
        return WireError("point_dropped", address=address.text)
    if error.code == "tls":
        other = error.details.get("reason") == "fingerprint"
        return WireError("wrong_point" if other else "point_dropped", address=address.text)
    if error.code == "server_error":
        return WireError("point_trouble", **error.details)
    if error.code == "too_large":
        return WireError("bundle_too_large", **error.details)
    return error
