"""A document on paper in the form of Nghị định 30/2020/NĐ-CP: laid out once, then PDF or pictures.

Runs as a program of its own, ``python -m ntmdesk.ui.paper OUT.pdf`` with the document as JSON on standard
input, for the command line must not hold Qt.  Lengths are millimetres, sizes points.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QMarginsF, QRectF, Qt
from PySide6.QtGui import (
    QFont,
    QFontDatabase,
    QGuiApplication,
    QImage,
    QPageLayout,
    QPageSize,
    QPaintDevice,
    QPainter,
    QPdfWriter,
    QPen,
)

from ntmdesk.services.documents import (
    Annex,
    Block,
    Document,
    Heading,
    Letterhead,
    Paragraph,
    Table,
    from_json,
    printable,
)
from ntmdesk.ui.paper_pieces import (
    Piece,
    Placed,
    Style,
    beside,
    flow,
    paragraph_pieces,
    row_pieces,
    rule_piece,
    set_text,
    stack,
)
from ntmdesk.ui.shipped import read_bytes

WANTED, SHIPPED = "Times New Roman", "Tinos"
FACES = ("Tinos_400Regular", "Tinos_400Regular_Italic", "Tinos_700Bold", "Tinos_700Bold_Italic")
RESOLUTION = 600
LEFT, RIGHT, TOP, BOTTOM = 30.0, 16.0, 20.0, 20.0
LEFT_HEAD = 68.0
BODY, CELL, SMALL = 13.0, 12.0, 11.0
PEN = 0.2
_CENTER = Qt.AlignmentFlag.AlignHCenter
_RIGHT = Qt.AlignmentFlag.AlignRight
_ALIGN = {"left": Qt.AlignmentFlag.AlignLeft, "center": _CENTER, "right": _RIGHT}


@dataclass(frozen=True)
class Page:
    """One laid-out page; ``number`` counts from 1."""

    number: int
    landscape: bool
    placed: tuple[Placed, ...]

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in millimetres."""
        return (297.0, 210.0) if self.landscape else (210.0, 297.0)


def serif() -> str:
    """Times New Roman where it is installed, else the shipped Tinos, which has the same metrics."""
    families = QFontDatabase.families()
    if WANTED in families:
        return WANTED
    if SHIPPED not in families:
        for face in FACES:
            QFontDatabase.addApplicationFontFromData(read_bytes(f"fonts/{face}.ttf"))
    return SHIPPED


