"""Days and moments as people in Vietnam read and write them; UTC+7 the whole year."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone

VIETNAM = timezone(timedelta(hours=7), "UTC+7")


class DateError(ValueError):
    """Not a day that exists; ``code`` is ``bad_date``."""

    def __init__(self) -> None:
        super().__init__("bad_date")
        self.code = "bad_date"


def moment_at(seconds: int) -> datetime | None:
    """The moment, in UTC, so many seconds after the beginning of 1970; None for 0, which stands for unknown,
    and for one that no calendar has, here or in Vietnam: a clock says anything."""
    try:
        return datetime.fromtimestamp(seconds, VIETNAM).astimezone(UTC) if seconds else None
    except (ValueError, OverflowError, OSError):
        return None


def local_date(moment: datetime) -> date:
    """The day in Vietnam of a moment that knows its zone; ``ValueError`` for one that does not."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a zone")
    return moment.astimezone(VIETNAM).date()


def format_date(day: date) -> str:
    """``05/02/2026``."""
    return f"{day.day:02}/{day.month:02}/{day.year:04}"


def format_moment(moment: datetime) -> str:
    """``05/02/2026 09:30``, in Vietnam's time."""
    local = moment.astimezone(VIETNAM)
    return f"{format_date(local.date())} {local:%H:%M}"


def moment_text(text: str) -> str:
    """A stored timestamp as people read it: the day alone where no time of day was written down, and as it
    is where it cannot be read."""
    try:
        if len(text) == len("2026-02-05"):
            return format_date(date.fromisoformat(text))
        return format_moment(datetime.fromisoformat(text))
    except ValueError:
        return text


def padded(day: date) -> tuple[str, str]:
    """Day and month by the rule of Nghị định 30/2020: a zero before days under 10 and months 1 and 2."""
    return f"{day.day:02}", f"{day.month:02}" if day.month < 3 else str(day.month)


def long_date(day: date) -> str:
    """``ngày 05 tháng 02 năm 2026``, ``ngày 02 tháng 9 năm 2026``: as documents are dated."""
    number, month = padded(day)
    return f"ngày {number} tháng {month} năm {day.year}"


_TYPED = re.compile(r"(\d{1,2})[/.\- ](\d{1,2})(?:[/.\- ](\d{4}|\d{2}))?", re.ASCII)


def read_date(text: str, *, today: date) -> date:
    """What a person types for a day: ``5/2``, ``05/02/2026``, ``5-2-26``, ``2026-02-05``, ``hôm nay``.

    Without a year it is the day of that name nearest to ``today``.  Raises ``DateError``.
    """
    typed = " ".join(text.lower().split())
    if typed in ("hôm nay", "hom nay", "nay", "today"):
        return today
    if typed in ("hôm qua", "hom qua", "qua", "yesterday"):
        return today - timedelta(days=1)
    found = _TYPED.fullmatch(typed)
    try:
        if found is None:
            return date.fromisoformat(typed)
        number, month, year = int(found[1]), int(found[2]), found[3]
        if year is not None:
            return date(int(year) + (2000 if len(year) == 2 else 0), month, number)
        near = [date(y, month, number) for y in _years_around(today, month, number)]
        return min(near, key=lambda day: abs(day - today))
    except ValueError:
        raise DateError() from None


def _years_around(today: date, month: int, number: int) -> list[int]:
    years = [today.year - 1, today.year, today.year + 1]
    if (month, number) == (2, 29):
        years = [y for y in years if y % 4 == 0 and (y % 100 != 0 or y % 400 == 0)]
    if not years:
        raise DateError()
    return years
