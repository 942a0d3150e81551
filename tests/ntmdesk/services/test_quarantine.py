"""Refused values listed with their reason, written to a file that is safe to open, given up and taken up."""

from __future__ import annotations

import csv
import stat
from pathlib import Path
from typing import Any

import pytest

from ntmdesk.errors import UserError
from ntmdesk.services import people, quarantine, records, search, syncing
from sync.protocol.dots import Dot
from tests.ntmdesk.after_sync import refused
from tests.ntmdesk.services.conftest import Bench

NUMBER = "001058012345"


@pytest.fixture
def home(bench: Bench) -> str:
    values = {"head_name": "Trần Văn Đức", "lane": "=HYPERLINK(1)", "members_n": 4, "notes": "ghi"}
    return str(bench.do(people.add_household, values).household)


@pytest.fixture
def person(bench: Bench) -> str:
    consent = {"purposes": ["identity"], "legal_basis": "consent", "channel": "paper"}
    values = {"full_name": "Đặng Thị Hoà", "birth": "1958", "id_number": NUMBER}
    return str(bench.do(people.add_resident, values, consent=consent))


def lines(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as read:
        return list(csv.DictReader(read))


def test_each_tells_its_record_reason_and_writer(bench: Bench, home: str) -> None:
    refused(bench, "household", home, "members_n", 99, "adults_at_most_members")
    (row,) = bench.ask(quarantine.refused_rows, "vi")
    assert (row.title, row.field, row.value, row.by) == ("Trần Văn Đức", "members_n", 99, "Nguyễn Thị Hoa")
    assert row.reason == "Số người lớn nhiều hơn số nhân khẩu"
    assert bench.ask(quarantine.refused_rows, "en")[0].reason == "More adults than members"
    assert row.document().keys() == set(quarantine.HEADINGS)


def test_personal_numbers_are_masked_until_somebody_asks(bench: Bench, person: str, tmp_path: Path) -> None:
    refused(bench, "resident", person, "id_number", NUMBER, "bad_id_number")
    file = tmp_path / "từ chối.csv"
    bench.ask(quarantine.export_refused, file)
    assert NUMBER not in file.read_text("utf-8")
    bench.ask(quarantine.export_refused, file, reveal=True)
    assert lines(file)[0]["value"] == NUMBER
    assert stat.S_IMODE(file.stat().st_mode) & 0o077 == 0


@pytest.mark.parametrize("value", ["=1+1", "+84", "-5", "@cmd", "\t=1", -5, {"a": "=1"}])
def test_no_cell_is_run_as_a_formula(bench: Bench, home: str, tmp_path: Path, value: Any) -> None:
    refused(bench, "household", home, "notes", value, "too_long")
    file = tmp_path / "out.csv"
    assert bench.ask(quarantine.export_refused, file).rows == 1
    (row,) = lines(file)
    assert all(not cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row.values())


def test_another_ending_is_told(bench: Bench, home: str, tmp_path: Path) -> None:
    with pytest.raises(UserError) as error:
        bench.ask(quarantine.export_refused, tmp_path / "out.xlsx")
    assert error.value.code == "invalid"


def test_giving_up_can_be_taken_back(bench: Bench, home: str) -> None:
    dot = refused(bench, "household", home, "members_n", 99, "too_large")
    bench.do(syncing.let_go, dot, "members_n")
    assert bench.ask(quarantine.refused_rows) == []
    assert bench.ask(records.get, "household", home)["state"] == "local"
    bench.do(quarantine.take_up, dot.text, "members_n")
    assert len(bench.ask(quarantine.refused_rows)) == 1
    assert bench.ask(records.get, "household", home)["state"] == "refused"
    with pytest.raises(UserError):
        bench.do(quarantine.take_up, dot.text, "members_n")


def test_a_reason_names_its_field_and_bounds(bench: Bench, home: str) -> None:
    refused(bench, "household", home, "members_n", 400, "bad_value")
    assert bench.ask(quarantine.refused_rows)[0].reason == "Giá trị của “Số nhân khẩu” chưa đúng."
    kind = bench.store.catalogue.kind("household")
    assert quarantine.reason(kind, "too_large", "vi", "members_n").startswith("Lớn quá: nhiều nhất ")
    assert quarantine.reason(kind, "too_large", "vi").startswith("Bản ghi quá lớn để gửi.")
    assert quarantine.reason(kind, "too_long", "vi", "head_name") == "Dài quá: tối đa 100 ký tự."
    assert quarantine.reason(kind, "bad_value", "en", "unheard_of") == "The value of “…” is not right."


def test_a_title_has_words_for_its_codes(bench: Bench, person: str) -> None:
    values = {"resident": person, "status": "l2_active", "status_date": "2026-11-09", "provenance": "seen"}
    case = bench.do(records.add, "vneid_case", values)
    row = bench.ask(records.get, "vneid_case", case)
    assert bench.ask(search.title_of, row) == "Đặng Thị Hoà · Đã kích hoạt mức 2"
    assert bench.ask(search.title_of, row, "en") == "Đặng Thị Hoà · Level 2 active"


def test_a_reason_names_the_member_of_a_row_or_group(bench: Bench, home: str) -> None:
    lines = [{"service": "K01", "outcome": "done"}]
    values = {"household": home, "date": "2026-11-20", "place_type": "home", "lines": lines}
    visit = bench.do(records.add, "support_visit", values)
    row = bench.ask(records.get, "support_visit", visit)["lines"][0]["id"]
    value = {"service": "K01", "outcome": "done", "notes": "x" * 501}
    bench.do(_set_aside, "support_visit", visit, f"lines/{row}", value)
    bench.do(_set_aside, "household", home, "@address", {"lane": "x" * 81, "address_text": "Thôn 1"})
    told = {r.field[:1]: r.reason for r in bench.ask(quarantine.refused_rows)}
    assert told == {
        "l": "Ghi chú: Dài quá: tối đa 500 ký tự.",
        "@": "Ngõ, xóm: Dài quá: tối đa 80 ký tự.",
    }


def _set_aside(uow: Any, kind: str, id: str, cell: str, value: Any, code: str = "too_long") -> None:
    uow.peers.set_aside(kind, id, cell, Dot(uow.counter, uow.replica), value, code, uow.author.person, 1)


def test_a_value_that_is_fine_here_is_told_so(bench: Bench, home: str) -> None:
    """The catalogue in force is not the one that refused it: no bound of it can be the reason."""
    refused(bench, "household", home, "head_name", "Nguyễn Phúc Hồng Ân Đức", "too_long")
    assert bench.ask(quarantine.refused_rows)[0].reason.startswith("Danh mục trên máy này nhận")


def test_a_record_without_a_name_is_called_by_what_was_refused_or_its_code(bench: Bench, home: str) -> None:
    bench.do(_set_aside, "household", home, "head_name", "Nguyễn Phúc Hồng Ân Đức")
    row = bench.ask(records.get, "household", home)
    del row["head_name"]
    waiting = bench.ask(syncing.refused)
    assert bench.ask(search.title_of, quarantine.titled(row, waiting)) == "Nguyễn Phúc Hồng Ân Đức"
    assert bench.ask(search.title_of, row) == f"Hộ gia đình {row['code']}"
    del row["code"]
    assert bench.ask(search.title_of, row, "en") == "Household"


def test_a_refused_deletion_is_told_in_words(bench: Bench, home: str) -> None:
    bench.do(_set_aside, "household", home, "_deleted", [[["code"], {"a" * 16: 1}]], "not_your_role")
    (row,) = bench.ask(quarantine.refused_rows)
    kind = bench.store.catalogue.kind("household")
    assert row.reason.startswith("Việc này dành cho tổ trưởng.")
    assert quarantine.field_label(kind, row.field, "vi") == "Xóa bản ghi"
    assert quarantine.field_label(kind, "@address", "vi") == "Ngõ, xóm, Địa chỉ"


def test_a_value_that_would_be_refused_again_is_not_sent(bench: Bench, home: str) -> None:
    dot = refused(bench, "household", home, "members_n", 99, "too_large")
    with pytest.raises(UserError, match="invalid"):
        bench.do(syncing.send_again, dot, 51, "members_n")
    assert bench.ask(records.get, "household", home)["state"] == "refused"
    bench.do(syncing.send_again, dot, 50, "members_n")
    assert bench.ask(records.get, "household", home)["members_n"] == 50
