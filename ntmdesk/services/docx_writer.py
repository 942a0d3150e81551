"""A document as DOCX in the form of Nghị định 30/2020/NĐ-CP, Annex I.

A4, margins 20/20/30/16 mm (top, bottom, left, right), Times New Roman throughout (also for East Asian and
complex scripts, or Word picks another font for some letters), page number top centre but not on page 1.
Lengths are millimetres, sizes points.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from docx import Document as new_document
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from ntmdesk.services.documents import (
    Annex,
    Block,
    Document,
    Heading,
    Letterhead,
    Paragraph,
    Table,
    printable,
)

FONT = "Times New Roman"
BODY, SMALL, CELL = 13, 11, 12
LEFT_MARGIN, RIGHT_MARGIN, TOP_MARGIN, BOTTOM_MARGIN = 30, 16, 20, 20
LINE = 210 - LEFT_MARGIN - RIGHT_MARGIN
LEFT_HEAD, RIGHT_HEAD = 68, LINE - 68
MOTTO_LINE = 58
"""Length of the motto in 13 pt bold, which the line under it must equal."""
_CENTER = WD_ALIGN_PARAGRAPH.CENTER
_ALIGN = {"left": WD_ALIGN_PARAGRAPH.LEFT, "center": _CENTER, "right": WD_ALIGN_PARAGRAPH.RIGHT}


def docx_bytes(document: Document) -> bytes:
    """The document as the bytes of a .docx file."""
    paper = new_document()
    _base_style(paper)
    _page(paper.sections[0])
    _properties(paper, document)
    _letterhead(paper, document.letterhead)
    if document.draft_mark:
        _say(paper.add_paragraph(), document.draft_mark, size=12, italic=True, align=_CENTER, before=6)
    _say(paper.add_paragraph(), document.title, size=14, bold=True, align=_CENTER, before=14)
    _say(paper.add_paragraph(), document.subject, size=14, bold=True, align=_CENTER)
    _rule(paper.add_paragraph(), LINE, LINE * 0.35, after=8)
    _blocks(paper, document.blocks, LINE)
    _foot(paper, document)
    for annex in document.annexes:
        _annex(paper, annex)
    out = io.BytesIO()
    paper.save(out)
    return out.getvalue()


def _base_style(paper: Any) -> None:
    style = paper.styles["Normal"]
    style.font.name = FONT
    style.font.size = Pt(BODY)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for name in list(fonts.attrib):
        del fonts.attrib[name]
    for script in ("w:ascii", "w:hAnsi", "w:eastAsia", "w:cs"):
        fonts.set(qn(script), FONT)
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), "vi-VN")
    language.set(qn("w:eastAsia"), "vi-VN")
    style.element.get_or_add_rPr().append(language)
    style.paragraph_format.space_after = Pt(0)
    style.paragraph_format.space_before = Pt(0)
    style.paragraph_format.line_spacing = 1.0


def _page(section: Any, landscape: bool = False) -> None:
    width, height = (297, 210) if landscape else (210, 297)
    section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Mm(width), Mm(height)
    section.top_margin, section.bottom_margin = Mm(TOP_MARGIN), Mm(BOTTOM_MARGIN)
    section.left_margin, section.right_margin = Mm(LEFT_MARGIN), Mm(RIGHT_MARGIN)
    section.header_distance = Mm(10)
    section.footer_distance = Mm(10)


def _properties(paper: Any, document: Document) -> None:
    known = paper.core_properties
    known.title = printable(f"{document.title} {document.subject}")[:250]
    known.author = known.last_modified_by = printable(document.author)[:250]
    known.comments = ""
    known.language = "vi-VN"
    known.created = known.modified = datetime(2000, 1, 1)  # noqa: DTZ001  (the log's date is in its text)
    first = paper.sections[0]
    first.different_first_page_header_footer = True
    _page_number(first.header.paragraphs[0])


def _page_number(paragraph: Any) -> None:
    paragraph.alignment = _CENTER
    for kind, text in (("begin", ""), ("", " PAGE "), ("separate", ""), ("text", "2"), ("end", "")):
        run = _run(paragraph, text if kind == "text" else "", size=13)
        if kind == "":
            code = OxmlElement("w:instrText")
            code.set(qn("xml:space"), "preserve")
            code.text = text
            run._r.append(code)
        elif kind != "text":
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
            run._r.append(mark)


def _run(paragraph: Any, text: str, size: float, bold: bool = False, italic: bool = False) -> Any:
    run = paragraph.add_run(printable(text))
    run.font.name = FONT
    run.font.size = Pt(size)
    run.bold, run.italic = bold, italic
    fonts = run._r.get_or_add_rPr().get_or_add_rFonts()
    for script in ("w:eastAsia", "w:cs"):
        fonts.set(qn(script), FONT)
    return run


def _say(
    paragraph: Any,
    text: str,
    size: float = BODY,
    bold: bool = False,
    italic: bool = False,
    align: Any = None,
    before: float = 0,
    after: float = 0,
    keep: bool = False,
) -> Any:
    _run(paragraph, text, size, bold, italic)
    if align is not None:
        paragraph.alignment = align
    paragraph.paragraph_format.space_before = Pt(before)
    paragraph.paragraph_format.space_after = Pt(after)
    paragraph.paragraph_format.keep_with_next = keep
    return paragraph


def _rule(paragraph: Any, width: float, length: float, after: float = 0) -> None:
    """A thin line ``length`` mm long in the middle of ``width``: the top border of a paragraph of 2 pt."""
    form = paragraph.paragraph_format
    form.left_indent = form.right_indent = Mm((width - length) / 2)
    form.space_before, form.space_after = Pt(2), Pt(after)
    form.line_spacing = Pt(2)
    _run(paragraph, "", 2)
    borders = OxmlElement("w:pBdr")
    top = OxmlElement("w:top")
    for name, value in (("val", "single"), ("sz", "6"), ("space", "1"), ("color", "000000")):
        top.set(qn(f"w:{name}"), value)
    borders.append(top)
    properties = paragraph._p.get_or_add_pPr()
    properties.insert_element_before(
        borders, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:rPr", "w:sectPr", "w:pPrChange"
    )


def _letterhead(paper: Any, head: Letterhead) -> None:
    table = _plain_table(paper, (LEFT_HEAD, RIGHT_HEAD), rows=2)
    left, right = table.rows[0].cells
    lines = [(line, False) for line in head.superior] + [(line, True) for line in head.issuer]
    for number, (line, bold) in enumerate(lines):
        where = left.paragraphs[0] if number == 0 else left.add_paragraph()
        _say(where, line.upper(), size=12, bold=bold, align=_CENTER)
    _rule(left.add_paragraph(), LEFT_HEAD, LEFT_HEAD * 0.4)
    _say(right.paragraphs[0], head.nation, size=12, bold=True, align=_CENTER)
    _say(right.add_paragraph(), head.motto, size=13, bold=True, align=_CENTER)
    _rule(right.add_paragraph(), RIGHT_HEAD, MOTTO_LINE)
    left, right = table.rows[1].cells
    _say(left.paragraphs[0], head.number, size=13, align=_CENTER, before=4)
    _say(right.paragraphs[0], head.place_and_date, size=13, italic=True, align=_CENTER, before=4)


def _plain_table(paper: Any, widths: Sequence[float], rows: int) -> Any:
    table = paper.add_table(rows=rows, cols=len(widths))
    _fix_widths(table, widths)
    _cell_margins(table, 0)
    for row in table.rows:
        _whole_row(row)
    return table


def _fix_widths(table: Any, widths: Sequence[float]) -> None:
    """Explicit widths in grid and cells: without both, Word and LibreOffice guess and break the heading."""
    table.autofit = False
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Mm(width)
    for row in table.rows:
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = Mm(width)


def _cell_margins(table: Any, millimetres: float) -> None:
    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        edge = OxmlElement(f"w:{side}")
        edge.set(qn("w:w"), str(round(millimetres * 56.7)))
        edge.set(qn("w:type"), "dxa")
        margins.append(edge)
    properties = table._tbl.tblPr
    look = properties.find(qn("w:tblLook"))
    if look is None:
        properties.append(margins)
    else:
        look.addprevious(margins)


def _whole_row(row: Any, repeat: bool = False) -> None:
    properties = row._tr.get_or_add_trPr()
    properties.append(OxmlElement("w:cantSplit"))
    if repeat:
        properties.append(OxmlElement("w:tblHeader"))


def _blocks(paper: Any, blocks: Sequence[Block], line: float) -> None:
    after_table = False
    for block in blocks:
        if isinstance(block, Table):
            _table(paper, block, line)
        elif isinstance(block, Heading):
            _say(paper.add_paragraph(), block.text, bold=True, before=8, after=4, keep=True)
        else:
            _paragraph(paper, block, 6 if after_table else 0)
        after_table = isinstance(block, Table)


def _paragraph(paper: Any, block: Paragraph, before: float) -> None:
    for line in block.text.split("\n"):
        text = f"- {line}" if block.bullet else line
        spoken = _say(paper.add_paragraph(), text, italic=block.italic, before=before, after=6)
        spoken.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY
        spoken.paragraph_format.first_line_indent = Mm(10)
        spoken.paragraph_format.line_spacing = 1.1
        before = 0


def _table(paper: Any, block: Table, line: float) -> None:
    share = sum(c.width for c in block.columns) or 1.0
    widths = [c.width / share * line for c in block.columns]
    table = paper.add_table(rows=1 + len(block.rows), cols=len(block.columns))
    table.style = "Table Grid"
    cells = [c for row in table._tbl.tr_lst for c in row.tc_lst]
    _fix_grid(table, cells, widths)
    _cell_margins(table, 1.2)
    _whole_row(table.rows[0], repeat=True)
    wide = len(block.columns)
    from docx.table import _Cell

    for number, tc in enumerate(cells):
        row, column = divmod(number, wide)
        said = _Cell(tc, table).paragraphs[0]
        if row == 0:
            _say(said, block.columns[column].heading, size=CELL, bold=True, align=_CENTER, before=2, after=2)
            said.paragraph_format.keep_with_next = True
            continue
        text = block.rows[row - 1][column]
        strong = row - 1 in block.strong
        _say(said, text, size=CELL, bold=strong, align=_ALIGN[block.columns[column].align], before=1, after=1)
    for row in table._tbl.tr_lst[1:]:
        row.get_or_add_trPr().append(OxmlElement("w:cantSplit"))


def _fix_grid(table: Any, cells: Sequence[Any], widths: Sequence[float]) -> None:
    table.autofit = False
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    for grid, width in zip(table._tbl.tblGrid.gridCol_lst, widths, strict=True):
        grid.w = Mm(width)
    for number, tc in enumerate(cells):
        tc.width = Mm(widths[number % len(widths)])
        middle = OxmlElement("w:vAlign")
        middle.set(qn("w:val"), "center")
        tc.get_or_add_tcPr().append(middle)


def _foot(paper: Any, document: Document) -> None:
    if document.signatures:
        _say(paper.add_paragraph(), "", size=6)
        count = len(document.signatures)
        table = _plain_table(paper, [LINE / count] * count, rows=1)
        for cell, signature in zip(table.rows[0].cells, document.signatures, strict=True):
            _say(cell.paragraphs[0], signature.role, size=13, bold=True, align=_CENTER, keep=True)
            _say(cell.add_paragraph(), signature.hint, size=12, italic=True, align=_CENTER, keep=True)
            for _ in range(4):
                _say(cell.add_paragraph(), "", size=12, keep=True)
            _say(cell.add_paragraph(), signature.name, size=13, bold=True, align=_CENTER)
    if document.recipients:
        heading = _say(paper.add_paragraph(), document.recipients_heading, size=12, bold=True, italic=True)
        heading.paragraph_format.space_before = Pt(10)
        heading.paragraph_format.keep_with_next = True
        for number, line in enumerate(document.recipients, start=1):
            _say(paper.add_paragraph(), line, size=SMALL, keep=number < len(document.recipients))


def _annex(paper: Any, annex: Annex) -> None:
    landscape = annex.paper == "landscape"
    section = paper.add_section(WD_SECTION.NEW_PAGE)
    _page(section, landscape)
    section.different_first_page_header_footer = False
    if annex.mark:
        _framed(paper.add_paragraph(), annex.mark)
    _say(paper.add_paragraph(), annex.title, size=14, bold=True, align=_CENTER, before=6)
    _say(paper.add_paragraph(), annex.subject, size=13, bold=True, align=_CENTER, after=8)
    _blocks(paper, annex.blocks, (297 if landscape else 210) - LEFT_MARGIN - RIGHT_MARGIN)


def _framed(paragraph: Any, text: str) -> None:
    run = _run(paragraph, text.upper(), 12, bold=True)
    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    frame = OxmlElement("w:bdr")
    for name, value in (("val", "single"), ("sz", "6"), ("space", "3"), ("color", "000000")):
        frame.set(qn(f"w:{name}"), value)
    run._r.get_or_add_rPr().append(frame)
