"""What a sync does for the team besides its own, as far as the store feels it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from ntmdesk.services.handing_on import hand_on_others
from ntmdesk.store.declined import declined, note_declined
from ntmdesk.store.foreign import merge_foreign
from ntmdesk.store.meta import keep_meta
from ntmdesk.store.surroundings import PROGRAM
from sync.hub.ports import Device
from sync.hub.relaying import relay
from sync.protocol import records
from sync.protocol.bodies import pack_rows
from sync.protocol.bundles import Held
from sync.protocol.dots import Dot
from sync.protocol.errors import WireError
from sync.protocol.image import encode_image
from sync.protocol.messages import Notice
from sync.protocol.packets import FIRST, Packet, PacketHead, seal
from sync.protocol.pages import Row
from sync.protocol.records import Stamp
from sync.protocol.rosters import Roster, sign_roster
from sync.protocol.signing import public_of
from tests.fakes import FakeJudge, MemoryArchive
from tests.ntmdesk.store.laptops import StoreLaptop
from tests.ntmdesk.store.places import counted_entropy

STREAM = "0190aaaa-0000-7000-8000-000000000001"
SERVER = "0190aaaa-0000-7000-8000-0000000000ff"
KEY = b"k" * 32
ID = "0190bbbb-0000-7000-8000-000000000001"


class NoRoad:
    """A road on which nobody is asked anything."""

    def relay(self, body: bytes) -> bytes:
        raise AssertionError(body)


@pytest.fixture
def laptop(tmp_path: Path) -> Iterator[StoreLaptop]:
    made = StoreLaptop.join(tmp_path / "home", STREAM, SERVER, (public_of(KEY),), counted_entropy("x"))
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


class Server:
    """A server that knows one stranger less than it should, and counts how often it is asked."""

    def __init__(self) -> None:
        self.archive = MemoryArchive(SERVER, KEY)
        self.carrier = Device("carrier", public_of(b"c" * 32), "member", {STREAM: 1})
        self.mates = {"carrier": self.carrier}
        self.asked = 0
        self.of_bundles = "bundle_foreign"

    def relay(self, body: bytes) -> bytes:
        self.asked += 1
        return relay(
            self.archive,
            FakeJudge(),
            self.carrier,
            body,
            mates=self.mates,
            open_bundle=self.open,
            now=1,
            random=Random(self.asked).randbytes,
        )

    def open(self, data: bytes) -> list[bytes]:
        if self.of_bundles:
            raise WireError(self.of_bundles)
        return [data[4:]] if data[4:] else []

    def brings(self, laptop: StoreLaptop, *, asked: bool = False) -> bool:
        """Whether a sync came here for what is carried; a person is told of it either way."""
        before = self.asked
        handed = hand_on_others(laptop.store, self, asked=asked)
        assert [n.code for n in handed.notices] in (["packet_refused"], ["bundle_refused"])
        return self.asked > before


def strangers_packet() -> Packet:
    record = records.create("visit", ID, {"name": "A"}, Dot(1, "ab" * 8), Stamp(0, "p", 1))
    body = pack_rows([Row("visit", ID, encode_image(record))])
    return seal(PacketHead("ab" * 8, STREAM, 1, FIRST, 1, 1, 1), body, b"s" * 32)


def carried(laptop: StoreLaptop) -> int:
    with laptop.store.look() as uow:
        return len(uow.carrying.waiting(STREAM)) + len([*uow.carrying.sealed(STREAM)])


def carry(laptop: StoreLaptop, bundle: bool) -> None:
    packet = strangers_packet()
    with laptop.store.begin(PROGRAM) as uow:
        keep_meta(uow.db, "epoch", "e" * 32)
        if bundle:
            held = (Held(packet.head.replica, 1, packet.hash),)
            assert uow.carrying.seal_in("b1", STREAM, held, b"NTMB" + packet.data)
        else:
            assert uow.carrying.hold(packet, "")


@pytest.mark.parametrize("bundle", [False, True])
def test_what_the_server_refuses_for_good_is_not_brought_again_before_something_changes(
    laptop: StoreLaptop, bundle: bool
) -> None:
    server = Server()
    carry(laptop, bundle)
    assert server.brings(laptop)
    assert not server.brings(laptop)
    assert not server.brings(laptop)
    assert carried(laptop) == 1, "it goes along on every stick"
    assert server.brings(laptop, asked=True)
    assert not server.brings(laptop)
    with laptop.store.begin(PROGRAM) as uow:
        roster = sign_roster(Roster(SERVER, STREAM, 7, b"", ()), KEY)
        assert uow.mates.keep_roster(roster, (public_of(KEY),))
    assert server.brings(laptop)
    assert not server.brings(laptop)
    laptop.take("", (), (), 9)
    assert server.brings(laptop), "its catalogue is newer"
    assert not server.brings(laptop)
    server.archive.restore(server.archive.backup(), Random(1).randbytes)
    with laptop.store.begin(PROGRAM) as uow:
        keep_meta(uow.db, "epoch", server.archive.tables.epochs[-1].random)
    assert server.brings(laptop)
    assert not server.brings(laptop)
    server.mates["stranger"] = Device("stranger", public_of(b"s" * 32), "member", {STREAM: 1})
    server.of_bundles = ""
    assert hand_on_others(laptop.store, server, asked=True).packets == 1
    assert carried(laptop) == 0


def test_a_bundle_that_does_not_hold_what_it_names_is_brought_once(laptop: StoreLaptop) -> None:
    server = Server()
    server.of_bundles = ""
    with laptop.store.begin(PROGRAM) as uow:
        keep_meta(uow.db, "epoch", "e" * 32)
        uow.carrying.seal_in("b1", STREAM, (Held("ab" * 8, 1, bytes(16)),), b"NTMB")
    hand_on_others(laptop.store, server)
    assert not server.brings(laptop)


def test_a_bundle_that_a_newer_server_could_read_is_brought_again(laptop: StoreLaptop) -> None:
    server = Server()
    server.of_bundles = "too_new"
    carry(laptop, True)
    assert server.brings(laptop)
    assert server.brings(laptop)


def test_what_has_come_by_another_road_is_forgotten(laptop: StoreLaptop) -> None:
    carry(laptop, False)
    notice = Notice("packet_refused", {"reason": "signature"})
    with laptop.store.begin(PROGRAM) as uow:
        note_declined(uow, "e" * 32, {strangers_packet().hash.hex(): notice, "00": notice})
        assert list(declined(uow)) == [strangers_packet().hash.hex()]
        uow.db.execute("DELETE FROM carried")
        note_declined(uow, "e" * 32, {})
        assert declined(uow) == {}
