"""The deep check finds what is not as it should be."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ntmdesk.store.checks import check
from ntmdesk.store.database import Store
from tests.ntmdesk.store.laptops import small_catalogue
from tests.ntmdesk.store.places import LAN, Place


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "home", catalogue=small_catalogue())


@pytest.fixture
def store(place: Place) -> Any:
    with place.create() as opened:
        for i in range(5):
            with opened.begin(LAN) as uow:
                uow.records.add("visit", {"name": f"Lê Văn {i}", "phone": "0912345678"})
        yield opened


def failed(store: Store) -> set[str]:
    return {c.name for c in check(store) if not c.ok}


def run(sql: str) -> Callable[[Store], None]:
    def spoil(store: Store) -> None:
        store.db.execute(sql)
        store.db.commit()

    return spoil


def test_a_whole_store(store: Store) -> None:
    answers = check(store)
    assert [c.name for c in answers] == [
        "encryption", "pages", "structure", "references", "records", "derived", "links", "packets", "counter",
    ]  # fmt: skip
    assert all(c.ok for c in answers)


@pytest.mark.parametrize(
    ("spoil", "name"),
    [
        (run("UPDATE record SET cells = replace(cells, 'Lê', 'Le') WHERE n=2"), "records"),
        (run("UPDATE record SET hash = x'00' WHERE n=2"), "records"),
        (run("UPDATE record SET cells = '[' WHERE n=2"), "records"),
        (run("UPDATE record SET shown = '{}' WHERE n=2"), "derived"),
        (run("UPDATE record SET life = 2 WHERE n=2"), "derived"),
        (run("DELETE FROM find_visit WHERE rowid=2"), "derived"),
        (run("INSERT INTO link VALUES(x'00', 2)"), "links"),
        (run("UPDATE tally SET counter=2"), "counter"),
    ],
)
def test_what_is_wrong_is_named(store: Store, spoil: Callable[[Store], None], name: str) -> None:
    spoil(store)
    assert name in failed(store)


def test_one_flipped_bit_on_disk_is_found(place: Place) -> None:
    with place.create() as store, store.begin(LAN) as uow:
        for i in range(300):
            uow.records.add("visit", {"name": f"Lê Văn {i} " + "x" * 100})
    path = place.home / "ntmdesk.db"
    data = bytearray(path.read_bytes())
    data[len(data) * 3 // 4] ^= 1
    path.write_bytes(data)
    with place.open() as store:
        store_failed = {c.name for c in check_engine(store)}
    assert "pages" in store_failed


def check_engine(store: Store) -> list[Any]:
    from ntmdesk.store.checks import _engine

    return [c for c in _engine(store) if not c.ok]


def test_progress_is_told(place: Place) -> None:
    told: list[tuple[int, int]] = []
    with place.create() as store:
        with store.begin(LAN) as uow:
            for i in range(2100):
                uow.records.add("visit", {"name": f"Lê Văn {i}"})
        check(store, lambda done, total: told.append((done, total)))
    assert told == [(1000, 2100), (2000, 2100)]
