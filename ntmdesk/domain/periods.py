"""Periods of reporting: week, month, quarter, year.

A week is named as in ISO 8601.  Where a team closes its week on another day than Sunday, the reporting
week *ends* on that day of the ISO week of its name: 2026-W47 closed on Thursdays is 13 to 19 November.
All days are local days of Vietnam, UTC+7 the whole year.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from ntmdesk.domain.births import Birth, BirthError, read_birth
from ntmdesk.domain.dates import (
    VIETNAM,
    DateError,
    format_date,
    format_moment,
    local_date,
    long_date,
    padded,
    read_date,
)

__all__ = [
    "VIETNAM",
    "Birth",
    "BirthError",
    "DateError",
    "Month",
    "Period",
    "PeriodError",
    "Quarter",
    "Span",
    "Week",
    "Year",
    "format_date",
    "format_moment",
    "local_date",
    "long_date",
    "parse_period",
    "read_birth",
    "read_date",
    "year_to_date",
]

_DAY = timedelta(days=1)
_QUARTERS = ("I", "II", "III", "IV")


class PeriodError(ValueError):
    """Not a period; ``code`` is ``bad_week``, ``bad_month`` or ``bad_period``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Some days in a row, the last one included."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise PeriodError("bad_period")

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.start <= day <= self.end

    def __len__(self) -> int:
        return (self.end - self.start).days + 1

    def days(self) -> Iterator[date]:
        """Every day, in order."""
        for count in range(len(self)):
            yield self.start + count * _DAY

    @property
    def label(self) -> str:
        """``16/11–22/11/2026``; the first year is named only where it is another one."""
        (first, first_month), (last, last_month) = padded(self.start), padded(self.end)
        year = f"/{self.start.year}" if self.start.year != self.end.year else ""
        return f"{first}/{first_month}{year}–{last}/{last_month}/{self.end.year}"


class Period(ABC):
    """What all named periods have: ``start``, ``end`` (included), ``label``, ``name``, neighbours."""

    __slots__ = ()

    @property
    @abstractmethod
    def span(self) -> Span:
        """Its days."""

    @property
    def start(self) -> date:
        """Its first day."""
        return self.span.start

    @property
    def end(self) -> date:
        """Its last day, included."""
        return self.span.end

    def __contains__(self, day: object) -> bool:
        return day in self.span


@dataclass(frozen=True, slots=True, order=True)
class Week(Period):
    """A reporting week; ``cutoff`` is the ISO weekday on which it closes (7 = Sunday)."""

    year: int
    week: int
    cutoff: int = field(default=7)

    def __post_init__(self) -> None:
        if not 1 <= self.cutoff <= 7:
            raise PeriodError("bad_week")
        try:
            date.fromisocalendar(self.year, self.week, 7)
        except (ValueError, OverflowError):
            raise PeriodError("bad_week") from None

    @classmethod
    def parse(cls, text: str, cutoff: int = 7) -> Week:
        """From ``2026-W47``; raises ``PeriodError('bad_week')``, also for a week 53 that is not there."""
        found = re.fullmatch(r"(\d{4})-?[Ww](\d{2})", text.strip(), re.ASCII)
        if found is None:
            raise PeriodError("bad_week")
        return cls(int(found[1]), int(found[2]), cutoff)

    @classmethod
    def of(cls, day: date, cutoff: int = 7) -> Week:
        """The reporting week a day belongs to."""
        closing = day + (cutoff - day.isoweekday()) % 7 * _DAY
        iso = closing.isocalendar()
        return cls(iso.year, iso.week, cutoff)

    @property
    def span(self) -> Span:
        end = date.fromisocalendar(self.year, self.week, self.cutoff)
        return Span(end - 6 * _DAY, end)

    @property
    def name(self) -> str:
        """``2026-W47``."""
        return f"{self.year:04}-W{self.week:02}"

    @property
    def label(self) -> str:
        """``Tuần 47 (16/11–22/11/2026)``."""
        return f"Tuần {self.week} ({self.span.label})"

    def next(self) -> Week:
        """The week after."""
        return Week.of(self.end + 7 * _DAY, self.cutoff)

    def previous(self) -> Week:
        """The week before."""
        return Week.of(self.end - 7 * _DAY, self.cutoff)


