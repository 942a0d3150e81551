"""Indicators of a week or of any days: facts gathered from the store, counted by the rules of the domain."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from ntmdesk.domain.catalogue import GIVEN, Indicator, Work
from ntmdesk.domain.counting import Counted, Tally, add, ratio
from ntmdesk.domain.cumulative import (
    FROZEN,
    Figure,
    Number,
    Past,
    figure,
    given_for,
    latest,
    opening_for,
    quota_for,
    reach,
    span_of,
    weeks_between,
)
from ntmdesk.domain.facts import Flow, Given, LogFact, Stock, TeamFact
from ntmdesk.domain.indicators import FLOWS, Base, at_end, base_of, in_period, needs_residents
from ntmdesk.domain.periods import Span, Week
from ntmdesk.domain.weekly_log import COUNTED_KINDS
from ntmdesk.errors import UserError
from ntmdesk.services.clock import now
from ntmdesk.services.persons import team_of
from ntmdesk.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class IndicatorRow:
    """One indicator over some days.  ``value`` of an indicator in % is a percentage; None is blank.

    ``rule``: the counting formula.  ``records``: ids behind the value, only when they were asked for.
    """

    code: str
    value: Number | None
    numerator: Number | None
    denominator: Number | None
    unit: str
    rule: str
    as_of: str
    records: tuple[str, ...] = ()

    def document(self, explain: bool) -> dict[str, Any]:
        """The binding JSON of one row."""
        said = {
            "code": self.code,
            "value": self.value,
            "numerator": self.numerator,
            "denominator": self.denominator,
            "unit": self.unit,
            "rule": self.rule,
            "as_of": self.as_of,
        }
        return {**said, "records": list(self.records)} if explain else said


@dataclass(frozen=True, slots=True)
class Behind:
    """A record behind a figure."""

    kind: str
    id: str


@dataclass(frozen=True, slots=True)
class WeekFacts:
    """Everything the figures of one week are counted from."""

    week: Week
    team: TeamFact | None
    tally: Tally
    year: Tally
    stock: Stock
    past: Sequence[Past]
    given: Given
    logs: Sequence[LogFact]

    def figure(self, indicator: Indicator) -> Figure:
        """One indicator in this week."""
        return figure(indicator, self.week, self.tally, self.year, self.stock, self.past, self.given)


def own_team(uow: UnitOfWork) -> TeamFact | None:
    """The team whose work is counted; None before a laptop knows its team."""
    row = team_of(uow)
    return next((t for t in uow.figures.teams() if t.id == row["id"]), None) if row else None


def flow_of(uow: UnitOfWork, since: date, until: date) -> Flow:
    """What happened in some days."""
    ask, first, last = uow.figures, since.isoformat(), until.isoformat()
    return Flow(
        ask.visits(first, last),
        ask.trainings(first, last),
        ask.outreach(first, last),
        ask.workdays(first, last),
    )


def gather(
    uow: UnitOfWork, week: Week, codes: Collection[str], explain: bool = False, past_too: bool = True
) -> WeekFacts:
    """Reads what the figures of ``codes`` in ``week`` need; ``explain``: also visits of the whole year.

    Without ``past_too`` earlier weeks are left out: figures of the week are right, cumulative ones are not.
    """
    known = Work(uow.catalogue).indicators
    wanted = [known[c] for c in codes if c in known]
    team = own_team(uow)
    stock = _stock(uow, team, wanted)
    given = _given(uow, team, stock)
    logs = [log for log in uow.figures.logs() if team is not None and log.team == team.id]
    first = reach(codes, given, week, known.get)
    whole = {opening_for(given, i.code, week).since for i in wanted}
    past = _past(uow, week, first, logs, whole) if past_too and _looks_back(wanted) else ()
    tally = Tally.of(flow_of(uow, week.start, week.end))
    year = _year(uow, week, wanted, tally, past, explain)
    return WeekFacts(week, team, tally, year, stock, past, given, logs)


def figures(uow: UnitOfWork, week: Week, codes: Sequence[str]) -> list[Figure]:
    """The figures of a week, in the order of ``codes``; codes the catalogue does not hold are left out."""
    facts = gather(uow, week, codes)
    known = Work(uow.catalogue).indicators
    return [facts.figure(known[code]) for code in codes if code in known]


def meters(
    uow: UnitOfWork, week: Week, codes: Sequence[str]
) -> list[tuple[str, Number | None, Number | None]]:
    """(code, value, quota) for the first page: the week's figure, of a share what stands."""
    return [
        (f.code, f.period if f.period is not None else f.cumulative, f.target)
        for f in figures(uow, week, codes)
    ]


