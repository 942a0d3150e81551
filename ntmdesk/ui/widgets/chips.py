"""Chips: choices to be ticked by number, by first letters, or by mouse."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QPushButton, QWidget

from ntmdesk.domain.text import fold
from ntmdesk.ui import theme
from ntmdesk.ui.widgets.flow import FlowLayout

PAUSE_MS = 900
"""After this rest a typed number or word begins anew."""


@dataclass(frozen=True, slots=True)
class ChipSpec:
    """One choice; ``number`` is what a person types, ``hint`` the whole words."""

    code: str
    text: str
    number: int | None = None
    hint: str = ""


class Chip(QPushButton):
    """One choice, on or off."""

    entered = Signal(object)
    typed = Signal(str)
    moved = Signal(int)

    def __init__(
        self, code: str, text: str, number: int | None = None, hint: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.code = code
        self.words = ""
        self._said: tuple[str, str] | None = None
        self.number = number
        self.setObjectName("chip")
        self.setCheckable(True)
        self.setAutoDefault(False)
        self.say(text, hint)

    def say(self, text: str, hint: str = "") -> None:
        """Other words for the same choice; ``hint``: the whole of them."""
        if (text, hint) == self._said:
            return
        self._said = (text, hint)
        self.words = text
        self.setText((f"{self.number} {text}" if self.number is not None else text).replace("&", "&&"))
        self.setAccessibleName(hint or text)
        self.setToolTip(hint)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.entered.emit(self)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, text = event.key(), event.text()
        plain = event.modifiers() in (
            Qt.KeyboardModifier.NoModifier,
            Qt.KeyboardModifier.ShiftModifier,
            Qt.KeyboardModifier.KeypadModifier,
        )
        if plain and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        elif plain and key in (Qt.Key.Key_Left, Qt.Key.Key_Up):
            self.moved.emit(-1)
        elif plain and key in (Qt.Key.Key_Right, Qt.Key.Key_Down):
            self.moved.emit(1)
        elif plain and text and text.isprintable() and text != " ":
            self.typed.emit(text)
        else:
            super().keyPressEvent(event)


class ChipGroup(QWidget):
    """A wrapping row of chips; Tab enters it once, typing goes to a chip, Space or Enter ticks it.

    ``single``: at most one is on.  ``numbered``: specs without a number are counted from 1.
    """

    changed = Signal(list)
    missed = Signal(str)
    """Typed, and no chip shown fits; a listener may show others, which are looked at at once."""

    def __init__(self, numbered: bool = True, single: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._numbered = numbered
        self._single = single
        self._chips: list[Chip] = []
        self._order: list[str] = []
        self._flow = FlowLayout(self, theme.GAP_M)
        self._typed = ""
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self.forget_typed)

    def set_chips(self, specs: Sequence[ChipSpec]) -> None:
        """Show these; what is chosen and still there stays chosen.

        A choice that was there keeps its chip, and with it the focus of whoever is typing.
        """
        numbers = [
            spec.number if spec.number is not None or not self._numbered else place
            for place, spec in enumerate(specs, start=1)
        ]
        if [(chip.code, chip.number) for chip in self._chips] == [
            (spec.code, number) for spec, number in zip(specs, numbers, strict=True)
        ]:
            for chip, spec in zip(self._chips, specs, strict=True):
                chip.say(spec.text, spec.hint)
            return
        there = {(chip.code, chip.number): chip for chip in self._chips}
        self._flow.let_go()
        self._chips = [
            self._kept(there.pop((spec.code, number), None), spec) or self._made(spec, number)
            for spec, number in zip(specs, numbers, strict=True)
        ]
        had_focus = any(chip.hasFocus() for chip in there.values())
        for chip in self._chips:
            self._flow.addWidget(chip)
            chip.show()  # at once: a layout would show it later, and until then it takes no focus
        for chip in there.values():
            chip.hide()
            chip.deleteLater()
        codes = {spec.code for spec in specs}
        self._order = [code for code in self._order if code in codes]
        if self._chips:
            self._rove(next((chip for chip in self._chips if chip.hasFocus()), self._chips[0]))
            if had_focus:
                self._chips[0].setFocus()
        self.updateGeometry()

    def chips(self) -> list[Chip]:
        """The chips as shown."""
        return list(self._chips)

    def chosen(self) -> list[str]:
        """Codes that are on, in the order they were chosen."""
        return list(self._order)

    def choose(self, codes: Iterable[str]) -> None:
        """Turn exactly these on, without telling ``changed``; unknown codes are left out."""
        known = {chip.code for chip in self._chips}
        self._order = [code for code in codes if code in known]
        if self._single:
            self._order = self._order[:1]
        for chip in self._chips:
            chip.setChecked(chip.code in self._order)

    def forget_typed(self) -> None:
        """What is typed next begins a new number or word."""
        self._typed = ""

    def focus_first(self) -> None:
        """Put the focus on the chip that Tab would reach."""
        for chip in self._chips:
            if chip.focusPolicy() & Qt.FocusPolicy.TabFocus:
                chip.setFocus()
                return

    def _made(self, spec: ChipSpec, number: int | None) -> Chip:
        chip = Chip(spec.code, spec.text, number, spec.hint, self)
        chip.setChecked(spec.code in self._order)
        chip.clicked.connect(lambda: self._ticked(chip))
        chip.entered.connect(self._rove)
        chip.typed.connect(self._find)
        chip.moved.connect(self._step)
        return chip

    @staticmethod
    def _kept(chip: Chip | None, spec: ChipSpec) -> Chip | None:
        if chip is not None:
            chip.say(spec.text, spec.hint)
        return chip

    def _ticked(self, chip: Chip) -> None:
        if chip.isChecked():
            if self._single:
                for other in self._chips:
                    other.setChecked(other is chip)
                self._order = []
            self._order.append(chip.code)
        else:
            self._order = [code for code in self._order if code != chip.code]
        self.forget_typed()
        self.changed.emit(self.chosen())

    def _rove(self, current: Chip) -> None:
        for chip in self._chips:
            chip.setFocusPolicy(Qt.FocusPolicy.StrongFocus if chip is current else Qt.FocusPolicy.ClickFocus)

    def _step(self, by: int) -> None:
        at = next((i for i, chip in enumerate(self._chips) if chip.hasFocus()), 0)
        self._chips[(at + by) % len(self._chips)].setFocus(Qt.FocusReason.TabFocusReason)

    def _find(self, text: str) -> None:
        for typed in dict.fromkeys((self._typed + text, text)):
            found = self._match(fold(typed))
            if found is None:
                self.missed.emit(typed)
                found = self._match(fold(typed))
            if found is not None:
                self._typed = typed
                self._pause.start()
                found.setFocus(Qt.FocusReason.TabFocusReason)
                return
        self.forget_typed()

    def _match(self, typed: str) -> Chip | None:
        if typed.isdigit():
            exact = (chip for chip in self._chips if chip.number == int(typed))
            starts = (c for c in self._chips if c.number is not None and str(c.number).startswith(typed))
            return next(exact, None) or next(starts, None)
        first = (chip for chip in self._chips if fold(chip.words).startswith(typed))
        inside = (chip for chip in self._chips if f" {typed}" in f" {fold(chip.words)}")
        return next(first, None) or next(inside, None)
