"""The log on paper: the words of the whole document, and the form that Nghị định 30/2020 asks for."""

from __future__ import annotations

import errno
import io
import sys
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest
from docx import Document as read_docx

from ntmdesk.domain.periods import Week
from ntmdesk.errors import AppError
from ntmdesk.services import documents, pdf_child, weekly_log
from ntmdesk.services.documents import Document, Letterhead, Paragraph
from ntmdesk.services.docx_writer import docx_bytes
from ntmdesk.system import whole_files
from tests.ntmdesk.services.conftest import Bench
from tests.ntmdesk.services.week_of_work import record_week

WEEK = Week(2026, 47)
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture
def paper(bench: Bench) -> Document:
    """A submitted log with every section written."""
    record_week(bench)
    with bench.begin() as uow:
        plan = [{"date": "2026-11-24", "task": "Đi Ngõ 5, Ngõ 7", "person": "Nguyễn Thị Hoa"}]
        written = {
            "situation": "Trong tuần tổ đi 3 ngõ.",
            "difficulties": ["D02"],
            "difficulties_text": "Ngõ 7 mất sóng buổi tối.",
            "proposals": "Đề nghị UBND xã lắp thêm điểm wifi.",
            "next_week": plan,
            "number": "5",
        }
        weekly_log.edit(uow, WEEK, written)
        weekly_log.submit(uow, WEEK)
    return bench.ask(weekly_log.document, WEEK)


def words_of(data: bytes) -> str:
    """All text of a .docx body in order, one line a paragraph."""
    body = ElementTree.fromstring(zipfile.ZipFile(io.BytesIO(data)).read("word/document.xml"))  # noqa: S314
    return "\n".join("".join(t.text or "" for t in p.iter(f"{W}t")) for p in body.iter(f"{W}p"))


def test_the_whole_document_says_what_it_should(paper: Document) -> None:
    golden = GOLDEN / "weekly_log.txt"
    assert documents.text_of(paper) == golden.read_text(encoding="utf-8").rstrip("\n")


def test_the_docx_says_the_same_as_the_content(paper: Document) -> None:
    told = [" ".join(line.split()) for line in words_of(docx_bytes(paper)).split("\n")]
    cells = [c.strip() for line in documents.text_of(paper).split("\n") for c in line.split(" | ")]
    head = {*paper.letterhead.superior, *paper.letterhead.issuer}
    missing = [c for c in cells if c and c not in head and c not in told and f"- {c}" not in told]
    assert missing == []
    assert all(line.upper() in told for line in head)


def test_the_page_has_the_form_of_the_decree(paper: Document) -> None:
    made = read_docx(io.BytesIO(docx_bytes(paper)))
    section = made.sections[0]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    assert 20 <= section.top_margin.mm <= 25
    assert 20 <= section.bottom_margin.mm <= 25
    assert 30 <= section.left_margin.mm <= 35
    assert 15 <= section.right_margin.mm <= 20
    assert section.different_first_page_header_footer
    assert "PAGE" in section.header._element.xml
    assert "PAGE" not in section.first_page_header._element.xml


def test_every_run_is_times_new_roman_in_all_scripts_of_allowed_size(paper: Document) -> None:
    body = ElementTree.fromstring(zipfile.ZipFile(io.BytesIO(docx_bytes(paper))).read("word/document.xml"))  # noqa: S314
    sizes = set()
    for run in body.iter(f"{W}r"):
        fonts = run.find(f"{W}rPr/{W}rFonts")
        assert fonts is not None
        assert {fonts.get(f"{W}{s}") for s in ("ascii", "hAnsi", "eastAsia", "cs")} == {"Times New Roman"}
        if "".join(t.text or "" for t in run.iter(f"{W}t")).strip():
            sizes.add(int(run.find(f"{W}rPr/{W}sz").get(f"{W}val")) / 2)
    assert sizes <= {11, 12, 13, 14}


def test_the_national_heading_has_explicit_widths_and_stays_on_its_line(paper: Document) -> None:
    table = read_docx(io.BytesIO(docx_bytes(paper))).tables[0]
    widths = [cell.width.mm for cell in table.rows[0].cells]
    assert sum(widths) == pytest.approx(164, abs=1)
    assert widths[1] >= 95
    grid = [round(int(c.get(f"{W}w")) / 56.7) for c in table._tbl.tblGrid.iter(f"{W}gridCol")]
    assert grid == [round(w) for w in widths]
    assert (
        table.rows[0]
        .cells[1]
        .text.startswith("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc")
    )


