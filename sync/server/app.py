"""The ASGI application: bytes in, bytes out.  What they mean is the hub's, who may send them the accounts'.

``GET /healthz``, ``GET /v1/hello``, ``POST /v1/enrol``, ``POST /v1/exchange``, ``POST /v1/compare``,
``POST /v1/relay``, ``GET /v1/roster``, ``GET /v1/catalogue``, and for lines that break ``PUT /v1/piece/...``
and ``GET /v1/answer/...``.  Every refusal is an ``ErrorReply`` with a code.  Logs hold ids and counts only.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from sync.hub import answer, comparing, relaying
from sync.hub.ports import Archive, Device
from sync.protocol.codec import encode_answer, encode_message
from sync.protocol.errors import WireError
from sync.protocol.messages import EnrolRequest, Hello, body_id
from sync.protocol.rosters import ROSTER_HEADER, Roster, encode_roster
from sync.protocol.signed_catalogues import SignedCatalogue, encode_catalogue
from sync.protocol.versions import SPOKEN, Versions, decode_request
from sync.server import bundles, catalogues, codes, rosters
from sync.server.accounts import Accounts, Guest
from sync.server.installation import Installation
from sync.server.roster_news import RosterNews
from sync.server.stillness import NotedArchive, NotRead, Remembered, StillArchive, Stillness
from sync.server.store.commits import Mark, watch
from sync.web.envelope import Envelope
from sync.web.limits import Workers, read_body
from sync.web.piecewise import carried, give_rest, take_piece
from sync.web.rates import RateLimit
from sync.web.refusals import said, wait
from sync.web.shelf import Shelf

log = logging.getLogger("ntmdesk.server")

ENROL_BYTES = 16 * 1024
COMPARE_BYTES = 1024 * 1024
SMALL_BYTES = 16 * 1024
"""A request that says it is no longer is read before its sender is known: one turn of a worker does then."""
NOTHING_BYTES = 128
"""A request that brings nothing is shorter, in the brief form."""
PIECES_PER_EXCHANGE = 8
"""How many times more often than exchanges a device may send pieces of them."""


class Service:
    """The endpoints of one opened server."""

    def __init__(
        self,
        server: Installation,
        *,
        now: Callable[[], float] = time.time,
        seconds: Callable[[], float] = time.monotonic,
        random: Callable[[int], bytes] = secrets.token_bytes,
        spoken: Versions = SPOKEN,
    ) -> None:
        self._spoken = spoken
        limits = server.settings.limits
        self._server = server
        self._clock = now
        self._random = random
        self._accounts = Accounts(server, self._now, spoken)
        self._workers = Workers(limits.workers, limits.waiting)
        self._enrols = RateLimit(limits.enrol_per_minute, seconds)
        self._exchanges = RateLimit(limits.exchange_per_minute, seconds)
        self._pieces = RateLimit(limits.exchange_per_minute * PIECES_PER_EXCHANGE, seconds)
        self._shelf = Shelf(seconds)
        self._news = RosterNews()
        self._commits = watch(server.database)
        self._stillness = Stillness()

    def close(self) -> None:
        """Waits for what is under way and ends the worker threads."""
        self._workers.close()
        self._commits.close()

    def _now(self) -> int:
        return int(self._clock())

    def application(self) -> ASGIApp:
        """The whole application; its lifespan ends the worker threads."""

        @asynccontextmanager
        async def lifespan(_: Starlette) -> AsyncIterator[None]:
            self._workers.ahead(self._server.catalogue.get)  # else the first exchange reads all of it
            yield
            self.close()

        routes = [
            Route("/healthz", self._healthz),
            Route("/v1/hello", said(self._hello, log)),
            Route("/v1/enrol", said(self._enrol, log), methods=["POST"]),
            Route("/v1/exchange", said(self._exchange, log), methods=["POST"]),
            Route("/v1/piece/{id}/{at:int}/{total:int}", said(self._piece, log), methods=["PUT"]),
            Route("/v1/answer/{id}", said(self._rest, log)),
            Route("/v1/compare", said(self._compare, log), methods=["POST"]),
            Route("/v1/relay", said(self._relay, log), methods=["POST"]),
            Route("/v1/roster", said(self._roster, log)),
            Route("/v1/catalogue", said(self._catalogue, log)),
        ]
        return Envelope(Starlette(routes=routes, lifespan=lifespan), log)

    async def _healthz(self, _: Request) -> Response:
        def work() -> None:
            with self._server.archive.look() as transaction:
                transaction.epoch()

        try:
            await self._workers.do(work)
        except WireError as error:
            return Response(error.code, 503, media_type="text/plain")
        return Response("ok", media_type="text/plain")

    async def _hello(self, request: Request) -> Response:
        def work() -> bytes:
            with self._server.archive.look() as transaction:
                epoch = transaction.epoch()
            hello = Hello(
                self._server.archive.server,
                *self._spoken,
                self._now(),
                epoch.random,
                self._server.catalogue.get().judge.version,
            )
            return encode_message(hello, plain=True)

        return Response(await self._workers.do(work), media_type="application/json")

    async def _enrol(self, request: Request) -> Response:
        address = request.client.host if request.client else ""
        wait(self._enrols.take(address))
        body = await self._body(request, ENROL_BYTES)

        def work() -> bytes:
            enrolment = self._accounts.enrol(decode_request(body, EnrolRequest, self._spoken))
            return encode_answer(enrolment, body)

        return Response(await self._workers.do(work))

    async def _exchange(self, request: Request) -> Response:
        limit = self._server.settings.limits.body_bytes
        small = min(limit, SMALL_BYTES)
        announced = request.headers.get("content-length", "")
        if announced.isdecimal() and int(announced) <= small:
            token = _token(request)
            body = await self._body(request, small)
            done = self._again_nothing(request, token, body, await self._mark(body))
            if done is None:
                done = await self._workers.do(lambda: self._small(request, token, body))
            guest, answered = done
            device = guest.device
            news = self._news.waits(device.id, guest.shut_out)
        else:
            device = await self._device(request, self._exchanges)
            body = await self._body(request, limit)
            answered, news = await self._answer(device, body), False  # told at the next short one
        response = carried(self._shelf, device.id, body_id(body), answered)
        if news:
            response.headers[ROSTER_HEADER] = "new"
        return response

    async def _mark(self, body: bytes) -> Mark | None:
        """Of the database now, if that may matter to this request."""
        if len(body) > NOTHING_BYTES:
            return None
        return self._commits.mark() if self._commits.at_once else await self._workers.do(self._commits.mark)

    def _again_nothing(
        self, request: Request, token: str, body: bytes, mark: Mark | None
    ) -> tuple[Guest, bytes] | None:
        """The answer from what the laptop's last exchange has read, where nobody has committed since; None
        where the database must be asked.  Runs on the event loop: reads no page and waits for nothing."""
        shown = codes.Token.parse(token) if mark is not None else None
        found = self._stillness.find(mark, shown.hash) if shown is not None else None
        declared = self._server.catalogue.lately() if found is not None else None
        if found is None or declared is None or found.guest.until < self._now():
            return None
        device = found.guest.device
        request.scope["ntmdesk.device"] = device.id
        still = StillArchive(self._server.archive, found.read)
        try:
            answered = answer.exchange(
                still, declared.judge, device, body, self._now(), self._random, self._spoken
            )
        except NotRead:  # counted where it is answered
            return None
        except WireError:
            wait(self._exchanges.take(device.id))
            raise
        wait(self._exchanges.take(device.id))
        return found.guest, answered

    def _small(self, request: Request, token: str, body: bytes) -> tuple[Guest, bytes]:
        """Lets a laptop in and answers it, and remembers what was read for it."""
        before = self._commits.mark()
        guest = self._let_in(request, token, self._exchanges)
        noted = NotedArchive(self._server.archive)
        answered = self._answer_now(guest.device, body, noted)
        shown = codes.Token.parse(token)
        after = self._commits.mark()
        alone = self._commits.nothing_between(before, after, noted.number)
        if alone and noted.read is not None and shown is not None:
            self._stillness.keep(after, shown.hash, Remembered(guest, noted.read))
        return guest, answered

    async def _piece(self, request: Request) -> Response:
        device = await self._device(request, self._pieces)
        limits = self._server.settings.limits

        async def answered(body: bytes) -> bytes:
            wait(self._exchanges.take(device.id))
            return await self._answer(device, body)

        return await take_piece(
            request, self._shelf, device.id, answered, limits.body_bytes, limits.read_seconds
        )

    async def _rest(self, request: Request) -> Response:
        device = await self._device(request, self._pieces)
        return give_rest(request, self._shelf, device.id)

    async def _answer(self, device: Device, body: bytes) -> bytes:
        return await self._workers.do(lambda: self._answer_now(device, body))

    def _answer_now(self, device: Device, body: bytes, archive: Archive | None = None) -> bytes:
        judge = self._server.catalogue.get().judge
        within = archive or self._server.archive
        return self._server.database.again(
            lambda: answer.exchange(within, judge, device, body, self._now(), self._random, self._spoken)
        )

    async def _compare(self, request: Request) -> Response:
        device = await self._device(request, self._exchanges)
        body = await self._body(request, COMPARE_BYTES)

        def work() -> bytes:
            return comparing.compare(self._server.archive, device, body, self._spoken)

        return Response(await self._workers.do(work))

    async def _relay(self, request: Request) -> Response:
        device = await self._device(request, self._exchanges)
        body = await self._body(request, self._server.settings.limits.body_bytes)
        stream = next(iter(device.streams))

        def work() -> bytes:
            judge = self._server.catalogue.get().judge
            with self._server.database.read() as connection:
                mates = rosters.mates_of(connection, stream)
            return self._server.database.again(
                lambda: relaying.relay(
                    self._server.archive,
                    judge,
                    device,
                    body,
                    mates=mates,
                    open_bundle=lambda data: bundles.inside(self._server, stream, data),
                    now=self._now(),
                    random=self._random,
                    spoken=self._spoken,
                )
            )

        return Response(await self._workers.do(work))

    async def _roster(self, request: Request) -> Response:
        """The signed roster of the device's team in JSON; 304 when ``If-None-Match`` names its number."""
        guest = await self._guest(request, self._exchanges)
        device = guest.device
        self._news.given(device.id, guest.shut_out)
        stream = next(iter(device.streams))

        def work() -> Roster:
            with self._server.database.read() as connection:
                return rosters.roster_of(self._server, connection, stream)

        roster = await self._workers.do(work)
        headers = {"etag": f'"{roster.number}"'}
        if request.headers.get("if-none-match") == headers["etag"]:
            return Response(status_code=304, headers=headers)
        return Response(encode_roster(roster), media_type="application/json", headers=headers)

    async def _catalogue(self, request: Request) -> Response:
        """The newest catalogue, signed, in JSON; 304 when ``If-None-Match`` names its version."""
        await self._device(request, self._exchanges)

        def work() -> SignedCatalogue:
            with self._server.database.read() as connection:
                return catalogues.signed(self._server.archive, connection)

        catalogue = await self._workers.do(work)
        headers = {"etag": f'"{catalogue.version}"'}
        if request.headers.get("if-none-match") == headers["etag"]:
            return Response(status_code=304, headers=headers)
        return Response(encode_catalogue(catalogue), media_type="application/json", headers=headers)

    async def _body(self, request: Request, limit: int) -> bytes:
        return await read_body(request, limit, self._server.settings.limits.read_seconds)

    async def _device(self, request: Request, rate: RateLimit) -> Device:
        return (await self._guest(request, rate)).device

    async def _guest(self, request: Request, rate: RateLimit) -> Guest:
        token = _token(request)
        return await self._workers.do(lambda: self._let_in(request, token, rate))

    def _let_in(self, request: Request, token: str, rate: RateLimit) -> Guest:
        guest = self._accounts.door(token)
        request.scope["ntmdesk.device"] = guest.device.id
        wait(rate.take(guest.device.id))
        return guest


def _token(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise WireError("not_enrolled")
    return token.strip()
