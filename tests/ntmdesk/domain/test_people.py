"""Ages, consent and possible doubles."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ntmdesk.domain import people
from ntmdesk.domain.people import Consent, Known

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("birth", "age"),
    [
        ("1958", 68),
        ("1958-12-01", 67),
        ("1958-11-22", 68),
        ("1958-03", 68),
        ("", None),
        (None, None),
        ("x", None),
    ],
)
def test_ages(birth: str | None, age: int | None) -> None:
    assert people.age_on(birth, TODAY) == age


def test_elder_and_guardian() -> None:
    assert people.is_elder("1966", TODAY)
    assert not people.is_elder("1966-11-23", TODAY)
    assert not people.is_elder("", TODAY)
    assert people.needs_guardian("2015", TODAY)
    assert not people.needs_guardian("2012-01-01", TODAY)
    assert not people.needs_guardian(None, TODAY)


def consent(*purposes: str, withdrawn: str | None = None) -> Consent:
    return Consent.of({"id": "c", "subject": "r", "purposes": list(purposes), "withdrawn_at": withdrawn})


def test_consent_covers_its_purposes_until_withdrawn() -> None:
    assert people.consent_covers([consent("support"), consent("identity")], "identity", TODAY)
    assert not people.consent_covers([consent("support")], "identity", TODAY)
    assert not people.consent_covers([], "identity", TODAY)
    assert not people.consent_covers([consent("identity", withdrawn="2026-11-22")], "identity", TODAY)
    assert people.consent_covers([consent("identity", withdrawn="2026-11-23")], "identity", TODAY)


HOA = Known("Đặng Thị Hoà", "1958", "Ngõ 4", "h1", "0912345678")


@pytest.mark.parametrize(
    ("other", "reasons"),
    [
        (
            Known("đặng thị hòa", "1958-03-15", "ngo 4", "h1"),
            ("same_name", "same_birth_year", "same_lane"),
        ),
        (Known("Dang Thi Hoa", "1958"), ("similar_name", "same_birth_year")),
        (Known("Đặng Hoà", "1958", "Ngõ 4", "h1"), ("similar_name", "same_birth_year", "same_lane")),
        (Known("Đặng Thị Hoà", "", "", "", "+84 912 345 678"), ("same_phone", "same_name")),
        (Known("Đặng Thị Hoà", "1990"), ()),
        (Known("Đặng Thị Hồng", "1958"), ("same_birth_year",)),
        (Known("Đặng Thị Hoà", "1959", "Ngõ 4", "h1"), ("same_name", "same_lane")),
    ],
)
def test_reasons(other: Known, reasons: tuple[str, ...]) -> None:
    assert people.reasons_for(HOA, other) == reasons


def test_two_numbers_decide() -> None:
    mine = Known("Lê Nam", "1990", id_number="038090000123")
    assert people.reasons_for(mine, Known("Lê Nam", "1990", id_number="038090000124")) == ()
    same = people.reasons_for(mine, Known("Lê Văn Nam", "1991", id_number="038090000123"))
    assert same[0] == "same_number"
    old = people.reasons_for(mine, Known("Lê Nam", "1990", id_number="171234567"))
    assert old == ("same_name", "same_birth_year")


def test_different_sex_is_another_person() -> None:
    assert people.reasons_for(Known("Lê Thanh", "1990", sex="m"), Known("Lê Thanh", "1990", sex="f")) == ()


@pytest.mark.parametrize(
    ("reasons", "doubtful"),
    [
        (("same_number",), True),
        (("same_name", "same_birth_year"), True),
        (("same_name", "same_lane"), True),
        (("same_name",), False),
        (("similar_name", "same_lane"), False),
        (("similar_name", "same_birth_year", "same_lane"), True),
        (("same_phone", "same_lane", "same_birth_year"), False),
        ((), False),
    ],
)
def test_when_a_person_is_asked(reasons: tuple[str, ...], doubtful: bool) -> None:
    assert people.are_doubtful(reasons) is doubtful


NAMES = st.sampled_from(["Đặng Thị Hoà", "Đặng Thị Hòa", "Dang Thi Hoa", "Lê Mỹ", "Lê Mĩ", "Lê", ""])
KNOWN = st.builds(
    Known,
    NAMES,
    st.sampled_from(["", "1958", "1959-01", "1990"]),
    st.sampled_from(["", "Ngõ 4", "ngõ 4"]),
    st.sampled_from(["", "h"]),
    st.sampled_from(["", "0912345678"]),
    st.sampled_from(["", "038090000123", "171234567"]),
)


@given(KNOWN, KNOWN)
def test_comparing_goes_both_ways(a: Known, b: Known) -> None:
    one, other = set(people.reasons_for(a, b)), set(people.reasons_for(b, a))
    assert one == other
    assert list(people.reasons_for(a, b)) == sorted(one, key=people.REASONS.index)


def test_name_key_knows_twin_spellings() -> None:
    assert people.name_key("Lê Mỹ") == people.name_key("lê mĩ")
    assert people.digits("0912.345.678") == "0912345678"
