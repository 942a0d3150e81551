"""The remembered sum of a stream: carried on with new rows, never true for longer than the rows are."""

from __future__ import annotations

from pathlib import Path

import pytest

from ntmdesk.store.sums import FRESH_SECONDS, Sum
from sync.engine.ports import SiftedPage
from sync.protocol.digest import digest_of
from sync.protocol.pages import Cursor, Digest
from tests.ntmdesk.store.laptops import StoreLaptop
from tests.ntmdesk.store.places import counted_entropy
from tests.ntmdesk.store.test_arriving import SERVER, STREAM, named_rows


@pytest.fixture
def laptop(tmp_path: Path) -> StoreLaptop:
    return StoreLaptop.join(tmp_path / "home", STREAM, SERVER, (bytes(32),), counted_entropy("x"))


def take(laptop: StoreLaptop, seq: int, first: int, n: int) -> None:
    cursor = Cursor(SERVER, "e", STREAM, 1, seq, f"t{seq}")
    laptop.take("n" * 32, (), (SiftedPage(STREAM, cursor, named_rows(first, n)),), 1)


def of_rows(laptop: StoreLaptop) -> Digest:
    return digest_of(h for (h,) in laptop.store.db.execute("SELECT hash FROM record").fetchall())


def remembered(laptop: StoreLaptop) -> Sum | None:
    (data,) = laptop.store.db.execute("SELECT digest FROM stream WHERE id=?", (STREAM,)).fetchone()
    return Sum.unpack(data)


def test_new_rows_are_added_and_nothing_is_read_again(laptop: StoreLaptop) -> None:
    for seq, first in enumerate((1, 10, 19), 1):
        take(laptop, seq, first, 9)
        known = remembered(laptop)
        assert known is not None
        assert known.digest() == of_rows(laptop) == laptop.digest(STREAM)
    laptop.save(STREAM, "visit", "0190aaaa-0000-7000-8000-00000000000a", {"name": "C"})
    known = remembered(laptop)
    assert known is not None
    assert known.digest() == of_rows(laptop)


def test_a_changed_row_makes_it_forgotten(laptop: StoreLaptop) -> None:
    take(laptop, 1, 1, 3)
    laptop.save(STREAM, "visit", named_rows(1, 1)[0].id, {"name": "C"})
    assert remembered(laptop) is None
    take(laptop, 2, 4, 3)
    assert remembered(laptop) is None


def test_a_row_lost_in_the_file_shows_within_the_hour(laptop: StoreLaptop) -> None:
    take(laptop, 1, 1, 3)
    whole = laptop.digest(STREAM)
    laptop.store.db.execute("DROP TRIGGER record_gone")
    laptop.store.db.execute("DELETE FROM record WHERE n=2")
    laptop.store.db.commit()
    assert laptop.digest(STREAM) == whole
    laptop.place.clock.forward(seconds=FRESH_SECONDS)
    assert laptop.digest(STREAM) == of_rows(laptop) != whole


def test_a_clock_that_went_back_does_not_make_it_last(laptop: StoreLaptop) -> None:
    take(laptop, 1, 1, 3)
    laptop.store.db.execute("UPDATE record SET hash=zeroblob(16)")
    laptop.store.db.execute(
        "UPDATE stream SET digest=?", (Sum(5, 3, int(laptop.place.clock.now.timestamp()) + 60).pack(),)
    )
    laptop.store.db.commit()
    assert laptop.digest(STREAM) == of_rows(laptop)


def test_what_an_earlier_program_remembered_is_computed_anew(laptop: StoreLaptop) -> None:
    take(laptop, 1, 1, 3)
    laptop.store.db.execute("UPDATE stream SET digest=zeroblob(24)")
    laptop.store.db.commit()
    assert laptop.digest(STREAM) == of_rows(laptop)


def test_packing_gives_the_same_back() -> None:
    one = Sum(2**128 - 1, 7, 1_790_000_000)
    assert Sum.unpack(one.pack()) == one
    assert one.plus([bytes(15) + b"\2"]) == Sum(1, 8, one.at)
    assert Sum.unpack(None) is None
