"""A team in one room without any server: real stores, real bundles, real TLS, and a member that is killed."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from ntmdesk.errors import AppError
from ntmdesk.messages import message_of
from ntmdesk.services import bundles, greetings, meeting, records, syncing, unlocking
from ntmdesk.services.collection_point import CollectionPoint, again, open_point
from ntmdesk.services.meeting import MeetingNumbers, make_bundle, take_answer
from ntmdesk.services.surroundings import surroundings
from ntmdesk.store.database import Store
from sync.engine.point import PointTransport
from sync.protocol.errors import WireError
from sync.protocol.points import read_address, read_invitation
from tests.fakes import FakeClock
from tests.ntmdesk.store.laptops import enrolment

from .conftest import PASSPHRASE, Bench, HandClock

HERE = "127.0.0.1"


class Room:
    """A leader with an open point, and members who know each other by their codes."""

    def __init__(self, folder: Path, clock: HandClock) -> None:
        self.folder, self.clock = folder, clock
        self.desks: list[Bench] = []
        self.leader = self.laptop("Phạm Thị Hoa")
        self._greet(self.leader, lead=True)
        self.lan, self.nam = self.member("Lê Thị Lan"), self.member("Trần Văn Nam")
        self.changes = 0
        self.point: CollectionPoint = open_point(
            again(self.leader.store), host=HERE, announced_on=(), changed=self._changed
        )

    def _changed(self) -> None:
        self.changes += 1

    def laptop(self, name: str) -> Bench:
        home = self.folder / name
        made = unlocking.create(home, PASSPHRASE, name, surroundings(clock=self.clock))
        bench = Bench(made.store, made.author, self.clock, home, made.recovery_code)
        self.desks.append(bench)
        return bench

    def member(self, name: str) -> Bench:
        bench = self.laptop(name)
        his = self._greet(bench)
        bundles.import_bundle(self.leader.store, Path(his.file))
        self.leader.do(greetings.confirm, his.code)
        hers = self._greet(self.leader)
        bundles.import_bundle(bench.store, Path(hers.file))
        bench.do(greetings.confirm, hers.code)
        return bench

    def _greet(self, bench: Bench, lead: bool = False) -> greetings.Greeted:
        file = self.folder / f"{bench.author.name}.ntmg"
        file.unlink(missing_ok=True)
        return greetings.greet(bench.store, bench.author, file, lead=lead)

    def meet(self, bench: Bench, **more: Any) -> MeetingNumbers:
        status = self.point.status()
        return meeting.meet(bench.store, status.code, status.addresses[0], clock=FakeClock(), **more)

    def close(self) -> None:
        self.point.close()
        for bench in self.desks:
            bench.store.close()


@pytest.fixture
def room(tmp_path: Path, clock: HandClock) -> Iterator[Room]:
    made = Room(tmp_path, clock)
    yield made
    made.close()


def household(bench: Bench, name: str) -> str:
    return str(bench.do(records.add, "household", {"head_name": name, "lane": "Ngõ 2"}))


def homes(bench: Bench) -> set[str]:
    with bench.look() as uow:
        return {row["id"] for row in uow.records.list("household").rows}


def state(bench: Bench, id: str) -> str:
    return str(bench.ask(records.get, "household", id)["state"])


def trouble(call: Callable[[], object]) -> AppError:
    with pytest.raises(AppError) as caught:
        call()
    return caught.value


def test_members_hand_over_and_take_each_others_records_home(room: Room) -> None:
    bay, tam = household(room.lan, "Đặng Văn Bảy"), household(room.nam, "Lê Văn Tám")
    first = room.meet(room.lan)
    assert (first.sent, first.received, first.pending) == (1, 0, 1)
    assert state(room.lan, bay) == "carried"
    point = room.point.status().name
    told = [(run.road, run.name, run.sent, run.received) for run in room.lan.ask(syncing.past)]
    assert told == [("room", point, 1, 0)]
    told = [(run.road, run.name, run.sent, run.received) for run in room.leader.ask(syncing.past)]
    assert told == [("point", "Lê Thị Lan", 0, 1)]
    second = room.meet(room.nam)
    assert (second.sent, second.received) == (1, 1)
    assert homes(room.nam) == homes(room.leader) == {bay, tam}
    assert {state(bench, id) for bench in (room.leader, room.nam) for id in (bay, tam)} == {"carried"}
    for narrowed, shown in (("carried", {bay, tam}), ("unsent", {bay, tam}), ("accepted", set())):
        listed = room.leader.ask(records.list_rows, "household", where={"state": narrowed})
        assert {row["id"] for row in listed.rows} == shown
    assert room.meet(room.lan).received == 1
    assert homes(room.lan) == {bay, tam}
    at_rest = room.meet(room.lan)
    assert (at_rest.received, at_rest.conflicts) == (0, 0)
    told = {one.name: (one.times, one.records) for one in room.point.status().delivered}
    assert told == {"Lê Thị Lan": (3, 1), "Trần Văn Nam": (1, 1)}


def test_at_the_point_and_from_a_stick_is_the_same(room: Room) -> None:
    """Met, then carried as well, then met again: nothing is new twice."""
    bay = household(room.lan, "Đặng Văn Bảy")
    stick = room.folder / "lan.ntmb"
    bundles.export_bundle(room.lan.store, stick)
    room.meet(room.lan)
    assert bundles.import_bundle(room.leader.store, stick).new == 0
    room.meet(room.lan)
    assert homes(room.leader) == {bay}


def test_all_at_once_and_nobody_is_lost(room: Room) -> None:
    mine = {household(bench, f"Hộ {n}") for n, bench in enumerate((room.lan, room.nam)) for _ in range(2)}
    made = {id(b): make_bundle(b.store) for b in (room.lan, room.nam)}  # a store belongs to this thread
    answers: dict[int, bytes] = {}

    def give_in(bench: Bench) -> None:
        status = room.point.status()
        road = meeting_road(status.code, status.addresses[0])
        try:
            answers[id(bench)] = road.deliver(made[id(bench)][0])
        finally:
            road.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(give_in, (room.lan, room.nam)))
    for bench in (room.lan, room.nam):
        take_answer(bench.store, answers[id(bench)])
        room.meet(bench)
    assert homes(room.leader) == homes(room.lan) == homes(room.nam) == mine


def meeting_road(code: str, address: str) -> PointTransport:
    return PointTransport(read_address(address), read_invitation(code))


def test_a_stranger_and_a_torn_bundle_are_refused_and_nothing_is_taken(room: Room) -> None:
    stranger = room.laptop("Người Lạ")
    greetings.greet(stranger.store, stranger.author, room.folder / "x.ntmg", lead=True)
    household(stranger, "Hộ nơi khác")
    helper = room.laptop("Người Lạ Khác")
    his = room._greet(helper)
    bundles.import_bundle(stranger.store, Path(his.file))
    stranger.do(greetings.confirm, his.code)
    assert trouble(lambda: room.meet(stranger)).code == "bundle_foreign"
    household(room.lan, "Đặng Văn Bảy")

    def torn(store: Any) -> tuple[bytes, int]:
        bundle, count = make_bundle(store)
        return bundle[:-100] + bytes(100), count

    assert trouble(lambda: room.meet(room.lan, make=torn)).code == "bundle_damaged"
    assert homes(room.leader) == set()
    status = room.point.status()
    assert (status.delivered, status.trouble) == ((), "")


def test_a_member_whose_leader_has_joined_a_server_gives_in_and_is_told_why_nothing_comes_home(
    room: Room,
) -> None:
    bay = household(room.lan, "Đặng Văn Bảy")
    joined = enrolment("0190aaaa-0000-7000-8000-0000000000ff", "0190aaaa-0000-7000-8000-000000000001", ())
    with room.leader.begin() as uow:
        uow.peers.join(joined, "http://127.0.0.1")
    told = trouble(lambda: room.meet(room.lan))
    assert (told.code, told.details) == ("no_readers", {"reason": "joined", "received": 1})
    assert message_of(told).startswith("Điểm thu đã nhận bản ghi của máy này.")
    assert homes(room.leader) == {bay}
    assert state(room.lan, bay) == "local"
    told_there = [(run.road, run.name, run.received) for run in room.leader.ask(syncing.past)]
    assert told_there == [("point", "Lê Thị Lan", 1)]
    assert room.changes == 1, "the window of the point looks again"
    assert room.point.status().trouble == ""
    assert trouble(lambda: room.meet(room.lan)).details["received"] == 0


def test_whom_the_leader_has_not_met_is_told_to_greet(room: Room) -> None:
    cu = room.laptop("Lê Văn Cư")
    hers = room._greet(room.leader)
    bundles.import_bundle(cu.store, Path(hers.file))
    cu.do(greetings.confirm, hers.code)
    household(cu, "Của Cư")
    told = trouble(lambda: room.meet(cu))
    assert (told.code, told.details) == ("bundle_foreign", {"reason": "point"})
    assert message_of(told).startswith("Máy ở điểm thu chưa biết máy này")
    assert homes(room.leader) == set()


def test_an_answer_that_is_lost_on_the_way_comes_with_the_next_try(room: Room) -> None:
    """The leader has taken the bundle in; the member hears nothing and sends the same bytes again."""
    bay = household(room.lan, "Đặng Văn Bảy")
    sent: list[bytes] = []

    class Torn(PointTransport):
        def deliver(self, bundle: bytes) -> bytes:
            sent.append(bundle)
            answer = super().deliver(bundle)
            if len(sent) == 1:
                raise WireError("point_dropped")
            return answer

    numbers = room.meet(room.lan, road=Torn)
    assert sent == [sent[0]] * 2
    assert (numbers.sent, numbers.received) == (1, 0)
    assert homes(room.leader) == {bay}
    assert state(room.lan, bay) == "carried"
    (one,) = room.point.status().delivered
    assert (one.times, one.records) == (2, 1)


LEADER = """
import os, signal, sys
from pathlib import Path
from ntmdesk.services import collection_point
from ntmdesk.services.surroundings import surroundings
from ntmdesk.store.database import Store
home, key, moment = sys.argv[1:]

