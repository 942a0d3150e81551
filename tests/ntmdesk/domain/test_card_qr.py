"""QR codes of identity cards; all of them invented."""

from __future__ import annotations

import unicodedata
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ntmdesk.domain.births import Birth
from ntmdesk.domain.card_qr import read_card_qr
from ntmdesk.domain.id_numbers import IdentifierError

CARD = "038190000123||Nguyễn Thị Hoa|15031990|Nữ|Thôn 1, Xã Hoằng Giang, Thanh Hóa|20042022"


def test_card_of_2021() -> None:
    card = read_card_qr(CARD)
    assert card.number.digits == "038190000123"
    assert card.old_number is None
    assert card.full_name == "Nguyễn Thị Hoa"
    assert card.birth == Birth(1990, 3, 15)
    assert card.sex == "f"
    assert card.address == "Thôn 1, Xã Hoằng Giang, Thanh Hóa"
    assert card.issued == date(2022, 4, 20)
    assert (card.layout, card.warnings) == ("2021", ())
    assert card.is_trustworthy


def test_old_number_in_the_second_field() -> None:
    card = read_card_qr(CARD.replace("||", "|171234567|"))
    assert (card.old_number, card.layout) == ("171234567", "2021")


def test_six_fields() -> None:
    card = read_card_qr(CARD.replace("||", "|"))
    assert (card.full_name, card.layout) == ("Nguyễn Thị Hoa", "short")
    assert card.issued == date(2022, 4, 20)


@pytest.mark.parametrize(
    ("text", "old"),
    [
        (CARD + "|038190000999|Lê Văn Bình|Trần Thị Cúc", None),
        (CARD.replace("||", "|") + "|171234567||Lê Văn Bình|Trần Thị Cúc", "171234567"),
        (CARD.replace("||", "|") + "||038190000999|Lê Văn Bình|Trần Thị Cúc", None),
    ],
)
def test_longer_cards_are_cut(text: str, old: str | None) -> None:
    card = read_card_qr(text)
    assert (card.layout, card.old_number, card.full_name) == ("long", old, "Nguyễn Thị Hoa")
    assert card.issued == date(2022, 4, 20)
    assert all("Bình" not in str(getattr(card, name)) for name in card.__slots__)


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + CARD + "\r\n",
        unicodedata.normalize("NFD", CARD),
        CARD.replace(" ", "\u00a0"),
        CARD.replace("|", " | "),
        "\n" + CARD,
    ],
)
def test_what_scanners_add(text: str) -> None:
    assert read_card_qr(text) == read_card_qr(CARD)


def test_a_man_born_in_a_year() -> None:
    card = read_card_qr("001058000001||Lê Văn Bình|00001958|Nam|Phường Ba Đình, Hà Nội|")
    assert (card.birth, card.sex, card.issued, card.warnings) == (Birth(1958), "m", None, ())


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        (
            "038190000123||Nguyeenx Thij Hoa|15031990|Nuwx|Thoon 1, Xax Hoawngf Giang|20042022",
            "telex_mangled",
        ),
        ("038190000123||Nguye64n Thi5 Hoa|15031990|Nu74|Tho6n 1|20042022", "vni_mangled"),
        ("038190000123||Nguyen Thi Hoa|15031990|Nu|Thon 1, Xa Hoang Giang|20042022", "marks_lost"),
        ("038190000123||Nguy?n Th? Hoa|15031990|N?|Th?n 1|20042022", "marks_lost"),
    ],
)
def test_mangled_on_the_way(text: str, warning: str) -> None:
    card = read_card_qr(text)
    assert card.warnings == (warning,)
    assert not card.is_trustworthy
    assert (card.sex, card.birth) == ("f", Birth(1990, 3, 15))


def test_a_name_without_marks_is_not_mangled() -> None:
    card = read_card_qr("038190000123||Mai Lan Anh|15031990|Nữ|Thôn 1|20042022")
    assert card.warnings == ()


def test_contradictions_are_told() -> None:
    card = read_card_qr(CARD.replace("|Nữ|", "|Nam|").replace("15031990", "15031991"))
    assert card.warnings == ("sex_differs", "birth_year_differs")


def test_single_fields_that_cannot_be_read() -> None:
    card = read_card_qr(CARD.replace("15031990", "99999999").replace("20042022", "soon"))
    assert (card.birth, card.issued) == (None, None)
    assert card.warnings == ("birth_unread", "issued_unread")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "card_layout"),
        ("https://example.vn/?id=1", "card_layout"),
        ("a|b|c", "card_layout"),
        (CARD.replace("|Nguyễn Thị Hoa", ""), "card_layout"),
        ("038190000123||123|15031990|Nữ|Thôn 1|20042022", "card_layout"),
        ("038190000123||Hoa|x|y|Thôn 1|20042022", "card_layout"),
        (CARD.replace("038190000123", "38190000123"), "card_number"),
        (CARD.replace("038190000123", "171234567"), "card_number"),
    ],
)
def test_no_card(text: str, code: str) -> None:
    with pytest.raises(IdentifierError) as caught:
        read_card_qr(text)
    assert caught.value.code == code


def test_repr_tells_nothing_of_the_person() -> None:
    text = repr(read_card_qr(CARD))
    assert text == "CardQr(layout='2021', warnings=())"


@given(st.lists(st.text(max_size=8), max_size=9).map("|".join))
def test_any_text_is_a_card_or_a_plain_error(text: str) -> None:
    try:
        outcome = read_card_qr(text).layout
    except IdentifierError as error:
        outcome = error.code
    assert outcome in ("2021", "short", "long", "card_layout", "card_number")
