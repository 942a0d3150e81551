"""Work-days are paid for: a member's date holds one day and one night at most."""

import pytest

from ntmdesk.domain.counting import Tally
from ntmdesk.domain.facts import Flow, WorkdayFact


@pytest.mark.parametrize(
    ("entries", "days"),
    [
        ([], 0),
        ([("a", "half"), ("a", "half")], 1),
        ([("a", "full"), ("a", "half")], 1),
        ([("a", "full"), ("a", "full")], 1),
        ([("a", "full"), ("a", "night")], 2),
        ([("a", "night"), ("a", "night")], 1),
        ([("a", "full"), ("b", "half")], 1.5),
    ],
)
def test_days_of_one_date(entries: list[tuple[str, str]], days: float) -> None:
    facts = [WorkdayFact(str(n), "2026-11-20", member, part) for n, (member, part) in enumerate(entries)]
    counted = Tally.of(Flow(workdays=facts)).workdays()
    assert counted.value == days
    assert len(counted.records) == len(entries)


def test_each_date_counts_anew() -> None:
    facts = [WorkdayFact(day, day, "a", "full") for day in ("2026-11-20", "2026-11-21")]
    assert Tally.of(Flow(workdays=facts)).workdays().value == 2
