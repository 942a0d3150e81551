"""Annexes of the weekly log: names with a place to sign, work-days, the diary.  Written only when asked for.

Identity numbers and telephones are left out; annex 1 and 3 are marked for internal use.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from ntmdesk.domain import forms
from ntmdesk.domain.births import Birth, BirthError
from ntmdesk.domain.counting import DAYS_OF_PART
from ntmdesk.domain.dates import format_date
from ntmdesk.domain.numbers import format_number
from ntmdesk.domain.text import sort_key
from ntmdesk.services.documents import Annex, Block, Column, Paragraph, Table
from ntmdesk.services.log_words import Words
from ntmdesk.services.weekly_log import LogView
from ntmdesk.store.unit_of_work import UnitOfWork

LANGUAGE = "vi"
Row = Mapping[str, Any]


def annex(uow: UnitOfWork, view: LogView, number: int, said: Words) -> Annex:
    """One annex of the form, from the records of the week as they are now."""
    form = next(a for a in view.form.annexes if a.number == number)
    label = form.label[LANGUAGE].split(" (")[0]
    makers = {1: _persons, 2: _workdays, 3: _diary}
    blocks = makers[number](uow, view, said) if number in makers else []
    return Annex(
        title=said.say("annex.title", number=number),
        subject=said.say("annex.period", label=label, week=view.week.label[:1].lower() + view.week.label[1:]),
        blocks=tuple(blocks),
        mark=said.say("annex.internal") if form.personal else "",
    )


def _week_rows(uow: UnitOfWork, view: LogView, kind: str) -> list[Row]:
    found = uow.records.list(kind, since=view.start.isoformat(), until=view.end.isoformat()).rows
    rows = [forms.declared(uow.catalogue.kind(kind), row) for row in found]
    return sorted(rows, key=lambda r: (r.get("date") or "", r.get("start") or "", r["id"]))


def _named(uow: UnitOfWork, kind: str, ids: Sequence[str]) -> dict[str, Row]:
    wanted = list(dict.fromkeys(ids))
    found: dict[str, Row] = {}
    for first in range(0, len(wanted), 500):
        listing = uow.records.list(kind, where={"id": wanted[first : first + 500]})
        found.update({row["id"]: forms.declared(uow.catalogue.kind(kind), row) for row in listing.rows})
    return found


def _services(uow: UnitOfWork, visit: Row) -> list[str]:
    codes = dict.fromkeys(str(line.get("service")) for line in visit.get("lines") or ())
    return [_short(uow, code) for code in codes]


def _short(uow: UnitOfWork, code: str) -> str:
    listed = uow.catalogue.lists.get("services")
    choice = listed.get(code) if listed else None
    return choice.short.get(LANGUAGE, code) if choice else code


def _persons(uow: UnitOfWork, view: LogView, said: Words) -> list[Block]:
    visits = _week_rows(uow, view, "support_visit")
    people = _named(uow, "resident", [p for v in visits for p in v.get("persons") or ()])
    homes = _named(uow, "household", [str(v["household"]) for v in visits if v.get("household")])
    what: dict[str, dict[str, None]] = {}
    days: dict[str, dict[str, None]] = {}
    heads: dict[str, str] = {}
    for visit in visits:
        home = homes.get(str(visit.get("household")), {})
        for person in visit.get("persons") or ():
            what.setdefault(person, {}).update(dict.fromkeys(_services(uow, visit)))
            days.setdefault(person, {})[_short_day(visit.get("date"))] = None
            heads.setdefault(person, str(home.get("head_name") or ""))
    if not what:
        return [Paragraph(said.say("annex.persons_none"))]
    order = sorted(
        (p for p in what if p in people), key=lambda p: sort_key(str(people[p].get("full_name") or ""))
    )
    rows = tuple(
        (
            str(n),
            str(people[p].get("full_name") or ""),
            _year(people[p].get("birth")),
            heads[p],
            ", ".join(what[p]),
            ", ".join(days[p]),
            "",
        )
        for n, p in enumerate(order, start=1)
    )
    shapes = (1.25, 3.6, 1.5, 3, 4.2, 1.7, 2.2)
    centred = (0, 2, 5)
    columns = tuple(
        Column(h, w, "center" if i in centred else "left")
        for i, (h, w) in enumerate(zip(said.list("annex.persons"), shapes, strict=True))
    )
    return [Table(columns, rows)]


def _year(birth: object) -> str:
    try:
        return str(Birth.parse(str(birth)).year) if birth else ""
    except BirthError:
        return ""


def _short_day(value: object) -> str:
    return f"{str(value)[8:10]}/{str(value)[5:7]}" if value else ""


def _workdays(uow: UnitOfWork, view: LogView, said: Words) -> list[Block]:
    rows = _week_rows(uow, view, "workday")
    if not rows:
        return [Paragraph(said.say("annex.workdays_none"))]
    members = _named(uow, "member", [str(r.get("member")) for r in rows])
    days = [d.isoformat() for d in view.week.span.days()]
    marks: dict[str, dict[str, list[str]]] = {}
    totals: dict[str, float] = {}
    for row in rows:
        member, part = str(row.get("member")), str(row.get("part"))
        marks.setdefault(member, {}).setdefault(str(row.get("date")), []).append(
            said.get(f"annex.{part}", part)
        )
        totals[member] = totals.get(member, 0.0) + DAYS_OF_PART.get(part, 0.0)
    names = {m: str(members.get(m, {}).get("full_name") or m) for m in marks}
    order = sorted(marks, key=lambda m: sort_key(names[m]))
    told = [
        (
            str(n),
            names[m],
            *(" ".join(marks[m].get(day, ())) for day in days),
            format_number(_plain(totals[m])),
        )
        for n, m in enumerate(order, start=1)
    ]
    told.append(
        (
            "",
            said.say("annex.workdays_total"),
            *("" for _ in days),
            format_number(_plain(sum(totals.values()))),
        )
    )
    first, second = said.list("annex.workdays")
    columns = (
        Column(first, 1.2, "center"),
        Column(second, 4),
        *(Column(_short_day(day), 1.4, "center") for day in days),
        Column(said.say("annex.workdays_total"), 1.4, "right"),
    )
    return [
        Table(columns, tuple(told), strong=(len(told) - 1,)),
        Paragraph(said.say("annex.workdays_legend"), italic=True),
    ]


def _plain(value: float) -> int | float:
    return int(value) if float(value).is_integer() else value


def _diary(uow: UnitOfWork, view: LogView, said: Words) -> list[Block]:
    entries: list[tuple[str, str, str, str, str]] = []
    visits = _week_rows(uow, view, "support_visit")
    homes = _named(uow, "household", [str(v["household"]) for v in visits if v.get("household")])
    label = uow.catalogue.choice_label
    for visit in visits:
        home = homes.get(str(visit.get("household")), {})
        where = [str(home.get("head_name") or ""), str(home.get("lane") or "")]
        if not home:
            where = [label("place_types", str(visit.get("place_type") or ""), LANGUAGE)]
        if visit.get("persons_n"):
            where.append(said.say("annex.unnamed", n=visit["persons_n"]))
        results = dict.fromkeys(
            label("outcomes", str(line.get("outcome")), LANGUAGE) for line in visit.get("lines") or ()
        )
        entries.append(
            (
                str(visit.get("date") or ""),
                str(visit.get("start") or ""),
                ", ".join(_services(uow, visit)),
                ", ".join(w for w in where if w),
                ", ".join(results),
            )
        )
    for kind, title, place in (("training", "title", "place"), ("outreach", "theme", "")):
        for row in _week_rows(uow, view, kind):
            named = uow.catalogue.kind(kind).label[LANGUAGE]
            reached = row.get("attended_n", row.get("reach_n"))
            entries.append(
                (
                    str(row.get("date") or ""),
                    str(row.get("start") or ""),
                    f"{named}: {row.get(title) or ''}".rstrip(": "),
                    str(row.get(place) or "") if place else "",
                    f"{format_number(reached)} người" if reached is not None else "",
                )
            )
    if not entries:
        return [Paragraph(said.say("annex.diary_none"))]
    entries.sort(key=lambda e: (e[0], e[1] or "99"))
    rows = tuple((_day(day), *rest) for day, *rest in entries)
    shapes = (2.8, 1.5, 6.0, 4.2, 3.3)
    columns = tuple(
        Column(h, w, "center" if i < 2 else "left")
        for i, (h, w) in enumerate(zip(said.list("annex.diary"), shapes, strict=True))
    )
    return [Table(columns, rows)]


def _day(value: str) -> str:
    try:
        return format_date(date.fromisoformat(value))
    except ValueError:
        return value