class Layout:
    """Lays a document out for one paint device of ``dots`` per inch."""

    def __init__(self, device: QPaintDevice, dots: float) -> None:
        self._device = device
        self._dots = dots
        self._family = serif()
        self._line = 210.0 - LEFT - RIGHT

    def mm(self, length: float) -> float:
        """Millimetres as pixels of the device."""
        return length / 25.4 * self._dots

    def points(self, length: float) -> float:
        """Points as pixels of the device."""
        return length / 72 * self._dots

    def font(self, size: float, bold: bool = False, italic: bool = False) -> QFont:
        """The serif in a size."""
        font = QFont(self._family)
        font.setPointSizeF(size)
        font.setBold(bold)
        font.setItalic(italic)
        font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
        return font

    def pages(self, document: Document) -> list[Page]:
        """All pages in order, annexes on pages of their own."""
        pages = self._paginate(self._body(document), False, 0)
        for annex in document.annexes:
            landscape = annex.paper == "landscape"
            self._line = (297.0 if landscape else 210.0) - LEFT - RIGHT
            pages += self._paginate(self._annex(annex), landscape, len(pages))
        return pages

    def draw(self, page: Page, painter: QPainter) -> None:
        """Draws one page on a painter of this layout's device."""
        painter.setPen(QPen(Qt.GlobalColor.black))
        if page.number > 1:
            painter.setFont(self.font(13))
            where = QRectF(0, self.mm(9), self.mm(page.size[0] + LEFT - RIGHT), self.mm(8))
            painter.drawText(where, Qt.AlignmentFlag.AlignCenter, str(page.number))
        for placed in page.placed:
            painter.setPen(QPen(Qt.GlobalColor.black))
            placed.piece.draw(painter, self.mm(LEFT), self.mm(TOP) + placed.top)

    def _paginate(self, pieces: Sequence[Piece], landscape: bool, before: int) -> list[Page]:
        height = self.mm((210.0 if landscape else 297.0) - TOP - BOTTOM)
        return [
            Page(before + number, landscape, tuple(placed))
            for number, placed in enumerate(flow(pieces, height), start=1)
        ]

    def _said(
        self,
        text: str,
        size: float,
        bold: bool = False,
        italic: bool = False,
        align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
        width: float | None = None,
        before: float = 0,
        after: float = 0,
        keep: bool = False,
    ) -> Piece:
        style = Style(self.font(size, bold, italic), align)
        lines = set_text(printable(text), self.mm(width or self._line), style, self._device)
        return Piece(
            lines.height + self.points(after),
            lambda painter, x, y: lines.draw(painter, x, y),
            keep,
            self.points(before),
        )

    def _length(self, text: str, size: float, bold: bool) -> float:
        style = Style(self.font(size, bold))
        return set_text(printable(text), self.mm(1000), style, self._device).natural_width()

    def _rule(self, width: float, length: float, height: float = 2.0) -> Piece:
        return rule_piece(self.mm(width), length, self.mm(PEN), self.mm(height))

    def _body(self, document: Document) -> list[Piece]:
        pieces = [self._letterhead(document.letterhead)]
        if document.draft_mark:
            pieces.append(
                self._said(document.draft_mark, 12, italic=True, align=_CENTER, before=6, keep=True)
            )
        pieces.append(self._said(document.title, 14, True, align=_CENTER, before=16, keep=True))
        pieces.append(self._said(document.subject, 14, True, align=_CENTER, after=2, keep=True))
        pieces.append(self._rule(self._line, self.mm(self._line * 0.35), 4))
        pieces += self._blocks(document.blocks)
        return pieces + self._foot(document)

    def _letterhead(self, head: Letterhead) -> Piece:
        right_width = self._line - LEFT_HEAD
        left = [self._said(x.upper(), 12, align=_CENTER, width=LEFT_HEAD) for x in head.superior]
        left += [self._said(x.upper(), 12, True, align=_CENTER, width=LEFT_HEAD) for x in head.issuer]
        left.append(self._rule(LEFT_HEAD, self.mm(LEFT_HEAD * 0.4)))
        right = [
            self._said(head.nation, 12, True, align=_CENTER, width=right_width),
            self._said(head.motto, 13, True, align=_CENTER, width=right_width),
            self._rule(right_width, self._length(head.motto, 13, True)),
        ]
        top = beside(((self.mm(LEFT_HEAD), stack(left)), (self.mm(right_width), stack(right))))
        number = self._said(head.number, 13, align=_CENTER, width=LEFT_HEAD)
        place = self._said(head.place_and_date, 13, italic=True, align=_CENTER, width=right_width)
        low = beside(((self.mm(LEFT_HEAD), number), (self.mm(right_width), place)), before=self.points(4))
        return stack((top, low), keep=True)

    def _blocks(self, blocks: Sequence[Block]) -> list[Piece]:
        pieces: list[Piece] = []
        after_table = False
        for block in blocks:
            if isinstance(block, Table):
                pieces += self._table(block)
            elif isinstance(block, Heading):
                pieces.append(self._said(block.text, BODY, True, before=8, after=4, keep=True))
            else:
                pieces += self._paragraph(block, 6 if after_table else 0)
            after_table = isinstance(block, Table)
        return pieces

    def _paragraph(self, block: Paragraph, before: float) -> list[Piece]:
        pieces: list[Piece] = []
        font = self.font(BODY, italic=block.italic)
        style = Style(font, Qt.AlignmentFlag.AlignJustify, self.mm(10), 1.1)
        for line in printable(block.text).split("\n"):
            text = f"- {line}" if block.bullet else line
            lines = set_text(text, self.mm(self._line), style, self._device)
            pieces += paragraph_pieces(lines, self.points(before), self.points(6))
            before = 0
        return pieces

    def _table(self, block: Table) -> list[Piece]:
        share = sum(c.width for c in block.columns) or 1.0
        widths = [self.mm(c.width / share * self._line) for c in block.columns]
        pad, pen, tallest = self.mm(1.0), self.mm(PEN), self.mm(180)
        head_style = Style(self.font(CELL, True), _CENTER)
        cells = [
            set_text(printable(c.heading), w - 2 * pad, head_style, self._device)
            for c, w in zip(block.columns, widths, strict=True)
        ]
        head = replace(row_pieces(cells, widths, pad, pen, tallest)[0], keep=True)
        pieces = [head]
        for number, row in enumerate(block.rows):
            font = self.font(CELL, number in block.strong)
            texts = [
                set_text(printable(text), w - 2 * pad, Style(font, _ALIGN[c.align]), self._device)
                for text, c, w in zip(row, block.columns, widths, strict=True)
            ]
            pieces += [replace(p, repeat=head) for p in row_pieces(texts, widths, pad, pen, tallest)]
        return pieces

    def _foot(self, document: Document) -> list[Piece]:
        pieces: list[Piece] = []
        if document.signatures:
            width = self._line / len(document.signatures)
            columns = []
            for signature in document.signatures:
                parts = (
                    self._said(signature.role, 13, True, align=_CENTER, width=width),
                    self._said(signature.hint, 12, italic=True, align=_CENTER, width=width),
                    self._said(signature.name, 13, True, align=_CENTER, width=width, before=62),
                )
                columns.append((self.mm(width), stack(parts)))
            pieces.append(beside(columns, before=self.points(12)))
        if document.recipients:
            said = [self._said(document.recipients_heading, 12, True, True)]
            said += [self._said(line, SMALL) for line in document.recipients]
            pieces.append(stack(said, before=self.points(10)))
        return pieces

    def _annex(self, annex: Annex) -> list[Piece]:
        pieces: list[Piece] = []
        if annex.mark:
            pieces.append(self._framed(annex.mark.upper()))
        pieces.append(self._said(annex.title, 14, True, align=_CENTER, before=6, keep=True))
        pieces.append(self._said(annex.subject, 13, True, align=_CENTER, after=8, keep=True))
        return pieces + self._blocks(annex.blocks)

    def _framed(self, text: str) -> Piece:
        pad = self.mm(1.2)
        style = Style(self.font(12, True))
        lines = set_text(printable(text), self.mm(self._line), style, self._device)

        def draw(painter: QPainter, x: float, y: float) -> None:
            painter.setPen(QPen(Qt.GlobalColor.black, self.mm(PEN)))
            left = x + self.mm(self._line) - lines.natural_width() - 2 * pad
            painter.drawRect(QRectF(left, y, lines.natural_width() + 2 * pad, lines.height + pad))
            lines.draw(painter, left + pad, y + pad / 2)

        return Piece(lines.height + pad + self.points(4), draw, keep=True)


