"""Registers of any kind: counts, table, form, trash, export; and lists imported."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from ntmdesk.services import records
from ntmdesk.ui.jobs import Jobs
from ntmdesk.ui.lanes import Line
from ntmdesk.ui.pages.records import RecordsPage
from ntmdesk.ui.pages.registers import INTERNAL, kinds_of
from ntmdesk.ui.translation import label
from tests.ntmdesk.after_sync import AT, deleted_elsewhere, member
from tests.ntmdesk.ui.accessibility import walk
from tests.ntmdesk.ui.pages.showing import Told, press, show
from tests.ntmdesk.ui.pages.village import Village, village

__all__ = ["village"]

LIST = """Danh sách hộ thôn 1
Họ và tên chủ hộ;Ngõ xóm;Số khẩu;Ghi chú
Hồ Thị Sen;Ngõ 9;4;
Lý Văn Ba;Ngõ 3;bốn;
Vũ Đình Bảo;Ngõ 10;7;
Lê Thị Phượng;Ngõ 2;3;
"""


def open_page(qtbot: QtBot, village: Village, argument: object = None) -> tuple[RecordsPage, Told]:
    @contextmanager
    def opened() -> Iterator[Line]:
        yield Line(village.store, village.author)

    line: Jobs[Any] = Jobs(opened, village.executor)
    page = RecordsPage(village.jobs, village.catalogue, village.today, line)
    line.changed.connect(lambda kinds: page.refresh())
    page._line_kept = line  # type: ignore[attr-defined]
    return page, show(qtbot, page, village, argument)


def test_every_kind_has_a_register_with_its_count(qtbot: QtBot, village: Village) -> None:
    page, _ = open_page(qtbot, village)
    for name in set(village.catalogue.kinds) - INTERNAL:
        assert page.registers.line(name).count() != ""
    assert page.registers.line("household").count() == "7"


def test_registers_stand_in_the_order_of_their_names(village: Village) -> None:
    names = [label(kind.plural) for kind in kinds_of(village.catalogue, "work")]
    assert names == [
        "Chỉ tiêu giao",
        "Lượt hỗ trợ",
        "Ngày công",
        "Nhật ký tuần",
        "Số liệu nhập",
        "Thành viên tổ",
        "Tổ công nghệ số cộng đồng",
    ]


def test_a_line_of_the_registers_is_as_tall_as_its_words(qtbot: QtBot, village: Village) -> None:
    page, _ = open_page(qtbot, village)
    line = page.registers.line("household")
    words = [label for label in line.findChildren(QLabel) if label.text()]
    assert words
    assert all(label.height() >= label.fontMetrics().height() for label in words)


@pytest.mark.parametrize(
    "kind", ["hamlet", "resident", "training", "outreach", "workday", "target", "member"]
)
def test_any_kind_opens_as_a_list_and_a_form(qtbot: QtBot, village: Village, kind: str) -> None:
    page, told = open_page(qtbot, village, {"kind": kind})
    assert page.register.kind == kind
    page.register.new_asked.emit(kind)
    village.drain()
    assert page.editor.form is not None
    assert page.editor.form.kind.name == kind
    walk(page)
    assert told.words == []


def test_a_record_is_written_changed_deleted_and_restored(qtbot: QtBot, village: Village) -> None:
    page, told = open_page(qtbot, village, {"new": "outreach"})
    form = page.editor.form
    assert form is not None
    kind = village.catalogue.kind("outreach")
    needed = [f.name for f in kind.fields if f.required and f.name not in form.values()]
    choices = {name: kind.field(name) for name in needed}
    for name, field in choices.items():
        if field is not None and field.choices:
            form.fill({name: village.catalogue.choices(field.choices).offered[0].code})
        elif field is not None and field.type in ("integer", "decimal"):
            form.fill({name: 3})
        elif field is not None:
            form.fill({name: "Phát thanh"})
    page.editor.save()
    village.drain()
    assert page.register.kind == "outreach", [f.problem_words() for f in form._editors.values()]
    assert page.register.model is not None
    assert page.register.model.rowCount() == 1
    record = page.register.model.id_at(0)
    assert record is not None
    page._open("outreach", record)
    village.drain()
    page.editor.delete_button.click()
    village.drain()
    assert page.register.model.rowCount() == 0
    page._open_trash()
    village.drain()
    assert len(page.trash.item_texts()) == 1
    page.trash.opened.emit(("outreach", record))
    village.drain()
    assert not page.editor.save_button.isVisible()
    page.editor.restore_button.click()
    village.drain()
    assert village.ask(lambda uow: uow.records.count("outreach")) == 1
    assert page.trash.item_texts() == []
    told.undo[-1][1]()
    village.drain()
    assert village.ask(lambda uow: uow.records.count("outreach")) == 0


def test_the_trash_says_who_deleted_what_and_when(qtbot: QtBot, village: Village) -> None:
    member(village)
    mine, theirs, nobodys, never = (
        village.homes[name] for name in ("Đặng Quý", "Lê Thị Phượng", "Bùi Thị Cẩm", "Vũ Đình Bảo")
    )
    deleted_elsewhere(village, "household", never, at=0)
    deleted_elsewhere(village, "household", nobodys, by="", at=AT - 60)
    deleted_elsewhere(village, "household", theirs)
    village.do(records.delete, "household", mine)
    page, _ = open_page(qtbot, village, {"trash": True})
    assert [line.rsplit(" · ", 1)[0] for line in page.trash.item_texts()] == [
        "22/11 · Đặng Quý · Hộ gia đình · Nguyễn Thị Hoa xóa lúc 22/11/2026 14:05",
        "11/2025 · Lê Thị Phượng · Hộ gia đình · Lê Văn Minh xóa lúc 13/11/2025 09:13",
        "11/2025 · Bùi Thị Cẩm · Hộ gia đình · xóa lúc 13/11/2025 09:12",
        "– · Vũ Đình Bảo · Hộ gia đình · Lê Văn Minh xóa",
    ]


def test_the_history_says_who_changed_what(qtbot: QtBot, village: Village) -> None:
    home = village.homes["Đặng Quý"]
    village.do(records.set_fields, "household", home, {"members_n": 3})
    page, _ = open_page(qtbot, village, {"kind": "household", "id": home})
    page.editor.history.button.click()
    texts = page.editor.history.timeline.item_texts()
    assert "Số nhân khẩu: 2 → 3" in texts[0]
    assert "Nguyễn Thị Hoa" in texts[0]


def test_a_register_is_searched_and_written_to_a_file(qtbot: QtBot, village: Village, tmp_path: Path) -> None:
    page, told = open_page(qtbot, village, {"kind": "resident"})
    page.register.search.setFocus()
    press("hoa", village)
    assert page.register.model is not None
    assert page.register.model.rowCount() == 1
    path = tmp_path / "người dân.csv"
    page.register.ask_path = lambda name: path
    page.register.export_button.click()
    village.drain()
    assert "Đặng Thị Hoà" in path.read_text("utf-8-sig")
    assert "Trần Văn Đức" not in path.read_text("utf-8-sig")
    assert told.words[-1] == ("good", "Đã xuất 1 bản ghi vào người dân.csv")
    press("zzz", village)
    assert page.register._none.isVisible()


def importing(qtbot: QtBot, village: Village, tmp_path: Path) -> RecordsPage:
    path = tmp_path / "ho.csv"
    path.write_text(LIST, "utf-8-sig")
    page, _ = open_page(qtbot, village, {"import": "household"})
    panel = page.importing
    assert panel is not None
    panel.ask_file = lambda: path
    panel.choose.click()
    village.drain()
    return page


def test_a_list_is_mapped_by_its_headings_and_planned_before_anything_is_written(
    qtbot: QtBot, village: Village, tmp_path: Path
) -> None:
    page = importing(qtbot, village, tmp_path)
    panel = page.importing
    assert panel is not None
    assert [box.code() for box in panel._boxes] == ["head_name", "lane", "members_n", "notes"]
    by_name = {name: (action, why) for _, action, name, why in panel.rows_shown.lines()}
    assert by_name["Hồ Thị Sen"][0] == "add"
    assert by_name["Vũ Đình Bảo"] == ("change", "sửa Số nhân khẩu")
    assert by_name["Lê Thị Phượng"][0] == "same"
    assert by_name["Lý Văn Ba"][0] == "refuse"
    assert by_name["Lý Văn Ba"][1].startswith("Số nhân khẩu: ")
    assert panel.go.accessibleName() == "Nhập 2 dòng"
    assert village.ask(lambda uow: uow.records.count("household")) == 7
    walk(page)


def test_a_line_that_stands_twice_is_said_in_words_and_old_news_go(
    qtbot: QtBot, village: Village, tmp_path: Path
) -> None:
    page = importing(qtbot, village, tmp_path)
    panel = page.importing
    assert panel is not None
    path = tmp_path / "lặp.csv"
    path.write_text("Họ tên chủ hộ,Ngõ\nThử Văn Một,Ngõ 9\nThử Văn Một,Ngõ 9\n", "utf-8-sig")
    panel.read(path)
    village.drain()
    assert [why for _, action, _, why in panel.rows_shown.lines() if action == "double"] == [
        "giống dòng 2: dòng lặp lại"
    ]
    panel.banner.tell("good", "tin cũ")
    panel.begin("household")
    assert panel.banner.text == ""


def test_a_line_that_looks_like_a_double_is_taken_anyway(
    qtbot: QtBot, village: Village, tmp_path: Path
) -> None:
    page = importing(qtbot, village, tmp_path)
    panel = page.importing
    assert panel is not None
    path = tmp_path / "trùng.csv"
    path.write_text("Chủ hộ,Ngõ\nLê Thị Phương,Ngõ 2\nHồ Thị Sen,Ngõ 2\n", "utf-8-sig")
    panel.read(path)
    village.drain()
    at = next(n for n, line in enumerate(panel.rows_shown.lines()) if line[1] == "double")
    assert panel.anyway.isVisibleTo(panel)
    assert not panel.anyway.button.isEnabled()
    panel.rows_shown.selectRow(at)
    panel.anyway.button.click()
    village.drain()
    assert {line[1] for line in panel.rows_shown.lines()} == {"add"}
    assert panel.go.accessibleName() == "Nhập 2 dòng"
    panel.anyway.button.click()  # left out again, and taken once more after the others were written
    village.drain()
    panel.go.click()
    village.drain()
    assert village.ask(lambda uow: uow.records.count("household")) == 8
    panel.rows_shown.selectRow(0)
    panel.anyway.button.click()
    village.drain()
    panel.go.click()
    village.drain()
    assert village.ask(lambda uow: uow.records.count("household")) == 9
    panel.undo.click()
    village.drain()
    assert village.ask(lambda uow: uow.records.count("household")) == 7


def test_a_file_that_cannot_be_read_leaves_no_former_list_on_offer(
    qtbot: QtBot, village: Village, tmp_path: Path
) -> None:
    page = importing(qtbot, village, tmp_path)
    panel = page.importing
    assert panel is not None
    assert panel.go.isVisibleTo(panel)
    (tmp_path / "hỏng.csv").write_bytes(b"PK\x03\x04" + bytes(100))
    panel.read(tmp_path / "hỏng.csv")
    village.drain()
    assert panel.banner.text
    assert not panel.go.isVisibleTo(panel)
    panel.run()
    village.drain()
    assert village.ask(lambda uow: uow.records.count("household")) == 7


def test_a_needed_column_that_is_missing_stops_the_import(
    qtbot: QtBot, village: Village, tmp_path: Path
) -> None:
    page = importing(qtbot, village, tmp_path)
    panel = page.importing
    assert panel is not None
    panel._boxes[0].choose("")
    panel._columns_changed()
    village.drain()
    assert not panel.go.isEnabled()
    assert panel._missing.text() == "Chưa có cột cho: Chủ hộ."


def test_an_import_is_written_told_and_taken_back(qtbot: QtBot, village: Village, tmp_path: Path) -> None:
    page = importing(qtbot, village, tmp_path)
    panel = page.importing
    assert panel is not None
    panel.go.click()
    village.drain()
    assert village.ask(lambda uow: uow.records.count("household")) == 8
    assert panel.banner.text == "Đã nhập: 1 thêm mới, 1 sửa, 1 không nhận"
    assert [(line, name) for line, _, name, _ in panel.rows_shown.lines()] == [(4, "Lý Văn Ba")]
    panel.undo.click()
    village.drain()
    assert village.ask(lambda uow: uow.records.count("household")) == 7
    with village.look() as uow:
        assert uow.records.get("household", village.homes["Vũ Đình Bảo"])["members_n"] == 7


def test_a_number_held_back_is_told_before_and_after(qtbot: QtBot, village: Village, tmp_path: Path) -> None:
    path = tmp_path / "nguoi.csv"
    path.write_text("Họ tên,Năm sinh,Số CCCD\nHồ Thị Sen,1990,038190000124\n", "utf-8-sig")
    page, _ = open_page(qtbot, village, {"import": "resident"})
    panel = page.importing
    assert panel is not None
    panel.read(path)
    village.drain()
    (planned,) = panel.rows_shown.lines()
    assert (planned[1], planned[2]) == ("add", "Hồ Thị Sen")
    assert "Chưa có đồng ý nên số này chưa được ghi." in planned[3]
    panel.go.click()
    village.drain()
    (told,) = panel.rows_shown.lines()
    assert told[2] == "Hồ Thị Sen"
    assert "Chưa có đồng ý nên số này chưa được ghi." in told[3]
    found = village.ask(lambda uow: uow.records.list("resident", search="Hồ Thị Sen").rows)
    assert ["id_number" in row for row in found] == [False]


def test_a_file_that_is_no_list_is_told_calmly(qtbot: QtBot, village: Village, tmp_path: Path) -> None:
    page, _ = open_page(qtbot, village, {"import": "household"})
    panel = page.importing
    assert panel is not None
    path = tmp_path / "ảnh.csv"
    path.write_bytes(bytes(range(256)) * 4)
    panel.read(path)
    village.drain()
    assert panel.banner.text
    assert panel._columns_card.isHidden()


def test_every_control_tells_its_name(qtbot: QtBot, village: Village) -> None:
    page, _ = open_page(qtbot, village)
    walk(page)
    page._open_trash()
    village.drain()
    walk(page)