def rows(
    uow: UnitOfWork, since: date, until: date, codes: Collection[str] | None = None, explain: bool = False
) -> list[IndicatorRow]:
    """Indicators over the days ``since`` to ``until``, both included; all of them without ``codes``.

    UserError ``invalid`` (field ``code``) for a code that is no indicator, (field ``from``) for a period
    that ends before it begins.
    """
    known = Work(uow.catalogue).indicators
    unknown = [c for c in codes or () if c not in known]
    if unknown:
        raise UserError("invalid", field="code", value=unknown[0])
    if until < since:
        raise UserError("invalid", field="from", value=since.isoformat())
    wanted = [i for i in known.values() if codes is None or i.code in codes]
    team = own_team(uow)
    stock = _stock(uow, team, wanted)
    given = _given(uow, team, stock)
    tally = Tally.of(flow_of(uow, since, until))
    logs = [log for log in uow.figures.logs() if team is not None and log.team == team.id]
    at = now(uow).isoformat(timespec="seconds")
    span = Span(since, until)
    week = Week.of(until, team.cutoff if team else 7)
    return [_row(i, span, week, tally, stock, given, logs, at, explain) for i in wanted]


def records_behind(uow: UnitOfWork, code: str, since: date, until: date) -> list[Behind]:
    """The records an indicator of these days is counted from, oldest first as far as they have a day."""
    found = rows(uow, since, until, [code], explain=True)[0].records
    return [Behind(kind, id) for id in found if (kind := uow.records.kind_of(id)) is not None]


def _row(
    indicator: Indicator,
    span: Span,
    week: Week,
    tally: Tally,
    stock: Stock,
    given: Given,
    logs: Sequence[LogFact],
    at: str,
    explain: bool,
) -> IndicatorRow:
    value, base = _value(indicator, span, week, tally, stock, given, logs)
    percent = indicator.unit.get("vi") == "%"
    denominator = base.value if base else None
    if not percent:
        quota = quota_for(given, indicator.code, week) if base is None else None
        shown, numerator = value.value, value.value
        denominator = denominator if base else (quota[0] if quota else None)
    elif indicator.formula == GIVEN and (base is None or base.source != "given"):
        shown, numerator, denominator = value.value, None, None
    else:
        share = ratio(value.value, denominator)
        shown, numerator = None if share is None else round(share * 100, 4), value.value
    return IndicatorRow(
        indicator.code,
        shown,
        numerator,
        denominator,
        indicator.unit.get("vi", ""),
        indicator.formula,
        at,
        value.records if explain else (),
    )


def _value(
    indicator: Indicator,
    span: Span,
    week: Week,
    tally: Tally,
    stock: Stock,
    given: Given,
    logs: Sequence[LogFact],
) -> tuple[Counted, Base | None]:
    found = latest(given_for(given, indicator.code, "denominator"), week)
    base = base_of(indicator, stock, span.end, found[0] if found else None)
    if indicator.formula == "logs_on_time":
        return _on_time(logs, span, week.cutoff)
    standing = latest(given_for(given, indicator.code, "stock"), week)
    if indicator.measure != "flow" and standing is not None:
        return Counted(standing[0]), base
    extra = [
        Counted(v.value if not float(v.value).is_integer() else int(v.value), (v.id,))
        for v in given_for(given, indicator.code, "in_period")
        if (days := span_of(v.period, week.cutoff)) is not None
        and span.start <= days.start
        and days.end <= span.end
    ]
    if indicator.measure == "flow" or indicator.formula == GIVEN:
        counted = in_period(indicator, tally, stock, span.start, span.end)
        return (add(counted, *extra) if extra else counted), base
    return at_end(indicator, stock, tally, span.end), base


