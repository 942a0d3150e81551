"""The tables of section II of a weekly log, as codes and numbers; words come with the paper or the screen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ntmdesk.domain import forms
from ntmdesk.domain.counting import DONE, Tally
from ntmdesk.domain.facts import Stock
from ntmdesk.domain.indicators import overdue_cases
from ntmdesk.domain.log_form import LogForm, LogSection
from ntmdesk.domain.periods import Week
from ntmdesk.services.indicators import WeekFacts
from ntmdesk.store.unit_of_work import UnitOfWork

TO_POLICE = frozenset({"F05", "F09", "F10", "F17"})
"""Reasons that only the police can mend, or that need a mobile collection."""


def sections(uow: UnitOfWork, form: LogForm, facts: WeekFacts) -> list[dict[str, Any]]:
    """The counted sections of the form, in its order; each ``{number, type, rows, …}``."""
    found = []
    for section in form.sections:
        if section.type == "lines":
            content: dict[str, Any] = by_service(facts.tally)
        elif section.type == "statuses":
            content = by_status(uow, facts.stock, facts.week)
        elif section.type == "sessions":
            content = sessions(uow, facts.week)
        elif section.type == "counts":
            content = outreach(facts.tally)
        elif section.type == "indicators":
            content = {"codes": list(section.indicators)}
        else:
            continue
        found.append({"number": section.number, "type": section.type, **content})
    return found


def by_service(tally: Tally) -> dict[str, Any]:
    """``rows``: service, lines, of them done, persons, households; ``total``: the same of the whole, with
    ``unnamed`` persons, who add to occurrences only."""
    lines: dict[str, int] = {}
    done: dict[str, int] = {}
    persons: dict[str, set[str]] = {}
    homes: dict[str, set[str]] = {}
    for visit in tally.flow.visits:
        for service, outcome in visit.lines:
            lines[service] = lines.get(service, 0) + 1
            done[service] = done.get(service, 0) + (outcome in DONE)
            persons.setdefault(service, set()).update(visit.persons)
            if visit.household:
                homes.setdefault(service, set()).add(visit.household)
    rows = [
        [service, lines[service], done[service], len(persons[service]), len(homes.get(service, ()))]
        for service in sorted(lines)
    ]
    total = {
        "lines": tally.lines,
        "unnamed": tally.unnamed,
        "occurrences": tally.lines + tally.unnamed,
        "done": sum(done.values()),
        "persons": len(tally.persons),
        "households": len(tally.households),
        "visits": len(tally.flow.visits),
    }
    return {"rows": rows, "total": total}


def by_status(uow: UnitOfWork, stock: Stock, week: Week) -> dict[str, Any]:
    """``rows``: status, cases in it at the week's end, of them come to it in the week; ``overdue``: accounts
    not activated within seven days; ``police``: failed for a reason that only the police can mend."""
    first, last = week.start.isoformat(), week.end.isoformat()
    listed = uow.catalogue.lists.get("vneid_statuses")
    order = listed.codes if listed else ()
    count: dict[str, int] = {}
    fresh: dict[str, int] = {}
    for case in stock.cases:
        if case.status_day <= last:
            count[case.status] = count.get(case.status, 0) + 1
            fresh[case.status] = fresh.get(case.status, 0) + (case.status_day >= first)
    known = [s for s in order if s in count] + sorted(set(count) - set(order))
    police = [c for c in stock.cases if c.failure in TO_POLICE and c.status != "l2_active"]
    return {
        "rows": [[status, count[status], fresh[status]] for status in known],
        "overdue": len(overdue_cases(stock, week.end)),
        "police": len(police),
    }


def sessions(uow: UnitOfWork, week: Week) -> dict[str, Any]:
    """``rows``: one session each, in order of day."""
    listing = uow.records.list("training", since=week.start.isoformat(), until=week.end.isoformat())
    told = [forms.declared(uow.catalogue.kind("training"), row) for row in listing.rows]
    rows = sorted(told, key=lambda r: (r.get("date") or "", r.get("start") or "", r["id"]))
    fields = ("date", "title", "topics", "place", "attended_n", "women_n", "elders_n")
    return {"rows": [{k: row[k] for k in fields if row.get(k) is not None} for row in rows]}


def outreach(tally: Tally) -> dict[str, Any]:
    """``rows``: type, activities, items, persons reached; None where nobody counted."""
    found: dict[str, list[int | None]] = {}
    for fact in tally.flow.outreach:
        row = found.setdefault(fact.type, [0, None, None])
        row[0] = (row[0] or 0) + 1
        for place, value in ((1, fact.items), (2, fact.reach)):
            if value is not None:
                row[place] = (row[place] or 0) + value
    return {"rows": [[type_, *found[type_]] for type_ in sorted(found)]}


def section_of(form: LogForm, number: str) -> LogSection | None:
    """The section of that number in the form."""
    return next((s for s in form.sections if s.number == number), None)


def content_of(told: Sequence[Mapping[str, Any]], number: str) -> Mapping[str, Any]:
    """What was counted for a section; empty when the snapshot has none."""
    return next((s for s in told if s.get("number") == number), {})
