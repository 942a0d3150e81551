"""Two sides of different age: they speak the highest version both know, and what is unsent is not lost."""

from __future__ import annotations

import random

import msgspec
import pytest

from sync.engine.runner import Outcome, converse
from sync.hub.ports import Device
from sync.protocol.codec import decode_message, encode_message
from sync.protocol.errors import WireError
from sync.protocol.messages import ExchangeRequest, Limits
from sync.protocol.versions import SPOKEN, Versions, decode_request
from tests.fakes import FakeClock, FakeJudge, InlineExecutor, LocalTransport, MemoryArchive, MemoryReplica

STREAM = "0190aaaa-0000-7000-8000-000000000001"
SERVER = "0190aaaa-0000-7000-8000-0000000000ff"
TODAY, NEXT, LATER = Versions(1, 1), Versions(1, 2), Versions(2, 3)


class World:
    """A laptop and a server, each speaking what the test says."""

    def __init__(self, server: Versions = TODAY) -> None:
        self.chance = random.Random(7)
        self.judge = FakeJudge()
        self.archive = MemoryArchive(SERVER, self.chance.randbytes(32))
        self.replica = MemoryReplica(
            [STREAM], SERVER, self.archive.public_keys, self.chance.randbytes(32), self.chance.randbytes
        )
        device = Device("d", self.replica.public_key, "member", {STREAM: 1})
        self.road = LocalTransport(self.archive, self.judge, device, self.chance.randbytes, spoken=server)

    def save(self, **values: object) -> str:
        id = f"v{len(self.replica.held)}"
        self.replica.save(STREAM, "visit", id, values)
        return id

    def sync(self, laptop: Versions = TODAY) -> Outcome:
        return converse(
            self.replica,
            self.road,
            FakeClock(),
            self.chance.randbytes,
            helper=InlineExecutor(),
            spoken=laptop,
        )

    def spoke(self) -> list[int]:
        """Versions of the requests, in order."""
        out = [decode_message(body, ExchangeRequest).protocol for body in self.road.requests]
        self.road.requests.clear()
        return out


@pytest.mark.parametrize(
    ("laptop", "server", "spoken"),
    [
        (TODAY, TODAY, [1]),
        (NEXT, NEXT, [2]),
        (NEXT, TODAY, [2, 1]),
        (TODAY, NEXT, [1]),
        (LATER, NEXT, [3, 2]),
        (Versions(1, 9), NEXT, [9, 2]),
    ],
)
def test_both_speak_the_highest_version_they_know(
    laptop: Versions, server: Versions, spoken: list[int]
) -> None:
    world = World(server)
    for n in range(3):
        world.save(n=n)
    outcome = world.sync(laptop)
    assert outcome.problem is None
    assert (outcome.accepted, outcome.pending) == (3, 0)
    assert world.spoke() == spoken


@pytest.mark.parametrize(("laptop", "server", "code"), [(TODAY, LATER, "too_old"), (LATER, TODAY, "too_new")])
def test_where_no_version_is_common_what_is_unsent_waits(
    laptop: Versions, server: Versions, code: str
) -> None:
    world = World(server)
    world.save(n=1)
    outcome = world.sync(laptop)
    assert outcome.problem is not None
    assert outcome.problem.code == code
    assert len(world.road.requests) == 1
    world.road.spoken = NEXT
    after = world.sync(NEXT)
    assert (after.problem, after.accepted, after.pending) == (None, 1, 0)


def test_a_side_that_is_upgraded_in_between_goes_on_with_the_same_packets() -> None:
    """The packet cut under version 1 and never receipted is sent in the conversation of version 2."""
    world = World(TODAY)
    world.save(n=1)
    packet = world.replica.packet(STREAM, 1, Limits())
    assert packet is not None
    world.road.spoken = NEXT
    outcome = world.sync(NEXT)
    assert (outcome.problem, outcome.accepted) == (None, 1)
    sent = [decode_message(body, ExchangeRequest) for body in world.road.requests]
    assert sent[0].packets == (packet.data,)


def test_a_request_of_a_later_version_is_told_apart_from_garbage() -> None:
    class Newer(msgspec.Struct):
        protocol: int
        wonders: list[int]

    for plain in (True, False):
        with pytest.raises(WireError) as caught:
            decode_request(encode_message(Newer(2, [1]), plain=plain), ExchangeRequest, TODAY)
        assert (caught.value.code, caught.value.details) == ("too_new", {"minimum": 1, "maximum": 1})
        with pytest.raises(WireError, match="bad_message"):
            decode_request(encode_message(Newer(1, [1]), plain=plain), ExchangeRequest, TODAY)
    for garbage in (b"", b"{", b"NTMX", b"NTMX\xff\xff", b'{"protocol":"2"}', b"<html>"):
        with pytest.raises(WireError, match="bad_message"):
            decode_request(garbage, ExchangeRequest, TODAY)


@pytest.mark.parametrize(
    ("code", "details"),
    [
        ("too_new", {}),
        ("too_new", {"what": "dictionary", "version": 9}),
        ("too_new", {"minimum": "1", "maximum": None}),
        ("refused", {"minimum": 1, "maximum": 1}),
    ],
)
def test_what_names_no_versions_changes_none(code: str, details: dict[str, object]) -> None:
    assert SPOKEN.common(WireError(code, **details)) is None


def test_a_laptop_of_a_newer_catalogue_loses_nothing_at_an_older_server() -> None:
    """The field the server does not know waits; the fields beside it are accepted; later both are."""
    world = World()
    world.replica.catalogue = 2
    one = world.save(head="Bá", new_field="x")
    world.replica.save(STREAM, "new_kind", "k1", {"name": "y"})
    first = world.sync()
    assert (first.problem, first.later) == (None, 2)
    assert world.replica.shown(one) == {"head": "Bá", "new_field": "x"}
    world.judge.version = 2
    for _ in range(2):
        assert world.sync().problem is None
    assert set(world.replica.record_states().values()) == {"accepted"}
    other = World()
    other.archive, other.road.archive = world.archive, world.archive
    other.replica = MemoryReplica(
        [STREAM], SERVER, world.archive.public_keys, other.chance.randbytes(32), random.Random(8).randbytes
    )
    other.road.device = Device("e", other.replica.public_key, "member", {STREAM: 1})
    other.judge.version = 2
    other.replica.save(STREAM, "visit", "mine", {"head": "unsent"})
    assert other.sync().problem is None
    assert other.replica.shown(one) == {"head": "Bá", "new_field": "x"}
    assert other.replica.shown("k1") == {"name": "y"}
    assert world.sync().problem is None
    assert world.replica.shown("mine") == {"head": "unsent"}
    # an older laptop changes what it knows of a record and leaves untouched what it does not
    other.replica.save(STREAM, "visit", one, {"head": "Bảy"})
    assert other.sync().problem is None
    assert world.sync().problem is None
    assert world.replica.shown(one) == {"head": "Bảy", "new_field": "x"}
