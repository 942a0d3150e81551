"""Exchanges that come in pieces and answers fetched on from where the line broke, as HTTP.

``PUT /v1/piece/<id>/<at>/<total>``: bytes of a request from place ``at``; ``id`` names the whole body by its
hash.  202 and, in digits, how many bytes from the beginning are here; the piece that makes it whole is
answered with the exchange itself.  A piece that breaks off counts as far as it came.

``GET /v1/answer/<id>`` with ``Range: bytes=<at>-`` and ``If-Range: "<tag>"``: the rest of an answer that
came with that ``ETag``; 206, or 404 when it is not kept any more.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from sync.protocol.errors import WireError
from sync.web.shelf import Shelf

_RANGE = re.compile(r"bytes=(\d{1,9})-")
_ID = re.compile(r"[0-9a-f]{32}")

Answer = Callable[[bytes], Awaitable[bytes]]


def carried(shelf: Shelf, device: str, id: str, answer: bytes) -> Response:
    """The answer to the body of this name, kept in case it does not arrive."""
    tag = shelf.keep(device, id, answer)
    return Response(answer, headers={"etag": f'"{tag}"'} if tag else None)


async def take_piece(
    request: Request, shelf: Shelf, device: str, answer: Answer, limit: int, silence: float
) -> Response:
    """Reads one piece; ``answer`` is called with the whole body once it is here.

    WireError ``bad_message``, ``too_large`` (details: limit), ``timeout``, ``dropped``.
    """
    id = str(request.path_params["id"])
    at, total = int(request.path_params["at"]), int(request.path_params["total"])
    if not _ID.fullmatch(id):
        raise WireError("bad_message", reason="piece")
    if total > limit:
        raise WireError("too_large", limit=limit)
    held = shelf.add(device, id, total, at, b"")
    chunks = request.stream()
    try:
        while True:
            async with asyncio.timeout(silence):
                chunk = await anext(chunks, None)
            if chunk is None:
                break
            held = shelf.add(device, id, total, at, chunk)
            at += len(chunk)
    except TimeoutError:
        raise WireError("timeout") from None
    except ClientDisconnect:
        raise WireError("dropped") from None
    body = shelf.whole(device, id)
    if body is None:
        return Response(str(held), 202)
    return carried(shelf, device, id, await answer(body))


def give_rest(request: Request, shelf: Shelf, device: str) -> Response:
    """The rest of an answer.  WireError ``not_found`` when it is not kept any more."""
    asked = _RANGE.fullmatch(request.headers.get("range", ""))
    tag = request.headers.get("if-range", "").strip('"')
    rest = shelf.rest(device, str(request.path_params["id"]), tag, int(asked[1])) if asked else None
    if rest is None:
        raise WireError("not_found")
    return Response(rest, 206, headers={"etag": f'"{tag}"'})
