"""Writing down a support visit, by keyboard, in half a minute."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from PySide6.QtWidgets import QWidget

from ntmdesk.domain.kinds import Catalogue
from ntmdesk.domain.visits import NextStep
from ntmdesk.errors import AppError
from ntmdesk.services import consents, people, records, visits
from ntmdesk.services.doubles import Double
from ntmdesk.services.drafts import Draft
from ntmdesk.services.people import HouseholdPage, ResidentPage, Suggested
from ntmdesk.services.visits import CaseMove, Recorded, VisitDraft
from ntmdesk.ui.jobs import Jobs
from ntmdesk.ui.messages import sentence
from ntmdesk.ui.pages.card_scan import ScanCard
from ntmdesk.ui.pages.draft_keeper import DraftKeeper
from ntmdesk.ui.pages.moments import choice_words
from ntmdesk.ui.pages.problems import error_words, problems_of
from ntmdesk.ui.pages.references import suggestion
from ntmdesk.ui.pages.underneath import Underneath, choose_first_words
from ntmdesk.ui.pages.visit_amending import AmendedVisit
from ntmdesk.ui.pages.visit_case import step_of
from ntmdesk.ui.pages.visit_reading import (
    Start,
    Who,
    read_doubles,
    read_side,
    read_start,
    read_who,
    who_of,
)
from ntmdesk.ui.pages.visit_sheet import VisitSheet
from ntmdesk.ui.widgets.page import Page
from ntmdesk.ui.widgets.suggestions import Suggestion
from ntmdesk.ui.widgets.tab_order import thread

PLACE = "visit"
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
        self._who: Who | None = None
        self._statuses: dict[str, str] = {}
        self._begun = False
        self._saving = False
        self.sheet = VisitSheet(catalogue, today)
        self.form, self.side = self.sheet.form, self.sheet.side
        self.rows.addWidget(self.sheet, 1)
        self.draft = DraftKeeper(jobs, PLACE, self._worth_keeping, self)
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
            self.draft.look(self._draft_found)
        self.form.who.edit.setFocus()
        if wanted.get("scan"):
            self.scan()

    def refresh(self) -> None:
        self._jobs.look(lambda uow: read_start(uow, self._catalogue), self._show_start, owner=self)
        if self._who is not None:
            self._load_side(self._who)
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
        """Read a card; what it says is filled in, the picture and the text of it are kept nowhere."""
        dialog = ScanCard(self._jobs, self._catalogue, self._today, self.window())
        dialog.person_found.connect(self._scanned_known)
        dialog.person_new.connect(self._scanned_new)
        dialog.open()

    def _connect(self) -> None:
        form = self.form
        form.edited.connect(self._edited)
        form.who.ask = self._ask_who
        form.who.picked.connect(self._picked)
        form.who.cleared.connect(self._unpicked)
        form.who.edited.connect(lambda _: self._edited())
        form.who.create_asked.connect(self._create)
        form.scan.clicked.connect(self.scan)
        form.new.check_wanted.connect(self._check_doubles)
        form.new.use.connect(self._use_double)
        form.new.cancelled.connect(self._not_new)
        form.new.entered.connect(form.chips.focus_first)
        form.chips.changed.connect(lambda _: thread(form))
        form.new.shown.connect(lambda: thread(form))
        self.side.step_taken.connect(self._take_step)
        self.side.opened.connect(self._open_past)
        self.side.consent_given.connect(self._give_consent)
        sheet = self.sheet
        sheet.save_next.clicked.connect(lambda: self.save(True))
        sheet.save_stay.clicked.connect(lambda: self.save(False))
        sheet.discard.clicked.connect(self._discard)
        sheet.delete.clicked.connect(self._delete)
        sheet.underneath.restore_asked.connect(self._restore_visit)
        sheet.offer.taken.connect(self._take_draft)
        sheet.offer.dropped.connect(self._drop_draft)
        self.draft.kept.connect(sheet.say_draft)

    def _show_start(self, start: Start) -> None:
        self.form.offer(start.around)
        self.side.show_today(start.today)
        if not self._begun and self._amending is None:
            self._begun = True
            self.form.set_values({name: value for name, value in start.values.items() if name != "lines"})

    def _ask_who(self, text: str) -> None:
        self._jobs.latest(
            "visit-who",
            lambda uow: people.suggest(uow, text),
            lambda found: self.form.who.offer(text, [suggestion(one) for one in found]),
            owner=self,
        )

    def _picked(self, picked: Suggestion) -> None:
        found = picked.data
        if isinstance(found, Suggested):
            self._choose(Who(found.kind, found.id, found.name, found.household_id))
        self._edited()
        self.form.chips.focus_first()

    def _choose(self, who: Who) -> None:
        self._who = who
        self.form.new.hide()
        self.form.say("who", "")
        alone = [(who.id, who.name)] if who.kind == "resident" else []
        self.form.set_who(who.household or None, alone, [who.id])
        self._load_side(who)

    def _unpicked(self) -> None:
        self._who = None
        self.form.set_who(None)
        self.side.clear()
        self._edited()

    def _load_side(self, who: Who) -> None:
        self._jobs.latest(
            "visit-side",
            lambda uow: read_side(uow, who),
            lambda page: self._show_side(who, page),
            lambda _: self.side.clear(),
            owner=self,
        )

    def _show_side(self, who: Who, page: HouseholdPage | ResidentPage) -> None:
        if self._who != who:
            return
        if isinstance(page, ResidentPage):
            self._statuses = {who.id: str((page.case or {}).get("status", "none"))}
            self.side.show_resident(page, self._today())
            self._offer_case()
            return
        self._statuses = {str(m.resident["id"]): m.case_status for m in page.members}
        resident = who.id if who.kind == "resident" else None
        self.side.show_household(page, resident, self._today())
        members = [(str(m.resident["id"]), str(m.resident.get("full_name", ""))) for m in page.members]
        known = {id for id, _ in members}
        chosen = [id for id in self.form.chosen_persons() if id in known]
        self.form.set_who(who.household, members, chosen)
        self._offer_case()

    def _begin_for(self, kind: str, id: str, more: Mapping[str, Any] | None = None) -> None:
        wanted = dict(more or {})

        def show(who: Who) -> None:
            self._stop_amending()
            self.draft.set_aside()
            self.form.clear()
            self.form.who.set_picked(Suggestion(who.id, who.name))
            self._choose(who)
            if wanted.get("follow_up_of"):
                self.form.follow(str(wanted["follow_up_of"]))
            if wanted.get("service"):
                self.form.take_service(str(wanted["service"]))
            else:
                self.form.chips.focus_first()

        self._jobs.look(lambda uow: read_who(uow, kind, id), show, self._told_error, owner=self)

    def _create(self, text: str, values: Mapping[str, Any] | None = None) -> None:
        household = None
        if self._who is not None and self._who.household:
            household = (self._who.household, self._who.name)
        self.form.say("who", "")
        self.form.new.begin(text, household, values)
        self.form.new.focus_first()
        self._edited()

    def _check_doubles(self) -> None:
        new = self.form.new
        questions = new.double_questions()
        if new.sure or not new.name():
            new.show_doubles([])
            return

        self._jobs.latest(
            "visit-doubles",
            lambda uow: read_doubles(uow, questions),
            lambda found: new.show_doubles(found) if not new.isHidden() else None,
            owner=self,
        )

    def _use_double(self, double: Double) -> None:
        self._begin_known(double.kind, double.id)

    def _begin_known(self, kind: str, id: str) -> None:
        """As if found by typing; the services chosen so far stay."""

        def show(who: Who) -> None:
            self.form.new.hide()
            self.form.who.set_picked(Suggestion(who.id, who.name))
            self._choose(who)
            self._edited()
            self.form.chips.focus_first()

        self._jobs.look(lambda uow: read_who(uow, kind, id), show, self._told_error, owner=self)

    def _not_new(self) -> None:
        self.form.new.hide()
        self.form.who.edit.setFocus()
        self._edited()

    def _scanned_known(self, resident: str) -> None:
        self._begin_known("resident", resident)

    def _scanned_new(self, values: dict[str, Any]) -> None:
        self.form.who.set_text(str(values.get("full_name", "")))
        self._create(str(values.get("full_name", "")), values)

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
        self._amending = AmendedVisit(self.form, kind, row, dots, self._who_changed)
        self._who = None
        self.side.clear()
        self._show_who(row, who)
        self.sheet.delete.show()
        self.sheet.offer.hide()
        self.sheet.say_draft("")
        self._say_head()

    def _show_who(self, row: Mapping[str, Any], who: Who | None) -> None:
        if who is not None:
            self.form.who.set_picked(Suggestion(who.id, who.name))
            self._choose(who)
            helped = [str(person) for person in row.get("persons") or ()]
            self.form.set_who(who.household or None, [(person, "…") for person in helped], helped)

    def _who_changed(self, row: Mapping[str, Any]) -> None:
        self._jobs.look(lambda uow: who_of(uow, dict(row)), lambda who: self._show_who(row, who), owner=self)

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
        move = self._case_move() if self.form.follow_case.isChecked() else None
        cases = (move,) if move is not None else ()
        return VisitDraft(values=self.form.values(), draft_id=self.draft.id, cases=cases, **parts)

    def _told(self) -> str:
        known = self._who.name if self._who is not None else ""
        who = known if self.form.new.isHidden() else self.form.new.name()
        count = self.tr("%n service(s)", "", len(self.form.lines.lines()))
        return self.tr("Saved: {what}").format(what=" · ".join(part for part in (who, count) if part))

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
        self._who = None
        self.side.clear()
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
        """What the services mean for the VNeID follow-up of the one person helped."""
        new = self.form.new
        if self._amending is not None:
            return None
        if new.isHidden():
            helped = self.form.chosen_persons()
            if len(helped) != 1 or helped[0] not in self._statuses:
                return None
            step = step_of(self.form.lines.rows(), self._statuses[helped[0]])
            return CaseMove(helped[0], step.status, appointment=step.appointment) if step else None
        step = step_of(self.form.lines.rows(), "none")
        if step is None or not new.draft()["new_residents"]:
            return None
        return CaseMove(0, step.status, appointment=step.appointment)

    def _offer_case(self) -> None:
        move = self._case_move()
        if move is None:
            self.form.offer_case("")
            return
        status = choice_words(self._catalogue, "vneid_statuses", move.status)
        self.form.offer_case(
            self.tr("Write into the VNeID follow-up as well: {status}").format(status=status)
        )

    def _edited(self) -> None:
        self.sheet.offer.hide()
        self._offer_case()
        if self._amending is None and not self._saving:
            self.draft.touch()

    def _worth_keeping(self) -> dict[str, Any] | None:
        if self._amending is not None or self._saving or self.form.is_empty():
            return None
        return self._body()

    def _body(self) -> dict[str, Any]:
        new = self.form.new
        return {
            "values": self.form.values(),
            "who": self._who.body() if self._who is not None else None,
            "typed": self.form.who.text(),
            "new": None if new.isHidden() else new.state(),
        }

    def _draft_found(self, draft: Draft | None) -> None:
        if draft is None or not self.form.is_empty():
            self.sheet.offer.hide()
            return
        who = (draft.body.get("who") or {}).get("name") or draft.body.get("typed") or ""
        lines = len((draft.body.get("values") or {}).get("lines") or ())
        count = self.tr("%n service(s)", "", lines)
        what = " · ".join(part for part in (str(who), count) if part)
        when = draft.saved_at.strftime("%H:%M %d/%m")
        self.sheet.offer.offer(self.tr("Not saved yet, from {when}: {what}").format(when=when, what=what))

    def _take_draft(self) -> None:
        self.sheet.offer.hide()
        self._restore(self.draft.take())

    def _drop_draft(self) -> None:
        self.sheet.offer.hide()
        body = self.draft.drop()
        self.undo_offered.emit(self.tr("Draft dropped"), lambda: self._restore(body))

    def _discard(self) -> None:
        body = self._worth_keeping()
        self._next()
        self.draft.stop()
        self.draft.keep()
        if body is not None:
            self.undo_offered.emit(self.tr("Form cleared"), lambda: self._restore(body))

    def _restore(self, body: Mapping[str, Any]) -> None:
        values, who = dict(body.get("values") or {}), body.get("who")
        self.form.begin(values)
        self._who = None
        if who:
            known = Who(**who)
            self.form.who.set_picked(Suggestion(known.id, known.name))
            self._choose(known)
            helped = [str(person) for person in values.get("persons") or ()]
            self.form.set_who(known.household or None, [(person, "…") for person in helped], helped)
        else:
            self.form.who.set_text(str(body.get("typed") or ""))
        if body.get("new"):
            self.form.new.restore(body["new"])
        self._edited()
        self.form.chips.focus_first()

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
