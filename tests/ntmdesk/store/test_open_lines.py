"""The visits near open lines are those that a reading of every visit would find."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest

from ntmdesk.domain.visits import SETTLED
from ntmdesk.services.visits import _concerned
from ntmdesk.store.database import Store
from ntmdesk.store.open_lines import visits_near_open_lines
from tests.ntmdesk.store.places import LAN, hamlet, household, resident


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_as_many_follow_ups_as_from_every_row(store: Store, seed: int) -> None:
    chance = random.Random(seed)
    with store.begin(LAN) as uow:
        hamlet(uow)
        homes = [household(uow, f"Nguyễn {n}", f"H-{n}") for n in range(8)]
        persons = [resident(uow, f"Trần {n}", household=chance.choice(homes)) for n in range(16)]
        for of, pair in (("household", homes[:2]), ("resident", persons[:2])):
            a, b = sorted(pair)
            uow.records.add("sameness", {"of": of, "a": a, "b": b, "verdict": "same"})
        made: list[str] = []
        for _ in range(25):
            line = {
                "service": "K01",
                "outcome": chance.choice(("done", "done", "done", "partial", "refused")),
            }
            values = {
                "date": (date(2026, 11, 20) - timedelta(days=chance.randrange(60))).isoformat(),
                "place_type": "home",
                "hamlet": "15880-001",
                "members": [LAN.person],
                "lines": [line],
            }
            if chance.random() < 0.8:
                values["household"] = chance.choice(homes)
            values["persons"] = chance.sample(persons, 1)
            if chance.random() < 0.1:
                line["follow_up_date"] = "2026-12-01"
            if made and chance.random() < 0.2:
                values["follow_up_of"] = chance.choice(made)
            made.append(uow.records.add("support_visit", values))
    with store.look() as uow:
        for since in ("2026-01-01", "2026-10-25", "2026-12-01"):
            every = _concerned(uow.records.list("support_visit", since=since).rows)
            near = visits_near_open_lines(uow, since, SETTLED)
            assert _concerned(near) == every
            assert len(near) == len(every)
