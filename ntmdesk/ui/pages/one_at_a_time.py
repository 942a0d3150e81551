"""Several widgets in one place, one of them shown; the place is only as large as that one needs."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget


class OneAtATime(QWidget):
    """A stack whose hidden members take no room."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._current: QWidget | None = None

    def add(self, widget: QWidget) -> None:
        """One more; the first is shown."""
        self._rows.addWidget(widget)
        if self._current is None:
            self._current = widget
        widget.setVisible(self._current is widget)

    def current(self) -> QWidget | None:
        """The one shown."""
        return self._current

    def show_only(self, widget: QWidget) -> None:
        """Show this one."""
        if self._current is not widget and self._current is not None:
            self._current.hide()
        self._current = widget
        widget.show()
