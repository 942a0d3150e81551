"""Words that others sign and bundles bring: believed when whoever may say so signed exactly that."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from ntmdesk.services import bundles
from ntmdesk.services.bundle_intake import BundleIntake
from ntmdesk.store.meta import keep_meta
from ntmdesk.store.vouchers import kept_vouchers
from sync.protocol.bodies import pack_rows
from sync.protocol.bundles import BundleHead, BundlePage, Part, What, json_part, page_part, write_bundle
from sync.protocol.carry_notes import CarryNote, sign_note
from sync.protocol.messages import Limits
from sync.protocol.packets import Packet
from sync.protocol.receipts import Receipt, sign_receipt
from sync.protocol.rosters import Roster, encode_roster, sign_roster
from sync.protocol.signing import public_of
from sync.protocol.vouchers import Voucher, sign_voucher
from tests.ntmdesk.store.laptops import StoreLaptop
from tests.ntmdesk.store.places import counted_entropy

from .colleagues import (
    KEY,
    SERVER,
    STREAM,
    Colleague,
    cell_of,
    meet,
    new_id,
    page,
    reasons,
    roster,
    take_from,
)

LIFE, OTHER_LIFE = "1" * 32, "2" * 32
FORGED = b"x" * 64
LAN, NAM = Colleague(1), Colleague(2)


@pytest.fixture
def laptop(tmp_path: Path) -> Iterator[StoreLaptop]:
    made = StoreLaptop.join(tmp_path / "home", STREAM, SERVER, (public_of(KEY),), counted_entropy("x"))
    with made.store.begin(StoreLaptop.author) as uow:
        keep_meta(uow.db, "epoch", LIFE)
        uow.db.execute("UPDATE stream SET epoch=?", (LIFE,))
    meet(made, LAN, NAM)
    yield made
    made.store.close()


def cut(laptop: StoreLaptop, id: str) -> Packet:
    """A packet of this laptop with one record."""
    laptop.save(STREAM, "visit", id, {"name": "Của tôi"})
    packet = laptop.packet(STREAM, 1, Limits())
    assert packet is not None
    return packet


def receipt_of(packet: Packet, *, epoch: str = LIFE, stream: str = STREAM) -> Receipt:
    head = packet.head
    return sign_receipt(Receipt(epoch, stream, head.replica, head.number, packet.hash, 5), KEY)


def false_receipts(packet: Packet) -> list[Receipt]:
    """Not signed by the server, of another life, of another stream, with a word changed."""
    true = receipt_of(packet)
    return [
        msgspec.structs.replace(true, signature=FORGED),
        msgspec.structs.replace(true, signature=b""),
        sign_receipt(true, LAN.key),
        msgspec.structs.replace(true, seq=6),
        receipt_of(packet, epoch=OTHER_LIFE),
        receipt_of(packet, stream=new_id()),
    ]


def test_only_a_receipt_of_the_servers_present_life_makes_accepted(laptop: StoreLaptop) -> None:
    id = new_id()
    packet = cut(laptop, id)
    for false in false_receipts(packet):
        tally = take_from(laptop, LAN, json_part(What.RECEIPTS, [false]))
        assert (tally.receipts, laptop.record_states()[id]) == (0, "local"), false
    tally = take_from(laptop, LAN, json_part(What.RECEIPTS, [*false_receipts(packet), receipt_of(packet)]))
    assert (tally.receipts, laptop.record_states()[id]) == (1, "accepted")


def test_only_such_a_receipt_ends_the_carrying_of_a_packet(laptop: StoreLaptop) -> None:
    packet = LAN.packet(LAN.row({"name": "Lan"}))
    take_from(laptop, LAN, Part(What.PACKET, packet.data))
    for false in false_receipts(packet):
        assert take_from(laptop, LAN, json_part(What.RECEIPTS, [false])).receipts == 0
        with laptop.store.look() as uow:
            assert len(uow.carrying.waiting(STREAM)) == 1
    assert take_from(laptop, LAN, json_part(What.RECEIPTS, [receipt_of(packet)])).receipts == 1
    with laptop.store.look() as uow:
        assert uow.carrying.waiting(STREAM) == []


def server_page(name: str, after: int, seq: int, epoch: str = LIFE, generation: int = 1) -> tuple[str, Part]:
    row = LAN.row({"name": name})
    head = BundlePage(1, epoch, generation, after, seq, f"tag {seq}")
    return row.id, page_part(head, pack_rows([row]))


def read_up_to(laptop: StoreLaptop) -> int:
    [cursor] = laptop.standing().cursors
    return cursor.seq


def test_a_page_moves_the_cursor_only_where_it_joins_on(laptop: StoreLaptop) -> None:
    for name, after, seq, read in [
        ("đầu", 0, 3, 3),
        ("cách quãng", 4, 9, 3),
        ("nối liền", 3, 5, 5),
        ("chồng lên", 2, 7, 7),
        ("cũ", 1, 6, 7),
        ("vẫn thế", 2, 7, 7),
    ]:
        id, part = server_page(name, after, seq)
        assert take_from(laptop, None, part).new == {id}, "cells are always merged"
        assert (cell_of(laptop, id, "name"), read_up_to(laptop)) == ([name], read)


def test_a_page_of_another_life_or_membership_moves_no_cursor(laptop: StoreLaptop) -> None:
    for id, part in (server_page("đời khác", 0, 3, OTHER_LIFE), server_page("lần khác", 0, 3, generation=2)):
        assert take_from(laptop, None, part).new == {id}
        assert read_up_to(laptop) == 0


def test_a_laptop_that_calls_its_rows_the_servers_moves_no_cursor(laptop: StoreLaptop) -> None:
    take_from(laptop, LAN, LAN.part(LAN.row({"name": "Lan"})))
    id, part = server_page("của Lan", 0, 3)
    assert take_from(laptop, LAN, part).new == {id}
    assert read_up_to(laptop) == 0


def test_nobody_writes_under_the_id_of_another_laptop(laptop: StoreLaptop) -> None:
    take_from(laptop, LAN, LAN.part(LAN.row({"name": "Lan"})))
    false = LAN.row({"name": "giả"}, counter=2)
    packet = NAM.packet(false, replica=LAN.replica, number=2, highest=9)
    tally = take_from(laptop, NAM, Part(What.PACKET, packet.data))
    assert (reasons(tally), tally.new) == (["origin"], set())
    assert false.id not in laptop.held
    with laptop.store.look() as uow:
        assert len(uow.carrying.waiting(STREAM)) == 1
        assert uow.certified.bounds([LAN.replica]) == {LAN.replica: 1}


def test_nobody_writes_under_the_id_of_this_laptop(laptop: StoreLaptop) -> None:
    laptop.save(STREAM, "visit", new_id(), {"name": "Của tôi"})
    false = NAM.row({"name": "giả"})
    packet = NAM.packet(false, replica=laptop.id, number=1)
    tally = take_from(laptop, NAM, Part(What.PACKET, packet.data))
    assert tally.new == set()
    assert false.id not in laptop.held


def test_what_a_laptop_that_was_shut_out_wrote_is_not_taken_from_anybodys_bundle(laptop: StoreLaptop) -> None:
    out = Colleague(3, revoked=True)
    meet(laptop, LAN, NAM, out, number=2)
    his, hers = out.row({"name": "của người bị khóa"}), LAN.row({"name": "Lan"})
    tally = take_from(laptop, LAN, out.part(his), LAN.part(hers))
    assert (reasons(tally), tally.new) == (["revoked"], {hers.id})
    assert his.id not in laptop.held
    with laptop.store.look() as uow:
        assert [held.origin for held in uow.carrying.waiting(STREAM)] == [LAN.replica]


def test_what_nobody_known_has_signed_is_carried_and_not_merged(laptop: StoreLaptop) -> None:
    stranger = Colleague(4)
    row = stranger.row({"name": "người lạ"})
    tally = take_from(laptop, LAN, stranger.part(row))
    assert (reasons(tally), tally.new) == (["signature"], set())
    with laptop.store.look() as uow:
        assert [held.origin for held in uow.carrying.waiting(STREAM)] == [stranger.replica]


def test_only_a_note_that_its_carrier_signed_says_carried(laptop: StoreLaptop) -> None:
    out, stranger = Colleague(3, revoked=True), Colleague(4)
    meet(laptop, LAN, NAM, out, number=2)
    id = new_id()
    packet = cut(laptop, id)

    def note(of: Colleague, stream: str = STREAM) -> CarryNote:
        head = packet.head
        said = CarryNote(stream, head.replica, head.number, packet.hash, public_of(of.key))
        return sign_note(said, of.key)

    true = note(LAN)
    for false in (
        msgspec.structs.replace(true, signature=FORGED),
        msgspec.structs.replace(true, signature=note(NAM).signature),
        note(out),
        note(stranger),
        note(LAN, new_id()),
    ):
        assert take_from(laptop, NAM, json_part(What.NOTES, [false])).carried == 0
        assert laptop.record_states()[id] == "local"
    assert take_from(laptop, NAM, json_part(What.NOTES, [true])).carried == 1
    assert laptop.record_states()[id] == "carried"


def test_only_the_servers_own_voucher_is_kept(laptop: StoreLaptop) -> None:
    true = sign_voucher(Voucher(SERVER, LIFE, STREAM, {LAN.replica: 7}), KEY)
    for false in (
        msgspec.structs.replace(true, signature=FORGED),
        msgspec.structs.replace(true, certified={LAN.replica: 2**52}),
        sign_voucher(true, LAN.key),
        sign_voucher(msgspec.structs.replace(true, stream=new_id()), KEY),
    ):
        take_from(laptop, LAN, json_part(What.VOUCHERS, [false]))
        with laptop.store.look() as uow:
            assert kept_vouchers(uow) == ()
    take_from(laptop, LAN, json_part(What.VOUCHERS, [true]))
    with laptop.store.look() as uow:
        assert kept_vouchers(uow) == (true,)


def stick(laptop: StoreLaptop, file: Path, *parts: Part, maker: Colleague = LAN) -> Path:
    """A whole bundle of a colleague that this laptop may read."""
    with laptop.store.look() as uow:
        reader = uow.peers.keys.sealing_public
    head = BundleHead(secrets.token_hex(16), SERVER, STREAM, maker.mate.device, b"", 0, ())
    file.write_bytes(b"".join(write_bundle(head, parts, [reader], maker.key, secrets.token_bytes)))
    return file


def test_only_the_servers_newest_roster_says_who_is_who(laptop: StoreLaptop, tmp_path: Path) -> None:
    stranger = Colleague(4)
    without_nam = roster(LAN.mate, number=5)
    meet(laptop, LAN, NAM, number=3)
    false: list[Roster] = [
        msgspec.structs.replace(without_nam, signature=FORGED),
        msgspec.structs.replace(without_nam, mates=(LAN.mate, stranger.mate)),
        roster(LAN.mate, stranger.mate, number=9, key=LAN.key),
        roster(LAN.mate, stranger.mate, number=2),
        roster(LAN.mate, stranger.mate, number=3),
    ]
    for n, one in enumerate(false):
        part = Part(What.ROSTER, encode_roster(one))
        bundles.import_bundle(laptop.store, stick(laptop, tmp_path / f"{n}.ntmb", part))
        with laptop.store.look() as uow:
            assert uow.mates.all() == (LAN.mate, NAM.mate), n
    true = Part(What.ROSTER, encode_roster(without_nam))
    bundles.import_bundle(laptop.store, stick(laptop, tmp_path / "true.ntmb", true))
    with laptop.store.look() as uow:
        assert uow.mates.all() == (LAN.mate,)


def test_a_roster_of_another_team_says_nothing(laptop: StoreLaptop) -> None:
    other = msgspec.structs.replace(roster(LAN.mate, number=9), stream=new_id(), signature=b"")
    BundleIntake(laptop.store, STREAM, LAN.mate).take_roster(encode_roster(sign_roster(other, KEY)))
    with laptop.store.look() as uow:
        assert uow.mates.all() == (LAN.mate, NAM.mate)


def test_a_bad_bundle_inside_stops_none_beside_it(laptop: StoreLaptop, tmp_path: Path) -> None:
    row, alone = NAM.row({"name": "Nam"}), LAN.row({"name": "Lan"})
    good = stick(laptop, tmp_path / "inner.ntmb", NAM.part(row), maker=NAM).read_bytes()
    turned = bytearray(good)
    turned[-100] ^= 1
    head = BundleHead("ab" * 16, SERVER, STREAM, NAM.mate.device, b"", 0, ())
    sealed = b"".join(write_bundle(head, [NAM.part(row)], [bytes(range(32))], NAM.key, secrets.token_bytes))
    inside = [b"", b"NTMB", b"no bundle at all", bytes(turned), good[:-1], good + b"x", sealed, good]
    parts = [Part(What.BUNDLE, data) for data in inside]
    came = bundles.import_bundle(
        laptop.store, stick(laptop, tmp_path / "outer.ntmb", *parts, LAN.part(alone))
    )
    assert (came.new, came.refused) == (2, 0)
    assert {row.id, alone.id} == set(laptop.held)
    with laptop.store.look() as uow:
        assert [one.data for one in uow.carrying.sealed(STREAM)] == [sealed]


def test_of_a_bundle_inside_only_what_its_author_signed_counts(laptop: StoreLaptop, tmp_path: Path) -> None:
    """Its maker's rows are nobody's signed word here, and neither is what he says he knows."""
    row = NAM.row({"name": "Nam"})
    other = NAM.row({"name": "hàng của Nam"})
    inner = stick(laptop, tmp_path / "inner.ntmb", NAM.part(row), page(other), maker=NAM).read_bytes()
    came = bundles.import_bundle(
        laptop.store, stick(laptop, tmp_path / "outer.ntmb", Part(What.BUNDLE, inner))
    )
    assert came.new == 1
    assert set(laptop.held) == {row.id}