def test_headings_of_tables_repeat_and_rows_stay_whole(paper: Document) -> None:
    made = read_docx(io.BytesIO(docx_bytes(paper)))
    ruled = [t for t in made.tables if t.style is not None and t.style.name == "Table Grid"]
    assert len(ruled) >= 5
    for table in ruled:
        assert "w:tblHeader" in table.rows[0]._tr.xml
        assert all("w:cantSplit" in row._tr.xml for row in table.rows)


def test_names_come_only_when_asked_for(bench: Bench, paper: Document) -> None:
    plain = documents.text_of(paper)
    assert "Đỗ Thị Mận" not in plain
    assert "Trần Ái" not in plain
    with_names = bench.ask(weekly_log.document, WEEK, (1,))
    assert with_names.annexes[0].mark == "Lưu hành nội bộ"
    rows = documents.text_of(with_names)
    people = [line.split(" | ") for line in rows.split("\n") if line.endswith("/11 | ")]
    named = [cells[1] for cells in people]
    assert named == ["Trần Ái", "Lê Văn Bảy", "Đỗ Thị Mận"]
    assert "Ký nhận" in rows


def test_annexes_two_and_three(bench: Bench, paper: Document) -> None:
    both = bench.ask(weekly_log.document, WEEK, (3, 2))
    days, diary = (documents.text_of(Document(paper.letterhead, "", "", a.blocks)) for a in both.annexes)
    assert "Nguyễn Thị Hoa |  |  | ½ |  |  |  |  | 0,5" in days
    assert "16/11/2026 |  | Cài VNeID, Nộp hồ sơ DVC | Lê Văn Bảy, Ngõ 3 | Hoàn thành" in diary
    with pytest.raises(AppError) as wrong:
        bench.ask(weekly_log.document, WEEK, (9,))
    assert wrong.value.details["field"] == "annex"


def test_a_draft_says_so_and_a_submitted_log_does_not(bench: Bench, paper: Document) -> None:
    assert paper.draft_mark == ""
    assert bench.ask(weekly_log.document, WEEK.previous()).draft_mark == "(Bản nháp, số liệu chưa chốt)"


def test_the_content_passes_as_json(paper: Document) -> None:
    assert documents.from_json(documents.to_json(paper)) == paper


def test_control_characters_do_not_break_the_file() -> None:
    head = Letterhead(("A",), ("B",), "Số: 1\x00", "x")
    made = docx_bytes(Document(head, "T\x0b", "S", (Paragraph("a\x01b & <c>\nhai"),)))
    assert "ab & <c>" in words_of(made)


def test_the_pdf_is_made_by_a_child_process_and_this_one_holds_no_window_library(
    paper: Document, tmp_path: Path
) -> None:
    out = tmp_path / "giấy tờ"
    out.mkdir()
    made = documents.write(paper, out / "log.pdf").read_bytes()
    assert made.startswith(b"%PDF")
    assert len(made) > 10_000
    assert list(out.iterdir()) == [out / "log.pdf"]


def test_a_child_that_fails_is_told_and_leaves_no_file(
    paper: Document, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf_child, "command", lambda out: [sys.executable, "-c", "raise SystemExit(3)"])
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(AppError) as wrong:
        documents.write(paper, out / "log.pdf")
    assert (wrong.value.code, wrong.value.details["exit"]) == ("paper_failed", 3)
    assert list(out.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "code"), [("log.xlsx", "not_yet"), ("log.odt", "invalid"), ("log", "invalid")]
)
def test_other_endings_are_refused_before_anything_is_done(name: str, code: str, tmp_path: Path) -> None:
    with pytest.raises(AppError) as wrong:
        documents.format_of(tmp_path / name)
    assert wrong.value.code == code


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, "disk_full"),
        (errno.EROFS, "read_only"),
        (errno.EACCES, "read_only"),
        (errno.EIO, "file_failed"),
    ],
)
def test_a_disk_that_refuses_leaves_the_old_file(
    number: int, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "log.docx"
    target.write_bytes(b"old")

    def refuse(handle: int) -> None:
        raise OSError(number, "refused")

    monkeypatch.setattr(whole_files.os, "fsync", refuse)
    with pytest.raises(AppError) as wrong:
        whole_files.write_whole(target, b"new")
    assert wrong.value.code == code
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(AppError) as wrong:
        whole_files.write_whole(tmp_path / "không có" / "log.docx", b"x")
    assert wrong.value.code == "not_found"
