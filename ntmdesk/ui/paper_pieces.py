"""Pieces of a page and their flow over pages: lines of text, rows of tables, blocks that stay whole.

A piece knows its height and can draw itself at a place.  Flow keeps a heading with what follows, never splits
a table row that fits a page, and repeats a table's heading row on every page.  All lengths are pixels of the
paint device the text was measured for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QPaintDevice, QPainter, QPen, QTextLayout, QTextOption

Draw = Callable[[QPainter, float, float], None]


@dataclass(frozen=True)
class Piece:
    """Something that stays on one page.  ``keep``: the next piece comes on the same page.
    ``before``: space above it, dropped at the top of a page.  ``repeat``: drawn first on each new page."""

    height: float
    draw: Draw
    keep: bool = False
    before: float = 0.0
    repeat: Piece | None = None


@dataclass(frozen=True)
class Placed:
    """A piece at its distance from the top of the text area."""

    piece: Piece
    top: float


@dataclass(frozen=True)
class Style:
    """How a paragraph is set.  ``indent`` of the first line; ``spacing``: 1.0 is single."""

    font: QFont
    align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft
    indent: float = 0.0
    spacing: float = 1.0


@dataclass
class Lines:
    """A paragraph broken into lines for one width."""

    height: float
    count: int
    _layouts: list[tuple[QTextLayout, int]] = field(default_factory=list)
    _line: float = 0.0

    @property
    def line_height(self) -> float:
        """Height of one line, spacing included."""
        return self._line

    def draw(self, painter: QPainter, x: float, y: float, first: int = 0, last: int | None = None) -> None:
        """Draws the lines ``first`` to ``last`` (not included) with their top at ``y``."""
        for place, (layout, number) in enumerate(self._layouts[first:last]):
            layout.lineAt(number).draw(painter, QPointF(x, y + place * self._line))

    def natural_width(self) -> float:
        """Length of the longest line as it is set."""
        return max((lay.lineAt(n).naturalTextWidth() for lay, n in self._layouts), default=0.0)


def set_text(text: str, width: float, style: Style, device: QPaintDevice) -> Lines:
    """Breaks ``text`` (line breaks are kept) into lines of ``width``."""
    option = QTextOption(style.align)
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layouts: list[tuple[QTextLayout, int]] = []
    tallest = 0.0
    for paragraph in text.split("\n"):
        layout = QTextLayout(paragraph, style.font, device)
        layout.setTextOption(option)
        layout.beginLayout()
        number = 0
        while True:
            line = layout.createLine()
            if not line.isValid():
                break
            shift = style.indent if number == 0 else 0.0
            line.setLineWidth(max(width - shift, 1.0))
            line.setPosition(QPointF(shift, 0.0))
            tallest = max(tallest, line.height())
            layouts.append((layout, number))
            number += 1
        layout.endLayout()
    line_height = tallest * style.spacing
    return Lines(line_height * len(layouts), len(layouts), layouts, line_height)


def paragraph_pieces(lines: Lines, before: float, after: float, keep: bool = False) -> list[Piece]:
    """One piece a line, so that long paragraphs may go over a page; no single first or last line alone."""
    pieces = []
    for number in range(lines.count):
        last = number == lines.count - 1

        def draw(painter: QPainter, x: float, y: float, number: int = number) -> None:
            lines.draw(painter, x, y, number, number + 1)

        alone = number == 0 or number == lines.count - 2
        pieces.append(
            Piece(
                lines.line_height + (after if last else 0.0),
                draw,
                keep if last else alone or keep,
                before if number == 0 else 0.0,
            )
        )
    return pieces


def row_pieces(
    cells: Sequence[Lines],
    widths: Sequence[float],
    pad: float,
    pen: float,
    tallest: float,
    middle: bool = True,
) -> list[Piece]:
    """A ruled row; more than one piece only when it is taller than ``tallest``."""
    pieces = []
    room = max(int((tallest - 2 * pad) / max((c.line_height for c in cells), default=1.0)), 1)
    parts = max((-(-c.count // room) for c in cells), default=1) or 1
    for part in range(parts):
        first = part * room
        heights = [max(min(c.count - first, room), 0) * c.line_height for c in cells]
        height = max(heights, default=0.0) + 2 * pad

        def draw(
            painter: QPainter, x: float, y: float, first: int = first, height: float = height,
            heights: Sequence[float] = tuple(heights),
        ) -> None:  # fmt: skip
            painter.setPen(QPen(Qt.GlobalColor.black, pen))
            left = x
            for cell, width, own in zip(cells, widths, heights, strict=True):
                painter.drawRect(QRectF(left, y, width, height))
                drop = (height - own) / 2 if middle else pad
                cell.draw(painter, left + pad, y + drop, first, first + room)
                left += width

        pieces.append(Piece(height, draw))
    return pieces


def rule_piece(width: float, length: float, pen: float, height: float) -> Piece:
    """A thin line in the middle of ``width``, at the top of ``height``."""

    def draw(painter: QPainter, x: float, y: float) -> None:
        painter.setPen(QPen(Qt.GlobalColor.black, pen))
        start = x + (width - length) / 2
        painter.drawLine(QLineF(start, y, start + length, y))

    return Piece(height, draw, keep=True)


def stack(pieces: Sequence[Piece], keep: bool = False, before: float = 0.0) -> Piece:
    """Several pieces, one under the other, as one that stays whole."""
    tops = []
    height = 0.0
    for number, piece in enumerate(pieces):
        height += piece.before if number else 0.0
        tops.append(height)
        height += piece.height

    def draw(painter: QPainter, x: float, y: float) -> None:
        for piece, top in zip(pieces, tops, strict=True):
            piece.draw(painter, x, y + top)

    return Piece(height, draw, keep, before)


def beside(columns: Sequence[tuple[float, Piece]], keep: bool = False, before: float = 0.0) -> Piece:
    """Pieces side by side, each with its width, tops level."""

    def draw(painter: QPainter, x: float, y: float) -> None:
        left = x
        for width, piece in columns:
            piece.draw(painter, left, y)
            left += width

    return Piece(max((p.height for _, p in columns), default=0.0), draw, keep, before)


def flow(pieces: Sequence[Piece], height: float) -> list[list[Placed]]:
    """Spreads pieces over pages of ``height``; at least one page."""
    pages: list[list[Placed]] = [[]]
    top = 0.0
    number = 0
    while number < len(pieces):
        end = number + 1
        while end < len(pieces) and pieces[end - 1].keep:
            end += 1
        group = pieces[number:end]
        need = sum(p.before + p.height for p in group)
        if pages[-1] and top + need > height and need <= height:
            pages.append([])
            top = 0.0
        for piece in group:
            if pages[-1] and top + piece.before + piece.height > height:
                pages.append([])
                top = 0.0
            if pages[-1]:
                top += piece.before
            elif len(pages) > 1 and piece.repeat is not None:
                pages[-1].append(Placed(piece.repeat, 0.0))
                top = piece.repeat.height
            pages[-1].append(Placed(piece, top))
            top += piece.height
        number = end
    return pages
