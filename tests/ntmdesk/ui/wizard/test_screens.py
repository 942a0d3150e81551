"""The first run on the screen, from the language to the open store; joining that fails and is put off."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QRadioButton
from pytestqt.qtbot import QtBot

from ntmdesk.errors import SyncProblem
from ntmdesk.services import enrolling, unlocking
from ntmdesk.services.enrolling import Enrolled
from ntmdesk.services.surroundings import surroundings
from ntmdesk.services.unlocking import Unlocked
from ntmdesk.store.surroundings import Author
from ntmdesk.ui.lanes import Worker, gate_jobs
from ntmdesk.ui.messages import sentence
from ntmdesk.ui.wizard.panels import (
    InvitationPanel,
    PassphrasePanel,
    PersonPanel,
    RecoveryPanel,
    TypedBackPanel,
    WayPanel,
)
from ntmdesk.ui.wizard.screens import Wizard
from tests.fakes import ManualExecutor
from tests.ntmdesk.store.cheap_keys import cheap_keys
from tests.ntmdesk.ui.accessibility import walk

__all__ = ["cheap_keys"]
PASSPHRASE = "trà sen buổi sáng bên hồ"


class FirstRun:
    """The wizard, and hands to fill it in."""

    def __init__(self, qtbot: QtBot, home: Path) -> None:
        self.executor = ManualExecutor()
        self.worker = Worker("test", self.executor)
        self.opened: list[tuple[Any, Any]] = []
        self.wizard = Wizard(
            home, gate_jobs(self.worker), lambda: surroundings(home), "vi", lambda worker: self.demo(worker)
        )
        self.wizard.opened.connect(lambda store, author: self.opened.append((store, author)))
        self.home = home
        qtbot.addWidget(self.wizard)
        self.wizard.show()

    def demo(self, worker: Worker) -> Unlocked:
        made = unlocking.create(self.home / "mẫu", PASSPHRASE, "Người thử", surroundings(self.home))
        worker.take(made.store)
        return Unlocked(made.store, made.author)

    def on(self) -> str:
        self.wizard.go_on()
        self.executor.drain()
        return self.wizard.step

    def choose(self, way: str) -> None:
        self.on()
        panel = self.wizard.panel
        assert isinstance(panel, WayPanel)
        self.wizard.answers = type(self.wizard.answers)(language="vi", way=way)
        self.wizard.show_step("way")
        self.on()

    def name(self, name: str = "Nguyễn Thị Hoa") -> None:
        panel = self.wizard.panel
        assert isinstance(panel, PersonPanel)
        panel.name.setText(name)
        self.on()

    def passphrase(self) -> None:
        panel = self.wizard.panel
        assert isinstance(panel, PassphrasePanel)
        panel.pair.first.setText(PASSPHRASE)
        panel.pair.again.setText(PASSPHRASE)
        self.on()

    def type_back(self) -> None:
        shown = self.wizard.panel
        assert isinstance(shown, RecoveryPanel)
        code = shown.code.text()
        self.on()
        panel = self.wizard.panel
        assert isinstance(panel, TypedBackPanel)
        panel.typed.setText("sai")
        assert self.on() == "typed_back"
        assert self.wizard.problem
        panel.typed.setText(code.lower())
        self.on()


@pytest.fixture
def run(qtbot: QtBot, tmp_path: Path, cheap_keys: object) -> Iterator[FirstRun]:
    made = FirstRun(qtbot, tmp_path / "nhà")
    yield made
    made.worker.drop()


def test_each_step_begins_in_its_first_field(qtbot: QtBot, tmp_path: Path) -> None:
    run = FirstRun(qtbot, tmp_path)
    way = run.wizard
    way.answers = replace(way.answers, way="join")
    for step, field in (("invitation", "url"), ("person", "name"), ("typed_back", "typed")):
        way.show_step(step)
        assert way.focusWidget() is getattr(way.panel, field)
    way.show_step("passphrase")
    assert isinstance(way.panel, PassphrasePanel)
    assert way.focusWidget() is way.panel.pair.first
    way.show_step("way")
    assert isinstance(way.focusWidget(), QRadioButton)


def test_starting_alone_makes_a_store_only_the_passphrase_opens(run: FirstRun) -> None:
    run.choose("alone")
    run.name()
    run.passphrase()
    assert run.wizard.step == "recovery"
    assert unlocking.store_there(run.home)
    run.type_back()
    assert run.wizard.step == "done"
    run.on()
    store, author = run.opened[0]
    assert author.name == "Nguyễn Thị Hoa"
    assert store.home == run.home
    assert run.wizard.answers.passphrase == ""


def test_every_screen_can_be_read_aloud(run: FirstRun) -> None:
    for step in ("language", "way", "invitation", "person", "passphrase", "recovery", "typed_back", "done"):
        run.wizard.show_step(step)
        walk(run.wizard)


def test_nothing_is_made_before_the_passphrase_and_back_keeps_answers(run: FirstRun) -> None:
    run.choose("alone")
    run.name("Lê Văn Nam")
    run.wizard.go_back()
    panel = run.wizard.panel
    assert isinstance(panel, PersonPanel)
    assert panel.name.text() == "Lê Văn Nam"
    assert not unlocking.store_there(run.home)


def test_a_missing_answer_is_told_and_the_step_stays(run: FirstRun) -> None:
    run.choose("alone")
    assert run.on() == "person"
    assert run.wizard.problem


def test_a_short_passphrase_makes_nothing(run: FirstRun) -> None:
    run.choose("alone")
    run.name()
    panel = run.wizard.panel
    assert isinstance(panel, PassphrasePanel)
    panel.pair.first.setText("ngắn")
    panel.pair.again.setText("ngắn")
    assert run.on() == "passphrase"
    assert not unlocking.store_there(run.home)


def join(run: FirstRun) -> None:
    run.choose("join")
    panel = run.wizard.panel
    assert isinstance(panel, InvitationPanel)
    panel.url.setText("https://xa.example.vn")
    panel.code.setText("AB12-CD34")
    run.on()
    run.name()
    run.passphrase()
    run.type_back()


def test_joining_gives_the_person_their_role(run: FirstRun, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, str]] = []

    def enrol(store: Any, author: Author, url: str, code: str, step: Any) -> Enrolled:
        asked.append((url, code))
        return Enrolled("t", "leader", "d", 3)

    monkeypatch.setattr(enrolling, "enrol", enrol)
    monkeypatch.setattr(enrolling, "author_after", lambda _, a: Author(a.person, a.name, "leader"))
    join(run)
    assert asked == [("https://xa.example.vn", "AB12-CD34")]
    run.on()
    assert run.opened[0][1].role == "leader"


def test_joined_without_a_first_sync_goes_on_and_says_why(
    run: FirstRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Trying again with the same invitation would say that it is used up."""
    broken = SyncProblem("dropped")
    monkeypatch.setattr(enrolling, "enrol", lambda *_: Enrolled("t", "member", "d", 0, broken))
    monkeypatch.setattr(enrolling, "author_after", lambda _, a: Author(a.person, a.name, "member"))
    join(run)
    assert run.wizard.step == "done"
    assert run.wizard.problem.startswith("Bạn đã vào tổ.")
    assert sentence(broken) in run.wizard.problem
    run.on()
    assert run.opened[0][1].role == "member"


