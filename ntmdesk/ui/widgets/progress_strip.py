"""A line that tells how far long work has come; never in the way."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QWidget

from ntmdesk.ui import theme
from ntmdesk.ui.widgets.button import Button
from ntmdesk.ui.widgets.text import Text


class ProgressStrip(QWidget):
    """Words, a bar, and a way to stop; hidden while nothing runs."""

    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        across = QHBoxLayout(self)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(theme.px(12))
        self._words = Text("")
        self._words.setWordWrap(False)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._count = Text("", "small")
        self._stop = Button(self.tr("Stop"), "quiet")
        self._stop.clicked.connect(self.cancelled)
        across.addWidget(self._words)
        across.addWidget(self._bar, 1)
        across.addWidget(self._count)
        across.addWidget(self._stop)
        self._title = ""
        self.hide()

    def start(self, text: str, can_stop: bool = True) -> None:
        """Begin; the amount of work is not known yet."""
        self._title = text
        self._words.setText(text)
        self._count.setText("")
        self._bar.setRange(0, 0)
        self._bar.setAccessibleName(text)
        self._bar.show()
        self._stop.setVisible(can_stop)
        self.show()

    def step(self, done: int, total: int, note: str = "") -> None:
        """``done`` of ``total``; total 0 = unknown."""
        self._bar.setRange(0, max(0, total))
        self._bar.setValue(min(done, total) if total > 0 else 0)
        self._count.setText(f"{done} / {total}" if total > 0 else "")
        self._words.setText(f"{self._title} · {note}" if note else self._title)

    def finish(self, text: str = "") -> None:
        """Done; ``text`` stays to be read, without it the strip goes."""
        self._bar.hide()
        self._stop.hide()
        self._count.setText("")
        self._words.setText(text)
        self.setVisible(bool(text))