def write_pdf(document: Document, out: Path) -> int:
    """Writes the document to ``out``; returns the number of pages.

    Needs a QGuiApplication.  Raises OSError when the file cannot be written.
    """
    writer = QPdfWriter(str(out))
    writer.setResolution(RESOLUTION)
    writer.setTitle(f"{document.title} {document.subject}")
    writer.setCreator("ntmdesk")
    writer.setAuthor(document.author)
    _set_page(writer, False)
    layout = Layout(writer, RESOLUTION)
    pages = layout.pages(document)
    _set_page(writer, pages[0].landscape)
    painter = QPainter()
    if not painter.begin(writer):
        raise OSError(f"cannot write {out}")
    try:
        for page in pages:
            if page.number > 1:
                _set_page(writer, page.landscape)
                writer.newPage()
            layout.draw(page, painter)
    finally:
        painter.end()
    return len(pages)


def pictures(document: Document, dots: float = 96) -> list[QImage]:
    """The pages as images of ``dots`` per inch, for a preview on the screen."""
    per_metre = round(dots / 0.0254)
    measure = QImage(1, 1, QImage.Format.Format_RGB32)
    measure.setDotsPerMeterX(per_metre)
    measure.setDotsPerMeterY(per_metre)
    layout = Layout(measure, dots)
    images = []
    for page in layout.pages(document):
        width, height = (round(layout.mm(side)) for side in page.size)
        image = QImage(width, height, QImage.Format.Format_RGB32)
        image.setDotsPerMeterX(per_metre)
        image.setDotsPerMeterY(per_metre)
        image.fill(Qt.GlobalColor.white)
        painter = QPainter(image)
        layout.draw(page, painter)
        painter.end()
        images.append(image)
    return images


def _set_page(writer: QPdfWriter, landscape: bool) -> None:
    way = QPageLayout.Orientation.Landscape if landscape else QPageLayout.Orientation.Portrait
    unit = QPageLayout.Unit.Millimeter
    writer.setPageLayout(QPageLayout(QPageSize(QPageSize.PageSizeId.A4), way, QMarginsF(0, 0, 0, 0), unit))


def main(arguments: Sequence[str] | None = None) -> int:
    """``OUT.pdf`` with the document as JSON on standard input; 0 when the file is written."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    if len(given) != 1:
        print("usage: python -m ntmdesk.ui.paper OUT.pdf < document.json", file=sys.stderr)
        return 2
    application = QGuiApplication.instance() or QGuiApplication(["ntmdesk-paper", "-platform", "offscreen"])
    pages = write_pdf(from_json(sys.stdin.buffer.read()), Path(given[0]))
    del application
    return 0 if pages else 1


if __name__ == "__main__":
    raise SystemExit(main())
