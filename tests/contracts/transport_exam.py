"""One exam for every road: what goes in comes out at the hub, and refusals keep their codes."""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager

import pytest

from sync.engine.ports import Transport
from sync.engine.runner import converse
from sync.hub.ports import Device
from sync.protocol.codec import decode_message, encode_message
from sync.protocol.errors import WireError
from sync.protocol.messages import CompareReply, CompareRequest, ExchangeReply, ExchangeRequest
from tests.fakes import FakeClock, FakeJudge, InlineExecutor, LocalTransport, MemoryArchive, MemoryReplica

STREAM = "0190aaaa-0000-7000-8000-000000000001"
SERVER = "0190aaaa-0000-7000-8000-0000000000ff"


class TransportExam(ABC):
    """Subclass it and say how a road to a hub is built."""

    @abstractmethod
    def road_to(self, hub: LocalTransport) -> AbstractContextManager[Transport]:
        """A road whose far end hands bodies to ``hub`` and turns its WireErrors into refusals."""

    @pytest.fixture
    def hub(self) -> LocalTransport:
        chance = random.Random(5)
        archive = MemoryArchive(SERVER, chance.randbytes(32))
        self.replica = MemoryReplica(
            [STREAM], SERVER, archive.public_keys, chance.randbytes(32), chance.randbytes
        )
        device = Device("device", self.replica.public_key, "member", {STREAM: 1})
        return LocalTransport(archive, FakeJudge(), device, chance.randbytes)

    @pytest.fixture
    def road(self, hub: LocalTransport) -> Iterator[Transport]:
        with self.road_to(hub) as road:
            yield road

    def test_an_exchange_goes_there_and_back(self, road: Transport) -> None:
        request = ExchangeRequest(1, "a" * 16, "n" * 32, 1, "", 1)
        reply = decode_message(road.exchange(encode_message(request)), ExchangeReply)
        assert reply.server == SERVER

    def test_a_comparison_goes_there_and_back(self, road: Transport) -> None:
        request = CompareRequest(1, "a" * 16, STREAM, "kinds")
        assert decode_message(road.compare(encode_message(request)), CompareReply).sums == {}

    def test_a_whole_sync_of_many_records(self, hub: LocalTransport, road: Transport) -> None:
        for n in range(30):
            self.replica.save(STREAM, "visit", f"v{n}", {"note": "Ấp " + "x" * n})
        outcome = converse(
            self.replica, road, FakeClock(), random.Random(1).randbytes, helper=InlineExecutor()
        )
        assert outcome.problem is None
        assert (outcome.sent, outcome.accepted, outcome.pending) == (30, 30, 0)
        assert outcome.bytes_up > 400
        assert outcome.bytes_down > 100

    def test_bytes_are_counted(self, road: Transport) -> None:
        before = road.traffic()
        road.compare(encode_message(CompareRequest(1, "a" * 16, STREAM, "kinds")))
        after = road.traffic()
        assert after[0] > before[0]
        assert after[1] > before[1]

    def test_refusals_keep_code_and_details(self, road: Transport) -> None:
        with pytest.raises(WireError) as caught:
            road.exchange(encode_message(ExchangeRequest(99, "a" * 16, "n" * 32, 1, "", 1)))
        assert caught.value.code == "too_new"
        assert caught.value.details["maximum"] == 1

    def test_garbage_is_refused(self, road: Transport) -> None:
        with pytest.raises(WireError) as caught:
            road.exchange(b"\0garbage")
        assert caught.value.code == "bad_message"
