"""A drop-down of codes: a digit chooses by place, the wheel changes nothing."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QComboBox, QWidget

from ntmdesk.ui import theme

BLANK = "–"


class ChoiceBox(QComboBox):
    """``picked`` is told for what a person does, not for ``choose``."""

    picked = Signal(str)

    def __init__(self, name: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(6)
        self.setMaxVisibleItems(12)
        self.setMinimumWidth(theme.px(90))
        self.activated.connect(lambda _: self.picked.emit(self.code()))

    def offer(self, choices: Sequence[tuple[str, str]], blank: bool = False) -> None:
        """Code and words of each choice; ``blank`` puts – first, with an empty code."""
        present = self.code()
        self.clear()
        if blank:
            self.addItem(BLANK, "")
        for code, words in choices:
            self.addItem(words, code)
        self.choose(present)

    def code(self) -> str:
        """The chosen code; empty for none."""
        return str(self.currentData() or "")

    def choose(self, code: str | None) -> None:
        """Show a code; one that is not offered is added as it is."""
        at = self.findData(code or "")
        if at < 0 and code:
            self.addItem(code, code)
            at = self.count() - 1
        self.setCurrentIndex(max(at, 0))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        digit = event.text()
        first = 1 if self.count() and not self.itemData(0) else 0
        if digit.isascii() and digit.isdigit() and digit != "0":
            place = int(digit) - 1 + first
            if place < self.count():
                self.setCurrentIndex(place)
                self.picked.emit(self.code())
            return
        super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()
