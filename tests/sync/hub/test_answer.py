"""What the answering half takes, refuses, keeps for later, and whom it believes."""

from __future__ import annotations

import copy
import random
from dataclasses import replace
from typing import Any

import pytest

from sync.engine import runner
from sync.engine.runner import converse
from sync.hub.intake import COUNTER_STEP
from sync.hub.ports import Device, Stored
from sync.hub.writing import write_record
from sync.protocol import facts, records
from sync.protocol.cells import CELL_BYTES_LIMIT, Cell, canonical, plain
from sync.protocol.codec import decode_message, encode_message, pack_rows
from sync.protocol.dots import Dot
from sync.protocol.errors import WireError
from sync.protocol.image import decode_image, encode_image, image_hash
from sync.protocol.messages import ExchangeReply, ExchangeRequest
from sync.protocol.packets import FIRST, Packet, PacketHead, seal
from sync.protocol.pages import Cursor, Row
from sync.protocol.receipts import Outcome
from sync.protocol.records import Record, Stamp
from sync.protocol.signing import public_of
from tests.fakes import FakeClock, FakeJudge, InlineExecutor, LocalTransport, MemoryArchive, MemoryReplica

STREAM = "0190aaaa-0000-7000-8000-000000000001"
FOREIGN = "0190aaaa-0000-7000-8000-000000000002"
SERVER = "0190aaaa-0000-7000-8000-0000000000ff"
REPLICA = "00000000000000aa"
KEY = bytes(range(32))
STAMP = Stamp(1, "", 1)


class Hamlet:
    """One archive, and laptops by name."""

    def __init__(self) -> None:
        self.chance = random.Random(7)
        self.archive = MemoryArchive(SERVER, self.chance.randbytes(32))
        self.judge = FakeJudge()
        self.roads: dict[str, LocalTransport] = {}
        self.device = Device("raw", public_of(KEY), "member", {STREAM: 1})

    def laptop(self, name: str, role: str = "member") -> MemoryReplica:
        laptop = MemoryReplica(
            [STREAM], SERVER, self.archive.public_keys, self.chance.randbytes(32), self.chance.randbytes
        )
        device = Device(name, laptop.public_key, role, {STREAM: 1})
        self.roads[laptop.id] = LocalTransport(self.archive, self.judge, device, self.chance.randbytes)
        return laptop

    def sync(self, laptop: MemoryReplica) -> runner.Outcome:
        road = self.roads[laptop.id]
        outcome = converse(laptop, road, FakeClock(), self.chance.randbytes, helper=InlineExecutor())
        assert outcome.problem is None
        self.roads[laptop.id] = road
        assert not [n for n in outcome.notices if n.code == "differs"]
        return outcome

    def send(
        self, *packets: Packet, nonce: str = "n", number: int = 1, after: str = "", **more: Any
    ) -> ExchangeReply:
        """A request made by hand."""
        request = ExchangeRequest(
            1, REPLICA, nonce, number, after, 1, (Cursor("", "", STREAM),), tuple(p.data for p in packets)
        )
        device = replace_device(self.device, **more)
        road = LocalTransport(self.archive, self.judge, device, self.chance.randbytes)
        return decode_message(road.exchange(encode_message(request)), ExchangeReply)

    def stored(self, id: str) -> Record:
        stored, _ = self.archive.tables.rows[STREAM][id]
        return decode_image(stored.kind, id, stored.image)


def replace_device(device: Device, **more: Any) -> Device:
    return device._replace(**more)


@pytest.fixture
def hamlet() -> Hamlet:
    return Hamlet()


def packet(record: Record, number: int = 1, previous: bytes = FIRST, key: bytes = KEY, **more: Any) -> Packet:
    head = PacketHead(REPLICA, STREAM, number, previous, 50, 1, 1)
    body = pack_rows([Row(record.kind, record.id, encode_image(record))])
    return seal(replace(head, **more), body, key)


