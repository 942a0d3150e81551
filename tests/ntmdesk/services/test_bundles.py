"""Bundles by hand, between laptops and a real upper server."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from ntmdesk.domain.periods import Week
from ntmdesk.errors import AppError, EnvironmentProblem, SyncProblem, UserError
from ntmdesk.services import bundles, records, syncing, unlocking, weekly_log
from ntmdesk.services.surroundings import surroundings
from ntmdesk.store.declined import declined
from ntmdesk.store.stored import any_kind
from sync.engine.http import HttpDoorstep
from sync.protocol import bundle_room
from sync.protocol.cells import Cell
from sync.protocol.dots import Dot
from sync.protocol.errors import WireError
from sync.protocol.messages import EnrolRequest
from sync.protocol.packets import open_packet, packet_hash
from sync.protocol.records import Record
from sync.protocol.versions import MAX_PROTOCOL
from sync.server.bundles import bring
from sync.server.installation import open_installation
from tests.together.server import RealServer

from .conftest import PASSPHRASE, HandClock
from .sticks import Hamlet, household, rows, running_server, state

pytestmark = pytest.mark.together


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealServer]:
    yield from running_server(tmp_path_factory.mktemp("xã"))


_codes = iter(range(100, 999))


@pytest.fixture
def hamlet(server: RealServer, tmp_path: Path, clock: HandClock) -> Iterator[Hamlet]:
    """A team of its own on the common server."""
    made = Hamlet(server, tmp_path, clock, f"T{next(_codes)}")
    yield made
    made.close()


def test_a_member_without_a_line_is_carried_by_the_leader_and_gets_the_receipt_home(hamlet: Hamlet) -> None:
    lan, hoa = hamlet.laptop("Lê Thị Lan"), hamlet.laptop("Phạm Thị Hoa", "leader")
    syncing.sync(lan.store)  # learns who leads
    mine = household(lan, "Đặng Văn Bảy")
    out = bundles.export_bundle(lan.store, hamlet.stick / "lan.ntmb")
    assert (out.records, out.bytes) == (1, (hamlet.stick / "lan.ntmb").stat().st_size)
    before = (hamlet.stick / "lan.ntmb").read_bytes()
    came = bundles.import_bundle(hoa.store, hamlet.stick / "lan.ntmb")
    assert (came.records, came.new, came.maker) == (1, 1, "Lê Thị Lan")
    assert (hamlet.stick / "lan.ntmb").read_bytes() == before
    again = bundles.import_bundle(hoa.store, hamlet.stick / "lan.ntmb")
    assert (again.new, again.receipts) == (0, 0)
    assert [(r.road, r.name, r.received) for r in hoa.do(syncing.past)[:2]] == [
        ("stick", "Lê Thị Lan", 0),
        ("stick", "Lê Thị Lan", 1),
    ]
    assert [(r.road, r.sent) for r in lan.do(syncing.past)[:1]] == [("copied", 1)]
    assert mine in rows(hoa)
    assert state(lan, "household", mine) == "local"

    bundles.export_bundle(hoa.store, hamlet.stick / "hoa.ntmb", "team")
    home = bundles.import_bundle(lan.store, hamlet.stick / "hoa.ntmb")
    assert (home.carried, home.receipts) == (1, 0)
    assert state(lan, "household", mine) == "carried"

    numbers = syncing.sync(hoa.store)
    assert numbers.pending == 0
    assert mine in {r["id"] for r in hamlet.server.run("list", "household", "--team", hamlet.code)["rows"]}
    bundles.export_bundle(hoa.store, hamlet.stick / "hoa2.ntmb", "team")
    home = bundles.import_bundle(lan.store, hamlet.stick / "hoa2.ntmb")
    assert home.receipts == 1
    assert state(lan, "household", mine) == "accepted"
    numbers = syncing.sync(lan.store)
    assert (numbers.sent, numbers.pending, numbers.rounds) == (0, 0, 1)


def test_three_members_without_any_server_make_one_log(hamlet: Hamlet) -> None:
    hoa = hamlet.laptop("Phạm Thị Hoa", "leader")
    members = [hamlet.laptop(name) for name in ("Lê Văn An", "Lê Văn Ba", "Lê Văn Cư")]
    for bench in [hoa, *members]:
        syncing.sync(bench.store)
    hamlet.server.stop()
    try:
        for n, bench in enumerate(members):
            home = household(bench, f"Hộ số {n}")
            bench.do(
                records.add,
                "support_visit",
                {
                    "household": home,
                    "date": "2026-11-18",
                    "place_type": "home",
                    "minutes": 20,
                    "lines": [{"service": "K01", "outcome": "done"}],
                },
            )
            bundles.export_bundle(bench.store, hamlet.stick / f"{n}.ntmb")
        for n in (2, 0, 1, 0):
            bundles.import_bundle(hoa.store, hamlet.stick / f"{n}.ntmb")
        with pytest.raises(SyncProblem):
            syncing.sync(hoa.store)
        log = hoa.ask(weekly_log.show, Week(2026, 47))
        assert next(f for f in log.figures if f.code == "I06").period == 3
        # handed on with no line: the leader's own bundle carries theirs to the server
        bundles.export_bundle(hoa.store, hamlet.stick / "all.ntmb")
    finally:
        hamlet.server.start()
    done = hamlet.server.run(
        "bundle", "import", str(hamlet.stick / "all.ntmb"), "--answer", str(hamlet.stick / "answer.ntmb")
    )
    assert (done["records"], done["receipts"], done["notices"]) == (6, 3, [])
    for n, bench in enumerate(members):
        came = bundles.import_bundle(bench.store, hamlet.stick / "answer.ntmb")
        assert (came.receipts, came.by_server) == (3, True), n
        assert len(rows(bench)) == 3
        assert {state(bench, "household", id) for id in rows(bench)} == {"accepted"}
        numbers = syncing.sync(bench.store)
        assert (numbers.sent, numbers.received, numbers.pending, numbers.rounds) == (0, 0, 0, 1)
    bundles.import_bundle(hoa.store, hamlet.stick / "answer.ntmb")
    numbers = syncing.sync(hoa.store)
    assert (numbers.sent, numbers.received, numbers.pending) == (0, 0, 0)


def test_a_lost_stick_leaves_no_hole(hamlet: Hamlet) -> None:
    lan, hoa = hamlet.laptop("Lê Thị Lan"), hamlet.laptop("Phạm Thị Hoa", "leader")
    syncing.sync(lan.store)
    first = household(lan, "Một")
    bundles.export_bundle(lan.store, hamlet.stick / "lost.ntmb")
    (hamlet.stick / "lost.ntmb").unlink()
    second = household(lan, "Hai")
    bundles.export_bundle(lan.store, hamlet.stick / "kept.ntmb")
    bundles.import_bundle(hoa.store, hamlet.stick / "kept.ntmb")
    assert {first, second} <= rows(hoa)


def test_a_turned_bit_or_a_cut_is_noticed_and_nothing_is_taken(hamlet: Hamlet) -> None:
    lan, hoa = hamlet.laptop("Lê Thị Lan"), hamlet.laptop("Phạm Thị Hoa", "leader")
    syncing.sync(lan.store)
    household(lan, "Đặng Văn Bảy")
    file = hamlet.stick / "lan.ntmb"
    bundles.export_bundle(lan.store, file)
    whole = file.read_bytes()
    held = rows(hoa)
    for at in (*range(0, len(whole), 37), len(whole) - 1):
        turned = bytearray(whole)
        turned[at] ^= 1
        for bad in (bytes(turned), whole[:at]):
            file.write_bytes(bad)
            with pytest.raises(SyncProblem) as caught:
                bundles.import_bundle(hoa.store, file)
            assert caught.value.code in ("bundle_damaged", "too_new"), at
    file.write_bytes(whole + b"x")
    with pytest.raises(SyncProblem, match="bundle_damaged"):
        bundles.import_bundle(hoa.store, file)
    assert rows(hoa) == held
    file.write_bytes(whole)
    assert bundles.import_bundle(hoa.store, file).new == 1


def test_a_bundle_of_another_team_or_of_a_laptop_shut_out_is_refused(
    hamlet: Hamlet, server: RealServer, tmp_path: Path, clock: HandClock
) -> None:
    lan, hoa = hamlet.laptop("Lê Thị Lan"), hamlet.laptop("Phạm Thị Hoa", "leader")
    (tmp_path / "khác").mkdir()
    other = Hamlet(server, tmp_path / "khác", clock, f"T{next(_codes)}")
    stranger = other.laptop("Người Tổ Khác", "leader")
    syncing.sync(lan.store)
    household(lan, "Một")
    bundles.export_bundle(lan.store, hamlet.stick / "lan.ntmb")
    with pytest.raises(UserError, match="bundle_foreign"):
        bundles.import_bundle(stranger.store, hamlet.stick / "lan.ntmb")
    device = next(
        d for d in server.run("devices")["rows"] if d["name"] == "Lê Thị Lan" and d["team"] == hamlet.code
    )
    server.run("revoke", device["device"])
    syncing.sync(hoa.store)  # hears of it the same day
    with pytest.raises(UserError, match="bundle_revoked"):
        bundles.import_bundle(hoa.store, hamlet.stick / "lan.ntmb")
    with pytest.raises(AppError, match="bundle_revoked"):
        raise_of(server, hamlet.stick / "lan.ntmb")
    other.close()


def raise_of(server: RealServer, file: Path) -> None:
    from tests.together.server import VerbFailed

    try:
        server.run("bundle", "import", str(file))
    except VerbFailed as error:
        raise UserError(error.code) from error


def test_a_member_carries_sealed_what_it_may_not_read(hamlet: Hamlet) -> None:
    lan, nam = hamlet.laptop("Lê Thị Lan"), hamlet.laptop("Trần Văn Nam")
    syncing.sync(lan.store)
    mine = household(lan, "Kín")
    bundles.export_bundle(lan.store, hamlet.stick / "lan.ntmb")
    came = bundles.import_bundle(nam.store, hamlet.stick / "lan.ntmb")
    assert (came.sealed, came.new) == (True, 0)
    assert mine not in rows(nam)
    assert bundles.import_bundle(nam.store, hamlet.stick / "lan.ntmb").new == 0
    syncing.sync(nam.store)
    assert mine in rows(nam)  # by the server now, as everything of the team
    bundles.export_bundle(nam.store, hamlet.stick / "nam.ntmb", "team")
    home = bundles.import_bundle(lan.store, hamlet.stick / "nam.ntmb")
    assert home.receipts == 1
    assert state(lan, "household", mine) == "accepted"


def test_what_is_handed_on_is_what_its_author_signed(hamlet: Hamlet) -> None:
    lan, hoa = hamlet.laptop("Lê Thị Lan"), hamlet.laptop("Phạm Thị Hoa", "leader")
    syncing.sync(lan.store)
    household(lan, "Gốc")
    bundles.export_bundle(lan.store, hamlet.stick / "1.ntmb")
    bundles.import_bundle(hoa.store, hamlet.stick / "1.ntmb")
    with hoa.look() as uow:
        [held] = uow.carrying.waiting(uow.stream())
        data = uow.carrying.data(uow.stream(), held)
    assert data is not None
    assert packet_hash(data) == held.hash
    assert open_packet(data).head.replica == lan.store.replica


def test_what_reached_the_server_is_handed_on_by_those_who_never_saw_its_packet(hamlet: Hamlet) -> None:
    """Lan's packet is receipted and gone; An hands her record to the leader, with the head she signed.  In
    the name of somebody who never signed anything a stick brings nothing."""
    lan, an = hamlet.laptop("Lê Thị Lan"), hamlet.laptop("Trần Văn An")
    hoa = hamlet.laptop("Phạm Thị Hoa", "leader")
    for bench in (lan, an, hoa, lan):
        syncing.sync(bench.store)
    mine = household(lan, "Đặng Văn Bảy")
    syncing.sync(lan.store)
    bundles.export_bundle(lan.store, hamlet.stick / "lan.ntmb", "team")
    assert bundles.import_bundle(an.store, hamlet.stick / "lan.ntmb").new == 1
    an.do(records.set_fields, "household", mine, {"lane": "Ngõ 9"})
    bundles.export_bundle(an.store, hamlet.stick / "an.ntmb", "team")
    assert bundles.import_bundle(hoa.store, hamlet.stick / "an.ntmb").refused == 0
    stood = hoa.ask(records.get, "household", mine)
    assert (stood["head_name"], stood["lane"]) == ("Đặng Văn Bảy", "Ngõ 9")
    assert hoa.ask(records.conflicts, "household") == []
    stranger = "ee" * 8
    with lan.store.begin(lan.author) as uow:
        here = any_kind(uow.db, mine)
        assert here is not None
        record, forged = here.record(), Dot(uow.counter + 1000, stranger)
        cells = {**record.cells, "head_name": Cell({forged: "Tên giả"}, {stranger: forged.counter})}
        stamps = {**record.stamps, forged: uow.stamp()}
        living = {dot for cell in cells.values() for dot in cell.siblings}
        stamps = {dot: stamp for dot, stamp in stamps.items() if dot in living}
        uow.writer.save(here, Record("household", mine, cells, stamps), uow.next_dot(), "set")
    bundles.export_bundle(lan.store, hamlet.stick / "giả.ntmb", "team")
    bundles.import_bundle(hoa.store, hamlet.stick / "giả.ntmb")
    assert hoa.ask(records.get, "household", mine) == stood
    with hoa.store.look() as uow:
        assert stranger not in uow.records.counters("household", mine)


def test_a_stick_tells_a_laptop_of_its_twin_before_anything_of_it_is_merged(hamlet: Hamlet) -> None:
    """The machine went back to a snapshot, witness and all; what it saved since stands beside the twin's."""
    lan = hamlet.laptop("Lê Thị Lan", "leader")
    syncing.sync(lan.store)
    home = household(lan, "Đầu")
    bundles.export_bundle(lan.store, hamlet.stick / "before.ntmb", "team")
    lan.store.close()
    shutil.copytree(lan.home, hamlet.folder / "snapshot")
    lan.store = unlocking.unlock(lan.home, PASSPHRASE, surroundings(clock=hamlet.clock)).store
    lan.do(records.set_fields, "household", home, {"head_name": "Của bản gốc"})
    lan.do(records.set_fields, "household", home, {"lane": "Ngõ 3"})
    bundles.export_bundle(lan.store, hamlet.stick / "twin.ntmb", "team")
    lan.store.close()
    shutil.rmtree(lan.home)
    shutil.copytree(hamlet.folder / "snapshot", lan.home)
    lan.store = unlocking.unlock(lan.home, PASSPHRASE, surroundings(clock=hamlet.clock)).store
    before = lan.store.replica
    lan.do(records.set_fields, "household", home, {"head_name": "Của bản sao"})
    came = bundles.import_bundle(lan.store, hamlet.stick / "twin.ntmb")
    assert came.clone
    assert lan.store.replica != before
    [conflict] = [c for c in lan.ask(records.conflicts, "household") if c.field == "head_name"]
    assert {version.value for version in conflict.values} == {"Của bản gốc", "Của bản sao"}
    again = bundles.import_bundle(lan.store, hamlet.stick / "twin.ntmb")
    assert (again.new, again.receipts, again.carried, again.clone) == (0, 0, 0, False)


