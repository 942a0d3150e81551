"""The lane of the network for a page under test: its work runs when the test says so."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ntmdesk.ui.jobs import Jobs
from ntmdesk.ui.lanes import Line
from tests.ntmdesk.ui.pages.village import Village


def line_of(village: Village) -> Jobs[Line]:
    """A lane on the village's own store and executor."""

    @contextmanager
    def opened() -> Iterator[Line]:
        yield Line(village.store, village.author)

    return Jobs(opened, village.executor)
