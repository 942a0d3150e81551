"""Nobody speaks of more than another replica has certified (rule 13): a liar covers no value unseen."""

from __future__ import annotations

import copy
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.engine.runner import converse
from sync.hub.certifying import hear
from sync.protocol import records
from sync.protocol.cells import Cell, twin_values
from sync.protocol.codec import decode_message, encode_message
from sync.protocol.dots import Dot
from sync.protocol.image import decode_image
from sync.protocol.messages import ExchangeReply, ExchangeRequest, Limits
from sync.protocol.receipts import Outcome
from sync.protocol.records import Record, Stamp
from sync.protocol.replica_ids import IDS
from sync.protocol.vouchers import Words
from tests.fakes import FakeClock, FakeJudge, InlineExecutor, LocalTransport
from tests.sync.hub.team import STREAM, Team

STRANGER = "00000000000000ee"
CELLS = ("name", "note", "phone")


@pytest.fixture
def team() -> Team:
    team = Team()
    for laptop in (*team.honest, team.liar):
        team.save(laptop, f"own-{laptop.id}", name="đầu")
        team.sync(laptop)
    team.save(team.honest[0], "v", name="chung", note="chung")
    team.sync(team.honest[0])
    for laptop in (*team.honest, team.liar):
        team.sync(laptop)
    return team


def test_a_context_above_what_its_replica_certified_is_lowered(team: Team) -> None:
    a, b = team.honest
    team.claim("v", "note", {a.id: a.counter + 1000, b.id: b.counter + 1000}, {})
    team.sync(team.liar)
    context = team.stored("v").cells["note"].context
    certified = team.archive.tables.certified
    assert context[a.id] == certified[STREAM, a.id]
    assert context[b.id] == certified[STREAM, b.id]
    team.save(a, "v", note="chưa ai thấy")
    team.sync(a)
    assert "chưa ai thấy" in team.stored("v").cells["note"].siblings.values()


def test_a_new_record_is_lowered_like_an_old_one(team: Team) -> None:
    a = team.honest[0]
    team.claim("new", "note", {a.id: a.counter + 1000}, {})
    team.sync(team.liar)
    assert team.stored("new").cells["note"].context[a.id] == team.archive.tables.certified[STREAM, a.id]
    assert records.shown(team.stored("new"))["note"] == "của kẻ sửa"


def test_a_value_that_its_author_has_not_certified_is_set_aside(team: Team) -> None:
    a = team.honest[0]
    forged = Dot(a.counter + 1000, a.id)
    team.claim("v", "note", {}, {forged: "giả"})
    team.save(team.liar, "v", phone="1")
    team.sync(team.liar)
    after = team.stored("v")
    note = after.cells["note"]
    assert forged not in note.siblings
    assert note.context[a.id] == team.archive.tables.certified[STREAM, a.id]
    assert list(note.siblings.values()) == ["của kẻ sửa"]  # what the sender itself wrote there stays
    assert after.cells["phone"].siblings
    assert team.liar.later == {}  # its author may bring it; nobody else waits for that


def test_a_packet_speaks_of_its_own_replica_as_far_as_its_header(team: Team) -> None:
    team.claim("v", "note", {team.liar.id: team.liar.counter + 1000}, {})
    team.sync(team.liar)
    assert team.stored("v").cells["note"].context[team.liar.id] == team.liar.counter


def test_of_a_replica_never_heard_of_nobody_may_speak(team: Team) -> None:
    forged = Dot(90, STRANGER)
    team.claim("v", "note", {STRANGER: 77}, {})
    team.claim("v", "phone", {}, {forged: "giả"})
    team.sync(team.liar)
    note, phone = (team.stored("v").cells[name] for name in ("note", "phone"))
    assert STRANGER not in note.context
    assert list(note.siblings.values()) == ["của kẻ sửa"]
    assert STRANGER not in phone.context
    assert forged not in phone.siblings


