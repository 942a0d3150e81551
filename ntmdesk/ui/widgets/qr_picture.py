"""A QR code, drawn dark on white in both themes, as readers want it."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ntmdesk.ui import theme
from ntmdesk.ui.tokens import CODE_GROUND, CODE_INK

QUIET = 4
"""Modules of white around the code, as its standard asks for."""
SMALLEST = 240
"""Side in pixels at scale 1."""


class QrPicture(QWidget):
    """Shows one text; empty until told."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = ""
        self._rows: tuple[bytes, ...] = ()
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self.setMinimumSize(theme.px(SMALLEST), theme.px(SMALLEST))

    @property
    def text(self) -> str:
        """What the code says."""
        return self._text

    def show_text(self, text: str) -> None:
        """Show the code of another text; error correction M."""
        if text == self._text:
            return
        import segno

        self._text = text
        self._rows = tuple(bytes(row) for row in segno.make_qr(text, error="m").matrix) if text else ()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(theme.px(300), theme.px(300))

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._rows:
            return
        modules = len(self._rows) + 2 * QUIET
        side = max(1, min(self.width(), self.height()) // modules) * modules
        painter = QPainter(self)
        painter.translate((self.width() - side) // 2, (self.height() - side) // 2)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(CODE_GROUND))
        painter.drawRoundedRect(QRectF(0, 0, side, side), theme.px(8), theme.px(8))
        size = side // modules
        ink = QColor(CODE_INK)
        for down, row in enumerate(self._rows, start=QUIET):
            for across, dark in enumerate(row, start=QUIET):
                if dark:
                    painter.fillRect(across * size, down * size, size, size, ink)
        painter.end()
