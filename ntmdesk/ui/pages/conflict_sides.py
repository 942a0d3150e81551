"""The values of one conflict side by side: cards for plain values, a table where a value has parts."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from ntmdesk.ui import theme
from ntmdesk.ui.pages.conflict_reading import Open, Side
from ntmdesk.ui.widgets.button import Button
from ntmdesk.ui.widgets.card import Card
from ntmdesk.ui.widgets.columns import Columns
from ntmdesk.ui.widgets.flow import FlowLayout
from ntmdesk.ui.widgets.tall import Tall
from ntmdesk.ui.widgets.text import Text

DIFFERS = "≠"
WIDE, NARROWEST = 250, 180
"""Width of the card of one value, and what it may shrink to before two stand one under the other."""


class ConflictSides(Tall):
    """``kept`` carries the dot of the value that a person wants to keep."""

    kept = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._holder: QWidget | None = None
        self.keep_buttons: list[Button] = []

    def show_sides(self, one: Open | None) -> None:
        """Show the values of a conflict; None shows nothing."""
        self.keep_buttons = []
        if self._holder is not None:
            self.rows.removeWidget(self._holder)
            self._holder.hide()
            self._holder.deleteLater()
            self._holder = None
        if one is None:
            return
        if len(one.sides) == 2 and not any(side.parts for side in one.sides):
            self._holder = pair = Columns(2 * NARROWEST + theme.GAP_L)
            for side in one.sides:
                card = self._card(side)
                card.setMaximumWidth(theme.px(WIDE))
                pair.add(card)
            pair.setMaximumWidth(theme.px(2 * WIDE + theme.GAP_L))
            self.rows.addWidget(pair)
            return
        self._holder = QWidget()
        self.rows.addWidget(self._holder)
        if any(side.parts for side in one.sides):
            self._table(self._holder, one)
        else:
            flow = FlowLayout(self._holder, theme.GAP_L)
            for side in one.sides:
                card = self._card(side)
                card.setFixedWidth(theme.px(WIDE))
                flow.addWidget(card)

    def _card(self, side: Side) -> Card:
        card = Card()
        name, when = Text(side.by, "heading"), Text(self._when(side), "small")
        for words in (name, Text(side.words, "body"), when):
            words.setWordWrap(True)  # two cards stand side by side in a small window too
            card.add(words)
        if side.mine:
            card.add(Text(self._whose(side), "small"))
        card.body.addStretch(1)
        card.add(self._button(side, side.words))
        return card

    def _table(self, holder: QWidget, one: Open) -> None:
        grid = QGridLayout(holder)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.px(theme.GAP_L))
        grid.setVerticalSpacing(theme.px(theme.GAP_S))
        for column, side in enumerate(one.sides, start=1):
            head = " · ".join(part for part in (side.by, self._whose(side)) if part)
            grid.addWidget(Text(head, "heading"), 0, column)
            grid.addWidget(Text(self._when(side), "small"), 1, column)
        labels = [label for label, _ in next(side.parts for side in one.sides if side.parts)]
        for at, label in enumerate(labels):
            said = [side.parts[at][1] for side in one.sides]
            differs = len(set(said)) > 1
            grid.addWidget(Text(f"{DIFFERS} {label}" if differs else label, "muted"), at + 2, 0)
            for column, words in enumerate(said, start=1):
                grid.addWidget(Text(words, "strong" if differs else "body"), at + 2, column)
        for column, side in enumerate(one.sides, start=1):
            words = ", ".join(f"{label}: {said}" for label, said in side.parts)
            grid.addWidget(self._button(side, words), len(labels) + 2, column)
            grid.setColumnStretch(column, 1)

    def _button(self, side: Side, words: str) -> Button:
        keep = Button(self.tr("Keep this one"))
        keep.setAccessibleDescription(words)
        keep.clicked.connect(self._keeper(side.dot))
        self.keep_buttons.append(keep)
        return keep

    def _keeper(self, dot: str) -> Callable[[], None]:
        return lambda: self.kept.emit(dot)

    def _whose(self, side: Side) -> str:
        return self.tr("this laptop") if side.mine else ""

    def _when(self, side: Side) -> str:
        return " · ".join(part for part in (side.at, self.tr("shown now") if side.shown else "") if part)
