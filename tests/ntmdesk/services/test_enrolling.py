"""Joining a team and syncing, against a real server process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ntmdesk.errors import AppError, EnvironmentProblem, SyncProblem, UserError
from ntmdesk.services import enrolling, persons, records, syncing, unlocking, visits
from ntmdesk.services.newer_catalogue import FILE, kept_catalogue, take_newer_catalogue
from ntmdesk.services.surroundings import surroundings
from ntmdesk.services.visits import VisitDraft
from ntmdesk.store.lock import sync_lock
from sync.engine import runner
from sync.engine.runner import Outcome
from sync.protocol.errors import WireError
from sync.protocol.signed_catalogues import SignedCatalogue, encode_catalogue, sign_catalogue
from sync.protocol.signing import public_of
from tests.ntmdesk.store.laptops import enrolment
from tests.together.server import RealServer

from .conftest import PASSPHRASE, Bench, HandClock

pytestmark = pytest.mark.together

TEAM_SERVER, TEAM = "0190aaaa-0000-7000-8000-0000000000ff", "0190aaaa-0000-7000-8000-000000000001"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealServer]:
    """One upper server with one team for all tests of this file; more laptops a minute than any commune."""
    made = RealServer(tmp_path_factory.mktemp("xã"))
    with (made.data / "settings.toml").open("a", encoding="utf-8") as settings:
        settings.write("enrol_per_minute = 600\n")
    with made as running:
        running.team_add("T01", "Tổ thôn 1", hamlets=["Thôn 1"])
        yield running


def desk(folder: Path, name: str, clock: HandClock) -> Bench:
    made = unlocking.create(folder / name, PASSPHRASE, name, surroundings(clock=clock))
    return Bench(made.store, made.author, clock, folder / name, made.recovery_code)


def join(bench: Bench, server: RealServer, role: str = "volunteer", name: str = "") -> enrolling.Enrolled:
    code = server.invite("T01", role, name=name)["code"]
    done = enrolling.enrol(bench.store, bench.author, server.url, code)
    bench.author = enrolling.author_after(bench.store, bench.author)
    return done


class Listening:
    """A step that remembers what it was told."""

    def __init__(self, cancelled: bool = False) -> None:
        self.cancelled = cancelled
        self.told: list[str] = []

    def tell(self, done: int, total: int, note: str = "") -> None:
        self.told.append(note)


def test_a_household_met_alone_finds_its_hamlet_when_joining(
    server: RealServer, tmp_path: Path, clock: HandClock
) -> None:
    lan = desk(tmp_path, "Trần Thị Lan", clock)
    done = lan.do(
        visits.record,
        VisitDraft(
            values={"place_type": "home", "minutes": 20, "lines": [{"service": "K01", "outcome": "done"}]},
            new_household={"head_name": "Đặng Thị Hoà", "lane": "Ngõ 4"},
        ),
    )
    assert not lan.ask(records.get, "support_visit", done.visit).get("hamlet")
    join(lan, server)
    [hamlet] = lan.ask(persons.hamlets_of)
    visit = lan.ask(records.get, "support_visit", done.visit)
    home = lan.ask(records.get, "household", visit["household"])
    assert (visit["hamlet"], home["hamlet"]) == (hamlet["id"], hamlet["id"])
    assert home["state"] == "accepted"


def test_a_line_that_breaks_after_joining_leaves_nothing_undone(
    server: RealServer, tmp_path: Path, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    lan = desk(tmp_path, "Trần Thị Lan", clock)
    other = persons.add(lan.store, lan.home, "Phan Thị Mơ", "một câu khác để mở máy")
    home = lan.do(records.add, "household", {"head_name": "Đặng Văn Bốn", "lane": "Ngõ 2"})
    with monkeypatch.context() as broken:

        def breaks(*_: object) -> None:
            raise SyncProblem("dropped")

        broken.setattr(enrolling, "sync", breaks)
        done = join(lan, server)
    assert done.document() == {
        "team": done.team,
        "role": "member",
        "device": done.device,
        "pulled": 0,
        "sync": {"code": "dropped", "details": {}},
    }
    assert lan.author.role == "member"
    assert lan.ask(syncing.status).enrolled
    numbers = syncing.sync(lan.store)
    assert (numbers.pending, lan.ask(syncing.status).pending) == (0, 0), "all that was left, in this one"
    assert numbers.sent == numbers.accepted >= 3, "the household, its hamlet, the other person"
    [hamlet] = lan.ask(persons.hamlets_of)
    assert lan.ask(records.get, "household", home)["hamlet"] == hamlet["id"]
    assert lan.ask(records.get, "member", other.id)["full_name"] == "Phan Thị Mơ"
    lan.do(records.set_fields, "household", home, {"hamlet": None})
    syncing.sync(lan.store)
    assert not lan.ask(records.get, "household", home).get("hamlet")  # once: what a person empties stays so
    lan.do(records.delete, "household", home)
    syncing.sync(lan.store)


def test_what_came_before_the_first_sync_broke_is_counted(
    server: RealServer, tmp_path: Path, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line breaks where what settling in has written is sent."""
    lan = desk(tmp_path, "Trần Thị Lan", clock)
    home = lan.do(records.add, "household", {"head_name": "Đặng Văn Năm", "lane": "Ngõ 2"})
    whole, asked = runner.converse, []

    def breaks(*words: Any, **more: Any) -> Outcome:
        asked.append(words)
        if len(asked) == 1:
            return whole(*words, **more)
        return Outcome(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, (), WireError("dropped"))

    with monkeypatch.context() as broken:
        broken.setattr(runner, "converse", breaks)
        done = join(lan, server)
    assert (len(asked), done.pulled > 0) == (2, True), "no third try"
    assert done.unsynced is not None
    assert done.unsynced.code == "dropped"
    assert lan.ask(syncing.status).pending == 1
    syncing.sync(lan.store)
    assert lan.ask(records.get, "household", home)["state"] == "accepted"
    lan.do(records.delete, "household", home)
    syncing.sync(lan.store)


