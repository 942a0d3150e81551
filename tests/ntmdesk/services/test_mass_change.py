"""Many deletions wait for a word; ordinary work, and what never left the laptop, goes out unasked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ntmdesk.errors import UserError
from ntmdesk.services import bundles, greetings, mass_change, meeting, people, records, vneid
from ntmdesk.services.mass_change import Loss
from ntmdesk.store.packets import Packets
from ntmdesk.store.replica import StoreReplica
from ntmdesk.store.surroundings import PROGRAM
from sync.protocol.messages import Limits
from tests.ntmdesk.services.conftest import Bench, HandClock
from tests.ntmdesk.services.sticks import alone as laptop
from tests.ntmdesk.services.sticks import household, rows
from tests.ntmdesk.store.laptops import enrolment

SERVER, TEAM = "0190aaaa-0000-7000-8000-000000000001", "0190aaaa-0000-7000-8000-000000000002"


@pytest.fixture
def homes(bench: Bench) -> list[str]:
    """Sixty households of a laptop that belongs to a team; the server has all of them."""
    with bench.store.begin(PROGRAM) as uow:
        uow.peers.join(enrolment(SERVER, TEAM, ()), "http://127.0.0.1")
    made = []
    with bench.begin() as uow:
        for n in range(60):
            values = {"head_name": f"Trần Văn {n}", "lane": f"Ngõ {n}", "notes": "ghi"}
            made.append(people.add_household(uow, values, sure=True).household)
        uow.finish()
        uow.db.execute("DELETE FROM outgoing")
    return made


@pytest.fixture
def pair(tmp_path: Path, clock: HandClock) -> Iterator[tuple[Bench, Bench]]:
    """A leader and a member of a team without a server; the leader has the member's sixty households."""
    stick = tmp_path / "usb"
    stick.mkdir()
    hoa, lan = laptop(tmp_path, "Phạm Thị Hoa", clock), laptop(tmp_path, "Lê Thị Lan", clock)
    for one in (hoa, lan):
        greetings.greet(one.store, one.author, stick / f"{one.author.name}.ntmg", lead=one is hoa)
    for one, other in ((hoa, lan), (lan, hoa)):
        bundles.import_bundle(one.store, stick / f"{other.author.name}.ntmg")
        one.do(greetings.confirm, other.ask(greetings.own_code))
    for n in range(60):
        household(lan, f"Trần Văn {n}")
    bundles.export_bundle(lan.store, stick / "lan.ntmb")
    bundles.import_bundle(hoa.store, stick / "lan.ntmb")
    yield hoa, lan
    for one in (hoa, lan):
        one.store.close()


def packet(bench: Bench) -> bool:
    """Whether a packet would be cut now."""
    return StoreReplica(bench.store).packet(TEAM, 1, Limits()) is not None


def delete(bench: Bench, ids: list[str]) -> None:
    with bench.begin() as uow:
        for id in ids:
            records.delete(uow, "household", id)


def test_nothing_is_cut_while_many_deletions_wait(bench: Bench, homes: list[str]) -> None:
    delete(bench, homes[:20])
    assert bench.ask(mass_change.held) == (Loss("household", 20, 0, 60),)
    assert not packet(bench)
    bench.do(mass_change.confirm)
    assert bench.ask(mass_change.held) == ()
    assert packet(bench)


def test_nineteen_go_out_unasked(bench: Bench, homes: list[str]) -> None:
    delete(bench, homes[:19])
    assert bench.ask(mass_change.held) == ()
    assert packet(bench)


def test_what_was_confirmed_does_not_cover_what_comes_after(bench: Bench, homes: list[str]) -> None:
    delete(bench, homes[:20])
    bench.do(mass_change.confirm)
    delete(bench, homes[20:40])
    assert bench.ask(mass_change.held) == (Loss("household", 20, 0, 40),)
    assert not packet(bench)


def test_taking_back_restores_every_record_and_sends_on(bench: Bench, homes: list[str]) -> None:
    delete(bench, homes[:30])
    assert bench.do(mass_change.take_back) == 30
    assert bench.ask(mass_change.held) == ()
    assert bench.ask(records.list_rows, "household").total == 60
    assert packet(bench)


def test_records_that_only_lost_values_count_and_come_back(bench: Bench, homes: list[str]) -> None:
    for id in homes[:25]:
        bench.do(records.set_fields, "household", id, {"notes": None, "lane": None})
    assert bench.ask(mass_change.held) == (Loss("household", 0, 25, 60),)
    bench.do(mass_change.take_back)
    rows = bench.ask(records.list_rows, "household").rows
    assert all(row["notes"] == "ghi" and row["lane"] for row in rows)


