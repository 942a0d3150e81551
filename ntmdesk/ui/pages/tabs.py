"""Tabs whose place is as tall as the one shown needs."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QTabBar, QVBoxLayout, QWidget

from ntmdesk.ui import theme
from ntmdesk.ui.pages.one_at_a_time import OneAtATime


class Tabs(QWidget):
    """Ctrl+Tab and the arrows walk the bar; ``changed`` carries the widget now shown."""

    changed = Signal(object)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(theme.px(theme.GAP_M))
        self.bar = QTabBar()
        self.bar.setDrawBase(False)
        self.bar.setExpanding(False)
        self.bar.setAccessibleName(name)
        self._pages = OneAtATime()
        self._widgets: list[QWidget] = []
        rows.addWidget(self.bar)
        rows.addWidget(self._pages, 1)
        self.bar.currentChanged.connect(self._turned)

    def add(self, widget: QWidget, words: str) -> None:
        """One more tab."""
        self._widgets.append(widget)
        self._pages.add(widget)
        self.bar.addTab(words)

    def current(self) -> QWidget | None:
        """The widget shown."""
        return self._pages.current()

    def show_only(self, widget: QWidget) -> None:
        """Turn to the tab of this widget."""
        self.bar.setCurrentIndex(self._widgets.index(widget))

    def _turned(self, at: int) -> None:
        if 0 <= at < len(self._widgets):
            self._pages.show_only(self._widgets[at])
            self.changed.emit(self._widgets[at])
