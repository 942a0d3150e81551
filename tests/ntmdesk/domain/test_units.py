"""Administrative units: the list in force, the old one, and the way between them."""

from __future__ import annotations

import lzma
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ntmdesk.domain.id_numbers import BIRTH_PROVINCES
from ntmdesk.domain.text import fold
from ntmdesk.domain.units import CURRENT, LEGACY, Unit, Units, UnitsDamaged, UnknownUnit
from ntmdesk.system.assets import assets


def fresh() -> Units:
    return Units(assets().read_text("units/current.tsv"), lambda: assets().read_bytes("units/legacy.tsv.xz"))


UNITS = fresh()


def names(found: list[Unit] | tuple[Unit, ...]) -> list[str]:
    return [unit.name for unit in found]


def test_the_list_in_force() -> None:
    communes = [unit for unit in UNITS if unit.level == "commune"]
    assert len(UNITS.provinces()) == 34
    assert len(communes) == 3321
    assert len(UNITS) == 3355
    assert Counter(unit.type for unit in communes) == {"xa": 2621, "phuong": 687, "dac_khu": 13}
    assert {unit.list_version for unit in UNITS} == {CURRENT}


def test_the_old_list() -> None:
    communes = UNITS.legacy_communes()
    assert len(communes) == 10051
    islands = [UNITS.legacy(code).short_name for code in ("318", "471", "498", "536", "755")]
    assert islands == ["Bạch Long Vĩ", "Cồn Cỏ", "Hoàng Sa", "Lý Sơn", "Côn Đảo"]
    assert len({unit.parent for unit in communes} | {"318", "471", "498", "536", "755"}) == 696
    assert {unit.list_version for unit in communes} == {LEGACY}
    assert UNITS.legacy("399").name == "Huyện Hoằng Hóa"
    assert UNITS.legacy("83").type == "tinh"


def test_successors_counted() -> None:
    verdicts = Counter(UNITS.from_legacy(unit.code).verdict for unit in UNITS.legacy_communes())
    assert verdicts == {"certain": 9451, "partial": 132, "ambiguous": 440, "unknown": 28}
    partly = sum(UNITS.from_legacy(unit.code).is_partly_merged for unit in UNITS.legacy_communes())
    assert partly == 572


def test_codes_are_reused() -> None:
    communes = [unit for unit in UNITS if unit.level == "commune"]
    old = {unit.code for unit in UNITS.legacy_communes()}
    assert sum(unit.code in old for unit in communes) == 3310
    assert sum(UNITS.reused(unit.code) is not None for unit in communes) == 2179


def test_one_code_two_communes() -> None:
    now, former = UNITS.commune("15910"), UNITS.legacy("15910")
    assert (now.name, former.name) == ("Xã Hoằng Sơn", "Xã Hoằng Xuyên")
    assert now != former
    assert UNITS.reused("15910") == former
    assert UNITS.from_legacy("15910").target == now
    assert (now.valid_from is None, now.valid_to) == (False, None)
    assert former.valid_to is not None
    assert now.valid_from is not None
    assert former.valid_to < now.valid_from


def test_a_code_that_stays_names_one_of_the_predecessors() -> None:
    moved = [
        unit
        for unit in UNITS.legacy_communes()
        if UNITS.get(unit.code) is not None
        and unit.code not in {target.code for target in UNITS.from_legacy(unit.code).candidates}
    ]
    assert moved == []


def test_a_commune_taken_apart() -> None:
    split = next(
        unit
        for unit in UNITS.legacy_communes()
        if unit.name == "Xã An Thới Đông" and UNITS.legacy_label(unit.code).endswith("Hồ Chí Minh")
    )
    went = UNITS.from_legacy(split.code)
    assert went.verdict == "ambiguous"
    assert went.target is None
    assert len(went.candidates) == 2
    assert "27673" in {unit.code for unit in went.candidates}
    assert UNITS.commune("27664").name == "Xã Cần Giờ"
    assert UNITS.legacy("27664").name == "Thị trấn Cần Thạnh"


def test_an_old_province_over_two_new_ones() -> None:
    assert [(unit.code, count) for unit, count in UNITS.from_legacy_province("82")] == [("82", 164)]
    tien_giang = [
        c for c in UNITS.legacy_communes() if UNITS.legacy_label(c.code).endswith("Tỉnh Tiền Giang")
    ]
    targets = Counter(
        target.parent
        for commune in tien_giang
        if (target := UNITS.from_legacy(commune.code).target) is not None
    )
    assert set(targets) == {"82"}
    ward_of_long_an = UNITS.from_legacy("27691")  # the table of conversion counts it to Tiền Giang
    assert [unit.parent for unit in ward_of_long_an.candidates] == ["80"]
    assert UNITS.legacy_label("27691").endswith("Tỉnh Long An")
    assert UNITS.province("82").name == "Tỉnh Đồng Tháp"


def test_special_zones_without_a_predecessor() -> None:
    zones = [unit for unit in UNITS if unit.type == "dac_khu" and not UNITS.legacy_sources(unit.code)]
    assert sorted(unit.short_name for unit in zones) == [
        "Bạch Long Vĩ",
        "Côn Đảo",
        "Cồn Cỏ",
        "Hoàng Sa",
        "Lý Sơn",
    ]


def test_old_codes_without_an_answer() -> None:
    assert UNITS.from_legacy("07693").verdict == "unknown"
    assert UNITS.from_legacy("07693").candidates == ()
    only_converted = UNITS.from_legacy("03984")
    assert (only_converted.former, only_converted.verdict) == (None, "certain")


