"""A push button that shows its shortcut."""

from __future__ import annotations

from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QPushButton, QWidget

from ntmdesk.ui import icons
from ntmdesk.ui.widgets.text import key_words, repolish

KINDS = {"plain": "text", "primary": "on_primary", "quiet": "primary", "link": "muted", "danger": "danger"}
"""kind -> colour token of its icon."""


class Button(QPushButton):
    """``keys`` works in the whole window while the button is to be seen, and is written on it."""

    def __init__(
        self,
        text: str,
        kind: str = "plain",
        keys: str = "",
        icon: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._keys = keys
        self._kind = kind
        self._has_icon = bool(icon)
        self.setProperty("kind", kind)
        self.setAutoDefault(False)
        if icon:
            icons.dress(self, icon, KINDS[kind], 16)
        for sequence in {keys, keys.replace("Return", "Enter")} - {""}:
            QShortcut(QKeySequence(sequence), self).activated.connect(self.click)
        self.setText(text)

    def setText(self, text: str) -> None:
        """Words of the button, without its keys."""
        shown = f"{text}   {key_words(self._keys)}" if self._keys else text
        if self._has_icon and text:
            shown = f" {shown}"  # the style puts the words right against the icon
        super().setText(shown.replace("&", "&&"))
        self.setAccessibleName(text)

    def set_kind(self, kind: str) -> None:
        """Change the weight of the button."""
        self._kind = kind
        self.setProperty("kind", kind)
        repolish(self)
