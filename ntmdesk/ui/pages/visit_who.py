"""Whom a visit is for: found by typing or by a card, known from the past, or written down new."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from ntmdesk.domain.kinds import Catalogue
from ntmdesk.services import people
from ntmdesk.services.doubles import Double
from ntmdesk.services.people import HouseholdPage, ResidentPage, Suggested
from ntmdesk.ui.jobs import Jobs
from ntmdesk.ui.pages.card_scan import ScanCard
from ntmdesk.ui.pages.references import suggestion
from ntmdesk.ui.pages.visit_form import VisitForm
from ntmdesk.ui.pages.visit_reading import Who, read_doubles, read_side, read_who, who_of
from ntmdesk.ui.pages.visit_side import VisitSide
from ntmdesk.ui.widgets.suggestions import Suggestion


class VisitWho(QObject):
    """Carries what is chosen to the form, and the past of it to the side.

    ``edited`` after each choice at the form, ``known`` when the past has come, ``failed``: an ``AppError``.
    """

    edited = Signal()
    known = Signal()
    failed = Signal(object)

    def __init__(
        self,
        jobs: Jobs[Any],
        catalogue: Catalogue,
        today: Callable[[], date],
        form: VisitForm,
        side: VisitSide,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._catalogue = catalogue
        self._today = today
        self._form = form
        self._side = side
        self.chosen: Who | None = None
        """The household or person; None for nobody yet, or somebody new."""
        self.statuses: Mapping[str, str] = {}
        """VNeID status of everybody who may have been helped."""
        self._connect()

    def name(self) -> str:
        """Whom the visit will be told of when it is saved; may be empty."""
        if not self._form.new.isHidden():
            return self._form.new.name()
        return self.chosen.name if self.chosen is not None else ""

    def show(self, who: Who) -> None:
        """As if chosen by typing, without telling so."""
        self._form.who.set_picked(Suggestion(who.id, who.name))
        self._choose(who)

    def show_of(self, visit: Mapping[str, Any], who: Who | None) -> None:
        """Whom a visit that was written down was for."""
        if who is not None:
            self.show(who)
            helped = [str(person) for person in visit.get("persons") or ()]
            self._form.set_who(who.household or None, [(person, "…") for person in helped], helped)

    def look_up(self, visit: Mapping[str, Any]) -> None:
        """The visit is for others than before: find and show them."""
        self._jobs.look(
            lambda uow: who_of(uow, dict(visit)), lambda who: self.show_of(visit, who), owner=self
        )

    def find(self, kind: str, id: str, show: Callable[[Who], None]) -> None:
        """Read a household or a resident for ``show``."""
        self._jobs.look(lambda uow: read_who(uow, kind, id), show, self.failed.emit, owner=self)

    def forget(self) -> None:
        """Nobody is chosen."""
        self.chosen = None

    def clear(self) -> None:
        """Nobody is chosen, and nobody's past stands beside the form."""
        self.forget()
        self._side.clear()

    def refresh(self) -> None:
        """The past of whoever is chosen may be another."""
        if self.chosen is not None:
            self._load_side(self.chosen)

    def create(self, text: str, values: Mapping[str, Any] | None = None) -> None:
        """Write somebody down new, into the chosen household if there is one."""
        chosen = self.chosen
        household = (chosen.household, chosen.name) if chosen is not None and chosen.household else None
        self._form.say("who", "")
        self._form.new.begin(text, household, values)
        self._form.new.focus_first()
        self.edited.emit()

    def begin_known(self, kind: str, id: str) -> None:
        """As if found by typing; the services chosen so far stay."""

        def show(who: Who) -> None:
            self._form.new.hide()
            self.show(who)
            self.edited.emit()
            self._form.chips.focus_first()

        self.find(kind, id, show)

    def scan(self, window: QWidget) -> None:
        """Read a card; what it says is filled in, the picture and the text of it are kept nowhere."""
        dialog = ScanCard(self._jobs, self._catalogue, self._today, window)
        dialog.person_found.connect(lambda resident: self.begin_known("resident", resident))
        dialog.person_new.connect(self.scanned_new)
        dialog.open()

    def scanned_new(self, values: Mapping[str, Any]) -> None:
        """A card of somebody whom nobody has written down."""
        name = str(values.get("full_name", ""))
        self._form.who.set_text(name)
        self.create(name, values)

    def _connect(self) -> None:
        form = self._form
        form.who.ask = self._ask
        form.who.picked.connect(self._picked)
        form.who.cleared.connect(self._unpicked)
        form.who.edited.connect(lambda _: self.edited.emit())
        form.who.create_asked.connect(self.create)
        form.new.check_wanted.connect(self._check_doubles)
        form.new.use.connect(self._use_double)
        form.new.cancelled.connect(self._not_new)

    def _ask(self, text: str) -> None:
        self._jobs.latest(
            "visit-who",
            lambda uow: people.suggest(uow, text),
            lambda found: self._form.who.offer(text, [suggestion(one) for one in found]),
            owner=self,
        )

    def _picked(self, picked: Suggestion) -> None:
        found = picked.data
        if isinstance(found, Suggested):
            self._choose(Who(found.kind, found.id, found.name, found.household_id))
        self.edited.emit()
        self._form.chips.focus_first()

    def _choose(self, who: Who) -> None:
        self.chosen = who
        self._form.new.hide()
        self._form.say("who", "")
        alone = [(who.id, who.name)] if who.kind == "resident" else []
        self._form.set_who(who.household or None, alone, [who.id])
        self._load_side(who)

    def _unpicked(self) -> None:
        self.chosen = None
        self._form.set_who(None)
        self._side.clear()
        self.edited.emit()

    def _load_side(self, who: Who) -> None:
        self._jobs.latest(
            "visit-side",
            lambda uow: read_side(uow, who),
            lambda page: self._show_side(who, page),
            lambda _: self._side.clear(),
            owner=self,
        )

    def _show_side(self, who: Who, page: HouseholdPage | ResidentPage) -> None:
        if self.chosen != who:
            return
        if isinstance(page, ResidentPage):
            self.statuses = {who.id: str((page.case or {}).get("status", "none"))}
            self._side.show_resident(page, self._today())
        else:
            self.statuses = {str(m.resident["id"]): m.case_status for m in page.members}
            resident = who.id if who.kind == "resident" else None
            self._side.show_household(page, resident, self._today())
            members = [(str(m.resident["id"]), str(m.resident.get("full_name", ""))) for m in page.members]
            there = {id for id, _ in members}
            chosen = [id for id in self._form.chosen_persons() if id in there]
            self._form.set_who(who.household, members, chosen)
        self.known.emit()

    def _check_doubles(self) -> None:
        new = self._form.new
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
        self.begin_known(double.kind, double.id)

    def _not_new(self) -> None:
        self._form.new.hide()
        self._form.who.edit.setFocus()
        self.edited.emit()
