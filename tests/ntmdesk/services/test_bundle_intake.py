"""What a bundle's parts do to a store, part by part."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from ntmdesk.services.bundle_intake import BundleIntake
from ntmdesk.store.meta import keep_meta
from sync.protocol.bodies import pack_rows
from sync.protocol.bundles import Part, What, json_part
from sync.protocol.dots import Dot
from sync.protocol.errors import WireError
from sync.protocol.image import encode_image
from sync.protocol.packets import FIRST as FIRST_HASH
from sync.protocol.packets import PacketHead, seal
from sync.protocol.pages import Epoch, Row, sign_epoch
from sync.protocol.records import Stamp, create
from sync.protocol.signing import public_of
from tests.ntmdesk.store.laptops import StoreLaptop
from tests.ntmdesk.store.places import counted_entropy

SERVER = "0190aaaa-0000-7000-8000-0000000000ff"
STREAM = "0190aaaa-0000-7000-8000-000000000001"
KEY = b"s" * 32
FIRST, ENDED, CHOSEN = "1" * 32, "2" * 32, "3" * 32


@pytest.fixture
def laptop(tmp_path: Path) -> Iterator[StoreLaptop]:
    """A laptop that has joined and has heard of the server's first life."""
    made = StoreLaptop.join(tmp_path / "home", STREAM, SERVER, (public_of(KEY),), counted_entropy("x"))
    live_in(made, FIRST)
    yield made
    made.store.close()


def live_in(laptop: StoreLaptop, life: str) -> None:
    with laptop.store.begin(StoreLaptop.author) as uow:
        keep_meta(uow.db, "epoch", life)


def take(laptop: StoreLaptop, *parts: Part) -> None:
    """Parts of the server's own bundle."""
    BundleIntake(laptop.store, STREAM, None).take(lambda: parts)


def lives(*line: Epoch) -> Part:
    signed: Sequence[Epoch] = [sign_epoch(epoch, KEY) for epoch in line]
    return json_part(What.EPOCHS, signed)


def test_a_life_that_ended_the_known_one_is_followed(laptop: StoreLaptop) -> None:
    live_in(laptop, ENDED)
    take(laptop, lives(Epoch(SERVER, 1, FIRST), Epoch(SERVER, 3, CHOSEN, FIRST, others=(ENDED,))))
    assert laptop.standing().epoch == CHOSEN


def test_a_late_or_foreign_line_of_lives_is_not_followed_and_stops_nothing(laptop: StoreLaptop) -> None:
    take(laptop, lives(Epoch(SERVER, 1, FIRST), Epoch(SERVER, 2, CHOSEN, FIRST)))
    take(laptop, lives(Epoch(SERVER, 1, FIRST)))
    take(laptop, lives(Epoch(SERVER, 1, FIRST), Epoch(SERVER, 2, ENDED, FIRST)))
    assert laptop.standing().epoch == CHOSEN


def test_a_life_that_the_server_did_not_sign_is_refused(laptop: StoreLaptop) -> None:
    forged = json_part(What.EPOCHS, [Epoch(SERVER, 2, CHOSEN, FIRST, signature=b"x" * 64)])
    with pytest.raises(WireError, match="bad_signature"):
        take(laptop, forged)
    assert laptop.standing().epoch == FIRST


def test_what_cannot_be_read_stops_nothing_beside_it(laptop: StoreLaptop) -> None:
    intake = BundleIntake(laptop.store, STREAM, None)
    line = lives(Epoch(SERVER, 1, FIRST), Epoch(SERVER, 2, CHOSEN, FIRST))
    tally = intake.take(lambda: [json_part(What.PROOFS, [b"NTMH"]), Part(What.PACKET, b"NTMP"), line])
    assert tally.refused == [("", 0, "bad_packet")]
    assert laptop.standing().epoch == CHOSEN


def test_what_an_older_copy_of_a_store_has_forgotten_comes_back_on_a_stick(laptop: StoreLaptop) -> None:
    id, dot = "0190bbbb-0000-7000-8000-000000000001", Dot(3, "ab" * 8)
    visit = create("visit", id, {"name": "Ấp Đông"}, dot, Stamp(1, "", 1))
    head = PacketHead(dot.replica, STREAM, 1, FIRST_HASH, 3, 1, 1)
    with laptop.store.look() as uow:
        packet = seal(head, pack_rows([Row(visit.kind, id, encode_image(visit))]), uow.peers.keys.signing)
    tally = BundleIntake(laptop.store, STREAM, None).take(lambda: [Part(What.PACKET, packet.data)])
    assert (tally.new, tally.refused) == ({id}, [])
    assert laptop.held[id].record.cells["name"].siblings == {dot: "Ấp Đông"}
