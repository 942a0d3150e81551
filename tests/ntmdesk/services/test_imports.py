"""Lists in: files as people make them, doubles explained, a second time changes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ntmdesk.errors import AppError
from ntmdesk.services import consents, imports
from ntmdesk.services.csv_sheets import heading_key
from ntmdesk.services.imports import Imported, Sheet
from ntmdesk.services.steps import QUIET
from tests.ntmdesk.services.conftest import Bench


def run(
    bench: Bench, kind: str, text: str | bytes, chosen: dict[str, str] | None = None, **more: Any
) -> Imported:
    data = text if isinstance(text, bytes) else text.encode()
    sheet = imports.read(data, kind, chosen)
    columns = imports.propose(kind, sheet.headings, chosen, bench.store.catalogue.kind(kind))
    return imports.run(bench.begin, kind, sheet, columns, **more)


def rows(bench: Bench, kind: str) -> list[dict[str, Any]]:
    with bench.look() as uow:
        return uow.records.list(kind).rows


HOMES = """STT;Họ và tên chủ hộ;Ngõ;Số khẩu;Hộ nghèo;Internet
1;Lê Văn Bảy;Ngõ 3;4;Không;Cáp quang
2;Đỗ Thị Mận;Ngõ 3;2;Cận nghèo;
3;Trần Văn Ất;Ngõ 5;5 người;;4G
"""


def test_a_list_of_households(bench: Bench) -> None:
    done = run(bench, "household", HOMES)
    assert (done.rows, done.added, done.changed, done.refused) == (3, 3, 0, [])
    by_name = {r["head_name"]: r for r in rows(bench, "household")}
    assert by_name["Đỗ Thị Mận"]["poverty"] == "near"
    assert by_name["Trần Văn Ất"]["members_n"] == 5
    assert by_name["Lê Văn Bảy"]["internet"] == "fibre"
    assert "internet" not in by_name["Đỗ Thị Mận"]
    assert {r["hamlet"] for r in by_name.values()} == {rows(bench, "hamlet")[0]["id"]}
    assert len({r["code"] for r in by_name.values()}) == 3


def test_the_same_file_again_changes_nothing(bench: Bench) -> None:
    run(bench, "household", HOMES)
    with bench.look() as uow:
        before = uow.figures.change_mark()
    again = run(bench, "household", HOMES)
    assert (again.added, again.changed, again.same) == (0, 0, 3)
    with bench.look() as uow:
        assert uow.figures.change_mark() == before


def test_a_changed_cell_changes_that_field_and_a_blank_one_leaves_it(bench: Bench) -> None:
    run(bench, "household", HOMES)
    done = run(bench, "household", HOMES.replace(";4;Không;Cáp quang", ";;Không;4G"))
    assert (done.added, done.changed, done.same) == (0, 1, 2)
    row = next(r for r in rows(bench, "household") if r["head_name"] == "Lê Văn Bảy")
    assert (row["internet"], row["members_n"]) == ("mobile", 4)


def test_a_dry_run_says_the_same_and_writes_nothing(bench: Bench) -> None:
    dry = run(bench, "household", HOMES, dry_run=True)
    assert (dry.added, rows(bench, "household")) == (3, [])
    assert dry.document()["dry_run"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_any_separator_with_or_without_a_mark(delimiter: str, bom: bytes) -> None:
    text = 'Chủ hộ,Địa chỉ\r\n"Lê Văn Bảy","Số 5,\nxóm trên"\r\nĐỗ Thị Mận,\r\n'.replace(",", delimiter)
    sheet = imports.read(bom + text.encode(), "household")
    assert sheet.headings == ("Chủ hộ", "Địa chỉ")
    assert [(r.line, r.cells[0]) for r in sheet.rows] == [(2, "Lê Văn Bảy"), (4, "Đỗ Thị Mận")]
    assert sheet.rows[0].cells[1] == f"Số 5{delimiter}\nxóm trên"


def test_titles_above_empty_rows_totals_and_column_numbers_are_no_data() -> None:
    text = (
        "UBND XÃ HOẰNG GIANG,,\nDANH SÁCH HỘ THÔN 1,,\n,,\nSTT,Chủ hộ,Số khẩu\n1,2,3\n"
        "1,Lê Văn Bảy,4\n,,\n2,Đỗ Thị Mận,2\nTổng cộng,,6\n"
    )
    sheet = imports.read(text.encode(), "household")
    assert [r.line for r in sheet.rows] == [6, 8]
    assert sheet.skipped == ((5, "heading"), (7, "empty"), (9, "total"))


def test_sep_line_and_utf_16_of_spreadsheets() -> None:
    assert len(imports.read("sep=;\nChủ hộ;Ngõ\nLê Văn Bảy;3\n".encode(), "household").rows) == 1
    assert len(imports.read("Chủ hộ\tNgõ\nLê Văn Bảy\t3\n".encode("utf-16"), "household").rows) == 1


@pytest.mark.parametrize(
    ("data", "code", "reason"),
    [
        (b"", "import_unreadable", "empty"),
        (b"  \n ", "import_unreadable", "empty"),
        ("Chủ hộ\nLê Bảy".encode("cp1258", "replace") + b"\xff\xfa", "import_unreadable", "encoding"),
        (b"PK\x03\x04rest", "not_yet", None),
        (b"a,b\n1,2\n", "import_unreadable", "no_headings"),
        (b"Ch\xe1\xbb\xa7 h\xe1\xbb\x99,\x00x\n", "import_unreadable", "binary"),
    ],
)
def test_files_that_are_no_list(data: bytes, code: str, reason: str | None) -> None:
    with pytest.raises(AppError) as wrong:
        imports.read(data, "household")
    assert (wrong.value.code, wrong.value.details.get("reason")) == (code, reason)


def test_only_households_and_residents_are_taken_in() -> None:
    with pytest.raises(AppError) as wrong:
        imports.read(b"x", "training")
    assert wrong.value.code == "import_kind"


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("HỌ TÊN CHỦ HỘ", "head_name"),
        ("ho ten chu ho", "head_name"),
        ("Số khẩu (người)", "members_n"),
        ("Ngõ, xóm", "lane"),
        ("Điện thoại thông minh", "smartphones_n"),
        ("Mã hộ", "code"),
    ],
)
def test_headings_are_known_by_their_synonyms(heading: str, field: str) -> None:
    assert imports.propose("household", [heading]).columns == {0: field}


def test_a_mapping_file_comes_before_the_synonyms(bench: Bench) -> None:
    chosen = imports.read_mapping('[columns]\n"Cột A" = "head_name"\n"Chủ hộ" = ""\n')
    sheet = imports.read("Cột A,Chủ hộ,Lạ\nLê Văn Bảy,bỏ,x\n".encode(), "household", chosen)
    columns = imports.propose("household", sheet.headings, chosen)
    assert (columns.columns, columns.unknown) == ({0: "head_name"}, ("Lạ",))
    with pytest.raises(AppError) as wrong:
        imports.propose("household", sheet.headings, {"Cột A": "nothing"})
    assert wrong.value.code == "unknown_field"
    with pytest.raises(AppError):
        imports.read_mapping("no toml [")


def test_a_needed_column_that_is_missing_stops_the_import(bench: Bench) -> None:
    with pytest.raises(AppError) as wrong:
        run(bench, "household", "Ngõ,Số khẩu\n3,4\n")
    assert (wrong.value.code, wrong.value.details["fields"]) == ("import_missing", ["head_name"])


def test_rows_with_mistakes_are_refused_with_their_line_and_the_others_go_in(bench: Bench) -> None:
    text = (
        "Chủ hộ,Số khẩu,Hộ nghèo,Thôn\nLê Văn Bảy,bốn,,\nĐỗ Thị Mận,2,giàu,\n,3,,\n"
        "Trần Văn Ất,999,,\nPhạm Tú,3,,Thôn 9\nVũ Hoa,3,,Thôn 1\n"
    )
    done = run(bench, "household", text)
    assert [(r.line, r.field, r.code) for r in done.refused] == [
        (2, "members_n", "wrong_type"),
        (3, "poverty", "unknown_choice"),
        (4, "head_name", "required"),
        (5, "members_n", "too_large"),
        (6, "hamlet", "unknown_reference"),
    ]
    assert [r["head_name"] for r in rows(bench, "household")] == ["Vũ Hoa"]


def test_a_household_twice_in_the_file_is_told_and_written_once(bench: Bench) -> None:
    text = "Chủ hộ,Ngõ\nLê Văn Bảy,Ngõ 3\nLE VAN BAY,ngo 3\nLê Văn Bảy,Ngõ 3\nLê Văn Bảy,Ngõ 9\n"
    done = run(bench, "household", text)
    assert done.added == 2
    assert [(d.line, d.other_line) for d in done.doubles] == [(3, 2), (4, 2)]
    assert "same_lane" in done.doubles[0].reasons
    again = run(bench, "household", text)
    assert (again.added, again.changed, again.same, len(again.doubles)) == (0, 0, 2, 2)


def test_a_double_against_the_store_waits_for_a_person(bench: Bench) -> None:
    run(bench, "household", "Chủ hộ,Ngõ\nNguyễn Văn Hoà,Ngõ 3\n")
    text = "Chủ hộ,Ngõ\nNguyen Van Hoa,Ngõ 3\n"
    done = run(bench, "household", text)
    assert (done.added, len(done.doubles), done.doubles[0].id is not None) == (0, 1, True)
    assert run(bench, "household", text, sure=[2]).added == 1


def test_two_spellings_of_a_tone_are_one_household(bench: Bench) -> None:
    run(bench, "household", "Chủ hộ,Ngõ\nNguyễn Văn Hoà,Ngõ 3\n")
    assert run(bench, "household", "Chủ hộ,Ngõ\nNguyễn Văn Hòa,Ngõ 3\n").added == 0


def test_codes_of_the_file_find_households(bench: Bench) -> None:
    run(bench, "household", "Mã hộ,Chủ hộ\nH1,Lê Văn Bảy\nH2,Lê Văn Bảy\n")
    assert len(rows(bench, "household")) == 2
    done = run(bench, "household", "Mã hộ,Chủ hộ,Số khẩu\nh2,Lê Văn Bảy,6\n")
    assert (done.changed, done.added) == (1, 0)


PEOPLE = """Họ và tên,Năm sinh,Giới tính,Chủ hộ,Ngõ,Điện thoại,Quan hệ với chủ hộ
Lê Văn Bảy,1958,Nam,Lê Văn Bảy,Ngõ 3,912345678,Chủ hộ
Lê Thị Sáu,15/3/1960,Nữ,,,,Vợ
Trần Văn Ất,1970,Nam,Trần Văn Ất,Ngõ 5,0912 345 679,Chủ hộ
Không Nhà,1980,Nam,Người Lạ,,,
"""


def test_residents_find_their_household_and_merged_cells_are_carried_down(bench: Bench) -> None:
    run(bench, "household", HOMES)
    done = run(bench, "resident", PEOPLE)
    assert done.added == 3
    assert [(r.line, r.field, r.code) for r in done.refused] == [(5, "household", "unknown_reference")]
    homes = {r["id"]: r["head_name"] for r in rows(bench, "household")}
    people = {r["full_name"]: r for r in rows(bench, "resident")}
    assert homes[people["Lê Thị Sáu"]["household"]] == "Lê Văn Bảy"
    assert (people["Lê Thị Sáu"]["birth"], people["Lê Thị Sáu"]["relation"]) == ("1960-03-15", "spouse")
    assert people["Lê Văn Bảy"]["phone"] == "0912345678"
    codes = {(n, w.field, w.code) for n, w in done.warnings}
    assert {(2, "phone", "phone_lost_zero"), (3, "household", "carried_down")} <= codes
    again = run(bench, "resident", PEOPLE)
    assert (again.added, again.changed, again.same) == (0, 0, 3)


def test_a_number_needs_consent_and_lost_zeros_are_told(bench: Bench) -> None:
    text = (
        "Họ tên,Số CCCD,Đồng ý\nLê Văn Bảy,38058000123,x\nĐỗ Thị Mận,038190000124,\n"
        "Trần Ất,3.8E+10,x\nVũ Hoa,123456789,x\n"
    )
    done = run(bench, "resident", text)
    people = {r["full_name"]: r for r in rows(bench, "resident")}
    assert done.added == 3
    assert people["Lê Văn Bảy"]["id_number"] == "038058000123"
    assert "id_number" not in people["Đỗ Thị Mận"]
    assert (3, "id_number", "held_without_consent") in {(n, w.field, w.code) for n, w in done.warnings}
    assert {"line": 3, "code": "held_without_consent", "field": "id_number"} in done.document()["warnings"]
    assert people["Vũ Hoa"]["old_id"] == "123456789"
    assert [(r.line, r.field, r.code) for r in done.refused] == [
        (4, "id_number", "number_mangled"),
    ]
    assert all("038" not in r.value for r in done.refused)
    assert (2, "zeros_restored") in {(n, w.code) for n, w in done.warnings}
    assert len(rows(bench, "consent")) == 2
    again = run(bench, "resident", text)
    assert (again.added, again.changed, again.same, len(rows(bench, "consent"))) == (0, 0, 3, 2)
    assert [(n, w.code) for n, w in again.warnings] == [(3, "held_without_consent")]


def test_a_person_with_a_live_consent_gets_the_number_without_a_mark(bench: Bench) -> None:
    text = "Họ tên,Năm sinh,Số CCCD\nĐỗ Thị Mận,1990,038190000124\n"
    first = run(bench, "resident", text)
    assert [(n, w.field, w.code) for n, w in first.warnings] == [(2, "id_number", "held_without_consent")]
    (person,) = rows(bench, "resident")
    bench.do(consents.give_consent, person["id"], ["support"], "consent", "paper")
    assert run(bench, "resident", text).same == 1
    bench.do(consents.give_consent, person["id"], ["identity"], "consent", "paper")
    again = run(bench, "resident", text)
    assert (again.changed, again.warnings) == (1, [])
    assert rows(bench, "resident")[0]["id_number"] == "038190000124"


def test_numbers_held_back_still_tell_namesakes_apart(bench: Bench) -> None:
    text = (
        "Họ tên,Năm sinh,Số CCCD\nLê Văn Nam,1980,038080000124\nLê Văn Nam,1980,038080000999\n"
        "Lê Văn Nam,1980,038080000124\n"
    )
    done = run(bench, "resident", text, sure=[3])
    assert (done.added, [d.line for d in done.doubles]) == (2, [4])
    assert all("id_number" not in r for r in rows(bench, "resident"))
    assert run(bench, "resident", text).same == 2


def test_two_people_of_one_name_and_year_in_one_house_are_looked_at(bench: Bench) -> None:
    run(bench, "household", HOMES)
    run(bench, "resident", "Họ tên,Ngày sinh,Chủ hộ\nLê Văn Nam,01/02/1980,Lê Văn Bảy\n")
    done = run(bench, "resident", "Họ tên,Ngày sinh,Chủ hộ\nLE VAN NAM,1980,Lê Văn Bảy\n")
    assert (done.added, len(done.doubles)) == (0, 1)
    other = run(bench, "resident", "Họ tên,Ngày sinh,Chủ hộ\nLê Văn Nam,05/06/1980,Lê Văn Bảy\n")
    assert other.added == 1


class StopAfter:
    """Asks to stop after some batches."""

    def __init__(self, batches: int) -> None:
        self.left = batches
        self.told: list[tuple[int, int]] = []

    @property
    def cancelled(self) -> bool:
        return self.left <= 0

    def tell(self, done: int, total: int, note: str = "") -> None:
        self.told.append((done, total))
        if done:
            self.left -= 1


def test_stopping_keeps_whole_batches_and_going_on_adds_the_rest(bench: Bench) -> None:
    text = "Chủ hộ,Ngõ\n" + "".join(f"Người Số {n},Ngõ {n}\n" for n in range(10))
    step = StopAfter(2)
    done = run(bench, "household", text, step=step, batch=3)
    assert (done.cancelled, done.added, len(rows(bench, "household"))) == (True, 6, 6)
    assert step.told == [(0, 10), (3, 10), (6, 10)]
    rest = run(bench, "household", text, step=QUIET)
    assert (rest.added, rest.same) == (4, 6)


def test_a_preview_writes_nothing_and_names_what_comes(bench: Bench) -> None:
    sheet: Sheet = imports.read(HOMES.encode(), "household")
    columns = imports.propose("household", sheet.headings)
    seen = bench.ask(imports.preview, "household", sheet, columns, 2)
    assert ([r.action for r in seen.lines], seen.counts) == (["add", "add"], {"add": 3})
    assert rows(bench, "household") == []


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(AppError) as wrong:
        imports.read_file(tmp_path / "không có.csv")
    assert wrong.value.code == "not_found"


def test_heading_keys_forget_marks_signs_and_case() -> None:
    assert heading_key("  Họ, tên\nCHỦ-HỘ ") == "ho ten chu ho"
