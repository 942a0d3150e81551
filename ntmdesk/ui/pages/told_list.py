"""A list of things a sync left behind, each told in words, with what can be done about the one chosen."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ntmdesk.services.search import place_of
from ntmdesk.ui.pages.entry_list import Entry, EntryList
from ntmdesk.ui.widgets.button import Button
from ntmdesk.ui.widgets.empty_state import EmptyState
from ntmdesk.ui.widgets.flow import FlowLayout
from ntmdesk.ui.widgets.text import Text

SHOWN = 4
"""Entries seen at once."""


@dataclass(frozen=True, slots=True)
class Told:
    """One of them.  ``words``: the whole story; ``offered``: codes of the actions that make sense now."""

    key: Hashable
    kind: str
    id: str
    title: str
    detail: str
    words: str
    pill: str = ""
    tone: str = "plain"
    offered: frozenset[str] = frozenset()


class ToldList(QWidget):
    """``acted`` carries an action's code and the key; ``open_asked`` the place of the whole record.

    ``actions``: (code, words on the button); the first stands out.
    """

    acted = Signal(str, object)
    open_asked = Signal(str, object)

    def __init__(
        self,
        name: str,
        empty: EmptyState,
        actions: Sequence[tuple[str, str]] = (),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._told: dict[Hashable, Told] = {}
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        self._nothing = empty
        rows.addWidget(self._nothing, 1)
        self.list = EntryList(name)
        self.list.chosen.connect(lambda _: self._show_current())
        self.list.opened.connect(lambda _: self._open())
        rows.addWidget(self.list)
        self.words = Text("", "body")
        rows.addWidget(self.words)
        foot = FlowLayout()
        self.buttons: dict[str, Button] = {}
        for code, words in actions:
            button = Button(words)
            button.clicked.connect(self._acter(code))
            self.buttons[code] = button
            foot.addWidget(button)
        self._whole = Button(self.tr("Open the record"), "quiet")
        self._whole.clicked.connect(self._open)
        foot.addWidget(self._whole)
        rows.addLayout(foot)
        rows.addStretch(1)
        self.show_told([])

    def show_told(self, told: Sequence[Told]) -> None:
        """Show these; the one looked at stays in view when it is still there."""
        self._told = {one.key: one for one in told}
        self._nothing.setVisible(not told)
        for widget in (self.list, self.words, self._whole):
            widget.setVisible(bool(told))
        self.list.show_entries([Entry(t.key, t.title, t.detail, t.pill, t.tone) for t in told])
        self.list.fit(SHOWN)
        self._show_current()

    def told(self) -> list[Told]:
        """What is listed."""
        return list(self._told.values())

    def _now(self) -> Told | None:
        key = self.list.current()
        return self._told.get(key) if key is not None else None

    def _show_current(self) -> None:
        one = self._now()
        self.words.setText(one.words if one is not None else "")
        for code, button in self.buttons.items():
            button.setVisible(one is not None and code in one.offered)

    def _acter(self, code: str) -> Callable[[], None]:
        def act() -> None:
            one = self._now()
            if one is not None:
                self.acted.emit(code, one.key)

        return act

    def _open(self) -> None:
        one = self._now()
        if one is not None:
            self.open_asked.emit(place_of(one.kind), {"kind": one.kind, "id": one.id})
