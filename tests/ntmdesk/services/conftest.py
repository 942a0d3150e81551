"""A real encrypted store with a hamlet, opened by a person, at a clock the test sets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ntmdesk.services import unlocking
from ntmdesk.services.surroundings import surroundings
from ntmdesk.store.database import Store
from ntmdesk.store.surroundings import Author
from ntmdesk.store.unit_of_work import UnitOfWork
from tests.ntmdesk.store.cheap_keys import cheap_keys

__all__ = ["Bench", "cheap_keys"]

PASSPHRASE = "một câu thật dài"
SUNDAY = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)


class HandClock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = SUNDAY

    def __call__(self) -> datetime:
        return self.now

    def days(self, count: int) -> None:
        self.now += timedelta(days=count)


@dataclass
class Bench:
    """One person's desk in a test."""

    store: Store
    author: Author
    clock: HandClock
    home: Path
    recovery_code: str

    def begin(self) -> AbstractContextManager[UnitOfWork]:
        return self.store.begin(self.author)

    def look(self) -> AbstractContextManager[UnitOfWork]:
        return self.store.look(self.author)

    def do(self, verb: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """One verb in its own write transaction."""
        with self.begin() as uow:
            return verb(uow, *args, **kwargs)

    def ask(self, verb: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """One question in its own read transaction."""
        with self.look() as uow:
            return verb(uow, *args, **kwargs)


@pytest.fixture(autouse=True)
def _cheap(cheap_keys: None) -> None:
    """Every store here has key slots that cost nothing."""


@pytest.fixture
def clock() -> HandClock:
    """Sunday 22/11/2026, nine in the morning in Vietnam."""
    return HandClock()


@pytest.fixture
def alone(tmp_path: Path, clock: HandClock) -> Iterator[Bench]:
    """A store with nothing in it."""
    home = tmp_path / "nhà"
    made = unlocking.create(home, PASSPHRASE, "Nguyễn Thị Hoa", surroundings(clock=clock))
    bench = Bench(made.store, made.author, clock, home, made.recovery_code)
    yield bench
    bench.store.close()


@pytest.fixture
def bench(alone: Bench) -> Bench:
    """The same with a team of one hamlet, without an upper server."""
    with alone.begin() as uow:
        hamlet = uow.records.add(
            "hamlet", {"local_code": "15880-001", "name": "Thôn 1", "type": "thon", "commune": "15880"}
        )
        uow.records.add("team", {"code": "T01", "name": "Tổ thôn 1", "hamlets": [hamlet]})
    return alone
