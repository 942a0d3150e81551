"""The inbox of the sync page: what waits for a choice, what was refused, what came back, what was settled."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ntmdesk.domain.kinds import Catalogue
from ntmdesk.errors import AppError
from ntmdesk.services import inbox, records
from ntmdesk.ui.jobs import Jobs
from ntmdesk.ui.messages import sentence
from ntmdesk.ui.pages.conflicts import ConflictInbox
from ntmdesk.ui.pages.inbox_reading import Read
from ntmdesk.ui.pages.refused import RefusedInbox
from ntmdesk.ui.pages.tabs import Tabs
from ntmdesk.ui.pages.told_list import ToldList
from ntmdesk.ui.widgets.banner import Banner
from ntmdesk.ui.widgets.card import Card
from ntmdesk.ui.widgets.empty_state import EmptyState


class InboxCard(Card):
    """``settled(words, undo)`` after each choice, ``mended(words)`` after a refused value was dealt with."""

    settled = Signal(str, object)
    mended = Signal(str)
    open_asked = Signal(str, object)

    def __init__(
        self,
        jobs: Jobs[Any],
        catalogue: Catalogue,
        today: Callable[[], date],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent=parent)
        self._jobs = jobs
        self._banner = Banner()
        self.add(self._banner)
        self.conflicts = ConflictInbox(jobs, catalogue, today)
        self.refused = RefusedInbox(jobs, catalogue, today)
        self.back = ToldList(
            self.tr("Deleted, then edited"),
            EmptyState("trash-2", self.tr("Nothing came back"), ""),
            [("keep", self.tr("Keep the record")), ("delete", self.tr("Delete again"))],
        )
        self.review = ToldList(
            self.tr("To look at again"), EmptyState("circle-check", self.tr("Nothing to look at again"), "")
        )
        self.chosen = ToldList(
            self.tr("Chosen in the last 30 days"),
            EmptyState("history", self.tr("Nothing was chosen in the last 30 days"), ""),
            [("reopen", self.tr("Undo this choice"))],
        )
        self.merged = ToldList(
            self.tr("Two people edited, merged by itself"),
            EmptyState("merge", self.tr("Nothing was merged in the last 30 days"), ""),
        )
        self.tabs = Tabs(self.tr("To look at"))
        for widget in (self.conflicts, self.refused, self.back, self.review, self.chosen, self.merged):
            self.tabs.add(widget, "")
            widget.open_asked.connect(self.open_asked)
        self.conflicts.settled.connect(self.settled)
        self.refused.mended.connect(self.mended)
        self.refused.given_up.connect(self.settled)
        self.back.acted.connect(self._decide)
        self.chosen.acted.connect(lambda _, dot: self._reopen(str(dot)))
        self.add(self.tabs, 1)

    def show_read(self, read: Read) -> None:
        """Show a reading; tabs with nothing in them are put away, the first two stay."""
        self.conflicts.show_open(read.open)
        self.refused.show_refused(read.refused)
        self.back.show_told(read.back)
        self.review.show_told(read.review)
        self.chosen.show_told(read.settled)
        self.merged.show_told(read.merged)
        counted = (
            (self.tr("To choose ({n})"), len(read.open)),
            (self.tr("Refused ({n})"), len(read.refused)),
            (self.tr("Deleted, then edited ({n})"), len(read.back)),
            (self.tr("To look at again ({n})"), len(read.review)),
            (self.tr("Chosen ({n})"), len(read.settled)),
            (self.tr("Merged ({n})"), len(read.merged)),
        )
        current = self.tabs.bar.currentIndex()
        for at, (words, count) in enumerate(counted):
            self.tabs.bar.setTabText(at, words.format(n=count))
            self.tabs.bar.setTabVisible(at, at < 2 or count > 0)
        if counted[current][1] == 0:
            waiting = [at for at in range(4) if counted[at][1]]
            self.tabs.bar.setCurrentIndex(waiting[0] if waiting else 0)

    def _decide(self, code: str, key: object) -> None:
        if not isinstance(key, tuple):
            return
        kind, id = str(key[0]), str(key[1])
        if code == "keep":
            self._write(lambda uow: inbox.keep(uow, kind, id), self.tr("The record is kept"))
        else:
            self._write(lambda uow: inbox.delete_again(uow, kind, id), self.tr("Put in the trash again"))

    def _reopen(self, dot: str) -> None:
        self._write(lambda uow: inbox.reopen(uow, dot), self.tr("Both values wait to be chosen again"))

    def _write(self, work: Callable[[Any], object], words: str) -> None:
        def done(_: object) -> None:
            self._banner.dismiss()
            self.settled.emit(words, self._undo)

        self._jobs.run(work, done, self._failed, owner=self)

    def _undo(self) -> None:
        self._jobs.run(records.undo, lambda _: None, self._failed, owner=self)

    def _failed(self, error: AppError) -> None:
        self._banner.tell("danger", sentence(error))
