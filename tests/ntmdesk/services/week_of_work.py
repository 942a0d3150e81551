"""A week of a hamlet's work as tests record it: invented people, every sort of record once or twice."""

from __future__ import annotations

from dataclasses import dataclass

from ntmdesk.store.unit_of_work import UnitOfWork
from tests.ntmdesk.services.conftest import Bench


@dataclass
class Work:
    """Ids of what was recorded."""

    hamlet: str
    homes: list[str]
    people: list[str]
    visits: list[str]
    training: str
    member: str


def record_week(bench: Bench) -> Work:
    """Week 47 of 2026: visits, a training, an outreach, a work-day, follow-ups, a quota, an opening."""
    with bench.begin() as uow:
        return _record(uow)


def _record(uow: UnitOfWork) -> Work:
    add = uow.records.add
    hamlet = uow.records.find("hamlet", "15880-001")
    assert hamlet is not None
    team = uow.records.find("team", "T01")
    uow.records.set("hamlet", hamlet, {"households_total": 400, "residents_total": 1600})
    me = uow.author.person
    member = add("member", {"full_name": "Nguyễn Thị Hoa", "team": team, "role": "leader"}, id=me)
    homes = [
        add("household", {"head_name": name, "code": f"H{n}", "hamlet": hamlet, "lane": "Ngõ 3"})
        for n, name in enumerate(("Lê Văn Bảy", "Đỗ Thị Mận", "Trần Văn Ất"), start=1)
    ]
    uow.records.set("household", homes[0], {"digital_address": "1234567890"})
    people = [
        add("resident", {"full_name": name, "birth": birth, "household": home, "hamlet": hamlet, "sex": sex})
        for name, birth, home, sex in (
            ("Lê Văn Bảy", "1958", homes[0], "m"),
            ("Đỗ Thị Mận", "1990-03-15", homes[1], "f"),
            ("Trần Ái", "2001", homes[1], "f"),
        )
    ]

    def visit(
        day: str, home: str | None, persons: list[str], *lines: tuple[str, str], unnamed: int | None = None
    ) -> str:
        values = {
            "date": day,
            "place_type": "home" if home else "market",
            "hamlet": hamlet,
            "household": home,
            "persons": persons,
            "persons_n": unnamed,
            "members": [member],
            "lines": [{"service": s, "outcome": o, **_extra(o)} for s, o in lines],
        }
        return add("support_visit", {k: v for k, v in values.items() if v not in (None, [])})

    visits = [
        visit("2026-11-16", homes[0], [people[0]], ("K01", "done"), ("K06", "done")),
        visit("2026-11-18", homes[1], [people[1], people[2]], ("K06", "failed"), ("K26", "done")),
        visit("2026-11-22", None, [], ("K26", "done"), unnamed=20),
    ]
    visit("2026-11-11", homes[2], [], ("K01", "done"))
    visit("2026-11-23", homes[2], [], ("K01", "done"))
    training = add(
        "training",
        {
            "title": "Phòng chống lừa đảo trực tuyến",
            "topics": ["T13"],
            "date": "2026-11-20",
            "place": "Nhà văn hóa",
            "audience": "resident",
            "attended_n": 42,
            "women_n": 25,
            "hamlet": hamlet,
            "members": [member],
        },
    )
    add("outreach", {"type": "loudspeaker", "date": "2026-11-19", "items_n": 3, "hamlet": hamlet})
    add("workday", {"member": member, "date": "2026-11-18", "part": "half"})
    for person, status, day in (
        (people[0], "l2_active", "2026-11-17"),
        (people[1], "l2_granted", "2026-11-10"),
    ):
        case = {"resident": person, "status": status, "status_date": day, "provenance": "seen"}
        if status == "l2_granted":
            case |= {"granted_on": day, "activation_due": "2026-11-17"}
        add("vneid_case", case)
    add("target", {"indicator": "I06", "scope": "T01", "period": "2026-W47", "value": 50})
    opening = {"indicator": "I06", "scope": "T01", "period": "2026", "value": 1000, "type": "opening"}
    add("indicator_value", {**opening, "source": "office"})
    return Work(hamlet, homes, people, visits, training, member)


def _extra(outcome: str) -> dict[str, str]:
    return {"failure_reason": "F03"} if outcome == "failed" else {}
