"""The first page: what was done today, what to do next, how the week stands."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from PySide6.QtWidgets import QVBoxLayout, QWidget

from ntmdesk.domain.kinds import Catalogue
from ntmdesk.domain.text import split_name
from ntmdesk.services import home, people
from ntmdesk.services.home import Glance, Task
from ntmdesk.ui import theme
from ntmdesk.ui.jobs import Jobs
from ntmdesk.ui.pages.home_tasks import TaskList, task_line
from ntmdesk.ui.pages.moments import choice_words
from ntmdesk.ui.pages.walk_list import print_html, walk_html
from ntmdesk.ui.translation import long_date, number
from ntmdesk.ui.widgets.action_card import ActionCard
from ntmdesk.ui.widgets.button import Button
from ntmdesk.ui.widgets.card import Card
from ntmdesk.ui.widgets.charts import Bar, BarChart
from ntmdesk.ui.widgets.columns import Columns
from ntmdesk.ui.widgets.empty_state import EmptyState
from ntmdesk.ui.widgets.meter import Meter
from ntmdesk.ui.widgets.page import Page
from ntmdesk.ui.widgets.tiles import Tiles

HOUSEHOLDS_HELPED = "I08"
DAY_S = 86_400


class HomePage(Page):
    """Everything is read in one look; a commit anywhere refreshes it."""

    kinds = frozenset(
        {"support_visit", "vneid_case", "household", "resident", "training", "target", "team", "hamlet"}
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
        self._page: home.HomePage | None = None
        self.print_asked: Callable[[str], None] = lambda html: print_html(html, self)
        self._build()
        self.set_head(long_date(today()))

    def arrive(self, argument: object = None) -> None:
        self.refresh()
        if self._page is not None and self.tasks.lines():
            self.tasks.setFocus()

    def refresh(self) -> None:
        self._jobs.latest("home", home.today_page, self._show, owner=self)

    def print_lanes(self) -> None:
        """Lay out the walk list and ask for a printer."""
        lines = self.tasks.lines()

        def read(uow: Any) -> tuple[list[home.LaneLine], list[people.HouseholdLine]]:
            return home.lane_list(uow), people.households(uow, ("not_this_quarter",))

        def show(read_: tuple[list[home.LaneLine], list[people.HouseholdLine]]) -> None:
            self.print_asked(walk_html(self._today(), *read_, lines))

        self._jobs.look(read, show, owner=self)

    def _build(self) -> None:
        actions = Tiles()
        self.action_cards: list[ActionCard] = []
        for icon, title, line, keys, place, argument in (
            (
                "clipboard-plus",
                self.tr("Write down a visit"),
                self.tr("at home, at a point, by Zalo"),
                "F2",
                "visit",
                None,
            ),
            (
                "scan-qr-code",
                self.tr("Scan an identity card"),
                self.tr("filled in, no picture kept"),
                "F3",
                "visit",
                {"scan": True},
            ),
            (
                "id-card",
                self.tr("Follow VNeID"),
                self.tr("booked, collected, activated"),
                "F4",
                "vneid",
                None,
            ),
            (
                "graduation-cap",
                self.tr("Roll-call of a training"),
                self.tr("type names, scan, paste"),
                "F6",
                "training",
                None,
            ),
        ):
            card = ActionCard(icon, title, line, keys)
            card.triggered.connect(lambda p=place, a=argument: self.go.emit(p, a))
            actions.add(card, card.wanted_width)
            self.action_cards.append(card)
        self.rows.addWidget(actions)
        columns = Columns(740)
        columns.add(self._build_tasks(), 11)
        right = QWidget()
        rows = _column(right)
        rows.addWidget(self._build_week())
        rows.addWidget(self._build_bars(), 1)
        columns.add(right, 10)
        self.rows.addWidget(columns, 1)

    def _build_tasks(self) -> Card:
        card = Card(self.tr("What to do"))
        self.print_button = Button(self.tr("Print the list by lane"), "link")
        self.print_button.clicked.connect(self.print_lanes)
        card.set_action(self.print_button)
        self.tasks = TaskList()
        self.tasks.opened.connect(self._open)
        self.tasks.setMinimumHeight(theme.px(160))
        card.add(self.tasks, 1)
        self._nothing = EmptyState(
            "circle-check",
            self.tr("Nothing waits"),
            self.tr("Write down a visit, or walk a lane and ask who needs help."),
            self.tr("Write down a visit"),
        )
        self._nothing.asked.connect(lambda: self.go.emit("visit", None))
        self._nothing.hide()
        card.add(self._nothing, 1)
        return card

    def _build_week(self) -> Card:
        self._week = Card(self.tr("This week"))
        self.meters: dict[str, Meter] = {}
        for code in home.SHOWN_INDICATORS:
            meter = Meter(choice_words(self._catalogue, "indicators", code, short=False))
            self.meters[code] = meter
            self._week.add(meter)
        return self._week

    def _build_bars(self) -> Card:
        card = Card(self.tr("Households helped by week"))
        self.bars = BarChart()
        self.bars.setAccessibleName(self.tr("Households helped by week"))
        card.add(self.bars, 1)
        return card

    def _show(self, page: home.HomePage) -> None:
        first = self._page is None
        self._page = page
        name = split_name(page.person).given if page.person.strip() else ""
        day = long_date(page.on)
        greeting = self.tr("Hello {name}, today is {day}").format(name=name, day=day)
        self.set_head(greeting if name else day, self._line(page))
        lines = [task_line(task, self._catalogue) for task in page.tasks]
        self.tasks.show_tasks(lines)
        self.tasks.setVisible(bool(lines))
        self._nothing.setVisible(not lines)
        self.print_button.setEnabled(bool(lines))
        self._show_week(page.week)
        target = next((m.target for m in page.week.meters if m.code == HOUSEHOLDS_HELPED), None)
        bars = [Bar(bar.label, bar.households, bar.week == page.week.week) for bar in page.weeks]
        words = self.tr("target {n}").format(n=number(target)) if target is not None else ""
        self.bars.show_bars(bars, target, words)
        if first and self.isVisible() and lines:
            self.tasks.setFocus()

    def _line(self, page: home.HomePage) -> str:
        done = page.done
        if done.lines or done.sessions:
            words = self.tr("Written down today: {lines} services, {homes} households, {people} people")
            said = words.format(lines=done.lines, homes=done.households, people=done.persons)
        else:
            said = self.tr("Nothing written down today yet")
        if page.unsent:
            waiting = self.tr("{n} records wait to be sent").format(n=page.unsent)
            said = f"{said} · {waiting}"
            days = (page.data_age_s or 0) // DAY_S
            if days:
                said += ", " + self.tr("{n} days").format(n=days)
        return said

    def _show_week(self, glance: Glance) -> None:
        week = int(glance.week[-2:])
        title = self.tr("Week {n} ({start}–{end})").format(
            n=week, start=f"{glance.start:%d/%m}", end=f"{glance.end:%d/%m/%Y}"
        )
        self._week.set_title(title)
        self._week.set_note(self.tr("figures as of {time} today").format(time=_clock(glance.as_of)))
        for found in glance.meters:
            if found.code in self.meters:
                self.meters[found.code].show_value(found.value, found.target)

    def _open(self, task: Task) -> None:
        if task.what == "lane":
            self.go.emit("people", {"chips": ["not_this_quarter"]})
        elif task.kind == "vneid_case":
            self.go.emit("vneid", {"kind": task.kind, "id": task.id})
        elif task.kind == "household":
            again = {"follow_up_of": task.data.get("visit"), "service": task.data.get("service")}
            self.go.emit("visit", {"household": task.id, **again})
        else:
            self.go.emit("visit", {"kind": task.kind, "id": task.id})


def _clock(moment: str) -> str:
    return f"{datetime.fromisoformat(moment):%H:%M}"


def _column(holder: QWidget) -> QVBoxLayout:
    rows = QVBoxLayout(holder)
    rows.setContentsMargins(0, 0, 0, 0)
    rows.setSpacing(theme.px(theme.GAP_L))
    return rows
