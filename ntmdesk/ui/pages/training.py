"""Training: the sessions at the left; at the right the roll-call of one, or its form."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from PySide6.QtWidgets import QWidget

from ntmdesk.domain.kinds import Catalogue
from ntmdesk.domain.standings import counted, fits
from ntmdesk.errors import AppError
from ntmdesk.services import drafts, records, training
from ntmdesk.services.training import RollCall, SessionLine
from ntmdesk.store.unit_of_work import UnitOfWork
from ntmdesk.ui import theme
from ntmdesk.ui.jobs import Jobs
from ntmdesk.ui.pages.arguments import id_in, word_in
from ntmdesk.ui.pages.entry_list import Entry, EntryList
from ntmdesk.ui.pages.moments import choice_words
from ntmdesk.ui.pages.one_at_a_time import OneAtATime
from ntmdesk.ui.pages.roll_call import RollCallPanel
from ntmdesk.ui.pages.standing_chips import StandingFilter
from ntmdesk.ui.pages.training_form import SessionForm
from ntmdesk.ui.translation import short_date
from ntmdesk.ui.widgets.button import Button
from ntmdesk.ui.widgets.card import Card
from ntmdesk.ui.widgets.columns import Columns
from ntmdesk.ui.widgets.empty_state import EmptyState
from ntmdesk.ui.widgets.page import Page

DRAFT = "training"


class TrainingPage(Page):
    """Argument of ``arrive``: a session's id, ``{"roll_call": "newest"}`` or ``{"new": "1"}``."""

    kinds = frozenset({"training", "resident"})

    def __init__(
        self,
        jobs: Jobs[Any],
        catalogue: Catalogue,
        today: Callable[[], date],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._jobs, self._catalogue, self._today = jobs, catalogue, today
        self._wanted: str | None = None
        self._newest = False
        self._draft: str | None = None
        self.set_head(self.tr("Training"), self.tr("One field takes names, numbers, cards and whole lists"))
        columns = Columns(740)
        columns.add(self._build_list(), 2)
        self._right = OneAtATime()
        self._nothing = EmptyState(
            "graduation-cap",
            self.tr("No session chosen"),
            self.tr("Choose one at the left, or begin a new one with Ctrl+N."),
        )
        self._frame = Card()
        self._frame.add(self._nothing, 1)
        self._right.add(self._frame)
        self.roll = RollCallPanel(jobs, catalogue, today)
        self.roll.edit_asked.connect(self._edit)
        self.roll.delete_asked.connect(self._delete)
        self.roll.told.connect(self.told)
        self.roll.undo_offered.connect(self.undo_offered)
        self._right.add(self.roll)
        self.form = SessionForm(jobs, catalogue, today)
        self.form.saved.connect(self._save)
        self.form.left.connect(self._leave_form)
        self._right.add(self.form)
        columns.add(self._right, 3)
        self.rows.addWidget(columns, 1)

    def arrive(self, argument: object = None) -> None:
        self._newest = word_in(argument, "roll_call") == "newest"
        self._wanted = id_in(argument) or self._wanted
        if word_in(argument, "new"):
            self.new_session()
        self.refresh()
        if self._right.current() is self.roll:
            self.roll.box.setFocus()
        elif self._right.current() is not self.form:
            self.list.setFocus()

    def refresh(self) -> None:
        self._jobs.latest("training", training.sessions, self._show, owner=self)
        if self._right.current() is self.form:
            self.form.refresh()

    def leave(self) -> None:
        self._keep_draft()

    def new_session(self) -> None:
        """Begin a session, from the draft that was left behind if there is one."""

        def read(uow: UnitOfWork) -> tuple[dict[str, Any], drafts.Draft | None]:
            return training.start(uow), drafts.latest(uow, DRAFT)

        def show(found: tuple[dict[str, Any], drafts.Draft | None]) -> None:
            values, draft = found
            self._draft = draft.id if draft else None
            self.form.begin(values, dict(draft.body) if draft else {})
            self._right.show_only(self.form)
            self.form.focus()

        self._jobs.look(read, show, owner=self)

    def _build_list(self) -> Card:
        card = Card(self.tr("Sessions"))
        new = Button(self.tr("New session"), "primary", keys="Ctrl+N", icon="plus")
        new.clicked.connect(self.new_session)
        card.add(new)
        self.standing = StandingFilter()
        self.standing.changed.connect(lambda _: self.refresh())
        card.add(self.standing)
        self.list = EntryList(self.tr("Sessions"))
        self.list.setMinimumHeight(theme.px(200))
        self.list.chosen.connect(lambda key: self._open(str(key)))
        self.list.opened.connect(lambda _: self.roll.box.setFocus())
        card.add(self.list, 1)
        return card

    def _show(self, lines: list[SessionLine]) -> None:
        entries: list[Entry] = []
        month = ""
        self.standing.show_counts(counted([line.state for line in lines]))
        wanted_standing = self.standing.wanted()
        for line in lines:
            if wanted_standing is not None and not fits(line.state, wanted_standing):
                continue
            head = f"{line.date:%m/%Y}" if line.date else "–"
            if head != month:
                month = head
                entries.append(Entry(None, self.tr("Month {month}").format(month=month)))
            entries.append(self._entry(line))
        self.list.show_entries(entries)
        self._nothing.say(
            self.tr("No session chosen") if lines else self.tr("No session yet"),
            self.tr("Choose one at the left, or begin a new one with Ctrl+N."),
        )
        wanted, self._wanted = self._wanted, None
        if self._newest and lines:
            wanted, self._newest = lines[0].id, False
        if wanted and self.list.choose(wanted, tell=False):
            self._open(wanted)
            self.roll.box.setFocus()
        elif self._right.current() is not self.form:
            current = self.list.current()
            if current is None:
                self._right.show_only(self._frame)
            elif self.roll.session != current or self._right.current() is not self.roll:
                self._open(str(current))
            else:
                self.roll.reload()

    def _entry(self, line: SessionLine) -> Entry:
        topics = ", ".join(choice_words(self._catalogue, "topics", code) for code in line.topics)
        when = short_date(line.date) if line.date else "–"
        pill = self.tr("{n} present").format(n=line.attended) if line.attended is not None else ""
        detail = " · ".join(part for part in (when, topics, line.place) if part)
        return Entry(line.id, line.title, detail, pill, "good" if line.attended else "plain", line.state)

    def _open(self, id: str) -> None:
        self._keep_draft()
        self._right.show_only(self.roll)
        self.roll.show_session(id)

    def _edit(self, roll: RollCall) -> None:
        self._draft = None
        self.form.edit(roll.session)
        self._right.show_only(self.form)
        self.form.focus()

    def _save(self, id: str, values: dict[str, Any], seen: object) -> None:
        draft, self._draft = self._draft, None

        def work(uow: UnitOfWork) -> str:
            made = training.save_session(uow, values, id or None, seen if isinstance(seen, dict) else None)
            if draft is not None:
                drafts.drop(uow, draft)
            return made

        def failed(error: AppError) -> None:
            self._draft = draft
            self.form.show_error(error)

        self._jobs.run(work, self._saved, failed, owner=self)

    def _saved(self, id: str) -> None:
        self._wanted = id
        self.form.finish()
        self._right.show_only(self.roll)
        self.undo_offered.emit(self.tr("Session saved"), self._undo)
        self.refresh()

    def _leave_form(self) -> None:
        draft, self._draft = self._draft, None
        if draft is not None:
            self._jobs.run(lambda uow: drafts.drop(uow, draft), lambda _: None, owner=self)
        self.form.finish()
        self._right.show_only(self._frame)
        self.refresh()

    def _keep_draft(self) -> None:
        if self._right.current() is not self.form or not self.form.is_new_and_dirty():
            return
        values, draft = self.form.values(), self._draft

        def kept(id: str) -> None:
            self._draft = id

        self._jobs.run(lambda uow: drafts.save(uow, DRAFT, values, draft), kept, owner=self)

    def _delete(self, id: str) -> None:
        self._jobs.run(
            lambda uow: records.delete(uow, "training", id),
            lambda _: self.undo_offered.emit(self.tr("Session put in the trash"), self._undo),
            owner=self,
        )

    def _undo(self) -> None:
        self._jobs.run(records.undo, lambda _: self.told.emit("info", self.tr("Undone")), owner=self)
