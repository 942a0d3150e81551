"""Invented people and houses for the simulated hamlet; deterministic, and nobody real.

Names are drawn from common Vietnamese family, middle and given names.  Telephone numbers use the
mobile shape with a reserved-looking block, identity numbers the province code of Thanh Hóa (038), the
right century and sex digit and a birth year, then digits drawn by chance.
"""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass, field

FAMILY = (
    ["Nguyễn"] * 8 + ["Lê"] * 6 + ["Trần"] * 4 + ["Phạm"] * 3 + ["Hoàng", "Đỗ", "Đặng", "Bùi", "Vũ", "Trịnh"]
)
MEN_MIDDLE = ["Văn", "Hữu", "Đức", "Xuân", "Bá", "Minh", "Quang"]
WOMEN_MIDDLE = ["Thị", "Thị", "Thị", "Thu", "Ngọc", "Thanh"]
MEN = (
    "An Bình Chiến Cường Dũng Đạt Đông Đức Giang Hải Hiếu Hoà Hùng Khánh Long Minh Nam "
    "Phúc Quý Sơn Tâm Thắng Thịnh Toàn Tuấn Út Vinh"
)
WOMEN = (
    "Ái Ánh Bích Dung Đào Hà Hạnh Hiền Hoa Huệ Hương Lan Liên Loan Mai Nga Nhung Phượng "
    "Quyên Thảo Thoa Thuỷ Trang Tuyết Vân Xuân Yến"
)
LANES = ("Ngõ 1", "Ngõ 2", "Ngõ 3", "Ngõ 4", "Ngõ 5", "Ngõ 6", "Ngõ 7")

_SPACE = uuid.UUID("6f1d5a0c-6f0e-4b3e-9f5e-0d5a3c1b7a11")


@dataclass
class Person:
    """Somebody invented; ``year`` of birth, ``sex`` m or f."""

    id: str
    full_name: str
    sex: str
    year: int
    relation: str
    phone: str = ""
    id_number: str = ""


@dataclass
class House:
    """An invented household of the hamlet."""

    id: str
    code: str
    lane: str
    people: list[Person] = field(default_factory=list)

    @property
    def head(self) -> Person:
        """The person whose name the household carries."""
        return self.people[0]


class Inventor:
    """Makes people and houses from a seed; the same seed makes the same hamlet."""

    def __init__(self, seed: int = 15880) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - a story needs repeatability, not secrecy
        self._made = 0

    def new_id(self, *words: object) -> str:
        """A stable UUID for a thing of the story."""
        return str(uuid.uuid5(_SPACE, "/".join(str(w) for w in words)))

    def _name(self, sex: str, family: str = "") -> str:
        family = family or self.chance.choice(FAMILY)
        middle = self.chance.choice(MEN_MIDDLE if sex == "m" else WOMEN_MIDDLE)
        given = self.chance.choice((MEN if sex == "m" else WOMEN).split())
        return f"{family} {middle} {given}"

    def person(self, sex: str, year: int, relation: str, family: str = "") -> Person:
        """Somebody of this sex, birth year and relation to the head of the household."""
        self._made += 1
        made = Person(self.new_id("person", self._made), self._name(sex, family), sex, year, relation)
        if year < 2010 and self.chance.random() < 0.8:
            made.phone = f"09{self.chance.randrange(10):d}0000{self.chance.randrange(1000):03d}"
        century = 0 if year < 2000 else 2
        digit = century + (0 if sex == "m" else 1)
        made.id_number = f"038{digit}{year % 100:02d}{self.chance.randrange(10**6):06d}"
        return made

    def house(self, number: int, lane: str) -> House:
        """A household of two to five people, some of them old, some children."""
        made = House(self.new_id("house", number), f"H{number:03d}", lane)
        year = self.chance.randrange(1938, 1990)
        sex = "m" if self.chance.random() < 0.7 else "f"
        head = self.person(sex, year, "head")
        made.people.append(head)
        family = head.full_name.split()[0]
        if self.chance.random() < 0.85:
            other = "f" if sex == "m" else "m"
            made.people.append(self.person(other, year + self.chance.randrange(-3, 6), "spouse"))
        for _ in range(self.chance.randrange(0, 4)):
            child = min(year + self.chance.randrange(22, 35), 2020)
            made.people.append(self.person(self.chance.choice("mf"), child, "child", family))
        return made

    def hamlet(self, houses: int, first: int = 1) -> list[House]:
        """So many households, spread over the lanes in order."""
        per_lane = -(-houses // len(LANES))
        return [self.house(first + i, LANES[i // per_lane]) for i in range(houses)]