def test_a_store_taken_by_another_sync_is_told_as_what_it_is(
    server: RealServer, tmp_path: Path, clock: HandClock
) -> None:
    lan = desk(tmp_path, "Trần Thị Lan", clock)
    with sync_lock(lan.home):
        done = join(lan, server)
    assert done.unsynced is not None
    assert (done.unsynced.code, done.pulled) == ("locked_elsewhere", 0)
    assert syncing.sync(lan.store).received > 0


def test_what_was_recorded_alone_joins_the_team(server: RealServer, tmp_path: Path, clock: HandClock) -> None:
    hoa = desk(tmp_path, "Nguyễn Thị Hoa", clock)
    session = {
        "title": "An toàn số",
        "topics": ["T12"],
        "audience": "resident",
        "attended_n": 0,
        "members": [hoa.author.person],
    }
    training = hoa.do(records.add, "training", session)
    with pytest.raises(SyncProblem, match="not_enrolled"):
        syncing.sync(hoa.store)
    done = join(hoa, server, "leader")
    assert (done.role, done.pulled > 0) == ("leader", True)
    assert set(done.document()) == {"team", "role", "device", "pulled"}
    assert hoa.author.role == "leader"
    assert hoa.ask(persons.team_of)["code"] == "T01"
    assert [h["local_code"] for h in hoa.ask(persons.hamlets_of)] == ["15880-001"]
    assert hoa.ask(records.get, "training", training)["state"] == "accepted"
    status = hoa.ask(syncing.status)
    assert (status.enrolled, status.pending, status.team) == (True, 0, done.team)
    assert status.last_receipt is not None

    nam = desk(tmp_path, "Lê Văn Nam", clock)
    join(nam, server)
    assert nam.author.role == "member"
    assert nam.ask(records.get, "training", training)["title"] == "An toàn số"
    household = nam.do(records.add, "household", {"head_name": "Trần Văn Đức", "lane": "Ngõ 4"})
    form = {"household": household, "place_type": "home", "lines": [{"service": "K01", "outcome": "done"}]}
    nam.do(visits.record, VisitDraft(form))
    with pytest.raises(UserError, match="not_your_role"):
        nam.ask(persons.require_leader)
    listening = Listening()
    numbers = syncing.sync(nam.store, listening)
    assert (numbers.sent, numbers.accepted, numbers.refused, numbers.pending) == (2, 2, 0, 0)
    assert listening.told
    assert syncing.sync(hoa.store).received >= 2
    assert hoa.ask(records.get, "household", household)["head_name"] == "Trần Văn Đức"
    again = syncing.sync(hoa.store)
    assert (again.sent, again.received) == (0, 0)
    assert [run.code for run in hoa.ask(syncing.past)] == ["", "", ""]
    for bench in (hoa, nam):
        bench.store.close()