def test_a_leader_brings_what_was_written_by_somebody_who_never_comes(team: Team) -> None:
    """A team that worked without a server joins one, and one of its members has left."""
    leader = team.laptop("leader", "leader")
    dot = Dot(7, STRANGER)
    cells = {"note": Cell({dot: "của người đã nghỉ"}, {STRANGER: 7})}
    leader._store(STREAM, Record("visit", "old", cells, {dot: Stamp(1, "", 1)}))
    leader.held["old"].whole = True
    team.sync(leader)
    assert team.stored("old").cells["note"].siblings == {dot: "của người đã nghỉ"}
    for laptop in team.honest:  # and after a restore others may bring it
        team.sync(laptop)
    assert team.archive.tables.certified[STREAM, STRANGER] == 7


def test_a_leader_brings_it_in_as_many_packets_as_it_takes(team: Team) -> None:
    leader = team.laptop("leader", "leader")
    for counter in (7, 9, 8):
        dot = Dot(counter, STRANGER)
        cells = {"note": Cell({dot: "của người đã nghỉ"}, {STRANGER: counter})}
        leader._store(STREAM, Record("visit", f"old{counter}", cells, {dot: Stamp(1, "", 1)}))
        leader.held[f"old{counter}"].whole = True
    team.sync(leader, exchanges=1)
    assert team.archive.tables.certified[STREAM, STRANGER] == 7
    team.sync(leader)
    for counter in (7, 8, 9):
        assert Dot(counter, STRANGER) in team.stored(f"old{counter}").cells["note"].siblings


def test_of_an_id_given_up_with_a_life_a_liar_says_nothing_to_the_next(team: Team) -> None:
    """The server forgets an id, its laptop takes another; the values saved under the first come back."""
    a, b = team.honest
    backup = team.archive.backup()
    a.renew("moved")
    dot = team.save(a, "v", note="dưới tên chỉ một đời máy chủ biết")
    team.sync(a)
    given_up = a.id
    team.archive.restore(backup, team.chance.randbytes)
    for cell in ("note", "phone"):
        team.claim("v", cell, {given_up: a.counter + 1000}, {})
    team.claim("v", "phone", {}, {Dot(a.counter + 1000, given_up): "giả"})
    team.sync(team.liar)
    team.sync(team.liar)
    for laptop in (a, b, team.liar, a):
        team.sync(laptop)
    assert a.id != given_up
    assert dot in team.stored("v").cells["note"].siblings
    assert a.held["v"].image == b.held["v"].image
    for cell in team.stored("v").cells.values():
        assert cell.context.get(given_up, 0) <= dot.counter
        assert "giả" not in cell.siblings.values()


def test_after_a_restore_an_overwrite_comes_back_before_its_author(team: Team) -> None:
    a, b = team.honest
    backup = team.archive.backup()
    team.save(a, "v", note="của a")
    team.sync(a)
    team.sync(b)
    team.save(b, "v", note="của b, thay của a")
    team.sync(b)
    team.archive.restore(backup, team.chance.randbytes)
    for _ in range(2):
        team.sync(b)
    note = team.stored("v").cells["note"]
    assert list(note.siblings.values()) == ["của b, thay của a"]
    assert note.context[a.id] == a.counter
    team.sync(a)
    assert team.stored("v").cells["note"] == note


def test_who_first_brought_anothers_saves_is_written_down_once(team: Team) -> None:
    a, b = team.honest
    backup = team.archive.backup()
    for id in ("v", "w"):
        team.save(a, id, note="của a")
    team.save(b, "v", phone="của b")
    for laptop in (a, b, team.liar):
        team.sync(laptop)
    assert not [n for n in team.archive.tables.notes if n[0] == "brought"], "each brought his own"
    author = a.id
    team.archive.restore(backup, team.chance.randbytes)
    for laptop in (b, team.liar, b, a, b):
        team.sync(laptop)
    brought = [n for n in team.archive.tables.notes if n[0] == "brought"]
    assert brought == [("brought", STREAM, "d1", author, {"dots": 2})]


def test_after_a_restore_all_agree_though_an_author_came_back_by_half(team: Team) -> None:
    a, b = team.honest
    backup = team.archive.backup()
    team.save(a, "own-" + a.id, note="một")
    team.sync(a)
    team.save(a, "v", note="của a")
    team.sync(a)
    team.sync(b)
    team.save(b, "v", note="của b, thay của a")
    team.sync(b)
    former, counter = a.id, a.counter
    team.archive.restore(backup, team.chance.randbytes)
    team.sync(a, exchanges=2)
    assert 0 < team.archive.tables.certified[STREAM, former] < counter, "the last packet never will come"
    team.sync(b)
    note = team.stored("v").cells["note"]
    assert note == b.held["v"].record.cells["note"]
    assert note.context[former] == counter


