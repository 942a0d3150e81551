"""The counting rule behind each indicator: what is added up, what it is divided by, which records are behind.

A *flow* happens in a period, a *stock* stands at its end, a *ratio* is a share that names its denominator.
Formulas are named in the catalogue (``indicators.toml``); a formula this program does not know, and the
formula ``given``, is counted from given figures only and is otherwise blank, never 0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from ntmdesk.domain.catalogue import Indicator
from ntmdesk.domain.counting import BLANK, Counted, Tally, add
from ntmdesk.domain.facts import CaseFact, Stock
from ntmdesk.domain.people import ACCOUNT_AGE, age_on

ADULT_AGE = 18
FAST = frozenset({"4G", "5G"})
ROAD: Mapping[str, int] = {
    "none": 0,
    "app_installed": 1,
    "l1_submitted": 2,
    "l1_granted": 3,
    "l2_appointment": 4,
    "l2_collected": 5,
    "l2_granted": 6,
    "l2_active": 7,
    "activation_overdue": 6,
    "locked": 7,
    "device_changed": 7,
}
"""How far along the road to a working account a status stands; states that are not named stand nowhere."""


FLOWS: Mapping[str, Callable[[Indicator, Tally], Counted]] = {
    "lines": lambda i, t: t.occurrences(i.services),
    "lines_done": lambda i, t: t.filings(i.services),
    "lines_and_attendance": lambda i, t: _skills(i, t),
    "persons": lambda i, t: t.people(),
    "households": lambda i, t: t.homes(),
    "households_reached": lambda i, t: t.homes(),
    "households_done": lambda i, t: t.homes_done(i.services),
    "trainings": lambda i, t: t.sessions(),
    "attendances": lambda i, t: t.attendances(),
    "workdays": lambda i, t: t.workdays(),
}
"""Formulas counted from what happened in the days of a period."""


def _skills(indicator: Indicator, tally: Tally) -> Counted:
    parts = [tally.occurrences(indicator.services), tally.attendances(indicator.topics)]
    if indicator.outreach_topics:
        parts.append(tally.reached(indicator.outreach_topics))
    return add(*parts)


def in_period(indicator: Indicator, tally: Tally, stock: Stock, since: date, until: date) -> Counted:
    """What the period added: a flow's count, or the cases that came to a status in it; blank for others."""
    rule = FLOWS.get(indicator.formula)
    if rule is not None:
        return rule(indicator, tally)
    reached = _CASE_STATUS.get(indicator.formula)
    if reached is not None and indicator.measure == "stock":
        first, last = since.isoformat(), until.isoformat()
        wanted = [c for c in stock.cases if first <= c.status_day <= last and _stands(c, *reached)]
        return _cases(wanted)
    return BLANK


_CASE_STATUS: Mapping[str, tuple[int, int]] = {
    "vneid_installed": (1, 7),
    "vneid_level1": (3, 7),
    "vneid_collected": (5, 7),
    "vneid_active": (7, 7),
}
"""Formula to the stretch of the road in which a case counts."""


def _stands(case: CaseFact, low: int, high: int) -> bool:
    return low <= ROAD.get(case.status, -1) <= high


def _cases(cases: list[CaseFact]) -> Counted:
    return Counted(len({c.resident or c.id for c in cases}), tuple(c.id for c in cases))


def at_end(indicator: Indicator, stock: Stock, tally: Tally, until: date) -> Counted:
    """What stands at the end of ``until``, by the registers as they are now; for a ratio its numerator.

    A case whose status is of a later day is not counted.  ``tally``: the days of the year up to ``until``,
    for shares "in the year".
    """
    rule = STOCKS.get(indicator.formula)
    if rule is not None:
        return rule(indicator, stock, tally, until)
    return BLANK


def _by_status(indicator: Indicator, stock: Stock, tally: Tally, until: date) -> Counted:
    low, high = _CASE_STATUS[indicator.formula]
    last = until.isoformat()
    return _cases([c for c in stock.cases if c.status_day <= last and _stands(c, low, high)])


def _integrated(indicator: Indicator, stock: Stock, tally: Tally, until: date) -> Counted:
    wanted = frozenset(indicator.integrations)
    return _cases([c for c in stock.cases if c.integrations & wanted])


def overdue_cases(stock: Stock, day: date) -> list[CaseFact]:
    """Accounts granted but not activated within the seven days, on ``day``."""
    today = day.isoformat()
    return [
        c
        for c in stock.cases
        if c.status == "activation_overdue" or (c.status == "l2_granted" and c.due and c.due < today)
    ]


def _overdue(indicator: Indicator, stock: Stock, tally: Tally, until: date) -> Counted:
    return _cases(overdue_cases(stock, until))


def _reached(indicator: Indicator, stock: Stock, tally: Tally, until: date) -> Counted:
    return tally.homes()


