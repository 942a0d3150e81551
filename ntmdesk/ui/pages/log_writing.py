"""What people write in the weekly log: saved by itself a moment after they stop typing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ntmdesk.domain.kinds import Catalogue
from ntmdesk.domain.weekly_log import NARRATIVE
from ntmdesk.errors import AppError
from ntmdesk.services import weekly_log
from ntmdesk.services.weekly_log import LogView
from ntmdesk.store.unit_of_work import UnitOfWork
from ntmdesk.ui import theme
from ntmdesk.ui.forms.form import Form
from ntmdesk.ui.jobs import Jobs
from ntmdesk.ui.messages import sentence
from ntmdesk.ui.pages.underneath import ChangedUnderneath, Underneath, choose_first_words
from ntmdesk.ui.widgets.banner import Banner
from ntmdesk.ui.widgets.text import Text

REST_MS = 1_200
"""Rest after the last key before what was written is saved."""
SECTIONS = ("situation", "difficulties", "proposals", "next_week")


class LogWriting(QWidget):
    """``saved(LogView)`` after each save; ``save_now`` before leaving or handing in."""

    saved = Signal(object)

    def __init__(
        self,
        jobs: Jobs[Any],
        catalogue: Catalogue,
        today: Callable[[], date],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._view: LogView | None = None
        self._seen: dict[str, Any] = {}
        self._sent: dict[str, Any] = {}
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, theme.px(theme.GAP_M), 0, 0)
        self._state = Text("", "small")
        rows.addWidget(self._state)
        self._banner = Banner()
        rows.addWidget(self._banner)
        self.underneath = ChangedUnderneath(catalogue)
        self.underneath.settled.connect(self._timer_again)
        rows.addWidget(self.underneath)
        self.form = Form(catalogue.kind("weekly_log"), catalogue, today, sections=SECTIONS)
        self.form.edited.connect(self._edited)
        rows.addWidget(self.form)
        rows.addStretch(1)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(REST_MS)
        self._timer.timeout.connect(self.save_now)

    def show_view(self, view: LogView) -> None:
        """Another week, or the same one as it stands now; what is being typed is not overwritten."""
        same = self._view is not None and self._view.week == view.week
        if same and not view.frozen and (self.form.is_dirty() or self._unsaved() != self._sent):
            if view.id and not self._sent:
                self.underneath.look(self._jobs, ("weekly_log", view.id), self.form, self._rebased)
            return
        self.underneath.clear()
        self._timer.stop()
        self._view = view
        self._seen, self._sent = dict(view.dots), {}
        self.form.set_values({name: view.narrative.get(name) for name in NARRATIVE})
        self.form.set_read_only(view.frozen)
        self._banner.dismiss()
        self._state.setText(
            self.tr("Handed in; open it again to change it.") if view.frozen else self.tr("Saved by itself.")
        )

    def focus_field(self, name: str) -> None:
        """Into the editor of a field."""
        self.form.field(name).control.setFocus()

    def save_now(self) -> bool:
        """Save what was written, if anything was; False when something typed cannot be saved yet."""
        self._timer.stop()
        view, changes = self._view, self._unsaved()
        if view is None or view.frozen:
            return True
        if self.underneath.pending:
            self._state.setText(choose_first_words())
            return False
        problems = self.form.local_problems()
        if problems:
            self.form.show_problems(problems)
            self._state.setText(self.tr("Not saved yet."))
            return False
        if not changes or changes == self._sent:
            return True
        self._sent = changes
        week, seen = view.week, dict(self._seen)

        def work(uow: UnitOfWork) -> LogView:
            return weekly_log.edit(uow, week, changes, seen or None)

        self._jobs.run(work, lambda after: self._saved(after, changes), self._failed, owner=self)
        return True

    def _unsaved(self) -> dict[str, Any]:
        """What differs from the log as shown, and what was saved since and then put back."""
        now = self.form.values()
        return {**{name: now.get(name) for name in self._sent}, **self.form.changed()}

    def _timer_again(self) -> None:
        """What was typed waited for a choice; now it is saved as usual."""
        self._timer.start()

    def _edited(self) -> None:
        self._state.setText(self.tr("Writing…"))
        self._timer.start()

    def _saved(self, view: LogView, changes: Mapping[str, Any]) -> None:
        if self._view is None or view.week != self._view.week:
            return
        self._banner.dismiss()
        self._state.setText(self.tr("Saved."))
        typing = self.isAncestorOf(self.focusWidget()) if self.focusWidget() is not None else False
        if self._unsaved() == changes and not typing:
            self._view = None
            self.show_view(view)
        else:
            self.form.settle(changes)
            self._sent = {}
            for name, dot in view.dots.items():
                if name.split("/")[0].lstrip("@") in changes:
                    self._seen[name] = dot
        self.saved.emit(view)

    def _rebased(self, found: Underneath) -> None:
        self._seen = dict(found.dots)

    def _failed(self, error: AppError) -> None:
        self._sent = {}
        problems = error.details.get("problems")
        rest = self.form.show_problems(problems) if isinstance(problems, list | tuple) else []
        self._state.setText(self.tr("Not saved yet."))
        self._banner.tell("danger", " ".join([sentence(error), *(self.form.words_of(p) for p in rest)]))
