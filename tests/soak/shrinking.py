"""Makes a failing schedule shorter by leaving things out as long as it still fails."""

from __future__ import annotations

import random
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.soak import meeting, rules
from tests.soak.book import Book
from tests.soak.faults import stores_counted
from tests.soak.world import World

Step = tuple[str, int]
TRIES = 400


def fails(steps: Sequence[Step], room: Path) -> bool:
    """Whether a schedule, played in one process without real kills, ends with something untrue."""
    folder = Path(tempfile.mkdtemp(prefix="replay-", dir=room))
    chance = random.Random(0)
    try:
        with stores_counted():
            world = World.make(folder / "world", Book(), chance)
            try:
                for name, seed in steps:
                    rules.happen(world, name, seed)
                meeting.the_end(world, chance)
            finally:
                world.close()
    except Exception:
        return True
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return False


def shortened(steps: Sequence[Step], room: Path) -> list[Step]:
    """A shorter schedule that still fails; empty when this one does not."""
    left = list(steps)
    if not fails(left, room):
        return []
    size, tries = max(len(left) // 2, 1), 0
    while tries < TRIES:
        at, shorter = 0, False
        while at < len(left) and tries < TRIES:
            tries += 1
            without = left[:at] + left[at + size :]
            if fails(without, room):
                left, shorter = without, True
            else:
                at += size
        if size == 1 and not shorter:
            break
        size = max(size // 2, 1)
    return left