LIES = st.tuples(
    st.just("lie"),
    st.sampled_from(["r0", "r1", "own"]),
    st.sampled_from(CELLS),
    st.integers(0, 1),
    st.sampled_from([1, 3, 1000, 2**31]),
    st.booleans(),
)
SAVES = st.tuples(
    st.just("save"),
    st.integers(0, 1),
    st.sampled_from(["r0", "r1"]),
    st.sampled_from(CELLS),
    st.integers(0, 5),
)
SYNCS = st.tuples(st.just("sync"), st.integers(0, 2))
LIVES = st.tuples(st.sampled_from(["keep", "restore"]))


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 999), steps=st.lists(st.one_of(LIES, SAVES, SYNCS, LIVES), max_size=25))
def test_with_one_liar_no_context_exceeds_what_was_issued_and_no_unseen_value_goes(
    seed: int, steps: list[tuple[Any, ...]]
) -> None:
    team = Team(seed)
    everybody = [*team.honest, team.liar]
    for laptop in everybody:
        team.save(laptop, f"own-{laptop.id}", name="đầu")
        team.sync(laptop)
    waiting: dict[Dot, tuple[str, str, str]] = {}
    issued: dict[str, int] = {}
    backup = team.archive.backup()
    for step in steps:
        if step[0] == "save":
            _, who, id, cell, value = step
            laptop = team.honest[who]
            held = laptop.held.get(id)
            shown = (
                max(held.record.cells[cell].siblings, default=None)
                if held and cell in held.record.cells
                else None
            )
            waiting.pop(shown, None)  # type: ignore[arg-type]
            waiting[team.save(laptop, id, **{cell: f"{laptop.id} {value}"})] = (laptop.id, id, cell)
        elif step[0] == "keep":
            backup = team.archive.backup()
        elif step[0] == "restore":
            team.archive.restore(backup, team.chance.randbytes)
        elif step[0] == "sync":
            laptop = everybody[step[1]]
            mine = {dot: where for dot, where in waiting.items() if where[0] == laptop.id}
            team.sync(laptop)
            for dot, (_, id, cell) in mine.items():
                again = Dot(dot.counter, laptop.id)  # with a new life of the server
                stands = team.stored(id).cells[cell].siblings
                assert dot in stands or again in stands, "written unseen by all others, yet gone"
                del waiting[dot]
        else:
            _, id, cell, about, more, forge = step
            victim = team.honest[about]
            ahead = victim.counter + more
            team.claim(
                id, cell, {} if forge else {victim.id: ahead}, {Dot(ahead, victim.id): "giả"} if forge else {}
            )
        issued.update(team.issued())
        copies = [
            decode_image(s.kind, id, s.image) for id, (s, _) in team.archive.tables.rows[STREAM].items()
        ]
        copies += [held.record for laptop in team.honest for held in laptop.held.values()]
        for record in copies:
            for cell in record.cells.values():
                for replica, counter in cell.context.items():
                    assert counter <= issued.get(replica, counter)


def test_in_a_later_life_a_liar_covers_no_value_either(team: Team) -> None:
    a, b = team.honest
    backup = team.archive.backup()
    team.save(a, "v", note="của a")
    team.sync(a)
    victim, counter = a.id, a.counter
    team.archive.restore(backup, team.chance.randbytes)
    for laptop in (team.liar, b):
        team.sync(laptop)
    team.claim("v", "note", {victim: counter + 1000}, {})
    team.sync(team.liar)
    team.sync(a)
    assert "của a" in team.stored("v").cells["note"].siblings.values()
    assert team.stored("v").cells["note"].context[victim] <= counter


