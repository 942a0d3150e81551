"""Personal identification numbers; all of them invented."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ntmdesk.domain.id_numbers import BIRTH_PROVINCES, IdentifierError, IdNumber, mask_id_number

NUMBER = "038190000123"


@pytest.mark.parametrize(
    "text", [NUMBER, " 038 190 000 123 ", "038.190.000.123", "038190000123\r\n", "'" + NUMBER]
)
def test_reading(text: str) -> None:
    number = IdNumber.read(text)
    assert number.digits == NUMBER
    assert (number.province_code, number.province) == ("038", "Thanh Hóa")
    assert (number.sex, number.birth_year) == ("f", 1990)
    assert not number.is_old


@pytest.mark.parametrize(
    ("text", "code", "suggestion"),
    [
        ("", "id_number_empty", None),
        (" . ", "id_number_empty", None),
        ("03819000012a", "id_number_not_digits", None),
        ("٠٣٨١٩٠٠٠٠١٢٣", "id_number_not_digits", None),
        ("38190000123", "id_number_length", NUMBER),
        ("99190000123", "id_number_length", None),
        ("0381900001234", "id_number_length", None),
        ("12345678", "id_number_length", None),
    ],
)
def test_what_is_no_number(text: str, code: str, suggestion: str | None) -> None:
    with pytest.raises(IdentifierError) as caught:
        IdNumber.read(text)
    assert (caught.value.code, caught.value.suggestion) == (code, suggestion)
    assert str(caught.value) == code


def test_an_old_card_number_means_nothing() -> None:
    number = IdNumber.read("171 234 567")
    assert number.is_old
    assert (number.sex, number.birth_year, number.province, number.province_code) == (None, None, None, None)
    assert number.mask() == "•••••4567"
    assert number.warnings("m", "1958") == ("old_id_number",)


@pytest.mark.parametrize(
    ("digits", "sex", "year"),
    [
        ("001058000001", "m", 1958),
        ("038190000123", "f", 1990),
        ("079201000001", "m", 2001),
        ("096301000001", "f", 2001),
    ],
)
def test_century_and_sex(digits: str, sex: str, year: int) -> None:
    number = IdNumber(digits)
    assert (number.sex, number.birth_year) == (sex, year)
    assert number.warnings(sex, str(year)) == ()


@pytest.mark.parametrize(
    ("digits", "sex", "birth", "warnings"),
    [
        (NUMBER, "m", "1990-03-15", ("sex_differs",)),
        (NUMBER, "f", "1991", ("birth_year_differs",)),
        (NUMBER, "m", "2090", ("sex_differs", "birth_year_differs")),
        (NUMBER, None, None, ()),
        (NUMBER, None, "someday", ()),
        ("003190000123", "f", "1990", ("unknown_birth_province",)),
        ("038590000123", "f", "2190", ("implausible_century",)),
        ("023190000123", None, None, ("unknown_birth_province",)),
    ],
)
def test_what_does_not_fit(
    digits: str, sex: str | None, birth: str | None, warnings: tuple[str, ...]
) -> None:
    assert IdNumber(digits).warnings(sex, birth) == warnings


def test_63_provinces() -> None:
    assert len(BIRTH_PROVINCES) == 63
    assert BIRTH_PROVINCES["024"] == "Bắc Giang"
    assert list(BIRTH_PROVINCES) == sorted(BIRTH_PROVINCES)


def test_masks() -> None:
    assert IdNumber(NUMBER).mask() == "038•••••0123"
    assert mask_id_number(NUMBER) == "038•••••0123"
    assert mask_id_number("") == mask_id_number(None) == ""
    assert mask_id_number("Nguyễn Thị Hoa") == "•••••"


@given(st.from_regex(r"[0-9]{12}", fullmatch=True))
def test_a_mask_hides_five_digits_and_repr_too(digits: str) -> None:
    number = IdNumber.read(digits)
    assert number.mask() == digits[:3] + "•" * 5 + digits[8:]
    assert digits not in repr(number)
    assert number.sex in ("m", "f")
    assert number.birth_year is not None
    assert number.birth_year % 100 == int(digits[4:6])


@given(st.text(max_size=20))
def test_any_text_is_a_number_or_a_plain_error(text: str) -> None:
    try:
        code, length = "", len(IdNumber.read(text).digits)
    except IdentifierError as error:
        code, length = error.code, 0
    assert code.startswith("id_number_") or length in (9, 12)
    assert text == "" or not text.strip() or mask_id_number(text)
