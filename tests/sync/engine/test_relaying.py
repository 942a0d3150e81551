"""Handing on at a server of another age: in the highest version both sides speak."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from sync.engine.relaying import hand_on
from sync.hub.ports import Device
from sync.hub.relaying import relay
from sync.protocol.bundles import Held
from sync.protocol.codec import decode_message, pack_rows
from sync.protocol.dots import Dot
from sync.protocol.errors import WireError
from sync.protocol.image import encode_image
from sync.protocol.messages import Notice, RelayRequest
from sync.protocol.packets import FIRST, Packet, PacketHead, seal
from sync.protocol.pages import Row
from sync.protocol.proofs import proof_of
from sync.protocol.receipts import Receipt
from sync.protocol.records import Stamp, create
from sync.protocol.signing import public_of
from sync.protocol.versions import Versions
from tests.fakes import FakeJudge, MemoryArchive

STREAM = "0190aaaa-0000-7000-8000-000000000001"
SERVER = "0190aaaa-0000-7000-8000-0000000000ff"
AUTHOR = "00000000000000a1"
TODAY, NEXT, LATER = Versions(1, 1), Versions(1, 2), Versions(2, 3)


class Basket:
    """One laptop that carries one packet of another's, and the server it comes to."""

    def __init__(self, server: Versions) -> None:
        chance = random.Random(5)
        self.archive = MemoryArchive(SERVER, chance.randbytes(32))
        self.key = key = chance.randbytes(32)
        self.author = self.carrier = Device("author", public_of(key), "member", {STREAM: 1})
        self.server = server
        self.spoke: list[int] = []
        self.receipts: list[Receipt] = []
        self.shown = False
        self.refused: dict[str, Notice] = {}
        visit = create("visit", "0190bbbb-0000-7000-8000-000000000001", {}, Dot(1, AUTHOR), Stamp(1, "", 1))
        body = pack_rows([Row(visit.kind, visit.id, encode_image(visit))])
        self.carried: Packet = seal(PacketHead(AUTHOR, STREAM, 1, FIRST, 1, 1, 1), body, key)

    def stream(self) -> str:
        return STREAM

    def server_keys(self) -> tuple[bytes, ...]:
        return tuple(self.archive.public_keys)

    def waiting(self) -> Sequence[Held]:
        done = self.receipts or self.refused
        return [] if done else [Held(AUTHOR, 1, self.carried.hash)]

    def packet(self, held: Held) -> bytes | None:
        return self.carried.data

    def bundles(self) -> Sequence[tuple[str, Sequence[Held], bytes]]:
        return []

    def proofs(self) -> Sequence[bytes]:
        return [] if self.shown else [proof_of(self.carried).data]

    def proved(self) -> None:
        self.shown = True

    def take_receipts(self, receipts: Sequence[Receipt]) -> int:
        self.receipts += receipts
        return len(receipts)

    def let_go(self, bundle: str) -> None:
        raise AssertionError(bundle)

    def declined(self) -> Sequence[Notice]:
        return list(self.refused.values())

    def decline(self, epoch: str, said: Mapping[str, Notice]) -> None:
        assert epoch == self.archive.tables.epochs[-1].random
        self.refused.update(said)

    def relay(self, body: bytes) -> bytes:
        self.spoke.append(decode_message(body, RelayRequest).protocol)
        return relay(
            self.archive,
            FakeJudge(),
            self.carrier,
            body,
            mates={"author": self.author},
            open_bundle=lambda data: [],
            now=1_790_000_000,
            random=random.Random(6).randbytes,
            spoken=self.server,
        )


@pytest.mark.parametrize(
    ("laptop", "server", "spoken"),
    [
        (TODAY, NEXT, [1, 1, 1]),
        (NEXT, NEXT, [2, 2, 2]),
        (NEXT, TODAY, [2, 1, 1, 1]),
        (Versions(1, 9), NEXT, [9, 2, 2, 2]),
    ],
)
def test_both_speak_the_highest_version_they_know(
    laptop: Versions, server: Versions, spoken: list[int]
) -> None:
    basket = Basket(server)
    done = hand_on(basket, basket, laptop)
    assert (done.packets, done.receipts) == (1, 1)
    assert basket.spoke == spoken
    assert basket.shown
    assert basket.archive.tables.certified == {(STREAM, AUTHOR): 1}


@pytest.mark.parametrize(("laptop", "server", "code"), [(TODAY, LATER, "too_old"), (LATER, TODAY, "too_new")])
def test_where_no_version_is_common_what_is_carried_stays(
    laptop: Versions, server: Versions, code: str
) -> None:
    basket = Basket(server)
    with pytest.raises(WireError) as caught:
        hand_on(basket, basket, laptop)
    assert caught.value.code == code
    assert len(basket.spoke) == 1
    assert basket.waiting()
    assert not basket.shown


def test_a_server_that_names_other_versions_each_time_is_asked_in_lower_ones_only() -> None:
    basket = Basket(NEXT)
    answers = [Versions(1, 2), Versions(3, 4)]

    class Moody:
        def relay(self, body: bytes) -> bytes:
            answers.append(answers.pop(0))
            raise WireError("too_new", minimum=answers[-1].minimum, maximum=answers[-1].maximum)

    with pytest.raises(WireError, match="too_new"):
        hand_on(basket, Moody(), Versions(1, 9))


def test_what_is_refused_for_good_is_told_to_its_carrier_and_named_no_more() -> None:
    basket = Basket(TODAY)
    basket.author = basket.author._replace(revoked=True)
    basket.shown = True
    first = hand_on(basket, basket, TODAY)
    assert [notice.details["reason"] for notice in first.notices] == ["revoked"]
    assert list(basket.refused) == [basket.carried.hash.hex()]
    asked = len(basket.spoke)
    again = hand_on(basket, basket, TODAY)
    assert (len(basket.spoke), again.packets, again.notices) == (asked, 0, first.notices)


def test_a_reason_that_may_pass_is_no_last_word() -> None:
    basket = Basket(TODAY)
    basket.carried = seal(replace(basket.carried.head, highest=2**40), basket.carried.body, basket.key)
    basket.shown = True
    for _ in range(2):
        done = hand_on(basket, basket, TODAY)
        assert [notice.details["reason"] for notice in done.notices] == ["counter"]
        assert done.packets == 1
    assert basket.refused == {}
