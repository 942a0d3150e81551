"""The first page: what was done today, what to do next, how the week stands, what still has to be sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from ntmdesk.domain.periods import Quarter, Week
from ntmdesk.services import backups, indicators, persons, syncing, visits, vneid, weekly_log
from ntmdesk.services.clock import day_of, now, today
from ntmdesk.services.people import GONE, last_visits
from ntmdesk.store.standings import standings_of
from ntmdesk.store.unit_of_work import UnitOfWork

SHOWN_INDICATORS = ("I08", "I13", "I22", "I40")
"""Meters of the week on the first page: households, level 2 active, digital skills, sellers with QR."""

WEEKS = 8
AHEAD = 7
"""Days that the worklist looks ahead."""

_URGENCY = {
    "activation_overdue": 0,
    "activate": 1,
    "revisit_late": 2,
    "appointment": 3,
    "revisit": 4,
    "lane": 9,
}


@dataclass(frozen=True, slots=True)
class Done:
    """What was done on a day: occurrences (lượt), households, persons, training sessions."""

    lines: int
    households: int
    persons: int
    sessions: int


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do.  ``what``: ``activate activation_overdue appointment revisit revisit_late lane``.

    ``due`` and ``days`` (until then, negative when past).  ``data``: ``next`` code of a follow-up,
    ``service`` and ``reason`` of a revisit, ``lanes`` ``[[lane, households]…]`` of the lanes not walked.
    ``state``: where the follow-up's or visit's record stands with the server, "" for lanes.
    """

    what: str
    kind: str
    id: str
    title: str
    lane: str
    due: date | None
    days: int | None
    data: Mapping[str, Any] = field(default_factory=dict)
    state: str = ""


@dataclass(frozen=True, slots=True)
class Meter:
    """One indicator of the week: None is blank."""

    code: str
    value: float | None
    target: float | None


@dataclass(frozen=True, slots=True)
class Glance:
    """The week against its targets; ``as_of`` is the moment the figures were counted."""

    week: str
    start: date
    end: date
    meters: list[Meter]
    as_of: str


@dataclass(frozen=True, slots=True)
class WeekBar:
    """One week of the bars: its number, households visited and lines given."""

    label: str
    week: str
    households: int
    lines: int


@dataclass(frozen=True, slots=True)
class LaneLine:
    """One lane of the walk list."""

    lane: str
    households: int
    visited: int
    last_visit: date | None


RUNS_LOOKED_AT = 10
"""Newest syncs among which the last that went through is looked for; an older one tells the rail nothing."""


@dataclass(frozen=True, slots=True)
class LineState:
    """What the rail says of the line to the upper server.  ``without_server``: the laptop belongs to a team
    that has none.  ``conflicts``: what waits to be chosen, records that came back too.  ``last_contact``:
    when a sync last went through, also one with nothing to send."""

    pending: int
    refused: int
    conflicts: int
    data_age_s: int | None
    last_receipt: str | None
    enrolled: bool
    without_server: bool = False
    last_contact: str | None = None


@dataclass(frozen=True, slots=True)
class HomePage:
    """Everything the first page shows."""

    on: date
    done: Done
    tasks: list[Task]
    week: Glance
    weeks: list[WeekBar]
    unsent: int
    data_age_s: int | None
    last_receipt: str | None
    last_backup: str | None
    hamlet: str
    commune: str
    team: str
    person: str
    role: str


def today_page(uow: UnitOfWork) -> HomePage:
    """The first page, for the author of the unit of work."""
    day = today(uow)
    status = syncing.status(uow)
    team = persons.team_of(uow) or {}
    hamlets = persons.hamlets_of(uow)
    return HomePage(
        on=day,
        done=done_on(uow, day),
        tasks=tasks(uow),
        week=glance(uow),
        weeks=weeks(uow),
        unsent=status.pending,
        data_age_s=status.data_age_s,
        last_receipt=status.last_receipt,
        last_backup=_last_backup(uow),
        hamlet=", ".join(str(h.get("name", "")) for h in hamlets[:2]),
        commune=_commune(uow, hamlets[0].get("commune") if hamlets else team.get("commune")),
        team=str(team.get("name", "")),
        person=uow.author.name,
        role=uow.author.role,
    )


def done_on(uow: UnitOfWork, day: date) -> Done:
    """What was done on a day, counted as the weekly log counts."""
    facts = uow.figures.visits(day.isoformat(), day.isoformat())
    return Done(
        lines=sum(len(f.lines) + f.unnamed for f in facts),
        households=len({f.household for f in facts if f.household}),
        persons=len({p for f in facts for p in f.persons}),
        sessions=len(uow.figures.trainings(day.isoformat(), day.isoformat())),
    )


