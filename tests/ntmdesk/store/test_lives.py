"""Replica ids: one life, one machine, one folder; whoever wakes as somebody older takes a new one."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from ntmdesk.store.database import Store
from tests.ntmdesk.store.laptops import StoreLaptop, small_catalogue
from tests.ntmdesk.store.places import LAN, Place, counted_entropy

STREAM = "0190aaaa-0000-7000-8000-000000000001"
SERVER = "0190aaaa-0000-7000-8000-0000000000ff"


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
    from sync.protocol.messages import Limits

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
    from sync.protocol.messages import Limits

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
