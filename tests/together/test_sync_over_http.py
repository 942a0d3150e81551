"""The real engine, the real road and the real server process: what was saved anywhere is everywhere."""

from __future__ import annotations

import random
import secrets
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sync.engine.http import HttpDoorstep, HttpTransport
from sync.engine.runner import Outcome, converse
from sync.protocol.errors import WireError
from sync.protocol.messages import EnrolRequest, Limits
from tests.fakes import FakeClock, MemoryReplica
from tests.sync.server.laptop import made_id, outreach
from tests.together.server import RealServer

pytestmark = pytest.mark.together


class Member:
    """One person's laptop: a replica in memory, enrolled at a real server."""

    def __init__(self, server: RealServer, name: str, role: str = "volunteer") -> None:
        self.server = server
        text, _, fingerprint = server.invite("T01", role)["code"].partition(".")
        self.fingerprint = fingerprint if server.fingerprint else None
        key, replica = secrets.token_bytes(32), MemoryReplica([], "", (), bytes(32), secrets.token_bytes)
        doorstep = HttpDoorstep(server.url, self.fingerprint)
        request = EnrolRequest(1, text, replica.id, _public(key), made_id("person", name), name)
        self.enrolment = doorstep.enrol(request)
        doorstep.close()
        self.stream = self.enrolment.team
        self.replica = MemoryReplica(
            [self.stream], self.enrolment.server, self.enrolment.server_keys, key, secrets.token_bytes
        )

    def save(self, name: str, numbers: range) -> None:
        for n in numbers:
            self.replica.save(self.stream, "outreach", made_id(name, n), outreach(n))

    def sync(self, **more: Any) -> Outcome:
        road = HttpTransport(self.server.url, self.enrolment.token, self.fingerprint)
        try:
            return converse(self.replica, road, FakeClock(), secrets.token_bytes, **more)
        finally:
            road.close()

    def images(self) -> dict[str, bytes]:
        return {id: held.image for id, held in self.replica.held.items()}


def _public(private: bytes) -> bytes:
    from sync.protocol.signing import public_of

    return public_of(private)


def settle(*members: Member) -> None:
    """Everybody syncs until nobody has anything left, then all hold the same."""
    for _ in range(3):
        for member in members:
            outcome = member.sync()
            assert outcome.problem is None, (outcome.problem, outcome.problem.details)
            assert [n for n in outcome.notices if n.code == "differs"] == []
    assert all(member.images() == members[0].images() for member in members)
    for member in members:
        states = set(member.replica.record_states().values())
        assert states <= {"accepted"}, states
        rest = member.sync()
        assert (rest.sent, rest.received, rest.pending) == (0, 0, 0)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RealServer]:
    with RealServer(tmp_path) as running:
        running.team_add(hamlets=["Thôn 1"])
        yield running


def test_two_laptops_meet_over_pinned_https(tmp_path: Path) -> None:
    with RealServer(tmp_path, tls=True) as server:
        server.team_add(hamlets=["Thôn 1"])
        one, two = Member(server, "Bùi Văn Đá"), Member(server, "Cao Thị Én", "leader")
        assert one.fingerprint == server.fingerprint
        one.save("one", range(300))
        two.save("two", range(250))
        settle(one, two)
        # 550 of theirs, the team, its hamlet and two members
        assert len(one.images()) == 554
        assert server.run("list", "outreach", "--limit", "0")["total"] == 550
        wrong = HttpTransport(server.url, one.enrolment.token, "0" * 64)
        with pytest.raises(WireError) as caught:
            wrong.exchange(b"x")
        wrong.close()
        assert caught.value.code == "tls"


@pytest.mark.postgres
def test_two_laptops_meet_at_a_server_on_postgresql(tmp_path: Path, postgres_dsn: str) -> None:
    with RealServer(tmp_path, database=postgres_dsn) as server:
        server.team_add()
        one, two = Member(server, "Bùi Văn Đá"), Member(server, "Cao Thị Én")
        one.save("same", range(120))
        two.save("same", range(60, 200))
        settle(one, two)
        assert server.run("check")["ok"] is True
        assert server.run("stats")["records"]["outreach"] == 200


