"""What replicas certified, as a store keeps it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ntmdesk.store.vouchers import keep_voucher
from sync.protocol.bodies import pack_rows
from sync.protocol.packets import FIRST, FORMER_IDS, PacketHead, seal
from sync.protocol.proofs import Proof, proof_of
from sync.protocol.replica_ids import IDS, replica_id
from sync.protocol.rosters import Mate, Roster, sign_roster
from sync.protocol.signing import public_of
from sync.protocol.vouchers import Voucher
from tests.ntmdesk.store.laptops import StoreLaptop
from tests.ntmdesk.store.places import counted_entropy

SERVER = "0190aaaa-0000-7000-8000-0000000000ff"
STREAM = "0190aaaa-0000-7000-8000-000000000001"
KEY = b"k" * 32
HONEST, LIAR = public_of(b"h" * 32), public_of(b"l" * 32)


def proof(n: int, names: int) -> Proof:
    """The head of a laptop that calls so many ids its own, each time others."""
    ids = [f"{n:08x}{place:08x}" for place in range(1 + names)]
    head = PacketHead(ids[0], STREAM, 1, FIRST, 9, 1, 0, tuple((id, 7) for id in ids[1:]))
    return proof_of(seal(head, pack_rows([]), KEY))


@pytest.fixture
def laptop(tmp_path: Path) -> Iterator[StoreLaptop]:
    made = StoreLaptop.join(tmp_path / "home", STREAM, SERVER, (public_of(KEY),), counted_entropy("x"))
    yield made
    made.store.close()


def test_a_laptop_that_calls_ever_more_ids_its_own_fills_no_disk(laptop: StoreLaptop) -> None:
    with laptop.store.begin(StoreLaptop.author) as uow:
        assert uow.certified.hear(proof(1, 3), HONEST)
        assert uow.certified.hear(proof(2, FORMER_IDS), LIAR)
        assert not uow.certified.hear(proof(3, FORMER_IDS), LIAR)
        assert uow.db.execute("SELECT count(*) FROM certified").fetchone() == (4 + IDS,)
        assert uow.certified.hear(proof(1, 4), HONEST)


def test_an_id_is_the_laptops_that_signed_with_it_first_whatever_a_server_calls_it(
    laptop: StoreLaptop,
) -> None:
    first = proof(1, 0)
    with laptop.store.begin(StoreLaptop.author) as uow:
        uow.db.execute("INSERT INTO certified VALUES(?, 'd1', 3, NULL)", (first.head.replica,))
        assert not uow.certified.hear(first, HONEST), "nobody knows who d1 is"
        mate = Mate("d1", "", "member", HONEST, b"")
        uow.mates.keep_roster(sign_roster(Roster(SERVER, STREAM, 1, b"", (mate,)), KEY), (public_of(KEY),))
        assert not uow.certified.hear(first, LIAR)
        assert uow.certified.hear(first, HONEST)
        assert uow.certified.bounds([first.head.replica]) == {first.head.replica: 9}


def test_an_id_that_the_server_speaks_of_is_nobodys_but_its_keys(laptop: StoreLaptop) -> None:
    """This laptop knows a colleague from the server's pages alone; somebody says that the id is his."""
    theirs = replica_id(HONEST, b"abc")
    voucher = Voucher(SERVER, "e", STREAM, {theirs: 20})
    with laptop.store.begin(StoreLaptop.author) as uow:
        keep_voucher(uow, voucher)
        stolen = PacketHead(theirs, STREAM, 1, FIRST, 10**6, 1, 0)
        named = PacketHead(replica_id(LIAR, b"abc"), STREAM, 1, FIRST, 9, 1, 0, ((theirs, 10**6),))
        assert not uow.certified.hear(proof_of(seal(stolen, pack_rows([]), KEY)), LIAR)
        assert uow.certified.hear(proof_of(seal(named, pack_rows([]), KEY)), LIAR)
        assert uow.certified.bounds([theirs]) == {theirs: 20}
        assert uow.certified.hear(
            proof_of(seal(PacketHead(theirs, STREAM, 1, FIRST, 30, 1, 0), b"", KEY)), HONEST
        )
        assert uow.certified.bounds([theirs]) == {theirs: 30}
