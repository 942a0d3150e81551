"""Makes resources/units from the package vietnam-provinces; the same bytes every time.

    python3.12 -m venv VENV && VENV/bin/pip install vietnam-provinces==2026.9.0
    VENV/bin/python scripts/make_units.py

Needs Python 3.12 (the package does), so it runs in an environment of its own.  Two tab-separated tables:

current.tsv      P <province> <name>, and below each province C <commune> <name>
legacy.tsv.xz    P <province> <name>, D <district> <name>, W <commune> <name> <successors>, and at the end
                 X <commune> <successors> for old codes that only the conversion table knows

Successors are codes of current communes; a leading ~ says that only a part of the old commune went there.
"""

from __future__ import annotations

import lzma
import sys
import unicodedata
from pathlib import Path

import vietnam_provinces
from vietnam_provinces import Province, Ward, legacy
from vietnam_provinces._ward_conversion_2025 import EFFECTIVE_DATE, OLD_TO_NEW

OUT = Path(__file__).resolve().parent.parent / "resources" / "units"
VERSION = "2026.9.0"

SOURCE = """\
Administrative units of Viet Nam
================================

Package    vietnam-provinces {version} (PyPI), data of {data}
Author     Nguyễn Hồng Quân and contributors, https://github.com/sunshine-tech/VietnamProvinces
Licence    GPL-3.0-or-later
Origin     National Statistics Office, list of units and table of conversion, as the package gives them
Made by    scripts/make_units.py

current.tsv     list nso-2025-07, in force from {effective}:
                {provinces} provinces, {communes} communes
legacy.tsv.xz   list gso-2025-01, in force until 2025-06-30:
                {old_provinces} provinces, {old_districts} districts, {old_communes} communes;
                successors of {mapped} of them, {ambiguous} with several, {partly} taken apart

Changed against the package: codes are text with their zeros; "xã" at the head of a name has its capital.
"""


def name(text: str) -> str:
    tidy = " ".join(unicodedata.normalize("NFC", text).split())
    return tidy[0].upper() + tidy[1:]


def current() -> tuple[str, int, int]:
    below: dict[int, list[Ward]] = {}
    for ward in Ward.iter_all():
        below.setdefault(int(ward.province_code), []).append(ward)
    lines = [f"#\tnso-2025-07\t{vietnam_provinces.__data_version__}"]
    provinces = sorted(Province.iter_all(), key=lambda one: int(one.code))
    for province in provinces:
        lines.append(f"P\t{int(province.code):02}\t{name(province.name)}")
        wards = sorted(below[int(province.code)], key=lambda one: int(one.code))
        lines += [f"C\t{int(ward.code):05}\t{name(ward.name)}" for ward in wards]
    return "\n".join(lines) + "\n", len(provinces), sum(map(len, below.values()))


def successors(code: int) -> str:
    entry = OLD_TO_NEW.get(code)
    if entry is None:
        return ""
    codes = " ".join(f"{new.code:05}" for new in sorted(entry.new_wards))
    return ("~" if entry.old_ward.is_partly_merged else "") + codes


def former() -> tuple[str, dict[str, int]]:
    districts: dict[int, list[legacy.District]] = {}
    wards: dict[int, list[legacy.Ward]] = {}
    for district in legacy.District.iter_all():
        districts.setdefault(int(district.province_code), []).append(district)
    for ward in legacy.Ward.iter_all():
        wards.setdefault(int(ward.district_code), []).append(ward)
    known = {int(ward.code) for ward in legacy.Ward.iter_all()}
    lines = ["#\tgso-2025-01\t2025-01-04"]
    provinces = sorted(legacy.Province.iter_all(), key=lambda one: int(one.code))
    for province in provinces:
        lines.append(f"P\t{int(province.code):02}\t{name(province.name)}")
        for district in sorted(districts[int(province.code)], key=lambda one: int(one.code)):
            lines.append(f"D\t{int(district.code):03}\t{name(district.name)}")
            for ward in sorted(wards.get(int(district.code), []), key=lambda one: int(one.code)):
                code = int(ward.code)
                lines.append(f"W\t{code:05}\t{name(ward.name)}\t{successors(code)}")
    lines += [f"X\t{code:05}\t{successors(code)}" for code in sorted(set(OLD_TO_NEW) - known)]
    counts = {
        "old_provinces": len(provinces),
        "old_districts": sum(map(len, districts.values())),
        "old_communes": sum(map(len, wards.values())),
        "mapped": len(known & set(OLD_TO_NEW)),
        "ambiguous": sum(len(OLD_TO_NEW[code].new_wards) > 1 for code in OLD_TO_NEW if code in known),
        "partly": sum(OLD_TO_NEW[code].old_ward.is_partly_merged for code in OLD_TO_NEW if code in known),
    }
    return "\n".join(lines) + "\n", counts


def main() -> None:
    if vietnam_provinces.__version__ != VERSION:
        sys.exit(f"vietnam-provinces {VERSION} is wanted, {vietnam_provinces.__version__} is here")
    OUT.mkdir(parents=True, exist_ok=True)
    text, provinces, communes = current()
    (OUT / "current.tsv").write_bytes(text.encode())
    old, counts = former()
    packed = lzma.compress(
        old.encode(), format=lzma.FORMAT_XZ, check=lzma.CHECK_CRC64, preset=9 | lzma.PRESET_EXTREME
    )
    (OUT / "legacy.tsv.xz").write_bytes(packed)
    source = SOURCE.format(
        version=VERSION,
        data=vietnam_provinces.__data_version__,
        effective=EFFECTIVE_DATE,
        provinces=provinces,
        communes=communes,
        **counts,
    )
    (OUT / "SOURCE").write_bytes(source.encode())


if __name__ == "__main__":
    main()
