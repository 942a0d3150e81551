"""Who may already be recorded, and why; shown beside the form, which stays as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from ntmdesk.services.doubles import Double
from ntmdesk.ui import theme
from ntmdesk.ui.translation import QT_TRANSLATE_NOOP, translated
from ntmdesk.ui.widgets.button import Button
from ntmdesk.ui.widgets.text import Text

REASONS: Mapping[str, str] = MappingProxyType(
    {
        "same_number": QT_TRANSLATE_NOOP("DoublesBox", "same personal number"),
        "same_phone": QT_TRANSLATE_NOOP("DoublesBox", "same phone"),
        "same_name": QT_TRANSLATE_NOOP("DoublesBox", "same name"),
        "similar_name": QT_TRANSLATE_NOOP("DoublesBox", "similar name"),
        "same_birth_year": QT_TRANSLATE_NOOP("DoublesBox", "same year of birth"),
        "same_lane": QT_TRANSLATE_NOOP("DoublesBox", "same lane"),
        "same_address": QT_TRANSLATE_NOOP("DoublesBox", "same address"),
        "same_row": QT_TRANSLATE_NOOP("DoublesBox", "the same line again"),
    }
)
SHOWN = 4


def reason_words(reasons: Sequence[str]) -> str:
    """Why two records may be one."""
    return ", ".join(translated("DoublesBox", REASONS.get(reason, reason)) for reason in reasons)


def double_words(double: Double) -> str:
    """Who that is."""
    parts = [double.name, str(double.birth_year or ""), double.lane]
    if double.household_head and double.household_head != double.name:
        parts.append(double.household_head)
    return " · ".join(part for part in parts if part)


class DoublesBox(QFrame):
    """Hidden while nobody fits.  ``use`` carries the ``Double`` taken, ``go_on`` says create anyway."""

    use = Signal(object)
    go_on = Signal()

    def __init__(self, take: str = "", go_on: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("banner")
        self.setProperty("tone", "amber")
        self._take = take or self.tr("Take this one")
        self._go_on = go_on or self.tr("Somebody else, create")
        self._doubles: tuple[Double, ...] = ()
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(*(theme.px(12),) * 4)
        self._rows.setSpacing(theme.px(6))
        self._held: list[QWidget] = []
        self.hide()

    def doubles(self) -> tuple[Double, ...]:
        """Those shown."""
        return self._doubles

    def show_doubles(self, doubles: Sequence[Double], title: str = "") -> None:
        """Show these, or hide for none."""
        shown = tuple(doubles[:SHOWN])
        if shown == self._doubles and self.isHidden() is not bool(shown):
            return
        self._doubles = shown
        for widget in self._held:
            self._rows.removeWidget(widget)
            widget.hide()
            widget.deleteLater()
        self._held = []
        self.setVisible(bool(shown))
        if not shown:
            return
        self._put(Text(title or self.tr("May be recorded already:"), "strong"))
        for double in shown:
            self._put(self._line(double))
        if self._go_on:
            button = Button(self._go_on, "quiet")
            button.clicked.connect(self.go_on)
            self._put(button)

    def _line(self, double: Double) -> QWidget:
        line = QWidget()
        across = QHBoxLayout(line)
        across.setContentsMargins(0, 0, 0, 0)
        words = QVBoxLayout()
        words.setSpacing(0)
        who = Text(double_words(double), "body")
        words.addWidget(who)
        words.addWidget(Text(reason_words(double.reasons), "muted"))
        across.addLayout(words, 1)
        button = Button(self._take)
        button.setAccessibleName(f"{self._take}: {double_words(double)}")
        button.clicked.connect(lambda _=False, d=double: self.use.emit(d))
        across.addWidget(button)
        return line

    def _put(self, widget: QWidget) -> None:
        self._rows.addWidget(widget)
        widget.show()  # at once: whoever makes room for the box asks for its height now
        self._held.append(widget)
