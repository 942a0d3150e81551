"""Sync: one big sentence, sync now, what was refused, what is to choose, past syncs, joining a team."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from ntmdesk.domain.dates import format_moment
from ntmdesk.domain.kinds import Catalogue
from ntmdesk.errors import AppError
from ntmdesk.services import enrolling, lives, mass_change, syncing
from ntmdesk.services.enrolling import Enrolled
from ntmdesk.services.syncing import Status, SyncNumbers, SyncRun
from ntmdesk.store.surroundings import Author
from ntmdesk.store.unit_of_work import UnitOfWork
from ntmdesk.ui import theme
from ntmdesk.ui.jobs import Job, Jobs, Step
from ntmdesk.ui.lanes import Line
from ntmdesk.ui.line_words import age_words
from ntmdesk.ui.messages import sentence
from ntmdesk.ui.pages import inbox_reading
from ntmdesk.ui.pages.arguments import word_in
from ntmdesk.ui.pages.entry_list import Entry, EntryList
from ntmdesk.ui.pages.held import HeldCard
from ntmdesk.ui.pages.inbox import InboxCard
from ntmdesk.ui.pages.life_notice import LifeNotice
from ntmdesk.ui.pages.same_room import SameRoom
from ntmdesk.ui.translation import QT_TRANSLATE_NOOP, translated
from ntmdesk.ui.widgets.banner import Banner
from ntmdesk.ui.widgets.button import Button
from ntmdesk.ui.widgets.card import Card
from ntmdesk.ui.widgets.columns import Columns
from ntmdesk.ui.widgets.field_label import FieldLabel
from ntmdesk.ui.widgets.flow import FlowLayout
from ntmdesk.ui.widgets.page import Page
from ntmdesk.ui.widgets.progress_strip import ProgressStrip
from ntmdesk.ui.widgets.text import Text

STAGES = {
    "send": QT_TRANSLATE_NOOP("SyncingPage", "sending"),
    "receive": QT_TRANSLATE_NOOP("SyncingPage", "receiving"),
    "compare": QT_TRANSLATE_NOOP("SyncingPage", "comparing"),
}
CALM = frozenset(
    {"offline", "dns", "server_down", "dropped", "timeout", "busy", "proxy", "bad_reply", "cancelled"}
)
"""Codes that say no more than that there is no line just now."""


@dataclass(frozen=True, slots=True)
class Read:
    """One reading of the page."""

    status: Status
    runs: list[SyncRun]
    inbox: inbox_reading.Read
    losses: tuple[mass_change.Loss, ...]
    life: lives.Life | None
    without_server: bool = False


class SyncingPage(Page):
    """``author_changed`` is told who the person is after joining a team.

    Argument of ``arrive``: ``{"sync": "now"}`` begins at once.
    """

    def __init__(
        self,
        jobs: Jobs[Any],
        line: Jobs[Line],
        catalogue: Catalogue,
        today: Callable[[], date],
        author_changed: Callable[[Author], None] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.kinds = frozenset(catalogue.kinds)
        self._jobs, self._line, self._catalogue = jobs, line, catalogue
        self._author_changed = author_changed
        self._job: Job | None = None
        self._status: Status | None = None
        self.set_head(self.tr("Sync"), self.tr("Everything is kept here first; the line may come and go"))
        self.rows.addWidget(self._build_state())
        self.held = HeldCard(jobs, catalogue)
        self.held.confirmed.connect(self._confirmed)
        self.held.told.connect(self._mended)
        self.life = LifeNotice(jobs)
        for card in (self.held, self.life):
            self.rows.addWidget(card)
        self._join = self._build_join()
        self.rows.addWidget(self._join)
        self.room = SameRoom()
        self.room.asked.connect(lambda place: self.go.emit(place, None))
        self.rows.addWidget(self.room)
        columns = Columns(740)
        self.inbox = InboxCard(jobs, catalogue, today)
        self.inbox.mended.connect(self._mended)
        self.inbox.settled.connect(self.undo_offered)
        self.inbox.open_asked.connect(self.go)
        columns.add(self.inbox, 3)
        past = Card(self.tr("Past syncs"))
        self.past = EntryList(self.tr("Past syncs"))
        self._none_yet = Text(self.tr("No sync yet on this laptop."), "muted")
        self._none_yet.setAlignment(Qt.AlignmentFlag.AlignTop)
        past.add(self._none_yet)
        past.add(self.past, 1)
        columns.add(past, 2)
        self.rows.addWidget(columns, 1)

    def arrive(self, argument: object = None) -> None:
        self.refresh()
        if word_in(argument, "sync") == "now" and self._job is None:
            self.sync_now()

    def refresh(self) -> None:
        def read(uow: UnitOfWork) -> Read:
            inbox = inbox_reading.read_inbox(uow)
            losses, life = mass_change.held(uow), lives.untold(uow)
            alone = bool(uow.mates.local_team())
            return Read(syncing.status(uow), syncing.past(uow, 40), inbox, losses, life, alone)

        self._jobs.latest("syncing", read, self._show, owner=self)

    def sync_now(self) -> None:
        """Begin a sync; its progress is told and it may be stopped."""
        if self._job is not None:
            return

        def work(line: Line, step: Step) -> SyncNumbers:
            with line.noticing():
                return syncing.sync(line.store, step, asked=True)

        self._begin(self.tr("Syncing"))
        self._job = self._line.long(work, self._synced, self._failed, self._progressed, owner=self)

    def stop(self) -> None:
        """Ask the running sync to end after its present step; nothing is lost."""
        if self._job is not None:
            self._job.cancel()
            self._end()
            self._banner.tell("info", self.tr("Stopped. What was receipted stays receipted."), seconds=8)
            self.refresh()

    def join_now(self) -> None:
        """Join a team with the address and code of the form."""
        url, code = self.url.text().strip(), self.code.text().strip()
        if not url or not code:
            self._banner.tell("amber", self.tr("Type the server's address and the code of the invitation."))
            (self.code if url else self.url).setFocus()
            return

        def work(line: Line, step: Step) -> tuple[Enrolled, Author]:
            done = enrolling.enrol(line.store, line.author, url, code, step)
            line.everything_changed()
            return done, enrolling.author_after(line.store, line.author)

        self._begin(self.tr("Joining"), can_stop=False)  # half-way the window would not know who it is
        self._job = self._line.long(work, self._joined, self._failed, self._progressed, owner=self)

    @property
    def told_words(self) -> str:
        """What the banner of the page says."""
        return self._banner.text

    def _build_state(self) -> Card:
        card = Card()
        columns = Columns(560)
        words = QWidget()
        rows = QVBoxLayout(words)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(theme.px(theme.GAP_S))
        self.sentence = Text("", "title")
        self.sentence.setWordWrap(True)
        self.detail = Text("", "muted")
        rows.addWidget(self.sentence)
        rows.addWidget(self.detail)
        self.clock = Text("", "problem")
        self.clock.setWordWrap(True)
        self.clock.hide()
        rows.addWidget(self.clock)
        columns.add(words, 1)
        self.sync_button = Button(self.tr("Sync now"), "primary", keys="Ctrl+Return", icon="refresh-cw")
        self.sync_button.clicked.connect(self.sync_now)
        columns.add(self.sync_button, 0)
        card.add(columns)
        self._progress = ProgressStrip()
        self._progress.cancelled.connect(self.stop)
        card.add(self._progress)
        self._banner = Banner()
        card.add(self._banner)
        return card

    def _build_join(self) -> Card:
        card = Card(self.tr("Join a team"))
        card.add(
            Text(
                self.tr("The team leader gives an address and a code. What you recorded comes along."),
                "muted",
            )
        )
        across = FlowLayout()
        self.url, self.code = QLineEdit(), QLineEdit()
        self.url.setPlaceholderText("https://")
        for words, editor, width in (
            (self.tr("Address of the server"), self.url, 320),
            (self.tr("Code"), self.code, 220),
        ):
            editor.setMinimumWidth(theme.px(width))
            editor.returnPressed.connect(self.join_now)
            box = QWidget()
            rows = QVBoxLayout(box)
            rows.setContentsMargins(0, 0, 0, 0)
            rows.setSpacing(theme.px(2))
            rows.addWidget(FieldLabel(words, editor))
            rows.addWidget(editor)
            across.addWidget(box)
        card.add_layout(across)
        self.join_button = Button(self.tr("Join"), "primary", icon="users")
        self.join_button.clicked.connect(self.join_now)
        foot = FlowLayout()
        foot.addWidget(self.join_button)
        card.add_layout(foot)
        return card

    def _show(self, read: Read) -> None:
        status = self._status = read.status
        self.sentence.setText(self._state_words(status, read.without_server))
        self.detail.setText(self._detail_words(status, read.without_server))
        self.clock.setText(self._clock_words(status.clock_off_s))
        self.clock.setVisible(bool(status.clock_off_s))
        self.sync_button.setVisible(status.enrolled)
        self._join.setVisible(not status.enrolled)
        self._join.set_title(
            self.tr("Join the team's server") if read.without_server else self.tr("Join a team")
        )
        self.inbox.show_read(read.inbox)
        self.held.show_losses(read.losses)
        self.life.show_life(read.life)
        self.past.show_entries([self._run(at, run) for at, run in enumerate(read.runs)])
        self.past.setVisible(bool(read.runs))
        self._none_yet.setVisible(not read.runs)

    def _state_words(self, status: Status, without_server: bool) -> str:
        if without_server:
            return self.tr("The team has no server yet")
        if not status.enrolled:
            return self.tr("This laptop has not joined a team yet")
        if status.pending:
            return self.tr("%n record(s) wait to be sent", "", status.pending)
        if status.refused:
            return self.tr("The server refused part of %n record(s)", "", status.refused)
        if status.last_receipt:
            return self.tr("The server has receipted everything")
        return self.tr("Nothing to send")

    def _clock_words(self, ahead: int) -> str:
        words = (
            self.tr(
                "The clock of this laptop is {much} ahead of the server's. Set its date and time, then look "
                "again at the dates of what was recorded lately."
            )
            if ahead > 0
            else self.tr(
                "The clock of this laptop is {much} behind the server's. Set its date and time, then look "
                "again at the dates of what was recorded lately."
            )
        )
        return words.format(much=age_words(abs(ahead)))

    def _detail_words(self, status: Status, without_server: bool) -> str:
        if without_server:
            return self.tr(
                "Hand over by USB stick or at a collection point. Once the team has a server, join it here "
                "with the invitation: everything comes along."
            )
        if not status.enrolled:
            return self.tr("Record as usual; joining later takes everything along.")
        parts = []
        if status.pending and status.data_age_s:
            parts.append(self.tr("the oldest for {age}").format(age=age_words(status.data_age_s)))
        if status.last_receipt:
            when = format_moment(datetime.fromisoformat(status.last_receipt))
            parts.append(self.tr("last receipt {when}").format(when=when))
        if status.refused:
            parts.append(self.tr("mend them below and send again"))
        if not parts:
            return self.tr("Being offline is no trouble: recording goes on.")
        words = " · ".join(parts)
        return words[:1].upper() + words[1:]

    def _run(self, at: int, run: SyncRun) -> Entry:
        when = format_moment(datetime.fromisoformat(run.at))
        if run.road == "point":
            told = self.tr("{name} gave in here").format(name=run.name) if run.name else ""
            parts = [told or self.tr("A member gave in here")]
        elif run.road == "room":
            parts = [self.tr("given in at {name}").format(name=run.name)]
            if run.sent:
                parts.append(self.tr("{n} sent").format(n=run.sent))
        elif run.road == "copied":
            return Entry(
                at, when, self.tr("{n} copied for a stick").format(n=run.sent), self.tr("done"), "good"
            )
        elif run.road == "stick":
            told = self.tr("from a stick by {name}").format(name=run.name) if run.name else ""
            parts = [told or self.tr("from a stick")]
        else:
            parts = [
                self.tr("{sent} sent, {accepted} receipted").format(sent=run.sent, accepted=run.accepted)
            ]
        if run.received:
            parts.append(self.tr("{n} came").format(n=run.received))
        if run.refused:
            parts.append(self.tr("{n} refused").format(n=run.refused))
        if run.code:
            return Entry(at, when, " · ".join(parts), self._short(run.code), "amber")
        if not (run.sent or run.received):
            parts = [*(parts if run.road else ()), self.tr("nothing new")]
        return Entry(at, when, " · ".join(parts), self.tr("done"), "good")

    def _short(self, code: str) -> str:
        if code in CALM - {"cancelled"}:
            return self.tr("no line")
        if code == "confirm_needed":
            return self.tr("to confirm")
        return self.tr("stopped") if code == "cancelled" else self.tr("not finished")

    def _begin(self, words: str, *, can_stop: bool = True) -> None:
        self._banner.dismiss()
        self._progress.start(words, can_stop=can_stop)
        self.sync_button.setEnabled(False)
        self.join_button.setEnabled(False)

    def _end(self) -> None:
        self._job = None
        self._progress.finish()
        self.sync_button.setEnabled(True)
        self.join_button.setEnabled(True)

    def _progressed(self, done: int, total: int, note: str) -> None:
        self._progress.step(done, total, translated("SyncingPage", STAGES[note]) if note in STAGES else "")

    def _synced(self, numbers: SyncNumbers) -> None:
        self._end()
        words = self.tr("{sent} sent, {accepted} receipted, {received} came.").format(
            sent=numbers.sent, accepted=numbers.accepted, received=numbers.received
        )
        self._banner.tell("good", words, seconds=20)
        self.refresh()

    def _joined(self, found: tuple[Enrolled, Author]) -> None:
        self._end()
        done, author = found
        self.code.clear()
        if self._author_changed is not None:
            self._author_changed(author)
        words = self.tr("Joined; {n} records came.").format(n=done.pulled)
        if done.unsynced is None:
            self._banner.tell("good", words, seconds=20)
        else:
            rest = self.tr(
                "The first sync did not go through: {why} The next one does the rest; no code is needed."
            )
            self._banner.tell("amber", f"{words} {rest.format(why=sentence(done.unsynced))}")
        self.refresh()

    def _failed(self, error: AppError) -> None:
        self._end()
        if error.code == "confirm_needed":  # the card below tells what and offers both ways
            self._banner.tell("amber", self.tr("Nothing was sent yet; please look below first."))
        else:
            self._banner.tell("info" if error.code in CALM else "amber", sentence(error))
        self.refresh()

    def _confirmed(self) -> None:
        self.refresh()
        if self._status is not None and self._status.enrolled:
            self.sync_now()

    def _mended(self, words: str) -> None:
        self._banner.tell("good", words, seconds=12)
        self.refresh()