def test_a_name_that_is_taken_is_told_and_the_file_stays_unless_it_may_go(hamlet: Hamlet) -> None:
    lan = hamlet.laptop("Lê Thị Lan")
    household(lan, "Một")
    file = hamlet.stick / "lan.ntmb"
    file.write_bytes(b"of somebody")
    with pytest.raises(UserError, match="file_exists") as wrong:
        bundles.export_bundle(lan.store, file)
    assert wrong.value.details == {"file": str(file)}
    assert file.read_bytes() == b"of somebody"
    with pytest.raises(UserError, match="not_found") as wrong:
        bundles.export_bundle(lan.store, hamlet.stick)
    assert wrong.value.details["reason"] == "is_folder"
    with pytest.raises(UserError, match="not_found") as wrong:
        bundles.export_bundle(lan.store, hamlet.stick / "gone" / "lan.ntmb")
    assert wrong.value.details == {"file": str(hamlet.stick / "gone"), "reason": "folder"}
    assert bundles.export_bundle(lan.store, file, replace=True).bytes == file.stat().st_size
    before = file.read_bytes()
    assert bundles.export_bundle(lan.store, file).bytes == file.stat().st_size, "her own former one may go"
    nam = hamlet.laptop("Hoàng Văn Nam")
    with pytest.raises(UserError, match="file_exists"):
        bundles.export_bundle(nam.store, file)
    file.write_bytes(before[:-1])
    with pytest.raises(UserError, match="file_exists"):
        bundles.export_bundle(lan.store, file)


