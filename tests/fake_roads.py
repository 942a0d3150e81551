"""Roads in one process, a clock that obeys, a judge of one sentence."""

from __future__ import annotations

import random as _random
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Executor, Future
from typing import Any

from sync.engine.replies import decode_exchange
from sync.hub.answer import exchange
from sync.hub.comparing import compare
from sync.hub.ports import Archive, Device, Judge
from sync.hub.recalling import recall
from sync.protocol import records
from sync.protocol.brief_bytes import MARK
from sync.protocol.brief_requests import read_request
from sync.protocol.cells import Value
from sync.protocol.codec import decode_message
from sync.protocol.errors import WireError
from sync.protocol.messages import ExchangeReply, ExchangeRequest
from sync.protocol.records import Record
from sync.protocol.versions import SPOKEN, Versions


class FakeJudge:
    """A catalogue of one sentence: ``bad`` is refused, cells ``new_*`` are unknown before version 2, long
    texts are too long, ``boss`` is the leader's."""

    guarded = frozenset({"weekly_log"})

    def __init__(self, version: int = 1) -> None:
        self.version = version

    def judge(self, kind: str, cell: str, value: Value) -> str | None:
        if kind.startswith("new_") and self.version < 2:
            return "unknown_kind"
        if cell.startswith("new_") and self.version < 2:
            return "unknown_field"
        if value == "bad":
            return "wrong_type"
        return "too_long" if isinstance(value, str) and len(value) > 1000 else None

    def fine(self, kind: str, cell: str, values: Sequence[Value]) -> bool:
        if cell.endswith("/"):
            return all(self.judge(kind, cell + key, True) is None for key in values)
        return all(self.judge(kind, cell, value) is None for value in values)

    def writer(self, kind: str, cell: str, value: Value) -> str:
        return (
            {"boss": "leader", "approved": "server"}.get(cell, "anyone") if kind in self.guarded else "anyone"
        )

    def touches_rule(self, kind: str, cells: Collection[str]) -> bool:
        return not {"women_n", "attended_n"}.isdisjoint(cells)

    def flags(self, record: Record, changed: Collection[str]) -> Sequence[tuple[str, str]]:
        shown = records.shown(record)
        few, many = shown.get("women_n"), shown.get("attended_n")
        if isinstance(few, int) and isinstance(many, int) and few > many:
            return (("women_n", "more_women_than_people"),)
        return ()


class FakeClock:
    """Time that passes only by sleeping."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


class InlineExecutor(Executor):
    """Does at once what a helper thread would do."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


class LocalTransport:
    """A road of no length to an archive in this process."""

    def __init__(
        self,
        archive: Archive,
        judge: Judge,
        device: Device,
        random: Callable[[int], bytes],
        now: Callable[[], int] = lambda: 1_790_000_000,
        spoken: Versions = SPOKEN,
    ) -> None:
        self.spoken = spoken
        self.archive = archive
        self.judge = judge
        self.device = device
        self._random = random
        self._now = now
        self.up = self.down = 0
        self.requests: list[bytes] = []
        self.comparisons = 0

    def exchange(self, body: bytes) -> bytes:
        self.up += len(body)
        self.requests.append(body)
        answer = exchange(self.archive, self.judge, self.device, body, self._now(), self._random, self.spoken)
        self.down += len(answer)
        return answer

    def asked(self, body: bytes) -> ExchangeRequest:
        """The request that these bytes mean to the far end now."""
        if body[:1] == MARK:
            with self.archive.look() as tx:
                return recall(tx, self.archive.server, self.device, read_request(body, self.spoken))
        return decode_message(body, ExchangeRequest)

    def reply(self, body: bytes) -> ExchangeReply:
        """What an exchange answers, in full."""
        request = self.asked(body)
        return decode_exchange(self.exchange(body), request)

    def compare(self, body: bytes) -> bytes:
        self.up += len(body)
        self.comparisons += 1
        answer = compare(self.archive, self.device, body, self.spoken)
        self.down += len(answer)
        return answer

    def traffic(self) -> tuple[int, int]:
        return self.up, self.down


class LossyTransport:
    """Loses requests, loses answers, delivers twice, and delivers old requests again, as chance has it."""

    def __init__(self, inner: LocalTransport, chance: _random.Random, trouble: float = 0.3) -> None:
        self.inner = inner
        self._chance = chance
        self._trouble = trouble
        self._old: list[bytes] = []

    def exchange(self, body: bytes) -> bytes:
        roll = self._chance.random()
        if roll < self._trouble * 0.3:
            raise WireError("dropped")
        if self._old and self._chance.random() < self._trouble * 0.3:
            self._again(self._chance.choice(self._old))
        answer = self.inner.exchange(body)
        self._old = [*self._old[-20:], body]
        if roll < self._trouble * 0.6:
            raise WireError("dropped")
        if roll < self._trouble:
            answer = self.inner.exchange(body)
        return answer

    def _again(self, body: bytes) -> None:
        """An old request comes a second time; whoever sent it no longer listens."""
        try:
            self.inner.exchange(body)
        except WireError:
            return

    def compare(self, body: bytes) -> bytes:
        if self._chance.random() < self._trouble * 0.3:
            raise WireError("dropped")
        return self.inner.compare(body)

    def traffic(self) -> tuple[int, int]:
        return self.inner.traffic()
