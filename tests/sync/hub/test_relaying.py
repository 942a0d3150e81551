"""Packets that somebody else brings: judged as their author's, receipted for whoever carries them home."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import pytest

from sync.hub.certifying import voucher_of
from sync.hub.ports import Device
from sync.hub.relaying import relay
from sync.hub.writing import server_replica
from sync.protocol import allowance, signing
from sync.protocol.bundles import Held
from sync.protocol.cells import Cell
from sync.protocol.codec import decode_message, encode_message, pack_rows
from sync.protocol.dots import Dot
from sync.protocol.errors import WireError
from sync.protocol.image import decode_image, encode_image
from sync.protocol.messages import ExchangeReply, ExchangeRequest, RelayReply, RelayRequest
from sync.protocol.packets import FIRST, Packet, PacketHead, seal
from sync.protocol.pages import Cursor, Row
from sync.protocol.proofs import proof_of
from sync.protocol.receipts import receipt_is_true
from sync.protocol.records import Record, Stamp, create, shown
from sync.protocol.replica_ids import IDS as LAPTOP_IDS
from sync.protocol.signing import public_of
from sync.protocol.vouchers import Voucher
from tests.fakes import FakeJudge, LocalTransport, MemoryArchive, MemoryTransaction

STREAM = "0190aaaa-0000-7000-8000-000000000001"
FOREIGN = "0190aaaa-0000-7000-8000-000000000002"
SERVER = "0190aaaa-0000-7000-8000-0000000000ff"
AN, HOA, BA = "00000000000000a1", "00000000000000b2", "00000000000000c3"
IDS = [f"0190bbbb-0000-7000-8000-{n:012d}" for n in range(5)]


class Hamlet:
    """A member's and a leader's laptop, by their keys; nothing of them but packets."""

    def __init__(self) -> None:
        self.chance = random.Random(11)
        self.archive = MemoryArchive(SERVER, self.chance.randbytes(32))
        self.judge = FakeJudge()
        self.keys = {name: self.chance.randbytes(32) for name in ("an", "hoa", "stranger", "ba")}
        self.mates = {
            "an": Device("an", public_of(self.keys["an"]), "member", {STREAM: 1}),
            "hoa": Device("hoa", public_of(self.keys["hoa"]), "leader", {STREAM: 1}),
            "ba": Device("ba", public_of(self.keys["ba"]), "member", {STREAM: 1}),
        }

    def packet(
        self,
        record: Record,
        number: int = 1,
        previous: bytes = FIRST,
        *,
        by: str = "an",
        replica: str = AN,
        stream: str = STREAM,
    ) -> Packet:
        head = PacketHead(replica, stream, number, previous, 50, 1, 1)
        body = pack_rows([Row(record.kind, record.id, encode_image(record))])
        return seal(head, body, self.keys[by])

    def relay(
        self, *parts: bytes, held: tuple[Held, ...] = (), by: str = "hoa", stream: str = STREAM
    ) -> RelayReply:
        answer = relay(
            self.archive,
            self.judge,
            self.mates[by],
            encode_message(RelayRequest(1, stream, held, parts)),
            mates=self.mates,
            open_bundle=self.no_bundle,
            now=1_790_000_000,
            random=self.chance.randbytes,
        )
        reply = decode_message(answer, RelayReply)
        assert all(receipt_is_true(r, self.archive.public_keys) for r in reply.receipts)
        return reply

    @staticmethod
    def no_bundle(data: bytes) -> list[bytes]:
        raise WireError("bundle_damaged")

    def exchange(
        self, by: str, replica: str, *packets: Packet, vouchers: tuple[Voucher, ...] = ()
    ) -> ExchangeReply:
        data = tuple(packet.data for packet in packets)
        cursors = (Cursor("", "", STREAM),)
        request = ExchangeRequest(1, replica, "n" * 16, 1, "", 1, cursors, data, vouchers=vouchers)
        road = LocalTransport(self.archive, self.judge, self.mates[by], self.chance.randbytes)
        return decode_message(road.exchange(encode_message(request)), ExchangeReply)

    def stored(self, id: str) -> Record:
        stored, _ = self.archive.tables.rows[STREAM][id]
        return decode_image(stored.kind, id, stored.image)


@pytest.fixture
def hamlet() -> Hamlet:
    return Hamlet()


def record(id: str, counter: int = 1, replica: str = AN, kind: str = "visit", **values: object) -> Record:
    return create(kind, id, values or {"name": "Ấp Đông"}, Dot(counter, replica), Stamp(1, "", 1))


def test_a_carried_packet_is_receipted_and_its_author_finds_it_done(hamlet: Hamlet) -> None:
    first = hamlet.packet(record(IDS[0]))
    held = (Held(AN, 1, first.hash),)
    assert hamlet.relay(held=held).wanted == (0,)
    [receipt] = hamlet.relay(first.data).receipts
    assert (receipt.origin, receipt.number, receipt.hash) == (AN, 1, first.hash)
    assert shown(hamlet.stored(IDS[0]))["name"] == "Ấp Đông"
    told = hamlet.relay(held=held)
    assert (told.wanted, told.receipts) == ((), (receipt,))
    before = hamlet.archive.tables.states[STREAM]
    reply = hamlet.exchange("an", AN, first)
    assert [(r.number, r.hash, r.exceptions) for r in reply.receipts] == [(1, first.hash, ())]
    assert hamlet.archive.tables.states[STREAM] == before
    assert hamlet.relay(first.data, first.data).receipts[0].hash == first.hash
    assert hamlet.archive.tables.states[STREAM] == before


def test_what_is_here_is_taken_though_a_link_before_it_was_lost(hamlet: Hamlet) -> None:
    first = hamlet.packet(record(IDS[0]))
    second = hamlet.packet(record(IDS[1], 2), 2, first.hash)
    [receipt] = hamlet.relay(second.data).receipts
    assert (receipt.number, receipt.hash) == (2, second.hash)
    assert IDS[1] in hamlet.archive.tables.rows[STREAM]
    assert (STREAM, AN) not in hamlet.archive.tables.links
    # should the author come after all, its chain goes on as if nobody had been there before
    reply = hamlet.exchange("an", AN, first, second)
    assert [(r.number, r.exceptions) for r in reply.receipts] == [(1, ()), (2, ())]
    assert hamlet.archive.tables.links[STREAM, AN].number == 2


def test_the_author_is_judged_not_the_carrier(hamlet: Hamlet) -> None:
    """A leader who carries gives nobody a leader's rights, a member who carries takes none away."""
    log = hamlet.packet(record(IDS[0], kind="weekly_log", boss="mine", name="x"))
    [receipt] = hamlet.relay(log.data).receipts
    assert [(e.cell, e.code) for e in receipt.exceptions] == [("boss", "not_your_role")]
    hers = hamlet.packet(record(IDS[1], 1, HOA, kind="weekly_log", boss="hers"), by="hoa", replica=HOA)
    [receipt] = hamlet.relay(hers.data, by="an").receipts
    assert receipt.exceptions == ()
    assert hamlet.relay(held=(Held(AN, 1, log.hash),)).receipts[0].exceptions[0].code == "not_your_role"


