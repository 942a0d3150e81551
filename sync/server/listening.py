"""Runs the application in this process: one uvicorn worker on a socket of our own, ended by a signal.

``SIGTERM`` and ``SIGINT`` finish what is under way and leave with 0.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import os
import signal
import socket
import ssl
import threading
from collections.abc import Callable, Generator
from pathlib import Path
from typing import NamedTuple

import uvicorn
from starlette.types import ASGIApp

from sync.protocol.errors import WireError

GRACE_SECONDS = 10
"""What is under way at the end may take so long."""

KEEP_ALIVE_SECONDS = 75


class Certificate(NamedTuple):
    """Files of a certificate and its key, PEM."""

    certificate: Path
    key: Path


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def url_of(bound: socket.socket, host: str, secure: bool) -> str:
    """The address a bound socket answers at; a wildcard host becomes this machine's name."""
    shown = socket.gethostname() if host in ("0.0.0.0", "::", "") else host  # noqa: S104
    shown = f"[{shown}]" if ":" in shown else shown
    return f"{'https' if secure else 'http'}://{shown}:{bound.getsockname()[1]}"


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, started: Callable[[], None], parent: int) -> None:
        super().__init__(config)
        self._announce = started
        self._parent = parent

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        wanted = (signal.SIGINT, signal.SIGTERM)
        before = {s: signal.signal(s, self.handle_exit) for s in wanted}
        try:
            yield  # unlike uvicorn's own, the signal is not raised again: a clean end is exit 0
        finally:
            for s, handler in before.items():
                signal.signal(s, handler)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._announce()

    async def on_tick(self, counter: int) -> bool:
        if self._parent and os.getppid() != self._parent:
            self.should_exit = True
        return await super().on_tick(counter)


def run(
    app: ASGIApp,
    bound: socket.socket,
    *,
    certificate: Certificate | None,
    started: Callable[[], None],
    with_parent: bool = False,
) -> None:
    """Serves until a signal comes or, ``with_parent``, until the process that started this one is gone.

    ``started`` is called once the socket listens.
    """
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        lifespan="on",
        http="h11",
        ws="none",
        loop="asyncio",
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
        ssl_certfile=str(certificate.certificate) if certificate else None,
        ssl_keyfile=str(certificate.key) if certificate else None,
        ssl_version=ssl.PROTOCOL_TLS_SERVER,
    )
    try:
        config.load()
    except (OSError, ssl.SSLError):
        raise WireError("bad_certificate", file=str(certificate.certificate if certificate else "")) from None
    if config.ssl is not None:
        config.ssl.minimum_version = ssl.TLSVersion.TLSv1_2
    server = _Server(config, started, os.getppid() if with_parent else 0)
    asyncio.run(server.serve(sockets=[bound]))