def visit(counter: int = 1, kind: str = "visit", **values: Any) -> Record:
    return records.create(kind, "v", values or {"name": "Ấp"}, Dot(counter, REPLICA), STAMP)


def notice(reply: ExchangeReply) -> tuple[str, Any]:
    (one,) = reply.notices
    return one.code, one.details.get("reason")


def test_a_refused_value_gives_way_to_the_last_accepted_one(hamlet: Hamlet) -> None:
    a, b = hamlet.laptop("a"), hamlet.laptop("b")
    a.save(STREAM, "visit", "v", {"name": "tốt", "note": "n"})
    hamlet.sync(a)
    hamlet.sync(b)
    dot = a.save(STREAM, "visit", "v", {"name": "bad", "note": "mới"})
    outcome = hamlet.sync(a)
    assert (outcome.refused, outcome.pending) == (1, 0)
    hamlet.sync(b)
    assert a.shown("v") == b.shown("v") == {"name": "tốt", "note": "mới"}
    assert a.quarantine == {("v", "name", dot.text): "bad"}
    told = plain(next(iter(hamlet.stored("v").cells[f"_refused/{dot.text}"].siblings.values())))
    assert told == {"cells": {"name": "wrong_type"}}


def test_a_refusal_is_told_again_when_the_packet_comes_again(hamlet: Hamlet) -> None:
    one = packet(visit(name="bad", note="n"))
    first = hamlet.send(one)
    again = hamlet.send(one)
    assert [e.code for e in first.receipts[0].exceptions] == ["wrong_type"]
    assert again.receipts[0].exceptions == first.receipts[0].exceptions
    assert hamlet.archive.tables.states[STREAM].seq == 1


def test_a_rule_between_fields_broken_by_a_merge_is_flagged_and_accepted(hamlet: Hamlet) -> None:
    a, b = hamlet.laptop("a"), hamlet.laptop("b")
    a.save(STREAM, "training", "t", {"attended_n": 9, "women_n": 5})
    hamlet.sync(a)
    hamlet.sync(b)
    a.save(STREAM, "training", "t", {"attended_n": 6})
    b.save(STREAM, "training", "t", {"women_n": 8})
    hamlet.sync(a)
    outcome = hamlet.sync(b)
    assert (outcome.accepted, outcome.refused) == (1, 0)
    hamlet.sync(a)
    assert a.shown("t") == b.shown("t") == {"attended_n": 6, "women_n": 8}
    codes = [e.code for cut in b.lanes[STREAM].cuts.values() if cut.receipt for e in cut.receipt.exceptions]
    assert codes == ["more_women_than_people"]


def test_a_leaders_field_is_not_everybodys(hamlet: Hamlet) -> None:
    member, leader = hamlet.laptop("m"), hamlet.laptop("l", "leader")
    member.save(STREAM, "weekly_log", "w1", {"boss": "x", "text": "y"})
    leader.save(STREAM, "weekly_log", "w2", {"boss": "x"})
    assert hamlet.sync(member).refused == 1
    assert hamlet.sync(leader).refused == 0
    hamlet.sync(member)
    assert member.shown("w1") == {"text": "y"}
    assert member.shown("w2") == {"boss": "x"}