def _on_time(logs: Sequence[LogFact], span: Span, cutoff: int) -> tuple[Counted, Base | None]:
    """Logs handed in by the end of the week after, over the weeks of the span that have one due."""
    due = [w for w in weeks_between(span.start, Week.of(span.end, cutoff).next()) if w.end <= span.end]
    by_week = {log.week: log for log in logs if log.status in FROZEN}
    met = [
        log
        for w in due
        if (log := by_week.get(w.name)) is not None and log.submitted_at[:10] <= w.next().end.isoformat()
    ]
    return Counted(len(met), tuple(m.id for m in met)), Base("logs_due", len(due) or None, "register")


def _stock(uow: UnitOfWork, team: TeamFact | None, wanted: Iterable[Indicator]) -> Stock:
    ask = uow.figures
    mine = set(team.hamlets) if team else set()
    hamlets = [h for h in ask.hamlets() if not mine or h.id in mine]
    members = [m for m in ask.members() if team is None or m.team in ("", team.id)]
    listed = list(wanted)
    cases = ask.cases() if any(i.formula.startswith(("vneid", "activation")) for i in listed) else ()
    homes = ask.households() if any(_needs_homes(i, hamlets) for i in listed) else ()
    bare = Stock(cases, homes, (), hamlets, ask.teams(), members)
    if not needs_residents(listed, bare):
        return bare
    return Stock(cases, homes, ask.residents(), hamlets, bare.teams, members)


_HOME_FORMULAS = frozenset(
    {"households_smart", "households_online", "digital_families", "households_with_address"}
)


def _needs_homes(indicator: Indicator, hamlets: Sequence[Any]) -> bool:
    if indicator.formula in _HOME_FORMULAS:
        return True
    missing = not hamlets or any(h.households is None for h in hamlets)
    return missing and "households" in indicator.denominators


def _given(uow: UnitOfWork, team: TeamFact | None, stock: Stock) -> Given:
    scopes = [frozenset({team.id, team.code}) if team else frozenset[str]()]
    scopes += [frozenset({h.id, h.code}) for h in stock.hamlets]
    return Given(uow.figures.values(), tuple(scopes))


def _looks_back(wanted: Sequence[Indicator]) -> bool:
    return any(i.formula in FLOWS or i.formula == GIVEN or i.measure == "stock" for i in wanted)


def _past(
    uow: UnitOfWork, week: Week, first: date, logs: Sequence[LogFact], whole: Collection[date]
) -> list[Past]:
    """The weeks from ``first`` on before ``week``; records are read only for weeks without frozen figures and
    without kept sums.  ``whole``: days on which counting starts; the week they lie in is always read."""
    frozen = {log.week: _periods(log) for log in logs if log.status in FROZEN and log.snapshot}
    weeks = weeks_between(first, week)
    loose = [w for w in weeks if w.name not in frozen]
    kept, marks = _kept(uow, loose) if loose else ({}, {})
    unread = [w for w in loose if w.name not in kept or any(w.start < day <= w.end for day in whole)]
    tallies: dict[str, Tally] = {}
    if unread:
        buckets = _by_week(flow_of(uow, unread[0].start, unread[-1].end), unread)
        tallies = {w.name: Tally.of(buckets.get(w.name, Flow())) for w in unread}
        told = {name: (marks[name], _sums(uow, tally)) for name, tally in tallies.items()}
        uow.figures.keep_sums(week.cutoff, told)
    found = []
    for w in weeks:
        tally, sums = tallies.get(w.name), kept.get(w.name, {})
        if w.name in frozen:
            found.append(Past(w.span, frozen[w.name], None))
        elif tally is not None:
            found.append(Past(w.span, None, tally, frozenset(tally.households)))
        else:
            found.append(Past(w.span, sums["figures"], None, frozenset(sums["homes"])))
    return found


