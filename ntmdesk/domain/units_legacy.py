"""The list of units before 01/07/2025, with the successors of its communes."""

from __future__ import annotations

import lzma
from dataclasses import dataclass, field
from functools import cached_property

from ntmdesk.domain.text import fold
from ntmdesk.domain.units_lists import LEGACY, Unit, UnitsDamaged, rows


@dataclass
class Legacy:
    """Provinces, districts and communes by code; codes of the three levels differ in length.

    ``successors``: old commune -> current communes and whether only a part went there.
    """

    provinces: dict[str, Unit] = field(default_factory=dict)
    districts: dict[str, Unit] = field(default_factory=dict)
    communes: dict[str, Unit] = field(default_factory=dict)
    successors: dict[str, tuple[tuple[str, ...], bool]] = field(default_factory=dict)

    def get(self, code: str) -> Unit | None:
        """The unit of that code, of whatever level."""
        return self.communes.get(code) or self.districts.get(code) or self.provinces.get(code)

    def line(self, unit: Unit) -> tuple[Unit, ...]:
        """The unit and what it lies in, outwards."""
        above = None if unit.parent is None else self.get(unit.parent)
        return (unit,) if above is None else (unit, *self.line(above))

    def province_of(self, commune: Unit) -> str:
        """The code of the province of a commune."""
        return self.line(commune)[-1].code

    @cached_property
    def sources(self) -> dict[str, list[str]]:
        """Current commune -> the old ones it was made from."""
        made: dict[str, list[str]] = {}
        for old, (codes, _) in self.successors.items():
            for code in codes:
                made.setdefault(code, []).append(old)
        return made

    @cached_property
    def haystacks(self) -> dict[str, str]:
        """Folded names of the three levels of each commune, for searching."""
        districts = {
            code: f"{fold(unit.name)} {fold(self.provinces[unit.parent or ''].name)}"
            for code, unit in self.districts.items()
        }
        return {
            code: f" {fold(unit.name)} {districts[unit.parent or '']}" for code, unit in self.communes.items()
        }


def read_legacy(packed: bytes) -> Legacy:
    """From ``units/legacy.tsv.xz``; raises ``UnitsDamaged``."""
    try:
        text = lzma.decompress(packed).decode("utf-8")
    except (lzma.LZMAError, UnicodeDecodeError, EOFError):
        raise UnitsDamaged from None
    legacy = Legacy()
    province = district = ""
    for mark, cells in rows(text, LEGACY):
        match mark, cells:
            case "P", [province, name]:
                legacy.provinces[province] = Unit(province, name, "province", None, LEGACY)
            case "D", [district, name]:
                legacy.districts[district] = Unit(district, name, "district", province, LEGACY)
            case "W", [code, name, successors]:
                legacy.communes[code] = Unit(code, name, "commune", district, LEGACY)
                _keep(legacy, code, successors)
            case "X", [code, successors]:
                _keep(legacy, code, successors)
            case _:
                raise UnitsDamaged
    return legacy


def _keep(legacy: Legacy, code: str, successors: str) -> None:
    if successors:
        partly = successors.startswith("~")
        legacy.successors[code] = (tuple(successors.removeprefix("~").split(" ")), partly)
