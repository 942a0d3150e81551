"""Telephone numbers; all of them invented."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ntmdesk.domain.id_numbers import IdentifierError
from ntmdesk.domain.telephones import format_phone, mask_phone, read_phone


@pytest.mark.parametrize(
    ("text", "digits", "shown", "masked"),
    [
        ("0912345678", "0912345678", "0912 345 678", "09•• ••• 678"),
        ("+84 912 345 678", "0912345678", "0912 345 678", "09•• ••• 678"),
        ("+84 (0)912.345.678", "0912345678", "0912 345 678", "09•• ••• 678"),
        ("0084912345678", "0912345678", "0912 345 678", "09•• ••• 678"),
        ("84912345678", "0912345678", "0912 345 678", "09•• ••• 678"),
        ("0872-345-678", "0872345678", "0872 345 678", "08•• ••• 678"),
        ("0552345678", "0552345678", "0552 345 678", "05•• ••• 678"),
        ("024 3825 1234", "02438251234", "024 3825 1234", "02• •••• 1234"),
        ("02373851234", "02373851234", "0237 385 1234", "02•• ••• 1234"),
    ],
)
def test_numbers(text: str, digits: str, shown: str, masked: str) -> None:
    assert read_phone(text) == digits
    assert format_phone(text) == shown
    assert mask_phone(text) == masked


@pytest.mark.parametrize(
    ("text", "code", "suggestion"),
    [
        ("", "phone_empty", None),
        ("không có", "phone_not_digits", None),
        ("01681234567", "phone_renumbered", "0381234567"),
        ("0120 123 4567", "phone_renumbered", "0701234567"),
        ("912345678", "phone_lost_zero", "0912345678"),
        ("091234567", "phone_length", None),
        ("09123456789", "phone_length", None),
        ("0412345678", "phone_prefix", None),
        ("+1 202 555 0123", "phone_not_digits", None),
        ("113", "phone_length", None),
    ],
)
def test_what_is_no_number(text: str, code: str, suggestion: str | None) -> None:
    with pytest.raises(IdentifierError) as caught:
        read_phone(text)
    assert (caught.value.code, caught.value.suggestion) == (code, suggestion)


def test_what_cannot_be_read_is_shown_as_it_stands_and_masked_whole() -> None:
    assert format_phone("gọi anh Nam") == "gọi anh Nam"
    assert mask_phone("gọi anh Nam") == "•••••"
    assert format_phone(None) == mask_phone(None) == ""


def test_suggestions_can_be_read() -> None:
    for old in ("0120", "0129", "0162", "0169", "0186", "0199"):
        with pytest.raises(IdentifierError) as caught:
            read_phone(old + "1234567")
        assert caught.value.suggestion is not None
        assert read_phone(caught.value.suggestion) == caught.value.suggestion


@given(st.from_regex(r"0([35789][0-9]{8}|2[0-9]{9})", fullmatch=True))
def test_shown_numbers_can_be_typed(digits: str) -> None:
    assert read_phone(format_phone(digits)) == digits
    assert sum(char.isdigit() for char in mask_phone(digits)) <= 6