def test_what_a_former_life_had_not_sent_comes_back_by_others_after_a_restore(team: Team) -> None:
    a, b = team.honest
    backup = team.archive.backup()
    dot = team.save(a, "v", note="chưa gửi dưới tên cũ")
    a.renew("moved")
    team.sync(a)
    team.sync(b)
    mine = team.save(b, "v", phone="của b")
    team.archive.restore(backup, team.chance.randbytes)
    team.sync(b)
    assert dot in team.stored("v").cells["note"].siblings
    assert Dot(mine.counter, b.id) in team.stored("v").cells["phone"].siblings
    assert b.later == {}


def test_what_came_of_a_replica_never_heard_of_comes_back_after_a_restore(team: Team) -> None:
    a, b = team.honest
    backup = team.archive.backup()
    newcomer = team.laptop("newcomer")
    for n in range(2):
        team.save(newcomer, f"n{n}", name="mới")
    team.sync(newcomer)
    team.sync(a)
    team.archive.restore(backup, team.chance.randbytes)
    team.sync(a)
    team.sync(b)
    later = team.archive.backup()
    team.sync(newcomer, exchanges=2)
    team.archive.restore(later, team.chance.randbytes)
    team.sync(b)
    assert {"n0", "n1"} <= team.archive.tables.rows[STREAM].keys()
    assert b.later == {}


def test_a_voucher_that_the_server_never_signed_is_refused(team: Team) -> None:
    a = team.honest[0]
    backup = team.archive.backup()
    team.archive.restore(backup, team.chance.randbytes)
    lane = team.liar.lanes[STREAM]
    voucher = lane.words.last
    assert voucher is not None
    lane.words = Words(msgspec.structs.replace(voucher, certified={a.id: 10**9}))
    device = team.devices[team.liar.public_key.hex()]
    road = LocalTransport(team.archive, FakeJudge(), device, team.chance.randbytes)
    outcome = converse(team.liar, road, FakeClock(), team.chance.randbytes, helper=InlineExecutor())
    assert outcome.problem is not None
    assert outcome.problem.code == "bad_signature"
    assert team.archive.tables.certified[STREAM, a.id] < 10**9


def test_a_deletion_that_claims_to_have_seen_the_future_is_set_aside(team: Team) -> None:
    a = team.honest[0]
    held = team.liar.held["v"]
    dot = team.liar._dot()
    claim = [[["note", "name"], {a.id: a.counter + 1000}]]
    lie = records.edit(
        held.record, {"_deleted": claim}, dot, Stamp(dot.counter, "", 1), seen={"_deleted": ()}
    )
    team.liar._store(STREAM, lie)
    team.sync(team.liar)
    team.save(a, "v", note="viết sau")
    team.sync(a)
    assert not records.is_deleted(team.stored("v"))
    assert team.liar.later == {("v", "_deleted", dot.text): "unknown_dot"}


def test_two_values_under_one_dot_are_both_kept_and_told(team: Team) -> None:
    a = team.honest[0]
    held = team.liar.held["v"]
    (dot,) = held.record.cells["note"].siblings
    assert dot.replica == a.id
    twin = Cell({dot: "của bản sao"}, dict(held.record.cells["note"].context))
    team.save(team.liar, "v", phone="1")
    record = team.liar.held["v"].record
    lie = Record("visit", "v", {**record.cells, "note": twin}, record.stamps)
    team.liar._store(STREAM, lie)
    team.liar.offer(STREAM, ["v"])
    device = team.devices[team.liar.public_key.hex()]
    road = LocalTransport(team.archive, FakeJudge(), device, team.chance.randbytes)
    packet = team.liar.packet(STREAM, team.liar.standing().first_waiting[STREAM], Limits())
    assert packet is not None
    standing = team.liar.standing()
    request = ExchangeRequest(
        1, team.liar.id, "5" * 16, 1, standing.after, 1, standing.cursors, (packet.data,)
    )
    reply = decode_message(road.exchange(encode_message(request)), ExchangeReply)
    (receipt,) = reply.receipts
    assert [(e.cell, e.code, e.outcome) for e in receipt.exceptions] == [("note", "clone", Outcome.FLAGGED)]
    assert twin_values(team.stored("v").cells["note"].siblings[dot]) == ("chung", "của bản sao")