class Disk:
    """Says how much is free on every disk."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.free = 1024
        monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=self.free))


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(monkeypatch)


def test_a_full_disk_is_told_before_anything_is_written(hamlet: Hamlet, disk: Disk) -> None:
    lan = hamlet.laptop("Lê Thị Lan")
    household(lan, "Một")
    with pytest.raises(EnvironmentProblem, match="disk_full"):
        bundles.export_bundle(lan.store, hamlet.stick / "lan.ntmb")
    assert list(hamlet.stick.iterdir()) == []


def test_readers_rows_count_among_what_an_export_needs(hamlet: Hamlet, disk: Disk) -> None:
    hamlet.laptop("Phạm Thị Hoa", "leader")
    lan = hamlet.laptop("Lê Thị Lan")
    for n in range(100):
        household(lan, f"Trần Văn {n} {secrets.token_hex(30)}")
    syncing.sync(lan.store)
    file = hamlet.stick / "lan.ntmb"
    disk.free = bundle_room.MARGIN + 1024
    with pytest.raises(EnvironmentProblem, match="disk_full") as full:
        bundles.export_bundle(lan.store, file, "team")
    disk.free = full.value.details["needed"]
    out = bundles.export_bundle(lan.store, file, "team")
    assert out.records == 0
    assert 0.7 * out.bytes < disk.free - bundle_room.MARGIN <= out.bytes


@pytest.mark.parametrize("to", ["server", "team"])
def test_room_for_every_record_is_asked_before_a_bundle_is_taken_in(
    hamlet: Hamlet, disk: Disk, to: str
) -> None:
    lan, hoa = hamlet.laptop("Lê Thị Lan"), hamlet.laptop("Phạm Thị Hoa", "leader")
    disk.free = 2**40
    syncing.sync(lan.store)
    for n in range(20):
        household(lan, f"Trần Văn {n}")
    if to == "team":
        syncing.sync(lan.store)
    file = Path(bundles.export_bundle(lan.store, hamlet.stick / "lan.ntmb", to).file)
    size = bundle_room.TIMES * file.stat().st_size + bundle_room.MARGIN
    for free in (size - 1, size):
        disk.free = free
        with hoa.look() as uow:
            before = uow.seq
        with pytest.raises(EnvironmentProblem, match="disk_full") as full:
            bundles.import_bundle(hoa.store, file)
        with hoa.look() as uow:
            assert uow.seq == before
        assert not rows(hoa)
    needed = full.value.details["needed"]
    assert full.value.details == {"file": str(hoa.store.home), "needed": needed, "free": size}
    assert needed >= size + 20 * bundle_room.RECORD_BYTES
    disk.free = needed
    assert bundles.import_bundle(hoa.store, file).new >= 20
    if to == "server":
        disk.free = size
        assert bundles.import_bundle(hoa.store, file).new == 0, "what is here already takes no room"


def test_room_is_asked_for_what_is_only_carried_on(hamlet: Hamlet, disk: Disk) -> None:
    lan, nam = hamlet.laptop("Lê Thị Lan"), hamlet.laptop("Hoàng Văn Nam")
    disk.free = 2**40
    syncing.sync(nam.store)
    household(lan, "Một")
    file = Path(bundles.export_bundle(lan.store, hamlet.stick / "lan.ntmb").file)
    disk.free = bundle_room.MARGIN
    with pytest.raises(EnvironmentProblem, match="disk_full"):
        bundles.import_bundle(nam.store, file)
    disk.free = bundle_room.MARGIN + bundle_room.TIMES * file.stat().st_size
    assert bundles.import_bundle(nam.store, file).sealed


def test_the_server_asks_for_room_before_it_takes_a_bundle_in(hamlet: Hamlet, disk: Disk) -> None:
    lan = hamlet.laptop("Lê Thị Lan")
    disk.free = 2**40
    for n in range(20):
        household(lan, f"Trần Văn {n}")
    file = Path(bundles.export_bundle(lan.store, hamlet.stick / "lan.ntmb").file)
    answer = hamlet.stick / "answer.ntmb"
    with open_installation(hamlet.server.data) as server:
        disk.free = bundle_room.MARGIN + bundle_room.TIMES * file.stat().st_size
        with pytest.raises(WireError, match="disk_full") as full:
            bring(server, file, answer)
        assert full.value.details["file"] == str(hamlet.server.data)
        assert full.value.details["needed"] >= disk.free + 20 * bundle_room.RECORD_BYTES
        assert [*hamlet.stick.iterdir()] == [file]
        assert hamlet.server.run("list", "household", "--team", hamlet.code)["total"] == 0
        disk.free = full.value.details["needed"]
        assert bring(server, file, answer)["new"] >= 20
        assert answer.exists()


def test_an_answer_that_has_no_room_on_the_stick_is_refused_before_the_server_takes_anything(
    hamlet: Hamlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    lan = hamlet.laptop("Lê Thị Lan")
    household(lan, "Một")
    file = Path(bundles.export_bundle(lan.store, hamlet.stick / "lan.ntmb").file)
    monkeypatch.setattr(
        shutil, "disk_usage", lambda at: SimpleNamespace(free=0 if at == hamlet.stick else 2**40)
    )
    with open_installation(hamlet.server.data) as server:
        with pytest.raises(WireError, match="disk_full") as full:
            bring(server, file, hamlet.stick / "answer.ntmb")
        assert full.value.details["file"] == str(hamlet.stick)
        assert hamlet.server.run("list", "household", "--team", hamlet.code)["total"] == 0
        assert bring(server, file, None)["new"] >= 1


def test_what_was_refused_waits_with_its_carrier_until_the_roster_says_otherwise(hamlet: Hamlet) -> None:
    lan, hoa = hamlet.laptop("Lê Thị Lan"), hamlet.laptop("Phạm Thị Hoa", "leader")
    syncing.sync(lan.store)
    mine = household(lan, "Của người bị khóa nhầm")
    bundles.export_bundle(lan.store, hamlet.stick / "lan.ntmb")
    bundles.import_bundle(hoa.store, hamlet.stick / "lan.ntmb")
    listed = hamlet.server.run("devices")["rows"]
    device = next(d for d in listed if (d["name"], d["team"]) == ("Lê Thị Lan", hamlet.code))
    hamlet.server.run("revoke", device["device"])
    syncing.sync(hoa.store)  # refused, and the roster taken in which it is shut out
    assert hoa.ask(declined) == {}, "with a newer roster it is worth asking once more"
    syncing.sync(hoa.store)
    assert [notice.details["reason"] for notice in hoa.ask(declined).values()] == ["revoked"]
    syncing.sync(hoa.store)
    assert len(hoa.ask(declined)) == 1
    with lan.look() as uow:
        keys = uow.peers.keys
    again = EnrolRequest(
        protocol=MAX_PROTOCOL,
        code=hamlet.server.invite(hamlet.code, "volunteer")["code"],
        replica=lan.store.replica,
        device_key=keys.public,
        person=lan.author.person,
        name="Lê Thị Lan",
        sealing_key=keys.sealing_public,
    )
    HttpDoorstep(hamlet.server.url, None).enrol(again)  # its own sync does not come through
    hamlet.clock.days(1)
    for _ in range(2):
        syncing.sync(hoa.store)
    assert hoa.ask(declined) == {}
    assert mine in {r["id"] for r in hamlet.server.run("list", "household", "--team", hamlet.code)["rows"]}
    bundles.export_bundle(hoa.store, hamlet.stick / "hoa.ntmb", "team")
    assert bundles.import_bundle(lan.store, hamlet.stick / "hoa.ntmb").receipts == 1
