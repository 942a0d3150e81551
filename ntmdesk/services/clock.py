"""What day it is for the people of the hamlet: Vietnam's day, whatever zone the machine is set to."""

from __future__ import annotations

from datetime import date, datetime

from ntmdesk.domain.periods import VIETNAM, local_date
from ntmdesk.store.unit_of_work import UnitOfWork


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