def _trained(indicator: Indicator, stock: Stock, tally: Tally, until: date) -> Counted:
    mine = {m.id for m in members_on(stock, until)}
    met = [t for t in tally.flow.trainings if mine & set(t.members)]
    trained = {m for t in met for m in t.members if m in mine}
    return Counted(len(trained), tuple(t.id for t in met))


def members_on(stock: Stock, day: date) -> list[Any]:
    """Members of the team on ``day``: joined by then (or no day known), not yet left."""
    on = day.isoformat()
    return [m for m in stock.members if (not m.joined or m.joined <= on) and (not m.left or m.left > on)]


def _some(ids: list[str]) -> Counted:
    return Counted(len(ids), tuple(ids))


def _told(ids: list[str]) -> Counted:
    """Of what is only ever written down where it is there: none at all says that nobody was asked."""
    return _some(ids) if ids else BLANK


STOCKS: Mapping[str, Callable[[Indicator, Stock, Tally, date], Counted]] = {
    "teams_active": lambda i, s, t, d: _some([x.id for x in s.teams if x.status in ("active", "")]),
    "members_active": lambda i, s, t, d: _some([m.id for m in members_on(s, d)]),
    "hamlets_with_team": lambda i, s, t, d: _with_team(s),
    "hamlets_covered": lambda i, s, t, d: _some([h.id for h in s.hamlets if h.fibre or h.mobile in FAST]),
    "members_trained": _trained,
    "households_reached": _reached,
    "households_smart": lambda i, s, t, d: _some([h.id for h in s.households if (h.smartphones or 0) >= 1]),
    "households_online": lambda i, s, t, d: _some(
        [h.id for h in s.households if h.internet not in ("", "none")]
    ),
    "digital_families": lambda i, s, t, d: _some(
        [h.id for h in s.households if h.digital_family == "recognised"]
    ),
    "households_with_address": lambda i, s, t, d: _told([h.id for h in s.households if h.has_address]),
    "vneid_installed": _by_status,
    "vneid_level1": _by_status,
    "vneid_collected": _by_status,
    "vneid_active": _by_status,
    "vneid_integrated": _integrated,
    "activation_overdue": _overdue,
    "sim_in_own_name": lambda i, s, t, d: _some([r.id for r in s.residents if r.sim == "yes"]),
}
"""Formulas counted from what stands at the end of a period."""

COUNTED_ELSEWHERE = frozenset({"given", "logs_on_time"})
"""Formulas without a rule here: from given figures, or from the logs themselves."""


def _with_team(stock: Stock) -> Counted:
    served = {h for t in stock.teams if t.status in ("active", "") for h in t.hamlets}
    return _some([h.id for h in stock.hamlets if h.id in served])


@dataclass(frozen=True, slots=True)
class Base:
    """What a share is taken of: its name (for the "trên …" of the table), its value and where it is from."""

    name: str
    value: int | float | None
    source: str


def denominator_of(indicator: Indicator) -> str:
    """Name of what its share is taken of beside the quota; "" when there is nothing."""
    return next((name for name in indicator.denominators if name != "quota"), "")


def base_of(indicator: Indicator, stock: Stock, until: date, given: float | None) -> Base | None:
    """The denominator: a given one first, then official totals of the hamlets, then the registers.

    None when the indicator has no denominator.  ``value`` None: nobody knows it; the share is "—".
    """
    name = denominator_of(indicator)
    if not name:
        return None
    if given is not None:
        return Base(name, given, "given")
    official = _OFFICIAL.get(name)
    if official is not None:
        totals = [getattr(h, official) for h in stock.hamlets]
        if totals and all(t is not None for t in totals):
            return Base(name, sum(totals), "hamlet")
    counted = _REGISTER.get(name)
    count = counted(stock, until) if counted else None
    return Base(name, count or None, "register")


_OFFICIAL: Mapping[str, str] = {
    "households": "households",
    "residents": "residents",
    "residents_14": "residents_14",
    "residents_18": "residents_18",
}

_REGISTER: Mapping[str, Callable[[Stock, date], int]] = {
    "households": lambda s, d: len(s.households),
    "residents": lambda s, d: sum(r.n for r in s.residents),
    "residents_14": lambda s, d: _aged(s, d, ACCOUNT_AGE),
    "residents_18": lambda s, d: _aged(s, d, ADULT_AGE),
    "residents_known": lambda s, d: sum(r.n for r in s.residents if r.sim in ("yes", "no")),
    "hamlets": lambda s, d: len(s.hamlets),
    "members": lambda s, d: len(members_on(s, d)),
}


def _aged(stock: Stock, day: date, age: int) -> int:
    return sum(r.n for r in stock.residents if (years := age_on(r.birth, day)) is not None and years >= age)


def needs_residents(wanted: list[Indicator], stock: Stock) -> bool:
    """Whether persons of the register must be read at all: only when an official total is missing."""
    for indicator in wanted:
        if indicator.formula == "sim_in_own_name":
            return True
        official = _OFFICIAL.get(denominator_of(indicator))
        if official and official != "households" and any(getattr(h, official) is None for h in stock.hamlets):
            return True
    return False