def tasks(uow: UnitOfWork) -> list[Task]:
    """What to do: activations, appointments, revisits soon or late, then lanes not walked."""
    until = today(uow) + timedelta(days=AHEAD)
    found = [_case_task(card) for card in vneid.due(uow, until)]
    found += [_revisit(follow_up) for follow_up in visits.follow_ups(uow, until)]
    found.sort(key=lambda t: (_URGENCY[t.what], t.due or date.max, t.id))
    found = _with_states(uow, found)
    waiting = [line for line in lane_list(uow) if line.visited < line.households]
    if waiting:
        lanes = [[line.lane, line.households - line.visited] for line in waiting]
        rest = sum(line.households - line.visited for line in waiting)
        data = {"lanes": lanes, "households": rest}
        found.append(Task("lane", "household", "", "", waiting[0].lane, None, None, data))
    return found


def _with_states(uow: UnitOfWork, found: list[Task]) -> list[Task]:
    of_visits = standings_of(uow, "support_visit", [t.data["visit"] for t in found if "visit" in t.data])
    return [replace(t, state=of_visits.get(t.data["visit"], "")) if "visit" in t.data else t for t in found]


def _case_task(card: vneid.CaseCard) -> Task:
    what = {"activation_overdue": "activation_overdue", "l2_granted": "activate"}.get(
        card.status, "appointment"
    )
    data = {
        "next": card.next_codes[0] if card.next_codes else "",
        "resident": card.resident,
        "gone": card.gone,
    }
    return Task(what, "vneid_case", card.id, card.name, card.lane, card.due, card.days_left, data, card.state)


def _revisit(follow_up: visits.FollowUp) -> Task:
    data = {"service": follow_up.service, "reason": follow_up.reason, "visit": follow_up.visit}
    what = "revisit_late" if follow_up.days < 0 else "revisit"
    kind, id = (
        ("household", follow_up.household) if follow_up.household else ("support_visit", follow_up.visit)
    )
    return Task(what, kind, id, follow_up.head_name, follow_up.lane, follow_up.due, follow_up.days, data)


def lane_list(uow: UnitOfWork) -> list[LaneLine]:
    """Lane by lane: households, how many were visited this quarter, the newest visit; Vietnamese order."""
    since = Quarter.of(today(uow)).start
    visited = last_visits(uow, since)
    lanes: dict[str, list[date | None]] = {}
    for home in uow.registers.homes():
        if home.residence_state in GONE:
            continue
        days = [d for d in (visited.get(home.id), day_of(home.last_visit)) if d and d >= since]
        lanes.setdefault(home.lane, []).append(max(days, default=None))
    return [
        LaneLine(lane, len(days), sum(d is not None for d in days), max((d for d in days if d), default=None))
        for lane, days in sorted(lanes.items(), key=lambda item: _lane_key(item[0]))
    ]


def _lane_key(lane: str) -> tuple[str, int, str]:
    """Ngõ 2 before Ngõ 10."""
    head = lane.rstrip("0123456789")
    tail = lane[len(head) :]
    return (head.strip().casefold(), int(tail) if tail else 0, lane)


def glance(uow: UnitOfWork) -> Glance:
    """This week against its targets."""
    week = weekly_log.week_of(uow)
    meters = [Meter(*m) for m in indicators.meters(uow, week, SHOWN_INDICATORS)]
    return Glance(week.name, week.start, week.end, meters, now(uow).isoformat(timespec="minutes"))


def weeks(uow: UnitOfWork, count: int = WEEKS) -> list[WeekBar]:
    """The last weeks, oldest first, this one last."""
    week = weekly_log.week_of(uow)
    wanted = [week]
    while len(wanted) < count:
        wanted.insert(0, wanted[0].previous())
    by_week: dict[str, tuple[set[str], int]] = {}
    for fact in uow.figures.visits(wanted[0].start.isoformat(), week.end.isoformat()):
        name = Week.of(date.fromisoformat(fact.day), week.cutoff).name
        homes, lines = by_week.get(name, (set(), 0))
        if fact.household:
            homes.add(fact.household)
        by_week[name] = (homes, lines + len(fact.lines) + fact.unnamed)
    bars = []
    for one in wanted:
        homes, lines = by_week.get(one.name, (set(), 0))
        bars.append(WeekBar(f"T{one.week}", one.name, len(homes), lines))
    return bars


def line_state(uow: UnitOfWork) -> LineState:
    """What the rail shows: nothing here is an error, being offline is a state."""
    status = syncing.status(uow)
    return LineState(
        status.pending,
        status.refused,
        status.conflicts + uow.peers.brought_back(),
        status.data_age_s,
        status.last_receipt,
        status.enrolled,
        bool(uow.mates.local_team()),
        next((run.at for run in syncing.past(uow, RUNS_LOOKED_AT) if not run.road and not run.code), None),
    )


def _last_backup(uow: UnitOfWork) -> str | None:
    last = backups.last(uow.store.home)
    return last.isoformat(timespec="minutes") if last else None


def _commune(uow: UnitOfWork, id: object) -> str:
    key = uow.records.find("unit", str(id)) if id else None
    return str(uow.records.get("unit", key).get("name", "")) if key else ""
