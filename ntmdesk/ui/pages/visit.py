"""Writing down a support visit, by keyboard, in half a minute."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QWidget

from ntmdesk.domain.kinds import Catalogue
from ntmdesk.domain.visits import NextStep
from ntmdesk.errors import AppError
from ntmdesk.services import consents, drafts, people, persons, records, visits
from ntmdesk.services.clock import now
from ntmdesk.services.doubles import Double
from ntmdesk.services.people import HouseholdPage, ResidentPage, Suggested
from ntmdesk.services.timeline import visit_moment
from ntmdesk.services.visits import Recorded, VisitDraft
from ntmdesk.ui.jobs import Jobs
from ntmdesk.ui.messages import sentence
from ntmdesk.ui.pages.card_scan import ScanCard
from ntmdesk.ui.pages.draft_offer import DraftOffer
from ntmdesk.ui.pages.moments import moment_words
from ntmdesk.ui.pages.problems import error_words, problems_of
from ntmdesk.ui.pages.references import suggestion
from ntmdesk.ui.pages.visit_form import Around, VisitForm
from ntmdesk.ui.pages.visit_side import VisitSide
from ntmdesk.ui.widgets.button import Button
from ntmdesk.ui.widgets.card import Card
from ntmdesk.ui.widgets.columns import Columns
from ntmdesk.ui.widgets.flow import FlowLayout
from ntmdesk.ui.widgets.page import Page
from ntmdesk.ui.widgets.suggestions import Suggestion
from ntmdesk.ui.widgets.text import Text
from ntmdesk.ui.widgets.timeline import TimelineItem

PLACE = "visit"
SAVE_AFTER_MS = 700
"""Rest after a change before the draft is kept."""
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
        self._draft_id: str | None = None
        self._offered: drafts.Draft | None = None
        self._amending: tuple[Row, dict[str, Any]] | None = None
        self._who: dict[str, str] | None = None
        self._restoring: dict[str, Any] | None = None
        self._begun = False
        self._saving = False
        self.pause = QTimer(self)
        self.pause.setSingleShot(True)
        self.pause.setInterval(SAVE_AFTER_MS)
        self.pause.timeout.connect(self.save_draft)
        self._build()
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
            self._look_for_draft()
        self.form.who.edit.setFocus()
        if wanted.get("scan"):
            self.scan()

    def refresh(self) -> None:
        self._jobs.look(self._read_around, self._show_around, owner=self)
        if self._who is not None:
            self._load_side()

    def leave(self) -> None:
        if self.pause.isActive():
            self.pause.stop()
            self.save_draft()

    def save(self, then_next: bool = True) -> None:
        """Write the visit down; ``then_next`` clears the form for the next household."""
        if self._saving or not self._ready():
            return
        self.pause.stop()
        self._saving = True
        if self._amending is not None:
            self._amend(self._amending, then_next)
            return
        draft = self._draft()
        said = self._told()

        def work(uow: Any) -> Recorded:
            return visits.record(uow, draft)

        self._jobs.run(work, lambda done: self._recorded(done, said, then_next), self._refused, owner=self)

    def save_draft(self) -> None:
        """Keep what is typed, so that a crash loses nothing; an empty form drops its draft."""
        if self._amending is not None or self._saving:
            return
        draft_id, empty = self._draft_id, self.form.is_empty()
        body = self._body()

        def work(uow: Any) -> tuple[str | None, str]:
            if empty:
                if draft_id:
                    drafts.drop(uow, draft_id)
                return None, ""
            return drafts.save(uow, PLACE, body, draft_id), now(uow).strftime("%H:%M")

        if not empty or draft_id:
            self._jobs.run(work, self._draft_kept, owner=self)

    def scan(self) -> None:
        """Read a card; what it says is filled in, the picture and the text of it are kept nowhere."""
        dialog = ScanCard(self._jobs, self._catalogue, self._today, self.window())
        dialog.person_found.connect(self._scanned_known)
        dialog.person_new.connect(self._scanned_new)
        dialog.open()

    def _build(self) -> None:
        self.offer = DraftOffer()
        self.offer.taken.connect(self._take_draft)
        self.offer.dropped.connect(self._drop_draft)
        self.rows.addWidget(self.offer)
        columns = Columns(700)
        left = Card()
        self.form = VisitForm(self._catalogue, self._today)
        left.add(self.form)
        left.body.addStretch(1)
        foot = QWidget()
        across = QHBoxLayout(foot)
        across.setContentsMargins(0, 0, 0, 0)
        buttons = QWidget()
        flow = FlowLayout(buttons, 10)
        self.save_next = Button(self.tr("Save and next household"), "primary", "Ctrl+Return")
        self.save_stay = Button(self.tr("Save"), keys="Ctrl+S")
        self.discard = Button(self.tr("Clear"), "quiet")
        self.delete = Button(self.tr("Delete"), "quiet", icon="trash-2")
        for button in (self.save_next, self.save_stay, self.discard, self.delete):
            flow.addWidget(button)
        self._draft_words = Text("", "small")
        across.addWidget(buttons, 1)
        across.addWidget(self._draft_words)
        left.add(foot)
        self.side = VisitSide(self._catalogue)
        columns.add(left, 7)
        columns.add(self.side, 3)
        self.rows.addWidget(columns, 1)
        self._connect()

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
        self.side.step_taken.connect(self._take_step)
        self.side.opened.connect(self._open_past)
        self.side.consent_given.connect(self._give_consent)
        self.save_next.clicked.connect(lambda: self.save(True))
        self.save_stay.clicked.connect(lambda: self.save(False))
        self.discard.clicked.connect(self._discard)
        self.delete.clicked.connect(self._delete)
        self.delete.hide()

    def _read_around(self, uow: Any) -> tuple[Around, dict[str, Any], list[TimelineItem]]:
        members = tuple((m["id"], str(m.get("full_name", ""))) for m in persons.members_of(uow))
        hamlets = tuple((h["id"], str(h.get("name", ""))) for h in persons.hamlets_of(uow))
        around = Around(uow.author.person, members, hamlets, tuple(visits.frequent_services(uow)))
        written = []
        for row in visits.today_list(uow):
            who = _name_of(uow, row)
            words = moment_words(visit_moment(row), self._catalogue, {})
            written.append(
                TimelineItem(
                    str(row.get("start") or "•"), who or words, detail="", key=("support_visit", row["id"])
                )
            )
        return around, visits.start(uow), written

    def _show_around(self, read: tuple[Around, dict[str, Any], list[TimelineItem]]) -> None:
        around, start, written = read
        self.form.offer(around)
        self.side.show_today(written)
        if not self._begun and self._amending is None:
            self._begun = True
            self.form.set_values({name: value for name, value in start.items() if name != "lines"})
        if self._restoring is not None:
            body, self._restoring = self._restoring, None
            self._restore(body)

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
            self._choose(found.kind, found.id, found.name, found.household_id)
        self._edited()
        self.form.chips.focus_first()

    def _choose(self, kind: str, id: str, name: str, household: str) -> None:
        self._who = {"kind": kind, "id": id, "name": name, "household": household}
        self.form.new.hide()
        self.form.say("who", "")
        self.form.set_who(household or None, [(id, name)] if kind == "resident" else (), [id])
        self._load_side()

    def _unpicked(self) -> None:
        self._who = None
        self.form.set_who(None)
        self.side.clear()
        self._edited()

    def _load_side(self) -> None:
        who = dict(self._who or {})

        def read(uow: Any) -> HouseholdPage | ResidentPage:
            if who["household"]:
                return people.household_page(uow, who["household"])
            return people.resident_page(uow, who["id"])

        self._jobs.latest("visit-side", read, lambda page: self._show_side(who, page), owner=self)

    def _show_side(self, who: Mapping[str, str], page: HouseholdPage | ResidentPage) -> None:
        if self._who is None or self._who["id"] != who["id"]:
            return
        if isinstance(page, ResidentPage):
            self.side.show_resident(page, self._today())
            return
        resident = who["id"] if who["kind"] == "resident" else None
        self.side.show_household(page, resident, self._today())
        members = [(str(m.resident["id"]), str(m.resident.get("full_name", ""))) for m in page.members]
        known = {id for id, _ in members}
        chosen = [id for id in self.form.chosen_persons() if id in known]
        self.form.set_who(who["household"], members, chosen)

    def _begin_for(self, kind: str, id: str, more: Mapping[str, Any] | None = None) -> None:
        wanted = dict(more or {})

        def read(uow: Any) -> tuple[str, str, str]:
            row = uow.records.get(kind, id)
            if kind == "household":
                return row["id"], str(row.get("head_name", "")), row["id"]
            return row["id"], str(row.get("full_name", "")), str(row.get("household") or "")

        def show(found: tuple[str, str, str]) -> None:
            self._stop_amending()
            self.form.clear()
            self.form.who.set_picked(Suggestion(found[0], found[1]))
            self._choose(kind, *found)
            if wanted.get("follow_up_of"):
                self.form.follow(str(wanted["follow_up_of"]))
            if wanted.get("service"):
                self.form.take_service(str(wanted["service"]))
            else:
                self.form.chips.focus_first()

        self._jobs.look(read, show, owner=self)

    def _create(self, text: str, values: Mapping[str, Any] | None = None) -> None:
        household = None
        if self._who is not None and self._who["household"]:
            household = (self._who["household"], self._who["name"])
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

        def read(uow: Any) -> list[Double]:
            found = [
                double
                for kind, values in questions
                for double in people.doubles(uow, kind, records.fill_in(uow, kind, values))
            ]
            return sorted(found, key=lambda double: -double.score)

        self._jobs.latest(
            "visit-doubles",
            read,
            lambda found: new.show_doubles(found) if not new.isHidden() else None,
            owner=self,
        )

    def _use_double(self, double: Double) -> None:
        self._begin_known(double.kind, double.id)

    def _begin_known(self, kind: str, id: str) -> None:
        """As if found by typing; the services chosen so far stay."""

        def read(uow: Any) -> tuple[str, str, str]:
            row = uow.records.get(kind, id)
            name = str(row.get("head_name" if kind == "household" else "full_name", ""))
            return row["id"], name, row["id"] if kind == "household" else str(row.get("household") or "")

        def show(found: tuple[str, str, str]) -> None:
            self.form.new.hide()
            self.form.who.set_picked(Suggestion(found[0], found[1]))
            self._choose(kind, *found)
            self._edited()
            self.form.chips.focus_first()

        self._jobs.look(read, show, owner=self)

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
        kind, id = key
        if kind == "support_visit":
            self.leave()
            self._open_visit(str(id))
        else:
            self.go.emit(
                {"training": "training", "vneid_case": "vneid"}.get(kind, "people"), {"kind": kind, "id": id}
            )

    def _open_visit(self, id: str) -> None:
        def read(uow: Any) -> tuple[Row, dict[str, Any], tuple[str, str, str, str]]:
            row = uow.records.get("support_visit", id)
            return row, dict(uow.records.dots("support_visit", id)), _whose(uow, row)

        def show(read_: tuple[Row, dict[str, Any], tuple[str, str, str, str]]) -> None:
            row, dots, (kind, who, name, household) = read_
            self.form.clear()
            self.form.set_values(row)
            self._amending = (row, dots)
            self._who = None
            self.side.clear()
            if who:
                self.form.who.set_picked(Suggestion(who, name))
                self._choose(kind, who, name, household)
                helped = [str(person) for person in row.get("persons") or ()]
                self.form.set_who(household or None, [(person, "…") for person in helped], helped)
            self.delete.show()
            self.offer.hide()
            self._draft_words.setText("")
            self._say_head()

        self._jobs.look(read, show, self._told_error, owner=self)

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

    def _draft(self) -> VisitDraft:
        parts: dict[str, Any] = self.form.new.draft() if not self.form.new.isHidden() else {}
        return VisitDraft(values=self.form.values(), draft_id=self._draft_id, **parts)

    def _told(self) -> str:
        who = self.form.new.name() if not self.form.new.isHidden() else (self._who or {}).get("name", "")
        count = self.tr("%n service(s)", "", len(self.form.lines.lines()))
        return self.tr("Saved: {what}").format(what=" · ".join(part for part in (who, count) if part))

    def _recorded(self, done: Recorded, said: str, then_next: bool) -> None:
        self._saving = False
        self._draft_id = None
        self._draft_words.setText("")
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
            self.form.set_values({"date": self._today().isoformat()})
        self.delete.hide()
        self._say_head()

    def _amend(self, amending: tuple[Row, dict[str, Any]], then_next: bool) -> None:
        row, dots = amending
        values = self.form.values()
        shown = (
            "date",
            "place_type",
            "minutes",
            "members",
            "household",
            "persons",
            "persons_n",
            "lines",
            "notes",
        )
        changes = {
            name: values.get(name)
            for name in (*shown, "hamlet", "follow_up_of")
            if (name in values or name in shown) and values.get(name) != row.get(name)
        }
        if set(row.get("members") or ()) == set(values.get("members") or ()):
            changes.pop("members", None)
        if not changes:
            self._saving = False
            self._after_amend(str(row["id"]), then_next)
            return
        id = str(row["id"])
        self._jobs.run(
            lambda uow: visits.amend(uow, id, changes, seen={k: v for k, v in dots.items() if k in changes}),
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
            if left or not problems_of(error):
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
        id = str(self._amending[0]["id"])
        self._jobs.run(
            lambda uow: records.delete(uow, "support_visit", id), self._deleted, self._told_error, owner=self
        )

    def _deleted(self, _: Any) -> None:
        self._next()
        self.undo_offered.emit(self.tr("The visit is in the trash"), self.undo)

    def _edited(self) -> None:
        if self._amending is None:
            self.pause.start()

    def _body(self) -> dict[str, Any]:
        new = self.form.new
        return {
            "values": self.form.values(),
            "who": self._who,
            "typed": self.form.who.text(),
            "new": None if new.isHidden() else new.state(),
        }

    def _draft_kept(self, kept: tuple[str | None, str]) -> None:
        self._draft_id, at = kept
        words = self.tr("Draft kept at {time}").format(time=at) if at else ""
        self._draft_words.setText(words)

    def _look_for_draft(self) -> None:
        self._jobs.look(lambda uow: drafts.latest(uow, PLACE), self._draft_found, owner=self)

    def _draft_found(self, draft: drafts.Draft | None) -> None:
        self._offered = draft
        if draft is None or draft.id == self._draft_id or not self.form.is_empty():
            self.offer.hide()
            return
        who = (draft.body.get("who") or {}).get("name") or draft.body.get("typed") or ""
        lines = len((draft.body.get("values") or {}).get("lines") or ())
        count = self.tr("%n service(s)", "", lines)
        what = " · ".join(part for part in (str(who), count) if part)
        when = draft.saved_at.strftime("%H:%M %d/%m")
        self.offer.offer(self.tr("Not saved yet, from {when}: {what}").format(when=when, what=what))

    def _take_draft(self) -> None:
        if self._offered is not None:
            self._draft_id = self._offered.id
            self._restore(self._offered.body)
        self.offer.hide()

    def _drop_draft(self) -> None:
        draft = self._offered
        self.offer.hide()
        if draft is not None:
            self._jobs.run(lambda uow: drafts.drop(uow, draft.id), lambda _: None, owner=self)
            body = draft.body
            self.undo_offered.emit(self.tr("Draft dropped"), lambda: self._restore(body))

    def _discard(self) -> None:
        body, empty = self._body(), self.form.is_empty()
        was_amending = self._amending is not None
        self._next()
        self.save_draft()
        if not empty and not was_amending:
            self.undo_offered.emit(self.tr("Form cleared"), lambda: self._restore(body))

    def _restore(self, body: Mapping[str, Any]) -> None:
        self.form.begin(body.get("values") or {})
        who = body.get("who")
        self._who = None
        if who:
            self.form.who.set_picked(Suggestion(str(who["id"]), str(who["name"])))
            chosen = list((body.get("values") or {}).get("persons") or ())
            self._choose(str(who["kind"]), str(who["id"]), str(who["name"]), str(who["household"]))
            self.form.set_who(who["household"] or None, [(p, p) for p in chosen], chosen)
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


def _name_of(uow: Any, row: Row) -> str:
    return _whose(uow, row)[2]


def _whose(uow: Any, row: Row) -> tuple[str, str, str, str]:
    """Kind, id, name, household of who a visit was for; blanks when nobody was named."""
    household = str(row.get("household") or "")
    visited = list(row.get("persons") or ())
    for kind, id, name in (
        *(("resident", person, "full_name") for person in visited[:1]),
        ("household", household, "head_name"),
    ):
        found = uow.records.find(kind, id) if id else None
        if found:
            shown = str(uow.records.get(kind, found).get(name, ""))
            return kind, str(id), shown, household
    return "", "", "", household
