"""Reading a request: its body within a size and within a time, and the work it asks for within a pool."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from starlette.requests import ClientDisconnect, Request

from sync.protocol.errors import WireError

T = TypeVar("T")


async def read_body(request: Request, limit: int, silence: float, whole: float | None = None) -> bytes:
    """The body, at most ``limit`` bytes, no pause longer than ``silence`` seconds, all within ``whole``.

    Raises WireError ``too_large`` (details: limit), ``timeout``, ``dropped``.
    """
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > limit:
        raise WireError("too_large", limit=limit)
    parts: list[bytes] = []
    taken = 0
    chunks = request.stream()
    try:
        async with asyncio.timeout(whole):
            while True:
                async with asyncio.timeout(silence):
                    chunk = await anext(chunks, None)
                if chunk is None:
                    return b"".join(parts)
                taken += len(chunk)
                if taken > limit:
                    raise WireError("too_large", limit=limit)
                parts.append(chunk)
    except TimeoutError:
        raise WireError("timeout") from None
    except ClientDisconnect:
        raise WireError("dropped") from None


class Workers:
    """A few threads for everything that waits for the database or computes; a bounded queue before them."""

    def __init__(self, threads: int, waiting: int) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="ntmdesk-work")
        self._room = threads + waiting
        self._inside = 0

    async def do(self, work: Callable[[], T]) -> T:
        """Runs ``work`` on a thread; called on the event loop only.

        WireError ``busy`` (details: retry_after) when too many wait.
        """
        if self._inside >= self._room:
            raise WireError("busy", retry_after=3)
        self._inside += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        finally:
            self._inside -= 1

    def ahead(self, work: Callable[[], object]) -> None:
        """Runs ``work`` on a thread before anybody needs it; whoever does is told what goes wrong."""
        self._pool.submit(work)

    def close(self) -> None:
        """Waits for what is under way."""
        self._pool.shutdown(wait=True)
