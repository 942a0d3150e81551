"""While nobody writes to a store, a sync without news is answered from memory; never a moment longer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from ntmdesk.store.database import Store
from ntmdesk.store.sums import FRESH_SECONDS
from ntmdesk.store.surroundings import PROGRAM
from sync.engine.ports import SiftedPage, Taken
from sync.protocol.kinds_load import load
from sync.protocol.messages import Limits
from sync.protocol.pages import Cursor, Digest
from sync.protocol.vouchers import Voucher
from tests.ntmdesk.store.laptops import CATALOGUE, StoreLaptop
from tests.ntmdesk.store.places import LAN, counted_entropy
from tests.ntmdesk.store.test_replica import ONE, SERVER, STREAM, TWO, page, row


class Round:
    """A sync without news, as the engine asks for it; ``asked``: one entry for each transaction."""

    def __init__(self, laptop: StoreLaptop, monkeypatch: pytest.MonkeyPatch) -> None:
        self.laptop = laptop
        self.asked: list[str] = []
        for name in ("look", "begin"):
            monkeypatch.setattr(laptop.store, name, self._counted(name, getattr(laptop.store, name)))

    def _counted(self, name: str, real: object) -> object:
        def counted(*arguments: object) -> object:
            self.asked.append(name)
            return real(*arguments)  # type: ignore[operator]

        return counted

    def go(self) -> tuple[object, ...]:
        laptop = self.laptop
        standing = laptop.standing()
        (cursor,) = standing.cursors
        packet = laptop.packet(STREAM, standing.first_waiting[STREAM], Limits())
        taken = laptop.take("", (), (SiftedPage(STREAM, cursor, ()),), 1)
        return standing, packet, taken, laptop.digest(STREAM)

    def from_memory(self) -> bool:
        self.asked.clear()
        self.go()
        return not self.asked


@pytest.fixture
def laptop(tmp_path: Path) -> Iterator[StoreLaptop]:
    made = StoreLaptop.join(tmp_path / "home", STREAM, SERVER, (bytes(32),), counted_entropy("x"))
    made.take("n" * 32, (), (page(row(ONE, name="A")),), 1)
    yield made
    made.store.close()


@pytest.fixture
def quiet(laptop: StoreLaptop, monkeypatch: pytest.MonkeyPatch) -> Round:
    """A laptop that is up to date, and knows so."""
    made = Round(laptop, monkeypatch)
    made.go()
    made.go()
    assert made.from_memory()
    return made


@pytest.fixture
def beside(quiet: Round) -> Iterator[Store]:
    """The same store in the hand of another process."""
    store = quiet.laptop.place.open()
    yield store
    store.close()


def test_what_is_told_from_memory_is_what_the_store_says(quiet: Round) -> None:
    told = quiet.go()
    quiet.laptop.store.stillness.forget()
    assert quiet.go() == told
    assert isinstance(told[3], Digest)


def test_what_another_process_saves_goes_out_with_the_next_sync(quiet: Round, beside: Store) -> None:
    with beside.begin(LAN) as uow:
        uow.records.add("visit", {"name": "B"}, id=TWO)
    _, packet, taken, digest = quiet.go()
    assert packet is not None
    assert isinstance(taken, Taken)
    assert (taken.pending, digest) == (1, None)


def test_what_another_process_has_read_moves_the_cursor(quiet: Round, beside: Store) -> None:
    other = StoreLaptop(quiet.laptop.place, beside)
    other.take("m" * 32, (), (page(row(TWO, name="B"), seq=2),), 1)
    standing = quiet.laptop.standing()
    assert (standing.cursors[0].seq, standing.after) == (2, "m" * 32)
    assert quiet.laptop.digest(STREAM) == other.digest(STREAM)


@pytest.mark.parametrize("saves", ["own", "beside"])
def test_between_two_questions_of_one_sync_somebody_saves(quiet: Round, beside: Store, saves: str) -> None:
    quiet.laptop.standing()
    with (quiet.laptop.store if saves == "own" else beside).begin(LAN) as uow:
        uow.records.add("visit", {"name": "B"}, id=TWO)
    assert quiet.laptop.packet(STREAM, 1, Limits()) is not None


def test_a_save_that_was_taken_back_leaves_nothing_false(quiet: Round) -> None:
    before = quiet.go()
    with suppress(ZeroDivisionError), quiet.laptop.store.begin(LAN) as uow:
        uow.records.add("visit", {"name": "B"}, id=TWO)
        _ = 1 // 0
    assert quiet.go() == before


def test_an_answer_with_news_is_stored_whatever_was_remembered(quiet: Round) -> None:
    for pages in (
        (page(row(TWO, name="B"), seq=2),),
        (page(aside=(row(TWO, name="C"),), seq=2),),
        (SiftedPage(STREAM, Cursor(SERVER, "e", STREAM, 1, 3, "tag3"), ()),),
        (SiftedPage(STREAM, Cursor(SERVER, "e", STREAM, 1, 3, "tag3"), (), voucher=_word()),),
    ):
        quiet.go()
        quiet.asked.clear()
        quiet.laptop.take("", (), pages, 1)
        assert quiet.asked == ["begin"]
    assert quiet.laptop.standing().cursors[0].seq == 3
    quiet.go()
    quiet.asked.clear()
    quiet.laptop.take("k" * 32, (), (SiftedPage(STREAM, quiet.laptop.standing().cursors[0], ()),), 1)
    assert quiet.laptop.standing().after == "k" * 32
    quiet.go()
    quiet.asked.clear()
    quiet.laptop.take("", (), (SiftedPage(STREAM, quiet.laptop.standing().cursors[0], ()),), 2)
    assert quiet.asked == ["begin"]


def _word() -> Voucher:
    return Voucher(SERVER, "e", STREAM, {"feedfacefeedface": 5}, bytes(64))


def test_the_sum_is_computed_again_in_its_turn(quiet: Round) -> None:
    quiet.laptop.place.clock.forward(seconds=FRESH_SECONDS - 1)
    assert quiet.from_memory()
    quiet.laptop.place.clock.forward(seconds=1)
    quiet.asked.clear()
    quiet.laptop.digest(STREAM)
    assert "begin" in quiet.asked


def test_a_newer_catalogue_is_told_of(quiet: Round) -> None:
    newer = load({**CATALOGUE, "catalogue.toml": "version = 2\n"})
    quiet.laptop.store.use(newer)
    assert quiet.laptop.standing().catalogue == 2


def test_a_sync_is_noted_without_disturbing_what_the_next_one_knows(quiet: Round) -> None:
    store = quiet.laptop.store
    with store.begin(PROGRAM) as uow, store.stillness.apart():
        uow.peers.note_run("", {})
    assert quiet.from_memory()


def test_a_save_in_the_same_transaction_is_not_covered_by_that(quiet: Round, beside: Store) -> None:
    store = quiet.laptop.store
    with store.begin(LAN) as uow:
        uow.records.add("visit", {"name": "B"}, id=TWO)
        with store.stillness.apart():
            uow.peers.note_run("", {})
    assert quiet.go()[1] is not None


def test_nor_is_what_another_process_has_saved_meanwhile(quiet: Round, beside: Store) -> None:
    with beside.begin(LAN) as uow:
        uow.records.add("visit", {"name": "B"}, id=TWO)
    store = quiet.laptop.store
    with store.begin(PROGRAM) as uow, store.stillness.apart():
        uow.peers.note_run("", {})
    assert quiet.go()[1] is not None


def test_a_new_id_is_told_at_once(quiet: Round) -> None:
    before = quiet.laptop.standing().replica
    quiet.laptop.renew("clone")
    assert quiet.laptop.standing().replica != before
