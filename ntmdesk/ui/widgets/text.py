"""A label in one of the desk's few text roles."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
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


class ElidedText(Text):
    """One line that gives way: what does not fit ends in …, and the tooltip says it whole."""

    def __init__(self, text: str = "", role: str = "muted", parent: QWidget | None = None) -> None:
        super().__init__(text, role, parent)
        self.setWordWrap(False)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setToolTip(text)

    def setText(self, text: str) -> None:
        super().setText(text)
        self.setToolTip(text)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(self.font())
        painter.setPen(self.palette().color(self.foregroundRole()))
        room = self.contentsRect()
        shown = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, self.alignment(), shown)
        painter.end()


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
