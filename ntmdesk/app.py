"""The window's composition root: builds everything once and hands it down.

    python -m ntmdesk.app [--home HOME] [--lang vi|en] [--as PERSON] [--pictures DIR]

``NTMDESK_PASSPHRASE`` in the environment opens the store without asking, for ``NTMDESK_PERSON`` or the only
person there is.  ``--pictures DIR`` saves a picture of every page of an opened store and leaves.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from ntmdesk.errors import AppError, UserError
from ntmdesk.messages import message_of
from ntmdesk.services import unlocking
from ntmdesk.services.clock import today
from ntmdesk.store.database import Store
from ntmdesk.store.surroundings import Author, Surroundings
from ntmdesk.system.logs import start_logs, stop_logs
from ntmdesk.system.paths import Paths, find_paths
from ntmdesk.system.settings import Settings, load_settings, save_settings
from ntmdesk.ui import theme, translation
from ntmdesk.ui.application import install_last_resort, make_application, system_mode
from ntmdesk.ui.desktop import Desktop
from ntmdesk.ui.gate import Gate
from ntmdesk.ui.lanes import Session, Worker, gate_jobs
from ntmdesk.ui.network_watch import load_network
from ntmdesk.ui.page_pictures import save_gates, save_pictures

log = logging.getLogger(__name__)

PASSPHRASE = "NTMDESK_PASSPHRASE"  # noqa: S105  the name of a variable
PERSON = "NTMDESK_PERSON"
HOME = "NTMDESK_HOME"
LANG = "NTMDESK_LANG"
HAMLET = "thon-mo-phong"
"""Folder of the simulated hamlet inside the home."""
HAMLET_PASSPHRASE = "thôn mô phỏng để dùng thử"  # noqa: S105  of invented people
HAMLET_PERSON = "Nguyễn Thị Hoa"


class Alarm(QObject):
    """Brings an error nobody caught from whatever thread it was in to the window's."""

    rung = Signal(object)


class App:
    """From the closed store to the window and back: wizard or unlock, window, lock, another person.

    ``surroundings`` is called in the worker, because reading the catalogue takes a while.
    """

    def __init__(self, paths: Paths, settings: Settings, surroundings: Callable[[], Surroundings]) -> None:
        self.paths = paths
        self.settings = settings
        self._surroundings = surroundings
        self._gate: Gate | None = None
        self._worker: Worker | None = None
        self.desktop: Desktop | None = None
        self._was_at = ""
        self._unsaved = False

    def start(self, passphrase: str | None = None, person: str | None = None) -> None:
        """Show the first run, the unlock screen, or with a passphrase try the store at once."""
        self._worker = Worker("store")
        there = unlocking.store_there(self.paths.home)
        jobs = gate_jobs(self._worker)
        jobs.busy.connect(self._opening)
        gate = Gate(
            self.paths.home,
            there,
            jobs,
            self.settings,
            self._surroundings,
            simulated_hamlet(self.paths.home / HAMLET, self._surroundings),
        )
        gate.opened.connect(self._opened)
        gate.language_chosen.connect(self._speak)
        self._gate = gate
        gate.show()
        if there and passphrase is not None:
            gate.open_with(passphrase, person)

    def lock(self) -> None:
        """Close the store and ask for a passphrase again."""
        desktop, self.desktop = self.desktop, None
        if desktop is not None:
            self._was_at = desktop.place()
            self.start()  # before the window goes: the program ends with its last window
            desktop.end(wait=False)

    def end(self) -> None:
        """Close the store; waits for what is being written."""
        if self.desktop is not None:
            self.desktop.end(wait=True)
            self.desktop = None
        if self._worker is not None:
            self._worker.end(wait=True)
            self._worker = None

    def tell_broken(self, error: object) -> None:
        """An error nobody caught, already logged."""
        if self.desktop is not None:
            self.desktop.tell_broken(error)

    def change_settings(self, settings: Settings) -> None:
        """Keep the settings and wear them; another language, theme or size builds the window anew, soon.

        EnvironmentProblem ``read_only``, ``disk_full``: nothing is changed then.
        """
        before = self.settings
        save_settings(self.paths.settings, settings)
        self.settings = settings
        desktop = self.desktop
        if desktop is None:
            dress(settings, before)
        elif looks(before) == looks(settings):
            desktop.take_settings(settings)
        else:
            QTimer.singleShot(0, desktop, lambda: desktop.rebuild(settings, lambda: dress(settings, before)))

    def _opening(self, begun: bool) -> None:
        if begun:  # a key is derived in the other thread: the person waits and this one has nothing to do
            QTimer.singleShot(0, load_network)

    def _opened(self, store: Store, author: Author) -> None:
        gate, worker = self._gate, self._worker
        self._gate, self._worker = None, None
        if worker is None:
            return
        if self._unsaved or author.name != self.settings.person:
            self.settings = replace(self.settings, person=author.name)
            self._save_settings()
        session = Session(store.home, store.key, store.surroundings, author)
        self.desktop = Desktop(session, worker, self.settings, self.change_settings, self.lock)
        self.desktop.show(self._was_at or "home")
        self._was_at = ""
        if gate is not None:
            gate.close()
            gate.deleteLater()

    def _speak(self, language: str) -> None:
        before, self.settings = self.settings, replace(self.settings, language=language)
        dress(self.settings, before)
        if self.paths.settings.parent.is_dir():
            self._save_settings()
        else:
            self._unsaved = True  # the first run makes the folder with the store

    def _save_settings(self) -> None:
        try:
            save_settings(self.paths.settings, self.settings)
            self._unsaved = False
        except AppError as error:
            log.warning("settings not saved: %s", error.code)


