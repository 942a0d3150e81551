"""Five real stores around the real hub over a real database, under everything the soak knows.

Short schedules of the rules in ``tests.soak.rules``, found and shortened by hypothesis; ``make soak`` plays
the same rules for hours, with processes that are killed for real.
"""

from __future__ import annotations

import os
import random
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from tests.soak import driver, meeting, rules
from tests.soak.book import Book
from tests.soak.faults import stores_counted
from tests.soak.world import World

ROOM = Path("/dev/shm") if Path("/dev/shm").is_dir() else None  # noqa: S108  folders of its own are made in it


@pytest.fixture(scope="module")
def new_hamlet() -> Iterator[Path]:
    """A hamlet in which nothing has happened yet, to be copied."""
    folder = Path(tempfile.mkdtemp(prefix="hamlet-", dir=ROOM))
    World.make(folder / "new", Book(), random.Random(1))
    yield folder / "new"
    shutil.rmtree(folder)


def test_whatever_happens_all_end_with_the_same_and_nothing_is_lost(new_hamlet: Path) -> None:
    class Hamlet(RuleBasedStateMachine):
        """Every rule is something that happens; ``teardown`` lets all meet and looks."""

        @initialize(seed=st.integers(0, 2**32))
        def start(self, seed: int) -> None:
            self.chance = random.Random(seed)
            self.counted = ExitStack()
            self.counted.enter_context(stores_counted())
            self.folder = Path(tempfile.mkdtemp(prefix="hamlet-", dir=ROOM))
            shutil.copytree(new_hamlet, self.folder / "world")
            self.world = World(self.folder / "world", Book())

        @rule(name=st.sampled_from(sorted(rules.RULES.keys() - {"a_list"})), seed=st.integers(0, 2**48))
        def happens(self, name: str, seed: int) -> None:
            rules.happen(self.world, name, seed)

        @rule(seed=st.integers(0, 2**48), which=st.sampled_from(["edit", "meet"]))
        def goes_on(self, seed: int, which: str) -> None:
            rules.happen(self.world, which, seed)

        def teardown(self) -> None:
            if not hasattr(self, "world"):
                return
            try:
                meeting.the_end(self.world, self.chance)
            finally:
                self.world.close()
                self.counted.close()
                shutil.rmtree(self.folder)

    run_state_machine_as_test(
        Hamlet,
        settings=settings(
            max_examples=int(os.environ.get("NTM_STORE_SCHEDULES", "5")),
            stateful_step_count=16,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )


def test_a_schedule_with_real_kills() -> None:
    """A short run of the soak: child processes, most of them killed in the middle of something."""
    with tempfile.TemporaryDirectory(dir=ROOM) as room:
        book = driver.run(11, Path(room), stretches=3)
    assert book.counts["opened"] == 4
