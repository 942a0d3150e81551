"""Writing down a support visit, by keyboard, in half a minute."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from PySide6.QtWidgets import QWidget

from ntmdesk.domain.kinds import Catalogue
from ntmdesk.domain.visits import NextStep
from ntmdesk.errors import AppError
from ntmdesk.services import consents, records, visits
from ntmdesk.services.visits import CaseMove, Recorded, VisitDraft
from ntmdesk.ui.jobs import Jobs
from ntmdesk.ui.messages import sentence
from ntmdesk.ui.pages.moments import choice_words
from ntmdesk.ui.pages.problems import error_words, problems_of
from ntmdesk.ui.pages.underneath import Underneath, choose_first_words
from ntmdesk.ui.pages.visit_amending import AmendedVisit
from ntmdesk.ui.pages.visit_case import case_move
from ntmdesk.ui.pages.visit_draft import VisitDraftKeeper, visit_words
from ntmdesk.ui.pages.visit_reading import Start, Who, read_start, who_of
from ntmdesk.ui.pages.visit_sheet import VisitSheet
from ntmdesk.ui.pages.visit_who import VisitWho
from ntmdesk.ui.widgets.page import Page
from ntmdesk.ui.widgets.tab_order import thread

PLACES = {"training": "training", "vneid_case": "vneid"}
Row = dict[str, Any]


class VisitPage(Page):
    """``arrive`` takes None, a household's or a person's id in a dict, a visit to correct, or ``scan``.

    A draft is kept after each change and offered again when the page is opened next.
    """

    kinds = frozenset({"support_visit", "household", "resident", "consent", "vneid_case", "member", "hamlet"})

    def __init__(
        self,
        jobs: Jobs[Any],
        catalogue: Catalogue,
        today: Callable[[], date],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._catalogue = catalogue
        self._today = today
        self._amending: AmendedVisit | None = None
        self._begun = False
        self._saving = False
        self.sheet = VisitSheet(catalogue, today)
        self.form, self.side = self.sheet.form, self.sheet.side
        self.rows.addWidget(self.sheet, 1)
        self.who = VisitWho(jobs, catalogue, today, self.form, self.side, self)
        self.draft = VisitDraftKeeper(jobs, self.sheet, self.who, self._is_new, self)
        self._connect()
        self._say_head()

    def arrive(self, argument: object = None) -> None:
        self.refresh()
        wanted = argument if isinstance(argument, Mapping) else {}
        if isinstance(argument, str):
            wanted = {"household": argument}
        if wanted.get("kind") == "support_visit" and wanted.get("id"):
            self._open_visit(str(wanted["id"]))
        elif wanted.get("kind") in ("household", "resident") and wanted.get("id"):
            self._begin_for(str(wanted["kind"]), str(wanted["id"]))
        elif wanted.get("household") or wanted.get("resident"):
            kind = "resident" if wanted.get("resident") else "household"
            self._begin_for(kind, str(wanted[kind]), wanted)
        elif self._amending is None and self.form.is_empty():
            self.draft.look_for_one()
        self.form.who.edit.setFocus()
        if wanted.get("scan"):
            self.scan()

    def refresh(self) -> None:
        self._jobs.look(lambda uow: read_start(uow, self._catalogue), self._show_start, owner=self)
        self.who.refresh()
        if self._amending is not None and not self._saving:
            record = ("support_visit", self._amending.id)
            self.sheet.underneath.look(self._jobs, record, self._amending, self._rebased)

    def leave(self) -> None:
        self.draft.leave()

    def save(self, then_next: bool = True) -> None:
        """Write the visit down; ``then_next`` clears the form for the next household."""
        if self._saving or not self._ready():
            return
        if self.sheet.underneath.pending:
            self.told.emit("amber", choose_first_words())
            self.sheet.underneath.ask_first()
            return
        self.draft.stop()
        self._saving = True
        if self._amending is not None:
            self._amend(self._amending, then_next)
            return
        draft = self._visit_draft()
        said = self._told()

        def work(uow: Any) -> Recorded:
            return visits.record(uow, draft)

        self._jobs.run(work, lambda done: self._recorded(done, said, then_next), self._refused, owner=self)

    def scan(self) -> None:
        """Read a card for whom the visit is."""
        self.who.scan(self.window())

    def _connect(self) -> None:
        form, sheet = self.form, self.sheet
        form.edited.connect(self._edited)
        form.scan.clicked.connect(self.scan)
        form.new.entered.connect(form.chips.focus_first)
        form.chips.changed.connect(lambda _: thread(form))
        form.new.shown.connect(lambda: thread(form))
        self.who.edited.connect(self._edited)
        self.who.known.connect(self._offer_case)
        self.who.failed.connect(self._told_error)
        self.draft.restored.connect(self._restored)
        self.draft.undo_offered.connect(self.undo_offered)
        self.side.step_taken.connect(self._take_step)
        self.side.opened.connect(self._open_past)
        self.side.consent_given.connect(self._give_consent)
        sheet.save_next.clicked.connect(lambda: self.save(True))
        sheet.save_stay.clicked.connect(lambda: self.save(False))
        sheet.discard.clicked.connect(self._discard)
        sheet.delete.clicked.connect(self._delete)
        sheet.underneath.restore_asked.connect(self._restore_visit)

    def _show_start(self, start: Start) -> None:
        self.form.offer(start.around)
        self.side.show_today(start.today)
        if not self._begun and self._amending is None:
            self._begun = True
            self.form.set_values({name: value for name, value in start.values.items() if name != "lines"})

    def _begin_for(self, kind: str, id: str, more: Mapping[str, Any] | None = None) -> None:
        wanted = dict(more or {})

        def show(who: Who) -> None:
            self._stop_amending()
            self.draft.set_aside()
            self.form.clear()
            self.who.show(who)
            if wanted.get("follow_up_of"):
                self.form.follow(str(wanted["follow_up_of"]))
            if wanted.get("service"):
                self.form.take_service(str(wanted["service"]))
            else:
                self.form.chips.focus_first()

        self.who.find(kind, id, show)

    def _give_consent(self, resident: str, values: dict[str, Any]) -> None:
        self._jobs.run(
            lambda uow: consents.add_consent(uow, {**values, "subject": resident}),
            lambda _: self.undo_offered.emit(self.tr("Consent recorded"), self.undo),
            self._told_error,
            owner=self,
        )

    def _take_step(self, step: NextStep) -> None:
        if step.visit and step.code in ("follow_up", "finish_partial", "retry_failed"):
            self.form.follow(step.visit)
        if step.service:
            self.form.take_service(step.service)
        elif step.resident:
            self.go.emit("vneid", {"resident": step.resident})
        self._edited()

    def _open_past(self, key: object) -> None:
        if not isinstance(key, tuple):
            return
        kind, id = str(key[0]), str(key[1])
        if kind == "support_visit":
            self.leave()
            self._open_visit(id)
        else:
            self.go.emit(PLACES.get(kind, "people"), {"kind": kind, "id": id})

    def _open_visit(self, id: str) -> None:
        def read(uow: Any) -> tuple[Row, dict[str, Any], Who | None]:
            row = uow.records.get("support_visit", id)
            return row, dict(uow.records.dots("support_visit", row["id"])), who_of(uow, row)

        self._jobs.look(read, self._show_visit, self._told_error, owner=self)

    def _show_visit(self, found: tuple[Row, dict[str, Any], Who | None]) -> None:
        row, dots, who = found
        self.draft.set_aside()
        self.form.clear()
        self.form.set_values(row)
        kind = self._catalogue.kind("support_visit")
        self.sheet.underneath.clear()
        self._amending = AmendedVisit(self.form, kind, row, dots, self.who.look_up)
        self.who.clear()
        self.who.show_of(row, who)
        self.sheet.delete.show()
        self.sheet.offer.hide()
        self.sheet.say_draft("")
        self._say_head()

    def _rebased(self, found: Underneath) -> None:
        if self._amending is not None:
            self._amending.dots = dict(found.dots)

    def _restore_visit(self) -> None:
        if self._amending is not None:
            id = self._amending.id
            self._jobs.run(
                lambda uow: records.restore(uow, "support_visit", id),
                lambda _: self.refresh(),
                self._told_error,
                owner=self,
            )

    def _ready(self) -> bool:
        form = self.form
        form.clear_problems()
        found = form.local_problems()
        for field, words in found:
            form.say(field, words)
        if found:
            form.focus_problem(found[0][0])
            return False
        if not form.new.isHidden():
            problems = form.new.local_problems()
            if problems:
                form.new.show_problems(problems)
                return False
        return not form.line_problems()

    def _visit_draft(self) -> VisitDraft:
        parts: dict[str, Any] = self.form.new.draft() if not self.form.new.isHidden() else {}
        move = self._case_move() if self.form.services.follow_case.isChecked() else None
        cases = (move,) if move is not None else ()
        return VisitDraft(values=self.form.values(), draft_id=self.draft.id, cases=cases, **parts)

    def _told(self) -> str:
        what = visit_words(self.who.name(), len(self.form.lines.lines()))
        return self.tr("Saved: {what}").format(what=what)

    def _recorded(self, done: Recorded, said: str, then_next: bool) -> None:
        self._saving = False
        self.draft.forget()
        self.sheet.say_draft("")
        self.undo_offered.emit(said, self.undo)
        if then_next:
            self._next()
        else:
            self._open_visit(done.visit)

    def _next(self) -> None:
        self._stop_amending()
        self.form.clear()
        self.who.clear()
        self.form.who.edit.setFocus()

    def _stop_amending(self) -> None:
        if self._amending is not None:
            self._amending = None
            self.sheet.underneath.clear()
            self.form.set_values({"date": self._today().isoformat()})
        self.sheet.delete.hide()
        self._say_head()

    def _amend(self, amending: AmendedVisit, then_next: bool) -> None:
        id, changes = amending.id, amending.changes()
        if not changes:
            self._saving = False
            self._after_amend(id, then_next)
            return
        seen = amending.seen(changes)
        self._jobs.run(
            lambda uow: visits.amend(uow, id, changes, seen=seen),
            lambda _: self._amended(id, then_next),
            self._refused,
            owner=self,
        )

    def _amended(self, id: str, then_next: bool) -> None:
        self._saving = False
        self.undo_offered.emit(self.tr("Correction saved"), self.undo)
        self._after_amend(id, then_next)

    def _after_amend(self, id: str, then_next: bool) -> None:
        if then_next:
            self._next()
        else:
            self._open_visit(id)

    def _refused(self, error: AppError) -> None:
        self._saving = False
        self._edited()
        new = self.form.new
        if error.code == "possible_doubles":
            new.show_doubles(error.details.get("doubles") or [])
            self.told.emit("amber", sentence(error))
        elif error.code == "consent_required":
            self.told.emit("amber", sentence(error))
            if not new.isHidden():
                new.ask_consent()
        elif error.code == "invalid":
            problems = problems_of(error)
            if not new.isHidden():
                problems = new.show_problems(problems)
            left = self.form.show_problems(problems)
            self.told.emit("danger", " ".join(left) or sentence(error))
        else:
            self._told_error(error)

    def _told_error(self, error: AppError) -> None:
        self.told.emit("danger", error_words(error))

    def undo(self) -> None:
        """Take back the last save of the person at work."""
        self._jobs.run(records.undo, self._undone, self._told_error, owner=self)

    def _undone(self, done: Any) -> None:
        if self._amending is not None and done.kind == "support_visit":
            self._next()
        self.told.emit("good", self.tr("Undone"))

    def _delete(self) -> None:
        if self._amending is None:
            return
        id = self._amending.id
        self._jobs.run(
            lambda uow: records.delete(uow, "support_visit", id), self._deleted, self._told_error, owner=self
        )

    def _deleted(self, _: Any) -> None:
        self._next()
        self.undo_offered.emit(self.tr("The visit is in the trash"), self.undo)

    def _case_move(self) -> CaseMove | None:
        return case_move(self.form, self.who.statuses) if self._amending is None else None

    def _offer_case(self) -> None:
        move = self._case_move()
        if move is None:
            self.form.services.offer_case("")
            return
        status = choice_words(self._catalogue, "vneid_statuses", move.status)
        self.form.services.offer_case(
            self.tr("Write into the VNeID follow-up as well: {status}").format(status=status)
        )

    def _edited(self) -> None:
        self.sheet.offer.hide()
        self._offer_case()
        if self._is_new():
            self.draft.touch()

    def _is_new(self) -> bool:
        return self._amending is None and not self._saving

    def _restored(self) -> None:
        self._edited()
        self.form.chips.focus_first()

    def _discard(self) -> None:
        body = self.draft.worth_keeping()
        self._next()
        self.draft.stop()
        self.draft.keep()
        if body is not None:
            self.undo_offered.emit(self.tr("Form cleared"), lambda: self.draft.restore(body))

    def _say_head(self) -> None:
        if self._amending is None:
            self.set_head(
                self.tr("Write down a visit"),
                self.tr("Tab reaches every field; Enter chooses; 1–6 sets an outcome; Ctrl+Z undoes"),
            )
        else:
            self.set_head(
                self.tr("Correct a visit"), self.tr("Only what you change is saved, under your name")
            )