def take(store, bundle):
    if moment == "came":
        os.kill(os.getpid(), signal.SIGKILL)
    collection_point.take_bundle(store, bundle)
    os.kill(os.getpid(), signal.SIGKILL)

def reopen():
    return Store.open(Path(home), bytes.fromhex(key), surroundings())

point = collection_point.open_point(reopen, host="127.0.0.1", announced_on=(), take=take)
status = point.status()
print(status.code, status.addresses[0], flush=True)
point.wait()
"""


@pytest.mark.parametrize("moment", ["came", "taken"])
def test_a_leader_killed_at_any_moment_loses_nothing(room: Room, moment: str) -> None:
    bay = household(room.lan, "Đặng Văn Bảy")
    store = room.leader.store
    words = [sys.executable, "-c", LEADER, str(store.home), store.key.hex(), moment]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as leader:
        assert leader.stdout is not None
        code, address = leader.stdout.readline().split()
        error = trouble(lambda: meeting.meet(room.lan.store, code, address, clock=FakeClock()))
    assert leader.returncode == -signal.SIGKILL
    assert error.code == "point_closed"  # dropped, then tried again where nobody is any more
    assert homes(room.leader) == (set() if moment == "came" else {bay})
    assert state(room.lan, bay) == "local"
    numbers = room.meet(room.lan)
    assert (numbers.sent, homes(room.leader)) == (1, {bay})
    assert state(room.lan, bay) == "carried"


MEMBER = """
import os, signal, sys
from pathlib import Path
from ntmdesk.services import meeting
from ntmdesk.services.surroundings import surroundings
from ntmdesk.store.database import Store
home, key, code, address, moment = sys.argv[1:]

