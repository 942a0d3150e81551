"""Settings: choices kept, people of the laptop, copies, the check, who answers for personal data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from ntmdesk.errors import EnvironmentProblem
from ntmdesk.services import persons, unlocking
from ntmdesk.services.surroundings import surroundings
from ntmdesk.store.surroundings import Author
from ntmdesk.system.settings import Settings
from ntmdesk.ui.jobs import Jobs
from ntmdesk.ui.lanes import Line
from ntmdesk.ui.pages.settings import SettingsPage
from tests.fakes import ManualExecutor
from tests.ntmdesk.store.cheap_keys import cheap_keys
from tests.ntmdesk.ui.accessibility import walk
from tests.ntmdesk.ui.pages.line import line_of
from tests.ntmdesk.ui.pages.village import SUNDAY, Village

__all__ = ["cheap_keys"]
PASSPHRASE = "một câu thật là dài"


@dataclass
class Kept:
    """What the page asked to keep."""

    now: Settings = field(default_factory=Settings)
    fails: bool = False

    def change(self, settings: Settings) -> None:
        if self.fails:
            raise EnvironmentProblem("read_only")
        self.now = settings


@pytest.fixture
def village(tmp_path: Path, cheap_keys: object) -> Iterator[Village]:
    """A store with a person who can open it."""
    made = unlocking.create(
        tmp_path / "nhà", PASSPHRASE, "Nguyễn Thị Hoa", surroundings(clock=lambda: SUNDAY)
    )
    executor = ManualExecutor()
    store, author = made.store, made.author
    jobs = Jobs(lambda: store.begin(author), executor, lambda: store.look(author))
    yield Village(store, jobs, executor, lambda: SUNDAY)
    store.close()


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
def page(qtbot: QtBot, village: Village, kept: Kept, tmp_path: Path) -> SettingsPage:
    def ask(parent: QWidget, name: str) -> str:
        return str(tmp_path / name)

    line: Jobs[Line] = line_of(village)
    author = Author(persons.people(village.store.home)[0].id, "Nguyễn Thị Hoa", "")
    made = SettingsPage(
        village.jobs, line, village.store.home, lambda: kept.now, kept.change, lambda: author, ask
    )
    qtbot.addWidget(made)
    made.resize(1128, 680)
    made.show()
    made.arrive()
    village.drain()
    return made


def pick(page: SettingsPage, box: str, value: object) -> None:
    combo = getattr(page, box)
    combo.setCurrentIndex(combo.findData(value))
    combo.activated.emit(combo.currentIndex())


@pytest.mark.parametrize(
    ("box", "name", "value"),
    [
        ("language", "language", "en"),
        ("theme", "theme", "dark"),
        ("text_size", "text_size", 150),
        ("lock", "auto_lock_minutes", 30),
        ("sync", "sync_minutes", 0),
    ],
)
def test_each_choice_is_kept(page: SettingsPage, kept: Kept, box: str, name: str, value: object) -> None:
    pick(page, box, value)
    assert getattr(kept.now, name) == value


def test_a_paid_network_is_spared_by_a_switch(page: SettingsPage, kept: Kept) -> None:
    assert page.metered.text() == "Tạm dừng đồng bộ khi mạng tính tiền theo dung lượng"
    page.metered.click()
    assert kept.now.pause_metered
    page.metered.click()
    assert not kept.now.pause_metered


def test_what_cannot_be_kept_is_told(page: SettingsPage, kept: Kept) -> None:
    kept.fails = True
    pick(page, "theme", "dark")
    assert page.told_words


def test_everything_can_be_read_aloud(page: SettingsPage, village: Village) -> None:
    walk(page)
    for button in (page.people.add_button, page.people.change_button):
        button.click()
        walk(page)


def add(page: SettingsPage, village: Village, name: str, first: str, again: str) -> None:
    page.people.add_button.click()
    page.people.name.setText(name)
    page.people.new_person.first.setText(first)
    page.people.new_person.again.setText(again)
    page.people.save_person.click()
    village.drain()


def test_a_person_is_added_and_can_open_the_store(page: SettingsPage, village: Village) -> None:
    add(page, village, "Lê Văn Nam", "mật khẩu của anh Nam", "mật khẩu của anh Nam")
    assert [p.name for p in persons.people(village.store.home)] == ["Nguyễn Thị Hoa", "Lê Văn Nam"]
    assert "Lê Văn Nam" in page.people._names.text()
    assert (
        persons.switch(village.store, village.store.home, "Lê Văn Nam", "mật khẩu của anh Nam").name
        == "Lê Văn Nam"
    )


@pytest.mark.parametrize(
    ("name", "first", "again"),
    [
        ("", "đủ dài để được nhận", "đủ dài để được nhận"),
        ("Lê Văn Nam", "ngắn", "ngắn"),
        ("Lê Văn Nam", "đủ dài để được nhận", "khác hẳn cái kia"),
        ("Nguyễn Thị Hoa", "đủ dài để được nhận", "đủ dài để được nhận"),
    ],
)
def test_a_person_who_cannot_be_added_is_told_why(
    page: SettingsPage, village: Village, name: str, first: str, again: str
) -> None:
    add(page, village, name, first, again)
    assert len(persons.people(village.store.home)) == 1
    assert page.told_words


Change = Callable[[str], None]


def test_the_own_passphrase_changes_only_with_the_present_one(page: SettingsPage, village: Village) -> None:
    home = village.store.home
    for old, works in (("sai hoàn toàn rồi", False), (PASSPHRASE, True)):
        page.people.change_button.click()
        page.people.old.setText(old)
        page.people.changed.first.setText("câu mới dài hơn trước")
        page.people.changed.again.setText("câu mới dài hơn trước")
        page.people.save_change.click()
        village.drain()
        assert bool(page.people.old.text()) != works
    assert persons.switch(village.store, home, "Nguyễn Thị Hoa", "câu mới dài hơn trước")


def test_a_new_recovery_code_is_shown_until_written_down(page: SettingsPage, village: Village) -> None:
    page.people.code_button.click()
    village.drain()
    code = page.people.code_shown
    assert len(code.replace("-", "")) > 16
    page.people._close()
    assert page.people.code_shown == ""


def test_a_copy_is_made_where_asked(page: SettingsPage, village: Village, tmp_path: Path) -> None:
    page.copy_button.click()
    village.drain()
    assert list(tmp_path.glob("*.ntmbackup"))
    assert page._banner.property("tone") == "good"


def test_the_store_is_checked_in_words(page: SettingsPage, village: Village) -> None:
    page.check_button.click()
    village.drain()
    words = [page._checked.itemAt(at).widget().text() for at in range(page._checked.count())]  # type: ignore[union-attr]
    assert words[0] == "Mọi thứ nguyên vẹn."
    assert all(word.startswith("✓") for word in words[1:])
    assert len(words) > 5


def test_about_says_who_answers_for_personal_data(page: SettingsPage) -> None:
    assert "dữ liệu cá nhân" in page._contact.text()
