"""One exam for every replica: the memory one and the laptop's encrypted store alike.

A candidate is a ``Replica`` plus the few acts of a person at the keyboard (``Keyboard``).
"""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, Protocol

import msgspec
import pytest

from sync.engine.ports import Replica, SiftedPage
from sync.engine.runner import Outcome, converse
from sync.engine.sifting import sift_receipts
from sync.hub.ports import Device
from sync.protocol import records
from sync.protocol.cells import Cell
from sync.protocol.codec import encode_message
from sync.protocol.dots import Dot
from sync.protocol.errors import WireError
from sync.protocol.image import decode_image, encode_image
from sync.protocol.messages import ExchangeRequest, Limits
from sync.protocol.packets import open_packet
from sync.protocol.pages import Row
from sync.protocol.records import Record, Stamp
from tests.fakes import FakeClock, FakeJudge, InlineExecutor, LocalTransport, MemoryArchive, MemoryReplica

STREAM = "0190aaaa-0000-7000-8000-000000000001"
SERVER = "0190aaaa-0000-7000-8000-0000000000ff"
OTHER_ID, FINE_ID = (f"0190bbbb-0000-7000-8000-0000000000a{n}" for n in (1, 2))


class Keyboard(Protocol):
    """What a person does to the store behind a replica.  Values are of a kind the candidate accepts."""

    kind: str
    """A kind with the text fields ``texts``."""
    texts: tuple[str, str]
    """Two plain text fields of it."""
    public_key: bytes
    """Of the device."""

    def add(self, values: Mapping[str, Any]) -> str:
        """A new record; its id."""

    def change(self, id: str, values: Mapping[str, Any]) -> None:
        """One save."""

    def delete(self, id: str) -> None: ...

    def value(self, id: str, field: str) -> Any:
        """What is shown, None when blank."""

    def is_listed(self, id: str) -> bool:
        """Shown in the ordinary list (born, not deleted)."""

    def state(self, id: str) -> str:
        """``local``, ``accepted``, ``refused``..."""

    def conflicts(self) -> int: ...

    def quarantined(self) -> int:
        """How many refused values are kept."""