def die():
    os.kill(os.getpid(), signal.SIGKILL)

def make(store):
    made = meeting.make_bundle(store)
    if moment == "made":
        die()
    return made

def take(store, answer):
    if moment == "answered":
        die()
    done = meeting.take_answer(store, answer)
    if moment == "taken":
        die()
    return done

store = Store.open(Path(home), bytes.fromhex(key), surroundings())
meeting.meet(store, code, address, make=make, take=take)
"""


@pytest.mark.parametrize("moment", ["made", "answered", "taken"])
def test_a_member_killed_at_any_moment_loses_nothing(room: Room, moment: str) -> None:
    bay = household(room.lan, "Đặng Văn Bảy")
    hers = household(room.leader, "Hộ của tổ trưởng")
    home, key = room.lan.home, room.lan.store.key
    room.lan.store.close()
    status = room.point.status()
    done = subprocess.run(
        [sys.executable, "-c", MEMBER, str(home), key.hex(), status.code, status.addresses[0], moment],
        check=False,
        timeout=120,
        capture_output=True,
        text=True,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert homes(room.leader) == ({hers} if moment == "made" else {bay, hers})
    room.lan.store = _reopen(room.lan, key)
    room.meet(room.lan)
    assert homes(room.lan) == homes(room.leader) == {bay, hers}
    assert state(room.lan, bay) == "carried"


def _reopen(bench: Bench, key: bytes) -> Store:
    return Store.open(bench.home, key, surroundings(clock=bench.clock))
