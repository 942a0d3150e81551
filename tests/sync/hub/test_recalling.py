"""Between two who have spoken before an exchange says only what is new; who knows other things says all."""

from __future__ import annotations

import copy
import dataclasses
import random
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from sync.engine.runner import Outcome, converse
from sync.engine.wording import BRIEF_BYTES
from sync.hub.ports import Device
from sync.hub.recalling import recall
from sync.protocol.brief_answers import read_answer
from sync.protocol.brief_bytes import MARK
from sync.protocol.brief_requests import read_request, write_request
from sync.protocol.codec import encode_message
from sync.protocol.errors import WireError
from sync.protocol.messages import ExchangeRequest, Limits
from sync.protocol.packets import Packet, open_packet
from sync.protocol.versions import SPOKEN, Versions, decode_request
from tests.fakes import FakeClock, FakeJudge, InlineExecutor, LocalTransport, MemoryArchive, MemoryReplica

STREAM = "0190aaaa-0000-7000-8000-000000000001"
OTHER = "0190aaaa-0000-7000-8000-000000000002"
SERVER = "0190aaaa-0000-7000-8000-0000000000ff"


class Pair:
    """A laptop and a server that have met."""

    def __init__(self) -> None:
        self.chance = random.Random(11)
        self.archive = MemoryArchive(SERVER, self.chance.randbytes(32))
        self.judge = FakeJudge()
        self.laptop = self.replica()
        self.device = Device("d", self.laptop.public_key, "member", {STREAM: 1})
        self.road = self.to_server()
        self.save()
        assert self.sync().accepted == 1

    def replica(self) -> MemoryReplica:
        keys = self.archive.public_keys
        return MemoryReplica([STREAM], SERVER, keys, self.chance.randbytes(32), self.chance.randbytes)

    def to_server(self) -> LocalTransport:
        return LocalTransport(self.archive, self.judge, self.device, self.chance.randbytes)

    def save(self, value: str = "Bá") -> None:
        self.laptop.save(STREAM, "visit", f"v{len(self.laptop.held)}", {"head": value})

    def sync(self, laptop: MemoryReplica | None = None, spoken: Versions = SPOKEN) -> Outcome:
        self.road.requests.clear()
        outcome = converse(
            laptop or self.laptop,
            self.road,
            FakeClock(),
            self.chance.randbytes,
            helper=InlineExecutor(),
            spoken=spoken,
        )
        assert outcome.problem is None
        assert not [n for n in outcome.notices if n.code == "differs"]
        return outcome

    def forms(self) -> str:
        """First letters of the requests of the last conversation."""
        return "".join(body[:1].decode() for body in self.road.requests)

    def packet(self) -> Packet:
        """Of the last request in brief, as the far end understood it."""
        (data,) = self.road.asked(self.road.requests[-1]).packets
        return open_packet(data)


@pytest.fixture
def pair() -> Pair:
    return Pair()


def test_the_first_words_are_in_full_and_all_after_them_in_brief(pair: Pair) -> None:
    assert pair.forms()[0] == "N"
    for _ in range(3):
        pair.save()
        assert pair.sync().accepted == 1
        assert pair.forms() == "b"
    assert pair.sync().accepted == 0
    assert pair.forms() == "b"


def test_a_sync_without_changes_takes_eighty_bytes(pair: Pair) -> None:
    outcome = pair.sync()
    assert outcome.bytes_up <= 45
    assert outcome.bytes_down <= 30


def test_one_changed_record_takes_little_more_than_itself_and_two_signatures(pair: Pair) -> None:
    pair.laptop.save(STREAM, "visit", "v0", {"head": "Bảy"})
    outcome = pair.sync()
    body = pair.packet().body
    assert outcome.bytes_up <= len(body) + 64 + 50
    assert outcome.bytes_down <= 64 + 40


def test_the_server_signs_and_stores_what_would_have_come_in_full(pair: Pair) -> None:
    pair.save()
    pair.sync()
    packet = pair.packet()
    assert packet.head.number == 2
    assert packet.signed_by(pair.laptop.public_key)
    kept, data = pair.archive.tables.packets[STREAM, pair.laptop.id, 2]
    assert (kept.hash, data) == (packet.hash, packet.data)


