"""Each fault a line can have, with the real engine, the real road and a real server process: nothing is lost,
nothing doubled, both sides end equal; and what came through before a break is not sent again."""

from __future__ import annotations

import random
import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from sync.engine.http import HttpTransport
from sync.engine.runner import Outcome, converse
from sync.protocol.messages import Limits
from tests.fakes import FakeClock
from tests.sync.server.laptop import made_id, outreach
from tests.together.line import Line
from tests.together.server import RealServer
from tests.together.test_sync_over_http import Member

pytestmark = pytest.mark.together

LETTERS = "aăâbcdđeêghiklmnoôơpqrstuưvxy "


class Hamlet:
    """A server, a line with faults, one who works behind it and one who is connected well."""

    def __init__(self, server: RealServer, line: Line) -> None:
        self.server, self.line = server, line
        self.far, self.near = Member(server, "Hồ Thị Lan"), Member(server, "Vừ A Páo")
        self.chance = random.Random(20261127)
        self.recorded = 0
        self.base = 0

    def record(self, many: int, by: Member | None = None, letters: int = 400) -> None:
        """Records that no compression makes small."""
        by = by or self.far
        for _ in range(many):
            self.recorded += 1
            values = {**outreach(self.recorded), "notes": "".join(self.chance.choices(LETTERS, k=letters))}
            by.replica.save(by.stream, "outreach", made_id("fault", self.recorded), values)

    def sync(self, records: int = 2_000) -> Outcome:
        """One whole sync of ``far`` over the line, waiting for nothing."""
        road = HttpTransport(self.line.url, self.far.enrolment.token)
        limits = Limits(packet_records=records, page_records=records)
        try:
            return converse(self.far.replica, road, FakeClock(), secrets.token_bytes, limits=limits)
        finally:
            road.close()

    def equal(self) -> None:
        """Both laptops and the server hold every record once and nothing waits."""
        self.line.mend()
        for _ in range(2):
            for outcome in (self.sync(), self.near.sync()):
                assert outcome.problem is None
                assert [n for n in outcome.notices if n.code == "differs"] == []
        assert self.far.images() == self.near.images()
        assert set(self.far.replica.record_states().values()) == {"accepted"}
        self.base = self.base or len(self.near.images())
        assert len(self.near.images()) == self.base + self.recorded


@pytest.fixture(scope="module")
def hamlet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hamlet]:
    with RealServer(tmp_path_factory.mktemp("xã")) as server:
        server.team_add(hamlets=["Thôn 1"])
        with Line(server.port) as line:
            hamlet = Hamlet(server, line)
            hamlet.equal()
            yield hamlet
        assert server.run("list", "outreach", "--limit", "0")["total"] == hamlet.recorded
        assert "Traceback" not in server.log_text()


@pytest.mark.parametrize("way", ["up", "down", ""])
def test_a_line_that_breaks_every_few_bytes_brings_any_sync_home(hamlet: Hamlet, way: str) -> None:
    """No packet or page fits between two breaks; each goes on where it broke."""
    hamlet.record(120)
    hamlet.record(120, by=hamlet.near)
    assert hamlet.near.sync().problem is None
    hamlet.line.break_after(bytes=9_000, way=way, again=True)
    outcome = hamlet.sync()
    assert outcome.problem is None
    assert (outcome.accepted, outcome.received) == (120, 120)
    assert hamlet.line.breaks >= 3
    hamlet.equal()


def test_what_came_through_is_not_sent_again(hamlet: Hamlet) -> None:
    hamlet.record(200)
    hamlet.line.mend()
    whole = hamlet.sync().bytes_up
    hamlet.record(200)
    hamlet.line.break_after(bytes=whole // 2, way="up", again=True)
    broken = hamlet.sync()
    assert broken.problem is None
    assert hamlet.line.breaks >= 1
    # heads of pieces, and at most what was under way at each break
    assert broken.bytes_up < whole * 1.5
    hamlet.equal()


def test_an_answer_lost_after_the_server_took_the_packet(hamlet: Hamlet) -> None:
    hamlet.record(40)
    hamlet.line.break_after(bytes=100, way="down", again=True)
    assert hamlet.sync().problem is not None
    hamlet.line.mend()
    outcome = hamlet.sync()
    assert (outcome.sent, outcome.accepted, outcome.pending) == (40, 40, 0)
    hamlet.equal()


def test_a_request_that_arrives_twice(hamlet: Hamlet) -> None:
    hamlet.line.mend()
    hamlet.record(12, letters=20)
    hamlet.sync(records=4)
    for message in range(0, hamlet.line.messages, 2):
        hamlet.record(12, letters=20)
        hamlet.record(5, by=hamlet.near)
        assert hamlet.near.sync().problem is None
        hamlet.line.double(message)
        outcome = hamlet.sync(records=4)
        assert outcome.problem is None
        assert (outcome.accepted, outcome.received) == (12, 5)
    hamlet.equal()


@pytest.mark.parametrize("message", [0, 1])
def test_a_message_that_comes_late_finds_another_world(hamlet: Hamlet, message: int) -> None:
    """The request, or the answer, waits on the way while somebody else writes to the server."""
    hamlet.record(9, letters=20)
    order = hamlet.line.hold(message)
    with ThreadPoolExecutor(1) as other:
        under_way = other.submit(hamlet.sync)
        try:
            assert order.held.wait(60)
            hamlet.record(7, by=hamlet.near, letters=20)
            assert hamlet.near.sync().problem is None
        finally:
            order.released.set()
        outcome = under_way.result(60)
    assert (outcome.problem, outcome.accepted) == (None, 9)
    hamlet.equal()


def test_a_wrong_bit_in_any_piece_or_answer(hamlet: Hamlet) -> None:
    hamlet.line.mend()
    hamlet.record(30)
    hamlet.sync()
    for message in range(min(hamlet.line.messages, 10)):
        hamlet.record(30)
        hamlet.line.flip(message)
        hamlet.sync()
        hamlet.line.mend()
        outcome = hamlet.sync()
        assert (outcome.problem, outcome.pending) == (None, 0)
    hamlet.equal()


def test_a_server_that_forgets_the_pieces_gets_them_again(hamlet: Hamlet) -> None:
    hamlet.record(150)

    def restart() -> None:
        hamlet.server.stop()
        hamlet.server.start()

    hamlet.line.break_after(messages=4, then=restart)
    outcome = hamlet.sync()
    hamlet.line.mend()
    rest: Any = outcome if outcome.problem is None else hamlet.sync()
    assert (rest.problem, rest.pending) == (None, 0)
    hamlet.equal()


def test_a_sync_without_changes_is_small_on_the_wire(hamlet: Hamlet) -> None:
    """One round trip, heads and token included, however many records there are."""
    hamlet.equal()
    hamlet.line.mend()
    outcome = hamlet.sync()
    assert (outcome.problem, outcome.rounds) == (None, 1)
    assert hamlet.line.messages == 2
    assert hamlet.line.bytes <= 600
    assert hamlet.line.bytes == outcome.bytes_up + outcome.bytes_down
