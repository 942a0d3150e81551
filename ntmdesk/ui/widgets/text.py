"""A label in one of the desk's few text roles."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

ROLES = ("title", "heading", "strong", "body", "muted", "small", "figure", "problem", "field")
_WRAPPED = ("body", "muted", "problem")


class Text(QLabel):
    """Words on the page; plain text always, so that nothing a person typed is read as markup."""

    def __init__(self, text: str = "", role: str = "body", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(role in _WRAPPED)
        self.set_role(role)

    def set_role(self, role: str) -> None:
        """One of ``ROLES``; ``ValueError`` for another."""
        if role not in ROLES:
            raise ValueError(role)
        self.setProperty("role", role)
        repolish(self)

    def selectable(self) -> Text:
        """Let the mouse and the keyboard select the words, for codes and numbers to copy."""
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        return self


class KeyCap(QLabel):
    """The name of a key, drawn like one."""

    def __init__(self, keys: str, parent: QWidget | None = None) -> None:
        super().__init__(key_words(keys), parent)
        self.setObjectName("keycap")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)


def key_words(keys: str) -> str:
    """A key sequence as people read it: ``Ctrl+Return`` is ``Ctrl+Enter``."""
    return keys.replace("Return", "Enter")


def repolish(widget: QWidget) -> None:
    """Have the style sheet look again at the widget's properties."""
    style = widget.style()
    style.unpolish(widget)
    style.polish(widget)
    widget.update()