def test_a_request_whose_answer_was_lost_is_understood_again(pair: Pair) -> None:
    pair.save()
    pair.sync()
    (body,) = pair.road.requests
    meant = pair.road.asked(body)
    before = pair.archive.tables.copied()
    (receipt,) = pair.road.reply(body).receipts
    assert (receipt.number, receipt.hash) == (2, pair.packet().hash)
    assert pair.archive.tables.rows == before.rows
    for _ in range(2):
        pair.save()
        pair.sync()
    assert pair.road.asked(body) == meant, "also long after"


def test_a_refused_value_is_told_in_full(pair: Pair) -> None:
    pair.save("bad")
    assert pair.sync().refused == 1
    assert pair.forms()[0] == "b"
    pair.judge.version = 2  # and so is a newer catalogue
    assert pair.sync().catalogue == 2


def test_what_others_wrote_comes_in_brief_with_its_voucher(pair: Pair) -> None:
    reader = pair.replica()
    road, pair.road = (
        pair.road,
        LocalTransport(
            pair.archive,
            pair.judge,
            Device("e", reader.public_key, "member", {STREAM: 1}),
            pair.chance.randbytes,
        ),
    )
    pair.sync(reader)
    pair.road, there = road, pair.road
    pair.save("Sen")
    pair.sync()
    pair.road = there
    assert pair.sync(reader).received == 1
    (body,) = pair.road.requests
    request = pair.road.asked(body)
    answer = pair.road.exchange(body)
    assert answer[:1] == MARK
    (page,) = read_answer(answer, request).pages
    assert page.count == 1
    assert page.voucher
    assert reader.shown("v1") == {"head": "Sen"}


@pytest.mark.parametrize("silently", [True, False])
def test_a_server_that_went_back_asks_for_all_and_loses_nothing(pair: Pair, silently: bool) -> None:
    backup = pair.archive.backup()
    pair.save("Chín")
    pair.sync()
    if silently:
        pair.archive.roll_back(backup)
    else:
        pair.archive.restore(backup, pair.chance.randbytes)
    pair.save("Mười")
    pair.sync()
    assert pair.forms()[:2] == "bN"
    pair.sync()
    rows = pair.archive.tables.rows[STREAM]
    assert {"v0", "v1", "v2"} <= set(rows)
    pair.save()
    pair.sync()
    assert pair.forms() == "b", "and then they know each other again"


def test_a_twin_is_still_told_apart(pair: Pair) -> None:
    twin = copy.deepcopy(pair.laptop)
    twin._random = random.Random(12).randbytes
    pair.save("một")
    pair.sync()
    twin.save(STREAM, "visit", "t", {"head": "hai"})
    pair.sync(twin)
    assert twin.id != pair.laptop.id
    pair.save("ba")
    pair.sync()
    assert set(pair.archive.tables.rows[STREAM]) == {"v0", "v1", "v2", "t"}


@pytest.mark.parametrize(
    ("laptop", "server", "forms"),
    [(Versions(1, 2), Versions(1, 1), "bb"), (Versions(1, 1), Versions(1, 2), "b")],
)
def test_sides_of_different_age_agree_in_brief(
    pair: Pair, laptop: Versions, server: Versions, forms: str
) -> None:
    pair.road.spoken = server
    pair.save()
    assert pair.sync(spoken=laptop).accepted == 1
    assert pair.forms() == forms
    assert read_request(pair.road.requests[-1]).said.protocol == 1


def brief_of(request: ExchangeRequest) -> bytes:
    body = write_request(request)
    assert body is not None
    return body


def strange_bodies(pair: Pair) -> Iterator[tuple[str, bytes]]:
    """What a laptop might say that knows something else than this server."""
    pair.save()
    pair.sync()
    meant = pair.road.asked(pair.road.requests[0])
    (cursor,), packet = meant.cursors, pair.packet()
    for changed in (
        {"server": OTHER},
        {"epoch": "d" * 32},
        {"stream": OTHER},
        {"generation": 2},
        {"seq": 99},
        {"tag": "0" * 16},
    ):
        at = msgspec.structs.replace(cursor, **changed)
        yield str(changed), brief_of(msgspec.structs.replace(meant, cursors=(at,), packets=()))
    for odd in ({"number": 9}, {"number": 1}, {"previous": bytes([1]) * 16}, {"replica": "c" * 16}):
        head = dataclasses.replace(packet.head, **odd)
        data = Packet(head, packet.signature, packet.body).data
        yield str(odd), brief_of(msgspec.structs.replace(meant, replica=head.replica, packets=(data,)))
    body = pair.road.requests[0]
    for place in range(3, len(body)):
        turned = body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]
        yield f"one bit at {place}", turned


