"""Vietnamese text: search form, order of names, comparing spellings."""

from __future__ import annotations

import random
import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QCollator, QLocale, Qt

from ntmdesk.domain.text import (
    NameParts,
    canonical_name,
    fold,
    nfc,
    plain_sort_key,
    sort_key,
    spelling_twin,
    split_name,
    squeeze,
)

VOWELS = [
    "aàảãáạ",
    "ăằẳẵắặ",
    "âầẩẫấậ",
    "eèẻẽéẹ",
    "êềểễếệ",
    "iìỉĩíị",
    "oòỏõóọ",
    "ôồổỗốộ",
    "ơờởỡớợ",
    "uùủũúụ",
    "ưừửữứự",
    "yỳỷỹýỵ",
]
ALPHABET = "".join(
    next((group for group in VOWELS if group[0] == letter), letter)
    for letter in "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
)
FAMILIES = ["Nguyễn", "Trần", "Lê", "Phạm", "Đặng", "Đỗ", "Dương", "Bùi", "Hồ", "Ngô", "Võ", "Vũ", "Ông", "Ơ"]
GIVENS = [
    "An",
    "Ái",
    "Ấn",
    "Ân",
    "Hoa",
    "Hòa",
    "Hoà",
    "Hóa",
    "Đạt",
    "Dũng",
    "Yến",
    "Ý",
    "Huệ",
    "Em",
    "Ớt",
    "Út",
]
MIDDLES = ["", "Thị", "Văn", "Thị Thanh", "Hữu", "Đức", "Thị Ngọc Bảo"]

letters = st.sampled_from(ALPHABET + ALPHABET.upper())
words = st.text(letters, min_size=1, max_size=6)
names = st.lists(words, min_size=1, max_size=4).map(" ".join)


@pytest.mark.parametrize(
    ("typed", "searched"),
    [
        ("Đặng Thị Thuỷ", "dang thi thuy"),
        ("ĐỖ  VĂN\u00a0Hoà", "do van hoa"),
        ("Hòa", "hoa"),
        (unicodedata.normalize("NFD", "Nguyễn Thị Phượng"), "nguyen thi phuong"),
        ("Ðặng", "dang"),
        ("K’Brơi", "k'broi"),
        ("H'Lan Niê", "h'lan nie"),
        ("\ufeffHuệ\u200b", "hue"),
        ("", ""),
    ],
)
def test_search_form(typed: str, searched: str) -> None:
    assert fold(typed) == searched


def test_signs_of_other_scripts_are_not_marks() -> None:
    assert fold("សុខា") == "សុខា"


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_nfc_and_nfd_are_one_text(text: str) -> None:
    composed, spread = unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text)
    assert fold(composed) == fold(spread)
    assert squeeze(composed) == squeeze(spread)
    assert sort_key(composed) == sort_key(spread)
    assert plain_sort_key(composed) == plain_sort_key(spread)
    assert canonical_name(composed) == canonical_name(spread)


@given(names)
def test_folded_names_are_plain_letters(name: str) -> None:
    assert fold(name).isascii()
    assert fold(name) == fold(name.upper()) == fold(name.lower())


def test_squeeze_keeps_what_is_seen() -> None:
    assert squeeze("  Nguyễn\u00a0\tThị\r\nHoa\ufeff ") == "Nguyễn Thị Hoa"
    assert nfc("Hoa\u0300") == "Hoà"


@pytest.mark.parametrize(
    ("word", "twin"),
    [("my", "mi"), ("mi", "my"), ("ly", "li"), ("quy", "qui"), ("thuy", None), ("tay", None), ("minh", None)],
)
def test_spelling_twin(word: str, twin: str | None) -> None:
    assert spelling_twin(word) == twin


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Nguyễn Thị Hoa", NameParts("Nguyễn", "Thị", "Hoa")),
        ("Hoa", NameParts("", "", "Hoa")),
        ("Lê Nam", NameParts("Lê", "", "Nam")),
        ("Công Tằng Tôn Nữ Bảo Yên", NameParts("Công", "Tằng Tôn Nữ Bảo", "Yên")),
        ("Nguyễn Thị Hoa (Tám)", NameParts("Nguyễn", "Thị (Tám)", "Hoa")),
        ("(Tám)", NameParts("", "", "(Tám)")),
        ("H'Lan Niê", NameParts("H'Lan", "", "Niê")),
        ("", NameParts("", "", "")),
    ],
)
def test_parts_of_a_name(name: str, parts: NameParts) -> None:
    assert split_name(name) == parts


def test_all_vietnamese_letters_in_order() -> None:
    assert len(ALPHABET) == 93
    assert sorted(ALPHABET, key=plain_sort_key) == list(ALPHABET)
    assert all(
        plain_sort_key(a) < plain_sort_key(a.upper()) < plain_sort_key(b) for a, b in pairwise(ALPHABET)
    )


