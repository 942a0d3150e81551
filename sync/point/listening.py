"""A uvicorn server in a thread, with few connections and little patience, that ends when nobody comes."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections import Counter
from collections.abc import Callable
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from sync.point.bounds import Bounds

GRACE_SECONDS = 10
"""What is under way at the end may take so long."""


class BoundedServer(uvicorn.Server):
    """Accepts at most ``bounds.connections`` at once, of them ``from_one`` a peer address.

    The socket is closed by the server.  ``started`` is called once it listens; ``wanted`` is asked ten times
    a second and ends the server by answering False.  Both on the loop's thread.
    """

    def __init__(
        self,
        app: ASGIApp,
        bound: socket.socket,
        tls: ssl.SSLContext,
        bounds: Bounds,
        started: Callable[[], None],
        wanted: Callable[[], bool],
    ) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                server_header=False,
                lifespan="on",
                http="h11",
                ws="none",
                loop="asyncio",
                headers=[("connection", "close")],
                timeout_graceful_shutdown=GRACE_SECONDS,
                ssl_context_factory=lambda *_: tls,
            )
        )
        self._bound = bound
        self._tls = tls
        self._bounds = bounds
        self._announce = started
        self._wanted = wanted
        self._peers: Counter[str] = Counter()
        self._accepting: asyncio.Task[None] | None = None
        self._greeting: set[asyncio.Task[None]] = set()

    def run_here(self) -> None:
        """Serves on a loop of this thread until it is no longer wanted."""
        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            runner.run(self.serve())

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await self.lifespan.startup()
        self.servers = []
        self._bound.setblocking(False)
        self._bound.listen(self._bounds.connections)
        self._accepting = asyncio.create_task(self._accept())
        self.started = True
        self._announce()

    async def on_tick(self, counter: int) -> bool:
        return await super().on_tick(counter) or not self._wanted()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for task in (self._accepting, *self._greeting):
            if task is not None:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
        self._bound.close()
        await super().shutdown(sockets)

    async def _accept(self) -> None:
        """Takes connections while there is room; the others wait in the system's queue."""
        loop = asyncio.get_running_loop()
        room = asyncio.Semaphore(self._bounds.connections)
        while True:
            await room.acquire()
            try:
                peer, address = await loop.sock_accept(self._bound)
            except OSError:
                room.release()
                await asyncio.sleep(0.1)  # no descriptor left, or the peer was gone at once
                continue
            host = str(address[0])
            if self._peers[host] >= self._bounds.from_one:
                peer.close()
                room.release()
                continue
            self._peers[host] += 1
            task = asyncio.create_task(self._greet(peer, host, room))
            self._greeting.add(task)
            task.add_done_callback(self._greeting.discard)

    async def _greet(self, peer: socket.socket, host: str, room: asyncio.Semaphore) -> None:
        def gone() -> None:
            self._peers[host] -= 1
            self._peers += Counter()
            room.release()

        made: list[_Protocol] = []

        def factory() -> _Protocol:
            made.append(_Protocol(self, self._bounds.head_seconds, gone))
            return made[0]

        loop = asyncio.get_running_loop()
        try:
            await loop.connect_accepted_socket(
                factory,
                peer,
                ssl=self._tls,
                ssl_handshake_timeout=self._bounds.head_seconds,
                ssl_shutdown_timeout=self._bounds.head_seconds,
            )
        except (OSError, ssl.SSLError):
            pass  # spoke no TLS, was too slow, or left
        finally:
            if not made or not made[0].begun:
                peer.close()
                gone()


class _Protocol(H11Protocol):
    """One connection, which has some seconds for the head of its only request."""

    def __init__(self, server: BoundedServer, head_seconds: float, gone: Callable[[], None]) -> None:
        super().__init__(server.config, server.server_state, server.lifespan.state)
        self.begun = False
        self._head_seconds = head_seconds
        self._gone = gone
        self._late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        self.begun = True
        super().connection_made(transport)
        self._late = self.loop.call_later(self._head_seconds, self._too_late)

    def handle_events(self) -> None:
        super().handle_events()
        if self.cycle is not None and self._late is not None:
            self._late.cancel()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._late is not None:
            self._late.cancel()
        super().connection_lost(exc)
        self._gone()

    def _too_late(self) -> None:
        self.transport.abort()
