"""The form of a training session; who was there is the roll-call's business."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ntmdesk.domain.kinds import Catalogue
from ntmdesk.errors import AppError
from ntmdesk.services import records
from ntmdesk.ui.forms.form import Form
from ntmdesk.ui.jobs import Jobs
from ntmdesk.ui.messages import sentence
from ntmdesk.ui.pages.references import References
from ntmdesk.ui.pages.underneath import ChangedUnderneath, Underneath, choose_first_words
from ntmdesk.ui.widgets.banner import Banner
from ntmdesk.ui.widgets.button import Button
from ntmdesk.ui.widgets.card import Card
from ntmdesk.ui.widgets.flow import FlowLayout

SECTIONS = ("session", "people", "figures", "more")


class SessionForm(Card):
    """``saved(id or "", changed values, seen dots)``; ``left`` when the person turns away."""

    saved = Signal(str, object, object)
    left = Signal()

    def __init__(
        self,
        jobs: Jobs[Any],
        catalogue: Catalogue,
        today: Callable[[], date],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent=parent)
        self._jobs = jobs
        self._id = ""
        self._seen: dict[str, Any] | None = None
        self._saving = False
        self.set_title(self.tr("New session"))
        self.form = Form(catalogue.kind("training"), catalogue, today, sections=SECTIONS)
        references = References(jobs, catalogue, self)
        self.form.set_suggest(references.suggest)
        self.form.set_name_of(references.name_of)
        self._banner = Banner()
        self.add(self._banner)
        self.underneath = ChangedUnderneath(catalogue)
        self.underneath.restore_asked.connect(self._restore_to_go_on)
        self.add(self.underneath)
        self.add(self.form)
        foot = FlowLayout()
        self.save_button = Button(self.tr("Save and call the roll"), "primary", keys="Ctrl+Return")
        self.save_button.clicked.connect(self._save)
        leave = Button(self.tr("Leave without saving"))
        leave.clicked.connect(self.left)
        foot.addWidget(self.save_button)
        foot.addWidget(leave)
        self.add_layout(foot)
        self.body.addStretch(1)

    def begin(self, values: Mapping[str, Any], draft: Mapping[str, Any]) -> None:
        """A new session; ``draft``: what was typed before and not saved."""
        self._id, self._seen = "", None
        self.underneath.clear()
        self.set_title(self.tr("New session"))
        self.form.set_values(values)
        if draft:
            self.form.fill(draft)
            self._banner.tell("info", self.tr("This is what you had begun."), seconds=8)
        else:
            self._banner.dismiss()

    def edit(self, row: Mapping[str, Any]) -> None:
        """An existing session."""
        self._id = str(row["id"])
        self.set_title(self.tr("Change the session"))
        self._banner.dismiss()
        self.underneath.clear()
        self.form.set_values(row)
        self.refresh()

    def refresh(self) -> None:
        """The session may have changed underneath: show it without losing a letter that was typed."""
        if self._id and not self._saving:
            self.underneath.look(self._jobs, ("training", self._id), self.form, self._rebased)

    def focus(self) -> None:
        """Into the first field."""
        self.form.focus_first()

    def finish(self) -> None:
        """Saved or given up."""
        self._id, self._seen, self._saving = "", None, False
        self.underneath.clear()
        self.form.set_values({})

    def is_new_and_dirty(self) -> bool:
        """Something was typed for a session that is not saved yet."""
        return not self._id and self.form.is_dirty()

    def values(self) -> dict[str, Any]:
        """Everything in the form."""
        return self.form.values()

    def show_error(self, error: AppError) -> None:
        """Problems at their fields, the rest above."""
        self._saving = False
        self.save_button.setEnabled(True)
        problems = error.details.get("problems")
        rest = self.form.show_problems(problems) if isinstance(problems, list | tuple) else []
        words = [self.form.words_of(problem) for problem in rest]
        self._banner.tell("danger", " ".join([sentence(error), *words]))
        self.form.focus_first_problem()

    def _rebased(self, found: Underneath) -> None:
        self._seen = dict(found.dots)

    def _restore_to_go_on(self) -> None:
        id = self._id
        self._jobs.run(
            lambda uow: records.restore(uow, "training", id),
            lambda _: self.refresh(),
            self.show_error,
            owner=self,
        )

    def _save(self) -> None:
        if self.underneath.pending:
            self._banner.tell("amber", choose_first_words())
            self.underneath.ask_first()
            return
        wrong = self.form.local_problems()
        if wrong:
            self.form.show_problems(wrong)
            self.form.focus_first_problem()
            return
        self._saving = True
        given = self.form.changed() if self._id else self.form.values()
        self.saved.emit(self._id, {k: v for k, v in given.items() if self._id or v is not None}, self._seen)
