"""What a collection point is called, and what people read of it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.protocol import typed_codes
from sync.protocol.errors import WireError
from sync.protocol.points import Address, Invitation, invitation, letters_of, read_address, read_invitation

FINGERPRINTS = st.binary(min_size=32, max_size=32).map(bytes.hex)
ADDRESSES = st.builds(
    Address, st.ip_addresses().map(str) | st.sampled_from(["may-a.local", "localhost"]), st.integers(1, 65535)
)


def test_a_code_is_the_first_80_bits_of_the_fingerprint() -> None:
    assert letters_of("00" * 9 + "01" + "ff" * 22) == "0000000000000001"
    assert letters_of("ff" * 10 + "00" * 22) == "Z" * 16
    told = invitation("84210842108421084210" + "00" * 22)
    assert (told.code, told.name) == ("GGGG-GGGG-GGGG-GGGG", "Điểm thu GGGG")


@settings(max_examples=40)
@given(FINGERPRINTS, st.lists(ADDRESSES, max_size=4).map(tuple))
def test_what_is_shown_reads_back(fingerprint: str, addresses: tuple[Address, ...]) -> None:
    told = invitation(fingerprint, addresses)
    assert read_invitation(told.text) == told
    assert read_invitation(told.code) == Invitation(told.letters)
    assert read_invitation(told.code).fits(fingerprint)
    assert told.fits(fingerprint)


def test_the_qr_text_stays_in_the_compact_alphabet() -> None:
    text = invitation("ab" * 32, (Address("192.168.1.7", 8765), Address("10.0.0.3", 8765))).text
    assert re.fullmatch(r"[0-9A-Z $%*+\-./:]+", text)


@pytest.mark.parametrize(
    "typed", ["7kqf-2m9x-pp3t-34zc", "7KQF 2M9X PP3T 34ZC", " 7kqf2m9xpp3t34zc ", "7KQF–2M9X–PP3T–34ZC"]
)
def test_case_and_spaces_do_not_matter(typed: str) -> None:
    assert read_invitation(typed).letters == "7KQF2M9XPP3T34ZC"


def test_letters_mistaken_for_digits_are_read_as_digits() -> None:
    assert read_invitation("oil0-oil0-oil0-oil0").letters == "0110" * 4


@pytest.mark.parametrize(
    "typed", ["", "7KQF", "U" * 16, "7KQF-2M9X-PP3T-34ZC-7KQF", "NTMP1:ab:1.2.3.4:5", "http://x", "NTMP1:"]
)
def test_what_is_no_code_is_told(typed: str) -> None:
    with pytest.raises(WireError) as caught:
        read_invitation(typed)
    assert caught.value.code == "bad_point_code"


def test_a_later_version_is_told_as_newer() -> None:
    with pytest.raises(WireError) as caught:
        read_invitation("NTMP2:whatever it holds")
    assert caught.value.code == "too_new"


@settings(max_examples=50)
@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_with_a_code(text: str) -> None:
    for read in (read_invitation, read_address):
        try:
            read(text)
        except WireError as error:
            assert error.code in ("bad_point_code", "bad_address", "too_new")  # noqa: PT017


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("192.168.1.7:8765", Address("192.168.1.7", 8765)),
        (" https://192.168.1.7:8765/ ", Address("192.168.1.7", 8765)),
        ("[fe80::1]:1", Address("fe80::1", 1)),
        ("May-A.local:65535", Address("may-a.local", 65535)),
    ],
)
def test_addresses_as_people_type_them(typed: str, address: Address) -> None:
    assert read_address(typed) == address


@pytest.mark.parametrize(
    "typed", ["", "192.168.1.7", "a:0", "a:65536", "a:99999999999999", ":1", "a b:x", "[x]:1", "-a:1", "a:²"]
)
def test_what_is_no_address_is_told(typed: str) -> None:
    with pytest.raises(WireError) as caught:
        read_address(typed)
    assert caught.value.code == "bad_address"


def test_a_code_stands_for_ten_bytes() -> None:
    with pytest.raises(ValueError, match="9"):
        typed_codes.spell(bytes(9))
