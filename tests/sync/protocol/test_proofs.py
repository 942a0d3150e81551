"""A packet's signed head without its body proves what its replica certified, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.protocol.errors import WireError
from sync.protocol.packets import PacketHead, seal
from sync.protocol.proofs import Proof, open_proof, proof_of
from sync.protocol.signing import public_of
from tests.sync.protocol.message_vectors import KEY, STREAM, packet

REPLICA = "00000000000000aa"

ids = st.integers(0, 2**64 - 1).map(lambda n: f"{n:016x}").filter(lambda id: id != REPLICA)
heads = st.builds(
    PacketHead,
    st.just(REPLICA),
    st.just(STREAM),
    st.integers(1, 2**50),
    st.binary(min_size=16, max_size=16),
    st.integers(0, 2**53 - 1),
    st.integers(0, 99),
    st.integers(0, 9_999),
    st.dictionaries(ids, st.integers(0, 2**53 - 1), max_size=5).map(lambda d: tuple(sorted(d.items()))),
)


@given(heads, st.binary(max_size=40))
def test_it_reads_back_and_its_authors_signature_holds(head: PacketHead, body: bytes) -> None:
    proof = proof_of(seal(head, body, KEY))
    again = open_proof(proof.data)
    assert again == proof
    assert again.signed_by(public_of(KEY))
    assert not again.signed_by(public_of(bytes(32)))
    assert again.head.certified == {REPLICA: head.highest, **dict(head.former)}


@given(st.integers(0, 10**6), st.integers(1, 255))
def test_no_byte_of_it_changes_unnoticed(at: int, change: int) -> None:
    data = bytearray(proof_of(packet()).data)
    data[at % len(data)] ^= change
    try:
        other = open_proof(bytes(data))
    except WireError:
        return
    assert not other.signed_by(public_of(KEY))


def test_a_head_that_its_author_did_not_sign_proves_nothing() -> None:
    true = proof_of(packet())
    more = PacketHead(true.head.replica, STREAM, 1, true.head.previous, 10**9, 1, 5)
    assert not Proof(more, true.signature, true.body).signed_by(public_of(KEY))


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda data: data[:-1], "bad_packet"),
        (lambda data: data + b"0", "bad_packet"),
        (lambda data: b"NTMP" + data[4:], "bad_packet"),
        (lambda data: data[:4] + b"\x09" + data[5:], "too_new"),
        (lambda data: data[:5], "bad_packet"),
    ],
)
def test_what_is_no_proof_is_refused(spoil: object, code: str) -> None:
    assert callable(spoil)
    with pytest.raises(WireError) as caught:
        open_proof(spoil(proof_of(packet()).data))
    assert caught.value.code == code
