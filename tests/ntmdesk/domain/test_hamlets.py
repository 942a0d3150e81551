"""Which hamlets written down by two people are one."""

from __future__ import annotations

import pytest

from ntmdesk.domain.hamlets import HamletName, matched

TYPES = ("Thôn", "Ấp", "Tổ dân phố")
OTHER = HamletName("x", "15880", "15880-009", "Thôn Xa")


def one(name: str, id: str = "a", code: str = "15880-001", commune: str = "15880") -> HamletName:
    return HamletName(id, commune, code, name)


@pytest.mark.parametrize(
    ("typed", "official"),
    [
        ("Thôn Đông", "Thôn Đông"),
        ("thôn  ĐÔNG ", "Thôn Đông"),
        ("Đông", "Thôn Đông"),
        ("Thôn Hòa", "Thôn Hoà"),
        ("Tổ dân phố 3", "3"),
        ("Thon Dong", "Thôn Đông"),
        ("Dong", "Thôn Đông"),
    ],
)
def test_one_hamlet_however_it_is_typed(typed: str, official: str) -> None:
    known = [one(official, "b", "15880-004"), OTHER]
    assert matched([one(typed), one("Thôn Lạ", "c")], known, TYPES) == {"a": "b"}


@pytest.mark.parametrize(
    ("typed", "official"),
    [
        ("Thôn Đông", "Thôn Tây"),
        ("Thôn 1", "Ấp 1"),
        ("Thôn Bính", "Thôn Bình"),
        ("Thon 1", "Ấp 1"),
        ("Thôn Đông", "Thôn Đông Hồ"),
    ],
)
def test_two_hamlets_stay_two(typed: str, official: str) -> None:
    assert matched([one(typed)], [one(official, "b", "15880-004"), OTHER], TYPES) == {}


def test_another_commune_is_another_hamlet() -> None:
    assert matched([one("Thôn 1", commune="15883")], [one("Thôn 1", "b"), OTHER], TYPES) == {}


def test_a_name_that_fits_two_fits_none() -> None:
    known = [one("Thôn Bình", "b"), one("Thôn Bính", "c")]
    assert matched([one("Thon Binh")], known, TYPES) == {}
    assert matched([one("Thôn Bính")], known, TYPES) == {"a": "c"}


def test_a_code_alone_says_something_only_where_each_side_has_one_hamlet() -> None:
    assert matched([one("Thôn Trong")], [one("Thôn Ngoài", "b")], TYPES) == {"a": "b"}
    assert matched([one("Thôn Trong")], [one("Thôn Ngoài", "b"), OTHER], TYPES) == {}
    assert matched([one("Thôn Trong"), OTHER], [one("Thôn Ngoài", "b")], TYPES) == {}
    assert matched([one("Thôn Trong", code="")], [one("Thôn Ngoài", "b", "")], TYPES) == {}


def test_two_by_hand_may_be_one_and_the_same() -> None:
    assert matched([one("Thôn 1"), one("thôn 1", "c")], [one("Thôn 1", "b")], TYPES) == {"a": "b", "c": "b"}
