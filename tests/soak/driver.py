"""The long soak: run after run of seeded schedules, each worked by child processes that are killed for real.

A run is a world, worked in stretches.  Every stretch is a child process; most are killed with SIGKILL, either
by themselves at a chosen statement or from outside at any moment at all.  The parent knows from the pipe what
had been acknowledged.  At the end of the run all meet and are looked at.  What was done adds up in a file, so
that the soak can be stopped and gone on with at any time.
"""

from __future__ import annotations

import json
import os
import random
import select
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

from tests.soak import meeting, rules
from tests.soak.book import Book, read_events
from tests.soak.faults import POINTS, stores_counted
from tests.soak.world import World

STRETCHES = 24
"""Processes in a run."""
STEPS = 14
"""Rules in a stretch, if it lives so long."""

BAD, GOOD = 3, 0


class Failure(Exception):
    """A run that ended with something untrue; ``book`` has its trace."""

    def __init__(self, seed: int, book: Book, told: str) -> None:
        super().__init__(told)
        self.seed = seed
        self.book = book
        self.told = told


def work(folder: Path, book: Book, pipe: int, seed: int, ending: bool) -> int:
    """A stretch of a run, in a process of its own; what it does is told down the pipe."""
    book.pipe = pipe
    chance = random.Random(seed)
    with stores_counted():
        if chance.random() < 0.55 and not ending:
            POINTS.really = True
            POINTS.left = int(10 ** chance.uniform(1, 4))
        try:
            world = World(folder, book)
            if ending:
                meeting.the_end(world, chance)
            else:
                for _ in range(STEPS):
                    rules.happen(world, *rules.draw(chance))
            POINTS.left = None
            world.close()
        except BaseException:
            told = traceback.format_exc()
            book.tell("failed", told)
            return BAD
    return GOOD


def stretch(folder: Path, book: Book, seed: int, ending: bool) -> None:
    """Has one stretch worked, kills it perhaps, and writes down what it told."""
    chance = random.Random(f"{seed}/outside")
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        code = BAD
        try:
            os.close(reading)
            code = work(folder, book, writing, seed, ending)
        finally:
            os._exit(code)
    os.close(writing)
    deadline = time.monotonic() + chance.expovariate(2.5) if chance.random() < 0.4 and not ending else None
    data = bytearray()
    while True:
        left = None if deadline is None else max(deadline - time.monotonic(), 0)
        ready, _, _ = select.select([reading], [], [], left)
        if not ready:
            os.kill(child, signal.SIGKILL)
            deadline = None
            continue
        piece = os.read(reading, 1 << 16)
        if not piece:
            break
        data += piece
    os.close(reading)
    _, status = os.waitpid(child, 0)
    for what, details in read_events(bytes(data)):
        book.tell(what, *details)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL, status
        book.tell("did", "killed", 0)
    elif os.WEXITSTATUS(status) != GOOD:
        raise Failure(seed, book, book.failure or f"exit {os.WEXITSTATUS(status)}")


def run(seed: int, room: Path, stretches: int = STRETCHES) -> Book:
    """One run from a seed; ``Failure`` when something did not hold."""
    folder = Path(tempfile.mkdtemp(prefix="soak-", dir=room))
    book = Book()
    try:
        chance = random.Random(seed)
        World.make(folder / str(seed), book, chance)
        for number in range(stretches):
            stretch(folder / str(seed), book, chance.getrandbits(48), ending=number == stretches - 1)
    except Failure as failure:
        raise Failure(seed, book, failure.told) from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return book


class Tally:
    """What all runs so far add up to, in a JSON file."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.runs = 0
        self.next_seed = 1
        self.seconds = 0.0
        self.counts: Counter[str] = Counter()
        self.failures: list[dict[str, object]] = []
        if file.exists():
            said = json.loads(file.read_text("utf-8"))
            self.runs, self.next_seed, self.seconds = said["runs"], said["next_seed"], said["seconds"]
            self.counts.update(said["counts"])
            self.failures = said["failures"]

    def keep(self) -> None:
        """Writes the file whole or not at all."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        new = self.file.with_suffix(".new")
        said = {
            "runs": self.runs,
            "next_seed": self.next_seed,
            "seconds": round(self.seconds, 1),
            "counts": dict(sorted(self.counts.items())),
            "failures": self.failures,
        }
        new.write_text(json.dumps(said, ensure_ascii=False, indent=1), encoding="utf-8")
        new.replace(self.file)

    def line(self) -> str:
        """The figures in one line."""
        return (
            f"runs {self.runs}, seeds 1-{self.next_seed - 1}, operations {self.counts['operations']:,}, "
            f"kills {self.counts['killed']:,}, failures {len(self.failures)}, {self.seconds:,.0f} s"
        )


def soak(tally: Tally, operations: int, seconds: float, room: Path) -> int:
    """Runs until ``operations`` are done in all or ``seconds`` have passed; how many runs failed in it."""
    failed = 0
    until = time.monotonic() + seconds
    while tally.counts["operations"] < operations and time.monotonic() < until:
        started = time.monotonic()
        seed = tally.next_seed
        try:
            tally.counts.update(run(seed, room).counts)
            tally.runs += 1
        except Failure as failure:
            failed += 1
            tally.failures.append({"seed": seed, "told": failure.told[-2000:]})
            trace = " ".join(f"{name}:{number}" for name, number in failure.book.trace)
            print(f"seed {seed} failed\n{failure.told}\ntrace: {trace}", file=sys.stderr, flush=True)
        tally.next_seed += 1
        tally.seconds += time.monotonic() - started
        tally.keep()
        if tally.next_seed % 20 == 1:
            print(tally.line(), flush=True)
    print(tally.line(), flush=True)
    return failed