def test_what_cannot_be_completed_is_asked_for_and_changes_nothing(pair: Pair) -> None:
    for reason, body in strange_bodies(pair):
        before = pair.archive.tables.copied()
        with pytest.raises(WireError) as caught:
            pair.road.exchange(body)
        assert caught.value.code == "say_in_full", reason
        assert pair.archive.tables == before, reason


@pytest.mark.parametrize(
    "changed", [{"last": False}, {"packets": ()}, {"catalogue": 2}, {"limits": Limits(page_records=7)}]
)
def test_one_number_with_two_bodies_is_a_clone_in_brief_too(pair: Pair, changed: dict[str, Any]) -> None:
    pair.save()
    pair.sync()
    (body,) = pair.road.requests
    meant = pair.road.asked(body)
    before = pair.archive.tables.copied()
    with pytest.raises(WireError, match="clone"):
        pair.road.exchange(brief_of(msgspec.structs.replace(meant, **changed)))
    with pytest.raises(WireError, match="clone"):
        pair.road.exchange(encode_message(meant))
    assert pair.archive.tables == before
    assert pair.road.reply(body).receipts, "the same body is answered as before"


def test_an_answer_that_was_lost_before_the_server_went_back_is_asked_for_in_full(pair: Pair) -> None:
    """The repeated request names a commit that is known, in a life that is not the present one."""
    backup = pair.archive.backup()
    pair.save()
    lost = pair.road.exchange
    pair.road.exchange = lambda body: (lost(body), went_back())[0]  # type: ignore[method-assign]

    def went_back() -> None:
        pair.archive.restore(backup, pair.chance.randbytes)
        pair.road.exchange = lost  # type: ignore[method-assign]
        raise WireError("dropped")

    pair.sync()
    assert pair.forms()[:3] == "bbN"
    assert set(pair.archive.tables.rows[STREAM]) == {"v0", "v1"}


def test_a_server_that_knows_no_brief_form_is_spoken_to_in_full(pair: Pair) -> None:
    class Older(LocalTransport):
        def exchange(self, body: bytes) -> bytes:
            if body[:1] == MARK:
                self.requests.append(body)
            decode_request(body, ExchangeRequest)
            return super().exchange(body)

    pair.road = Older(pair.archive, pair.judge, pair.device, pair.chance.randbytes)
    for _ in range(2):
        pair.save()
        assert pair.sync().accepted == 1
        assert pair.forms() == "bN"
    assert pair.sync().problem is None
    assert pair.forms() == "bN"


def test_much_goes_in_full_so_that_it_is_never_sent_twice(pair: Pair) -> None:
    for _ in range(40):
        pair.save(pair.chance.randbytes(500).hex())
    assert pair.sync().accepted == 40
    large = [body for body in pair.road.requests if len(body) > BRIEF_BYTES]
    assert large
    assert {body[:1] for body in large} == {b"N"}


def test_who_reads_several_streams_says_all(pair: Pair) -> None:
    pair.sync()
    (body,) = pair.road.requests
    for streams in ({STREAM: 1, OTHER: 1}, {STREAM: 2}):
        device = pair.device._replace(streams=streams)
        with pair.archive.look() as tx, pytest.raises(WireError, match="say_in_full"):
            recall(tx, pair.archive.server, device, read_request(body, SPOKEN))


def test_a_request_in_full_is_answered_in_full(pair: Pair) -> None:
    request = ExchangeRequest(1, "a" * 16, "b" * 16, 1, "", 1)
    assert pair.road.exchange(encode_message(request))[:4] == b"NTMX"


@pytest.mark.parametrize("code", ["say_in_full", "bad_message"])
def test_a_server_that_understands_nothing_ends_the_conversation(pair: Pair, code: str) -> None:
    class Deaf:
        def exchange(self, body: bytes) -> bytes:
            heard.append(body[:1])
            raise WireError(code)

        def compare(self, body: bytes) -> bytes:
            raise AssertionError

        def traffic(self) -> tuple[int, int]:
            return 0, 0

    heard: list[bytes] = []
    outcome = converse(pair.laptop, Deaf(), FakeClock(), pair.chance.randbytes, helper=InlineExecutor())
    assert outcome.problem is not None
    assert outcome.problem.code == code
    assert heard == [b"b", b"N"]
