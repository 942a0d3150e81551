"""What lies in the trash, who put it there and when."""

from __future__ import annotations

from ntmdesk.services import people, records, trash
from ntmdesk.store.surroundings import Author
from tests.ntmdesk.after_sync import ELSEWHERE, MINH, answered, deleted_elsewhere, record_of

from .conftest import Bench

LAN = Author("0c0ffee0-0000-4000-8000-000000000001", "Nguyễn Thị Lan")


def household(bench: Bench, name: str) -> str:
    made: people.NewHousehold = bench.do(people.add_household, {"head_name": name}, sure=True)
    return made.household


def test_the_last_deleted_stands_first_whatever_its_kind(bench: Bench) -> None:
    homes = [household(bench, name) for name in ("Hồ Sen", "Lý Ba", "Đỗ Tư")]
    person = bench.do(people.add_resident, {"full_name": "Hồ Văn Năm", "birth": "1958"})
    bench.do(records.delete, "household", homes[2])
    bench.clock.days(1)
    bench.do(records.delete, "resident", person)
    bench.clock.days(1)
    with bench.store.begin(LAN) as uow:
        records.delete(uow, "household", homes[0])
    told = [(row["id"], row["_deleted_by"], row["_deleted_at"]) for row in bench.ask(trash.lying)]
    assert told == [
        (homes[0], LAN.person, "2026-11-24T02:00:00+00:00"),
        (person, bench.author.person, "2026-11-23T02:00:00+00:00"),
        (homes[2], bench.author.person, "2026-11-22T02:00:00+00:00"),
    ]


def test_who_deleted_elsewhere_is_told_and_of_two_the_one_on_top_of_the_history(bench: Bench) -> None:
    home = household(bench, "Hồ Sen")
    answered(bench)
    before = record_of(bench, home)
    bench.do(records.delete, "household", home)
    deleted_elsewhere(bench, "household", home, before)
    (row,) = bench.ask(trash.lying)
    newest = bench.ask(records.get, "household", home, deleted=True)["history"][-1]
    assert (newest["field"], newest["device"]) == ("_deleted", ELSEWHERE)
    assert (row["_deleted_by"], row["_deleted_at"]) == (MINH, "2025-11-13T02:13:20+00:00")
    assert (newest["by"], newest["at"]) == (row["_deleted_by"], row["_deleted_at"])


def test_a_moment_that_no_calendar_has_is_told_as_unknown_and_stands_last(bench: Bench) -> None:
    homes = [household(bench, name) for name in ("Hồ Sen", "Lý Ba")]
    deleted_elsewhere(bench, "household", homes[0], at=10**15)
    deleted_elsewhere(bench, "household", homes[1], by="")
    told = [(row["id"], row["_deleted_by"], row["_deleted_at"]) for row in bench.ask(trash.lying)]
    assert told == [(homes[1], None, "2025-11-13T02:13:20+00:00"), (homes[0], MINH, None)]


def test_living_rows_say_nothing_of_a_deletion(bench: Bench) -> None:
    home = household(bench, "Hồ Sen")
    rows = bench.ask(records.list_rows, "household").rows
    assert bench.ask(trash.told, rows) == rows
    bench.do(records.delete, "household", home)
    bench.do(records.restore, "household", home)
    assert bench.ask(trash.told, rows) == rows
    assert bench.ask(trash.lying) == []
