"""Unlocking: person, wrong passphrase, recovery."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from ntmdesk.services import persons, unlocking
from ntmdesk.services.surroundings import surroundings
from ntmdesk.ui.lanes import Worker, gate_jobs
from ntmdesk.ui.wizard.unlock import Unlock
from tests.fakes import ManualExecutor
from tests.ntmdesk.store.cheap_keys import cheap_keys
from tests.ntmdesk.ui.accessibility import walk

__all__ = ["cheap_keys"]
HOA, NAM = "trà sen buổi sáng bên hồ", "chợ phiên sớm ngày rằm"


class Door:
    """The unlock screen of a home with one or two people."""

    def __init__(self, qtbot: QtBot, home: Path, people: int, last: str = "") -> None:
        made = unlocking.create(home, HOA, "Nguyễn Thị Hoa", surroundings(home))
        self.code = made.recovery_code
        if people > 1:
            persons.add(made.store, home, "Lê Văn Nam", NAM)
        made.store.close()
        self.executor = ManualExecutor()
        self.worker = Worker("test", self.executor)
        self.opened: list[Any] = []
        self.screen = Unlock(home, gate_jobs(self.worker), lambda: surroundings(home), last)
        self.screen.opened.connect(lambda store, author: self.opened.append(author))
        qtbot.addWidget(self.screen)
        self.screen.show()

    def type(self, passphrase: str) -> None:
        self.screen.passphrase.setText(passphrase)
        self.screen.passphrase.returnPressed.emit()
        self.executor.drain()


@pytest.fixture
def doors(qtbot: QtBot, tmp_path: Path, cheap_keys: object) -> Iterator[Any]:
    made: list[Door] = []

    def make(people: int = 1, last: str = "") -> Door:
        made.append(Door(qtbot, tmp_path / "nhà", people, last))
        return made[-1]

    yield make
    for door in made:
        door.worker.drop()


def test_one_person_only_types_the_passphrase(doors: Any) -> None:
    door = doors()
    walk(door.screen)
    assert not door.screen.who.isVisibleTo(door.screen)
    door.type(HOA)
    assert [author.name for author in door.opened] == ["Nguyễn Thị Hoa"]
    assert door.screen.passphrase.text() == ""


def test_a_wrong_passphrase_is_told_and_can_be_typed_again(doors: Any) -> None:
    door = doors()
    door.type("hoàn toàn không phải")
    assert door.screen.told
    assert not door.opened
    door.type(HOA)
    assert door.opened


def test_of_several_the_last_one_is_chosen(doors: Any) -> None:
    door = doors(2, "Lê Văn Nam")
    walk(door.screen)
    assert door.screen.who.isVisibleTo(door.screen)
    door.type(HOA)
    assert not door.opened
    door.type(NAM)
    assert [author.name for author in door.opened] == ["Lê Văn Nam"]


def test_the_recovery_code_opens_and_sets_a_new_passphrase(doors: Any) -> None:
    door = doors()
    door.screen._show_recovery(True)
    walk(door.screen)
    door.screen.code.setText(door.code)
    door.screen.pair.first.setText("câu mới thật là dài")
    door.screen.pair.again.setText("câu khác cũng thật dài")
    door.screen.recover()
    door.executor.drain()
    assert not door.opened
    door.screen.pair.again.setText("câu mới thật là dài")
    door.screen.recover()
    door.executor.drain()
    assert [author.name for author in door.opened] == ["Nguyễn Thị Hoa"]


def test_a_wrong_recovery_code_is_told(doors: Any) -> None:
    door = doors()
    door.screen._show_recovery(True)
    door.screen.code.setText("AAAA-BBBB-CCCC-DDDD-EEEE-FFFF-GGGG")
    door.screen.pair.first.setText("câu mới thật là dài")
    door.screen.pair.again.setText("câu mới thật là dài")
    door.screen.recover()
    door.executor.drain()
    assert door.screen.told
    assert not door.opened
