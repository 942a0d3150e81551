"""What is around every request: an id, closed headers where a browser may look, one line in the log."""

from __future__ import annotations

import logging
import secrets
import time
from email.utils import formatdate
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

SECURITY_HEADERS = [
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
]


class Envelope:
    """Wraps an application; ``log`` gets ids and counts only.

    An answer without a content type is bytes for a program of ours: on a slow line each header it does not
    need costs, so it gets none.  Everything else, refusals too, gets the security headers, the date and the
    request's id.
    """

    def __init__(self, app: ASGIApp, log: logging.Logger) -> None:
        self._app = app
        self._log = log

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
                if message["status"] >= 300 or any(name == b"content-type" for name, _ in headers):
                    date = formatdate(usegmt=True).encode()
                    headers += [(b"date", date), *SECURITY_HEADERS, (b"x-request-id", request_id.encode())]
                message = {**message, "headers": headers}
            elif message["type"] == "http.response.body":
                told["bytes"] += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        finally:
            self._log.info(
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