def test_people_stand_by_given_name_then_family_then_middle() -> None:
    expected = [
        "Bùi Thị Ái",
        "Đặng Văn An",
        "Ngô An",
        "Nguyễn An",
        "Nguyễn Thị An",
        "NGUYỄN THỊ AN",
        "Nguyễn Văn An",
        "Lê Ân",
        "Lê Dũng",
        "Trần Dũng",
        "Bùi Đạt",
        "Cao Thị Hoa",
        "Vũ Thị Hoa",
        "Cao Thị Hòa",
    ]
    shuffled = random.Random(7).sample(expected, len(expected))
    assert sorted(shuffled, key=sort_key) == expected


def test_families_with_đ_stand_after_d() -> None:
    assert sorted(["Đỗ Hoa", "Đặng Hoa", "Dương Hoa", "Em Hoa", "Dư Hoa"], key=sort_key) == [
        "Dư Hoa",
        "Dương Hoa",
        "Đặng Hoa",
        "Đỗ Hoa",
        "Em Hoa",
    ]


def test_places_stand_as_written() -> None:
    expected = ["Thôn 1", "Thôn 2", "Thôn An", "Thôn Ăn", "Thôn Ấp", "Thôn Đông", "Thôn Đồng", "Thôn Hà"]
    assert sorted(reversed(expected), key=plain_sort_key) == expected


def collator(case: Qt.CaseSensitivity) -> QCollator:
    oracle = QCollator(QLocale("vi_VN"))
    oracle.setCaseSensitivity(case)
    return oracle


def sign(a: object, b: object) -> int:
    return (a > b) - (a < b)  # type: ignore[operator]


def test_same_order_as_the_collation_of_qt() -> None:
    oracle = collator(Qt.CaseSensitivity.CaseSensitive)
    chance = random.Random(2026)
    for _ in range(4000):
        one, two = (
            " ".join("".join(chance.choices(ALPHABET + "ĐÁÀÊƠƯBC", k=chance.randint(1, 3))) for _ in range(2))
            for _ in range(2)
        )
        if chance.random() < 0.5:
            two = "".join(chance.choice(ALPHABET) if chance.random() < 0.3 else c for c in one)
        ordered = oracle.compare(one, two)
        assert sign(plain_sort_key(one), plain_sort_key(two)) == sign(ordered, 0), (one, two)


def test_people_in_the_same_order_as_the_collation_of_qt() -> None:
    oracle = collator(Qt.CaseSensitivity.CaseInsensitive)
    chance = random.Random(11)

    def drawn() -> str:
        return " ".join(
            filter(None, [chance.choice(FAMILIES), chance.choice(MIDDLES), chance.choice(GIVENS)])
        )

    for _ in range(4000):
        one, two = drawn(), drawn()
        a, b = split_name(one), split_name(two)
        by_part = (
            oracle.compare(x, y) for x, y in ((a.given, b.given), (a.family, b.family), (a.middle, b.middle))
        )
        ordered = next((result for result in by_part if result), 0)
        assert sign(sort_key(one), sort_key(two)) == sign(ordered, 0), (one, two)


@given(names, names)
def test_equal_keys_mean_equal_names(one: str, two: str) -> None:
    assert (sort_key(one) == sort_key(two)) == (nfc(one) == nfc(two))


@given(st.text(), st.text())
def test_longer_text_follows_its_beginning(text: str, more: str) -> None:
    assert plain_sort_key(text) <= plain_sort_key(text + "a" + more)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Hòa", "Hoà", True),
        ("HÒA", "hoà", True),
        ("Thúy", "Thuý", True),
        ("Khỏe", "Khoẻ", True),
        ("Qúy", "Quý", True),
        ("Qúan", "Quán", True),
        ("Hoàng", "Hòang", False),
        ("Hòa", "Hóa", False),
        ("Hoa", "Hòa", False),
        ("Lê  Thị Thủy ", "Lê Thị Thuỷ", True),
    ],
)
def test_two_spellings_of_one_name(one: str, other: str, *, same: bool) -> None:
    assert (canonical_name(one) == canonical_name(other)) is same


@pytest.mark.parametrize(
    "name", ["Quý", "Hoàng", "Toản", "Huế", "Nguyễn", "Thoại", "Khuya", "Hoạt", "Chuyền"]
)
def test_tone_inside_a_syllable_stays(name: str) -> None:
    assert canonical_name(name) == name.lower()


@given(st.one_of(names, st.text()))
def test_canonical_form_is_stable_and_folds_alike(name: str) -> None:
    once = canonical_name(name)
    assert canonical_name(once) == once
    assert fold(once) == fold(name)