def test_a_word_of_the_present_life_that_says_more_tells_the_server_that_it_went_back(team: Team) -> None:
    """It came by hand, ahead of what the laptop has read over the line: no commit tag can tell."""
    a, b = team.honest
    backup = team.archive.backup()
    team.save(a, "v", note="của a")
    team.sync(a)
    team.sync(b)
    word = b.lanes[STREAM].words.last
    assert word is not None
    team.archive.roll_back(backup)
    before = team.archive.tables.epochs[-1].random
    assert word.epoch == before
    newcomer = team.laptop("newcomer")
    team.sync(newcomer)
    assert team.archive.tables.epochs[-1].random == before
    newcomer.lanes[STREAM].words = newcomer.lanes[STREAM].words.with_hand(word)
    team.sync(newcomer)
    assert team.archive.tables.epochs[-1].parent == before
    assert team.archive.tables.certified[STREAM, a.id] == word.certified[a.id]


@pytest.mark.parametrize("first", [True, False])
def test_a_copy_from_before_the_first_sync_loses_nothing_to_what_its_twin_had_sent(
    team: Team, first: bool
) -> None:
    """A machine went back to its beginning, the server to a backup that hears of its id from others only."""
    backup = team.archive.backup()
    a = team.laptop("a")
    start = copy.deepcopy(a)
    team.save(a, "v", phone="trước", note="trước")
    team.sync(a)
    for laptop in team.honest:
        team.sync(laptop)
    team.archive.restore(backup, team.chance.randbytes)
    team.save(start, "v", phone="sau khi quay lại")
    for laptop in (start, *team.honest) if first else (*team.honest, start):
        team.sync(laptop)
    phone = team.stored("v").cells["phone"].siblings.values()
    assert start.id != a.id
    assert {"trước", "sau khi quay lại"} <= set(phone)


@pytest.mark.parametrize("how", ["speaks", "names"])
def test_an_id_that_the_server_forgot_is_nobodys_but_its_keys(team: Team, how: str) -> None:
    a, b = team.honest
    backup = team.archive.backup()
    newcomer = team.laptop("newcomer")
    dot = team.save(newcomer, "v", note="của người mới")
    team.sync(newcomer)
    team.sync(b)
    forgotten = newcomer.id
    team.archive.restore(backup, team.chance.randbytes)
    team.sync(b)  # its word tells of the id, not whose it is
    team.sync(team.liar)
    if how == "speaks":
        team.liar.id = forgotten
    team.liar.ids.add(forgotten)
    team.claim("v", "note", {forgotten: dot.counter + 1000}, {})
    team.sync(team.liar)
    for laptop in (newcomer, a, b):
        team.sync(laptop)
    assert team.archive.tables.replicas[forgotten] == "newcomer"
    assert team.archive.tables.certified[STREAM, forgotten] == dot.counter
    assert team.stored("v").cells["note"].context[forgotten] <= dot.counter


def test_a_laptop_that_calls_ever_more_ids_its_own_lengthens_no_voucher_for_ever(team: Team) -> None:
    """What its heads name beyond is not believed; under an id of its own it is not heard, and keeps all."""
    a = team.honest[0]
    many = [f"{n:016x}" for n in range(1, IDS + 9)]
    device = team.devices[team.liar.public_key.hex()]
    with team.archive.begin([STREAM]) as tx:
        hear(tx, STREAM, [(id, 3) for id in many], device)
        assert tx.ids_of(device.id) == IDS
        assert len(tx.vouched(STREAM).keys() & set(many)) == IDS - 1, "its present one counts too"
    team.save(team.liar, "v", note="dưới mã đã có")
    team.sync(team.liar)
    assert "dưới mã đã có" in team.stored("v").cells["note"].siblings.values()
    team.liar.renew("moved")
    dot = team.save(team.liar, "v", note="dưới mã thứ năm trăm lẻ một")
    with pytest.raises(AssertionError, match="too_many_ids"):
        team.sync(team.liar)
    assert dot not in team.stored("v").cells["note"].siblings
    assert dot in team.liar.held["v"].record.cells["note"].siblings
    team.save(a, "v", phone="1")
    team.sync(a)
    with team.archive.begin([STREAM]) as tx:  # an invitation lets one more in
        tx.claim(team.liar.id, device.id)
    team.sync(team.liar)
    assert dot in team.stored("v").cells["note"].siblings
