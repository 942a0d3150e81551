"""The page as it is drawn: everything printed, nothing split, numbers on top from page 2."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontDatabase, QImage
from PySide6.QtWidgets import QApplication

from ntmdesk.services.documents import (
    Annex,
    Column,
    Document,
    Heading,
    Letterhead,
    Paragraph,
    Signature,
    Table,
    to_json,
)
from ntmdesk.ui import paper
from ntmdesk.ui.paper_pieces import Piece, flow

HEAD = Letterhead(
    ("UBND xã Hoằng Giang",),
    ("Tổ công nghệ số cộng đồng", "Thôn 1"),
    "Số: 05/BC-TCNSCĐ",
    "Hoằng Giang, ngày 22 tháng 11 năm 2026",
)
COLUMNS = (Column("STT", 1.3, "center"), Column("Nội dung", 8), Column("Số", 2, "right"))


def document(rows: int, annexes: tuple[Annex, ...] = ()) -> Document:
    table = Table(COLUMNS, tuple((str(n), "Lượt hỗ trợ", "1") for n in range(rows)))
    signatures = (Signature("XÁC NHẬN", "(Ký)"), Signature("TỔ TRƯỞNG", "(Ký)", "Nguyễn Thị Hoa"))
    blocks = (Heading("I. TÌNH HÌNH CHUNG"), Paragraph("Một đoạn. " * 60), Heading("II. KẾT QUẢ"), table)
    return Document(HEAD, "BÁO CÁO", "Tuần 47", blocks, signatures, "Nơi nhận:", ("- Lưu.",), annexes)


def ink(image: QImage, left: float, top: float, right: float, bottom: float) -> int:
    """Dark pixels in a rectangle given in millimetres."""
    dots = image.width() / (297 if image.width() > image.height() else 210)
    found = 0
    for y in range(int(top * dots), int(bottom * dots)):
        for x in range(int(left * dots), int(right * dots)):
            found += image.pixelColor(x, y).lightness() < 128
    return found


def test_margins_are_empty_and_the_page_number_stands_on_top_from_page_2(qapp: QApplication) -> None:
    first, second, *_ = paper.pictures(document(60), 60)
    assert (round(first.width() / 60 * 25.4), round(first.height() / 60 * 25.4)) == (210, 297)
    for page in (first, second):
        assert ink(page, 0, 0, 29, 297) == 0
        assert ink(page, 196, 0, 210, 297) == 0
        assert ink(page, 0, 278, 210, 297) == 0
    assert ink(first, 0, 0, 210, 19) == 0
    assert ink(second, 100, 8, 115, 19) > 0
    assert ink(second, 30, 8, 90, 19) == 0


def test_annexes_start_pages_of_their_own_and_may_lie_across(qapp: QApplication) -> None:
    across = Annex("PHỤ LỤC 2", "Ngày công", (Paragraph("x"),), "Lưu hành nội bộ", "landscape")
    pages = paper.pictures(document(1, (across,)), 40)
    assert [page.width() > page.height() for page in pages] == [False, True]


def test_the_serif_knows_every_vietnamese_letter(qapp: QApplication) -> None:
    family = paper.serif()
    assert QFontDatabase.isScalable(family)
    systems = QFontDatabase.writingSystems(family)
    assert QFontDatabase.WritingSystem.Vietnamese in systems


def piece(height: float, keep: bool = False, repeat: Piece | None = None) -> Piece:
    return Piece(height, lambda painter, x, y: None, keep, repeat=repeat)


def test_a_heading_goes_over_with_what_follows() -> None:
    pages = flow([piece(90), piece(5, keep=True), piece(10)], 100)
    assert [[p.piece.height for p in page] for page in pages] == [[90], [5, 10]]


def test_the_heading_row_is_repeated_on_every_page_of_a_table() -> None:
    head = piece(10, keep=True)
    rows = [piece(30, repeat=head) for _ in range(7)]
    pages = flow([head, *rows], 100)
    assert [[p.piece.height for p in page] for page in pages] == [
        [10, 30, 30, 30],
        [10, 30, 30, 30],
        [10, 30],
    ]


def test_what_is_kept_together_but_too_tall_is_split_all_the_same() -> None:
    pages = flow([piece(60, keep=True), piece(60, keep=True), piece(60)], 100)
    assert [len(page) for page in pages] == [1, 1, 1]


@pytest.mark.parametrize("rows", [1, 200])
def test_the_program_writes_a_pdf_from_standard_input(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    class Given:
        class buffer:
            @staticmethod
            def read() -> bytes:
                return to_json(document(rows))

    monkeypatch.setattr(paper.sys, "stdin", Given)
    out = tmp_path / "log.pdf"
    assert paper.main([str(out)]) == 0
    data = out.read_bytes()
    assert data.startswith(b"%PDF")
    assert data.count(b"/Type /Page\n") == len(paper.pictures(document(rows), 20))
    assert paper.main([]) == 2


def test_a_cell_taller_than_a_page_is_carried_on(qapp: QApplication) -> None:
    table = Table((Column("Ghi chú", 1),), (("chữ " * 4000,),))
    pages = paper.pictures(Document(HEAD, "A", "B", (table,)), 40)
    assert len(pages) > 2
    assert ink(pages[-1], 30, 20, 195, 60) > 0


def test_the_picture_is_black_on_white_in_every_theme(qapp: QApplication) -> None:
    image = paper.pictures(document(1), 30)[0]
    assert image.pixelColor(1, 1) == Qt.GlobalColor.white
