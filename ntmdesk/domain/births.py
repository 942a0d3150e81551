"""Dates of birth as people know them: the day, only the month, or only the year.

Kept as ``1958``, ``1958-03`` or ``1958-03-15``; what is not known is never invented.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

_OLDEST_YEAR = 1850
_ISO = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?", re.ASCII)
_SPOKEN = re.compile(r"(?:(?:(\d{1,2})[/.-])?(\d{1,2})[/.-])?(\d{4})", re.ASCII)
_PACKED = re.compile(r"(\d{2})(\d{2})(\d{4})", re.ASCII)


class BirthError(ValueError):
    """Not a date of birth; ``code`` is ``bad_birth`` or ``birth_in_future``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True, order=True)
class Birth:
    """A date of birth with its precision; ``month`` and ``day`` are 0 where they are not known."""

    year: int
    month: int = 0
    day: int = 0

    def __post_init__(self) -> None:
        if self.day and not self.month:
            raise BirthError("bad_birth")
        try:
            date(self.year, self.month or 1, self.day or 1)
        except ValueError:
            raise BirthError("bad_birth") from None
        if self.year < _OLDEST_YEAR:
            raise BirthError("bad_birth")

    @classmethod
    def parse(cls, text: str) -> Birth:
        """From the stored form only; raises ``BirthError``."""
        found = _ISO.fullmatch(text)
        if found is None:
            raise BirthError("bad_birth")
        return cls(int(found[1]), int(found[2] or 0), int(found[3] or 0))

    @property
    def precision(self) -> str:
        """``day``, ``month`` or ``year``."""
        return "day" if self.day else "month" if self.month else "year"

    @property
    def text(self) -> str:
        """The stored form."""
        return "-".join([f"{self.year:04}", *(f"{part:02}" for part in (self.month, self.day) if part)])

    @property
    def shown(self) -> str:
        """As people write it: ``15/03/1958``, ``03/1958``, ``1958``."""
        return "/".join([*(f"{part:02}" for part in (self.day, self.month) if part), f"{self.year:04}"])

    @property
    def earliest(self) -> date:
        """The first day it can have been."""
        return date(self.year, self.month or 1, self.day or 1)

    @property
    def latest(self) -> date:
        """The last day it can have been."""
        if self.day:
            return self.earliest
        if self.month and self.month < 12:
            return date(self.year, self.month + 1, 1) - timedelta(days=1)
        return date(self.year, 12, 31)

    def ages(self, day: date) -> tuple[int, int]:
        """The least and the greatest number of full years the person can have on ``day``, never below 0."""
        return max(0, _years(self.latest, day)), max(0, _years(self.earliest, day))

    def age_by_year(self, day: date) -> int:
        """Year less year: what lists of a hamlet call the age when only the year is known."""
        return max(0, day.year - self.year)

    def is_at_least(self, years: int, day: date) -> bool | None:
        """Whether the person has completed ``years`` years on ``day``; None if too vague to say."""
        least, greatest = self.ages(day)
        return True if least >= years else False if greatest < years else None


def _years(born: date, day: date) -> int:
    """Full years; somebody born on 29 February completes a year on 1 March of a common year."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def read_birth(text: str, *, today: date | None = None) -> Birth:
    """What a person types: ``1958``, ``3/1958``, ``15/3/1958``, ``15031958``, or the stored form.

    Zeros stand for what is not known (``00/00/1958``).  With ``today``, a birth after it is refused.
    Raises ``BirthError``.
    """
    packed = "".join(text.split())
    found = _SPOKEN.fullmatch(packed) or _PACKED.fullmatch(packed)
    if found is not None:
        birth = Birth(int(found[3]), int(found[2] or 0), int(found[1] or 0))
    else:
        birth = Birth.parse(packed)
    if today is not None and birth.earliest > today:
        raise BirthError("birth_in_future")
    return birth