def test_a_commune_made_of_four() -> None:
    sources = UNITS.legacy_sources("15880")
    assert UNITS.commune("15880").name == "Xã Hoằng Giang"
    assert len(sources) == 4
    assert all(UNITS.commune("15880") in UNITS.from_legacy(unit.code).candidates for unit in sources)


def test_labels() -> None:
    assert UNITS.label("15880") == "Xã Hoằng Giang, Tỉnh Thanh Hóa"
    assert UNITS.label("38") == "Tỉnh Thanh Hóa"
    assert UNITS.legacy_label("15910") == "Xã Hoằng Xuyên, Huyện Hoằng Hóa, Tỉnh Thanh Hóa"
    assert (UNITS.commune("15880").short_name, UNITS.commune("15880").type) == ("Hoằng Giang", "xa")
    assert UNITS.legacy("27664").short_name == "Cần Thạnh"


@pytest.mark.parametrize("code", ["99999", "38", "1588", "", "'"])
def test_unknown_communes(code: str) -> None:
    with pytest.raises(UnknownUnit) as caught:
        UNITS.commune(code)
    assert (caught.value.code, caught.value.unit, caught.value.list_version) == (
        "unknown_unit",
        code,
        CURRENT,
    )


def test_unknown_elsewhere() -> None:
    for ask in (UNITS.province, UNITS.communes_of):
        with pytest.raises(UnknownUnit):
            ask("15880")
    for ask_old in (UNITS.legacy, UNITS.from_legacy, UNITS.from_legacy_province, UNITS.legacy_label):
        with pytest.raises(UnknownUnit) as caught:
            ask_old("99999")
        assert caught.value.list_version == LEGACY
    with pytest.raises(UnknownUnit):
        UNITS.label("99999")
    assert UNITS.get("99999") is None


@pytest.mark.parametrize(
    "typed", ["hoang giang thanh hoa", "Hoằng Giang", "xa hoang giang", "HOẰNG GIANG, THANH"]
)
def test_search_by_what_people_type(typed: str) -> None:
    assert UNITS.search(typed)[0].code == "15880"


def test_search_prefers_the_marks_typed() -> None:
    assert UNITS.search("Cà Mau")[0].code == "96"
    assert names(UNITS.search("Hoằng Hóa"))[0] == "Xã Hoằng Hóa"
    assert {fold(unit.short_name) for unit in UNITS.search("tan tien", limit=7)} == {"tan tien"}
    assert len(UNITS.search("xã tân tiến", limit=100)) >= 7


def test_search_within_a_province() -> None:
    found = UNITS.search("tân", limit=500, province="86")
    assert found
    assert {unit.parent for unit in found} == {"86"}
    assert UNITS.search("tân", province="99") == []


def test_search_of_the_old_list() -> None:
    assert UNITS.search_legacy("hoang xuyen, hoang hoa")[0].code == "15910"


def test_nothing_typed_finds_nothing() -> None:
    assert UNITS.search("  ") == []
    assert UNITS.search("zzzz") == []


@given(st.sampled_from([unit.code for unit in UNITS]))
def test_every_unit_is_found_by_its_label(code: str) -> None:
    assert code in {unit.code for unit in UNITS.search(fold(UNITS.label(code)), limit=50)}


def test_communes_stand_by_name() -> None:
    listed = [unit.short_name for unit in UNITS.communes_of("38")]
    assert len(listed) == 166
    assert listed.index("Đông Sơn") > listed.index("Các Sơn")
    assert listed[0].startswith(("A", "Á"))


def test_the_63_provinces_of_personal_numbers_are_those_of_the_old_list() -> None:
    old = {unit.code for unit, _ in ((UNITS.legacy(code[1:]), 0) for code in BIRTH_PROVINCES)}
    assert len(old) == 63
    for code, name in BIRTH_PROVINCES.items():
        if name == "Thừa Thiên Huế":  # renamed half a year before the old list ended
            continue
        listed = UNITS.legacy(code[1:]).short_name
        assert fold(listed).replace(" - ", " ") == fold(name).replace(" - ", " ")


def test_the_old_list_is_read_when_asked_for() -> None:
    reads: list[int] = []

    def read() -> bytes:
        reads.append(1)
        return assets().read_bytes("units/legacy.tsv.xz")

    units = Units(assets().read_text("units/current.tsv"), read)
    units.search("hoang")
    assert reads == []
    units.legacy("399")
    units.from_legacy("15910")
    assert reads == [1]


@pytest.mark.parametrize(
    "current",
    [
        "",
        "#\tgso-2025-01\t\n",
        "#\tnso-2025-07\t\nC\t00001\tXã A\n",
        "#\tnso-2025-07\t\nP\t01\n",
        "#\tnso-2025-07\t\nP\t01\tA",
    ],
)
def test_a_damaged_table_is_told(current: str) -> None:
    with pytest.raises(UnitsDamaged):
        Units(current, bytes)


@pytest.mark.parametrize(
    "packed",
    [
        b"",
        b"x",
        lzma.compress(b"\xff"),
        lzma.compress(b"#\tgso-2025-01\t\nZ\t1\n"),
        lzma.compress(b"#\tnso\t\n"),
    ],
)
def test_a_damaged_old_table_is_told(packed: bytes) -> None:
    with pytest.raises(UnitsDamaged):
        Units("#\tnso-2025-07\t\n", lambda: packed).legacy("399")


def test_the_shipped_files_are_small() -> None:
    sizes = [len(assets().read_bytes(f"units/{name}")) for name in ("current.tsv", "legacy.tsv.xz")]
    assert sum(sizes) < 300_000
