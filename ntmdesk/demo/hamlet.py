"""The simulated hamlet in one store, for somebody who tries the desk alone: no server, nothing sent."""

from __future__ import annotations

from datetime import date
from typing import Any

from ntmdesk.demo.invented import House, Inventor, Person
from ntmdesk.demo.week import Member, Script, Week
from ntmdesk.services import records
from ntmdesk.store.unit_of_work import UnitOfWork

HOUSES = 48
VISITED = 26
COMMUNE = "15880"
TEAM, HAMLET = "T01", "Thôn 1"
TARGETS = (("I06", 60), ("I07", 60), ("I08", 50), ("I13", 15), ("I22", 60), ("I26", 1), ("I40", 10))
COMPANIONS = ("Trần Văn Bình", "Phạm Minh Tú")
SITUATION = "Tổ đi được 4 ngõ, tập trung hướng dẫn người cao tuổi cài VNeID và dùng dịch vụ công."

Values = dict[str, Any]


def furnish(uow: UnitOfWork, today: date) -> None:
    """Fills an empty store: team, people, households, a week of work, follow-ups, a training, targets.

    One transaction; deterministic for a day.  The author becomes the team's leader.
    """
    inventor, week = Inventor(), Week.of(today)
    hamlet = inventor.new_id("hamlet", 1)
    me = Member(uow.author.person, uow.author.name)
    others = [Member(inventor.new_id("member", name), name) for name in COMPANIONS]
    _organisation(uow, inventor, hamlet, me, others)
    houses = inventor.hamlet(HOUSES)
    for house in houses:
        _add(uow, "household", _household(house, hamlet))
        for person in house.people:
            _add(uow, "resident", _resident(house, person))
    for code, value in TARGETS:
        _add(uow, "target", {"indicator": code, "scope": TEAM, "period": week.name, "value": value})
    script = Script(inventor, week, hamlet)
    grown = [p for h in houses[:VISITED] for p in h.people if p.year <= 2008]
    for given in script.consents(grown[:30], me, others[0].full_name):
        _add(uow, "consent", given)
    for n, member in enumerate((me, others[0])):
        for visit in script.visits(member, others, houses[n:VISITED:2]):
            _add(uow, "support_visit", visit)
    for case in script.cases(grown[:36], me):
        _add(uow, "vneid_case", case)
    for title, topics, day, people, more in (
        ("VNeID và dịch vụ công trực tuyến", ["T05", "T06"], week.days[-1], grown[:34], {"planned_n": 40}),
        ("Phòng lừa đảo trên mạng", ["T13", "T14"], week.days[0], grown[20:32], {"planned_n": 15}),
    ):
        _add(uow, "training", script.training(title, topics, day, people, audience="resident", **more))
    for member in (me, others[0]):
        for workday in script.workdays(member):
            _add(uow, "workday", workday)


def _organisation(uow: UnitOfWork, inventor: Inventor, hamlet: str, me: Member, others: list[Member]) -> None:
    place = {"local_code": f"{COMMUNE}-001", "name": HAMLET, "type": "thon", "commune": COMMUNE}
    _add(uow, "hamlet", {"id": hamlet, **place})
    team = inventor.new_id("team", TEAM)
    named = {"code": TEAM, "name": f"Tổ CNSCĐ {HAMLET}", "hamlets": [hamlet], "commune": COMMUNE}
    _add(uow, "team", {"id": team, **named})
    for member, role in ((me, "leader"), (others[0], "member"), (others[1], "member")):
        _add(uow, "member", {"id": member.id, "full_name": member.full_name, "team": team, "role": role})


def _household(house: House, hamlet: str) -> Values:
    return {
        "id": house.id,
        "code": house.code,
        "head_name": house.head.full_name,
        "hamlet": hamlet,
        "lane": house.lane,
        "members_n": len(house.people),
        "smartphones_n": sum(1 for p in house.people if p.phone),
    }


def _resident(house: House, person: Person) -> Values:
    values: Values = {
        "id": person.id,
        "full_name": person.full_name,
        "birth": str(person.year),
        "sex": person.sex,
        "household": house.id,
        "relation": person.relation,
    }
    return values | ({"phone": person.phone, "phone_owner": "self"} if person.phone else {})


def _add(uow: UnitOfWork, kind: str, values: Values) -> None:
    given = {name: value for name, value in values.items() if name != "id"}
    records.add(uow, kind, given, id=values.get("id"))
