"""The ASGI application: bytes in, bytes out.  What they mean is the hub's, who may send them the accounts'.

``GET /healthz``, ``GET /v1/hello``, ``POST /v1/enrol``, ``POST /v1/exchange``, ``POST /v1/compare``,
``GET /v1/catalogue``.  Every refusal is an ``ErrorReply`` with a code.  Logs hold ids and counts only.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sync.hub import answer, comparing
from sync.hub.ports import Device
from sync.protocol.codec import decode_message, encode_message
from sync.protocol.errors import WireError
from sync.protocol.messages import MAX_PROTOCOL, MIN_PROTOCOL, EnrolRequest, ErrorReply, Hello
from sync.server.accounts import Accounts
from sync.server.installation import Installation
from sync.server.limits import Workers, read_body
from sync.server.rates import RateLimit
from sync.server.store import catalogues

log = logging.getLogger("ntmdesk.server")

BINARY = "application/octet-stream"
ENROL_BYTES = 16 * 1024
COMPARE_BYTES = 1024 * 1024

STATUS = {
    "not_enrolled": 401,
    "revoked": 403,
    "refused": 403,
    "foreign_stream": 403,
    "bad_code": 403,
    "code_expired": 403,
    "code_used": 403,
    "not_found": 404,
    "timeout": 408,
    "clone": 409,
    "too_large": 413,
    "too_old": 426,
    "too_many": 429,
    "server_error": 500,
    "too_new": 501,
    "busy": 503,
    "later": 503,
}
"""HTTP status of an error code; 400 for every other.  The code inside the body is what counts."""

SECURITY_HEADERS = [
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
]


class Service:
    """The endpoints of one opened server."""

    def __init__(
        self,
        server: Installation,
        *,
        now: Callable[[], float] = time.time,
        seconds: Callable[[], float] = time.monotonic,
        random: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        limits = server.settings.limits
        self._server = server
        self._clock = now
        self._random = random
        self._accounts = Accounts(server, self._now)
        self._workers = Workers(limits.workers, limits.waiting)
        self._enrols = RateLimit(limits.enrol_per_minute, seconds)
        self._exchanges = RateLimit(limits.exchange_per_minute, seconds)

    def close(self) -> None:
        """Waits for what is under way and ends the worker threads."""
        self._workers.close()

    def _now(self) -> int:
        return int(self._clock())

    def application(self) -> ASGIApp:
        """The whole application; its lifespan ends the worker threads."""

        @asynccontextmanager
        async def lifespan(_: Starlette) -> AsyncIterator[None]:
            yield
            self.close()

        routes = [
            Route("/healthz", self._healthz),
            Route("/v1/hello", self._said(self._hello)),
            Route("/v1/enrol", self._said(self._enrol), methods=["POST"]),
            Route("/v1/exchange", self._said(self._exchange), methods=["POST"]),
            Route("/v1/compare", self._said(self._compare), methods=["POST"]),
            Route("/v1/catalogue", self._said(self._catalogue)),
        ]
        return Envelope(Starlette(routes=routes, lifespan=lifespan))

    def _said(
        self, endpoint: Callable[[Request], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        """Turns every error of an endpoint into a coded reply."""

        async def run(request: Request) -> Response:
            try:
                return await endpoint(request)
            except WireError as error:
                return _refusal(request, error)
            except Exception as error:
                log.error("request %s failed: %s", _request_id(request), _where(error))
                return _refusal(request, WireError("server_error", request=_request_id(request)))

        return run

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
                MIN_PROTOCOL,
                MAX_PROTOCOL,
                self._now(),
                epoch.random,
                self._server.catalogue.get().judge.version,
            )
            return encode_message(hello, plain=True)

        return Response(await self._workers.do(work), media_type="application/json")

    async def _enrol(self, request: Request) -> Response:
        address = request.client.host if request.client else ""
        _wait(self._enrols.take(address))
        body = await self._body(request, ENROL_BYTES)

        def work() -> bytes:
            return encode_message(self._accounts.enrol(decode_message(body, EnrolRequest)))

        return Response(await self._workers.do(work), media_type=BINARY)

    async def _exchange(self, request: Request) -> Response:
        device = await self._device(request)
        body = await self._body(request, self._server.settings.limits.body_bytes)

        def work() -> bytes:
            judge = self._server.catalogue.get().judge
            return self._server.database.again(
                lambda: answer.exchange(self._server.archive, judge, device, body, self._now(), self._random)
            )

        return Response(await self._workers.do(work), media_type=BINARY)

    async def _compare(self, request: Request) -> Response:
        device = await self._device(request)
        body = await self._body(request, COMPARE_BYTES)

        def work() -> bytes:
            return comparing.compare(self._server.archive, device, body)

        return Response(await self._workers.do(work), media_type=BINARY)

    async def _catalogue(self, request: Request) -> Response:
        """``{"version": n, "files": {name: text}}`` in JSON; 304 when ``If-None-Match`` names the version."""
        await self._device(request)

        def work() -> tuple[int, dict[str, str]]:
            with self._server.database.read() as connection:
                version = catalogues.newest(connection)
                return version, catalogues.files(connection, version)

        version, files = await self._workers.do(work)
        headers = {"etag": f'"{version}"'}
        if request.headers.get("if-none-match") == headers["etag"]:
            return Response(status_code=304, headers=headers)
        document = msgspec.json.encode({"version": version, "files": files})
        return Response(document, media_type="application/json", headers=headers)

    async def _body(self, request: Request, limit: int) -> bytes:
        return await read_body(request, limit, self._server.settings.limits.read_seconds)

    async def _device(self, request: Request) -> Device:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise WireError("not_enrolled")
        device = await self._workers.do(lambda: self._accounts.door(token.strip()))
        request.scope["ntmdesk.device"] = device.id
        _wait(self._exchanges.take(device.id))
        return device


def _wait(seconds: float) -> None:
    if seconds:
        raise WireError("busy", retry_after=max(1, round(seconds + 0.5)), reason="too_many")


def _refusal(request: Request, error: WireError) -> Response:
    request.scope["ntmdesk.code"] = error.code
    status = 429 if error.details.get("reason") == "too_many" else STATUS.get(error.code, 400)
    reply = encode_message(ErrorReply(error.code, error.details), plain=True)
    response = Response(reply, status, media_type="application/json")
    if error.retry_after is not None:
        response.headers["retry-after"] = str(max(1, int(error.retry_after)))
    if status == 401:
        response.headers["www-authenticate"] = "Bearer"
    return response


def _request_id(request: Request) -> str:
    return str(request.scope.get("ntmdesk.request", ""))


def _where(error: Exception) -> str:
    """Type and place of an unforeseen error; never its text, which may quote what somebody recorded."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "?"
    return f"{type(error).__name__} at {place}"


class Envelope:
    """Around every request: an id, security headers, one log line."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.monotonic()
        request_id = scope["ntmdesk.request"] = secrets.token_hex(8)
        told: dict[str, Any] = {"status": 0, "bytes": 0}

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                told["status"] = message["status"]
                headers = list(message.get("headers", ()))
                headers += [*SECURITY_HEADERS, (b"x-request-id", request_id.encode())]
                message = {**message, "headers": headers}
            elif message["type"] == "http.response.body":
                told["bytes"] += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        finally:
            log.info(
                "%s %s %s status=%d bytes=%d ms=%d device=%s code=%s",
                request_id,
                scope["method"],
                scope["path"] if told["status"] != 404 else "-",
                told["status"],
                told["bytes"],
                (time.monotonic() - started) * 1000,
                scope.get("ntmdesk.device", "-"),
                scope.get("ntmdesk.code", "-"),
            )
