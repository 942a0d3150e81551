"""Fields that two people changed at once: the values side by side, one kept or another typed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ntmdesk.domain.kinds import Catalogue
from ntmdesk.errors import AppError
from ntmdesk.services import inbox, records
from ntmdesk.services.search import place_of
from ntmdesk.ui.jobs import Jobs
from ntmdesk.ui.pages.cell_editor import CellEditor
from ntmdesk.ui.pages.conflict_reading import Open
from ntmdesk.ui.pages.conflict_sides import ConflictSides
from ntmdesk.ui.pages.entry_list import Entry, EntryList
from ntmdesk.ui.pages.problems import error_words, problem_words, problems_of
from ntmdesk.ui.translation import label
from ntmdesk.ui.widgets.banner import Banner
from ntmdesk.ui.widgets.button import Button
from ntmdesk.ui.widgets.empty_state import EmptyState
from ntmdesk.ui.widgets.flow import FlowLayout
from ntmdesk.ui.widgets.text import Text

SHOWN = 3
"""Conflicts seen at once."""


class ConflictInbox(QWidget):
    """``settled(words, undo)`` after each choice; ``open_asked(place, argument)`` for the whole record."""

    settled = Signal(str, object)
    open_asked = Signal(str, object)

    def __init__(
        self,
        jobs: Jobs[Any],
        catalogue: Catalogue,
        today: Callable[[], date],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._jobs, self._catalogue = jobs, catalogue
        self._open: dict[tuple[str, str], Open] = {}
        self._current: Open | None = None
        self._edited = False
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        self._nothing = EmptyState(
            "git-merge",
            self.tr("Nothing to choose"),
            self.tr("When two people change the same field before meeting, both values wait here."),
        )
        rows.addWidget(self._nothing, 1)
        self.list = EntryList(self.tr("Fields with two values"))
        self.list.chosen.connect(self._choose)
        rows.addWidget(self.list)
        self._banner = Banner()
        rows.addWidget(self._banner)
        self.sides = ConflictSides()
        self.sides.kept.connect(self._keep_side)
        rows.addWidget(self.sides)
        self._other = QWidget()
        other = QVBoxLayout(self._other)
        other.setContentsMargins(0, 0, 0, 0)
        other.addWidget(Text(self.tr("Or write down what is right:"), "muted"))
        self.another = CellEditor(jobs, catalogue, today, self)
        self.another.edited.connect(self._typing)
        other.addWidget(self.another)
        rows.addWidget(self._other)
        foot = FlowLayout()
        self.keep_typed = Button(self.tr("Keep what I typed"))
        self.keep_typed.clicked.connect(self._keep_typed)
        self._whole = Button(self.tr("Open the record"), "quiet")
        self._whole.clicked.connect(self._open_record)
        for widget in (self.keep_typed, self._whole):
            foot.addWidget(widget)
        rows.addLayout(foot)
        rows.addStretch(1)

    @property
    def keep_buttons(self) -> list[Button]:
        """One for each value of the conflict shown."""
        return self.sides.keep_buttons

    def show_open(self, found: list[Open]) -> None:
        """Show these; a conflict that is looked at and is as it was keeps what was typed for it."""
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
        self.list.fit(SHOWN)
        self._choose(self.list.current())

    def _choose(self, key: object) -> None:
        one = self._open.get(key) if isinstance(key, tuple) else None
        if one is not None and one == self._current:
            return
        self._current, self._edited = one, False
        self.sides.show_sides(one)
        self._other.setVisible(one is not None and one.typed)
        self.keep_typed.setVisible(one is not None and one.typed)
        self.keep_typed.setEnabled(False)
        self.another.clear()
        if one is not None and one.typed:
            self.another.show_cell(one.kind, one.field, one.now)

    def _typing(self) -> None:
        self._edited = True
        self.keep_typed.setEnabled(True)

    def _keep_side(self, dot: str) -> None:
        one = self._current
        if one is not None:
            seen = [side.dot for side in one.sides]
            self._settle(one, lambda uow: records.resolve(uow, one.id, one.field, f"dot:{dot}", seen))

    def _keep_typed(self) -> None:
        one = self._current
        if one is None or not self._edited or self.another.is_told_wrong(self._banner):
            return
        value, seen = self.another.value(), [side.dot for side in one.sides]
        self._settle(one, lambda uow: inbox.settle(uow, one.id, one.field, value, seen))

    def _settle(self, one: Open, work: Callable[[Any], object]) -> None:
        def done(_: object) -> None:
            self._banner.dismiss()
            self._edited = False
            self.settled.emit(self.tr("{field} settled").format(field=one.what), self._undo)

        self._jobs.run(work, done, self._failed, owner=self)

    def _undo(self) -> None:
        self._jobs.run(records.undo, lambda _: None, owner=self)

    def _open_record(self) -> None:
        if self._current is not None:
            one = self._current
            self.open_asked.emit(place_of(one.kind), {"kind": one.kind, "id": one.id})

    def _failed(self, error: AppError) -> None:
        one = self._current
        kind = self._catalogue.kinds.get(one.kind) if one is not None else None
        left = [
            p
            for p in problems_of(error)
            if kind is None or not self.another.show_problem(p.column or p.field, problem_words(kind, p))
        ]
        if left or not problems_of(error):
            self._banner.tell("danger", error_words(error, kind))