def test_a_server_owned_value_needs_the_servers_signature(hamlet: Hamlet) -> None:
    member = hamlet.laptop("m", "leader")
    member.save(STREAM, "weekly_log", "w", {"approved": True, "text": "y"})
    member.save(STREAM, "weekly_log", "w", {"_home": {"v": STREAM, "sig": "0.00"}})
    hamlet.sync(member)
    stored = hamlet.stored("w")
    assert not stored.cells["approved"].siblings
    assert "_home" not in stored.cells
    with hamlet.archive.begin((STREAM,)) as tx:
        write_record(
            tx,
            hamlet.archive,
            STREAM,
            "weekly_log",
            "w2",
            {"approved": True},
            at=1,
            judge=hamlet.judge,
            random=hamlet.chance.randbytes,
        )
    other = hamlet.laptop("o")
    hamlet.sync(other)
    assert other.shown("w2") == {"approved": True}
    (dot,) = hamlet.stored("w2").cells["approved"].siblings
    value = hamlet.stored("w2").cells["approved"].siblings[dot]
    keys = facts.keyring(hamlet.archive.public_keys)
    assert facts.fact_is_true(keys, "weekly_log", "w2", "approved", dot, value)
    assert not facts.fact_is_true(keys, "weekly_log", "w3", "approved", dot, value)
    assert not facts.fact_is_true(keys, "weekly_log", "w2", "approved", dot, {**value, "v": False})


def test_whoever_brings_a_signed_fact_is_believed(hamlet: Hamlet) -> None:
    with hamlet.archive.begin((STREAM,)) as tx:
        write_record(
            tx,
            hamlet.archive,
            STREAM,
            "weekly_log",
            "v",
            {"approved": True},
            at=1,
            judge=hamlet.judge,
            random=hamlet.chance.randbytes,
        )
    record = hamlet.stored("v")
    other = Hamlet()
    other.archive = MemoryArchive(SERVER, hamlet.archive.private_key)
    reply = other.send(packet(record))
    assert reply.receipts[0].exceptions == ()
    assert other.stored("v").cells == record.cells


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"key": bytes(32)}, "signature"),
        ({"replica": "00000000000000bb"}, "origin"),
        ({"count": 2}, "count"),
        ({"highest": COUNTER_STEP + 1}, "counter"),
    ],
)
def test_an_unsound_packet_is_named_and_blocks_nothing_else(
    hamlet: Hamlet, change: dict[str, Any], reason: str
) -> None:
    reply = hamlet.send(packet(visit(), **change))
    assert notice(reply) == ("packet_refused", reason)
    assert reply.receipts == ()
    assert len(reply.pages) == 1
    assert STREAM not in hamlet.archive.tables.states


def test_counters_far_ahead_are_refused(hamlet: Hamlet) -> None:
    far = visit()
    cells = {**far.cells, "name": Cell(far.cells["name"].siblings, {REPLICA: 1, "00000000000000cc": 2**40})}
    reply = hamlet.send(packet(Record("visit", "v", cells, far.stamps)))
    assert notice(reply) == ("packet_refused", "counter")


def test_a_foreign_stream_is_named(hamlet: Hamlet) -> None:
    reply = hamlet.send(packet(visit(), stream=FOREIGN))
    assert notice(reply) == ("foreign_stream", None)
    assert FOREIGN not in hamlet.archive.tables.rows


def test_the_same_number_with_other_bytes_is_a_clone(hamlet: Hamlet) -> None:
    hamlet.send(packet(visit()))
    with pytest.raises(WireError) as caught:
        hamlet.send(packet(visit(name="khác")), number=2)
    assert caught.value.code == "clone"


def test_the_next_number_after_another_packet_than_the_one_held_is_a_clone(hamlet: Hamlet) -> None:
    """A twin went on from a first packet of its own (rule 14)."""
    hamlet.send(packet(visit()))
    rows, twins_first = dict(hamlet.archive.tables.rows[STREAM]), packet(visit(name="của bản sao"))
    second = packet(visit(2, name="khác"), 2, twins_first.hash)
    with pytest.raises(WireError) as caught:
        hamlet.send(second, number=2)
    assert caught.value.code == "clone"
    assert caught.value.details == {"replica": REPLICA, "stream": STREAM, "number": 2}
    assert hamlet.archive.tables.rows[STREAM] == rows


def test_the_same_exchange_id_with_another_body_is_a_clone(hamlet: Hamlet) -> None:
    hamlet.send()
    with pytest.raises(WireError) as caught:
        hamlet.send(packet(visit()))
    assert caught.value.code == "clone"


