"""A document as PDF in the form of Nghị định 30/2020/NĐ-CP: QTextDocument laid out for QPdfWriter.

Runs as a program of its own, ``python -m ntmdesk.ui.paper OUT.pdf`` with the document as JSON on standard
input, for the command line must not hold Qt.  Lengths are millimetres, sizes points.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import QMarginsF, QRectF, QSizeF, Qt
from PySide6.QtGui import (
    QFont,
    QFontDatabase,
    QFontMetricsF,
    QGuiApplication,
    QPageLayout,
    QPageSize,
    QPainter,
    QPdfWriter,
    QPen,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextFrameFormat,
    QTextLength,
    QTextTable,
    QTextTableFormat,
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
from ntmdesk.system import assets

WANTED, SHIPPED = "Times New Roman", "Tinos"
FACES = ("Tinos_400Regular", "Tinos_400Regular_Italic", "Tinos_700Bold", "Tinos_700Bold_Italic")
RESOLUTION = 600
LEFT, RIGHT, TOP, BOTTOM = 30, 15, 20, 20
BODY, CELL, SMALL = 13.0, 12.0, 11.0
_RULE: Final = QTextFormat.Property.UserProperty.value + 1
_FRAME: Final = QTextFormat.Property.UserProperty.value + 2
_ALIGN = {
    "left": Qt.AlignmentFlag.AlignLeft,
    "center": Qt.AlignmentFlag.AlignHCenter,
    "right": Qt.AlignmentFlag.AlignRight,
}
_CENTER = Qt.AlignmentFlag.AlignHCenter


def serif() -> str:
    """Times New Roman where it is installed, else the shipped Tinos, which has the same metrics."""
    if WANTED in QFontDatabase.families():
        return WANTED
    if SHIPPED not in QFontDatabase.families():
        for face in FACES:
            QFontDatabase.addApplicationFontFromData(assets.read_bytes(f"fonts/{face}.ttf"))
    return SHIPPED


def write_pdf(document: Document, out: Path) -> int:
    """Lays the document out and writes it to ``out``; returns the number of pages.

    Needs a QGuiApplication.  Raises OSError when the file cannot be written.
    """
    writer = QPdfWriter(str(out))
    writer.setResolution(RESOLUTION)
    writer.setTitle(f"{document.title} {document.subject}")
    writer.setCreator("ntmdesk")
    writer.setAuthor(document.author)
    _set_page(writer, landscape=False)
    painter = QPainter()
    if not painter.begin(writer):
        raise OSError(f"cannot write {out}")
    try:
        family = serif()
        pages = _draw(_body(document, family, writer), writer, painter, 0, family)
        for annex in document.annexes:
            _set_page(writer, annex.paper == "landscape")
            writer.newPage()
            pages = _draw(_annex(annex, family, writer), writer, painter, pages, family)
    finally:
        painter.end()
    return pages


def _set_page(writer: QPdfWriter, landscape: bool) -> None:
    way = QPageLayout.Orientation.Landscape if landscape else QPageLayout.Orientation.Portrait
    none = QMarginsF(0, 0, 0, 0)
    writer.setPageLayout(
        QPageLayout(QPageSize(QPageSize.PageSizeId.A4), way, none, QPageLayout.Unit.Millimeter)
    )


def _mm(length: float) -> float:
    return length / 25.4 * RESOLUTION


def _inner(length: float) -> float:
    """Millimetres in the 96 dpi pixels that Qt scales to the device by itself (margins, padding)."""
    return length / 25.4 * 96


class _Sheet:
    """One QTextDocument being filled; knows the font and the width of a line."""

    def __init__(self, family: str, writer: QPdfWriter) -> None:
        width, height = writer.width(), writer.height()
        self.family = family
        self.line = width / RESOLUTION * 25.4 - LEFT - RIGHT
        self.paper = QTextDocument()
        self.paper.documentLayout().setPaintDevice(writer)
        self.paper.setDocumentMargin(0)
        self.paper.setPageSize(QSizeF(_mm(self.line), height - _mm(TOP + BOTTOM)))
        self.paper.setDefaultFont(self.font(BODY))
        self.cursor = QTextCursor(self.paper)
        self._fresh = True

    def font(self, size: float, bold: bool = False, italic: bool = False) -> QFont:
        font = QFont(self.family)
        font.setPointSizeF(size)
        font.setBold(bold)
        font.setItalic(italic)
        font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
        return font

    def say(
        self,
        text: str,
        size: float = BODY,
        bold: bool = False,
        italic: bool = False,
        align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
        before: float = 0,
        after: float = 0,
        indent: float = 0,
        spacing: float = 100,
        rule: float = 0,
        frame: bool = False,
        cursor: QTextCursor | None = None,
        first: bool = False,
    ) -> None:
        """Adds a paragraph.  ``before``/``after`` in points, ``indent`` in mm, ``rule``: a line under it,
        mm long, or the text's own length when negative; ``first``: fills the block that is already there."""
        at = cursor or self.cursor
        form = QTextBlockFormat()
        form.setAlignment(align)
        form.setTopMargin(before * 96 / 72)
        form.setBottomMargin(after * 96 / 72)
        form.setTextIndent(_inner(indent))
        form.setLineHeight(spacing, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        if rule:
            form.setProperty(_RULE, rule)
        if frame:
            form.setProperty(_FRAME, True)
        letters = QTextCharFormat()
        letters.setFont(self.font(size, bold, italic))
        if first or (cursor is None and self._fresh):
            at.setBlockFormat(form)
            at.setBlockCharFormat(letters)
        else:
            at.insertBlock(form, letters)
        if cursor is None:
            self._fresh = False
        at.insertText(printable(text), letters)

    def table(self, rows: int, widths: Sequence[float], ruled: bool, head: int = 0) -> QTextTable:
        """Adds a table as wide as the line; ``widths`` are shares."""
        form = QTextTableFormat()
        whole = sum(widths) or 1.0
        kind = QTextLength.Type.PercentageLength
        form.setColumnWidthConstraints([QTextLength(kind, w / whole * 100) for w in widths])
        form.setWidth(QTextLength(kind, 100))
        form.setCellSpacing(0)
        form.setBorderCollapse(True)
        form.setMargin(0)
        form.setHeaderRowCount(head)
        if ruled:
            form.setBorder(0.7)
            form.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
            form.setBorderBrush(Qt.GlobalColor.black)
            form.setCellPadding(_inner(1.0))
        else:
            form.setBorder(0)
            form.setCellPadding(0)
        if not self._fresh:
            self.cursor.movePosition(QTextCursor.MoveOperation.End)
        made = self.cursor.insertTable(rows, len(widths), form)
        self.cursor = QTextCursor(self.paper)
        self.cursor.movePosition(QTextCursor.MoveOperation.End)
        # The empty block that Qt keeps after a table becomes the next paragraph.
        self._fresh = True
        return made


def _body(document: Document, family: str, writer: QPdfWriter) -> QTextDocument:
    sheet = _Sheet(family, writer)
    _letterhead(sheet, document.letterhead)
    if document.draft_mark:
        sheet.say(document.draft_mark, 12, italic=True, align=_CENTER, before=6)
    sheet.say(document.title, 14, bold=True, align=_CENTER, before=14)
    sheet.say(document.subject, 14, bold=True, align=_CENTER, after=10, rule=sheet.line * 0.35)
    _blocks(sheet, document.blocks)
    _foot(sheet, document)
    return sheet.paper


def _letterhead(sheet: _Sheet, head: Letterhead) -> None:
    table = sheet.table(2, (68, sheet.line - 68), ruled=False)
    left = table.cellAt(0, 0).firstCursorPosition()
    lines = [(line, False) for line in head.superior] + [(line, True) for line in head.issuer]
    for number, (line, bold) in enumerate(lines):
        last = 68 * 0.4 if number == len(lines) - 1 else 0.0
        sheet.say(line.upper(), 12, bold, align=_CENTER, cursor=left, first=number == 0, rule=last)
    right = table.cellAt(0, 1).firstCursorPosition()
    sheet.say(head.nation, 12, True, align=_CENTER, cursor=right, first=True)
    sheet.say(head.motto, 13, True, align=_CENTER, cursor=right, rule=-1)
    left = table.cellAt(1, 0).firstCursorPosition()
    sheet.say(head.number, 13, align=_CENTER, before=8, cursor=left, first=True)
    right = table.cellAt(1, 1).firstCursorPosition()
    sheet.say(head.place_and_date, 13, italic=True, align=_CENTER, before=8, cursor=right, first=True)


def _blocks(sheet: _Sheet, blocks: Sequence[Block]) -> None:
    for block in blocks:
        if isinstance(block, Table):
            _table(sheet, block)
        elif isinstance(block, Heading):
            sheet.say(block.text, BODY, bold=True, before=8, after=4)
        else:
            _paragraph(sheet, block)


def _paragraph(sheet: _Sheet, block: Paragraph) -> None:
    for line in block.text.split("\n"):
        text = f"- {line}" if block.bullet else line
        sheet.say(
            text, BODY, italic=block.italic, align=Qt.AlignmentFlag.AlignJustify,
            before=2, after=6, indent=10, spacing=110,
        )  # fmt: skip


def _table(sheet: _Sheet, block: Table) -> None:
    table = sheet.table(1 + len(block.rows), [c.width for c in block.columns], ruled=True, head=1)
    for number, column in enumerate(block.columns):
        at = table.cellAt(0, number).firstCursorPosition()
        sheet.say(column.heading, CELL, bold=True, align=_CENTER, cursor=at, first=True)
    for number, row in enumerate(block.rows):
        for place, text in enumerate(row):
            at = table.cellAt(number + 1, place).firstCursorPosition()
            align = _ALIGN[block.columns[place].align]
            sheet.say(text, CELL, bold=number in block.strong, align=align, cursor=at, first=True)


def _foot(sheet: _Sheet, document: Document) -> None:
    if document.signatures:
        sheet.say("", 6)
        table = sheet.table(1, [1.0] * len(document.signatures), ruled=False)
        for number, signature in enumerate(document.signatures):
            at = table.cellAt(0, number).firstCursorPosition()
            sheet.say(signature.role, 13, bold=True, align=_CENTER, cursor=at, first=True)
            sheet.say(signature.hint, 12, italic=True, align=_CENTER, cursor=at)
            sheet.say(signature.name, 13, bold=True, align=_CENTER, cursor=at, before=64)
    if document.recipients:
        sheet.say(document.recipients_heading, 12, bold=True, italic=True, before=10)
        for line in document.recipients:
            sheet.say(line, SMALL)


def _annex(annex: Annex, family: str, writer: QPdfWriter) -> QTextDocument:
    sheet = _Sheet(family, writer)
    if annex.mark:
        sheet.say(annex.mark.upper(), 12, bold=True, align=Qt.AlignmentFlag.AlignRight, frame=True)
    sheet.say(annex.title, 14, bold=True, align=_CENTER, before=6)
    sheet.say(annex.subject, 13, bold=True, align=_CENTER, after=8)
    _blocks(sheet, annex.blocks)
    return sheet.paper


def _draw(paper: QTextDocument, writer: QPdfWriter, painter: QPainter, before: int, family: str) -> int:
    """Draws one sheet page by page after ``before`` pages; returns the number of pages so far."""
    size = paper.pageSize()
    count = paper.pageCount()
    number_font = QFont(family)
    number_font.setPointSizeF(13)
    for page in range(count):
        if page:
            writer.newPage()
        painter.save()
        painter.translate(_mm(LEFT), _mm(TOP) - page * size.height())
        view = QRectF(0, page * size.height(), size.width(), size.height())
        painter.setClipRect(view)
        paper.drawContents(painter, view)
        _draw_rules(paper, painter, view)
        painter.restore()
        if before + page:
            painter.setFont(number_font)
            where = QRectF(_mm(LEFT), _mm(10), size.width(), _mm(8))
            painter.drawText(where, Qt.AlignmentFlag.AlignCenter, str(before + page + 1))
    return before + count


def _draw_rules(paper: QTextDocument, painter: QPainter, view: QRectF) -> None:
    """The lines under headings and frames round marks, which QTextDocument itself cannot draw."""
    painter.setPen(QPen(Qt.GlobalColor.black, _mm(0.25)))
    block: QTextBlock = paper.begin()
    while block.isValid():
        rule = block.blockFormat().property(_RULE)
        framed = block.blockFormat().property(_FRAME)
        if rule or framed:
            box = paper.documentLayout().blockBoundingRect(block)
            font = block.charFormat().font()
            own = QFontMetricsF(font, painter.device()).horizontalAdvance(block.text())
            if rule:
                length = own if rule < 0 else _mm(rule)
                low = box.bottom() - block.blockFormat().bottomMargin() * RESOLUTION / 96 + _mm(0.5)
                if view.top() <= low < view.bottom():
                    middle = box.center().x()
                    painter.drawLine(QRectF(middle - length / 2, low, length, 0).topLeft(),
                                     QRectF(middle - length / 2, low, length, 0).topRight())  # fmt: skip
            elif view.intersects(box):
                pad = _mm(1.2)
                painter.drawRect(QRectF(box.right() - own - pad, box.top(), own + pad, box.height()))
        block = block.next()


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