def test_strangers_and_those_shut_out_are_refused_one_by_one(hamlet: Hamlet) -> None:
    good = hamlet.packet(record(IDS[0]))
    stranger = hamlet.packet(record(IDS[1]), by="stranger", replica="00000000000000cc")
    reply = hamlet.relay(stranger.data, good.data)
    assert [r.origin for r in reply.receipts] == [AN]
    assert [(n.code, n.details["reason"]) for n in reply.notices] == [("packet_refused", "signature")]
    hamlet.mates["an"] = hamlet.mates["an"]._replace(revoked=True)
    late = hamlet.packet(record(IDS[2], 2), 2, good.hash)
    assert [n.details["reason"] for n in hamlet.relay(late.data).notices] == ["revoked"]
    assert IDS[2] not in hamlet.archive.tables.rows[STREAM]
    assert [n.code for n in hamlet.relay(b"NTMB rest").notices] == ["bundle_refused"]


def test_a_replica_id_stays_with_its_laptop(hamlet: Hamlet) -> None:
    hamlet.relay(hamlet.packet(record(IDS[0])).data)
    forged = hamlet.packet(record(IDS[1], 2), 2, by="hoa")
    assert [n.details["reason"] for n in hamlet.relay(forged.data).notices] == ["signature"]


def test_two_packets_of_one_number_are_both_taken_and_told(hamlet: Hamlet) -> None:
    first = hamlet.packet(record(IDS[0]))
    twin = hamlet.packet(record(IDS[1]))
    hamlet.relay(first.data)
    assert hamlet.relay(held=(Held(AN, 1, twin.hash),)).wanted == (0,)
    reply = hamlet.relay(twin.data)
    assert [(n.code, n.details) for n in reply.notices] == [("clone", {"origin": AN, "number": 1})]
    assert [r.hash for r in reply.receipts] == [twin.hash]
    assert {IDS[0], IDS[1]} <= hamlet.archive.tables.rows[STREAM].keys()
    assert hamlet.archive.tables.packets[STREAM, AN, 1][0].hash == first.hash
    before = hamlet.archive.tables.states[STREAM]
    hamlet.relay(twin.data)
    assert hamlet.archive.tables.states[STREAM] == before