def test_joining_without_a_line_can_be_tried_again_or_put_off(
    run: FirstRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    def enrol(*_: Any) -> Enrolled:
        raise SyncProblem("offline")

    monkeypatch.setattr(enrolling, "enrol", enrol)
    join(run)
    assert run.wizard.step == "joining"
    assert run.wizard.problem
    assert run.wizard._later.isVisibleTo(run.wizard)
    assert run.on() == "joining"
    run.wizard._later.click()
    run.on()
    assert run.opened[0][1].name == "Nguyễn Thị Hoa"


def test_the_simulated_hamlet_opens_in_its_own_folder(run: FirstRun) -> None:
    run.choose("demo")
    run.on()
    assert run.opened[0][0].home == run.home / "mẫu"
    assert not unlocking.store_there(run.home)


def test_strength_is_said_while_typing_and_letters_are_hidden_until_asked(run: FirstRun) -> None:
    run.choose("alone")
    run.name()
    panel = run.wizard.panel
    assert isinstance(panel, PassphrasePanel)
    pair = panel.pair
    pair.first.setText("trà sen buổi sáng bên hồ")
    assert pair.word.text() == "Rất tốt."
    assert pair.first.echoMode() == pair.first.EchoMode.Password
    pair.shown.setChecked(True)
    assert pair.first.echoMode() == pair.first.EchoMode.Normal