def simulated_hamlet(
    home: Path, surroundings: Callable[[], Surroundings]
) -> Callable[[Worker], unlocking.Unlocked]:
    """Work that opens the simulated hamlet of a folder, furnishing it the first time; runs in the worker.

    Everybody in it is invented, so its passphrase is no secret.
    """

    def opening(worker: Worker) -> unlocking.Unlocked:
        from ntmdesk.demo.hamlet import furnish

        if unlocking.store_there(home):
            found = unlocking.unlock(home, HAMLET_PASSPHRASE, surroundings())
        else:
            made = unlocking.create(home, HAMLET_PASSPHRASE, HAMLET_PERSON, surroundings())
            with made.store.begin(made.author) as uow:
                furnish(uow, today(uow))
            found = unlocking.Unlocked(made.store, made.author)
        worker.take(found.store)
        return found

    return opening


def looks(settings: Settings) -> tuple[str, str, int]:
    """What the clothes of the window are made of."""
    return settings.language, settings.theme, settings.text_size


def dress(settings: Settings, before: Settings) -> None:
    """Put language, theme and text size in force where they changed."""
    from PySide6.QtWidgets import QApplication

    app = QApplication.instance()
    if settings.language != before.language:
        translation.install(settings.language)
    if isinstance(app, QApplication) and (settings.theme, settings.text_size) != (
        before.theme,
        before.text_size,
    ):
        mode = system_mode() if settings.theme == "system" else settings.theme
        theme.apply(app, mode, settings.text_size / 100)


def take_pictures(home: Path, passphrase: str, out: Path, person: str | None = None) -> list[Path]:
    """Open the store's real window and save each page, light and dark, at 1366×768.  AppError as unlock."""
    from ntmdesk.services.surroundings import surroundings

    paths = find_paths(home)
    if not unlocking.store_there(paths.home):
        raise UserError("no_store", home=str(paths.home))
    settings = load_settings(paths.settings).settings
    make_application(("ntmdesk",), settings.language, "light", 1.0)
    worker = Worker("store")

    def opening() -> unlocking.Unlocked:
        found = unlocking.unlock(paths.home, passphrase, surroundings(paths.home), person)
        worker.take(found.store)
        return found

    try:
        unlocked = worker.executor.submit(opening).result()
    except BaseException:
        worker.end(wait=True)
        raise
    session = Session(paths.home, unlocked.store.key, unlocked.store.surroundings, unlocked.author)
    gates = _gates(paths.home, worker, settings, unlocked.store.surroundings)
    desktop = Desktop(session, worker, settings, lambda _: None, lambda: None)
    try:
        return save_gates(gates, out) + save_pictures(desktop, out)
    finally:
        desktop.end(wait=True)


def _gates(home: Path, worker: Worker, settings: Settings, ready: Surroundings) -> dict[str, Gate]:
    """The first run at its second step, and the unlock screen; neither opens anything."""

    def gate(there: bool) -> Gate:
        hamlet = simulated_hamlet(home / HAMLET, lambda: ready)
        return Gate(home, there, gate_jobs(worker), settings, lambda: ready, hamlet)

    first = gate(False)
    if first.wizard is not None:
        first.wizard.show_step("way")
    return {"first-run": first, "unlock": gate(True)}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the window; 0 when it was closed, 1 when it could not be opened."""
    options = _options(list(sys.argv[1:] if argv is None else argv))
    paths = find_paths(options.home or os.environ.get(HOME))
    person = options.as_person or os.environ.get(PERSON) or None
    passphrase = os.environ.get(PASSPHRASE)
    language = options.lang or os.environ.get(LANG)
    try:
        if options.pictures is not None:
            if passphrase is None:
                raise UserError("passphrase_required", variable=PASSPHRASE)
            take_pictures(paths.home, passphrase, options.pictures, person)
            return 0
        settings = load_settings(paths.settings).settings
        if language in translation.LANGUAGES:
            settings = replace(settings, language=str(language))
        return _run(paths, settings, passphrase, person)
    except AppError as error:
        print(message_of(error, language or "vi"), file=sys.stderr)
        return 1


def _run(paths: Paths, settings: Settings, passphrase: str | None, person: str | None) -> int:
    from ntmdesk.services.surroundings import surroundings

    qt = make_application(("ntmdesk",), settings.language, settings.theme, settings.text_size / 100)
    handler = start_logs(paths.logs) if unlocking.store_there(paths.home) else None
    app = App(paths, settings, lambda: surroundings(paths.home))
    alarm = Alarm()
    alarm.rung.connect(app.tell_broken)
    unhook = install_last_resort(alarm.rung.emit)
    try:
        app.start(passphrase, person)
        return qt.exec()
    finally:
        app.end()
        unhook()
        if handler is not None:
            stop_logs(handler)


def _options(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="ntmdesk-window")
    parser.add_argument("--home", "--data", dest="home", type=Path)
    parser.add_argument("--lang", choices=translation.LANGUAGES)
    parser.add_argument("--as", dest="as_person")
    parser.add_argument("--pictures", type=Path)
    return parser.parse_args(words)


if __name__ == "__main__":
    sys.exit(main())