@dataclass(frozen=True, slots=True, order=True)
class Month(Period):
    """A calendar month."""

    year: int
    month: int

    def __post_init__(self) -> None:
        if not (1 <= self.year <= 9998 and 1 <= self.month <= 12):
            raise PeriodError("bad_month")

    @classmethod
    def parse(cls, text: str) -> Month:
        """From ``2026-11``."""
        found = re.fullmatch(r"(\d{4})-(\d{2})", text.strip(), re.ASCII)
        if found is None:
            raise PeriodError("bad_month")
        return cls(int(found[1]), int(found[2]))

    @classmethod
    def of(cls, day: date) -> Month:
        """The month of a day."""
        return cls(day.year, day.month)

    @property
    def span(self) -> Span:
        after = self.next()
        return Span(date(self.year, self.month, 1), date(after.year, after.month, 1) - _DAY)

    @property
    def name(self) -> str:
        """``2026-11``."""
        return f"{self.year:04}-{self.month:02}"

    @property
    def label(self) -> str:
        """``Tháng 11/2026``, ``Tháng 02/2026``."""
        return f"Tháng {padded(date(self.year, self.month, 1))[1]}/{self.year}"

    def next(self) -> Month:
        """The month after."""
        return Month(self.year + self.month // 12, self.month % 12 + 1)

    def previous(self) -> Month:
        """The month before."""
        return Month(self.year - (self.month == 1), (self.month - 2) % 12 + 1)


@dataclass(frozen=True, slots=True, order=True)
class Quarter(Period):
    """A quarter of a calendar year."""

    year: int
    quarter: int

    def __post_init__(self) -> None:
        if not (1 <= self.year <= 9998 and 1 <= self.quarter <= 4):
            raise PeriodError("bad_period")

    @classmethod
    def parse(cls, text: str) -> Quarter:
        """From ``2026-Q4``."""
        found = re.fullmatch(r"(\d{4})-[Qq]([1-4])", text.strip(), re.ASCII)
        if found is None:
            raise PeriodError("bad_period")
        return cls(int(found[1]), int(found[2]))

    @classmethod
    def of(cls, day: date) -> Quarter:
        """The quarter of a day."""
        return cls(day.year, (day.month + 2) // 3)

    @property
    def span(self) -> Span:
        last = Month(self.year, 3 * self.quarter)
        return Span(date(self.year, 3 * self.quarter - 2, 1), last.end)

    @property
    def name(self) -> str:
        """``2026-Q4``."""
        return f"{self.year:04}-Q{self.quarter}"

    @property
    def label(self) -> str:
        """``Quý IV/2026``."""
        return f"Quý {_QUARTERS[self.quarter - 1]}/{self.year}"

    def next(self) -> Quarter:
        """The quarter after."""
        return Quarter(self.year + self.quarter // 4, self.quarter % 4 + 1)

    def previous(self) -> Quarter:
        """The quarter before."""
        return Quarter(self.year - (self.quarter == 1), (self.quarter - 2) % 4 + 1)


@dataclass(frozen=True, slots=True, order=True)
class Year(Period):
    """A calendar year."""

    year: int

    def __post_init__(self) -> None:
        if not 1 <= self.year <= 9998:
            raise PeriodError("bad_period")

    @property
    def span(self) -> Span:
        return Span(date(self.year, 1, 1), date(self.year, 12, 31))

    @property
    def name(self) -> str:
        """``2026``."""
        return f"{self.year:04}"

    @property
    def label(self) -> str:
        """``Năm 2026``."""
        return f"Năm {self.year}"

    def next(self) -> Year:
        """The year after."""
        return Year(self.year + 1)

    def previous(self) -> Year:
        """The year before."""
        return Year(self.year - 1)


def year_to_date(day: date) -> Span:
    """From 1 January of the year of ``day`` to ``day``: what cumulative figures cover."""
    return Span(date(day.year, 1, 1), day)


def parse_period(text: str, cutoff: int = 7) -> Week | Month | Quarter | Year:
    """From ``2026-W47``, ``2026-11``, ``2026-Q4`` or ``2026``; raises ``PeriodError``."""
    name = text.strip().upper()
    if "W" in name:
        return Week.parse(name, cutoff)
    if "Q" in name:
        return Quarter.parse(name)
    if "-" in name:
        return Month.parse(name)
    if re.fullmatch(r"\d{4}", name, re.ASCII) is None:
        raise PeriodError("bad_period")
    return Year(int(name))
