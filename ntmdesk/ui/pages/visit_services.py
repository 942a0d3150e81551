"""What was helped with: chips to choose services by, a line for each, and the follow-up they amount to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QWidget

from ntmdesk.domain.kinds import Catalogue, Kind, Problem
from ntmdesk.ui import theme
from ntmdesk.ui.pages.problems import problem_words
from ntmdesk.ui.pages.visit_lines import ServiceLines, number_of
from ntmdesk.ui.translation import label
from ntmdesk.ui.widgets.chips import ChipGroup, ChipSpec
from ntmdesk.ui.widgets.field_label import FieldLabel
from ntmdesk.ui.widgets.tall import Tall
from ntmdesk.ui.widgets.text import Text

ALL = "*"
"""Code of the chip that shows every service."""


class VisitServices(Tall):
    """Those given most often come first, the others when asked for.  ``edited`` by the person."""

    edited = Signal()

    def __init__(
        self, catalogue: Catalogue, today: Callable[[], date], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._catalogue = catalogue
        self._often: tuple[str, ...] = ()
        self._all = False
        self.rows.setSpacing(theme.px(theme.GAP_M))
        self.chips = ChipGroup(numbered=False)
        self.chips.changed.connect(self._changed)
        self.chips.missed.connect(self._missed)
        hint = self.tr("type a number or first letters, Space ticks")
        self.problem = Text("", "problem")
        self.problem.hide()
        self.lines = ServiceLines(catalogue, today)
        self.lines.edited.connect(self.edited)
        self.follow_case = QCheckBox()
        self.follow_case.setChecked(True)
        self.follow_case.hide()
        for widget in (
            FieldLabel(self.tr("Helped with"), self.chips, hint),
            self.chips,
            self.problem,
            self.lines,
            self.follow_case,
        ):
            self.rows.addWidget(widget)

    def offer(self, often: Sequence[str]) -> None:
        """Codes of the services shown at first."""
        self._often = tuple(often)
        self._show_chips()

    def clear(self) -> None:
        """Nothing was done yet."""
        self.chips.choose([])
        self.lines.clear()
        self.offer_case("")
        self.follow_case.setChecked(True)
        self._all = False
        self._show_chips()

    def set_rows(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Show the lines of a visit."""
        self.lines.set_rows(rows)
        codes = [line.code for line in self.lines.lines()]
        self._all = self._all or any(code not in self._often for code in codes)
        self._show_chips()
        self.chips.choose(codes)

    def take_rows(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Show other lines and leave what is typed in those that stay."""
        self.lines.take_rows(rows)
        codes = [line.code for line in self.lines.lines()]
        self._show_all_for(*codes)
        self.chips.choose(codes)

    def take(self, code: str) -> None:
        """Tick a service and go to its line."""
        chosen = self.chips.chosen()
        if code not in chosen:
            self._show_all_for(code)
            self.chips.choose([*chosen, code])
            self._changed(self.chips.chosen())
        self.lines.focus_line(code)

    def offer_case(self, words: str) -> None:
        """Offer to write a follow-up's step down with the visit; empty words offer nothing."""
        self.follow_case.setText(words)
        self.follow_case.setVisible(bool(words))

    def say_line_problems(self, kind: Kind) -> bool:
        """Say what is wrong inside lines; True when something is."""
        wrong = False
        for line in self.lines.lines():
            if code := line.local_problem():
                line.show_problem("follow_up_date", problem_words(kind, Problem("lines", code)))
                wrong = True
        return wrong

    def _show_all_for(self, *codes: str) -> None:
        if any(code not in self._often for code in codes):
            self._all = True
            self._show_chips()

    def _show_chips(self) -> None:
        offered = self._catalogue.choices("services").offered
        chosen = self.chips.chosen()
        shown = [c for c in offered if self._all or c.code in self._often or c.code in chosen]
        specs = [ChipSpec(c.code, label(c.short), number_of(c.code), label(c.label)) for c in shown]
        if len(shown) < len(offered):
            specs.append(ChipSpec(ALL, self.tr("… all {n}").format(n=len(offered))))
        self.chips.set_chips(specs)

    def _missed(self, typed: str) -> None:
        numbers = {str(number_of(c.code)) for c in self._catalogue.choices("services").offered}
        fits = typed in numbers if typed.isdigit() else True
        if fits and not self._all and self._often:
            self._all = True
            self._show_chips()

    def _changed(self, chosen: list[str]) -> None:
        if ALL in chosen:
            self._all = True
            self.chips.choose([code for code in chosen if code != ALL])
            self._show_chips()
            chosen = self.chips.chosen()
        self.lines.show_services(chosen)
        self.problem.setText("")
        self.problem.hide()
        self.edited.emit()
