"""Figures of a reporting week: in the week, cumulative, against the quota, as a share.

Cumulative = opening figure + what each reporting week since added.  A week whose log is handed in counts with
its frozen figure, whatever happened to the records since; a week without one is counted from the records.
So deleted persons keep their aggregate, and a figure once told does not change silently.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from ntmdesk.domain.catalogue import GIVEN, Indicator
from ntmdesk.domain.counting import BLANK, Counted, Tally, add, ratio
from ntmdesk.domain.facts import Given, Stock, ValueFact
from ntmdesk.domain.indicators import FLOWS, Base, at_end, base_of, in_period
from ntmdesk.domain.periods import PeriodError, Span, Week, parse_period, year_to_date

Number = int | float
FROZEN = frozenset({"submitted", "approved", "locked"})
"""Statuses of a log in which its figures stand."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of the table.  None is blank; ``ratio`` is a fraction (0.913), None is "—".

    ``cumulative`` of a stock or share is what stands at the end.  ``denominator_name``: what ``ratio`` is
    taken of (``quota`` or a name of ``indicators.base_of``).  ``records``: behind ``period``, then behind
    ``cumulative`` as far as it is counted from records of these days.
    """

    code: str
    label: Mapping[str, str]
    unit: Mapping[str, str]
    measure: str
    period: Number | None
    cumulative: Number | None
    target: Number | None
    ratio: float | None
    denominator_name: str
    denominator: Number | None
    records: tuple[str, ...] = ()

    def document(self) -> dict[str, Number | float | None]:
        """The binding JSON of one figure."""
        return {
            "period": self.period,
            "cumulative": self.cumulative,
            "target": self.target,
            "ratio": None if self.ratio is None else round(self.ratio, 6),
        }


@dataclass(frozen=True, slots=True)
class Past:
    """An earlier reporting week: its days, and either its frozen figures or the sums of its records.

    ``frozen`` may also hold sums kept from an earlier reading; ``homes``: the households visited, when known.
    """

    span: Span
    frozen: Mapping[str, Number | None] | None
    tally: Tally | None
    homes: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Opening:
    """A figure that stands before what is counted; counting starts on ``since``."""

    value: Number | None
    since: date


_RANGE = re.compile(r"(\d{4}-\d{2}-\d{2})/(\d{4}-\d{2}-\d{2})", re.ASCII)


def span_of(period: str, cutoff: int) -> Span | None:
    """Days of a period as it is written in quotas and given figures; None when it is no period."""
    found = _RANGE.fullmatch(period)
    try:
        if found:
            return Span(date.fromisoformat(found[1]), date.fromisoformat(found[2]))
        return parse_period(period, cutoff).span
    except (PeriodError, ValueError):
        return None


def weeks_between(first: date, week: Week) -> list[Week]:
    """The reporting weeks before ``week`` that end on ``first`` or later, oldest first."""
    found = []
    at = week.previous()
    while at.end >= first:
        found.append(at)
        at = at.previous()
    return found[::-1]


def given_for(given: Given, code: str, type: str) -> list[ValueFact]:
    """Values of one type for the team: its own, or else the sum over its hamlets when each has one."""
    values = [v for v in given.values if v.indicator == code and v.type == type]
    if not values or not given.scopes:
        return []
    own = [v for v in values if v.scope in given.scopes[0]]
    if own or len(given.scopes) < 2:
        return own
    summed = []
    for period in dict.fromkeys(v.period for v in values):
        parts = [
            next((v for v in values if v.scope in names and v.period == period), None)
            for names in given.scopes[1:]
        ]
        if all(p is not None for p in parts):
            known = [p for p in parts if p is not None]
            summed.append(known[0]._replace(value=sum(p.value for p in known)))
    return summed


def opening_for(given: Given, code: str, week: Week) -> Opening:
    """The opening figure that applies to ``week``: of the latest period that has begun by its end.

    A period that holds the week is where counting starts; one that is over was counted by somebody else and
    counting starts the day after.  Without one, counting starts with the first week that ends in the year.
    """
    best: tuple[date, ValueFact, Span] | None = None
    for value in given_for(given, code, "opening"):
        span = span_of(value.period, week.cutoff)
        if span is None or span.start > anchor(week):
            continue
        if best is None or span.start > best[0]:
            best = (span.start, value, span)
    if best is None:
        return Opening(None, _first_week(year_to_date(anchor(week)).start, week.cutoff))
    _, value, span = best
    if anchor(week) in span:
        return Opening(_plain(value.value), _first_week(span.start, week.cutoff))
    return Opening(_plain(value.value), span.end + timedelta(days=1))


def _first_week(day: date, cutoff: int) -> date:
    """First day of the first reporting week that belongs to a period that begins on ``day``."""
    iso = day.isocalendar()
    week = Week(iso.year, iso.week, cutoff)
    return (week if anchor(week) >= day else week.next()).start


def anchor(week: Week) -> date:
    """The day that decides to which year, quarter or month a week belongs: the Thursday of its ISO week."""
    return date.fromisocalendar(week.year, week.week, 4)


def latest(values: Iterable[ValueFact], week: Week) -> tuple[Number, Span] | None:
    """Of several given figures that of the shortest period that holds the week; else the last one past."""
    holding: list[tuple[int, date, ValueFact, Span]] = []
    past: list[tuple[date, ValueFact, Span]] = []
    for value in values:
        span = span_of(value.period, week.cutoff)
        if span is None:
            continue
        if anchor(week) in span:
            holding.append((len(span), span.start, value, span))
        elif span.end < week.end:
            past.append((span.end, value, span))
    if holding:
        _, _, value, span = min(holding, key=lambda h: (h[0], h[1]))
    elif past:
        _, value, span = max(past, key=lambda p: p[0])
    else:
        return None
    return _plain(value.value), span


def quota_for(given: Given, code: str, week: Week) -> tuple[Number, Span] | None:
    """The quota that holds the week, that of the shortest period first.  A longer one is never divided."""
    holding = []
    for value in given_for(given, code, "target"):
        span = span_of(value.period, week.cutoff)
        if span is not None and anchor(week) in span:
            holding.append((len(span), _plain(value.value), span))
    if not holding:
        return None
    _, number, span = min(holding, key=lambda h: h[0])
    return number, span


def figure(
    indicator: Indicator,
    week: Week,
    tally: Tally,
    year: Tally,
    stock: Stock,
    past: Sequence[Past],
    given: Given,
) -> Figure:
    """One indicator in one reporting week.

    ``tally``: the week; ``year``: at least the households visited and trainings of the year up to the week's
    end; ``past``: earlier weeks, oldest first, reaching back at least to ``opening_for(...).since``.
    """
    period = _with_given(in_period(indicator, tally, stock, week.start, week.end), given, indicator, week)
    opening = opening_for(given, indicator.code, week)
    standing = latest(given_for(given, indicator.code, "stock"), week)
    if standing is not None and indicator.measure != "flow":
        total = Counted(standing[0])
    elif (indicator.formula in FLOWS and indicator.measure == "flow") or indicator.formula == GIVEN:
        total = _summed(indicator, opening, past, period, stock)
    else:
        total = at_end(indicator, stock, year, week.end)
        if opening.value is not None:
            total = _summed(indicator, opening, past, period, stock)
    return _against(indicator, week, period, total, stock, past, given)


def _with_given(counted: Counted, given: Given, indicator: Indicator, week: Week) -> Counted:
    extra = [
        Counted(_plain(v.value), (v.id,))
        for v in given_for(given, indicator.code, "in_period")
        if (span := span_of(v.period, week.cutoff)) is not None
        and week.start <= span.start
        and span.end <= week.end
    ]
    return add(counted, *extra) if extra else counted


def _summed(
    indicator: Indicator, opening: Opening, past: Sequence[Past], period: Counted, stock: Stock
) -> Counted:
    parts = [Counted(opening.value)]
    for one in past:
        if one.span.end >= opening.since:
            parts.append(_of_past(indicator, one, stock, opening.since))
    return add(*parts, period)


def _of_past(indicator: Indicator, one: Past, stock: Stock, since: date) -> Counted:
    """What an earlier week added: its frozen figure, else counted from the days of it since ``since``."""
    if one.frozen is not None and indicator.code in one.frozen:
        return Counted(one.frozen[indicator.code])
    if indicator.formula not in FLOWS:
        first = max(one.span.start, since)
        return BLANK if one.frozen is None else in_period(indicator, Tally(), stock, first, one.span.end)
    if one.tally is None:
        return BLANK
    tally, first = one.tally, max(one.span.start, since)
    if first > one.span.start:
        tally = Tally.of(tally.flow.since(first.isoformat()))
    return in_period(indicator, tally, stock, first, one.span.end)


def _against(
    indicator: Indicator,
    week: Week,
    period: Counted,
    total: Counted,
    stock: Stock,
    past: Sequence[Past],
    given: Given,
) -> Figure:
    quota = quota_for(given, indicator.code, week)
    share, name, denominator = None, "", None
    percent = indicator.unit.get("vi") == "%"
    base = _base(indicator, week, stock, given)
    if percent and indicator.formula == GIVEN and (base is None or base.source != "given"):
        share = None if total.value is None else total.value / 100
    elif quota is not None and not percent:
        name, denominator = "quota", quota[0]
        share = ratio(_towards(indicator, week, quota[1], period, total, past, stock), denominator)
    elif base is not None:
        name, denominator = base.name, base.value
        share = ratio(total.value, base.value)
    return Figure(
        code=indicator.code,
        label=indicator.label,
        unit=indicator.unit,
        measure=indicator.measure,
        period=period.value,
        cumulative=total.value,
        target=quota[0] if quota else None,
        ratio=share,
        denominator_name=name,
        denominator=denominator,
        records=tuple(dict.fromkeys((*period.records, *total.records))),
    )


def _base(indicator: Indicator, week: Week, stock: Stock, given: Given) -> Base | None:
    found = latest(given_for(given, indicator.code, "denominator"), week)
    return base_of(indicator, stock, week.end, found[0] if found else None)


def _towards(
    indicator: Indicator,
    week: Week,
    span: Span,
    period: Counted,
    total: Counted,
    past: Sequence[Past],
    stock: Stock,
) -> Number | None:
    """What counts towards a quota for ``span``: the week's figure, or all weeks of a longer period so far.

    Of a stock with a quota for longer than the week it is what stands.
    """
    if len(span) <= 7:
        return period.value
    if indicator.measure != "flow":
        return total.value
    since = _first_week(span.start, week.cutoff)
    weeks = (one for one in past if one.span.start >= since)
    return add(*(_of_past(indicator, one, stock, since) for one in weeks), period).value


def reach(codes: Iterable[str], given: Given, week: Week, of: Callable[[str], Indicator | None]) -> date:
    """The earliest day from which earlier weeks are needed to compute these indicators."""
    first = _first_week(year_to_date(anchor(week)).start, week.cutoff)
    for code in codes:
        if of(code) is None:
            continue
        first = min(first, opening_for(given, code, week).since)
        quota = quota_for(given, code, week)
        if quota is not None:
            first = min(first, _first_week(quota[1].start, week.cutoff))
    return first


def _plain(value: float) -> Number:
    return int(value) if float(value).is_integer() else value