def test_an_edit_that_blanks_one_field_and_fills_another_is_ordinary(bench: Bench, homes: list[str]) -> None:
    for id in homes[:19]:
        bench.do(records.set_fields, "household", id, {"notes": None, "members_n": 4})
    for id in homes[19:38]:
        bench.do(records.set_fields, "household", id, {"lane": None, "members_n": 4})
    assert bench.ask(mass_change.held) == ()
    assert packet(bench)


def test_one_field_emptied_of_many_counts_whatever_was_written_beside(bench: Bench, homes: list[str]) -> None:
    for id in homes[:25]:
        bench.do(records.set_fields, "household", id, {"members_n": 3})
        bench.do(records.set_fields, "household", id, {"notes": None, "members_n": 4})
    bench.do(records.set_fields, "household", homes[40], {"lane": None, "members_n": 4})
    assert bench.ask(mass_change.held) == (Loss("household", 0, 25, 60),)
    assert not packet(bench)
    assert bench.do(mass_change.take_back) == 25
    assert bench.ask(mass_change.held) == ()
    found = [bench.ask(records.get, "household", id) for id in homes[:25]]
    assert all((row["notes"], row["members_n"]) == ("ghi", 3) for row in found), "what was right stays"


def test_values_that_moved_to_another_field_are_not_lost(bench: Bench, homes: list[str]) -> None:
    for n, id in enumerate(homes[:30]):
        bench.do(records.set_fields, "household", id, {"lane": None, "notes": f"Ngõ {n}, ghi"})
    assert bench.ask(mass_change.held) == ()


def test_a_field_that_goes_with_the_answer_it_belongs_to_is_not_lost(bench: Bench, homes: list[str]) -> None:
    cases = []
    with bench.begin() as uow:
        for n in range(25):
            person = records.add(uow, "resident", {"full_name": f"Trần Văn {n}", "household": homes[n]})
            case = vneid.open_case(uow, person, "l1_submitted")
            vneid.move(uow, case, "rejected", failure_reason="F01")
            cases.append(case)
        uow.finish()
        uow.db.execute("DELETE FROM outgoing")
    for case in cases:
        bench.do(vneid.move, case, "l1_submitted")
    assert not any(row.get("failure_reason") for row in bench.ask(records.list_rows, "vneid_case").rows)
    assert bench.ask(mass_change.held) == ()


def test_what_was_filled_and_blanked_between_two_packets_is_nobodys_loss(
    bench: Bench, homes: list[str]
) -> None:
    for id in homes[:30]:
        bench.do(records.set_fields, "household", id, {"poverty": "near"})
        bench.do(records.set_fields, "household", id, {"poverty": None})
    assert bench.ask(mass_change.held) == ()


def test_what_never_left_the_laptop_is_nobodys_loss(bench: Bench, homes: list[str]) -> None:
    fresh = []
    for n in range(30):
        values = {"head_name": f"Lê Văn {n}", "lane": "Ngõ 9"}
        fresh.append(bench.do(people.add_household, values, sure=True).household)
    delete(bench, fresh)
    assert bench.ask(mass_change.held) == ()
    assert packet(bench)


def test_what_went_out_in_a_packet_without_a_receipt_counts(bench: Bench, homes: list[str]) -> None:
    for id in homes[:25]:
        bench.do(records.set_fields, "household", id, {"members_n": 4})
    assert packet(bench)
    delete(bench, homes[:25])
    assert bench.ask(mass_change.held) == (Loss("household", 25, 0, 60),)


def test_what_was_receipted_while_it_was_written_on_counts(bench: Bench, homes: list[str]) -> None:
    fresh = [household(bench, f"Lê Văn {n}") for n in range(25)]
    assert packet(bench)
    for id in fresh:
        bench.do(records.set_fields, "household", id, {"members_n": 4})
    with bench.store.begin(PROGRAM) as uow:
        Packets(uow).release(TEAM, 1, ())
    delete(bench, fresh)
    assert bench.ask(mass_change.held) == (Loss("household", 25, 0, 85),)