def test_conversations_follow_each_other(hamlet: Hamlet) -> None:
    hamlet.send(nonce="one")
    hamlet.send(nonce="lost", after="one")
    hamlet.send(nonce="two", after="one")
    hamlet.send(nonce="three", after="two")
    for after in ("one", "lost", ""):
        with pytest.raises(WireError) as caught:
            hamlet.send(nonce="twin", after=after)
        assert caught.value.code == "clone"


def test_two_laptops_from_one_copy_are_told_apart(hamlet: Hamlet) -> None:
    a = hamlet.laptop("a")
    a.save(STREAM, "visit", "v", {"name": "chung"})
    hamlet.sync(a)
    twin = copy.deepcopy(a)
    twin._random = hamlet.chance.randbytes
    road = hamlet.roads[a.id]
    for n in range(3):
        a.save(STREAM, "visit", f"a{n}", {"name": "a"})
        twin.save(STREAM, "visit", f"t{n}", {"name": "t"})
        hamlet.sync(a) if a.id in hamlet.roads else None
        hamlet.roads[twin.id] = road
        hamlet.sync(twin)
        hamlet.roads[twin.id] = hamlet.roads[a.id] = road
    assert twin.id != a.id
    hamlet.sync(a)
    assert {"a0", "a1", "a2", "t0", "t1", "t2"} <= set(a.held)


def test_a_replica_belongs_to_one_device(hamlet: Hamlet) -> None:
    hamlet.send()
    with pytest.raises(WireError) as caught:
        hamlet.send(number=2, id="another")
    assert caught.value.code == "clone"


def test_a_revoked_device_is_told_so(hamlet: Hamlet) -> None:
    with pytest.raises(WireError) as caught:
        hamlet.send(revoked=True)
    assert caught.value.code == "revoked"


def test_one_id_of_two_kinds_is_refused(hamlet: Hamlet) -> None:
    one = packet(visit())
    hamlet.send(one)
    reply = hamlet.send(packet(visit(2, kind="household"), 2, one.hash), number=2)
    assert [(e.code, e.cell) for e in reply.receipts[0].exceptions] == [("id_in_use", "")]
    assert hamlet.stored("v").kind == "visit"


def test_too_many_siblings_are_refused(hamlet: Hamlet) -> None:
    first = records.create("visit", "v", {"name": 0}, Dot(1, REPLICA), STAMP)
    cell = first.cells["name"]
    for n in range(2, 25):
        cell = Cell({**cell.siblings, Dot(n, REPLICA): n}, {REPLICA: n})
    stamps = {dot: STAMP for dot in cell.siblings}
    reply = hamlet.send(packet(Record("visit", "v", {**first.cells, "name": cell}, stamps)))
    assert {e.code for e in reply.receipts[0].exceptions} == {"too_many_siblings"}
    assert len(hamlet.stored("v").cells["name"].siblings) <= 16


