"""Registers read from indexes say what the rows say, record by record."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from ntmdesk.domain.facts import HouseholdFact
from ntmdesk.store.database import Store
from ntmdesk.store.figures import GONE
from ntmdesk.store.unit_of_work import UnitOfWork
from tests.ntmdesk.store.places import LAN, hamlet, household, resident

HOMES: tuple[dict[str, Any], ...] = (
    {},
    {"lane": "Ngõ Đình", "members_n": 4, "smartphones_n": 0, "poverty": "near"},
    {"internet": "fibre", "digital_family": "recognised", "digital_address": "0123456789"},
    {"residence_state": "left", "lane": "Ngõ 2"},
    {"last_visit": "2026-10-02", "smartphones_n": 3},
)
PERSONS: tuple[dict[str, Any], ...] = (
    {},
    {"birth": "1958", "sim_in_own_name": "yes"},
    {"birth": "1958-03-02", "residence_state": "deceased"},
    {"birth": "2015", "sim_in_own_name": "no"},
)


@pytest.fixture
def homes(store: Store) -> list[str]:
    """Households with every blank and filled field; two of one family, one deleted, one received."""
    with store.begin(LAN) as uow:
        hamlet(uow)
        names = ("Đỗ Thị Hồng", "Nguyễn Văn Ba", "Nguyễn Văn Ba", "An Bình", "Lê Văn Tám")
        made = [
            household(uow, name, f"H-{n}", **values)
            for n, (name, values) in enumerate(zip(names, HOMES, strict=True))
        ]
        persons = [
            resident(uow, f"Trần {n}", household=home, **values)
            for n, (home, values) in enumerate((h, v) for h in made for v in PERSONS)
        ]
        resident(uow, "Không Nhà")
        gone = household(uow, "Phan Gone", "H-9")
        uow.records.delete("household", gone)
        for of, pair in (("household", made[1:3]), ("resident", [persons[0], persons[5]])):
            a, b = sorted(pair)
            uow.records.add("sameness", {"of": of, "a": a, "b": b, "verdict": "same"})
        for day, home in (("2026-11-01", 0), ("2026-11-20", 1), ("2026-10-03", 2), ("2026-11-02", 0)):
            uow.records.add(
                "support_visit",
                {
                    "date": day,
                    "place_type": "home",
                    "hamlet": "15880-001",
                    "household": made[home],
                    "persons": [persons[home * 4]],
                    "members": [LAN.person],
                    "lines": [{"service": "K01", "outcome": "done"}],
                },
            )
    return made


def test_homes_are_the_rows(store: Store, homes: list[str]) -> None:
    with store.look() as uow:
        rows = uow.records.list("household").rows
        told = uow.registers.homes()
        assert len(told) == 4
        for row, home in zip(rows, told, strict=True):
            for name, value in home._asdict().items():
                assert (row.get(name) or None) == (value or None) or (row.get(name), value) == (0, 0)
                if name.endswith("_n"):
                    assert row.get(name) == value


@pytest.mark.parametrize("text", ["ba", "hong dinh", "H-4", "nguyễn", "?", "  ", "không có"])
def test_homes_found_by_words_are_the_rows_found(store: Store, homes: list[str], text: str) -> None:
    with store.look() as uow:
        rows = uow.records.list("household", search=text).rows
        assert [h.id for h in uow.registers.homes(text)] == [r["id"] for r in rows]


def test_persons_are_the_rows(store: Store, homes: list[str]) -> None:
    with store.look() as uow:
        rows = uow.records.list("resident").rows
        told = uow.registers.persons()
        assert len(told) == 20
        for row, person in zip(rows, told, strict=True):
            assert {n: row.get(n, "") for n in person._fields} == person._asdict()


def facts_by_rows(uow: UnitOfWork) -> tuple[list[HouseholdFact], Counter[tuple[str, str]]]:
    """What the facts should be, counted from every row."""
    homes = [
        HouseholdFact(
            row["id"],
            row.get("internet", ""),
            row.get("smartphones_n"),
            row.get("digital_family", ""),
            bool(row.get("digital_address")),
        )
        for row in uow.records.list("household").rows
        if row.get("residence_state") not in GONE
    ]
    persons = Counter(
        (row.get("birth", ""), row.get("sim_in_own_name", ""))
        for row in uow.records.list("resident").rows
        if row.get("residence_state") not in GONE
    )
    return homes, persons


def test_facts_are_those_of_the_rows_and_follow_every_change(store: Store, homes: list[str]) -> None:
    def compare(uow: UnitOfWork) -> None:
        households, persons = facts_by_rows(uow)
        assert uow.figures.households() == households
        counted: Counter[tuple[str, str]] = Counter()
        for fact in uow.figures.residents():
            counted[fact.birth, fact.sim] += fact.n
        assert counted == persons
        named = {fact.id for fact in uow.figures.residents() if fact.sim == "yes"}
        assert named == {r["id"] for r in uow.records.list("resident", {"sim_in_own_name": "yes"}).rows}

    with store.look() as uow:
        compare(uow)
        someone = uow.records.list("resident", {"birth": "2015"}).rows[0]["id"]
    with contextlib.suppress(ZeroDivisionError), store.begin(LAN) as uow:
        uow.records.set("resident", someone, {"birth": "1999"})
        compare(uow)
        raise ZeroDivisionError
    with store.look() as uow:
        compare(uow)
    steps: tuple[Callable[[UnitOfWork], object], ...] = (
        lambda uow: uow.records.set("resident", someone, {"sim_in_own_name": "yes"}),
        lambda uow: uow.records.delete("resident", someone),
        lambda uow: uow.records.restore("resident", someone),
        lambda uow: uow.records.set("household", homes[0], {"internet": "both"}),
        lambda uow: uow.records.set("household", homes[4], {"residence_state": "left"}),
    )
    for step in steps:
        with store.begin(LAN) as uow:
            step(uow)
            compare(uow)
        with store.look() as uow:
            compare(uow)


@pytest.mark.parametrize("since", ["0001-01-01", "2026-11-01", "2026-11-02", "2026-12-01"])
def test_the_newest_visit_of_each_household(store: Store, homes: list[str], since: str) -> None:
    with store.look() as uow:
        newest: dict[str, str] = {}
        for visit in uow.figures.visits(since, "2026-11-30"):
            newest[visit.household] = max(visit.day, newest.get(visit.household, ""))
        assert uow.registers.visited(since, "2026-11-30") == newest
        assert uow.figures.households_visited(since, "2026-11-30") == set(newest)
