"""Administrative units of Viet Nam: the list in force since 01/07/2025 and the way to it from the old one.

A code alone is ambiguous: 3,310 of the 3,321 current codes stood in the old list too, 2,179 of them for
another commune.  So every unit names its list, and an old code goes through ``from_legacy`` only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from ntmdesk.domain.text import fold, plain_sort_key, squeeze
from ntmdesk.domain.units_legacy import Legacy, read_legacy
from ntmdesk.domain.units_lists import CURRENT, LEGACY, Unit, UnitsDamaged, rows

__all__ = ["CURRENT", "LEGACY", "Successors", "Unit", "Units", "UnitsDamaged", "UnknownUnit"]


class UnknownUnit(LookupError):
    """No unit of that code in that list; ``code`` is ``unknown_unit``."""

    def __init__(self, unit: str, list_version: str) -> None:
        super().__init__("unknown_unit")
        self.code = "unknown_unit"
        self.unit = unit
        self.list_version = list_version


@dataclass(frozen=True, slots=True)
class Successors:
    """Where an old commune is today.

    ``former`` is None for a few old codes that only the conversion table knows.  ``verdict``: ``certain``
    (one successor takes it whole), ``partial`` (one is known, but it took a part only), ``ambiguous``
    (several) or ``unknown`` (none recorded).  All but the first need a person to choose.
    """

    former: Unit | None
    candidates: tuple[Unit, ...]
    is_partly_merged: bool

    @property
    def verdict(self) -> Literal["certain", "partial", "ambiguous", "unknown"]:
        if not self.candidates:
            return "unknown"
        if len(self.candidates) > 1:
            return "ambiguous"
        return "partial" if self.is_partly_merged else "certain"

    @property
    def target(self) -> Unit | None:
        """The successor that may be taken without asking; None where a person must choose."""
        return self.candidates[0] if self.verdict == "certain" else None


class Units:
    """The units of both lists; the old one is read when first asked for.

    ``current``: the text of ``units/current.tsv``.  ``legacy``: gives the bytes of ``units/legacy.tsv.xz``.
    Raises ``UnitsDamaged`` where a table is not as it was made.
    """

    list_version = CURRENT

    def __init__(self, current: str, legacy: Callable[[], bytes]) -> None:
        self._read_legacy = legacy
        self._units: dict[str, Unit] = {}
        self._below: dict[str, list[Unit]] = {}
        province = ""
        for mark, cells in rows(current, CURRENT):
            if mark == "P" and len(cells) == 2:
                province = cells[0]
                self._units[province] = Unit(province, cells[1], "province", None, CURRENT)
                self._below[province] = []
            elif mark == "C" and len(cells) == 2 and province:
                unit = Unit(cells[0], cells[1], "commune", province, CURRENT)
                self._units[unit.code] = unit
                self._below[province].append(unit)
            else:
                raise UnitsDamaged

    def __len__(self) -> int:
        return len(self._units)

    def __iter__(self) -> Iterator[Unit]:
        """All current units, each province before its communes."""
        return iter(self._units.values())

    def get(self, code: str) -> Unit | None:
        """The current province (2 digits) or commune (5 digits), or None."""
        return self._units.get(code)

    def province(self, code: str) -> Unit:
        """A current province; raises ``UnknownUnit``."""
        return self._of(code, "province")

    def commune(self, code: str) -> Unit:
        """A current commune, ward or special zone; raises ``UnknownUnit``."""
        return self._of(code, "commune")

    def _of(self, code: str, level: str) -> Unit:
        unit = self._units.get(code)
        if unit is None or unit.level != level:
            raise UnknownUnit(code, CURRENT)
        return unit

    def provinces(self) -> tuple[Unit, ...]:
        """The 34 provinces, by name."""
        return tuple(sorted((self._units[code] for code in self._below), key=_by_name))

    def communes_of(self, province: str) -> tuple[Unit, ...]:
        """The communes of a province, by name; raises ``UnknownUnit``."""
        return tuple(sorted(self._below[self.province(province).code], key=_by_name))

    def label(self, code: str) -> str:
        """``Xã Hoằng Giang, Tỉnh Thanh Hóa`` or ``Tỉnh Thanh Hóa``; raises ``UnknownUnit``."""
        unit = self._units.get(code)
        if unit is None:
            raise UnknownUnit(code, CURRENT)
        return unit.name if unit.parent is None else f"{unit.name}, {self._units[unit.parent].name}"

    def legacy_label(self, code: str) -> str:
        """``Xã Hoằng Xuyên, Huyện Hoằng Hóa, Tỉnh Thanh Hóa``; raises ``UnknownUnit``."""
        return ", ".join(unit.name for unit in self._legacy.line(self.legacy(code)))

    def search(self, text: str, limit: int = 20, province: str | None = None) -> list[Unit]:
        """Current units whose label has words that begin with the words typed; marks need not be typed.

        Best first: a unit named whole before a comma or what it lies in (``hoang giang thanh hoa``), the name
        as typed with its marks, the whole name, its beginning, the rest; provinces first, then by name.
        """
        within = (
            None if province is None else {province, *(unit.code for unit in self._below.get(province, []))}
        )
        hits = _matches(text, self._haystacks, within)
        return [self._units[code] for code in _ranked(text, hits, self._units)[:limit]]

    def search_legacy(self, text: str, limit: int = 20) -> list[Unit]:
        """The same over the communes of the old list, found by any of their three levels."""
        communes = self._legacy.communes
        return [
            communes[code] for code in _ranked(text, _matches(text, self._legacy.haystacks), communes)[:limit]
        ]

    @cached_property
    def _haystacks(self) -> dict[str, str]:
        folded = {unit.code: fold(unit.name) for unit in self}
        return {
            unit.code: f" {folded[unit.code]} {folded[unit.parent]}"
            if unit.parent
            else f" {folded[unit.code]}"
            for unit in self
        }

    @cached_property
    def _legacy(self) -> Legacy:
        return read_legacy(self._read_legacy())

    def legacy(self, code: str) -> Unit:
        """A unit of the old list: province (2 digits), district (3), commune (5); ``UnknownUnit``."""
        unit = self._legacy.get(code)
        if unit is None:
            raise UnknownUnit(code, LEGACY)
        return unit

    def legacy_communes(self) -> tuple[Unit, ...]:
        """All communes of the old list, in the order of provinces and districts."""
        return tuple(self._legacy.communes.values())

    def from_legacy(self, code: str) -> Successors:
        """Where the commune that had this code before 01/07/2025 is today; raises ``UnknownUnit``."""
        former = self._legacy.communes.get(code)
        found = self._legacy.successors.get(code)
        if former is None and found is None:
            raise UnknownUnit(code, LEGACY)
        codes, partly = found or ((), False)
        return Successors(former, tuple(self.commune(one) for one in codes), partly)

    def legacy_sources(self, code: str) -> tuple[Unit, ...]:
        """The old communes a current one was made from, whole or in part; empty for five special zones."""
        self.commune(code)
        communes = self._legacy.communes
        return tuple(communes[old] for old in self._legacy.sources.get(code, ()) if old in communes)

    def from_legacy_province(self, code: str) -> tuple[tuple[Unit, int], ...]:
        """The current provinces that hold communes of an old one, with how many, the most first.

        For orientation only: a single commune may lie elsewhere than its old province as a whole.
        Raises ``UnknownUnit``.
        """
        if code not in self._legacy.provinces:
            raise UnknownUnit(code, LEGACY)
        counts: Counter[str] = Counter()
        for commune in self._legacy.communes.values():
            if self._legacy.province_of(commune) == code:
                codes, _ = self._legacy.successors.get(commune.code, ((), False))
                counts.update({self._units[one].parent or one for one in codes})
        return tuple((self._units[province], count) for province, count in counts.most_common())

    def reused(self, code: str) -> Unit | None:
        """The old commune of another name that had the code of this current one, if there was one."""
        former = self._legacy.communes.get(self.commune(code).code)
        return former if former is not None and former.name != self._units[code].name else None


def _by_name(unit: Unit) -> bytes:
    return plain_sort_key(unit.short_name)


def _matches(text: str, haystacks: Mapping[str, str], within: set[str] | None = None) -> list[str]:
    words = [f" {word}" for word in fold(text).replace(",", " ").split()]
    if not words:
        return []
    return [
        code
        for code, hay in haystacks.items()
        if all(word in hay for word in words) and (within is None or code in within)
    ]


def _ranked(text: str, codes: list[str], units: Mapping[str, Unit]) -> list[str]:
    head = squeeze(text.partition(",")[0]).lower()
    plain, whole = fold(head), fold(text.replace(",", " "))

    def rank(code: str) -> tuple[int, bool, bool, bool, bool, bytes, str]:
        unit = units[code]
        name, short = fold(unit.name), fold(unit.short_name)
        said = max(len(own) for own in (name, short, "") if f"{whole} ".startswith(f"{own} ") or not own)
        return (
            -said if said != len(whole) else 0,
            not unit.name.lower().endswith(head),
            plain not in (name, short),
            not (name.startswith(plain) or short.startswith(plain)),
            unit.level != "province",
            _by_name(unit),
            code,
        )

    return sorted(codes, key=rank)
