"""What an official document says, apart from how it is written: one content for DOCX and PDF.

Plain frozen values that pass as JSON, so that the window's process or a child process can lay them out.
The form (margins, fonts, lines under headings) is that of Annex I of Nghị định 30/2020/NĐ-CP and belongs to
the writers (``docx_writer``, ``ntmdesk.ui.paper``), not to the content.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

import msgspec

from ntmdesk.errors import UserError
from ntmdesk.system.whole_files import write_whole

Align = Literal["left", "center", "right"]
Paper = Literal["portrait", "landscape"]


class Heading(msgspec.Struct, frozen=True, tag="heading"):
    """A section heading in the body: level 1 ``I. TÌNH HÌNH CHUNG``, level 2 ``II.1. …``."""

    text: str
    level: int = 1


class Paragraph(msgspec.Struct, frozen=True, tag="paragraph"):
    """Running text, justified with a first-line indent; ``italic`` for remarks under a table."""

    text: str
    italic: bool = False
    bullet: bool = False


class Column(msgspec.Struct, frozen=True):
    """One column of a table; ``width`` is a share, widths of a table are scaled to the line's length."""

    heading: str
    width: float
    align: Align = "left"


class Table(msgspec.Struct, frozen=True, tag="table"):
    """A ruled table whose heading row is repeated on each page.  ``strong``: numbers of rows in bold."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    strong: tuple[int, ...] = ()


Block = Heading | Paragraph | Table


class Letterhead(msgspec.Struct, frozen=True):
    """Top of page 1.  ``superior`` and ``issuer`` stand left, one line of the page per entry."""

    superior: tuple[str, ...]
    issuer: tuple[str, ...]
    number: str
    place_and_date: str
    nation: str = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
    motto: str = "Độc lập - Tự do - Hạnh phúc"


class Signature(msgspec.Struct, frozen=True):
    """A place to sign: the role in capitals, a hint under it in italics, the name under the signature."""

    role: str
    hint: str = ""
    name: str = ""


class Annex(msgspec.Struct, frozen=True):
    """Starts on a new page.  ``mark``: a warning in a frame at the top (``Lưu hành nội bộ``)."""

    title: str
    subject: str
    blocks: tuple[Block, ...]
    mark: str = ""
    paper: Paper = "portrait"


class Document(msgspec.Struct, frozen=True):
    """A whole document in reading order.  ``watermark``: a word for papers that are not yet in force."""

    letterhead: Letterhead
    title: str
    subject: str
    blocks: tuple[Block, ...]
    signatures: tuple[Signature, ...] = ()
    recipients_heading: str = ""
    recipients: tuple[str, ...] = ()
    annexes: tuple[Annex, ...] = ()
    author: str = ""
    draft_mark: str = ""


FORMATS = ("docx", "pdf")


def to_json(document: Document) -> bytes:
    """The document as UTF-8 JSON; ``from_json`` gives it back equal."""
    return msgspec.json.encode(document)


def from_json(data: bytes) -> Document:
    """Reads what ``to_json`` wrote; raises msgspec.ValidationError on anything else."""
    return msgspec.json.decode(data, type=Document)


def text_of(document: Document) -> str:
    """All words of the document in reading order, one line each; tables as cells joined by `` | ``."""
    head = document.letterhead
    lines = [*head.superior, *head.issuer, head.nation, head.motto, head.number, head.place_and_date]
    lines += [document.draft_mark, document.title, document.subject]
    lines += _lines(document.blocks)
    for signature in document.signatures:
        lines += [signature.role, signature.hint, signature.name]
    lines += [document.recipients_heading, *document.recipients]
    for annex in document.annexes:
        lines += [annex.mark, annex.title, annex.subject, *_lines(annex.blocks)]
    return "\n".join(line for line in lines if line)


def _lines(blocks: tuple[Block, ...]) -> list[str]:
    lines: list[str] = []
    for block in blocks:
        if isinstance(block, Table):
            lines.append(" | ".join(c.heading for c in block.columns))
            lines += [" | ".join(row) for row in block.rows]
        else:
            lines.append(block.text)
    return lines


def format_of(path: Path) -> str:
    """``docx`` or ``pdf`` by the file's ending; UserError ``not_yet`` for .xlsx, ``invalid`` for others."""
    ending = path.suffix.lower().lstrip(".")
    if ending == "xlsx":
        raise UserError("not_yet", what="xlsx")
    if ending not in FORMATS:
        raise UserError("invalid", field="out", value=ending, allowed=list(FORMATS))
    return ending


def write(document: Document, path: Path) -> Path:
    """Writes the document to ``path`` in the format its ending names, whole or not at all.

    The PDF is laid out by a child process, for the calling process may not hold Qt.  Raises UserError as
    ``format_of``; EnvironmentProblem ``disk_full``, ``read_only``, ``paper_failed``.
    """
    if format_of(path) == "docx":
        from ntmdesk.services.docx_writer import docx_bytes

        data = docx_bytes(document)
    else:
        from ntmdesk.services.pdf_child import pdf_bytes

        data = pdf_bytes(document)
    write_whole(path, data, private=False)
    return path


_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")


def printable(text: str) -> str:
    """Text without control characters, which no document format can hold."""
    return _CONTROL.sub("", text)