def test_everybody_on_a_shared_laptop_is_a_member_and_no_namesake_is_taken(
    server: RealServer, tmp_path: Path, clock: HandClock
) -> None:
    ba, tu = desk(tmp_path, "Hồ Thị Ba", clock), desk(tmp_path, "Hồ Văn Tư", clock)
    early = persons.add(tu.store, tu.home, "Ngô Thị Sớm", "một câu khác dài")
    join(ba, server, "leader")
    join(tu, server)
    namesake = persons.add(tu.store, tu.home, "Hồ Thị Ba", "một câu khác dài")
    assert namesake.id != ba.author.person
    assert persons.author_of(tu.store, namesake).role == "member", "not the leader's role"
    assert syncing.sync(tu.store).refused == 0
    syncing.sync(ba.store)
    roles = {m["id"]: m["role"] for m in ba.ask(persons.members_of)}
    assert roles[ba.author.person] == "leader"
    assert [roles[p] for p in (tu.author.person, early.id, namesake.id)] == ["member"] * 3
    for bench in (ba, tu):
        bench.store.close()


def test_a_conflict_is_listed_and_settled(server: RealServer, tmp_path: Path, clock: HandClock) -> None:
    a, b = desk(tmp_path, "Phạm Thị An", clock), desk(tmp_path, "Phạm Văn Bình", clock)
    join(a, server)
    id = a.do(records.add, "household", {"head_name": "Lê Thị Ái", "members_n": 3})
    syncing.sync(a.store)
    join(b, server)
    a.do(records.set_fields, "household", id, {"members_n": 4})
    b.do(records.set_fields, "household", id, {"members_n": 5})
    syncing.sync(a.store)
    assert syncing.sync(b.store).conflicts == 1
    (conflict,) = b.ask(records.conflicts)
    assert (conflict.id, conflict.field, {v.value for v in conflict.values}) == (id, "members_n", {4, 5})
    with pytest.raises(UserError, match="bad_value"):
        b.do(records.resolve, id, "members_n", "newest")
    row = b.do(records.resolve, id, "members_n", "theirs")
    assert row["members_n"] == 4
    syncing.sync(b.store)
    syncing.sync(a.store)
    assert a.ask(records.conflicts) == []
    assert a.ask(records.get, "household", id)["members_n"] == 4
    for bench in (a, b):
        bench.store.close()


def test_a_member_the_team_knew_keeps_their_own_id(
    server: RealServer, tmp_path: Path, clock: HandClock
) -> None:
    first = desk(tmp_path, "Đỗ Văn Tám", clock)
    join(first, server)
    member = first.author.person
    first.store.close()
    second = desk(tmp_path / "máy hai", "Đỗ Văn Tám", clock)
    before = second.author.person
    session = {
        "title": "An toàn số",
        "topics": ["T12"],
        "audience": "resident",
        "attended_n": 0,
        "members": [before],
    }
    id = second.do(records.add, "training", session)
    join(second, server, name=member)
    assert before != member
    assert second.author.person == member
    assert second.ask(records.get, "training", id)["members"] == [member]
    second.store.close()
    opened = unlocking.unlock(second.home, PASSPHRASE, surroundings(clock=clock))
    assert opened.author.person == member
    opened.store.close()


def test_a_wrong_code_changes_nothing(server: RealServer, tmp_path: Path, clock: HandClock) -> None:
    bench = desk(tmp_path, "Ai Đó", clock)
    with pytest.raises(SyncProblem, match="bad_code"):
        enrolling.enrol(bench.store, bench.author, server.url, "AAAA-BBBB-CCCC-DDDD")
    assert not bench.ask(syncing.status).enrolled
    with pytest.raises(AppError, match="tls_required"):
        enrolling.enrol(bench.store, bench.author, "http://192.0.2.1:9", "AAAA-BBBB-CCCC-DDDD")
    bench.store.close()


