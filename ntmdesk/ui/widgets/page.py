"""What every page of the window is."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ntmdesk.ui import theme


class Page(QWidget):
    """One place of the window.  Pages know neither each other nor the window; they say what they want."""

    go = Signal(str, object)
    """Open the place of that key with an argument (a record id, a week, ...)."""
    told = Signal(str, str)
    """Tone and words for the window's banner."""
    undo_offered = Signal(str, object)
    """Words and a callable for the banner's undo button."""
    head_changed = Signal(str, str)

    kinds: frozenset[str] = frozenset()
    """A commit that touched one of these calls ``refresh``."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("page")
        self.rows = QVBoxLayout(self)
        self.rows.setContentsMargins(0, 0, 0, 0)
        self.rows.setSpacing(theme.px(theme.GAP_L))
        self._head = ("", "")

    @property
    def head(self) -> tuple[str, str]:
        """Title and state line as last set."""
        return self._head

    def set_head(self, title: str, line: str = "") -> None:
        """Words of the page head."""
        self._head = (title, line)
        self.head_changed.emit(title, line)

    def arrive(self, argument: object = None) -> None:
        """The page is shown, perhaps for something; loads and takes the focus."""

    def refresh(self) -> None:
        """What the page shows may have changed."""

    def leave(self) -> None:
        """Another page is shown; keep what was begun."""