def _kept(uow: UnitOfWork, weeks: Sequence[Week]) -> tuple[dict[str, dict[str, Any]], dict[str, str]]:
    """Sums kept from an earlier reading that still hold, and the present mark of each week."""
    days = uow.figures.marks(COUNTED_KINDS, weeks[0].start.isoformat(), weeks[-1].end.isoformat())
    head = f"{uow.catalogue.version}/{uow.figures.groups_mark()}"
    marks = {w.name: "/".join((head, *(days.get(d.isoformat(), "") for d in w.span.days()))) for w in weeks}
    held = uow.figures.kept_sums(weeks[0].cutoff)
    good = {name: sums for name, (mark, sums) in held.items() if marks.get(name) == mark}
    return good, marks


def _sums(uow: UnitOfWork, tally: Tally) -> dict[str, Any]:
    """What a week adds to every counted indicator, and the households visited."""
    known = Work(uow.catalogue).indicators.values()
    told = {i.code: FLOWS[i.formula](i, tally).value for i in known if i.formula in FLOWS}
    return {"figures": told, "homes": sorted(tally.households)}


def _periods(log: LogFact) -> dict[str, Number | None]:
    told = log.snapshot.get("figures") or {}
    return {code: figure.get("period") for code, figure in told.items() if isinstance(figure, dict)}


def _by_week(flow: Flow, weeks: Sequence[Week]) -> dict[str, Flow]:
    name_of = {day.isoformat(): w.name for w in weeks for day in w.span.days()}
    found: dict[str, tuple[list[Any], list[Any], list[Any], list[Any]]] = {}
    parts: tuple[Sequence[Any], ...] = (flow.visits, flow.trainings, flow.outreach, flow.workdays)
    for place, facts in enumerate(parts):
        for fact in facts:
            name = name_of.get(fact.day)
            if name is not None:
                bucket = found.get(name)
                if bucket is None:
                    bucket = found[name] = ([], [], [], [])
                bucket[place].append(fact)
    return {name: Flow(*bucket) for name, bucket in found.items()}


def _year(
    uow: UnitOfWork,
    week: Week,
    wanted: Sequence[Indicator],
    tally: Tally,
    past: Sequence[Past],
    explain: bool,
) -> Tally:
    """What shares "in the year" need: households visited and trainings in the weeks of the year so far.

    Weeks whose records were read anyway are not read again.
    """
    first, last = Week(week.year, 1, week.cutoff).start, week.end
    formulas = {i.formula for i in wanted}
    if explain:
        return Tally.of(flow_of(uow, first, last))
    year = Tally()
    if "households_reached" in formulas:
        read = {one.span.start: one.homes for one in past if one.homes is not None}
        year.households |= tally.households
        for start, end in _unread(first, week, read):
            year.households |= uow.figures.households_visited(start.isoformat(), end.isoformat())
        for start, homes in read.items():
            if start >= first:
                year.households |= homes
    if "members_trained" in formulas:
        year.flow = Flow(trainings=uow.figures.trainings(first.isoformat(), last.isoformat()))
    return year


def _unread(first: date, week: Week, read: Collection[date]) -> list[tuple[date, date]]:
    """Stretches of weeks from ``first`` to the one before ``week`` that were not read."""
    stretches: list[tuple[date, date]] = []
    for one in weeks_between(first, week):
        if one.start in read:
            continue
        if stretches and stretches[-1][1] == one.start - timedelta(days=1):
            stretches[-1] = (stretches[-1][0], one.end)
        else:
            stretches.append((one.start, one.end))
    return stretches
