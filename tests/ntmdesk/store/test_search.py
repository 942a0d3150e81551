"""Finding while typing, in Vietnamese."""

from __future__ import annotations

import pytest

from ntmdesk.store.database import Store
from ntmdesk.store.questions import match_of
from tests.ntmdesk.store.places import LAN, hamlet, household, resident


@pytest.fixture
def people(store: Store) -> dict[str, str]:
    with store.begin(LAN) as uow:
        hamlet(uow)
        duc = household(uow, "Đặng Văn Đức", "H-17", lane="Ngõ Đình")
        return {
            "duc": duc,
            "hoa": resident(uow, "Nguyễn Thị Hoa", birth="1958", household=duc, phone="0912345678"),
            "hoà": resident(uow, "Trần Hoà", id_number="038158000123"),
            "huệ": resident(uow, "Lê Thị Huệ"),
            "kbroi": resident(uow, "K'Brơi"),
            "my": resident(uow, "Trần Mỹ"),
        }


def found(store: Store, text: str) -> list[str]:
    with store.look() as uow:
        return [hit.id for hit in uow.search.people(text)]


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("hoa", {"hoa", "hoà"}),
        ("HOÀ", {"hoa", "hoà"}),
        ("duc", {"duc"}),
        ("đức", {"duc"}),
        ("dang", {"duc"}),
        ("hue\u0323\u0302", {"huệ"}),
        ("thi h", {"hoa", "huệ"}),
        ("nguyen hoa", {"hoa"}),
        ("5678", {"hoa"}),
        ("345", set()),
        ("0912", {"hoa"}),
        ("0123", {"hoà"}),
        ("H-17", {"duc"}),
        ("ngõ đình", {"duc"}),
        ("k'broi", {"kbroi"}),
        ("mĩ", {"my"}),
        ("", set()),
        ("   ", set()),
        ('"', set()),
        ("* OR NEAR(", set()),
        ("không ai cả", set()),
    ],
)
def test_who_is_found(store: Store, people: dict[str, str], text: str, who: set[str]) -> None:
    assert set(found(store, text)) == {people[name] for name in who}


def test_exact_marks_come_first(store: Store, people: dict[str, str]) -> None:
    assert found(store, "hoà")[0] == people["hoà"]
    assert found(store, "Hoa")[0] == people["hoa"]


def test_a_hit_tells_where_the_person_lives_and_only_the_tail_of_the_number(
    store: Store, people: dict[str, str]
) -> None:
    with store.look() as uow:
        hoa, other = (uow.search.people(text)[0] for text in ("nguyễn thị hoa", "trần hoà"))
    assert (hoa.birth_year, hoa.lane, hoa.household_head) == (1958, "Ngõ Đình", "Đặng Văn Đức")
    assert other.number_tail == "0123"
    assert "038158" not in repr(other)


def test_changed_and_deleted_words_are_no_longer_found(store: Store, people: dict[str, str]) -> None:
    with store.begin(LAN) as uow:
        uow.records.set("resident", people["huệ"], {"full_name": "Lê Thị Cúc"})
        uow.records.delete("resident", people["my"])
    assert found(store, "huệ") == []
    assert found(store, "cúc") == [people["huệ"]]
    assert found(store, "mỹ") == []


def test_anything_finds_records_of_every_kind(store: Store, people: dict[str, str]) -> None:
    with store.look() as uow:
        kinds = {hit.kind for hit in uow.search.anything("thôn 1")}
        assert kinds == {"hamlet"}
        assert uow.search.anything("15880")[0].name.startswith("Thôn 1")


def test_no_text_is_ever_read_as_search_syntax() -> None:
    assert match_of('a" OR "b') == '"a"* AND "or"* AND "b"*'
    assert match_of("12345") == '("12345"* OR "x54321"*)'
    assert match_of("-!?") is None