def test_a_value_beyond_what_a_cell_holds_is_refused_and_only_that(hamlet: Hamlet) -> None:
    """A list or a row that no rule of the catalogue bounds, at the limit and one byte beyond."""
    fits = ["x" * 500] * ((CELL_BYTES_LIMIT - 2) // 503)
    fits[0] += "x" * (CELL_BYTES_LIMIT - len(canonical(fits)))
    assert len(canonical(fits)) == CELL_BYTES_LIMIT
    beyond = [fits[0] + "x", *fits[1:]]
    reply = hamlet.send(packet(visit(fits=fits, beyond=beyond, row={"v": beyond}, name="n")))
    assert {(e.cell, e.code, e.outcome) for e in reply.receipts[0].exceptions} == {
        ("beyond", "cell_too_large", Outcome.REFUSED),
        ("row", "cell_too_large", Outcome.REFUSED),
    }
    assert records.shown(hamlet.stored("v")) == {"fits": fits, "name": "n"}


def test_a_malformed_deletion_is_refused(hamlet: Hamlet) -> None:
    reply = hamlet.send(packet(visit(_deleted={"everything": True}, name="n")))
    assert [(e.cell, e.code) for e in reply.receipts[0].exceptions] == [("_deleted", "wrong_type")]
    assert not records.is_deleted(hamlet.stored("v"))


def test_a_deletion_without_the_right_is_refused_and_both_sides_are_alike(hamlet: Hamlet) -> None:
    leader, member = hamlet.laptop("leader", "leader"), hamlet.laptop("member")
    leader.save(STREAM, "weekly_log", "w", {"boss": "của tổ trưởng", "note": "n"})
    hamlet.sync(leader)
    hamlet.sync(member)
    member.delete("w")
    member.save(STREAM, "visit", "v", {"name": "n"})
    assert hamlet.sync(member).refused == 1
    hamlet.sync(leader)
    assert not records.is_deleted(hamlet.stored("w"))
    for laptop in (leader, member):
        assert laptop.held["w"].image == encode_image(hamlet.stored("w"))
        assert not records.is_deleted(laptop.held["w"].record)
        outcome = hamlet.sync(laptop)
        assert (outcome.sent, outcome.received, outcome.rounds) == (0, 0, 1)
    assert {(id, field) for id, field, _ in member.quarantine} == {("w", "_deleted")}
    assert hamlet.stored("v").cells["name"].siblings


def test_pages_leave_out_only_what_this_exchange_delivered(hamlet: Hamlet) -> None:
    a, b = hamlet.laptop("a"), hamlet.laptop("b")
    a.save(STREAM, "visit", "v", {"name": "n"})
    assert hamlet.sync(a).received == 0
    b.save(STREAM, "visit", "v", {"note": "của b"})
    hamlet.sync(b)
    a.save(STREAM, "visit", "v", {"phone": "1"})
    assert hamlet.sync(a).received == 1
    assert a.shown("v") == {"name": "n", "note": "của b", "phone": "1"}


def test_versions_that_are_not_spoken(hamlet: Hamlet) -> None:
    road = LocalTransport(hamlet.archive, hamlet.judge, hamlet.device, hamlet.chance.randbytes)
    for protocol, code in ((0, "too_old"), (2, "too_new")):
        with pytest.raises(WireError) as caught:
            road.exchange(encode_message(ExchangeRequest(protocol, REPLICA, "n", 1, "", 1)))
        assert caught.value.code == code
        assert caught.value.details == {"minimum": 1, "maximum": 1}


def test_a_lost_row_a_flipped_byte_and_a_dropped_context_are_found(hamlet: Hamlet) -> None:
    a = hamlet.laptop("a")
    for n in range(9):
        a.save(STREAM, "visit", f"v{n}", {"name": f"tên {n}"})
        a.save(STREAM, "visit", f"v{n}", {"name": f"tên mới {n}"})
    hamlet.sync(a)
    rows = hamlet.archive.tables.rows[STREAM]
    del rows["v1"]
    record = hamlet.stored("v2")
    name = record.cells["name"]
    rows["v2"] = planted(
        Record("visit", "v2", {**record.cells, "name": Cell({}, name.context)}, {}), rows["v2"][0].seq
    )
    record = hamlet.stored("v3")
    del record.cells["name"]  # type: ignore[attr-defined]
    rows["v3"] = planted(record, rows["v3"][0].seq)
    assert hamlet.sync(a).sent >= 2
    rows = hamlet.archive.tables.rows[STREAM]
    assert {"v1", "v3"} <= set(rows)
    assert hamlet.sync(a).rounds == 1
    assert {id: h.image for id, h in a.held.items()} == {id: stored.image for id, (stored, _) in rows.items()}
    assert isinstance(rows["v1"][0], Stored)
    assert rows["v1"][1] == image_hash("visit", "v1", rows["v1"][0].image)


def planted(record: Record, seq: int) -> Any:
    dots = {d for c in record.cells.values() for d in c.siblings}
    image = encode_image(
        Record(record.kind, record.id, record.cells, {d: s for d, s in record.stamps.items() if d in dots})
    )
    return Stored(record.kind, image, seq), image_hash(record.kind, record.id, image)


def test_a_member_takes_away_nothing_of_a_leaders(hamlet: Hamlet) -> None:
    member, leader = hamlet.laptop("m"), hamlet.laptop("l", "leader")
    leader.save(STREAM, "weekly_log", "w", {"boss": "x", "text": "y"})
    leader.save(STREAM, "weekly_log", "free", {"text": "y"})
    hamlet.sync(leader)
    hamlet.sync(member)
    (dot,) = member.held["w"].record.cells["boss"].siblings
    member.save(STREAM, "weekly_log", "w", {"boss": records.REMOVED}, {"boss": (dot,)})
    hamlet.sync(member)
    hamlet.sync(leader)
    assert leader.shown("w") == member.shown("w") == {"boss": "x", "text": "y"}
    member.delete("w")
    member.delete("free")
    assert hamlet.sync(member).refused == 1
    hamlet.sync(leader)
    assert not records.is_deleted(leader.held["w"].record)
    assert records.is_deleted(leader.held["free"].record)
    leader.delete("w")
    assert hamlet.sync(leader).refused == 0
    assert records.is_deleted(hamlet.stored("w"))


def test_a_member_replaces_nothing_of_a_leaders(hamlet: Hamlet, monkeypatch: pytest.MonkeyPatch) -> None:
    """``status``: anybody may write a draft, a leader hands in."""

    def writer(kind: str, cell: str, value: object) -> str:
        return "leader" if value == "submitted" else "anyone"

    monkeypatch.setattr(hamlet.judge, "writer", writer)
    member, leader = hamlet.laptop("m"), hamlet.laptop("l", "leader")
    member.save(STREAM, "weekly_log", "w", {"status": "draft"})
    hamlet.sync(member)
    hamlet.sync(leader)
    leader.save(STREAM, "weekly_log", "w", {"status": "submitted"})
    hamlet.sync(leader)
    hamlet.sync(member)
    dot = member.save(STREAM, "weekly_log", "w", {"status": "draft", "text": "y"})
    assert hamlet.sync(member).refused == 1
    hamlet.sync(leader)
    assert leader.shown("w") == member.shown("w") == {"status": "submitted", "text": "y"}
    assert member.quarantine == {("w", "status", dot.text): "draft"}
    leader.save(STREAM, "weekly_log", "w", {"status": "draft"})
    assert hamlet.sync(leader).refused == 0


def test_a_leaders_word_waits_for_the_leader_when_a_member_brings_it_back(hamlet: Hamlet) -> None:
    """The server is restored, and a member is the first to come."""
    member, leader = hamlet.laptop("m"), hamlet.laptop("l", "leader")
    leader.save(STREAM, "weekly_log", "w", {"text": "y"})
    hamlet.sync(leader)
    backup = hamlet.archive.backup()
    leader.save(STREAM, "weekly_log", "w", {"boss": "handed in", "text": "z"})
    hamlet.sync(leader)
    hamlet.sync(member)
    hamlet.archive.restore(backup, hamlet.chance.randbytes)
    road = hamlet.roads[member.id]
    converse(member, road, FakeClock(), hamlet.chance.randbytes, helper=InlineExecutor())
    hamlet.roads[member.id] = road
    assert "boss" not in records.shown(hamlet.stored("w"))
    assert hamlet.sync(leader).refused == 0
    hamlet.sync(member)
    assert leader.shown("w") == member.shown("w") == {"boss": "handed in", "text": "z"}
    assert not leader.quarantine
    assert not member.quarantine
