"""Records that the server lacks and nobody brings any more are offered once by whoever holds them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ntmdesk.store.foreign import merge_foreign
from ntmdesk.store.stranded import offer_stranded
from ntmdesk.store.surroundings import PROGRAM
from sync.protocol import records
from sync.protocol.bodies import pack_rows, unpack_rows
from sync.protocol.dots import Dot
from sync.protocol.image import encode_image
from sync.protocol.messages import Limits
from sync.protocol.packets import FIRST, PacketHead, seal
from sync.protocol.pages import Row
from sync.protocol.records import Stamp
from tests.ntmdesk.store.laptops import StoreLaptop
from tests.ntmdesk.store.places import counted_entropy

STREAM = "0190aaaa-0000-7000-8000-000000000001"
SERVER = "0190aaaa-0000-7000-8000-0000000000ff"
ID = "0190bbbb-0000-7000-8000-000000000001"
AUTHOR = "ab" * 8


@pytest.fixture
def laptop(tmp_path: Path) -> Iterator[StoreLaptop]:
    made = StoreLaptop.join(tmp_path / "home", STREAM, SERVER, (bytes(32),), counted_entropy("x"))
    yield made
    made.store.close()


def brought(laptop: StoreLaptop, name: str, counter: int) -> None:
    """A colleague's copy came on a stick."""
    record = records.create("visit", ID, {"name": name}, Dot(counter, AUTHOR), Stamp(0, "p", 1))
    with laptop.store.begin(PROGRAM) as uow:
        merge_foreign(uow, STREAM, [Row("visit", ID, encode_image(record), 0)])


def offered(laptop: StoreLaptop) -> int:
    with laptop.store.begin(PROGRAM) as uow:
        return offer_stranded(uow)


def test_it_is_offered_once_when_a_whole_sync_has_changed_nothing(laptop: StoreLaptop) -> None:
    brought(laptop, "A", 1)
    assert offered(laptop) == 0, "its author or a carrier may be on the way"
    assert offered(laptop) == 1
    packet = laptop.packet(STREAM, 1, Limits())
    assert packet is not None
    assert [row.id for row in unpack_rows(packet.body)] == [ID]
    assert [offered(laptop) for _ in range(3)] == [0, 0, 0]


def test_what_changed_meanwhile_waits_once_more(laptop: StoreLaptop) -> None:
    brought(laptop, "A", 1)
    assert offered(laptop) == 0
    brought(laptop, "B", 2)
    assert offered(laptop) == 0
    assert offered(laptop) == 1


def test_while_a_packet_is_on_its_way_its_records_are_not_repeated(laptop: StoreLaptop) -> None:
    brought(laptop, "A", 1)
    assert offered(laptop) == 0
    for number in (1, 2):
        carried = seal(PacketHead(AUTHOR, STREAM, number, FIRST, 1, 1, 0), pack_rows([]), bytes(32))
        with laptop.store.begin(PROGRAM) as uow:
            assert uow.carrying.hold(carried, "device-2")
        assert offered(laptop) == 0


def test_what_the_server_never_takes_holds_nothing_up_for_ever(laptop: StoreLaptop) -> None:
    """Anybody may sign a packet or a bundle that the server refuses at every sync."""
    refused = seal(PacketHead(AUTHOR, STREAM, 1, FIRST, 1, 1, 0), pack_rows([]), bytes(32))
    with laptop.store.begin(PROGRAM) as uow:
        assert uow.carrying.hold(refused, "")
    brought(laptop, "A", 1)
    assert [offered(laptop) for _ in range(5)] == [0, 0, 1, 0, 0]


def test_a_server_with_a_newer_catalogue_is_offered_it_at_once(laptop: StoreLaptop) -> None:
    """It may hold what the server could not judge when its author's packet came."""
    brought(laptop, "A", 1)
    assert laptop.take("", (), (), 2).queued == 1
    assert laptop.take("", (), (), 2).queued == 0


def test_it_is_offered_again_when_the_server_has_another_copy(laptop: StoreLaptop) -> None:
    """A leader has been there meanwhile: what waited for her may stand now."""
    brought(laptop, "A", 1)
    assert [offered(laptop) for _ in range(3)] == [0, 1, 0]
    with laptop.store.begin(PROGRAM) as uow:
        uow.db.execute("DELETE FROM outgoing")
        uow.db.execute("UPDATE record SET there=?", (b"another copy",))
    assert [offered(laptop) for _ in range(4)] == [0, 1, 0, 0]