def test_no_answer_is_a_problem_that_loses_nothing(
    server: RealServer, tmp_path: Path, clock: HandClock
) -> None:
    bench = desk(tmp_path, "Vũ Thị Chín", clock)
    join(bench, server)
    id = bench.do(records.add, "household", {"head_name": "Bùi Văn Mười"})
    twice = bench.do(records.add, "household", {"head_name": "Bùi Thị Hai", "members_n": 3})
    bench.do(lambda uow: uow.records.set("household", twice, {"members_n": 4}, seen={}))
    with sync_lock(bench.home), pytest.raises(EnvironmentProblem, match="locked_elsewhere"):
        syncing.sync(bench.store)
    with pytest.raises(SyncProblem, match="cancelled"):
        syncing.sync(bench.store, Listening(cancelled=True))
    server.stop()
    try:
        with pytest.raises(SyncProblem, match="server_down"):
            syncing.sync(bench.store)
    finally:
        server.start()
    assert bench.ask(records.get, "household", id)["state"] == "local"
    assert [run.code for run in bench.ask(syncing.past)][:2] == ["server_down", "cancelled"]
    for run in bench.ask(lambda uow: uow.peers.runs(2)):
        assert (run.numbers["pending"], run.numbers["conflicts"]) == (2, 1)
    numbers = syncing.sync(bench.store)
    assert (numbers.accepted, numbers.pending, numbers.conflicts) == (2, 0, 1)
    assert bench.ask(records.get, "household", id)["state"] == "accepted"
    bench.store.close()


def test_a_newer_catalogue_is_kept_and_used(alone: Bench) -> None:
    from ntmdesk.services.surroundings import assets, catalogue_names

    shipped, key, now = assets(), b"s" * 32, alone.store.catalogue.version
    texts = {n.removeprefix("catalogues/"): shipped.read_text(n) for n in catalogue_names(shipped)}
    with alone.begin() as uow:
        uow.peers.join(enrolment(TEAM_SERVER, TEAM, (public_of(key),)), "http://127.0.0.1")

    def said(version: int, **changed: str) -> bytes:
        head = {"catalogue.toml": f'version = {version}\ntitle = "x"\nsource = "y"\n'}
        files = {**texts, **head, **changed}
        return encode_catalogue(sign_catalogue(SignedCatalogue(TEAM_SERVER, version, files), key))

    assert not take_newer_catalogue(alone.store, said(now - 1))
    assert not take_newer_catalogue(alone.store, b"garbage")
    assert not take_newer_catalogue(alone.store, said(now + 1, **{"kinds/household.toml": "name = 1"}))
    assert not (alone.home / FILE).exists()
    assert take_newer_catalogue(alone.store, said(now + 1))
    assert alone.store.catalogue.version == now + 1
    assert surroundings(alone.home).catalogue.version == now + 1
    assert kept_catalogue(alone.home, now + 1) is None


def test_a_refused_value_waits_for_its_author(server: RealServer, tmp_path: Path, clock: HandClock) -> None:
    """Written past the desk's own check, as a laptop with an older catalogue would."""
    bench = desk(tmp_path, "Hồ Văn Năm", clock)
    join(bench, server)
    team = bench.ask(persons.team_of)
    bench.do(lambda uow: uow.records.set("team", team["id"], {"name": "Tổ của tôi"}))
    numbers = syncing.sync(bench.store)
    assert (numbers.refused, numbers.pending) == (1, 0)
    (item,) = bench.ask(syncing.refused)
    assert (item.id, item.field, item.value) == (team["id"], "name", "Tổ của tôi")
    assert bench.ask(records.get, "team", team["id"])["name"] == "Tổ thôn 1"
    with pytest.raises(UserError, match="not_found"):
        bench.do(syncing.let_go, "0123456789abcdef:9")
    bench.do(syncing.let_go, item.dot)
    assert bench.ask(syncing.refused) == []
    bench.do(lambda uow: uow.records.set("team", team["id"], {"name": "Tổ A", "code": "T99"}))
    assert syncing.sync(bench.store).refused == 1
    both = {i.field: i for i in bench.ask(syncing.refused)}
    assert both.keys() == {"name", "code"}, "one save, two refused values under one dot"
    with pytest.raises(UserError, match="ambiguous"):
        bench.do(syncing.send_again, both["name"].dot, "T01")
    bench.do(syncing.let_go, both["name"].dot, "name")
    bench.do(syncing.let_go, both["code"].dot, "code")
    assert bench.ask(syncing.status).refused == 0
    bench.store.close()
