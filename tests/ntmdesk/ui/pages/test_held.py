"""An unusual loss waits on the sync page; a new life of the store is told once, with what to do."""

from __future__ import annotations

from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from ntmdesk.errors import SyncProblem
from ntmdesk.services import mass_change, people, records, syncing
from ntmdesk.store.lives import mint
from ntmdesk.store.surroundings import PROGRAM
from ntmdesk.ui.pages.life_notice import STORIES
from ntmdesk.ui.pages.syncing import SyncingPage
from tests.ntmdesk.after_sync import answered
from tests.ntmdesk.services.test_mass_change import SERVER, TEAM
from tests.ntmdesk.store.laptops import enrolment
from tests.ntmdesk.ui.accessibility import walk
from tests.ntmdesk.ui.pages.line import line_of
from tests.ntmdesk.ui.pages.showing import Told, show
from tests.ntmdesk.ui.pages.village import Village, village

__all__ = ["village"]


def open_page(qtbot: QtBot, village: Village) -> tuple[SyncingPage, Told]:
    page = SyncingPage(village.jobs, line_of(village), village.catalogue, village.today)
    return page, show(qtbot, page, village)


def delete_many(village: Village) -> None:
    with village.store.begin(PROGRAM) as uow:
        uow.peers.join(enrolment(SERVER, TEAM, ()), "http://127.0.0.1")
    made = []
    with village.begin() as uow:
        for n in range(30):
            values = {"head_name": f"Lê Văn {n}", "lane": f"Ngõ {n}"}
            made.append(people.add_household(uow, values, sure=True).household)
    answered(village)
    with village.begin() as uow:
        for id in made[:25]:
            records.delete(uow, "household", id)


def test_a_held_loss_is_told_and_taken_back(qtbot: QtBot, village: Village) -> None:
    delete_many(village)
    page, _ = open_page(qtbot, village)
    assert page.held.words.text() == "Hộ gia đình: xóa 25, trong 37 bản ghi đang có"
    assert page.held.isVisibleTo(page)
    walk(page)
    page.held.undo_button.click()
    village.drain()
    assert not page.held.isVisibleTo(page)
    assert "25" in page.told_words
    assert village.ask(mass_change.held) == ()
    assert village.ask(records.deleted_rows, "household") == []


def test_a_confirmed_loss_is_sent_at_once(
    qtbot: QtBot, village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[Any, ...]] = []

    def sync(store: Any, step: Any, **_: bool) -> Any:
        with store.look() as uow:
            asked.append(uow.losses.held())
        return syncing.SyncNumbers(25, 25, 0, 0, 0, 0, 1, 0, 0)

    delete_many(village)
    monkeypatch.setattr(syncing, "sync", sync)
    page, _ = open_page(qtbot, village)
    page.held.confirm_button.click()
    village.drain()
    assert asked == [()]
    assert not page.held.isVisibleTo(page)


def test_a_sync_that_was_held_points_at_the_card(
    qtbot: QtBot, village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sync(store: Any, step: Any, **_: bool) -> Any:
        raise SyncProblem("confirm_needed", records=25)

    delete_many(village)
    monkeypatch.setattr(syncing, "sync", sync)
    page, _ = open_page(qtbot, village)
    page.sync_now()
    village.drain()
    assert page.told_words == "Chưa gửi gì; hãy xem ngay bên dưới."


def test_without_a_loss_there_is_no_card(qtbot: QtBot, village: Village) -> None:
    page, _ = open_page(qtbot, village)
    assert not page.held.isVisibleTo(page)
    assert not page.life.isVisibleTo(page)


@pytest.mark.parametrize("reason", ["clone", "other_machine", "older_copy"])
def test_a_new_life_says_what_happened_and_what_to_do_until_it_is_known(
    qtbot: QtBot, village: Village, reason: str
) -> None:
    with village.begin() as uow:
        uow.finish()
        uow.replica = mint(uow.db, village.store.surroundings, reason)
    page, _ = open_page(qtbot, village)
    assert page.life.isVisibleTo(page)
    assert "không mất" in page.life.calm.text()
    said = [page.life.what.text(), page.life.todo.text()]
    assert all(said)
    assert not set(said) & {STORIES[reason][1], STORIES[reason][2]}  # in Vietnamese
    walk(page)
    page.life.understood.click()
    village.drain()
    page.refresh()
    village.drain()
    assert not page.life.isVisibleTo(page)


def test_every_reason_a_store_can_have_for_a_new_life_has_its_story() -> None:
    assert set(STORIES) == {
        *("clone", "gap", "other_machine", "other_folder", "other_life", "older_copy", "no_witness")
    }
