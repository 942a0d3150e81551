"""Several names out of a short list, in the room of one field."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QMenu, QPushButton, QSizePolicy, QWidget

from ntmdesk.ui import theme

ARROW = 46
"""Of the button's width, what frame, margin and arrow take."""


class NamesButton(QPushButton):
    """Shows the chosen names; Space or a click opens the list, Space ticks there, Escape closes it."""

    changed = Signal(list)

    def __init__(self, none_text: str, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._none = none_text
        self._name = name
        self._words = ""
        self.setProperty("kind", "field")
        self.setAutoDefault(False)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._menu = _StayingMenu(self)
        self._menu.setAccessibleName(name)
        self.setMenu(self._menu)
        self._menu.ticked.connect(self._ticked)
        self._show()

    def offer(self, names: Sequence[tuple[str, str]]) -> None:
        """Id and name of each; those chosen stay chosen, also when they are not offered any more."""
        present = self.chosen()
        self._menu.clear()
        for id, words in names:
            action = QAction(words.replace("&", "&&"), self._menu)
            action.setData(id)
            action.setCheckable(True)
            self._menu.addAction(action)
        self.choose(present)

    def chosen(self) -> list[str]:
        """Ids in the order of the list."""
        return [str(action.data()) for action in self._menu.actions() if action.isChecked()]

    def choose(self, ids: Iterable[str]) -> None:
        """Tick exactly these, without telling ``changed``."""
        wanted = set(ids)
        for action in self._menu.actions():
            action.setChecked(action.data() in wanted)
        self._show()

    def _ticked(self) -> None:
        self._show()
        self.changed.emit(self.chosen())

    def _show(self) -> None:
        names = [a.text().replace("&&", "&") for a in self._menu.actions() if a.isChecked()]
        words = self._words = ", ".join(names) or self._none
        self._fit()
        self.setAccessibleName(f"{self._name}: {words}")
        self.setToolTip(words)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Names that do not fit end in … before the arrow."""
        room = max(self.width() - theme.px(ARROW), 0)
        shown = self.fontMetrics().elidedText(self._words, Qt.TextElideMode.ElideRight, room)
        self.setText("  " + shown.replace("&", "&&"))


class _StayingMenu(QMenu):
    """A menu that stays open while names are ticked."""

    ticked = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        current = self.activeAction()
        if event.key() == Qt.Key.Key_Space and self.actions():
            self._toggle(current)
        else:
            super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        if self.rect().contains(at):
            self._toggle(self.actionAt(at))
        else:
            super().mouseReleaseEvent(event)

    def _toggle(self, action: QAction | None) -> None:
        if action is None:
            return
        action.setChecked(not action.isChecked())
        self.ticked.emit()
