"""The line of a village: 64 kbit/s, 400 ms there and back, and every few seconds it is reset.

Carrier, shelf, machine and hub are the real ones; the seconds pass on the test's clock alone.
"""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from sync.engine.carrying import PARTIAL, TOLD_PLACE, Carrier
from sync.engine.runner import Outcome, converse
from sync.hub.ports import Device
from sync.protocol.errors import WireError
from sync.protocol.messages import body_id
from sync.web.shelf import Shelf
from tests.fakes import FakeClock, FakeJudge, InlineExecutor, LocalTransport, MemoryArchive, MemoryReplica

STREAM = "0190aaaa-0000-7000-8000-000000000001"
SERVER = "0190aaaa-0000-7000-8000-0000000000ff"
OCTETS = 64_000 / 8
"""In a second, each way."""
THERE_AND_BACK = 0.4
HEAD = 200
"""Bytes of the head of a request or an answer."""
LIVES = (1.5, 4.0)
"""Seconds from one reset to the next."""
RECORDS = 600
PATIENCE = 300.0
"""Seconds after which whoever waits for it has gone home."""


class SlowLine:
    """To a hub and its shelf.  ``up``, ``down``: bytes that went; ``resets``: in the middle of something;
    ``needed``: bytes of each body that was to go over it, and of its answer."""

    def __init__(self, hub: LocalTransport, clock: FakeClock, chance: random.Random) -> None:
        self._hub = hub
        self._clock = clock
        self._chance = chance
        self._shelf = Shelf(clock.monotonic)
        self._carrier = Carrier(self._ask, clock.monotonic)
        self._carrier._threads = InlineExecutor()  # type: ignore[assignment]  # one piece at a time
        self._until = chance.uniform(*LIVES)
        self.up = self.down = self.resets = 0
        self.needed: dict[bytes, int] = {}

    def exchange(self, body: bytes) -> bytes:
        self.needed.setdefault(body, len(body))
        answer = self._carrier.exchange(body)
        self.needed[body] += len(answer)
        return answer

    def compare(self, body: bytes) -> bytes:
        raise AssertionError("nothing was damaged, so nothing may differ")

    def traffic(self) -> tuple[int, int]:
        return self.up, self.down

    def _ask(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        headers: dict[str, str] | None = None,
        beginning: Callable[[bytes, str], None] | None = None,
    ) -> tuple[int, bytes]:
        sent = self._pass(HEAD + len(body))
        self.up += sent
        if sent < HEAD + len(body):
            if method == "PUT" and sent > HEAD:
                self._piece(path, body[: sent - HEAD])
            raise WireError("dropped")
        status, answer, tag = self._serve(method, path, body, headers or {})
        came = self._pass(HEAD + len(answer))
        self.down += came
        if came < HEAD + len(answer):
            if tag and came > HEAD and beginning is not None:
                beginning(answer[: came - HEAD], tag)
            raise WireError("dropped")
        return status, answer

    def _pass(self, octets: int) -> int:
        """How many of so many bytes reach the other end before the line is reset."""
        clock = self._clock
        assert clock.now < PATIENCE, "nothing comes nearer"
        while self._until <= clock.now:  # nothing was under way then
            self._until += self._chance.uniform(*LIVES)
        arrives = clock.now + THERE_AND_BACK / 2 + octets / OCTETS
        if arrives <= self._until:
            clock.now = arrives
            return octets
        came = max(0, int((self._until - clock.now - THERE_AND_BACK / 2) * OCTETS))
        clock.now = self._until
        self.resets += 1
        return min(came, octets - 1)

    def _serve(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes, str]:
        """As ``sync.web.piecewise`` does: status, answer and its tag."""
        shelf = self._shelf
        if method == "GET":
            at = int(headers["Range"].removeprefix("bytes=").removesuffix("-"))
            rest = shelf.rest("d", path.rpartition("/")[2], headers["If-Range"], at)
            if rest is None:
                raise WireError("not_found")
            return PARTIAL, rest, headers["If-Range"]
        id, whole = body_id(body), body
        if method == "PUT":
            id, held = self._piece(path, body)
            found = shelf.whole("d", id)
            if found is None:
                return TOLD_PLACE, str(held).encode(), ""
            whole = found
        answer = self._hub.exchange(whole)
        return 200, answer, shelf.keep("d", id, answer)

    def _piece(self, path: str, data: bytes) -> tuple[str, int]:
        id, at, total = path.split("/")[-3:]
        return id, self._shelf.add("d", id, int(total), int(at), data)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_hundreds_of_records_get_through_a_slow_line_that_is_reset_every_few_seconds(seed: int) -> None:
    chance = random.Random(seed)
    archive = MemoryArchive(SERVER, chance.randbytes(32))
    texts = {f"v{n}": chance.randbytes(120).hex() for n in range(RECORDS)}

    def laptop() -> MemoryReplica:
        return MemoryReplica([STREAM], SERVER, archive.public_keys, chance.randbytes(32), chance.randbytes)

    def sync(laptop: MemoryReplica) -> Outcome:
        device = Device(laptop.id, laptop.public_key, "member", {STREAM: 1})
        clock = FakeClock()
        line = SlowLine(LocalTransport(archive, FakeJudge(), device, chance.randbytes), clock, chance)
        outcome = converse(laptop, line, clock, chance.randbytes, helper=InlineExecutor())
        needed = sum(line.needed.values())
        assert line.resets >= 3
        assert line.up + line.down < 1.5 * needed, "what went before a reset went for good"
        assert clock.now < 3 * needed / OCTETS
        return outcome

    near, far = laptop(), laptop()
    for id, text in texts.items():
        near.save(STREAM, "visit", id, {"note": text})
    up = sync(near)
    down = sync(far)
    assert (up.problem, up.accepted, up.pending) == (None, RECORDS, 0)
    assert (down.problem, down.received) == (None, RECORDS)
    assert {id: far.shown(id)["note"] for id in far.held} == texts
