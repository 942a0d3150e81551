"""An invented hamlet in a real encrypted store, for pages to be driven in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ntmdesk.domain.kinds import Catalogue
from ntmdesk.services import people, records, visits, vneid
from ntmdesk.services.surroundings import shipped_catalogue, surroundings
from ntmdesk.store.database import Store
from ntmdesk.store.surroundings import Author
from ntmdesk.store.unit_of_work import UnitOfWork
from ntmdesk.ui.jobs import Jobs
from tests.fakes import ManualExecutor

SUNDAY = datetime(2026, 11, 22, 7, 5, tzinfo=UTC)
AUTHOR = Author("0f0e0d0c-0b0a-4908-8706-050403020100", "Nguyễn Thị Hoa", "")
KEY = bytes(range(32))

HOMES: tuple[tuple[str, str, dict[str, Any], tuple[tuple[str, str, str, dict[str, Any]], ...]], ...] = (
    (
        "Trần Văn Đức",
        "Ngõ 4",
        {"members_n": 4, "smartphones_n": 2, "internet": "fibre"},
        (
            ("Trần Văn Đức", "1955", "m", {"phone": "0912345678", "relation": "head"}),
            ("Đặng Thị Hoà", "1958", "f", {"phone": "0987654123"}),
            ("Trần Đức Minh", "2012-05-01", "m", {}),
        ),
    ),
    ("Lê Thị Phượng", "Ngõ 2", {"members_n": 3}, (("Đặng Thị Hồng", "1990", "f", {}),)),
    ("Đặng Quý", "Ngõ 7", {"members_n": 2, "poverty": "near"}, (("Đặng Quý", "1949", "m", {}),)),
    ("Phạm Thị Ái", "Ngõ 1", {"members_n": 1, "smartphones_n": 0}, (("Phạm Thị Ái", "1961", "f", {}),)),
    ("Nguyễn Văn Ân", "Ngõ 5", {"members_n": 5}, ()),
    ("Bùi Thị Cẩm", "Ngõ 5", {"members_n": 3}, ()),
    ("Vũ Đình Bảo", "Ngõ 10", {"members_n": 6}, ()),
)


@dataclass
class Village:
    """One person's desk: a store, a lane whose work the test lets run, and who lives where."""

    store: Store
    jobs: Jobs[UnitOfWork]
    executor: ManualExecutor
    clock: Callable[[], datetime]
    homes: dict[str, str] = field(default_factory=dict)
    people: dict[str, str] = field(default_factory=dict)

    @property
    def catalogue(self) -> Catalogue:
        return self.store.catalogue

    @property
    def author(self) -> Author:
        return AUTHOR

    def today(self) -> date:
        return SUNDAY.date()

    def begin(self) -> AbstractContextManager[UnitOfWork]:
        return self.store.begin(AUTHOR)

    def look(self) -> AbstractContextManager[UnitOfWork]:
        return self.store.look(AUTHOR)

    def do(self, verb: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """One verb in its own write transaction."""
        with self.begin() as uow:
            return verb(uow, *args, **kwargs)

    def ask(self, verb: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """One question in its own read transaction."""
        with self.look() as uow:
            return verb(uow, *args, **kwargs)

    def drain(self) -> None:
        """Let everything asked for happen."""
        self.executor.drain()


def settle(folder: Path) -> Village:
    """Build the village in an empty folder; close ``store`` afterwards."""
    store = Store.create(folder, KEY, surroundings(clock=lambda: SUNDAY))
    executor = ManualExecutor()
    jobs: Jobs[UnitOfWork] = Jobs(lambda: store.begin(AUTHOR), executor, lambda: store.look(AUTHOR))
    village = Village(store, jobs, executor, lambda: SUNDAY)
    with village.begin() as uow:
        _found(uow, village)
    return village


def _found(uow: UnitOfWork, village: Village) -> None:
    hamlet = records.add(
        uow, "hamlet", {"local_code": "15880-001", "name": "Thôn 1", "type": "thon", "commune": "15880"}
    )
    records.add(uow, "team", {"code": "T01", "name": "Tổ CNSCĐ Thôn 1", "hamlets": [hamlet]})
    for head, lane, values, members in HOMES:
        made = people.add_household(uow, {"head_name": head, "lane": lane, **values}, sure=True)
        village.homes[head] = made.household
        for name, birth, sex, more in members:
            person = {"full_name": name, "birth": birth, "sex": sex, "household": made.household, **more}
            village.people[name] = people.add_resident(uow, person, sure=True)
    today = SUNDAY.date()
    granted, overdue = today - timedelta(days=5), today - timedelta(days=9)
    vneid.open_case(uow, village.people["Trần Văn Đức"], "l2_granted", on=granted, granted_on=granted)
    vneid.open_case(uow, village.people["Phạm Thị Ái"], "l2_granted", on=overdue, granted_on=overdue)
    vneid.open_case(
        uow, village.people["Đặng Thị Hồng"], "l2_appointment", on=today, appointment=date(2026, 11, 24)
    )
    _visit(uow, village, "Trần Văn Đức", date(2026, 11, 2), ("K01", "done"), ("K02", "done"))
    _visit(uow, village, "Đặng Quý", date(2026, 11, 12), ("K10", "postponed"))
    _visit(uow, village, "Lê Thị Phượng", date(2026, 11, 18), ("K04", "done"), ("K15", "done"))
    _visit(uow, village, "Phạm Thị Ái", date(2026, 11, 17), ("K25", "partial"))
    for weeks, heads in enumerate((4, 6, 5, 3, 2, 4, 1), start=1):
        for head in list(village.homes)[:heads]:
            _visit(uow, village, head, today - timedelta(weeks=weeks), ("K26", "done"))
    records.add(uow, "target", {"indicator": "I08", "scope": "T01", "period": "2026-W47", "value": 5})


def _visit(uow: UnitOfWork, village: Village, head: str, on: date, *lines: tuple[str, str]) -> None:
    rows = [
        {"service": service, "outcome": outcome}
        | ({"follow_up_date": "2026-11-26", "failure_reason": "F15"} if outcome == "postponed" else {})
        for service, outcome in lines
    ]
    values = {
        "household": village.homes[head],
        "date": on.isoformat(),
        "place_type": "home",
        "minutes": 20,
        "lines": rows,
    }
    visits.record(uow, visits.VisitDraft(values))


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    """The hamlet on the Sunday of week 47 of 2026, five past two in the afternoon."""
    shipped_catalogue()
    made = settle(tmp_path / "nhà")
    yield made
    made.store.close()
