"""Replica ids: one life, one machine, one folder; whoever wakes as somebody older takes a new one."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ntmdesk.store.database import Store
from sync.engine.runner import Outcome, converse
from sync.hub.ports import Device
from sync.protocol.dots import Dot
from sync.protocol.image import decode_image
from sync.protocol.messages import Limits
from sync.protocol.records import REMOVED, Record, is_brought_back, is_deleted, shown
from tests.fakes import FakeClock, FakeJudge, InlineExecutor, LocalTransport, MemoryArchive
from tests.ntmdesk.store.laptops import StoreLaptop, small_catalogue
from tests.ntmdesk.store.places import LAN, Place, counted_entropy

STREAM = "0190aaaa-0000-7000-8000-000000000001"
SERVER = "0190aaaa-0000-7000-8000-0000000000ff"
ID = "0190bbbb-0000-7000-8000-000000000001"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "home", catalogue=small_catalogue())


def record(store: Store, times: int = 1) -> None:
    for _ in range(times):
        with store.begin(LAN) as uow:
            uow.records.add("visit", {"name": "A"})


def incarnations(store: Store) -> list[tuple[str, str]]:
    return [(r, why) for r, why in store.db.execute("SELECT replica, reason FROM incarnation ORDER BY n")]


def test_an_ordinary_start_keeps_the_id(place: Place) -> None:
    with place.create() as store:
        record(store)
        id = store.replica
    for _ in range(3):
        with place.open() as store:
            assert store.replica == id
            record(store)


def test_a_crash_before_the_witness_is_written_keeps_the_id(place: Place) -> None:
    with place.create() as store:
        record(store)
        id = store.replica
        before = (place.home / "state.json").read_bytes()
        record(store, 5)
    (place.home / "state.json").write_bytes(before)
    with place.open() as store:
        assert store.replica == id


def test_an_older_copy_put_back_takes_a_new_id_and_never_reuses_a_dot(place: Place, tmp_path: Path) -> None:
    with place.create() as store:
        record(store, 3)
        id = store.replica
    shutil.copy(place.home / "ntmdesk.db", tmp_path / "copy.db")
    with place.open() as store:
        record(store, 4)
        lost = {(c, store.replica) for (c,) in store.db.execute("SELECT counter FROM save")}
    shutil.copy(tmp_path / "copy.db", place.home / "ntmdesk.db")
    with place.open() as store:
        assert store.replica != id
        assert incarnations(store)[-1][1] == "older_copy"
        record(store, 4)
        fresh = {
            (c, store.replica) for (c,) in store.db.execute("SELECT counter FROM save WHERE counter > 3")
        }
    assert not lost & fresh
    assert min(c for c, _ in fresh) == 8


def test_another_machine(place: Place) -> None:
    with place.create() as store:
        id = store.replica
    place.machine = "machine-2"
    with place.open() as store:
        assert store.replica != id
        assert incarnations(store)[-1][1] == "other_machine"
        second = store.replica
    with place.open() as store:
        assert store.replica == second


def test_another_folder(place: Place, tmp_path: Path) -> None:
    with place.create() as store:
        id = store.replica
    moved = tmp_path / "chuyển đi"
    shutil.copytree(place.home, moved)
    with Place(moved, catalogue=place.catalogue).open() as store:
        assert incarnations(store)[-1][1] == "other_folder"
        assert store.replica != id
    with place.open() as store:
        assert store.replica == id


@pytest.mark.parametrize("spoil", ["", "{", '{"replica": "x"}', None])
def test_without_a_witness_nothing_vouches_for_the_store(place: Place, spoil: str | None) -> None:
    with place.create() as store:
        id = store.replica
    path = place.home / "state.json"
    if spoil is None:
        path.unlink()
    else:
        path.write_text(spoil)
    with place.open() as store:
        assert store.replica != id
        assert incarnations(store)[-1][1] == "no_witness"
        assert json.loads(path.read_text())["replica"] == store.replica


def test_a_new_life_offers_again_what_has_no_receipt(tmp_path: Path) -> None:
    from sync.protocol.bodies import unpack_rows

    laptop = StoreLaptop.join(tmp_path / "home", STREAM, SERVER, (bytes(32),), counted_entropy("x"))
    laptop.save(STREAM, "visit", "0190bbbb-0000-7000-8000-000000000001", {"name": "A"})
    first = laptop.packet(STREAM, 1, Limits())
    assert first is not None
    laptop.save(STREAM, "visit", "0190bbbb-0000-7000-8000-000000000001", {"phone": "1"})
    laptop.save(STREAM, "visit", "0190bbbb-0000-7000-8000-000000000002", {"name": "B"})
    old = laptop.id
    laptop.renew("clone")
    assert laptop.id != old
    again = laptop.packet(STREAM, 1, Limits())
    assert again is not None
    assert (again.head.replica, again.head.number) == (laptop.id, 1)
    rows = {row.id[-1]: row.image for row in unpack_rows(again.body)}
    assert rows["1"] == laptop.held["0190bbbb-0000-7000-8000-000000000001"].image
    assert set(rows) == {"1", "2"}
    laptop.store.close()


def test_the_witness_is_durable_before_a_packet_leaves(tmp_path: Path) -> None:
    laptop = StoreLaptop.join(tmp_path / "home", STREAM, SERVER, (bytes(32),), counted_entropy("x"))
    laptop.save(STREAM, "visit", "0190bbbb-0000-7000-8000-000000000001", {"name": "A"})
    (laptop.place.home / "state.json").unlink()
    laptop.packet(STREAM, 1, Limits())
    said = json.loads((laptop.place.home / "state.json").read_text())
    assert (said["replica"], said["counter"]) == (laptop.id, laptop.counter)
    laptop.store.close()


def test_a_process_that_did_nothing_does_not_turn_the_witness_back(place: Place) -> None:
    with place.create() as first:
        idle = place.open()
        record(first, 5)
        idle.close()
        said = json.loads((place.home / "state.json").read_text())
        assert said["counter"] == first.counter == 5


def test_the_witness_never_goes_back_within_one_life(tmp_path: Path) -> None:
    from ntmdesk.store.witness import Witness, read_witness, write_witness

    late, early = (Witness("a" * 16, n, "m", "f", "00") for n in (9, 4))
    write_witness(tmp_path, late, sync=True)
    write_witness(tmp_path, early, sync=False)
    assert read_witness(tmp_path) == late
    other = Witness("b" * 16, 4, "m", "f", "00")
    write_witness(tmp_path, other, sync=False)
    assert read_witness(tmp_path) == other


class Twins:
    """A laptop whose whole folder went back to an earlier snapshot, witness included, and a second laptop."""

    def __init__(self, folder: Path) -> None:
        self.chance = random.Random(3)
        self.archive = MemoryArchive(SERVER, self.chance.randbytes(32))
        keys = self.archive.public_keys
        self.laptop, self.other = (
            StoreLaptop.join(folder / name, STREAM, SERVER, keys, self.chance.randbytes) for name in "ab"
        )
        self.snapshot = folder / "snapshot"

    def sync(self, laptop: StoreLaptop) -> Outcome:
        device = Device(f"device-{laptop.place.home.name}", laptop.public_key, "member", {STREAM: 1})
        road = LocalTransport(self.archive, FakeJudge(), device, self.chance.randbytes)
        outcome = converse(laptop, road, FakeClock(), self.chance.randbytes, helper=InlineExecutor())
        assert outcome.problem is None
        return outcome

    def go_back(self) -> None:
        self.laptop.store.close()
        shutil.rmtree(self.laptop.place.home)
        shutil.copytree(self.snapshot, self.laptop.place.home)
        self.laptop.store = self.laptop._store = self.laptop.place.open()

    def stored(self, id: str) -> Record:
        stored, _ = self.archive.tables.rows[STREAM][id]
        return decode_image(stored.kind, id, stored.image)

    def close(self) -> None:
        for laptop in (self.laptop, self.other):
            laptop.store.close()


@pytest.fixture
def twins(tmp_path: Path) -> Iterator[Twins]:
    made = Twins(tmp_path)
    yield made
    made.close()


def test_what_a_clone_wrote_stands_beside_what_its_twin_wrote(twins: Twins) -> None:
    """Noticed only at the exchange: the dots without a receipt are written under the new id (rule 10)."""
    laptop = twins.laptop
    laptop.save(STREAM, "visit", ID, {"name": "đầu", "lines/a": 1})
    twins.sync(laptop)
    laptop.keep(twins.snapshot)
    first = laptop.save(STREAM, "visit", ID, {"name": "của bản gốc"})
    laptop.save(STREAM, "visit", ID, {"phone": "1"})
    twins.sync(laptop)
    twins.go_back()
    old = laptop.id
    second = laptop.save(STREAM, "visit", ID, {"name": "của bản sao"})
    seen = {"lines/a": tuple(laptop.held[ID].record.cells["lines/a"].siblings)}
    laptop.save(STREAM, "visit", ID, {"lines/a": REMOVED}, seen)
    assert second == first, "two saves under one dot"
    twins.sync(laptop)
    assert laptop.id != old
    twins.sync(laptop)
    record = twins.stored(ID)
    assert record.cells["name"].siblings == {
        first: "của bản gốc",
        Dot(second.counter, laptop.id): "của bản sao",
    }
    assert record.cells["phone"].siblings
    assert not record.cells["lines/a"].siblings
    assert record.cells["lines/a"].context[old] == 1, "it claims nothing of its twin's"
    assert laptop.held[ID].record == record
    twins.sync(twins.other)
    assert twins.other.held[ID].record == record


def test_what_a_clone_saved_outlives_a_page_that_knows_what_its_twin_saved(twins: Twins) -> None:
    """The snapshot held a packet under way: both send that one, and only the page after it tells."""
    laptop = twins.laptop
    laptop.save(STREAM, "visit", ID, {"name": "đầu"})
    twins.sync(laptop)
    laptop.save(STREAM, "visit", ID, {"phone": "1"})
    assert laptop.packet(STREAM, 2, Limits()) is not None
    laptop.keep(twins.snapshot)
    for text in ("một", "hai", "ba"):
        laptop.save(STREAM, "visit", ID, {"name": text})
    twins.sync(laptop)
    twins.go_back()
    old = laptop.id
    mine = laptop.save(STREAM, "visit", ID, {"name": "của bản sao"})
    twins.sync(laptop)
    assert laptop.id != old
    twins.sync(laptop)
    record = twins.stored(ID)
    assert set(record.cells["name"].siblings.values()) == {"ba", "của bản sao"}
    assert record.cells["name"].siblings[Dot(mine.counter, laptop.id)] == "của bản sao"
    assert laptop.held[ID].record == record
    twins.sync(twins.other)
    assert twins.other.held[ID].record == record


def test_a_clones_deletion_covers_what_it_saw_and_not_its_twins_edit(twins: Twins) -> None:
    laptop = twins.laptop
    laptop.save(STREAM, "visit", ID, {"name": "đầu"})
    twins.sync(laptop)
    laptop.keep(twins.snapshot)
    laptop.save(STREAM, "visit", ID, {"name": "của bản gốc"})
    twins.sync(laptop)
    twins.go_back()
    laptop.save(STREAM, "visit", ID, {"name": "của bản sao"})
    laptop.delete(ID)
    assert is_deleted(laptop.held[ID].record)
    for _ in range(2):
        twins.sync(laptop)
    record = twins.stored(ID)
    assert len(record.cells["name"].siblings) == 2
    assert is_brought_back(record), "the twin's edit was not seen by the deleter"
    assert laptop.held[ID].record == record


def test_a_clone_with_nothing_unreceipted_rewrites_nothing(twins: Twins) -> None:
    laptop = twins.laptop
    laptop.save(STREAM, "visit", ID, {"name": "đầu"})
    twins.sync(laptop)
    before = laptop.held[ID].image
    laptop.renew("clone")
    assert laptop.held[ID].image == before
    assert twins.sync(laptop).sent == 0


def test_undo_finds_a_save_that_was_written_again(twins: Twins) -> None:
    laptop = twins.laptop
    laptop.save(STREAM, "visit", ID, {"name": "đầu"})
    twins.sync(laptop)
    laptop.save(STREAM, "visit", ID, {"name": "sau"})
    laptop.renew("clone")
    with laptop.store.begin(laptop.author) as uow:
        action = uow.history.last(laptop.author)
        assert action is not None
        uow.history.undo(action)
    assert shown(laptop.held[ID].record)["name"] == "đầu"


def test_a_clones_receipted_save_outlives_its_twins_of_a_life_the_server_lost(twins: Twins) -> None:
    laptop, other = twins.laptop, twins.other
    laptop.save(STREAM, "visit", ID, {"name": "đầu"})
    twins.sync(laptop)
    twins.sync(other)
    laptop.keep(twins.snapshot)
    backup = twins.archive.backup()
    for text in ("một", "hai", "của bản gốc"):
        laptop.save(STREAM, "visit", ID, {"name": text})
    twins.sync(laptop)
    twins.sync(other)
    twins.archive.roll_back(backup)
    twins.go_back()
    laptop.save(STREAM, "visit", ID, {"name": "của bản sao"})
    twins.sync(laptop)
    assert set(laptop.record_states().values()) == {"accepted"}
    for _ in range(3):
        twins.sync(other)
        twins.sync(laptop)
    record = twins.stored(ID)
    assert set(record.cells["name"].siblings.values()) == {"của bản gốc", "của bản sao"}
    assert laptop.held[ID].record == record == other.held[ID].record


def test_saves_of_two_former_ids_in_one_field_are_written_again_side_by_side(twins: Twins) -> None:
    """The second was made beside the first, which nobody saw; both had receipts of a life that was lost."""
    laptop, other = twins.laptop, twins.other
    laptop.save(STREAM, "visit", ID, {"phone": "1"})
    twins.sync(laptop)
    twins.sync(other)
    backup = twins.archive.backup()
    first = laptop.save(STREAM, "visit", ID, {"name": "một"})
    for _ in range(2):
        other.save(STREAM, "visit", ID, {"phone": "2"})
    hiding = other.save(STREAM, "visit", ID, {"name": "hai"})
    for one in (laptop, other, laptop):
        twins.sync(one)
    laptop.renew("clone")
    second = laptop.save(STREAM, "visit", ID, {"name": "ba"}, {"name": (hiding,)})
    twins.sync(laptop)
    twins.archive.restore(backup, twins.chance.randbytes)
    twins.sync(laptop)
    formers = {first.replica, second.replica}
    assert formers < laptop.ids
    laptop.renew("clone")
    assert twins.sync(laptop).problem is None
    assert set(laptop.record_states().values()) == {"accepted"}
    cell = twins.stored(ID).cells["name"]
    mine = {dot: value for dot, value in cell.siblings.items() if dot.replica not in formers}
    assert {dot.counter: value for dot, value in mine.items()} == {first.counter: "một", second.counter: "ba"}
    assert laptop.held[ID].record == twins.stored(ID)