def test_an_openly_restored_server_gets_everything_back(server: RealServer, tmp_path: Path) -> None:
    one, two = Member(server, "Bùi Văn Đá"), Member(server, "Cao Thị Én")
    one.save("before", range(40))
    settle(one, two)
    server.run("backup", str(tmp_path / "copy.tar"))
    one.save("after", range(60))
    two.save("after two", range(30))
    settle(one, two)
    everything = one.images()
    server.stop()
    server.run("restore", str(tmp_path / "copy.tar"))
    server.start()
    assert server.run("list", "outreach", "--limit", "0")["total"] == 40
    settle(one, two)
    assert one.images() == everything
    assert server.run("list", "outreach", "--limit", "0")["total"] == 130
    assert server.run("stats")["epoch"] == 2


def test_a_server_that_went_back_in_silence_is_noticed_and_heals(server: RealServer, tmp_path: Path) -> None:
    one, two = Member(server, "Bùi Văn Đá"), Member(server, "Cao Thị Én")
    one.save("before", range(40))
    settle(one, two)
    server.stop()
    shutil.copytree(server.data, tmp_path / "snapshot")
    server.start()
    one.save("after", range(50))
    settle(one, two)
    everything = one.images()
    server.stop()
    shutil.rmtree(server.data)
    shutil.copytree(tmp_path / "snapshot", server.data)
    server.start()
    settle(two, one)
    assert one.images() == everything
    assert server.run("list", "outreach", "--limit", "0")["total"] == 90
    assert server.run("stats")["epoch"] == 2


def test_a_server_killed_during_syncs_loses_and_doubles_nothing(server: RealServer) -> None:
    one, two = Member(server, "Bùi Văn Đá"), Member(server, "Cao Thị Én")
    chance = random.Random(11)
    one.save("one", range(400))
    two.save("two", range(300))
    small = Limits(packet_records=50, page_records=80)
    for _ in range(4):
        killer = threading.Timer(chance.uniform(0.0, 0.25), server.kill)
        killer.start()
        for member in (one, two):
            member.sync(limits=small)
        killer.join()
        server.start()
    settle(one, two)
    assert server.run("list", "outreach", "--limit", "0")["total"] == 700
    assert server.run("check")["ok"] is True


def test_a_revoked_laptop_keeps_what_it_has_and_is_told(server: RealServer) -> None:
    one = Member(server, "Bùi Văn Đá")
    one.save("one", range(10))
    settle(one)
    server.run("revoke", one.enrolment.device)
    one.save("late", range(5))
    outcome = one.sync()
    assert outcome.problem is not None
    assert outcome.problem.code == "revoked"
    assert sorted(one.replica.record_states().values()).count("local") == 5
    assert server.run("list", "outreach", "--limit", "0")["total"] == 10


def test_a_refused_value_is_kept_by_its_author_and_blocks_nothing(server: RealServer) -> None:
    one, two = Member(server, "Bùi Văn Đá"), Member(server, "Cao Thị Én")
    one.save("good", range(20))
    bad = made_id("bad")
    one.replica.save(one.stream, "outreach", bad, {**outreach(1), "items_n": "nhiều"})
    one.sync()
    two.sync()
    one.sync()
    assert one.images() == two.images()
    assert "nhiều" in one.replica.quarantine.values()
    assert "items_n" not in two.replica.shown(bad)
    assert two.replica.shown(bad)["theme"] == "Tờ rơi số 1"
    assert one.replica.record_states()[bad] == "refused"


def test_a_volunteer_cannot_write_what_only_the_server_may(server: RealServer) -> None:
    one, two = Member(server, "Bùi Văn Đá"), Member(server, "Cao Thị Én")
    one.replica.save(
        one.stream,
        "unit",
        made_id("unit"),
        {"code": "15880", "code_list": "nso-2025-07", "name": "Xã Giả", "type": "commune"},
    )
    one.sync()
    two.sync()
    assert all(
        held.record.kind != "unit" or "name" not in two.replica.shown(id)
        for id, held in two.replica.held.items()
    )


def test_targets_and_teams_reach_the_laptops_by_sync(server: RealServer) -> None:
    one = Member(server, "Bùi Văn Đá")
    done = server.record_add("target", [{"indicator": "I10", "scope": "T01", "period": "2026", "value": 150}])
    settle(one)
    assert one.replica.shown(done["ids"][0])["value"] == 150
    assert one.replica.shown(one.stream)["code"] == "T01"
    assert [one.replica.shown(h)["local_code"] for h in one.enrolment.hamlets] == ["15880-001"]
    assert one.replica.shown(one.enrolment.member)["full_name"] == "Bùi Văn Đá"