class ReplicaExam(ABC):
    """Subclass it with ``make``; ``judge`` may be another than the fake one."""

    @abstractmethod
    def make(
        self, stream: str, server: str, server_keys: tuple[bytes, ...], number: int
    ) -> tuple[Replica, Keyboard]:
        """A fresh replica enrolled in one stream, and its keyboard; ``number`` tells several apart."""

    @pytest.fixture(autouse=True)
    def _team(self) -> None:
        self.chance = random.Random(11)
        self.archive = MemoryArchive(SERVER, self.chance.randbytes(32))
        self.judge = FakeJudge()
        self.replica, self.keyboard = self.make(STREAM, SERVER, self.archive.public_keys, 0)
        self.road = self._road("candidate", self.keyboard.public_key)
        self.other = MemoryReplica(
            [STREAM], SERVER, self.archive.public_keys, self.chance.randbytes(32), self.chance.randbytes
        )
        self.other_road = self._road("other", self.other.public_key)

    def _road(self, name: str, key: bytes) -> LocalTransport:
        return LocalTransport(
            self.archive, self.judge, Device(name, key, "member", {STREAM: 1}), self.chance.randbytes
        )

    def sync(self, limits: Limits | None = None) -> Outcome:
        outcome = converse(
            self.replica,
            self.road,
            FakeClock(),
            self.chance.randbytes,
            limits=limits,
            helper=InlineExecutor(),
        )
        assert outcome.problem is None
        assert not [n for n in outcome.notices if n.code == "differs"]
        return outcome

    def sync_other(self) -> Outcome:
        outcome = converse(
            self.other, self.other_road, FakeClock(), self.chance.randbytes, helper=InlineExecutor()
        )
        assert outcome.problem is None
        return outcome

    def add(self, n: int = 1) -> list[str]:
        first, _ = self.keyboard.texts
        return [self.keyboard.add({first: f"Ấp {i}"}) for i in range(n)]

    def test_an_empty_one_stands_at_the_beginning(self) -> None:
        standing = self.replica.standing()
        assert (standing.epoch, standing.after, standing.server) == ("", "", SERVER)
        assert [c.stream for c in standing.cursors] == [STREAM]
        assert standing.first_waiting[STREAM] == 1
        assert self.replica.packet(STREAM, 1, Limits()) is None

    def test_records_travel_and_are_accepted(self) -> None:
        ids = self.add(3)
        assert {self.keyboard.state(id) for id in ids} == {"local"}
        outcome = self.sync()
        assert (outcome.sent, outcome.accepted, outcome.refused, outcome.pending) == (3, 3, 0, 0)
        assert {self.keyboard.state(id) for id in ids} == {"accepted"}
        self.sync_other()
        assert set(ids) <= set(self.other.held)

    def test_at_rest_nothing_moves(self) -> None:
        self.add(2)
        self.sync()
        for _ in range(3):
            outcome = self.sync()
            assert (outcome.sent, outcome.received, outcome.rounds) == (0, 0, 1)

    def test_a_packet_once_cut_never_changes(self) -> None:
        (id,) = self.add()
        packet = self.replica.packet(STREAM, 1, Limits())
        assert packet is not None
        assert packet.signed_by(self.keyboard.public_key)
        self.keyboard.change(id, {self.keyboard.texts[0]: "khác"})
        again = self.replica.packet(STREAM, 1, Limits())
        assert again is not None
        assert again.data == packet.data
        following = self.replica.packet(STREAM, 2, Limits())
        assert following is not None
        assert (following.head.number, following.head.previous) == (2, packet.hash)
        assert open_packet(packet.data).head.count == 1
        assert self.replica.packet(STREAM, 3, Limits()) is None

    def test_packets_keep_within_their_limits(self) -> None:
        self.add(5)
        counts = []
        number = 1
        while packet := self.replica.packet(STREAM, number, Limits(packet_records=2)):
            counts.append(packet.head.count)
            number = packet.head.number + 1
        assert counts == [2, 2, 1]
        outcome = self.sync(Limits(packet_records=2, page_records=1))
        assert (outcome.sent, outcome.pending) == (5, 0)

    def test_what_others_wrote_arrives_once(self) -> None:
        first, second = self.keyboard.texts
        (id,) = self.add()
        self.sync()
        self.sync_other()
        self.other.save(STREAM, self.keyboard.kind, id, {second: "của người khác"})
        self.sync_other()
        assert self.sync().received == 1
        assert self.keyboard.value(id, second) == "của người khác"
        assert self.keyboard.value(id, first) == "Ấp 0"
        assert self.sync().received == 0

    def test_edits_of_one_field_are_a_conflict_that_both_show_alike(self) -> None:
        first, _ = self.keyboard.texts
        (id,) = self.add()
        self.sync()
        self.sync_other()
        self.keyboard.change(id, {first: "một"})
        self.other.save(STREAM, self.keyboard.kind, id, {first: "hai"})
        self.sync()
        self.sync_other()
        assert self.sync().conflicts == 1
        assert self.keyboard.conflicts() == 1
        assert self.keyboard.value(id, first) == self.other.shown(id)[first]

    def test_a_delete_hides_on_both_sides(self) -> None:
        (id,) = self.add()
        self.sync()
        self.keyboard.delete(id)
        assert not self.keyboard.is_listed(id)
        assert self.sync().accepted == 1
        assert not self.keyboard.is_listed(id)

    def test_a_lost_answer_costs_nothing_but_a_repeat(self) -> None:
        ids = self.add(2)
        standing = self.replica.standing()
        packet = self.replica.packet(STREAM, standing.first_waiting[STREAM], Limits())
        assert packet is not None
        self.sync()
        rows = self.archive.tables.rows[STREAM]
        assert set(rows) >= set(ids)
        assert self.sync().received == 0

    def test_a_refused_value_is_kept_and_the_rest_accepted(self) -> None:
        first, second = self.keyboard.texts
        id = self.keyboard.add({first: "tốt", second: "bad"})
        outcome = self.sync()
        assert (outcome.refused, outcome.pending) == (1, 0)
        assert self.keyboard.quarantined() == 1
        assert self.keyboard.value(id, first) == "tốt"
        assert self.keyboard.value(id, second) is None
        assert self.keyboard.state(id) == "refused"
        self.keyboard.change(id, {second: "tốt hơn"})
        self.sync()
        self.sync_other()
        assert self.other.shown(id)[second] == "tốt hơn"

    def test_a_refused_value_is_kept_as_soon_as_the_receipt_tells_of_it(self) -> None:
        """The pages of the answer are lost; the copy without the value comes in another conversation."""
        first, second = self.keyboard.texts
        id = self.keyboard.add({first: "tốt", second: "bad"})
        standing = self.replica.standing()
        packet = self.replica.packet(STREAM, standing.first_waiting[STREAM], Limits())
        assert packet is not None
        nonce = "5" * 16
        request = ExchangeRequest(
            1, standing.replica, nonce, 1, standing.after, 1, standing.cursors, (packet.data,)
        )
        reply = self.road.reply(encode_message(request))
        taken = self.replica.take(nonce, sift_receipts(reply, standing), (), reply.catalogue)
        assert (taken.refused, taken.received) == (1, 0)
        assert (self.keyboard.quarantined(), self.keyboard.state(id)) == (1, "refused")
        assert self.keyboard.value(id, second) == "bad", "nothing has dropped it yet"
        assert self.sync().received == 1
        assert self.keyboard.value(id, second) is None
        assert self.keyboard.quarantined() == 1

    @pytest.mark.parametrize("stands", [True, False])
    def test_a_value_that_stands_is_not_refused(self, stands: bool) -> None:
        """A life of the server that was lost had refused it, the present one has taken it."""
        (id,), (field, _) = self.add(), self.keyboard.texts
        self.sync()
        row, _ = self.archive.tables.rows[STREAM][id]
        record = decode_image(row.kind, id, row.image)
        (dot,) = record.cells[field].siblings
        word = Dot(dot.counter + 1, "f" * 16)
        said = {"v": {"cells": {field: "bad_phone"}}, "sig": "f" * 16 + "." + "0" * 128}
        refusal = Cell({word: said}, {word.replica: word.counter})
        cell = record.cells[field] if stands else Cell({}, record.cells[field].context)
        cells = {**record.cells, field: cell, f"_refused/{dot.text}": refusal}
        image = encode_image(Record(row.kind, id, cells, {**record.stamps, word: Stamp(1, "", 1)}))
        standing = self.replica.standing()
        (cursor,) = standing.cursors
        after = msgspec.structs.replace(cursor, seq=cursor.seq + 1, tag="f" * 16)
        self.replica.take(standing.epoch, (), (SiftedPage(STREAM, after, [Row(row.kind, id, image, 9)]),), 1)
        assert self.keyboard.quarantined() == (0 if stands else 1)
        assert self.keyboard.value(id, field) == ("Ấp 0" if stands else None)

    def test_a_restored_server_is_healed(self) -> None:
        early = self.add(2)
        self.sync()
        backup = self.archive.backup()
        late = self.add(2)
        self.other.save(
            STREAM, self.keyboard.kind, "0190bbbb-0000-7000-8000-000000000009", {self.keyboard.texts[0]: "xa"}
        )
        self.sync()
        self.sync_other()
        self.sync()
        self.archive.restore(backup, self.chance.randbytes)
        self.sync()
        rows = self.archive.tables.rows[STREAM]
        assert {*early, *late, "0190bbbb-0000-7000-8000-000000000009"} <= set(rows)
        assert self.sync().rounds == 1

    @pytest.mark.parametrize("whose", ["own", "another's"])
    def test_what_was_lost_above_a_fork_is_offered_without_being_looked_for(self, whose: str) -> None:
        """The rest stays where it is (rule 20)."""
        first, second = self.keyboard.texts
        kept, edited = self.add(2)
        self.sync()
        self.sync_other()
        backup = self.archive.backup()
        if whose == "own":
            self.keyboard.change(edited, {second: "sau"})
            new = self.add()[0]
        else:
            new = OTHER_ID
            self.other.save(STREAM, self.keyboard.kind, edited, {second: "sau"})
            self.other.save(STREAM, self.keyboard.kind, new, {first: "xa"})
            self.sync_other()
        self.sync()
        before = dict(self.archive.tables.rows[STREAM])
        self.archive.restore(backup, self.chance.randbytes)
        assert self.sync().sent == 2
        assert self.road.comparisons == 0
        rows = self.archive.tables.rows[STREAM]
        assert rows.keys() == {kept, edited, new}
        assert {id: hash for id, (_, hash) in rows.items()} == {id: hash for id, (_, hash) in before.items()}

    def test_a_server_that_went_back_in_silence_is_noticed(self) -> None:
        self.add(1)
        self.sync()
        backup = self.archive.backup()
        late = self.add(2)
        self.sync()
        self.archive.roll_back(backup)
        self.sync()
        assert set(late) <= set(self.archive.tables.rows[STREAM])
        assert len(self.archive.tables.epochs) == 2

    def test_a_clone_becomes_another_replica(self) -> None:
        (id,) = self.add()
        before = self.replica.standing().replica
        self.replica.renew("clone")
        assert self.replica.standing().replica != before
        assert self.sync().pending == 0
        assert self.keyboard.state(id) == "accepted"
        assert id in self.archive.tables.rows[STREAM]

    def _page_of_a_twin(self, id: str, of: str) -> SiftedPage:
        """A page that knows of a save over the first field under ``of``, made on another machine."""
        image, _ = self.archive.tables.rows[STREAM][id]
        record = decode_image(self.keyboard.kind, id, image.image)
        name, cell = next((n, c) for n, c in record.cells.items() if n == self.keyboard.texts[0])
        twin = Cell({Dot(99, of): "của máy kia"}, {**cell.context, of: 99})
        stamps = {**record.stamps, Dot(99, of): next(iter(record.stamps.values()))}
        cells = {**record.cells, name: twin}
        living = {dot for c in cells.values() for dot in c.siblings}
        told = Record(record.kind, id, cells, {d: s for d, s in stamps.items() if d in living})
        return SiftedPage(
            STREAM, self.replica.standing().cursors[0], [Row(record.kind, id, encode_image(told), 1)], []
        )

    def test_pages_that_know_saves_never_made_here_are_not_merged(self) -> None:
        (id,), (name, _) = self.add(), self.keyboard.texts
        self.sync()
        page = self._page_of_a_twin(id, self.replica.standing().replica)
        before = self.keyboard.value(id, name)
        taken = self.replica.take("", (), (page,), 0)
        assert (taken.twin, taken.received) == (True, 0)
        assert self.keyboard.value(id, name) == before
        self.replica.renew("clone")
        taken = self.replica.take("", (), (page,), 0)
        assert (taken.twin, taken.received) == (False, 1)

    @pytest.mark.parametrize("lost", [True, False])
    def test_a_receipt_of_a_lost_life_does_not_prove_that_a_twin_had_the_save(self, lost: bool) -> None:
        """What it covers is written again before a page that speaks for the former id is merged; what had its
        receipt before the fork is common to both."""
        (id,), (name, _) = self.add(), self.keyboard.texts
        if not lost:
            self.sync()
        backup = self.archive.backup()
        mine = self.keyboard.value(id, name)
        self.add()
        self.sync()
        former = self.replica.standing().replica
        self.archive.restore(backup, self.chance.randbytes)
        self.sync()
        assert self.replica.standing().replica != former
        page = self._page_of_a_twin(id, former)
        taken = self.replica.take("", (), (page,), 0)
        assert (taken.twin, taken.received) == (True, 0)
        assert self.keyboard.value(id, name) == mine
        self.replica.renew("clone")
        taken = self.replica.take("", (), (page,), 0)
        assert (taken.twin, taken.received) == (False, 1)
        assert self.keyboard.conflicts() == int(lost)
        assert self.sync().pending == 0
        row, _ = self.archive.tables.rows[STREAM][id]
        assert set(decode_image(row.kind, id, row.image).cells[name].siblings.values()) == (
            {mine, "của máy kia"} if lost else {"của máy kia"}
        )

    def test_a_lost_row_is_found_and_healed(self) -> None:
        ids = self.add(6)
        self.sync()
        del self.archive.tables.rows[STREAM][ids[2]]
        outcome = self.sync()
        assert outcome.sent == 1
        assert ids[2] in self.archive.tables.rows[STREAM]
        assert self.sync().rounds == 1

    def test_offered_records_travel_whole(self) -> None:
        ids = self.add(3)
        self.sync()
        assert self.replica.offer(STREAM, ids[:2]) == 2
        outcome = self.sync()
        assert (outcome.sent, outcome.received) == (2, 0)

    def test_unknown_at_the_server_is_offered_again_after_its_new_catalogue(self) -> None:
        (id,) = self.add()
        self.judge.judge = lambda kind, cell, value: "unknown_kind"  # type: ignore[method-assign]
        outcome = self.sync()
        assert (outcome.later, outcome.pending) == (1, 0)
        assert id not in self.archive.tables.rows[STREAM]
        assert self.sync().sent == 0
        del self.judge.judge
        self.judge.version = 2
        assert self.sync().accepted == 1
        assert id in self.archive.tables.rows[STREAM]

    def test_what_is_only_held_stays_to_be_offered_though_the_record_goes_on(self) -> None:
        first, second = self.keyboard.texts
        self.judge.judge = (  # type: ignore[method-assign]
            lambda kind, cell, value: "unknown_field" if cell == second else None
        )
        id = self.keyboard.add({first: "Ấp 0", second: "mới"})
        assert self.sync().later == 1
        self.sync_other()
        self.other.save(STREAM, self.keyboard.kind, id, {"@address": "xa"})
        self.sync_other()
        self.keyboard.change(id, {first: "Ấp 1"})
        assert self.sync().later == 1
        assert self.road.comparisons == 0
        del self.judge.judge
        self.judge.version = 2
        assert self.sync().accepted == 1
        self.sync_other()
        assert self.other.shown(id)[second] == "mới"

    def test_a_page_whose_counters_leap_is_refused_whole(self) -> None:
        (id,) = self.add()
        self.sync()
        standing = self.replica.standing()
        (cursor,) = standing.cursors
        leap = records.create(self.keyboard.kind, OTHER_ID, {"x": 1}, Dot(2**40, "f" * 16), Stamp(0, "", 1))
        fine = records.create(self.keyboard.kind, FINE_ID, {"x": 1}, Dot(9, "e" * 16), Stamp(0, "", 1))
        rows = [Row(r.kind, r.id, encode_image(r), cursor.seq + 1) for r in (fine, leap)]
        page = SiftedPage(STREAM, msgspec.structs.replace(cursor, seq=cursor.seq + 2, tag="f" * 16), rows)
        with pytest.raises(WireError) as refused:
            self.replica.take("9" * 16, (), (page,), 1)
        assert refused.value.details == {"reason": "counter"}
        assert self.replica.standing() == standing
        assert (self.keyboard.kind, FINE_ID) not in self.replica.hashes(STREAM)
        assert self.keyboard.state(id) == "accepted"

    def test_the_word_of_a_former_life_is_shown_until_the_present_one_says_as_much(self) -> None:
        self.add(2)
        self.sync()
        self.sync_other()
        backup = self.archive.backup()
        self.other.save(STREAM, self.keyboard.kind, OTHER_ID, {self.keyboard.texts[0]: "xa"})
        self.sync_other()
        self.sync()
        assert self.replica.standing().vouchers == ()
        self.archive.restore(backup, self.chance.randbytes)
        lineage = self.replica.standing().lineage
        self.sync()
        assert self.archive.tables.certified[STREAM, self.other.id] == self.other.counter
        assert self.replica.standing().vouchers == ()
        assert self.replica.standing().lineage == (*lineage, self.archive.tables.epochs[-1].random)