def test_another_stream_and_a_damaged_body_are_refused(hamlet: Hamlet) -> None:
    with pytest.raises(WireError, match="foreign_stream"):
        hamlet.relay(stream=FOREIGN)
    elsewhere = hamlet.packet(record(IDS[0]), stream=FOREIGN)
    assert hamlet.relay(elsewhere.data) == replace_nothing(hamlet)
    packet = hamlet.packet(record(IDS[0]))
    damaged = seal(replace(packet.head), packet.body[:-9], hamlet.keys["an"])
    assert [n.details["reason"] for n in hamlet.relay(damaged.data).notices] == ["bad_message"]
    with pytest.raises(WireError, match="bad_packet"):
        hamlet.relay(b"NTMP")


def replace_nothing(hamlet: Hamlet) -> RelayReply:
    return RelayReply(hamlet.archive.tables.epochs[-1].random)


def test_a_head_that_somebody_kept_lets_its_authors_values_come_by_others(hamlet: Hamlet) -> None:
    """An's packet was receipted in a life that the server has lost; Ba has what it held, and its head."""
    lost = hamlet.packet(record(IDS[0], 4))
    theirs = hamlet.packet(record(IDS[0], 4), by="ba", replica=BA)
    [receipt] = hamlet.relay(theirs.data).receipts
    assert [(e.dot, e.code) for e in receipt.exceptions] == [(f"{AN}:4", "unknown_dot")] * 2
    assert IDS[0] not in hamlet.archive.tables.rows.get(STREAM, {})
    reply = hamlet.relay(proof_of(lost).data)
    assert (reply.receipts, reply.notices) == ((), ())
    again = hamlet.packet(record(IDS[0], 4), 2, theirs.hash, by="ba", replica=BA)
    [receipt] = hamlet.relay(again.data).receipts
    assert receipt.exceptions == ()
    assert shown(hamlet.stored(IDS[0]))["name"] == "Ấp Đông"


def test_a_head_counts_for_nobody_but_the_laptop_that_has_the_id(hamlet: Hamlet) -> None:
    hamlet.relay(hamlet.packet(record(IDS[0])).data)
    before = dict(hamlet.archive.tables.certified)
    body = pack_rows([])
    stolen = PacketHead(AN, STREAM, 9, bytes(16), 10**6, 1, 0)
    named = PacketHead(BA, STREAM, 1, bytes(16), 5, 1, 0, ((AN, 10**6),))
    unsigned = proof_of(seal(stolen, body, bytes(32)))
    hamlet.relay(*(proof_of(seal(h, body, hamlet.keys["ba"])).data for h in (stolen, named)), unsigned.data)
    assert hamlet.archive.tables.certified == {**before, (STREAM, BA): 5}


def test_nobody_speaks_for_the_server(hamlet: Hamlet) -> None:
    own = server_replica(hamlet.archive.tables.epochs[-1].random, STREAM)
    hamlet.relay(hamlet.packet(record(IDS[0])).data)
    named = PacketHead(BA, STREAM, 1, bytes(16), 5, 1, 0, ((own, 10**6),))
    itself = PacketHead(own, STREAM, 1, bytes(16), 10**6, 1, 0)
    hamlet.relay(*(proof_of(seal(head, pack_rows([]), hamlet.keys["ba"])).data for head in (named, itself)))
    with hamlet.archive.begin([STREAM]) as tx:
        epoch = tx.epoch().random
        word = voucher_of(tx, hamlet.archive, epoch, STREAM)
        assert word.certified[own] == tx.state(STREAM).highest
        assert tx.replica_of(own) is None


def test_a_proof_that_cannot_be_read_proves_nothing_and_stops_nothing(hamlet: Hamlet) -> None:
    first = hamlet.packet(record(IDS[0]))
    reply = hamlet.relay(b"NTMH", first.data, proof_of(first).data + b"x")
    assert [receipt.hash for receipt in reply.receipts] == [first.hash]


