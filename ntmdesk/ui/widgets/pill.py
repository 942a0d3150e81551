"""A state in a word and a colour."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from ntmdesk.ui.tokens import TONES
from ntmdesk.ui.translation import QT_TRANSLATE_NOOP, translated
from ntmdesk.ui.widgets.text import repolish

_STATES = {
    "draft": (QT_TRANSLATE_NOOP("Pill", "draft"), "plain", "pencil"),
    "local": (QT_TRANSLATE_NOOP("Pill", "on this laptop"), "amber", "cloud-upload"),
    "carried": (QT_TRANSLATE_NOOP("Pill", "carried"), "info", "send"),
    "received": (QT_TRANSLATE_NOOP("Pill", "held by the server"), "info", "calendar-clock"),
    "accepted": (QT_TRANSLATE_NOOP("Pill", "accepted"), "good", "cloud-check"),
    "refused": (QT_TRANSLATE_NOOP("Pill", "refused"), "danger", "circle-x"),
    "review": (QT_TRANSLATE_NOOP("Pill", "to look at again"), "amber", "triangle-alert"),
}


class Pill(QLabel):
    """A short word on a soft ground; the word alone must tell the state."""

    def __init__(self, text: str = "", tone: str = "plain", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("pill")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.show_state(text, tone)

    def show_state(self, text: str, tone: str) -> None:
        """``tone`` is one of good, amber, danger, info, plain; ``ValueError`` for another."""
        if tone not in TONES:
            raise ValueError(tone)
        self.setText(text)
        self.setProperty("tone", tone)
        repolish(self)


def state_words(state: str) -> tuple[str, str]:
    """Word and tone of a record's state; an unknown state is shown as it is."""
    source, tone, _ = _STATES.get(state, (state, "plain", ""))
    return translated("Pill", source), tone


def state_icon(state: str) -> str:
    """Name of the icon that stands for a state beside its word; "" for an unknown one."""
    return _STATES[state][2] if state in _STATES else ""


def state_pill(state: str, parent: QWidget | None = None) -> Pill:
    """The pill of a record's state."""
    return Pill(*state_words(state), parent)
