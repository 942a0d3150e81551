"""A team that worked before there was a server, joining one that knows its hamlet and its team already."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ntmdesk.services import (
    bundles,
    enrolling,
    greetings,
    persons,
    records,
    syncing,
    visits,
    weekly_log,
)
from ntmdesk.services.visits import VisitDraft
from tests.together.server import RealServer

from .conftest import Bench, HandClock
from .test_enrolling import desk

pytestmark = pytest.mark.together

FORM = {"place_type": "home", "lines": [{"service": "K01", "outcome": "done"}]}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RealServer]:
    """A server that knows team T01 and its two hamlets."""
    folder = tmp_path / "xã"
    folder.mkdir()
    with RealServer(folder) as running:
        running.team_add("T01", "Tổ thôn Đông", hamlets=["Thôn Đông", "Thôn Tây"])
        yield running


def join(bench: Bench, server: RealServer, role: str) -> None:
    enrolling.enrol(bench.store, bench.author, server.url, server.invite("T01", role)["code"])
    bench.author = enrolling.author_after(bench.store, bench.author)


def commune(bench: Bench) -> str:
    with bench.look() as uow:
        return str(uow.records.find("unit", "15880"))


def by_hand(bench: Bench, hamlet: str = "Thôn Đông", code: str = "15880-001") -> tuple[str, str]:
    """Hamlet and team as a leader without a server writes them down."""
    values = {"local_code": code, "name": hamlet, "type": "thon", "commune": commune(bench)}
    made = bench.do(records.add, "hamlet", {**values, "households_total": 120})
    team = {"code": "T1", "name": "Tổ CNSCĐ thôn Đông", "hamlets": [made], "decision_no": "12/QĐ-UBND"}
    return made, bench.do(records.add, "team", {**team, "cutoff": 5})


def work(bench: Bench) -> tuple[str, str]:
    """A household of the hamlet with a visit."""
    home = bench.do(records.add, "household", {"head_name": "Đặng Văn Bốn", "lane": "Ngõ 2"})
    return home, bench.do(visits.record, VisitDraft({"household": home, **FORM})).visit


def submitted(bench: Bench) -> weekly_log.LogView:
    with bench.begin() as uow:
        week = weekly_log.week_of(uow)
        weekly_log.edit(uow, week, {"situation": "Cả tổ đi từng ngõ", "proposals": "Thêm một máy"})
        view: weekly_log.LogView = weekly_log.submit(uow, week)
        return view


def shown(bench: Bench, week: Any) -> weekly_log.LogView:
    view: weekly_log.LogView = bench.ask(lambda uow: weekly_log.show(uow, week))
    return view


def test_a_log_handed_in_before_there_was_a_server_is_the_teams(
    server: RealServer, tmp_path: Path, clock: HandClock
) -> None:
    lan = desk(tmp_path, "Trần Thị Lan", clock)
    hamlet, team = by_hand(lan)
    home, visit = work(lan)
    quota = {"indicator": "I06", "period": "2026", "value": 500, "basis": "KH 12"}
    lan.do(records.add, "target", {**quota, "scope": "T1"})
    me = lan.do(records.add, "member", {"full_name": "Trần thị Lan", "role": "leader", "phone": "0912345678"})
    lan.do(records.add, "member", {"full_name": "Phan Thị Mơ", "role": "member"})
    day = lan.do(records.add, "workday", {"member": me, "date": "2026-11-21", "part": "full"})
    session = {"title": "An toàn số", "topics": ["T12"], "audience": "team", "attended_n": 1}
    training = lan.do(records.add, "training", {**session, "members": [me], "attendance": [{"member": me}]})
    before = submitted(lan)
    join(lan, server, "leader")

    after = shown(lan, before.week)
    assert after.status == "submitted"
    assert after.figures == before.figures
    assert (after.adjustments, after.adjusted) == ((), ())
    assert after.narrative == before.narrative
    [east] = [h for h in lan.ask(persons.hamlets_of) if h["name"] == "Thôn Đông"]
    assert east["id"] != hamlet
    assert east["households_total"] == 120
    assert [h["name"] for h in lan.ask(records.list_rows, "hamlet").rows] == ["Thôn Đông", "Thôn Tây"]
    [mine] = lan.ask(records.list_rows, "team").rows
    assert mine["id"] != team
    assert (mine["code"], mine["decision_no"], mine["cutoff"]) == ("T01", "12/QĐ-UBND", 5)
    assert lan.ask(records.get, "household", home)["hamlet"] == east["id"]
    assert lan.ask(records.get, "support_visit", visit)["hamlet"] == east["id"]
    [target] = lan.ask(records.list_rows, "target").rows
    assert (target["scope"], target["value"]) == (mine["id"], 500)
    members = {m["full_name"]: m for m in lan.ask(persons.members_of)}
    assert set(members) == {"Trần Thị Lan", "Phan Thị Mơ"}
    assert members["Trần Thị Lan"]["phone"] == "0912345678"
    assert (
        lan.ask(records.get, "workday", day)["member"] == lan.author.person == members["Trần Thị Lan"]["id"]
    )
    [call] = lan.ask(records.get, "training", training)["attendance"]
    assert call["member"] == lan.author.person
    [log] = lan.ask(records.list_rows, "weekly_log").rows
    assert (log["team"], log["state"]) == (mine["id"], "accepted")
    assert [line.status for line in lan.ask(weekly_log.logs)] == ["submitted"]

    status = lan.ask(syncing.status)
    assert (status.pending, status.refused, status.conflicts) == (0, 0, 0)
    lan.do(records.undo)  # of the last thing she did herself, not of the joining
    assert lan.ask(records.get, "household", home)["hamlet"] == east["id"]
    assert shown(lan, before.week).status == "submitted"

    nam = desk(tmp_path, "Lê Văn Nam", clock)
    join(nam, server, "volunteer")
    assert shown(nam, before.week).figures == before.figures
    assert shown(nam, before.week).status == "submitted"
    assert len(nam.ask(records.list_rows, "hamlet").rows) == 2


def test_a_draft_and_a_hamlet_the_upper_unit_does_not_know_are_kept(
    server: RealServer, tmp_path: Path, clock: HandClock
) -> None:
    lan = desk(tmp_path, "Trần Thị Lan", clock)
    hamlet, _ = by_hand(lan, "Thôn Bắc", "15880-001")
    home, _ = work(lan)
    with lan.begin() as uow:
        week = weekly_log.week_of(uow)
        weekly_log.edit(uow, week, {"situation": "Mới ghi một nửa"})
    join(lan, server, "leader")
    assert shown(lan, week).narrative["situation"] == "Mới ghi một nửa"
    assert {h["name"] for h in lan.ask(persons.hamlets_of)} == {"Thôn Bắc", "Thôn Tây", "Thôn Đông"}
    assert lan.ask(records.get, "household", home)["hamlet"] == hamlet
    assert lan.ask(records.list_rows, "team").total == 1
    assert lan.ask(syncing.status).refused == 0


def test_two_leaders_who_join_one_after_the_other(
    server: RealServer, tmp_path: Path, clock: HandClock
) -> None:
    """The second has a log of the same week for a team of her own by hand: both stay, the first stands."""
    lan, hoa = desk(tmp_path, "Trần Thị Lan", clock), desk(tmp_path, "Phạm Thị Hoa", clock)
    views = []
    for bench in (lan, hoa):
        by_hand(bench)
        work(bench)
        views.append(submitted(bench))
    join(lan, server, "leader")
    join(hoa, server, "deputy")
    syncing.sync(lan.store)
    for bench in (lan, hoa):
        assert shown(bench, views[0].week).status == "submitted"
        assert shown(bench, views[0].week).as_of == views[0].as_of
        assert bench.ask(records.list_rows, "hamlet").total == 2
        assert bench.ask(records.list_rows, "weekly_log").total == 2
        assert bench.ask(syncing.status).conflicts == 0


def test_a_volunteer_brings_only_hamlets_of_her_own_hand(
    server: RealServer, tmp_path: Path, clock: HandClock
) -> None:
    lan = desk(tmp_path, "Trần Thị Lan", clock)
    values = {"local_code": "15880-007", "name": "thôn  đông", "type": "thon", "commune": commune(lan)}
    lan.do(records.add, "hamlet", values)
    home, visit = work(lan)
    join(lan, server, "volunteer")
    [east] = [h for h in lan.ask(persons.hamlets_of) if h["name"] == "Thôn Đông"]
    assert lan.ask(records.list_rows, "hamlet").total == 2
    assert lan.ask(records.get, "household", home)["hamlet"] == east["id"]
    assert lan.ask(records.get, "support_visit", visit)["hamlet"] == east["id"]


def test_what_a_colleague_without_a_line_sends_later_finds_its_hamlet(
    server: RealServer, tmp_path: Path, clock: HandClock
) -> None:
    lan, mo = desk(tmp_path, "Trần Thị Lan", clock), desk(tmp_path, "Phan Thị Mơ", clock)
    stick = tmp_path / "usb"
    stick.mkdir()
    hamlet, _ = by_hand(lan)
    for bench in (lan, mo):
        greetings.greet(bench.store, bench.author, stick / f"{bench.author.name}.ntmg", lead=bench is lan)
    for bench, other in ((lan, mo), (mo, lan)):
        bundles.import_bundle(bench.store, stick / f"{other.author.name}.ntmg")
        bench.do(greetings.confirm, other.ask(greetings.own_code))
    bundles.export_bundle(lan.store, stick / "lan.ntmb", "team")
    bundles.import_bundle(mo.store, stick / "lan.ntmb")
    home, _ = work(mo)
    assert mo.ask(records.get, "household", home)["hamlet"] == hamlet

    join(lan, server, "leader")
    join(lan, server, "leader")  # as after a token that was not used for too long
    bundles.export_bundle(mo.store, stick / "mo.ntmb")
    assert bundles.import_bundle(lan.store, stick / "mo.ntmb").new > 0
    syncing.sync(lan.store)
    [east] = [h for h in lan.ask(persons.hamlets_of) if h["name"] == "Thôn Đông"]
    assert lan.ask(records.get, "household", home)["hamlet"] == east["id"]
    assert lan.ask(records.list_rows, "hamlet").total == 2
    syncing.sync(lan.store)
    assert lan.ask(syncing.status).pending == 0
