"""The open desk: lanes, window with all its places, state of the line, sync in the background, auto-lock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

import shiboken6
from PySide6.QtCore import QObject, QPoint, QTimer
from PySide6.QtGui import QAction, QCursor
from PySide6.QtWidgets import QApplication, QMenu

from ntmdesk.errors import AppError
from ntmdesk.services import backups, home, search, syncing
from ntmdesk.services.home import LineState
from ntmdesk.services.search import Found as Hit
from ntmdesk.services.syncing import SyncNumbers
from ntmdesk.store.surroundings import Author
from ntmdesk.store.unit_of_work import UnitOfWork
from ntmdesk.system.settings import Settings
from ntmdesk.ui.desk_places import COMMANDS, make_places
from ntmdesk.ui.idle import Idle
from ntmdesk.ui.jobs import Job, Jobs, Step
from ntmdesk.ui.lanes import Line, Session, Worker, line_jobs, reopening, store_jobs
from ntmdesk.ui.line_words import NOT_CALM, line_words, role_words, syncing_words, where_words
from ntmdesk.ui.main_window import MainWindow
from ntmdesk.ui.messages import sentence
from ntmdesk.ui.network_watch import NetworkSource, NetworkWatch
from ntmdesk.ui.places import Command, Found
from ntmdesk.ui.point_keeper import PointKeeper
from ntmdesk.ui.sweeping import Sweeper
from ntmdesk.ui.translation import language

LOOK_AGAIN_MS = 60_000
"""How often the age told in the rail is brought up to date."""
FIRST_TRY_MS = 4_000
"""After opening, before the first try in the background: the person comes first."""


class Desktop(QObject):
    """Everything that lives while the store is open; ``end`` closes it in both threads."""

    def __init__(
        self,
        session: Session,
        worker: Worker,
        settings: Settings,
        change_settings: Callable[[Settings], None],
        lock: Callable[[], None],
        line_worker: Worker | None = None,
        network: NetworkSource | None = None,
    ) -> None:
        super().__init__()
        self.session = session
        self.settings = settings
        self.change_settings = change_settings
        self.lock = lock
        self._workers = (worker, line_worker or Worker("line"))
        self.jobs: Jobs[UnitOfWork] = store_jobs(worker, session)
        self.line: Jobs[Line] = line_jobs(self._workers[1], session)
        self.jobs.changed.connect(self._look_at_line)
        self.line.changed.connect(self._look_at_line)
        for lane in (self.jobs, self.line):
            lane.broken.connect(self.tell_broken)
        self.point = PointKeeper(self.jobs, reopening(session), self)
        self.point.records_came.connect(self._records_came)
        self._syncing = False
        self._problem = ""
        self._sync_job: Job | None = None
        self._enrolled = False
        self._ended = False
        self.window: MainWindow = self._make_window()
        self._clock = QTimer(self)
        self._clock.timeout.connect(self._look_at_line)
        self._clock.start(LOOK_AGAIN_MS)
        self.watch = NetworkWatch(network or NetworkSource(self), self)
        self.watch.due.connect(self.sync_quietly)
        self.watch.told.connect(self._look_at_line)
        self.jobs.changed.connect(self._something_recorded)
        self.line.broken.connect(self._line_broke)
        self._idle = Idle(self.lock, self, busy=lambda: self.point.is_open)
        self._sweeper = Sweeper(self._idle.untouched, lambda: self.jobs.working or self.line.working, self)
        self.take_settings(settings)
        self._look_at_line()

    def show(self, place: str = "home") -> None:
        """Open the window at a place and begin what goes on by itself."""
        self.window.open_place(place)
        self.window.show()
        self._idle.watch(self.settings.auto_lock_minutes)
        self._sweeper.begin()
        QTimer.singleShot(FIRST_TRY_MS, self, self._begin_quiet_work)

    def place(self) -> str:
        """Key of the open place."""
        return self.window.current

    def take_settings(self, settings: Settings) -> None:
        """Minutes of auto-lock and of background sync as now chosen, and whether a paid line is spared."""
        self.settings = settings
        self._idle.watch(settings.auto_lock_minutes)
        self.watch.settings(settings.sync_minutes, settings.pause_metered)
        self._look_at_line()

    def rebuild(self, settings: Settings, dress: Callable[[], None]) -> None:
        """The same window in other clothes: ``dress`` puts language, theme and size in force in between.

        A window with all its pages takes seconds to be dressed anew, an empty one none; so it goes first.
        Never call this from a signal of the window itself: it is deleted here.
        """
        before, place, geometry = self.window, self.place(), self.window.geometry()
        app = QApplication.instance()
        quits = isinstance(app, QApplication) and app.quitOnLastWindowClosed()
        QApplication.setQuitOnLastWindowClosed(False)
        before.close()
        shiboken6.delete(before)
        dress()
        self.take_settings(settings)
        self.window = self._make_window()
        self.window.setGeometry(geometry)
        self.window.open_place(place)
        self.window.show()
        QApplication.setQuitOnLastWindowClosed(quits)
        self._look_at_line()

    def end(self, wait: bool) -> None:
        """Close window and store; with ``wait`` only after what is being done now."""
        if self._ended:
            return
        self._ended = True
        self._idle.stop()
        self._sweeper.stop()
        self._clock.stop()
        self.watch.stop()
        if self._sync_job is not None:
            self._sync_job.cancel()
        self.point.close(wait)
        self.window.close()
        self.window.deleteLater()
        for worker in self._workers:
            worker.end(wait)
        self.deleteLater()

    def author_changed(self, author: Author) -> None:
        """Joining a team gave the person another role or id; later saves carry it."""
        self.session.author = author
        self.window.set_person(author.name, role_words(author.role))
        self._look_at_line()

    def _records_came(self) -> None:
        """Somebody delivered at the collection point of this laptop; every page looks again."""
        if not self._ended:
            self.line.changed.emit(frozenset(self.session.surroundings.catalogue.kinds))

    def tell_broken(self, error: object) -> None:
        """Something nobody foresaw went wrong; it is in the log, the person is told what to do."""
        if not self._ended:
            self.window.banner.tell("danger", sentence(AppError("unexpected")))

    def sync_quietly(self) -> None:
        """Try to sync without troubling anybody; being offline is a state, not a failure."""
        if self._syncing or self._ended or not self._enrolled:
            return
        self._syncing = True
        self.watch.begun()
        self.window.set_line(*syncing_words(self._line_now))
        doubtful = self.watch.times.doubtful

        def work(line: Line, step: Step) -> SyncNumbers:
            if doubtful:
                syncing.ask_server(line.store)
            with line.noticing():
                return syncing.sync(line.store, step)

        self._sync_job = self.line.long(work, self._synced, self._not_synced, owner=self)

    def _synced(self, numbers: SyncNumbers) -> None:
        self._syncing = False
        self._problem = ""
        self.watch.went_through()
        self._look_at_line()

    def _not_synced(self, error: AppError) -> None:
        self._syncing = False
        self._problem = error.code
        asked = error.details.get("retry_after", 0)
        self.watch.failed(
            error.code in NOT_CALM or error.code == "not_enrolled",
            float(asked) if isinstance(asked, int | float) else 0.0,
        )
        self._look_at_line()

    def _line_broke(self, _: object) -> None:
        """A sync that ended in a way nobody foresaw has ended all the same."""
        if self._syncing:
            self._syncing = False
            self.watch.failed(patience=True)
            self._look_at_line()

    def _something_recorded(self, _: object = None) -> None:
        if self._enrolled:
            self.watch.changed_here()

    def _begin_quiet_work(self) -> None:
        if self._ended:
            return
        keep = self.settings.backups_kept
        self.line.long(
            lambda line, step: backups.rotate(line.store, keep), lambda _: None, lambda _: None, owner=self
        )
        self.watch.begin()
        if self.settings.sync_minutes and not self.watch.times.held_back:
            self.sync_quietly()

    def _make_window(self) -> MainWindow:
        commands = [
            Command(c.key, c.title(), c.keys, c.icon, partial(c.run, self), c.words) for c in COMMANDS
        ]
        window = MainWindow(make_places(self), commands, self._find, (self.jobs, self.line))
        window.person_asked.connect(self._person_menu)
        author = self.session.author
        window.set_person(author.name, role_words(author.role))
        return window

    def _find(self, text: str, deliver: Callable[[list[Found]], None]) -> None:
        def show(hits: list[Hit]) -> None:
            deliver([Found(h.title, h.detail, h.page, dict(h.argument), h.state) for h in hits])

        self.jobs.latest("palette", lambda uow: search.find(uow, text, language=language()), show, owner=self)

    _line_now: tuple[str, str, str] = ("offline", "", "")

    def _look_at_line(self, _: object = None) -> None:
        if self._ended:
            return

        def read(uow: UnitOfWork) -> tuple[LineState, str, str]:
            return home.line_state(uow), *where_words(uow)

        def show(found: tuple[LineState, str, str]) -> None:
            state, where, under = found
            self._enrolled = state.enrolled
            self._line_now = line_words(state, datetime.now(UTC), self._problem, self._known())
            self.window.set_line(*(syncing_words(self._line_now) if self._syncing else self._line_now))
            self.window.set_where(where or self.session.author.name, under)

        self.jobs.latest("line", read, show, lambda _: None, owner=self)

    def _known(self) -> str:
        """What is known of the network beside how the last sync ended."""
        if self.watch.times.held_back:
            return "metered"
        return "no_network" if self.watch.network.there is False else ""

    def _person_menu(self) -> None:
        menu = QMenu(self.window)
        entries: list[tuple[str, Callable[[], Any]]] = [
            (self.tr("Lock the desk"), self.lock),
            (self.tr("Switch person…"), self.lock),
            (self.tr("Settings"), lambda: self.window.open_place("settings")),
        ]
        for words, call in entries:
            action = QAction(words, menu)
            action.triggered.connect(lambda _=False, call=call: call())
            menu.addAction(action)
        menu.popup(QCursor.pos() + QPoint(0, 4))
