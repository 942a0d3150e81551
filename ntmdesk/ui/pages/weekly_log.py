"""The weekly log: at the left what is missing, at the right figures, words, paper, corrections."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from PySide6.QtWidgets import QVBoxLayout, QWidget

from ntmdesk.domain.kinds import Catalogue
from ntmdesk.domain.periods import Week, year_to_date
from ntmdesk.domain.standings import counted, fits
from ntmdesk.errors import AppError
from ntmdesk.services import indicators, records, weekly_log
from ntmdesk.services.persons import LEADING
from ntmdesk.services.search import place_of, title_of
from ntmdesk.services.weekly_log import LogLine, LogView
from ntmdesk.store.unit_of_work import UnitOfWork
from ntmdesk.ui import theme
from ntmdesk.ui.jobs import Jobs
from ntmdesk.ui.messages import sentence
from ntmdesk.ui.pages.arguments import id_in, word_in
from ntmdesk.ui.pages.entry_list import Entry, EntryList
from ntmdesk.ui.pages.log_checklist import STATUS_TONES, LogChecklist
from ntmdesk.ui.pages.log_figures import LogFigures, shown_figures
from ntmdesk.ui.pages.log_paper import AskPath, LogPaper, ask_path
from ntmdesk.ui.pages.log_writing import LogWriting
from ntmdesk.ui.pages.moments import choice_words
from ntmdesk.ui.pages.standing_chips import StandingFilter
from ntmdesk.ui.pages.tabs import Tabs
from ntmdesk.ui.translation import QT_TRANSLATE_NOOP, label, language, number, short_date, translated
from ntmdesk.ui.widgets.card import Card
from ntmdesk.ui.widgets.columns import Columns
from ntmdesk.ui.widgets.page import Page
from ntmdesk.ui.widgets.text import Text

CHANGES = {
    "added": QT_TRANSLATE_NOOP("WeeklyLogPage", "added later"),
    "changed": QT_TRANSLATE_NOOP("WeeklyLogPage", "changed"),
    "removed": QT_TRANSLATE_NOOP("WeeklyLogPage", "removed"),
}
MOST_BEHIND = 300
"""Records shown behind one number; their count is told whole."""


@dataclass(frozen=True, slots=True)
class Read:
    """One reading of the page."""

    view: LogView
    lines: list[LogLine]
    late: list[Entry]
    may_submit: bool
    handed_in_by: str


@dataclass(frozen=True, slots=True)
class Behind:
    """Records behind a number."""

    entries: list[Entry]
    total: int


class WeeklyLogPage(Page):
    """Argument of ``arrive``: ``2026-W47``, a log's id, or nothing for this week."""

    kinds = frozenset(
        {"weekly_log", "support_visit", "training", "outreach", "workday", "vneid_case", "target", "member"}
    )

    def __init__(
        self,
        jobs: Jobs[Any],
        line: Jobs[Any],
        catalogue: Catalogue,
        today: Callable[[], date],
        ask: AskPath = ask_path,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._jobs, self._catalogue = jobs, catalogue
        self._week: Week | None = None
        self._view: LogView | None = None
        self._lines: list[LogLine] = []
        self.set_head(
            self.tr("Weekly log"),
            self.tr("Figures count themselves; handed in they stay, later changes are told beside them"),
        )
        columns = Columns(820)
        self.checklist = LogChecklist(catalogue)
        self.checklist.week_asked.connect(self._turn)
        self.checklist.section_asked.connect(self._write)
        self.checklist.figures_asked.connect(self._show_figures)
        self.checklist.submit_asked.connect(self._submit)
        self.checklist.reopen_asked.connect(self._reopen)
        columns.add(self.checklist, 2)
        card = Card()
        self.tabs: Tabs = Tabs(self.tr("Parts of the log"))
        self._figures_box = self._build_figures()
        self.tabs.add(self._figures_box, self.tr("Figures"))
        self.writing = LogWriting(jobs, catalogue, today)
        self.writing.saved.connect(self._written)
        self.tabs.add(self.writing, self.tr("Difficulties, proposals, plan"))
        self.paper = LogPaper(jobs, line, ask)
        self.paper.told.connect(self.told)
        self.tabs.add(self.paper, self.tr("Preview and export"))
        self.tabs.add(self._build_changes(), self.tr("Later changes"))
        self.past = EntryList(self.tr("Weeks with a log"))
        self.past.opened.connect(lambda name: self._open_week(str(name)))
        self.past.clicked.connect(lambda _: self._open_week(str(self.past.current())))
        weeks = QWidget()
        rows = QVBoxLayout(weeks)
        rows.setContentsMargins(0, theme.px(theme.GAP_M), 0, 0)
        self.standing = StandingFilter()
        self.standing.changed.connect(lambda _: self._show_past())
        rows.addWidget(self.standing)
        rows.addWidget(self.past, 1)
        self.tabs.add(weeks, self.tr("All weeks"))
        self.tabs.changed.connect(self._tab)
        card.add(self.tabs, 1)
        columns.add(card, 6)
        self.rows.addWidget(columns, 1)

    def arrive(self, argument: object = None) -> None:
        text = word_in(argument, "week") or (
            argument if isinstance(argument, str) and "-W" in argument else ""
        )
        if text:
            self._open_week(text)
        elif id_in(argument):
            self._open_log(str(id_in(argument)))
        else:
            self.refresh()
        if self.tabs.current() is self._figures_box:
            self.figures.setFocus()

    def refresh(self) -> None:
        week = self._week

        def read(uow: UnitOfWork) -> Read:
            shown = week or weekly_log.week_of(uow)
            view = weekly_log.show(uow, shown)
            late = [
                Entry(
                    (a.kind, a.id),
                    _title(uow, a.kind, a.id),
                    label(uow.catalogue.kind(a.kind).label),
                    a.change,
                    "amber",
                )
                for a in view.adjustments[:MOST_BEHIND]
            ]
            return Read(
                view, weekly_log.logs(uow), late, uow.author.role in LEADING, _handed_in_by(uow, view)
            )

        self._jobs.latest("weekly_log", read, self._show, owner=self)

    def leave(self) -> None:
        self.writing.save_now()

    def _build_figures(self) -> QWidget:
        box = QWidget()
        rows = QVBoxLayout(box)
        rows.setContentsMargins(0, theme.px(theme.GAP_S), 0, 0)
        self.figures = LogFigures()
        self.figures.asked.connect(self._ask_behind)
        rows.addWidget(self.figures, 1)
        self._behind_words = Text("", "strong")
        self._behind_words.hide()
        rows.addWidget(self._behind_words)
        self.behind = EntryList(self.tr("Records behind the number"), compact=True)
        self.behind.setMinimumHeight(theme.px(120))
        self.behind.setMaximumHeight(theme.px(190))
        self.behind.opened.connect(self._open_record)
        self.behind.hide()
        rows.addWidget(self.behind)
        return box

    def _build_changes(self) -> QWidget:
        box = QWidget()
        rows = QVBoxLayout(box)
        rows.setContentsMargins(0, theme.px(theme.GAP_M), 0, 0)
        self._changed_figures = Text("", "body")
        rows.addWidget(self._changed_figures)
        self.late = EntryList(self.tr("Records changed after handing in"))
        self.late.opened.connect(self._open_record)
        rows.addWidget(self.late, 1)
        return box

    def _show(self, read: Read) -> None:
        view = read.view
        if self._view is None or self._view.week != view.week:
            self._hide_behind()
        self._view, self._week = view, view.week
        self.checklist.show_view(view, read.may_submit, read.handed_in_by)
        moved = {a.code for a in view.adjusted}
        self.figures.show_figures(shown_figures(view), tuple(moved))
        self.writing.show_view(view)
        self.paper.show_view(view)
        if self.tabs.current() is self.paper:
            self.paper.draw()
        labels = {figure.code: label(figure.label) for figure in view.figures}
        self._changed_figures.setText(
            "\n".join(
                self.tr("{what}: {before} when handed in, {after} now").format(
                    what=labels.get(a.code, a.code), before=_figure(a.before), after=_figure(a.after)
                )
                for a in view.adjusted
            )
            or self.tr("No figure of this week has changed after handing in.")
        )
        self.late.show_entries(
            [
                Entry(e.key, e.title, e.detail, translated("WeeklyLogPage", CHANGES[e.pill]), e.tone)
                for e in read.late
            ]
        )
        self._lines = read.lines
        self.standing.show_counts(counted([line.state for line in read.lines]))
        self._show_past()
        self.past.choose(view.week.name, tell=False)

    def _show_past(self) -> None:
        wanted = self.standing.wanted()
        shown = [line for line in self._lines if wanted is None or fits(line.state, wanted)]
        self.past.show_entries([self._past_entry(line) for line in shown])

    def _past_entry(self, line: LogLine) -> Entry:
        status = choice_words(self._catalogue, "weekly_log_statuses", line.status, short=False)
        detail = f"{short_date(line.start)} – {short_date(line.end)}"
        if line.late_records:
            detail += " · " + self.tr("{n} changes after handing in").format(n=line.late_records)
        title = self.tr("Week {n}").format(n=line.week.replace("-W", " · "))
        return Entry(line.week, title, detail, status, STATUS_TONES.get(line.status, "plain"), line.state)

    def _turn(self, by: int) -> None:
        if not self._save_written():
            return
        if by and self._week is not None:
            self._week = self._week.next() if by > 0 else self._week.previous()
        else:
            self._week = None
        self.refresh()

    def _open_week(self, name: str) -> None:
        if self._week is not None and self._week.name == name:
            self.refresh()
            return
        if not self._save_written():
            return

        def found(week: Week) -> None:
            self._week = week
            self.refresh()

        self._jobs.look(lambda uow: weekly_log.week_of(uow, name), found, self._failed, owner=self)

    def _open_log(self, id: str) -> None:
        self._jobs.look(
            lambda uow: str(uow.records.get("weekly_log", id).get("week", "")),
            self._open_week,
            self._failed,
            owner=self,
        )

    def _write(self, field: str) -> None:
        self.tabs.show_only(self.writing)
        self.writing.focus_field(field)

    def _save_written(self) -> bool:
        """Save before the week goes; what cannot be saved is shown instead, and nothing else happens."""
        if self.writing.save_now():
            return True
        self.tabs.show_only(self.writing)
        self.writing.form.focus_first_problem()
        self.checklist.tell("amber", self.tr("Something written cannot be saved yet: see the marked field."))
        return False

    def _tab(self, shown: object) -> None:
        self.writing.save_now()
        if shown is self.paper:
            self.paper.draw()

    def _show_figures(self) -> None:
        self.tabs.show_only(self._figures_box)

    def _written(self, view: LogView) -> None:
        self._view = view

    def _submit(self) -> None:
        week = self._week
        if week is None or not self._save_written():
            return

        def done(view: LogView) -> None:
            self.told.emit(
                "good",
                self.tr("Handed in. It goes out with the next sync; export it under Preview."),
            )
            self.refresh()

        self._jobs.run(lambda uow: weekly_log.submit(uow, week), done, self._failed, owner=self)

    def _reopen(self, reason: str) -> None:
        week = self._week
        if week is None:
            return

        def done(view: LogView) -> None:
            self.told.emit("info", self.tr("Open again. The figures handed in before stay in its history."))
            self.refresh()

        self._jobs.run(lambda uow: weekly_log.reopen(uow, week, reason), done, self._failed, owner=self)

    def _ask_behind(self, code: str, which: str) -> None:
        week, view = self._week, self._view
        if week is None or view is None:
            return
        figure = next((f for f in view.figures if f.code == code), None)
        name = label(figure.label) if figure is not None else code
        since = week.start if which == "period" else year_to_date(week.end).start

        def read(uow: UnitOfWork) -> Behind:
            found = indicators.records_behind(uow, code, since, week.end)
            entries = [
                Entry((b.kind, b.id), _title(uow, b.kind, b.id), _day(uow, b.kind, b.id))
                for b in found[:MOST_BEHIND]
            ]
            return Behind(entries, len(found))

        def show(found: Behind) -> None:
            words = self.tr("{what}: {n} records behind it; Enter opens one")
            if not found.total:
                words = self.tr("{what}: no records of these days; it was given or counts what stands")
            self._behind_words.setText(words.format(what=name, n=found.total))
            self._behind_words.show()
            self.behind.show_entries(found.entries)
            self.behind.setVisible(bool(found.entries))

        self._jobs.latest("behind", read, show, self._failed, owner=self)

    def _hide_behind(self) -> None:
        self._behind_words.hide()
        self.behind.hide()

    def _open_record(self, key: object) -> None:
        if isinstance(key, tuple) and len(key) == 2:
            kind, id = str(key[0]), str(key[1])
            self.go.emit(place_of(kind), {"kind": kind, "id": id})

    def _failed(self, error: AppError) -> None:
        self.checklist.tell("danger", sentence(error))


def _title(uow: UnitOfWork, kind: str, id: str) -> str:
    row = records.get(uow, kind, id, deleted=True)
    if kind == "support_visit" and row.get("household"):
        home = uow.records.find("household", str(row["household"]))
        if home is None:
            return str(row.get("date", ""))
        return title_of(uow, uow.records.get("household", home, deleted=True))
    return title_of(uow, row, language())


def _handed_in_by(uow: UnitOfWork, view: LogView) -> str:
    by = str(view.record.get("submitted_by") or "")
    if by and by == uow.author.person:
        return uow.author.name
    found = uow.records.find("member", by) if by else None
    return str(uow.records.get("member", found, deleted=True).get("full_name", "")) if found else ""


def _day(uow: UnitOfWork, kind: str, id: str) -> str:
    row = uow.records.get(kind, id, deleted=True)
    field = uow.catalogue.kind(kind).date_field
    told = str(row.get(field) or "") if field else ""
    try:
        return short_date(date.fromisoformat(told[:10]))
    except ValueError:
        return told


def _figure(value: float | None) -> str:
    return "–" if value is None else number(value)
