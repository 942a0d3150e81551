"""How a conversation behaves on a bad line: what it sends again, when it waits, when it gives up."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from sync.engine.line import ATTEMPTS, FIRST, LEAST, MOST, OPENING, PAUSES, Line
from sync.engine.ports import MANY, SiftedPage, Taken
from sync.engine.runner import Outcome, converse, outcome_numbers
from sync.hub.ports import Device
from sync.protocol.brief_bytes import MARK
from sync.protocol.brief_requests import read_request
from sync.protocol.codec import decode_message, encode_message
from sync.protocol.errors import WireError
from sync.protocol.messages import ExchangeReply, ExchangeRequest, Limits
from sync.protocol.packets import open_packet
from tests.fakes import FakeClock, FakeJudge, InlineExecutor, LocalTransport, MemoryArchive, MemoryReplica

STREAM = "0190aaaa-0000-7000-8000-000000000001"
SERVER = "0190aaaa-0000-7000-8000-0000000000ff"


class Road:
    """Does to each exchange what the test says; remembers what was asked."""

    def __init__(self, hub: LocalTransport, act: Callable[[int], WireError | None]) -> None:
        self.hub = hub
        self.act = act
        self.bodies: list[bytes] = []
        self.change: Callable[[ExchangeReply], ExchangeReply] = lambda reply: reply

    def exchange(self, body: bytes) -> bytes:
        self.bodies.append(body)
        error = self.act(len(self.bodies))
        if error is not None:
            raise error
        return encode_message(self.change(self.hub.reply(body)))

    def compare(self, body: bytes) -> bytes:
        return self.hub.compare(body)

    def traffic(self) -> tuple[int, int]:
        return self.hub.traffic()


class Laptop:
    def __init__(self) -> None:
        self.chance = random.Random(2)
        archive = MemoryArchive(SERVER, self.chance.randbytes(32))
        self.replica = MemoryReplica(
            [STREAM], SERVER, archive.public_keys, self.chance.randbytes(32), self.chance.randbytes
        )
        device = Device("d", self.replica.public_key, "member", {STREAM: 1})
        self.hub = LocalTransport(archive, FakeJudge(), device, self.chance.randbytes)
        self.clock = FakeClock()

    @classmethod
    def beside(cls, laptop: Laptop) -> Laptop:
        """Another one of the same team at the same server."""
        other = cls()
        archive = laptop.hub.archive
        other.chance = random.Random(3)
        other.replica = MemoryReplica(
            [STREAM], SERVER, archive.public_keys, other.chance.randbytes(32), other.chance.randbytes
        )
        device = Device("e", other.replica.public_key, "member", {STREAM: 1})
        other.hub = LocalTransport(archive, FakeJudge(), device, other.chance.randbytes)
        return other

    def save(self, n: int) -> None:
        for i in range(n):
            self.replica.save(STREAM, "visit", f"v{len(self.replica.held)}", {"n": i})

    def sync(
        self, act: Callable[[int], WireError | None] = lambda n: None, **more: object
    ) -> tuple[Outcome, Road]:
        road = Road(self.hub, act)
        return self.over(road, **more), road

    def over(self, road: Road, **more: object) -> Outcome:
        return converse(
            self.replica,
            road,
            self.clock,
            self.chance.randbytes,
            helper=InlineExecutor(),
            **more,  # type: ignore[arg-type]
        )


@pytest.fixture
def laptop() -> Laptop:
    return Laptop()


def test_a_drop_sends_the_same_bytes_again(laptop: Laptop) -> None:
    laptop.save(3)
    outcome, road = laptop.sync(lambda n: WireError("dropped") if n <= 2 else None)
    assert outcome.problem is None
    assert (outcome.sent, outcome.accepted) == (3, 3)
    assert road.bodies[0] == road.bodies[1] == road.bodies[2]
    assert len(laptop.clock.slept) == 2
    assert laptop.clock.slept[0] < laptop.clock.slept[1] * 2


def test_the_pauses_on_a_broken_line_grow_and_chance_spreads_them(laptop: Laptop) -> None:
    """A whole commune gets its line back at once: no two laptops come in step."""
    other = Laptop.beside(laptop)
    for one in (laptop, other):
        one.sync(lambda n: WireError("dropped"))
        spread = [slept / pause for slept, pause in zip(one.clock.slept, PAUSES, strict=True)]
        assert 0.75 <= min(spread) < 0.9
        assert 1.1 < max(spread) <= 1.25
    assert laptop.clock.slept != other.clock.slept
    assert sum(PAUSES[-4:]) * 0.75 <= sum(laptop.clock.slept[-4:]), "the last ones are long"


def test_a_busy_server_is_waited_for_as_long_as_it_says(laptop: Laptop) -> None:
    outcome, _ = laptop.sync(lambda n: WireError("busy", retry_after=40) if n == 1 else None)
    assert outcome.problem is None
    assert 30 <= laptop.clock.slept[0] <= 50


def test_a_server_that_was_never_reached_is_not_waited_for(laptop: Laptop) -> None:
    laptop.save(1)
    outcome, road = laptop.sync(lambda n: WireError("offline"))
    assert outcome.problem is not None
    assert outcome.problem.code == "offline"
    assert len(road.bodies) == 1
    assert laptop.clock.slept == []
    assert outcome_numbers(outcome)["sent"] == 0


def test_a_line_that_stays_broken_is_left(laptop: Laptop) -> None:
    outcome, road = laptop.sync(lambda n: WireError("dropped"))
    assert outcome.problem is not None
    assert outcome.problem.code == "dropped"
    assert len(road.bodies) == ATTEMPTS + 1


def test_what_was_done_before_the_line_broke_stays_done(laptop: Laptop) -> None:
    laptop.save(10)
    outcome, _ = laptop.sync(
        lambda n: None if n <= 2 else WireError("refused"), limits=Limits(packet_records=2)
    )
    assert outcome.problem is not None
    assert outcome.accepted == 4
    assert outcome.pending == 6
    again, _ = laptop.sync()
    assert (again.accepted, again.pending) == (6, 0)


def test_cancelling_is_asked_between_exchanges(laptop: Laptop) -> None:
    laptop.save(10)
    asked = iter([False, False, True, True, True])
    outcome, road = laptop.sync(limits=Limits(packet_records=2), cancelled=lambda: next(asked))
    assert outcome.problem is not None
    assert outcome.problem.code == "cancelled"
    assert len(road.bodies) == 2
    assert outcome.accepted == 4


def test_progress_is_told(laptop: Laptop) -> None:
    laptop.save(6)
    told: list[tuple[int, int, str]] = []
    laptop.sync(limits=Limits(packet_records=2), progress=lambda *now: told.append(now))
    done = [now[0] for now in told if now[2] == "send"]
    assert done == sorted(done)
    assert max(done) == 6


def test_the_next_packet_is_cut_while_the_server_works(laptop: Laptop) -> None:
    laptop.save(6)
    waiting: list[int] = []

    def act(n: int) -> None:
        waiting.append(laptop.replica.lanes[STREAM].number)

    laptop.sync(act, limits=Limits(packet_records=2))
    assert waiting[0] == 1
    outcome, road = laptop.sync()
    assert (outcome.rounds, len(road.bodies)) == (1, 1)


def said_in(road: Road) -> list[ExchangeRequest]:
    """What went over a road; a brief request without its packet."""
    return [
        read_request(body).said if body[:1] == MARK else decode_message(body, ExchangeRequest)
        for body in road.bodies
    ]


def packets_of(road: Road) -> list[bytes]:
    return [data for request in said_in(road) for data in request.packets]


def test_packets_grow_on_a_quick_line(laptop: Laptop) -> None:
    laptop.save(2500)
    outcome, road = laptop.sync()
    counts = [open_packet(data).head.count for data in packets_of(road)]
    assert counts[:2] == [OPENING, FIRST], "the second is cut while the first measures the line"
    assert max(counts) > FIRST
    assert sum(counts) == outcome.accepted == 2500


def test_what_goes_in_two_exchanges_has_no_opening(laptop: Laptop) -> None:
    laptop.save(MANY)
    outcome, road = laptop.sync()
    assert [open_packet(data).head.count for data in packets_of(road)] == [FIRST, FIRST]
    assert outcome.accepted == MANY


@pytest.mark.parametrize("waiting", [OPENING, FIRST - 1, MANY, MANY + 1, OPENING + 2 * FIRST, 2500])
def test_the_digest_is_asked_for_when_nothing_more_waits(laptop: Laptop, waiting: int) -> None:
    laptop.save(waiting)
    _, road = laptop.sync()
    last = [request.last for request in said_in(road)]
    assert last == [False] * (len(last) - 1) + [True]


def test_a_packet_of_a_conversation_that_broke_is_followed_by_no_question_of_its_own(laptop: Laptop) -> None:
    laptop.save(MANY + 20)
    laptop.sync(lambda n: WireError("refused") if n == 3 else None)
    outcome, road = laptop.sync()
    assert (outcome.problem, len(road.bodies)) == (None, 1)


def test_a_line_learns() -> None:
    line = Line()
    assert line.answered(0.1, 40_000, FIRST).records == 2 * FIRST
    assert line.answered(6, 40_000, FIRST).records == FIRST
    assert line.answered(60, 40_000, FIRST).records == FIRST // 2
    assert line.answered(0.4, 300, 1).records == FIRST, "a small exchange tells nothing of the breadth"
    assert line.answered(1.4, 5_000, OPENING).records == FIRST, "nor does the opening on a long way"
    assert line.answered(0.02, 5_000, OPENING).records == 2 * FIRST, "unless it was quick"
    assert line.dropped().records == FIRST // 2
    assert line.dropped().answered(0.1, 20_000, 250).records == FIRST // 2, "not at once after a drop"
    for _ in range(len(PAUSES) + 3):
        line = line.dropped()
    assert line.records == LEAST
    assert line.pause() == PAUSES[-1]
    assert line.dropped(moved=1).pause() == PAUSES[0]
    for _ in range(9):
        line = line.answered(0.1, 40_000, FIRST)
    assert line.records == MOST


def test_a_line_that_brings_a_little_each_time_is_never_given_up(laptop: Laptop) -> None:
    laptop.save(3)
    outcome, road = laptop.sync(lambda n: WireError("dropped", moved=100) if n <= 40 else None)
    assert outcome.problem is None
    assert len(road.bodies) == 41
    assert len(set(road.bodies[:41])) == 1


def test_whoever_asks_for_too_long_a_wait_is_left(laptop: Laptop) -> None:
    outcome, road = laptop.sync(lambda n: WireError("busy", retry_after=3600))
    assert outcome.problem is not None
    assert (outcome.problem.code, outcome.problem.retry_after) == ("busy", 3600)
    assert len(road.bodies) == 1
    assert laptop.clock.slept == []


def test_a_sync_without_changes_is_noted_on_neither_side(laptop: Laptop) -> None:
    """A copy of the laptop is noticed all the same as soon as either writes."""
    archive = laptop.hub.archive

    def noted() -> tuple[str, object]:
        with archive.look() as tx:
            return laptop.replica.standing().after, tx.talk(laptop.replica.id)

    laptop.save(1)
    assert laptop.sync()[0].problem is None
    before = noted()
    for _ in range(3):
        outcome, road = laptop.sync()
        assert (outcome.problem, len(road.bodies)) == (None, 1)
    assert noted() == before
    for _ in range(2):
        laptop.save(1)
        outcome, _ = laptop.sync()
        assert (outcome.problem, outcome.accepted) == (None, 1)
    assert noted() != before


def test_a_laptop_that_notes_every_conversation_is_no_clone(laptop: Laptop) -> None:
    laptop.save(1)
    assert laptop.sync()[0].problem is None
    _, road = laptop.sync()
    laptop.replica._after = read_request(road.bodies[0]).said.nonce
    name = laptop.replica.id
    laptop.save(1)
    assert laptop.sync()[0].accepted == 1
    assert laptop.replica.id == name
    laptop.replica._after = "0" * 16
    laptop.save(1)
    assert laptop.sync()[0].problem is None
    assert laptop.replica.id != name, "but one that names what never was"


def test_a_receipt_of_another_hand_is_not_believed(laptop: Laptop) -> None:
    laptop.save(2)
    road = Road(laptop.hub, lambda n: None)
    road.change = lambda reply: msgspec.structs.replace(
        reply, receipts=tuple(msgspec.structs.replace(r, signature=bytes(64)) for r in reply.receipts)
    )
    outcome = laptop.over(road)
    assert outcome.problem is not None
    assert outcome.problem.code == "bad_signature"
    assert set(laptop.replica.record_states().values()) == {"local"}


def test_another_server_is_not_believed(laptop: Laptop) -> None:
    road = Road(laptop.hub, lambda n: None)
    road.change = lambda reply: msgspec.structs.replace(reply, server=STREAM)
    outcome = laptop.over(road)
    assert outcome.problem is not None
    assert (outcome.problem.code, outcome.problem.details) == ("refused", {"reason": "server"})


def test_an_ancestor_of_the_known_server_is_refused(laptop: Laptop) -> None:
    archive = laptop.hub.archive
    assert isinstance(archive, MemoryArchive)
    laptop.save(1)
    before = archive.backup()
    laptop.sync()
    archive.restore(archive.backup(), laptop.chance.randbytes)
    outcome, _ = laptop.sync()
    assert outcome.problem is None
    archive.roll_back(before)
    outcome, _ = laptop.sync()
    assert outcome.problem is not None
    assert outcome.problem.code == "epoch_older"


def test_a_garbled_answer_ends_the_conversation_and_harms_nothing(laptop: Laptop) -> None:
    laptop.save(1)
    laptop.hub.exchange = lambda body: b"<html>captive portal</html>"  # type: ignore[method-assign]
    outcome = converse(
        laptop.replica, laptop.hub, laptop.clock, laptop.chance.randbytes, helper=InlineExecutor()
    )
    assert outcome.problem is not None
    assert outcome.problem.code == "bad_reply"
    assert outcome.pending == 0 or outcome.sent == 0
    del laptop.hub.exchange
    assert laptop.sync()[0].accepted == 1


def test_a_helper_thread_carries_the_road(laptop: Laptop) -> None:
    laptop.save(30)
    outcome = converse(
        laptop.replica, laptop.hub, laptop.clock, laptop.chance.randbytes, limits=Limits(packet_records=4)
    )
    assert (outcome.accepted, outcome.problem) == (30, None)


def test_the_next_page_is_looked_through_before_the_former_one_is_stored(laptop: Laptop) -> None:
    laptop.save(30)
    laptop.sync(limits=Limits(packet_records=10))
    other = Laptop.beside(laptop)
    done: list[tuple[str, int]] = []
    foresee, take = other.replica.foresee, other.replica.take

    def foreseen(page: SiftedPage) -> SiftedPage:
        done.append(("foresee", page.cursor.seq))
        return foresee(page)

    def taken(nonce: str, receipts: Any, pages: Any, catalogue: int) -> Taken:
        done.extend(("take", page.cursor.seq) for page in pages)
        return take(nonce, receipts, pages, catalogue)

    other.replica.foresee, other.replica.take = foreseen, taken  # type: ignore[method-assign]
    outcome = other.sync(limits=Limits(page_records=10))[0]
    assert (outcome.received, outcome.problem) == (30, None)
    assert done[:4] == [("foresee", 10), ("foresee", 20), ("take", 10), ("foresee", 30)]


def test_a_page_that_is_bad_ends_the_conversation_after_the_former_one_is_stored(laptop: Laptop) -> None:
    laptop.save(30)
    laptop.sync(limits=Limits(packet_records=10))
    other = Laptop.beside(laptop)
    exchange, answers = other.hub.exchange, []

    def garbled(body: bytes) -> bytes:
        answers.append(exchange(body))
        if len(answers) != 2:
            return answers[-1]
        reply = decode_message(answers[-1], ExchangeReply)
        page = msgspec.structs.replace(reply.pages[0], count=reply.pages[0].count + 1)
        return encode_message(msgspec.structs.replace(reply, pages=(page,)))

    other.hub.exchange = garbled  # type: ignore[method-assign]
    outcome = other.sync(limits=Limits(page_records=10))[0]
    assert outcome.problem is not None
    assert outcome.problem.code == "bad_message"
    assert (outcome.received, len(other.replica.held)) == (10, 10)
    del other.hub.exchange
    assert other.sync()[0].received == 20
