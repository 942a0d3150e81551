"""Bundles as bytes: sealed to readers, signed, whole or refused; greetings, rosters, carry notes."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.protocol import sealing, signing
from sync.protocol.bundles import (
    MAGIC,
    Bundle,
    BundleHead,
    BundlePage,
    Held,
    Part,
    What,
    page_part,
    read_bundle,
    read_page,
    write_bundle,
)
from sync.protocol.carry_notes import CarryNote, note_is_true, sign_note
from sync.protocol.errors import WireError
from sync.protocol.greetings import Greeting, code_of, plain_code, read_greeting, write_greeting
from sync.protocol.rosters import (
    Mate,
    Roster,
    decode_roster,
    encode_roster,
    roster_is_true,
    sign_roster,
)

STREAM = "0190aaaa-0000-7000-8000-000000000001"
PARTS = st.lists(
    st.builds(Part, st.sampled_from([w for w in What if w is not What.END]), st.binary(max_size=300)),
    max_size=6,
)


def keys(n: int) -> tuple[bytes, bytes]:
    """(private, public) of a reader."""
    private = bytes([n]) * 32
    return private, sealing.sealing_public(private)


def chance() -> Callable[[int], bytes]:
    counter = iter(range(1, 10_000))
    return lambda size: (next(counter).to_bytes(2, "big") * 32)[:size]


def made(parts: Iterable[Part], readers: Iterable[bytes], held: tuple[Held, ...] = ()) -> bytes:
    head = BundleHead("ab" * 16, "server", STREAM, "device", b"", 3, held)
    return b"".join(write_bundle(head, parts, readers, b"s" * 32, chance()))


def read(data: bytes) -> Bundle:
    return read_bundle(io.BytesIO(data), len(data))


@given(parts=PARTS, readers=st.sets(st.integers(1, 6), min_size=1, max_size=4))
@settings(max_examples=60, deadline=None)
def test_every_reader_reads_what_was_written_and_nobody_else(parts: list[Part], readers: set[int]) -> None:
    data = made(parts, [keys(n)[1] for n in readers])
    bundle = read(data)
    assert bundle.head.key == signing.public_of(b"s" * 32)
    for n in range(1, 8):
        private = keys(n)[0]
        assert bundle.is_for(private) is (n in readers)
        if n in readers:
            assert list(bundle.parts(private)) == parts
        else:
            with pytest.raises(WireError, match="bundle_foreign"):
                list(bundle.parts(private))
    for part in parts:
        if len(part.data) > 12:
            assert part.data not in data


@given(at=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7), cut=st.floats(0, 1, exclude_max=True))
@settings(max_examples=150, deadline=None)
def test_no_turned_bit_and_no_cut_goes_unnoticed(at: float, bit: int, cut: float) -> None:
    whole = made([Part(What.PACKET, b"x" * 200), Part(What.NOTES, b"[]")], [keys(1)[1], keys(2)[1]])
    turned = bytearray(whole)
    turned[int(at * len(whole))] ^= 1 << bit
    for bad in (bytes(turned), whole[: int(cut * len(whole))], whole + b"\0"):
        with pytest.raises(WireError) as caught:
            read(bad)
        assert caught.value.code in ("bundle_damaged", "too_new")


def test_parts_cannot_be_left_out_moved_or_taken_from_another_bundle() -> None:
    """The seal itself is tried: the maker signs again over parts that are not as they were."""
    private, public = keys(1)
    one = made([Part(What.PACKET, b"one"), Part(What.PACKET, b"two")], [public])
    length = int.from_bytes(one[5:9], "big")
    frames = []
    at = 9 + length
    while size := int.from_bytes(one[at : at + 4], "big"):
        frames.append(one[at : at + 4 + size])
        at += 4 + size

    def signed_again(order: list[int]) -> Bundle:
        import hashlib

        body = one[: 9 + length] + b"".join(frames[n] for n in order)
        told = hashlib.blake2b(body, digest_size=32).digest()
        data = body + bytes(4) + signing.sign(b"s" * 32, signing.BUNDLE, told)
        return read(data)

    assert [p.data for p in signed_again([0, 1, 2]).parts(private)] == [b"one", b"two"]
    for order in ([1, 0, 2], [0, 2], [0, 1], [0, 0, 1, 2], []):
        with pytest.raises(WireError, match="bundle_damaged"):
            list(signed_again(order).parts(private))


def test_a_newer_form_is_told_apart_from_damage() -> None:
    data = bytearray(made([], [keys(1)[1]]))
    assert data[:4] == MAGIC
    data[4] = 2
    with pytest.raises(WireError) as caught:
        read(bytes(data))
    assert (caught.value.code, caught.value.details["what"]) == ("too_new", "bundle")


def test_a_head_or_part_that_claims_to_be_huge_is_not_believed() -> None:
    whole = made([Part(What.PACKET, b"x")], [keys(1)[1]])
    length = int.from_bytes(whole[5:9], "big")
    for at in (5, 9 + length):
        bad = bytearray(whole)
        bad[at : at + 4] = b"\xff\xff\xff\xff"
        with pytest.raises(WireError, match="bundle_damaged"):
            read(bytes(bad))


def test_pages_keep_their_rows_whatever_bytes_these_are() -> None:
    page = BundlePage(2, "e" * 32, 1, 3, 5, "tag")
    assert read_page(page_part(page, b"\n\0rows\n").data) == (page, b"\n\0rows\n")
    with pytest.raises(WireError, match="bundle_damaged"):
        read_page(b"{}")


def test_greetings_prove_their_key_and_codes_are_typed_as_heard() -> None:
    public = signing.public_of(b"g" * 32)
    greeting = Greeting("Lê Thị Lan", public, keys(3)[1])
    data = write_greeting(greeting, b"g" * 32)
    known = read_greeting(data)
    assert (known.name, known.key, known.device) == ("Lê Thị Lan", public, signing.key_id(public))
    code = code_of(known.key, known.sealing_key)
    assert plain_code(f" {code.lower().replace('-', ' ')} ") == plain_code(code)
    assert code != code_of(known.key, keys(4)[1])
    for bad in (
        data[:-3],
        data.replace(b"Lan", b"Nam"),
        b"NTMG1\n{}",
        b"",
        data + b" " * 20_000,
    ):
        with pytest.raises(WireError, match="bundle_damaged"):
            read_greeting(bad)


def test_rosters_and_notes_are_signed() -> None:
    mate = Mate("d", "m", "leader", b"k" * 32, b"")
    roster = sign_roster(Roster("srv", STREAM, 7, b"s" * 32, (mate,)), b"r" * 32)
    signer = signing.public_of(b"r" * 32)
    back = decode_roster(encode_roster(roster))
    assert back == roster
    assert roster_is_true(back, (signer,))
    assert back.mate(b"k" * 32) == mate
    assert not roster_is_true(msgspec.structs.replace(back, number=8), (signer,))
    assert not roster_is_true(back, (mate.key,))
    with pytest.raises(WireError, match="bad_message"):
        decode_roster(b"[]")
    note = sign_note(CarryNote(STREAM, "00000000000000aa", 4, b"h" * 16, signer), b"r" * 32)
    assert note_is_true(note)
    assert not note_is_true(msgspec.structs.replace(note, number=5))
