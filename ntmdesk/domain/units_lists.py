"""One administrative unit, the two lists of them, and the rows of a shipped table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

CURRENT = "nso-2025-07"
LEGACY = "gso-2025-01"

_VALID: dict[str, tuple[date | None, date | None]] = {
    CURRENT: (date(2025, 7, 1), None),
    LEGACY: (None, date(2025, 6, 30)),
}
_TYPES = {
    "Tỉnh": "tinh", "Thành phố": "thanh_pho", "Quận": "quan", "Huyện": "huyen", "Thị xã": "thi_xa",
    "Xã": "xa", "Phường": "phuong", "Thị trấn": "thi_tran", "Đặc khu": "dac_khu",
}  # fmt: skip


class UnitsDamaged(ValueError):
    """A shipped table is not as it was made; ``code`` is ``units_damaged``."""

    def __init__(self) -> None:
        super().__init__("units_damaged")
        self.code = "units_damaged"


@dataclass(frozen=True, slots=True)
class Unit:
    """A province, a district (old list only) or a commune.

    ``code`` is text with its zeros (2, 3 or 5 digits) and means something in ``list_version`` only;
    ``parent`` is a code of the same list.
    """

    code: str
    name: str
    level: str
    parent: str | None
    list_version: str

    @property
    def type(self) -> str:
        """``tinh thanh_pho quan huyen thi_xa xa phuong thi_tran dac_khu``: the word the name begins with."""
        return _TYPES[self._prefix]

    @property
    def short_name(self) -> str:
        """The name without that word: ``Hoằng Giang``."""
        return self.name[len(self._prefix) + 1 :]

    @property
    def _prefix(self) -> str:
        words = self.name.split(" ", 2)
        two = " ".join(words[:2])
        return two if two in _TYPES else words[0]

    @property
    def valid_from(self) -> date | None:
        """First day of the list, None where it is older than anything kept here."""
        return _VALID[self.list_version][0]

    @property
    def valid_to(self) -> date | None:
        """Last day of the list, None while it is in force."""
        return _VALID[self.list_version][1]


def rows(text: str, list_version: str) -> Iterator[tuple[str, list[str]]]:
    """Mark and cells of each row below the heading; raises ``UnitsDamaged`` for another list."""
    lines = text.split("\n")
    if lines[0].split("\t")[:2] != ["#", list_version] or lines[-1]:
        raise UnitsDamaged
    for line in lines[1:-1]:
        mark, *cells = line.split("\t")
        yield mark, cells
