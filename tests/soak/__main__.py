"""``python -m tests.soak``: goes on with the soak.

``--seed N`` does one run again, ``--trace "..."`` plays and shortens what a failed run did.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.soak.driver import Failure, Tally, run, soak
from tests.soak.shrinking import shortened

ROOM = Path("/dev/shm")  # noqa: S108  folders of its own are made in it
BUILD = Path(__file__).resolve().parents[2] / "build"


def main() -> int:
    """0 when all held."""
    asked = argparse.ArgumentParser(prog="python -m tests.soak")
    asked.add_argument("--operations", type=int, default=1_000_000, help="in all, earlier ones included")
    asked.add_argument("--seconds", type=float, default=float("inf"))
    asked.add_argument("--tally", type=Path, default=BUILD / "soak.json")
    asked.add_argument("--seed", type=int, help="one run, not counted")
    asked.add_argument("--trace", help="rule:number ..., as a failed run told it; plays it and shortens it")
    options = asked.parse_args()
    room = ROOM if ROOM.is_dir() else BUILD
    room.mkdir(parents=True, exist_ok=True)
    if options.trace:
        steps = [(name, int(number)) for name, _, number in (s.partition(":") for s in options.trace.split())]
        short = shortened(steps, room)
        print(" ".join(f"{name}:{number}" for name, number in short) if short else "holds in one process")
        return bool(short)
    if options.seed is not None:
        try:
            print(dict(run(options.seed, room).counts))
        except Failure as failure:
            print(failure.told, " ".join(f"{n}:{s}" for n, s in failure.book.trace), sep="\n")
            return 1
        return 0
    return 1 if soak(Tally(options.tally), options.operations, options.seconds, room) else 0


if __name__ == "__main__":
    sys.exit(main())
