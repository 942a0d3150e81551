"""What a sync does for the team besides its own, as far as the store feels it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ntmdesk.services.handing_on import hand_on_others
from ntmdesk.store.foreign import merge_foreign
from ntmdesk.store.surroundings import PROGRAM
from sync.protocol import records
from sync.protocol.dots import Dot
from sync.protocol.image import encode_image
from sync.protocol.pages import Row
from sync.protocol.records import Stamp
from tests.ntmdesk.store.laptops import StoreLaptop
from tests.ntmdesk.store.places import counted_entropy

STREAM = "0190aaaa-0000-7000-8000-000000000001"
SERVER = "0190aaaa-0000-7000-8000-0000000000ff"
ID = "0190bbbb-0000-7000-8000-000000000001"


class NoRoad:
    """A road on which nobody is asked anything."""

    def relay(self, body: bytes) -> bytes:
        raise AssertionError(body)


@pytest.fixture
def laptop(tmp_path: Path) -> Iterator[StoreLaptop]:
    made = StoreLaptop.join(tmp_path / "home", STREAM, SERVER, (bytes(32),), counted_entropy("x"))
    yield made
    made.store.close()


def test_with_nothing_to_be_done_the_store_is_only_read(
    laptop: StoreLaptop, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes: list[str] = []
    begin = laptop.store.begin
    monkeypatch.setattr(laptop.store, "begin", lambda author: writes.append("") or begin(author))
    hand_on_others(laptop.store, NoRoad())
    assert writes == []
    record = records.create("visit", ID, {"name": "A"}, Dot(1, "ab" * 8), Stamp(0, "p", 1))
    with begin(PROGRAM) as uow:
        merge_foreign(uow, STREAM, [Row("visit", ID, encode_image(record), 0)])
    for _ in range(3):
        hand_on_others(laptop.store, NoRoad())
    assert len(writes) == 3, "seen once, offered, and on its way"
    for _ in range(3):
        hand_on_others(laptop.store, NoRoad())
    assert len(writes) == 3
