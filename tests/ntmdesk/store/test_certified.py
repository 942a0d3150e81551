"""What replicas certified, as a store keeps it."""

from __future__ import annotations

from pathlib import Path

from ntmdesk.store.certified import IDS
from sync.protocol.bodies import pack_rows
from sync.protocol.packets import FIRST, FORMER_IDS, PacketHead, seal
from sync.protocol.proofs import Proof, proof_of
from sync.protocol.signing import public_of
from tests.ntmdesk.store.laptops import StoreLaptop
from tests.ntmdesk.store.places import counted_entropy

SERVER = "0190aaaa-0000-7000-8000-0000000000ff"
STREAM = "0190aaaa-0000-7000-8000-000000000001"
KEY = b"k" * 32


def proof(n: int, names: int) -> Proof:
    """The head of a laptop that calls so many ids its own, each time others."""
    ids = [f"{n:08x}{place:08x}" for place in range(1 + names)]
    head = PacketHead(ids[0], STREAM, 1, FIRST, 9, 1, 0, tuple((id, 7) for id in ids[1:]))
    return proof_of(seal(head, pack_rows([]), KEY))


def test_a_laptop_that_calls_ever_more_ids_its_own_fills_no_disk(tmp_path: Path) -> None:
    laptop = StoreLaptop.join(tmp_path / "home", STREAM, SERVER, (public_of(KEY),), counted_entropy("x"))
    with laptop.store.begin(StoreLaptop.author) as uow:
        assert uow.certified.hear(proof(1, 3), "honest")
        assert uow.certified.hear(proof(2, FORMER_IDS), "liar")
        assert not uow.certified.hear(proof(3, FORMER_IDS), "liar")
        assert uow.db.execute("SELECT count(*) FROM certified").fetchone() == (4 + IDS,)
        assert uow.certified.hear(proof(1, 4), "honest")
    laptop.store.close()
