"""Our sync beside its peers and the limits of the machine, interleaved in one run.

    python benchmarks/sync.py --n 10000 --rounds 3         floor and ours in turn
    python benchmarks/sync.py --only floor,ntmdesk,anki,changeset,geodiff,pouchdb --limits
    python benchmarks/sync.py --n 1000 --only floor,ntmdesk,kinto
    python benchmarks/sync.py --only floor-pg,ntmdesk-pg
    python benchmarks/sync.py --wire --n 10000      bytes a record through a counting proxy (not timed)
    python benchmarks/sync.py --slow                500 records over 64 kbit/s with resets, three seeds

The floor (``peers/peer_floor.py``) is the least a row sync in Python can do: no login, check, history or
encryption.  Every figure stands as a ratio to the floor of its own round; bare records a second of
another run say nothing.  On a busy machine read the ratios of processor time.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from drivers import DRIVERS, Environment, Result, drive, environment, limits

LIMITS = {
    "sqlite_full": "{:.0f}",
    "sqlite_full_tx500": "{:.0f}",
    "pg_copy": "{:.0f}",
    "http_post_500": "{:.0f}",
    "http_rtt_ms": "{:.2f}",
}
"""Of ``peers/limits.py``, records a second: one durable transaction, one for each 500; PostgreSQL's COPY;
posts of 500 alone; and milliseconds of one post and its answer."""


def middle(values: list[float], shape: str = "{:.2f}") -> str:
    """Median with the least and the greatest."""
    text = shape.format(statistics.median(values))
    if len(values) == 1:
        return text
    return f"{text} ({shape.format(min(values))}-{shape.format(max(values))})"


def timed(within: Environment, names: list[str], n: int, rounds: int, with_limits: bool) -> None:
    """Rounds of every driver in turn; prints a table of medians and of ratios to the round's floor."""
    rows: dict[str, list[Result]] = defaultdict(list)
    bounds: list[Result] = []
    for turn in range(rounds):
        if with_limits:
            bounds.append(limits(within, n))
        for name in names:
            rows[name].append(drive(within, name, n, "time"))
            print(f"round {turn + 1}: {name}, load {rows[name][-1]['load']:.1f}", file=sys.stderr)
    floor = rows.get("floor") or rows[names[0]]
    print(f"\n{n} records, {rounds} rounds, {os.cpu_count()} processors; median (least-greatest)\n")
    print(
        "| | push rec/s | x floor | processor x | pull rec/s | x floor | processor x | no-change ms "
        "| client MB peak (above idle) | server MB peak (above idle) | load |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for name in names:
        cells = []
        for step in ("push", "pull"):
            cells.append(middle([n / r[step]["s"] for r in rows[name]], "{:.0f}"))
            pairs = list(zip(floor, rows[name], strict=True))
            cells.append(middle([f[step]["s"] / r[step]["s"] for f, r in pairs]))
            told = all("cpu_s" in r[step] for r in rows[name])
            cells.append(middle([effort(r[step]) / effort(f[step]) for f, r in pairs]) if told else "")
        cells.append(middle([r["noop"]["s"] * 1000 for r in rows[name]], "{:.1f}"))
        cells.append(
            memory(
                [max(r[s]["rss_mb"] for s in ("push", "pull")) for r in rows[name]],
                [min(r[s].get("idle_mb", 0) for s in ("push", "pull")) for r in rows[name]],
            )
        )
        cells.append(
            memory(
                [r["server_mb"]["app"] for r in rows[name]],
                [r["server_mb"].get("idle", 0) for r in rows[name]],
            )
        )
        cells.append(middle([r["load"] for r in rows[name]], "{:.1f}"))
        print(f"| {name} | " + " | ".join(cells) + " |")
    for what, shape in LIMITS.items() if bounds else ():
        print(f"\n{what}: {middle([bound[what] for bound in bounds], shape)}", end="")
    print()


def effort(step: Result) -> float:
    """Processor seconds of both ends together."""
    return float(step["cpu_s"] + step["server_cpu_s"])


def memory(peaks: list[float], idle: list[float]) -> str:
    """``peak (+ above idle)``."""
    peak = statistics.median(peaks)
    before = statistics.median(idle)
    return f"{peak:.0f} (+{peak - before:.0f})" if before else f"{peak:.0f}"


def wired(within: Environment, names: list[str], n: int) -> None:
    """Bytes on the wire, HTTP heads included, both directions; also of one changed record, sent alone."""
    print(f"\n{n} records through a counting proxy, HTTP heads included\n")
    print(
        "| | push B/rec | of it answers | pull B/rec | no-change bytes, each of 15 | connections "
        "| one changed record (up + down) | one changed household |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for name in names:
        r = drive(within, name, n, "wire")
        push, pull, noop = (r[s]["wire"] for s in ("push", "pull", "noop"))
        each = (noop["up"] + noop["down"]) / r["noop"]["times"]
        print(
            f"| {name} | {(push['up'] + push['down']) / n:.1f} | {push['down'] / n:.1f} "
            f"| {(pull['up'] + pull['down']) / n:.1f} | {each:.0f} | {push['connections']} "
            f"| {each_of(r, 'change')} | {each_of(r, 'household')} |"
        )


def each_of(result: Result, step: str) -> str:
    """Bytes of one exchange of a step, with both directions; "" for a driver that does not play it."""
    if step not in result:
        return ""
    up, down = (result[step]["wire"][way] / result[step]["times"] for way in ("up", "down"))
    return f"{up + down:.0f} ({up:.0f} + {down:.0f})"


def slowed(within: Environment, names: list[str]) -> None:
    """500 records over a slow, breaking line; three seeds of the same breaks for each."""
    print("\n500 records, 64 kbit/s each way, 400 ms round trip, every connection reset about each 12 s\n")
    print("| | push s, three seeds | median | worst | pull s, median | bytes sent x raw |")
    print("|---|---|---|---|---|---|")
    for name in names:
        runs = [drive(within, name, 500, "slow", seed) for seed in (1, 2, 3)]
        pushes = [r["push"].get("s", float("inf")) for r in runs]
        pulls = [r["pull"].get("s", float("inf")) for r in runs]
        sent = statistics.median(r["push"]["wire"]["up"] / 500 for r in runs)
        print(
            f"| {name} | {', '.join(f'{s:.1f}' for s in pushes)} | {statistics.median(pushes):.1f} "
            f"| {max(pushes):.1f} | {statistics.median(pulls):.1f} | {sent:.0f} B/rec |"
        )


def main() -> None:
    """Reads the command line and prints the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--n", type=int, default=10_000, help="records (10000)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="floor,ntmdesk", help=f"of {', '.join(DRIVERS)}")
    parser.add_argument("--limits", action="store_true", help="the machine's own limits in each round too")
    parser.add_argument("--wire", action="store_true")
    parser.add_argument("--slow", action="store_true")
    options = parser.parse_args()
    names = options.only.split(",")
    with tempfile.TemporaryDirectory(prefix="ntmdesk-bench-") as folder:
        within = environment(Path(folder), names)
        if options.wire:
            wired(within, names, options.n)
        elif options.slow:
            slowed(within, names)
        else:
            timed(within, names, options.n, options.rounds, options.limits)


if __name__ == "__main__":
    main()
