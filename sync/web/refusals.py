"""What an endpoint answers when it cannot: an ``ErrorReply`` with a code, foreseen or not."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from sync.protocol.codec import encode_message
from sync.protocol.errors import WireError
from sync.protocol.messages import ErrorReply

STATUS = {
    "not_enrolled": 401,
    "revoked": 403,
    "refused": 403,
    "foreign_stream": 403,
    "bad_code": 403,
    "code_expired": 403,
    "code_used": 403,
    "bundle_foreign": 403,
    "bundle_revoked": 403,
    "not_found": 404,
    "timeout": 408,
    "clone": 409,
    "say_in_full": 409,
    "too_large": 413,
    "too_old": 426,
    "too_many": 429,
    "server_error": 500,
    "too_new": 501,
    "busy": 503,
    "later": 503,
    "point_closed": 503,
}
"""HTTP status of an error code; 400 for every other.  The code inside the body is what counts."""

Endpoint = Callable[[Request], Awaitable[Response]]


def said(endpoint: Endpoint, log: logging.Logger) -> Endpoint:
    """Turns every error of an endpoint into a coded reply; an unforeseen one is noted in ``log``."""

    async def run(request: Request) -> Response:
        try:
            return await endpoint(request)
        except WireError as error:
            return _refusal(request, error)
        except Exception as error:
            log.error("request %s failed: %s", _request_id(request), _where(error))
            return _refusal(request, WireError("server_error", request=_request_id(request)))

    return run


def wait(seconds: float) -> None:
    """WireError ``busy`` (details: retry_after, reason too_many) when there are seconds to wait."""
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
