"""The window as a whole: opening by environment, pictures, lock and unlock, settings that rebuild it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ntmdesk import app
from ntmdesk.app import App
from ntmdesk.errors import EnvironmentProblem, SyncProblem
from ntmdesk.services import syncing, unlocking
from ntmdesk.services.surroundings import surroundings
from ntmdesk.services.syncing import SyncNumbers
from ntmdesk.system.paths import Paths
from ntmdesk.system.settings import Settings, load_settings
from ntmdesk.ui import theme, translation
from ntmdesk.ui.application import make_application
from ntmdesk.ui.page_pictures import PLACES
from tests.ntmdesk.store.cheap_keys import cheap_keys

__all__ = ["cheap_keys"]
PASSPHRASE = "trà sen buổi sáng bên hồ"


@pytest.fixture(scope="session")
def qapp() -> QApplication:
    return make_application()


@pytest.fixture(autouse=True)
def dressed(qapp: QApplication) -> Iterator[None]:
    """Whatever a test chooses, the next one finds Vietnamese, light, scale 1, and no window left."""
    yield
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    if translation.language() != "vi":
        translation.install("vi")
    if (theme.mode(), theme.scale()) != ("light", 1.0):
        theme.apply(qapp, "light", 1.0)


@pytest.fixture
def home(tmp_path: Path, cheap_keys: object) -> Path:
    folder = tmp_path / "nhà"
    made = unlocking.create(folder, PASSPHRASE, "Nguyễn Thị Hoa", surroundings(folder))
    made.store.close()
    return folder


@pytest.fixture
def running(qtbot: QtBot, home: Path) -> Iterator[Callable[..., App]]:
    apps: list[App] = []

    def start(**chosen: Any) -> App:
        settings = Settings(theme="light", auto_lock_minutes=0, sync_minutes=0, **chosen)
        made = App(Paths(home), settings, lambda: surroundings(home))
        apps.append(made)
        made.start(PASSPHRASE)
        qtbot.waitUntil(lambda: made.desktop is not None, timeout=20_000)
        return made

    yield start
    for one in apps:
        one.end()
        if one._gate is not None:
            one._gate.close()


def calm(qtbot: QtBot, made: App) -> None:
    desk = made.desktop
    assert desk is not None
    qtbot.waitUntil(lambda: not desk.jobs.working and not desk.line.working, timeout=20_000)


def test_a_passphrase_in_the_environment_opens_the_window(qtbot: QtBot, running: Callable[..., App]) -> None:
    made = running()
    assert made.desktop is not None
    assert made.desktop.window.isVisible()
    assert made.desktop.window.current == "home"
    calm(qtbot, made)


def test_what_qt_knows_of_the_network_is_loaded_before_the_window_is_worked_in(
    qtbot: QtBot, running: Callable[..., App], monkeypatch: pytest.MonkeyPatch
) -> None:
    there: list[bool] = []
    monkeypatch.setattr(app, "load_network", lambda: there.append(bool(apps and apps[0].desktop)))
    apps: list[App] = []
    begin = App.start

    def start(self: App, *words: Any) -> None:
        apps.append(self)
        begin(self, *words)

    monkeypatch.setattr(App, "start", start)
    calm(qtbot, running())
    assert there == [False], "once, while the key was derived"


def test_every_place_opens_and_nothing_breaks(qtbot: QtBot, running: Callable[..., App]) -> None:
    made = running()
    assert made.desktop is not None
    broken: list[object] = []
    made.desktop.jobs.broken.connect(broken.append)
    made.desktop.line.broken.connect(broken.append)
    for place in PLACES:
        assert made.desktop.window.has_place(place)
        made.desktop.window.open_place(place)
        calm(qtbot, made)
        assert made.desktop.window.current == place
    assert broken == []


def test_locking_closes_the_store_and_returns_where_one_was(
    qtbot: QtBot, running: Callable[..., App]
) -> None:
    made = running()
    desk = made.desktop
    assert desk is not None
    desk.window.open_place("vneid")
    calm(qtbot, made)
    made.lock()
    assert desk._ended
    gate = made._gate
    assert gate is not None
    assert gate.unlock is not None
    gate.unlock.passphrase.setText(PASSPHRASE)
    gate.unlock.passphrase.returnPressed.emit()
    qtbot.waitUntil(lambda: made.desktop is not None, timeout=20_000)
    again = made.desktop
    assert again is not None
    assert again.place() == "vneid"
    calm(qtbot, made)


def test_another_language_builds_the_window_anew_and_is_kept(
    qtbot: QtBot, running: Callable[..., App], home: Path
) -> None:
    made = running()
    desk = made.desktop
    assert desk is not None
    desk.window.open_place("settings")
    calm(qtbot, made)
    made.change_settings(replace(made.settings, language="en"))
    qtbot.waitUntil(lambda: translation.language() == "en")
    assert desk.place() == "settings"
    made_title = desk.window.windowTitle()
    assert made_title.startswith("Settings")
    assert load_settings(Paths(home).settings).settings.language == "en"
    calm(qtbot, made)


def test_another_theme_and_size_are_worn_at_once_where_one_was(
    qtbot: QtBot, running: Callable[..., App]
) -> None:
    made = running()
    desk = made.desktop
    assert desk is not None
    desk.window.open_place("training")
    calm(qtbot, made)
    made.change_settings(replace(made.settings, theme="dark", text_size=150))
    qtbot.waitUntil(lambda: theme.mode() == "dark")
    assert theme.scale() == 1.5
    assert desk.window.isVisible()
    assert desk.place() == "training"
    calm(qtbot, made)


def test_a_try_in_the_background_that_finds_no_line_troubles_nobody(
    qtbot: QtBot, running: Callable[..., App], monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[Path] = []

    def sync(store: Any, step: Any) -> None:
        tries.append(store.home)
        raise SyncProblem("offline")

    monkeypatch.setattr(syncing, "sync", sync)
    made = running()
    desk = made.desktop
    assert desk is not None
    calm(qtbot, made)
    desk.sync_quietly()
    assert tries == []
    desk._enrolled = True
    desk.sync_quietly()
    calm(qtbot, made)
    assert tries == [desk.session.home]
    assert desk.window.banner.text == ""
    assert not desk._syncing


def test_a_sync_that_is_due_by_itself_moves_nothing_a_person_looks_at(
    qtbot: QtBot, running: Callable[..., App], monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[Path] = []

    def sync(store: Any, step: Any) -> SyncNumbers:
        tries.append(store.home)
        return SyncNumbers(0, 0, 0, 0, 0, 0, 1, 0, 0)

    monkeypatch.setattr(syncing, "sync", sync)
    made = running()
    desk = made.desktop
    assert desk is not None
    desk.window.open_place("settings")
    calm(qtbot, made)
    before = (desk.window.focusWidget(), desk.place(), QApplication.activeModalWidget())
    desk._enrolled = True
    desk.watch.settings(15, False)
    desk.watch.due.emit()
    assert desk.watch.next_in == -1
    calm(qtbot, made)
    assert tries == [desk.session.home]
    assert (desk.window.focusWidget(), desk.place(), QApplication.activeModalWidget()) == before
    assert desk.window.banner.text == ""
    assert desk.watch.next_in > 0
    assert not desk.watch.times.doubtful


def test_a_sync_that_ends_as_nobody_foresaw_is_not_the_last(
    qtbot: QtBot, running: Callable[..., App], monkeypatch: pytest.MonkeyPatch
) -> None:
    def sync(store: Any, step: Any) -> SyncNumbers:
        raise ZeroDivisionError

    monkeypatch.setattr(syncing, "sync", sync)
    made = running()
    desk = made.desktop
    assert desk is not None
    calm(qtbot, made)
    desk._enrolled = True
    desk.watch.settings(15, False)
    desk.watch.due.emit()
    calm(qtbot, made)
    assert not desk._syncing
    assert desk.watch.next_in > 0
    assert desk.window.banner.text


def test_an_error_nobody_foresaw_is_told_in_the_window(qtbot: QtBot, running: Callable[..., App]) -> None:
    made = running()
    desk = made.desktop
    assert desk is not None
    calm(qtbot, made)
    alarm = app.Alarm()
    alarm.rung.connect(made.tell_broken)
    alarm.rung.emit(ZeroDivisionError())
    assert desk.window.banner.text


def test_settings_that_cannot_be_kept_are_not_worn(
    running: Callable[..., App], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, settings: Settings) -> None:
        raise EnvironmentProblem("read_only")

    made = running()
    monkeypatch.setattr(app, "save_settings", refuse)
    with pytest.raises(EnvironmentProblem):
        made.change_settings(replace(made.settings, theme="dark"))
    assert made.settings.theme == "light"
    assert theme.mode() == "light"


def test_a_wrong_passphrase_leaves_the_unlock_screen(qtbot: QtBot, home: Path) -> None:
    made = App(Paths(home), Settings(), lambda: surroundings(home))
    made.start("hoàn toàn không phải")
    gate = made._gate
    assert gate is not None
    assert gate.unlock is not None
    unlock = gate.unlock
    qtbot.waitUntil(lambda: bool(unlock.told), timeout=20_000)
    assert made.desktop is None
    gate.close()
    made.end()


def test_a_home_without_a_store_begins_with_the_first_run(
    qtbot: QtBot, tmp_path: Path, cheap_keys: object
) -> None:
    empty = tmp_path / "trống"
    made = App(Paths(empty), Settings(), lambda: surroundings(empty))
    made.start()
    gate = made._gate
    assert gate is not None
    assert gate.wizard is not None
    assert not empty.exists()
    gate.close()
    made.end()


def test_a_language_chosen_before_there_is_a_folder_is_kept_with_the_store(
    qtbot: QtBot, tmp_path: Path, cheap_keys: object, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "mới"
    made = App(Paths(folder), Settings(auto_lock_minutes=0, sync_minutes=0), lambda: surroundings(folder))
    made.start()
    gate = made._gate
    assert gate is not None
    gate.language_chosen.emit("en")
    assert not folder.exists()
    assert not caplog.records
    worker = made._worker
    assert worker is not None

    def found() -> unlocking.Unlocked:
        new = unlocking.create(folder, PASSPHRASE, "Nguyễn Thị Hoa", surroundings(folder))
        worker.take(new.store)
        return unlocking.Unlocked(new.store, new.author)

    opened = worker.executor.submit(found).result()
    gate.opened.emit(opened.store, opened.author)
    assert made.desktop is not None
    calm(qtbot, made)
    assert load_settings(Paths(folder).settings).settings.language == "en"
    made.end()


def test_the_simulated_hamlet_is_furnished_once_and_opened_again(tmp_path: Path, cheap_keys: object) -> None:
    from ntmdesk.ui.lanes import Worker
    from tests.fakes import ManualExecutor

    folder = tmp_path / app.HAMLET
    opening = app.simulated_hamlet(folder, lambda: surroundings(folder))
    counts = []
    for _ in range(2):
        worker = Worker("test", ManualExecutor())
        found = opening(worker)
        with found.store.look() as uow:
            counts.append((uow.records.count("household"), uow.records.count("support_visit")))
        worker.drop()
    assert counts[0] == counts[1]
    assert min(counts[0]) > 20


def test_pictures_of_every_page_light_and_dark(home: Path, tmp_path: Path, qapp: QApplication) -> None:
    files = app.take_pictures(home, PASSPHRASE, tmp_path / "ảnh")
    names = [file.name for file in files]
    assert names[:2] == ["00-first-run.png", "00-unlock.png"]
    files, names = files[2:], names[2:]
    assert len(names) == 2 * len(PLACES)
    assert names[0] == "01-home-dark.png"
    assert {name.rsplit("-", 1)[1] for name in names} == {"light.png", "dark.png"}
    light, dark = QImage(str(files[1])), QImage(str(files[0]))
    assert (light.width(), light.height()) == (1366, 768)
    assert light.pixelColor(800, 760).lightness() > 200 > 80 > dark.pixelColor(800, 760).lightness()


def test_without_a_store_the_program_says_so_and_fails(tmp_path: Path) -> None:
    surround = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "NTMDESK_PASSPHRASE": PASSPHRASE}
    done = subprocess.run(
        [sys.executable, "-m", "ntmdesk.app", "--home", str(tmp_path), "--pictures", str(tmp_path / "p")],
        env=surround,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.strip()
    assert not (tmp_path / "p").exists()