def test_what_others_brought_by_stick_counts(pair: tuple[Bench, Bench], tmp_path: Path) -> None:
    hoa, lan = pair
    file = tmp_path / "usb" / "hoa.ntmb"
    delete(hoa, sorted(rows(hoa))[:50])
    assert hoa.ask(mass_change.held) == (Loss("household", 50, 0, 60),)
    with pytest.raises(UserError, match="confirm_needed"):
        bundles.export_bundle(hoa.store, file, "team")
    assert not file.exists()
    with pytest.raises(UserError, match="confirm_needed"):
        meeting.make_bundle(hoa.store)
    assert hoa.do(mass_change.take_back) == 50
    bundles.import_bundle(lan.store, Path(bundles.export_bundle(hoa.store, file, "team").file))
    assert len(rows(lan)) == 60
    delete(hoa, sorted(rows(hoa))[:50])
    bundles.export_bundle(hoa.store, file, "team", confirmed=True)
    bundles.import_bundle(lan.store, file)
    assert len(rows(lan)) == 10
    assert meeting.make_bundle(hoa.store)[1] == 60 + 50 + 50


def test_what_went_out_by_stick_counts_also_under_a_new_id(pair: tuple[Bench, Bench]) -> None:
    _, lan = pair
    gone = sorted(rows(lan))
    delete(lan, gone[:30])
    assert lan.ask(mass_change.held) == (Loss("household", 30, 0, 60),)
    StoreReplica(lan.store).renew("clone")
    assert lan.ask(mass_change.held) == (Loss("household", 30, 0, 60),)
    delete(lan, [household(lan, f"Lê Văn {n}") for n in range(30)])
    assert lan.ask(mass_change.held) == (Loss("household", 30, 0, 60),), "nobody has those of today"


def test_values_that_were_only_blanked_count_also_under_a_new_id(pair: tuple[Bench, Bench]) -> None:
    _, lan = pair
    for id in sorted(rows(lan))[:25]:
        lan.do(records.set_fields, "household", id, {"lane": None})
    StoreReplica(lan.store).renew("clone")
    assert lan.ask(mass_change.held) == (Loss("household", 0, 25, 60),)


def test_joining_a_server_asks_of_what_is_new_only(pair: tuple[Bench, Bench], tmp_path: Path) -> None:
    hoa, _ = pair
    ids = sorted(rows(hoa))
    for some in (ids[:15], ids[15:30]):
        delete(hoa, some)
        bundles.export_bundle(hoa.store, tmp_path / "usb" / "hoa.ntmb", "team")
    delete(hoa, ids[30:45])
    with hoa.store.begin(PROGRAM) as uow:
        uow.peers.join(enrolment(SERVER, TEAM, ()), "http://127.0.0.1")
    assert hoa.ask(mass_change.held) == (), "fifteen, and thirty that colleagues were told of one by one"
    delete(hoa, ids[45:50])
    assert hoa.ask(mass_change.held) == (Loss("household", 20, 0, 30),)


def test_taking_a_new_id_confirms_nothing(bench: Bench, homes: list[str]) -> None:
    delete(bench, homes[:20])
    StoreReplica(bench.store).renew("clone")
    assert bench.ask(mass_change.held) == (Loss("household", 20, 0, 60),)
    assert not packet(bench)
    assert bench.do(mass_change.take_back) == 20
    assert bench.ask(records.list_rows, "household").total == 60


def test_a_sync_and_a_bundle_say_what_waits(bench: Bench, homes: list[str]) -> None:
    delete(bench, homes[:20])
    with pytest.raises(UserError) as error:
        mass_change.require_confirmed(bench.store)
    assert error.value.code == "confirm_needed"
    assert error.value.details == {
        "records": 20,
        "losses": [{"kind": "household", "deleted": 20, "blanked": 0, "living": 60}],
    }
    mass_change.require_confirmed(bench.store, confirmed=True)
    mass_change.require_confirmed(bench.store)


def test_there_is_nothing_to_take_back_where_nothing_is_held(bench: Bench, homes: list[str]) -> None:
    delete(bench, homes[:5])
    with pytest.raises(UserError) as error:
        bench.do(mass_change.take_back)
    assert error.value.code == "nothing_to_undo"


def test_what_the_program_settles_itself_is_nobodys_loss(bench: Bench, homes: list[str]) -> None:
    with bench.begin() as uow:
        for id in homes[:30]:
            records.delete(uow, "household", id)
        uow.history.settle()
    assert bench.ask(mass_change.held) == ()
    assert packet(bench)
    delete(bench, homes[30:55])
    assert bench.ask(mass_change.held) == (Loss("household", 25, 0, 30),)
    assert bench.do(mass_change.take_back) == 25
    assert bench.ask(records.list_rows, "household").total == 30
