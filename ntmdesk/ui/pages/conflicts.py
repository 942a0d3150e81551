"""Fields that two people changed at once: the values side by side, one kept or another typed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from ntmdesk.domain.dates import format_moment
from ntmdesk.domain.kinds import Catalogue
from ntmdesk.errors import AppError
from ntmdesk.services import records
from ntmdesk.services.search import place_of, title_of
from ntmdesk.store.unit_of_work import UnitOfWork
from ntmdesk.ui import theme
from ntmdesk.ui.jobs import Jobs
from ntmdesk.ui.messages import sentence
from ntmdesk.ui.pages.entry_list import Entry, EntryList
from ntmdesk.ui.pages.values import field_words, person_words, value_words
from ntmdesk.ui.translation import label
from ntmdesk.ui.widgets.banner import Banner
from ntmdesk.ui.widgets.button import Button
from ntmdesk.ui.widgets.card import Card
from ntmdesk.ui.widgets.empty_state import EmptyState
from ntmdesk.ui.widgets.flow import FlowLayout
from ntmdesk.ui.widgets.text import Text


@dataclass(frozen=True, slots=True)
class Side:
    """One of the values in words."""

    dot: str
    words: str
    by: str
    at: str
    shown: bool
    mine: bool


@dataclass(frozen=True, slots=True)
class Open:
    """One open conflict in words.  ``typed``: another value may be typed for it."""

    kind: str
    id: str
    field: str
    title: str
    what: str
    sides: tuple[Side, ...]
    typed: bool


def read_conflicts(uow: UnitOfWork) -> list[Open]:
    """All open conflicts, the longest waiting first."""
    found = []
    for one in records.conflicts(uow):
        kind = uow.catalogue.kinds.get(one.kind)
        field = kind.field(one.field) if kind else None
        row = uow.records.get(one.kind, one.id, deleted=True)
        sides = tuple(
            Side(
                v.dot.text,
                value_words(uow, one.kind, one.field, v.value),
                person_words(uow, v.by),
                format_moment(datetime.fromtimestamp(v.at, UTC)) if v.at else "",
                v.shown,
                v.dot.replica == uow.replica,
            )
            for v in one.values
        )
        typed = field is not None and field.type not in ("rows", "object", "references", "reference")
        title = title_of(uow, row)
        words = field_words(uow.catalogue, one.kind, one.field)
        found.append(Open(one.kind, one.id, one.field, title, words, sides, typed))
    return found


class ConflictInbox(QWidget):
    """``settled(words, undo)`` after each choice; ``open_asked(place, argument)`` for the whole record."""

    settled = Signal(str, object)
    open_asked = Signal(str, object)

    def __init__(self, jobs: Jobs[Any], catalogue: Catalogue, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs, self._catalogue = jobs, catalogue
        self._open: dict[tuple[str, str], Open] = {}
        self._current: Open | None = None
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        self._nothing = EmptyState(
            "git-merge",
            self.tr("Nothing to choose"),
            self.tr("When two people change the same field before meeting, both values wait here."),
        )
        rows.addWidget(self._nothing, 1)
        self.list = EntryList(self.tr("Fields with two values"))
        self.list.setMinimumHeight(theme.px(58))
        self.list.setMaximumHeight(theme.px(160))
        self.list.chosen.connect(lambda key: self._choose(key))
        rows.addWidget(self.list)
        self._banner = Banner()
        rows.addWidget(self._banner)
        self._sides = FlowLayout(gap=theme.GAP_L)
        rows.addLayout(self._sides)
        self._other = QWidget()
        across = FlowLayout(self._other)
        self.typed = QLineEdit()
        self.typed.setPlaceholderText(self.tr("another value"))
        self.typed.setAccessibleName(self.tr("Another value"))
        self.typed.setMinimumWidth(theme.px(200))
        self.typed.returnPressed.connect(self._keep_typed)
        keep = Button(self.tr("Keep what I typed"))
        keep.clicked.connect(self._keep_typed)
        self._whole = Button(self.tr("Open the record"), "quiet")
        self._whole.clicked.connect(self._open_record)
        for widget in (self.typed, keep):
            across.addWidget(widget)
        rows.addWidget(self._other)
        rows.addWidget(self._whole)
        rows.addStretch(1)
        self.keep_buttons: list[Button] = []

    def show_open(self, found: list[Open]) -> None:
        """Show these; what was looked at stays in view when it is still open."""
        self._open = {(one.id, one.field): one for one in found}
        self._nothing.setVisible(not found)
        for widget in (self.list, self._whole):
            widget.setVisible(bool(found))
        entries = []
        for one in found:
            kind = self._catalogue.kinds.get(one.kind)
            name = label(kind.label) if kind else one.kind
            entries.append(
                Entry((one.id, one.field), one.title, f"{name} · {one.what}", str(len(one.sides)), "amber")
            )
        self.list.show_entries(entries)
        self._choose(self.list.current())

    def _choose(self, key: object) -> None:
        self._current = self._open.get(key) if isinstance(key, tuple) else None
        self._sides.clear()
        self.keep_buttons = []
        one = self._current
        self._other.setVisible(one is not None and one.typed)
        if one is None:
            return
        for side in one.sides:
            card = Card(side.by, self.tr("this laptop") if side.mine else "")
            card.setFixedWidth(theme.px(250))
            card.add(Text(side.words, "body"))
            seen = self.tr("shown now") if side.shown else ""
            card.add(Text(" · ".join(part for part in (side.at, seen) if part), "small"))
            keep = Button(self.tr("Keep this one"))
            keep.setAccessibleDescription(side.words)
            keep.clicked.connect(self._keeper(one, f"dot:{side.dot}"))
            self.keep_buttons.append(keep)
            card.add(keep)
            self._sides.addWidget(card)

    def _keeper(self, one: Open, choice: str) -> Callable[[], None]:
        return lambda: self._keep(one, choice)

    def _keep_typed(self) -> None:
        if self._current is not None and self.typed.text().strip():
            self._keep(self._current, f"value:{self.typed.text().strip()}")

    def _keep(self, one: Open, choice: str) -> None:
        def done(_: object) -> None:
            self._banner.dismiss()
            self.typed.clear()
            self.settled.emit(self.tr("{field} settled").format(field=one.what), self._undo)

        seen = [side.dot for side in one.sides]
        self._jobs.run(
            lambda uow: records.resolve(uow, one.id, one.field, choice, seen), done, self._failed, owner=self
        )

    def _undo(self) -> None:
        self._jobs.run(records.undo, lambda _: None, owner=self)

    def _open_record(self) -> None:
        if self._current is not None:
            one = self._current
            self.open_asked.emit(place_of(one.kind), {"kind": one.kind, "id": one.id})

    def _failed(self, error: AppError) -> None:
        self._banner.tell("danger", sentence(error))
