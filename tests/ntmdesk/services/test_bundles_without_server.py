"""Bundles of a team that works without an upper server, or of which not everybody joins one."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from docx import Document as read_docx

from ntmdesk.domain.periods import Week
from ntmdesk.errors import UserError
from ntmdesk.messages import message_of
from ntmdesk.services import bundles, documents, enrolling, greetings, records, syncing, weekly_log
from tests.together.server import RealServer

from .conftest import Bench, HandClock
from .sticks import alone, household, rows, running_server, state
from .test_former_team import by_hand

pytestmark = pytest.mark.together

_codes = iter(range(100, 999))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealServer]:
    yield from running_server(tmp_path_factory.mktemp("xã"))


def test_a_team_that_never_met_a_server_works_by_sticks_and_later_joins_one(
    server: RealServer, tmp_path: Path, clock: HandClock
) -> None:
    stick = tmp_path / "usb"
    stick.mkdir()
    hoa, lan = alone(tmp_path, "Phạm Thị Hoa", clock), alone(tmp_path, "Lê Thị Lan", clock)
    early = household(lan, "Ghi trước khi quen nhau")
    lead = greetings.greet(hoa.store, hoa.author, stick / "hoa.ntmg", lead=True)
    member = greetings.greet(lan.store, lan.author, stick / "lan.ntmg")
    assert bundles.import_bundle(hoa.store, stick / "lan.ntmg").met.name == "Lê Thị Lan"  # type: ignore[union-attr]
    assert bundles.import_bundle(lan.store, stick / "hoa.ntmg").met.leads  # type: ignore[union-attr]
    with pytest.raises(UserError, match="wrong_code"):
        lan.do(greetings.confirm, member.code)
    with pytest.raises(UserError, match="not_enrolled"):
        bundles.export_bundle(lan.store, stick / "x.ntmb")
    assert lan.do(greetings.confirm, lead.code.lower().replace("-", " ")).confirmed
    with pytest.raises(UserError, match="no_readers"):
        bundles.export_bundle(hoa.store, stick / "x.ntmb")
    hoa.do(greetings.confirm, member.code)

    late = household(lan, "Ghi sau")
    bundles.export_bundle(lan.store, stick / "lan.ntmb")
    came = bundles.import_bundle(hoa.store, stick / "lan.ntmb")
    assert (came.new, came.maker) == (2, "Lê Thị Lan")
    assert {early, late} <= rows(hoa)
    hers = household(hoa, "Của tổ trưởng")
    bundles.export_bundle(hoa.store, stick / "hoa.ntmb", "team")
    home = bundles.import_bundle(lan.store, stick / "hoa.ntmb")
    assert (home.new, home.carried) == (1, 1)
    assert rows(lan) == rows(hoa) == {early, late, hers}
    assert state(lan, "household", early) == "carried"

    code = f"T{next(_codes)}"
    server.team_add(code, "Tổ mới", hamlets=["Thôn mới"])
    enrolling.enrol(hoa.store, hoa.author, server.url, server.invite(code, "leader")["code"])
    assert {r["id"] for r in server.run("list", "household", "--team", code)["rows"]} == {early, late, hers}
    after = household(lan, "Còn ở ngoài")
    bundles.export_bundle(lan.store, stick / "lan2.ntmb")
    assert bundles.import_bundle(hoa.store, stick / "lan2.ntmb").new == 1
    assert bundles.import_bundle(hoa.store, stick / "lan2.ntmb").new == 0
    syncing.sync(hoa.store)
    enrolling.enrol(lan.store, lan.author, server.url, server.invite(code, "volunteer")["code"])
    syncing.sync(hoa.store)
    assert rows(lan) == rows(hoa) == {early, late, hers, after}
    assert {state(lan, "household", id) for id in rows(lan)} == {"accepted"}
    by_hand = household(lan, "Lại bằng tay")
    bundles.export_bundle(lan.store, stick / "lan3.ntmb", "team")
    came = bundles.import_bundle(hoa.store, stick / "lan3.ntmb")
    assert (came.new, came.refused) == (1, 0)
    syncing.sync(hoa.store)
    assert by_hand in {r["id"] for r in server.run("list", "household", "--team", code)["rows"]}
    for bench in (hoa, lan):
        assert syncing.sync(bench.store).pending == 0
        bench.store.close()


def greet_all(folder: Path, leader: Bench, *members: Bench) -> None:
    """Everybody meets the leader, nobody each other."""
    for bench in (leader, *members):
        file = folder / f"{bench.author.name}.ntmg"
        greetings.greet(bench.store, bench.author, file, lead=bench is leader)
    for bench in members:
        for one, other in ((leader, bench), (bench, leader)):
            bundles.import_bundle(one.store, folder / f"{other.author.name}.ntmg")
            one.do(greetings.confirm, other.ask(greetings.own_code))


def refusal(bench: Bench, file: Path) -> UserError:
    before = rows(bench)
    with pytest.raises(UserError) as caught:
        bundles.import_bundle(bench.store, file)
    assert rows(bench) == before
    return caught.value


def test_who_stays_behind_when_the_leader_joins_a_server_is_told_so(
    server: RealServer, tmp_path: Path, clock: HandClock
) -> None:
    """Told by a signature that the laptop knows, not by what a file says of itself."""
    stick = tmp_path / "usb"
    stick.mkdir()
    hoa, lan, nam = (alone(tmp_path, name, clock) for name in ("Hoa", "Lan", "Nam"))
    greet_all(stick, hoa, lan, nam)
    bundles.export_bundle(hoa.store, stick / "roster.ntmb", "team")
    bundles.import_bundle(lan.store, stick / "roster.ntmb")  # whom the leader knows, Nam among them
    mine = household(lan, "Của Lan")
    code = f"T{next(_codes)}"
    server.team_add(code, "Tổ mới", hamlets=["Thôn mới"])
    for bench, role in ((hoa, "leader"), (nam, "volunteer")):
        enrolling.enrol(bench.store, bench.author, server.url, server.invite(code, role)["code"])
    syncing.sync(hoa.store)
    bundles.export_bundle(hoa.store, stick / "hoa.ntmb", "team")
    bundles.export_bundle(nam.store, stick / "nam.ntmb", "team")

    told = refusal(lan, stick / "hoa.ntmb")
    assert (told.code, told.details) == ("bundle_foreign", {"reason": "leader_joined"})
    assert message_of(told).startswith("Tổ trưởng đã vào máy chủ, máy này thì chưa")
    assert "mã mời" in message_of(told)
    assert refusal(lan, stick / "nam.ntmb").details == {"reason": "colleague_joined"}

    server.run("bundle", "import", str(stick / "nam.ntmb"), "--answer", str(stick / "answer.ntmb"))
    stranger = alone(tmp_path, "Người Lạ", clock)
    for bench in (lan, stranger):
        assert refusal(bench, stick / "answer.ntmb").details == {"reason": "not_joined"}
    assert refusal(stranger, stick / "hoa.ntmb").details == {"reason": "not_joined"}

    bundles.export_bundle(lan.store, stick / "lan.ntmb")  # as promised: her records still arrive
    assert bundles.import_bundle(hoa.store, stick / "lan.ntmb").new == 1
    syncing.sync(hoa.store)
    assert mine in {r["id"] for r in server.run("list", "household", "--team", code)["rows"]}
    enrolling.enrol(lan.store, lan.author, server.url, server.invite(code, "volunteer")["code"])
    syncing.sync(hoa.store)
    bundles.export_bundle(hoa.store, stick / "hoa.ntmb", "team")
    assert bundles.import_bundle(lan.store, stick / "hoa.ntmb").maker == "Hoa"
    assert state(lan, "household", mine) == "accepted"
    for bench in (hoa, lan, nam, stranger):
        bench.store.close()


def test_who_cannot_carry_for_somebody_unknown_is_told_the_way_out_and_it_is_one(
    tmp_path: Path, clock: HandClock
) -> None:
    stick = tmp_path / "usb"
    stick.mkdir()
    hoa, lan, cu = (alone(tmp_path, name, clock) for name in ("Hoa", "Lan", "Cu"))
    greet_all(stick, hoa, lan)
    greet_all(stick, hoa, cu)
    his = household(cu, "Của Cư")
    bundles.export_bundle(cu.store, stick / "cu.ntmb")
    told = refusal(lan, stick / "cu.ntmb")
    assert (told.code, told.details) == ("bundle_foreign", {"reason": "maker"})
    assert "Đưa thẳng USB cho tổ trưởng" in message_of(told)

    bundles.export_bundle(hoa.store, stick / "hoa.ntmb", "team")
    bundles.import_bundle(lan.store, stick / "hoa.ntmb")  # who is who, as the leader says
    assert bundles.import_bundle(lan.store, stick / "cu.ntmb").sealed
    assert his not in rows(lan)
    bundles.export_bundle(lan.store, stick / "lan.ntmb")
    bundles.import_bundle(hoa.store, stick / "lan.ntmb")
    assert his in rows(hoa)
    for bench in (hoa, lan, cu):
        bench.store.close()


def test_a_leader_who_has_not_met_the_maker_is_told_to_meet_them(tmp_path: Path, clock: HandClock) -> None:
    stick = tmp_path / "usb"
    stick.mkdir()
    hoa, lan = alone(tmp_path, "Hoa", clock), alone(tmp_path, "Lan", clock)
    lead = greetings.greet(hoa.store, hoa.author, stick / "hoa.ntmg", lead=True)
    bundles.import_bundle(lan.store, stick / "hoa.ntmg")
    lan.do(greetings.confirm, lead.code)
    mine = household(lan, "Của Lan")
    bundles.export_bundle(lan.store, stick / "lan.ntmb")
    told = refusal(hoa, stick / "lan.ntmb")
    assert (told.code, told.details) == ("bundle_foreign", {"reason": "maker_unmet"})
    assert "lời chào" in message_of(told)
    hers = greetings.greet(lan.store, lan.author, stick / "lan.ntmg")
    bundles.import_bundle(hoa.store, stick / "lan.ntmg")
    hoa.do(greetings.confirm, hers.code)
    bundles.import_bundle(hoa.store, stick / "lan.ntmb")
    assert mine in rows(hoa)
    for bench in (hoa, lan):
        bench.store.close()


def test_what_somebody_wrote_who_never_joins_comes_to_the_server_by_the_leader(
    server: RealServer, tmp_path: Path, clock: HandClock
) -> None:
    """Cư's stick went to Lan alone.  Lan may not speak for Cư at the server; the leader may, and has met
    Cư."""
    stick = tmp_path / "usb"
    stick.mkdir()
    hoa, lan, cu = (alone(tmp_path, name, clock) for name in ("Hoa", "Lan", "Cu"))
    for bench in (hoa, lan, cu):
        greetings.greet(bench.store, bench.author, stick / f"{bench.author.name}.ntmg", lead=bench is hoa)
    for bench in (hoa, lan, cu):
        for other in (hoa, lan, cu):
            if other is not bench:
                bundles.import_bundle(bench.store, stick / f"{other.author.name}.ntmg")
                bench.do(greetings.confirm, other.ask(greetings.own_code))
    his = household(cu, "Của Cư")
    bundles.export_bundle(cu.store, stick / "cu.ntmb", "team")
    assert bundles.import_bundle(lan.store, stick / "cu.ntmb").new == 1
    code = f"T{next(_codes)}"
    server.team_add(code, "Tổ mới", hamlets=["Thôn mới"])
    enrolling.enrol(hoa.store, hoa.author, server.url, server.invite(code, "leader")["code"])
    enrolling.enrol(lan.store, lan.author, server.url, server.invite(code, "volunteer")["code"])
    lan.author = enrolling.author_after(lan.store, lan.author)
    syncing.sync(hoa.store)
    lan.do(records.set_fields, "household", his, {"lane": "Ngõ 9"})
    bundles.export_bundle(lan.store, stick / "lan.ntmb", "team")
    bundles.import_bundle(hoa.store, stick / "lan.ntmb")
    for bench in (hoa, hoa, hoa, lan, lan, lan):
        syncing.sync(bench.store)
    [told] = server.run("list", "household", "--team", code)["rows"]
    assert told["id"] == his
    for bench in (hoa, lan):
        assert bench.ask(records.get, "household", his)["head_name"] == "Của Cư"
        assert state(bench, "household", his) == "accepted"
    for bench in (hoa, lan, cu):
        bench.store.close()


WEEK = Week(2026, 47)
VISIT = {
    "date": "2026-11-18",
    "place_type": "home",
    "minutes": 20,
    "lines": [{"service": "K01", "outcome": "done"}],
}


def figure(bench: Bench, code: str) -> Any:
    view = bench.ask(weekly_log.show, WEEK)
    return next(one.period for one in view.figures if one.code == code)


def writers(bench: Bench, ids: set[str]) -> dict[str, str]:
    """Household -> the replica that wrote the name which stands in it."""
    with bench.look() as uow:
        cells = {id: uow.records.record(id).cells["head_name"] for id in ids}
    return {id: max(cell.siblings).replica for id, cell in cells.items()}


def packets_of(server: RealServer, stream: str) -> list[tuple[str, str, int]]:
    """(device, replica, number) of the packets that the server has receipted."""
    file = f"file:{server.data / 'server.db'}?mode=ro"
    with closing(sqlite3.connect(file, uri=True)) as db:
        sql = "SELECT device, replica, number FROM packet WHERE stream=? ORDER BY replica, number"
        return list(db.execute(sql, (stream,)))


def test_three_members_make_one_log_before_there_is_any_server_and_hand_all_on_to_the_first(
    server: RealServer, tmp_path: Path, clock: HandClock
) -> None:
    stick = tmp_path / "usb"
    stick.mkdir()
    hoa = alone(tmp_path, "Phạm Thị Hoa", clock)
    members = [alone(tmp_path, name, clock) for name in ("Lê Văn An", "Lê Văn Ba", "Lê Văn Cư")]
    greet_all(stick, hoa, *members)
    by_hand(hoa)
    wrote: dict[str, str] = {}
    visits: set[str] = set()
    for n, bench in enumerate(members):
        home = household(bench, f"Hộ số {n}")
        wrote[home] = bench.store.replica
        visits.add(bench.do(records.add, "support_visit", {"household": home, **VISIT}))
        assert bundles.export_bundle(bench.store, stick / f"{n}.ntmb").records == 2
    took = [bundles.import_bundle(hoa.store, stick / f"{n}.ntmb") for n in (2, 0, 1, 0)]
    assert [(came.new, came.refused) for came in took] == [(2, 0), (2, 0), (2, 0), (0, 0)]
    assert writers(hoa, rows(hoa)) == wrote

    assert figure(hoa, "I06") == 3
    with hoa.begin() as uow:
        weekly_log.edit(uow, WEEK, {"situation": "Ba người đi ba ngõ", "proposals": "Thêm một máy"})
        weekly_log.submit(uow, WEEK)
    paper = hoa.ask(weekly_log.document, WEEK)
    file = documents.write(paper, tmp_path / "log.docx")
    told = read_docx(str(file))
    assert any("Ba người đi ba ngõ" in one.text for one in told.paragraphs)
    lines = [[cell.text for cell in row.cells] for table in told.tables for row in table.rows]
    assert ["Hộ được hỗ trợ", "hộ", "", "3", "3"] in [line[1:6] for line in lines]
    bundles.export_bundle(hoa.store, stick / "hoa.ntmb", "team")
    for bench in members:
        home_again = bundles.import_bundle(bench.store, stick / "hoa.ntmb")
        assert (home_again.carried, home_again.refused) == (1, 0)
        assert rows(bench) == set(wrote)
        assert figure(bench, "I06") == 3

    code = f"T{next(_codes)}"
    server.team_add(code, "Tổ mới", hamlets=["Thôn Đông"])
    everybody = [hoa, *members]
    for bench in everybody:
        role = "leader" if bench is hoa else "volunteer"
        enrolling.enrol(bench.store, bench.author, server.url, server.invite(code, role)["code"])
        bench.author = enrolling.author_after(bench.store, bench.author)
    for bench in (*everybody, *everybody):
        syncing.sync(bench.store)
    listed = {
        kind: server.run("list", kind, "--team", code)["rows"] for kind in ("household", "support_visit")
    }
    assert {row["id"] for row in listed["household"]} == set(wrote)
    assert {row["id"] for row in listed["support_visit"]} == visits
    with hoa.look() as uow:
        stream = uow.stream()
    receipted = packets_of(server, stream)
    assert {replica for _, replica, _ in receipted} == {bench.store.replica for bench in everybody}
    assert len({device for device, _, _ in receipted}) == len(everybody), "each by its own laptop"
    for bench in everybody:
        status = bench.ask(syncing.status)
        assert (status.pending, status.refused, status.conflicts) == (0, 0, 0)
        assert {state(bench, "household", id) for id in wrote} == {"accepted"}
        assert writers(bench, rows(bench)) == wrote
        view = bench.ask(weekly_log.show, WEEK)
        assert (view.status, figure(bench, "I06")) == ("submitted", 3)

    new = alone(tmp_path, "Đỗ Văn Đức", clock)
    enrolling.enrol(new.store, new.author, server.url, server.invite(code, "volunteer")["code"])
    assert writers(new, rows(new)) == wrote
    for bench in (*everybody, new):
        bench.store.close()
