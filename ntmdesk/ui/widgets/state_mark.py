"""Where a record stands with the server, drawn small inside a row of a list: an icon, and a word unless done.

What the server has confirmed is most of a list and shows its icon alone; the row says the word to a screen
reader in every case (``state_told``).
"""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter

from ntmdesk.ui import icons, theme
from ntmdesk.ui.tokens import TONES
from ntmdesk.ui.widgets.pill import state_icon, state_words

QUIET = frozenset({"accepted"})
"""States whose icon says enough."""

ICON = 14
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)


def state_told(state: str) -> str:
    """What a screen reader says of a state; "" for none."""
    return state_words(state)[0] if state else ""


def draw_state(painter: QPainter, state: str, room: QRectF) -> float:
    """Draw the mark at the right end of ``room``; where it begins (the right edge where there is none)."""
    name = state_icon(state)
    if not name:
        return room.right()
    words, tone = state_words(state)
    ink = TONES[tone][0]
    font = theme.font(12, QFont.Weight.DemiBold)
    icon, gap = theme.px(ICON), theme.px(4)
    said = "" if state in QUIET else words
    wide = QFontMetricsF(font).horizontalAdvance(said) + gap if said else 0.0
    left = room.right() - icon - wide
    painter.drawPixmap(QPointF(left, room.center().y() - icon / 2), icons.pixmap(name, ink, ICON))
    if said:
        painter.setFont(font)
        painter.setPen(theme.colour(ink))
        painter.drawText(QRectF(left + icon + gap, room.top(), wide, room.height()), _LEFT, said)
    return left
