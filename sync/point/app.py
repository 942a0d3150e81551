"""The ASGI application of a point: ``POST /v1/bundle``, a bundle up and a bundle down.

Every refusal is an ``ErrorReply`` with a code; logs hold counts only.  Who speaks is said by the bundle
itself, which is signed and sealed; TLS says who answers.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from sync.point.bounds import Bounds
from sync.point.deliveries import Answered, Answerer
from sync.protocol.errors import WireError
from sync.protocol.points import BUNDLE_PATH
from sync.web.envelope import Envelope
from sync.web.limits import Workers, read_body
from sync.web.rates import RateLimit
from sync.web.refusals import said, wait

log = logging.getLogger("ntmdesk.point")

BINARY = "application/octet-stream"


class Service:
    """The one endpoint.  ``answered`` is called on the event loop after each bundle that was taken."""

    def __init__(
        self,
        answerer: Answerer,
        answered: Callable[[Answered], None],
        bounds: Bounds,
        seconds: Callable[[], float],
    ) -> None:
        self._answerer = answerer
        self._answered = answered
        self._bounds = bounds
        self._rates = RateLimit(bounds.per_minute, seconds)
        self._workers = Workers(1, bounds.inside)
        self._inside: Counter[str] = Counter()

    def application(self) -> ASGIApp:
        """The whole application; its lifespan ends the worker and, in it, the answerer."""

        @asynccontextmanager
        async def lifespan(_: Starlette) -> AsyncIterator[None]:
            yield
            await self._workers.do(self._answerer.close)
            self._workers.close()

        unknown = said(self._unknown, log)

        async def handle(request: Request, error: Exception) -> Response:
            return await unknown(request)

        routes = [Route(BUNDLE_PATH, said(self._bundle, log), methods=["POST"])]
        return Envelope(
            Starlette(routes=routes, lifespan=lifespan, exception_handlers={HTTPException: handle}), log
        )

    async def _unknown(self, request: Request) -> Response:
        wait(self._rates.take(_address(request)))
        raise WireError("not_found")

    async def _bundle(self, request: Request) -> Response:
        address = _address(request)
        wait(self._rates.take(address))
        with self._room(address):
            bounds = self._bounds
            body = await read_body(request, bounds.body_bytes, bounds.silence_seconds, bounds.whole_seconds)
            answered = await self._workers.do(lambda: self._answerer.answer(body))
        self._answered(answered)
        return Response(answered.body, media_type=BINARY)

    @contextmanager
    def _room(self, address: str) -> Iterator[None]:
        """A bundle's place in memory.  WireError ``busy`` when there is none, or this address has two."""
        if self._inside.total() >= self._bounds.inside or self._inside[address] >= 2:
            raise WireError("busy", retry_after=2)
        self._inside[address] += 1
        try:
            yield
        finally:
            self._inside[address] -= 1
            self._inside += Counter()  # forgets addresses at nought


def _address(request: Request) -> str:
    return request.client.host if request.client else ""
