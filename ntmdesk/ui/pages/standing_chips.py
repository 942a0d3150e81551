"""Chips that narrow a list by where its records stand with the server; only those that find something."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from PySide6.QtWidgets import QWidget

from ntmdesk.domain.standings import NARROWED
from ntmdesk.ui.translation import QT_TRANSLATE_NOOP, number, translated
from ntmdesk.ui.widgets.chips import ChipGroup, ChipSpec

WORDS: Mapping[str, str] = {
    "unsent": QT_TRANSLATE_NOOP("StandingChips", "not sent yet"),
    "refused": QT_TRANSLATE_NOOP("StandingChips", "refused"),
    "review": QT_TRANSLATE_NOOP("StandingChips", "to look at again"),
}


def standing_chips(counts: Mapping[str, int], chosen: Collection[str] = ()) -> list[ChipSpec]:
    """One chip for each way that leaves some, with its count, and for those chosen now."""
    specs = []
    for code in NARROWED:
        if counts.get(code) or code in chosen:
            words = f"{translated('StandingChips', WORDS[code])} {number(counts.get(code, 0))}"
            specs.append(ChipSpec(code, words, hint=words))
    return specs


def chosen_standing(codes: Collection[str]) -> str | None:
    """The standing among chosen chips, None for none."""
    return next((code for code in codes if code in NARROWED), None)


class StandingFilter(ChipGroup):
    """The chips of a list that has no others; hidden while there is nothing to narrow."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(numbered=False, single=True, parent=parent)
        self.hide()

    def show_counts(self, counts: Mapping[str, int]) -> None:
        """How many records each way leaves; what is chosen stays chosen."""
        specs = standing_chips(counts, self.chosen())
        if [(c.code, c.accessibleName()) for c in self.chips()] != [(s.code, s.hint) for s in specs]:
            self.set_chips(specs)
        self.setVisible(bool(specs))

    def wanted(self) -> str | None:
        """The standing asked for; None for all records."""
        return chosen_standing(self.chosen())
