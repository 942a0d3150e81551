"""What day it is for the people of the hamlet: Vietnam's day, whatever zone the machine is set to."""

from __future__ import annotations

from datetime import date, datetime

from ntmdesk.domain.periods import VIETNAM, local_date
from ntmdesk.store.meta import keep_meta, read_meta
from ntmdesk.store.unit_of_work import UnitOfWork

NOTICEABLE = 3_600
"""Seconds between two clocks that nobody need hear of."""
_OFF = "clock_off"


def now(uow: UnitOfWork) -> datetime:
    """The present moment in Vietnam's time (UTC+7), by the store's clock."""
    return uow.clock().astimezone(VIETNAM)


def today(uow: UnitOfWork) -> date:
    """The present day in Vietnam."""
    return local_date(uow.clock())


def day_of(value: object) -> date | None:
    """A stored date or timestamp as a day; None when it is blank or cannot be read."""
    try:
        return date.fromisoformat(str(value)[:10]) if value else None
    except ValueError:
        return None


def note_server_time(uow: UnitOfWork, seconds: int) -> None:
    """Keeps how far the clock here is from the server's; 0, where the server did not answer, keeps what is
    known."""
    if seconds:
        ahead = int(uow.now().timestamp()) - seconds
        keep_meta(uow.db, _OFF, ahead if abs(ahead) > NOTICEABLE else 0)


def seconds_ahead(uow: UnitOfWork) -> int:
    """How far the clock here was ahead of the server's at its last answer, below 0 behind; 0 up to an hour.

    Nothing is ordered by it, but the day that a new record begins with is this machine's.
    """
    return int(read_meta(uow.db, _OFF) or 0)
