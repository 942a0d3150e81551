"""A store as large as a commune's, of invented people, made as sync would bring it: by the page."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from ntmdesk.demo.hamlet import furnish
from ntmdesk.services.clock import today
from ntmdesk.store.database import Store
from ntmdesk.store.replica import StoreReplica
from ntmdesk.store.surroundings import Author
from sync.engine.ports import SiftedPage
from sync.protocol import records
from sync.protocol.dots import Dot
from sync.protocol.image import encode_image
from sync.protocol.pages import Cursor, Row
from sync.protocol.records import Stamp

FAMILY, MIDDLE, GIVEN = (
    words.split()
    for words in (
        "Nguyễn Trần Lê Phạm Huỳnh Hoàng Phan Vũ Võ Đặng Bùi Đỗ Hồ Ngô Dương Lý Thạch Kim",
        "Văn Thị Hữu Ngọc Thanh Minh Đức Quốc Xuân Hồng Bá Công Thế Mỹ Tấn Phước Thuý Diệu Anh",
        "An Bình Cường Dũng Đạt Giang Hà Hải Hạnh Hiền Hiếu Hoa Hùng Hương Khánh Lan Liên Linh Loan Long Mai "
        "Nam Nga Nghĩa Nhung Phúc Phượng Quân Quyên Sơn Tâm Thảo Thắng Thịnh Thuỷ Tiến Toàn Trang Tuấn Vân",
    )
)
SERVICES = ("K01", "K02", "K03", "K04", "K05", "K06")
ORIGIN = "beefbeefbeefbeef"
STREAM = "0190beef-0000-7000-8000-000000000001"
PAGE = 2_000


class BigHamlet:
    """What was put in: ids to work with and names to look for."""

    def __init__(self, seed: int = 20261122) -> None:
        self.chance = random.Random(seed)
        self.households: list[str] = []
        self.residents: list[tuple[str, str]] = []
        self.names: list[str] = []
        self._counter = 0

    def fill(self, store: Store, author: Author, households: int, residents: int, visits: int) -> None:
        """Furnishes the store with the simulated hamlet's team, then with so many more of each."""
        with store.begin(author) as uow:
            furnish(uow, today(uow))
        with store.look(author) as uow:
            self.hamlet = str(uow.records.list("hamlet").rows[0]["id"])
            last = today(uow)
        self.member = author.person
        for kind, rows in (
            ("household", self._households(households)),
            ("resident", self._residents(residents)),
            ("support_visit", self._visits(visits, last)),
        ):
            page: list[Row] = []
            for id, values in rows:
                page.append(self._row(kind, id, values))
                if len(page) == PAGE:
                    self._take(store, page)
                    page = []
            self._take(store, page)

    def values_of_a_visit(self, on: date) -> dict[str, Any]:
        """A visit with three services, as the form hands it in."""
        person, household = self.chance.choice(self.residents)
        services = self.chance.sample(SERVICES, 3)
        return {
            "date": on.isoformat(),
            "place_type": "home",
            "hamlet": self.hamlet,
            "household": household,
            "persons": [person],
            "members": [self.member],
            "minutes": 25,
            "lines": [{"service": s, "outcome": "done"} for s in services],
        }

    def _take(self, store: Store, page: list[Row]) -> None:
        cursor = Cursor("", "", STREAM, 1, self._counter, f"{self._counter:016x}")
        StoreReplica(store).take("", (), (SiftedPage(STREAM, cursor, page, ()),), 0)

    def _row(self, kind: str, id: str, values: dict[str, Any]) -> Row:
        self._counter += 1
        stamp = Stamp(int(datetime.now(UTC).timestamp()), self.member, 1)
        record = records.create(kind, id, values, Dot(self._counter, ORIGIN), stamp)
        return Row(kind, id, encode_image(record), self._counter)

    def _id(self) -> str:
        text = f"{self.chance.getrandbits(128):032x}"
        return f"{text[:8]}-{text[8:12]}-7{text[13:16]}-8{text[17:20]}-{text[20:]}"

    def _name(self) -> str:
        name = " ".join(self.chance.choice(part) for part in (FAMILY, MIDDLE, GIVEN))
        self.names.append(name)
        return name

    def _households(self, count: int) -> Iterator[tuple[str, dict[str, Any]]]:
        for number in range(count):
            id = self._id()
            self.households.append(id)
            yield (
                id,
                {
                    "head_name": self._name(),
                    "code": f"beef-{number + 1:05}",
                    "hamlet": self.hamlet,
                    "lane": f"Ngõ {self.chance.randrange(1, 40)}",
                    "residence_state": "permanent",
                    "members_n": self.chance.randrange(1, 7),
                },
            )

    def _residents(self, count: int) -> Iterator[tuple[str, dict[str, Any]]]:
        for _ in range(count):
            id, household = self._id(), self.chance.choice(self.households)
            self.residents.append((id, household))
            yield (
                id,
                {
                    "full_name": self._name(),
                    "birth": str(self.chance.randrange(1936, 2024)),
                    "sex": self.chance.choice(("male", "female")),
                    "household": household,
                    "hamlet": self.hamlet,
                    "phone": f"09{self.chance.randrange(10**8):08}",
                },
            )

    def _visits(self, count: int, last: date) -> Iterator[tuple[str, dict[str, Any]]]:
        for number in range(count):
            on = last - timedelta(days=363 - number * 364 // count)
            values = self.values_of_a_visit(on)
            lines = {
                f"lines/{number:016x}": {"#": number, **line}
                for number, line in enumerate(values.pop("lines"))
            }
            (person,), (member,) = values.pop("persons"), values.pop("members")
            yield self._id(), {**values, **lines, f"persons/{person}": True, f"members/{member}": True}
