"""Households and the people in them: find, look, write down, correct, join, separate."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from ntmdesk.domain.kinds import Catalogue
from ntmdesk.domain.text import fold
from ntmdesk.domain.visits import NextStep
from ntmdesk.errors import AppError
from ntmdesk.services import consents, people, records
from ntmdesk.services.doubles import Double
from ntmdesk.services.people import HouseholdPage, Suggested
from ntmdesk.ui import theme
from ntmdesk.ui.jobs import Jobs
from ntmdesk.ui.messages import sentence
from ntmdesk.ui.models.long_list import Change, Lines, change
from ntmdesk.ui.pages.household import HouseholdView
from ntmdesk.ui.pages.household_lines import ListLine, found_line, household_line, person_line
from ntmdesk.ui.pages.household_list import HouseholdList
from ntmdesk.ui.pages.record_editor import RecordEditor
from ntmdesk.ui.pages.references import suggestion
from ntmdesk.ui.translation import number
from ntmdesk.ui.widgets.button import Button
from ntmdesk.ui.widgets.card import Card
from ntmdesk.ui.widgets.columns import Columns
from ntmdesk.ui.widgets.empty_state import EmptyState
from ntmdesk.ui.widgets.flow import FlowLayout
from ntmdesk.ui.widgets.page import Page

PEOPLE_FOUND = 8
STAYS_HERE = frozenset({"household", "resident", "consent"})
OF_KIND = {"support_visit": "visit", "training": "training", "vneid_case": "vneid"}


class PeoplePage(Page):
    """``arrive`` takes a household's, resident's or consent's id in a dict, ``chips``, or ``new``."""

    kinds = frozenset(
        {"household", "resident", "consent", "support_visit", "vneid_case", "sameness", "training"}
    )

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
        self._household = ""
        self._loaded_chips: tuple[str, ...] = ()
        self._homes: Lines[ListLine] = Lines.of(())
        self._build()
        self.set_head(self.tr("Households and people"), self.tr("Type a name; arrows walk the list"))

    def arrive(self, argument: object = None) -> None:
        wanted = argument if isinstance(argument, Mapping) else {}
        if isinstance(argument, str):
            wanted = {"kind": "household", "id": argument}
        if wanted.get("chips") is not None:
            self.list.search.clear()
            self.list.chips.choose(list(wanted["chips"]))
        self.refresh()
        if wanted.get("new"):
            self.begin_new(str(wanted["new"]))
        elif wanted.get("id"):
            self._find(str(wanted.get("kind", "household")), str(wanted["id"]))
        else:
            self.list.search.setFocus()

    def refresh(self) -> None:
        self._load_list()
        if self._household:
            self._load(self._household)
        if self.stack.currentWidget() is self._editor_card:
            self.editor.refresh()

    def leave(self) -> None:
        self.editor.leave()

    def begin_new(self, kind: str = "household", values: Mapping[str, Any] | None = None) -> None:
        """Open an empty form."""
        self.editor.new(kind, values)
        self.stack.setCurrentWidget(self._editor_card)

    def open_household(self, id: str) -> None:
        """Show the household in the right column."""
        self._household = id
        self._load(id)

    def _build(self) -> None:
        columns = Columns(740)
        left = Card()
        left.setMinimumWidth(theme.px(280))  # two filters side by side
        top = QWidget()
        flow = FlowLayout(top, 4)
        self.new_button = Button(self.tr("New household"), icon="plus", keys="Ctrl+N")
        self.import_button = Button(self.tr("Import a list"), "quiet", icon="upload")
        self.new_button.clicked.connect(lambda: self.begin_new("household"))
        self.import_button.clicked.connect(lambda: self.go.emit("records", {"import": "household"}))
        flow.addWidget(self.new_button)
        flow.addWidget(self.import_button)
        self.list = HouseholdList()
        self.list.asked.connect(self._asked)
        self.list.chosen.connect(self._chosen)
        self.list.create_asked.connect(lambda: self.begin_new("household"))
        left.add(top)
        left.add(self.list, 1)
        columns.add(left, 4)
        self.stack = QStackedWidget()
        empty = Card()
        self._empty = EmptyState(
            "users",
            self.tr("Choose a household"),
            self.tr("Its people, devices, visits and what to do next show here."),
        )
        empty.add(self._empty, 1)
        self.view = HouseholdView(self._catalogue)
        self._editor_card = Card()
        self.editor = RecordEditor(self._jobs, self._catalogue, self._today)
        self._editor_card.add(self.editor, 1)
        for widget in (empty, self.view, self._editor_card):
            self.stack.addWidget(widget)
        right = QWidget()
        rows = QVBoxLayout(right)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(theme.px(theme.GAP_L))
        rows.addWidget(self.stack)
        columns.add(right, 9)
        self.rows.addWidget(columns, 1)
        self._connect()

    def _connect(self) -> None:
        view = self.view
        view.visit_asked.connect(lambda id: self.go.emit("visit", {"household": id}))
        view.edit_asked.connect(lambda id: self._edit("household", id))
        view.add_person_asked.connect(lambda id: self.begin_new("resident", {"household": id}))
        view.members.edit_asked.connect(lambda id: self._edit("resident", id))
        view.members.vneid_asked.connect(lambda id: self.go.emit("vneid", {"resident": id}))
        view.members.withdraw_asked.connect(self._withdraw)
        view.consent_given.connect(self._give_consent)
        view.step_taken.connect(self._take_step)
        view.opened.connect(self._open_past)
        view.join_with.connect(self._join)
        view.not_same.connect(self._not_same)
        view.separate.connect(self._separate)
        view.join_search.ask = self._ask_join
        self.editor.saved.connect(self._saved)
        self.editor.closed.connect(self._closed)
        self.editor.use.connect(self._use)
        self.editor.told.connect(self.told)
        self.editor.undo_offered.connect(self.undo_offered)

    def _asked(self) -> None:
        """Typing looks through what is loaded; other chips load anew."""
        if self.list.filters()[0] != self._loaded_chips:
            self._load_list()
        else:
            self._show_found()

    def _load_list(self) -> None:
        chips, before, today = self.list.filters()[0], self._homes, self._today()

        def read(uow: Any) -> tuple[Change[ListLine], Mapping[str, int]]:
            overview = people.household_overview(uow, chips)
            homes = Lines.of([household_line(home, today) for home in overview.lines])
            return change(before, homes), overview.counts

        def show(found: tuple[Change[ListLine], Mapping[str, int]]) -> None:
            homes, counts = found
            same, self._loaded_chips, self._homes = chips == self._loaded_chips, chips, homes.after
            if same and not self.list.filters()[1]:
                self.list.follow(homes, keep=self._household)
            else:
                self._show_found()
            self._show_counts(counts)

        self._jobs.latest("household-list", read, show, owner=self)

    def _show_found(self) -> None:
        chips, text = self.list.filters()
        words = fold(text).split()
        homes = self._homes
        if words:
            homes = Lines.of([line for line in homes.all if all(word in line.key for word in words)])
        self.list.show_lines(homes, keep=self._household)
        if not text or chips:
            return

        def show(found: list[Suggested]) -> None:
            if self.list.filters() == (chips, text):
                there = [s for s in found if s.kind == "resident" or s.id not in homes.at]
                lines = [person_line(s) if s.kind == "resident" else found_line(s) for s in there]
                self.list.show_lines(Lines.of([*homes.all, *lines[:PEOPLE_FOUND]]), keep=self._household)

        self._jobs.latest(
            "household-people", lambda uow: people.suggest(uow, text, PEOPLE_FOUND * 2), show, owner=self
        )

    def _show_counts(self, counts: Mapping[str, int]) -> None:
        self.list.show_counts({code: n for code, n in counts.items() if code != "all"})
        words = self.tr("{n} households").format(n=number(counts["all"]))
        self.set_head(self.tr("Households and people"), words)

    def _chosen(self, line: ListLine) -> None:
        if line.household:
            self.open_household(line.household)
        elif line.kind == "resident":
            self._edit("resident", line.id)

    def _load(self, id: str) -> None:
        def read(uow: Any) -> tuple[HouseholdPage, list[str]]:
            page = people.household_page(uow, id)
            others = [i for i in uow.samenesses.group(page.household["id"]) if i != page.household["id"]]
            names = [str(uow.records.get("household", i, deleted=True).get("head_name", i)) for i in others]
            return page, names

        self._jobs.latest("household-page", read, self._show, self._gone, owner=self)

    def _show(self, read: tuple[HouseholdPage, list[str]]) -> None:
        page, joined = read
        if self.stack.currentWidget() is self._editor_card and self.view.household == page.household["id"]:
            self.view.show_page(page, joined, self._today())
            return
        self._household = str(page.household["id"])
        self.view.show_page(page, joined, self._today())
        self.stack.setCurrentWidget(self.view)

    def _gone(self, error: AppError) -> None:
        self._household = ""
        self.stack.setCurrentIndex(0)
        if error.code != "not_found":
            self.told.emit("danger", sentence(error))

    def _find(self, kind: str, id: str) -> None:
        """Open whatever the id names: a resident's or a consent's household when there is one."""

        def read(uow: Any) -> tuple[str, str]:
            if kind == "household":
                return "household", id
            row = uow.records.get(kind, id)
            if kind == "consent":
                row = uow.records.get("resident", str(row["subject"]))
            if row.get("household"):
                return "household", str(row["household"])
            return "resident", str(row["id"])

        def show(found: tuple[str, str]) -> None:
            if found[0] == "household":
                self.open_household(found[1])
            else:
                self._edit("resident", found[1])

        self._jobs.look(read, show, self._fail, owner=self)

    def _edit(self, kind: str, id: str) -> None:
        self.editor.open(kind, id)
        self.stack.setCurrentWidget(self._editor_card)

    def _saved(self, kind: str, id: str) -> None:
        self.stack.setCurrentIndex(0)
        self._find(kind, id)

    def _closed(self, kind: str, id: str) -> None:
        self.stack.setCurrentIndex(0)
        if id and kind == "household":
            self._household = id
        if self._household:
            self._load(self._household)
        self.list.search.setFocus()

    def _use(self, double: Double) -> None:
        self.stack.setCurrentIndex(0)
        self._find(double.kind, double.id)

    def _take_step(self, step: NextStep) -> None:
        if step.code == "consent_missing" and step.resident:
            self.view.ask_consent(step.resident)
        elif step.service:
            again = {"follow_up_of": step.visit} if step.visit else {}
            self.go.emit("visit", {"household": self._household, "service": step.service, **again})
        elif step.resident:
            self.go.emit("vneid", {"resident": step.resident})
        else:
            self.go.emit("visit", {"household": self._household})

    def _open_past(self, key: object) -> None:
        if not isinstance(key, tuple):
            return
        kind, id = str(key[0]), str(key[1])
        if kind in STAYS_HERE:
            if kind != "consent":
                self._edit(kind, id)
        else:
            self.go.emit(OF_KIND.get(kind, "records"), {"kind": kind, "id": id})

    def _give_consent(self, resident: str, values: dict[str, Any]) -> None:
        self._write(
            lambda uow: consents.add_consent(uow, {**values, "subject": resident}),
            self.tr("Consent recorded"),
        )

    def _withdraw(self, resident: str) -> None:
        def work(uow: Any) -> None:
            state = people.consent_of(uow, resident)
            if state.consent_id:
                people.withdraw_consent(uow, state.consent_id)

        self._write(work, self.tr("Consent withdrawn"))

    def _join(self, other: str) -> None:
        here = self._household
        self._write(lambda uow: records.merge(uow, "household", other, here), self.tr("Joined"))

    def _not_same(self, other: str) -> None:
        a, b = sorted((self._household, other))
        values = {"of": "household", "a": a, "b": b, "verdict": "different"}
        self._write(lambda uow: records.add(uow, "sameness", values), self.tr("Noted: different households"))

    def _separate(self) -> None:
        here = self._household
        self._write(lambda uow: records.unmerge(uow, "household", here), self.tr("Separated"))

    def _ask_join(self, text: str) -> None:
        here = self._household
        self._jobs.latest(
            "join",
            lambda uow: [s for s in people.suggest(uow, text, 24) if s.kind == "household" and s.id != here],
            lambda found: self.view.join_search.offer(text, [suggestion(one) for one in found]),
            owner=self,
        )

    def _write(self, work: Callable[[Any], object], words: str) -> None:
        self._jobs.run(
            work, lambda _: self.undo_offered.emit(words, self.editor.undo), self._fail, owner=self
        )

    def _fail(self, error: AppError) -> None:
        self.told.emit("danger", sentence(error))