def test_a_packet_under_one_id_too_many_stays_with_its_carrier(hamlet: Hamlet) -> None:
    with hamlet.archive.begin([STREAM]) as tx:
        for n in range(LAPTOP_IDS):
            tx.claim(f"ff{n:014x}", "ba")
    packet = hamlet.packet(record(IDS[0]), by="ba", replica=BA)
    reply = hamlet.relay(packet.data)
    assert [(n.code, n.details["reason"]) for n in reply.notices] == [("packet_refused", "too_many_ids")]
    assert hamlet.relay(held=(Held(BA, 1, packet.hash),)).wanted == (0,)


def test_a_head_of_another_stream_says_nothing_here(hamlet: Hamlet) -> None:
    """What An saved in a team without a server comes anew to this stream: nobody covers it before."""
    former = hamlet.packet(record(IDS[0], 4), stream=FOREIGN)
    visit = record(IDS[0], 9, BA, name="của Ba")
    name = visit.cells["name"]
    lie = replace(visit, cells={**visit.cells, "name": Cell(name.siblings, {**name.context, AN: 50})})
    theirs = hamlet.packet(lie, by="ba", replica=BA)
    hamlet.relay(proof_of(former).data, theirs.data)
    assert (STREAM, AN) not in hamlet.archive.tables.certified
    hamlet.relay(hamlet.packet(record(IDS[0], 4)).data)
    assert set(hamlet.stored(IDS[0]).cells["name"].siblings.values()) == {"của Ba", "Ấp Đông"}


def test_of_two_laptops_that_sign_under_one_new_id_only_the_first_is_taken(hamlet: Hamlet) -> None:
    first = hamlet.packet(record(IDS[0]))
    forged = hamlet.packet(record(IDS[1], 2), 2, first.hash, by="hoa")
    reply = hamlet.relay(first.data, forged.data)
    assert [receipt.hash for receipt in reply.receipts] == [first.hash]
    assert [n.details for n in reply.notices] == [{"origin": AN, "number": 2, "reason": "signature"}]
    assert hamlet.archive.tables.replicas[AN] == "an"


def test_no_signature_is_checked_while_others_wait_for_the_stream(
    hamlet: Hamlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    free: list[bool] = [True]
    checked: list[bool] = []
    begin, verify = hamlet.archive.begin, signing.verify

    @contextmanager
    def locked(streams: Sequence[str]) -> Iterator[MemoryTransaction]:
        with begin(streams) as tx:
            free[0] = False
            yield tx
            free[0] = True

    def watched(*of: bytes) -> bool:
        checked.append(free[0])
        return verify(*of)

    packet = hamlet.packet(record(IDS[0]))
    with hamlet.archive.begin([STREAM]) as tx:
        word = voucher_of(tx, hamlet.archive, tx.epoch().random, STREAM)
    monkeypatch.setattr(hamlet.archive, "begin", locked)
    monkeypatch.setattr(signing, "verify", watched)
    head = proof_of(hamlet.packet(record(IDS[1]), by="ba", replica=BA))
    hamlet.relay(packet.data, head.data)
    hamlet.exchange("an", AN, packet, vouchers=(word,))
    assert len(checked) >= 4
    assert all(checked)


def test_what_is_carried_is_taken_piece_by_piece_where_it_is_much(
    hamlet: Hamlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three packets of which two may be open at once, and one that is too much alone."""
    packets = [hamlet.packet(record(IDS[0], note=[0] * 300))]
    for n in (2, 3):
        many = record(IDS[n - 1], n, note=[0] * (300 if n < 3 else 200))
        packets.append(hamlet.packet(many, n, packets[-1].hash))
    packets.append(hamlet.packet(record(IDS[3], 4, note=[0] * 900), 4, packets[-1].hash))
    monkeypatch.setattr(allowance, "VALUES_LIMIT", 700)
    reply = hamlet.relay(*(packet.data for packet in packets))
    assert [receipt.number for receipt in reply.receipts] == [1, 2, 3]
    assert [n.details for n in reply.notices] == [{"origin": AN, "number": 4, "reason": "too_large"}]
    assert all(hamlet.stored(id) for id in IDS[:3])


def test_what_a_request_has_no_room_for_is_refused_and_may_come_later(
    hamlet: Hamlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = hamlet.packet(record(IDS[0], note=[0] * 400))
    second = hamlet.packet(record(IDS[1], 2, note=[0] * 400), 2, first.hash)
    monkeypatch.setattr(allowance, "VALUES_LIMIT", 700)
    reply = hamlet.exchange("an", AN, first, second)
    assert [receipt.number for receipt in reply.receipts] == [1]
    assert [(n.code, n.details["reason"]) for n in reply.notices] == [("packet_refused", "too_large")]
    assert [receipt.number for receipt in hamlet.relay(second.data).receipts] == [2]
