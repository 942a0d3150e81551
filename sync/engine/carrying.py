"""Getting one request there and its answer back over a line that breaks: in pieces, several under way at
once, and on from where it broke.

How the pieces look on the wire is ``sync/web/piecewise.py``'s to say.  A server without them is spoken to in
whole requests.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Protocol

from sync.engine.pace import IN_FLIGHT, Pace
from sync.engine.parcel import Parcel, Piece
from sync.protocol.errors import WireError

PARTIAL = 206
TOLD_PLACE = 202
NO_PIECES = frozenset({404, 405, 501})
"""What a server without pieces says to one."""
TIMES_OVER = 3
"""How often a server may forget what it had before that counts as a broken line."""


class Ask(Protocol):
    """One HTTP request: status below 300 and answer; ``beginning`` gets what came of one that broke off."""

    def __call__(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        headers: dict[str, str] | None = None,
        beginning: Callable[[bytes, str], None] | None = None,
    ) -> tuple[int, bytes]: ...


class Carrier:
    """Of one road.  ``exchange`` is called from one thread at a time; pieces use threads of their own."""

    def __init__(self, ask: Ask, seconds: Callable[[], float]) -> None:
        self._ask = ask
        self._seconds = seconds
        self._pace = Pace()
        self._parcel: Parcel | None = None
        self._pieces = True
        self._threads: ThreadPoolExecutor | None = None

    def exchange(self, body: bytes) -> bytes:
        """The answer to a body.  The same body after a WireError goes on where it broke; details ``moved``
        tells by how many bytes a failed try came nearer."""
        if self._parcel is None or self._parcel.body != body:
            self._parcel = Parcel(body)
        parcel = self._parcel
        before = parcel.far
        try:
            answer = self._rest(parcel) or self._whole_or_pieces(parcel)
        except WireError as error:
            self._pace.broke()
            if parcel.far > before:
                error.details["moved"] = parcel.far - before
            raise
        self._parcel = None
        return answer

    def close(self) -> None:
        """Ends the threads; pieces under way break off with their connection."""
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)

    def _whole_or_pieces(self, parcel: Parcel) -> bytes:
        if self._pieces and (parcel.arrived or not self._pace.at_once(len(parcel.body))):
            try:
                return self._in_pieces(parcel)
            except WireError as error:
                if error.details.get("status") not in NO_PIECES:
                    raise
                self._pieces = False
        started = self._seconds()
        _, answer = self._ask("POST", "/v1/exchange", parcel.body, beginning=_keeps(parcel))
        self._pace.sent(len(parcel.body) + len(answer), self._seconds() - started, 0)
        return answer

    def _rest(self, parcel: Parcel) -> bytes | None:
        """The answer that broke off, from where it broke; None when there is none or it is gone."""
        if not parcel.tag:
            return None
        headers = {"Range": f"bytes={len(parcel.answer)}-", "If-Range": parcel.tag}
        begun = parcel.answer

        def more(part: bytes, _: str) -> None:
            parcel.answer = begun + part

        try:
            status, rest = self._ask("GET", f"/v1/answer/{parcel.id}", b"", headers, more)
        except WireError as error:
            if error.code != "not_found" and error.details.get("status") not in NO_PIECES:
                raise
            status, rest = 0, b""
        parcel.answer, parcel.tag = b"", ""
        return begun + rest if status == PARTIAL else None

    def _in_pieces(self, parcel: Parcel) -> bytes:
        if self._threads is None:
            self._threads = ThreadPoolExecutor(IN_FLIGHT, "sync-pieces")
        for _ in range(TIMES_OVER):
            answer = self._round(parcel, self._threads)
            if answer is not None:
                return answer
            parcel.start_over()
        raise WireError("dropped")

    def _round(self, parcel: Parcel, threads: ThreadPoolExecutor) -> bytes | None:
        """Sends all that is missing.  The answer, or None when every piece arrived and none was answered:
        the server has forgotten earlier ones."""
        flights: dict[Future[tuple[int, bytes]], Piece] = {}
        answer: bytes | None = None
        failure: WireError | None = None
        lost: list[Piece] = []
        before = parcel.arrived
        while True:
            while failure is None and answer is None and len(flights) < IN_FLIGHT:
                piece = parcel.take(self._pace.size)
                if piece is None:
                    break
                flights[threads.submit(self._send, parcel, piece, len(flights))] = piece
            if not flights:
                break
            for flight in wait(flights, return_when=FIRST_COMPLETED).done:
                piece = flights.pop(flight)
                try:
                    status, told = flight.result()
                except WireError as error:
                    failure = failure or error
                    lost.append(piece)
                    continue
                parcel.landed(piece, int(told) if status == TOLD_PLACE and told.isdigit() else 0)
                if status != TOLD_PLACE:
                    answer = told
        for piece in lost:
            parcel.put_back(piece, sent=parcel.arrived > before)
        if answer is None and failure is not None:
            raise failure
        return answer

    def _send(self, parcel: Parcel, piece: Piece, beside: int) -> tuple[int, bytes]:
        started = self._seconds()
        path = f"/v1/piece/{parcel.id}/{piece.at}/{len(parcel.body)}"
        status, told = self._ask("PUT", path, piece.data, beginning=_keeps(parcel))
        if status == TOLD_PLACE or len(piece.data) == len(parcel.body):
            self._pace.sent(len(piece.data), self._seconds() - started, beside)
        return status, told


def _keeps(parcel: Parcel) -> Callable[[bytes, str], None]:
    def keep(part: bytes, tag: str) -> None:
        parcel.answer, parcel.tag = part, tag

    return keep
