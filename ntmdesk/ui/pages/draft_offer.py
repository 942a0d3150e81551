"""A half-filled form found again, to go on with or to drop."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from ntmdesk.ui import theme
from ntmdesk.ui.widgets.button import Button
from ntmdesk.ui.widgets.text import Text


class DraftOffer(QFrame):
    """Hidden until ``offer``."""

    taken = Signal()
    dropped = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("banner")
        self.setProperty("tone", "info")
        across = QHBoxLayout(self)
        across.setContentsMargins(theme.px(12), theme.px(6), theme.px(6), theme.px(6))
        self._words = Text("")
        self.take = Button(self.tr("Go on with it"), "quiet")
        self.drop = Button(self.tr("Drop it"), "quiet")
        self.take.clicked.connect(self.taken)
        self.drop.clicked.connect(self.dropped)
        across.addWidget(self._words, 1)
        across.addWidget(self.take)
        across.addWidget(self.drop)
        self.hide()

    def offer(self, words: str) -> None:
        """Say what was found."""
        self._words.setText(words)
        self.show()
