"""How long the window stands still while a sync of many records runs: ``python -m benchmarks.desk_sync``.

    python -m benchmarks.desk_sync [--n 10000] [--rounds 3]

Two laptops and a real server: the first sends its records from an open window, the second takes them in with
one.  A timer of the window's own thread ticks each millisecond; the time between two ticks is what a person
at the keyboard waits, the processor time of that thread between two ticks what no other program lengthens.
Beside it stands the same timer in the same window at rest, and in a bare window: what the machine does to
anybody.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path
from typing import Any

from benchmarks.desk import PASSPHRASE, load
from benchmarks.desk_start import program, settle

ROOT = Path(__file__).resolve().parents[1]
AFTER_SECONDS = 2.0
"""Watched on after the end of a sync: the pages look again then."""
AT_ONCE = 500


class Heartbeat:
    """Seconds between ticks of a timer of this thread: by the clock, and of the thread's own work."""

    def __init__(self) -> None:
        from PySide6.QtCore import Qt, QTimer

        self.gaps: list[tuple[float, float]] = []
        self._last = self._worked = 0.0
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)

    def watch(self, qt: Any, done: Any, limit: float) -> list[tuple[float, float]]:
        """Runs the window until ``done()`` or so many seconds are over; the gaps of that time."""
        self.gaps, self._last, self._worked = [], time.perf_counter(), time.thread_time()
        until = self._last + limit
        self._timer.start(1)
        while not done() and time.perf_counter() < until:
            qt.processEvents()
            time.sleep(0.0002)
        self._timer.stop()
        return self.gaps

    def _tick(self) -> None:
        now, worked = time.perf_counter(), time.thread_time()
        self.gaps.append((now - self._last, worked - self._worked))
        self._last, self._worked = now, worked


def bare() -> dict[str, Any]:
    """The least window, at rest."""
    from PySide6.QtWidgets import QApplication, QMainWindow

    qt = QApplication(["bare"])
    window = QMainWindow()
    window.show()
    return {"rest": told(Heartbeat().watch(qt, lambda: False, 2.0))}


def desk(home: str, place: str) -> dict[str, Any]:
    """An open desk at one of its pages: at rest, then through one sync and a little longer."""
    qt, app = program(home)
    app.start(PASSPHRASE, None)
    while app.desktop is None:
        qt.processEvents()
        time.sleep(0.001)
    desktop = app.desktop
    desktop.window.open_place(place)
    settle(qt, desktop)
    beat = Heartbeat()
    rest = beat.watch(qt, lambda: False, 2.0)
    started = time.perf_counter()
    ended: list[float] = []

    def over() -> bool:
        if not desktop.line.working and not ended and time.perf_counter() - started > 0.05:
            ended.append(time.perf_counter())
        return bool(ended) and time.perf_counter() - ended[0] > AFTER_SECONDS

    desktop.sync_quietly()
    busy = beat.watch(qt, over, 300.0)
    app.end()
    return {"rest": told(rest), "sync": told(busy), "seconds": ended[0] - started}


def told(gaps: list[tuple[float, float]]) -> dict[str, float]:
    """In ms."""
    ms = sorted(gap * 1000 for gap, _ in gaps)
    return {
        "p99": ms[int(len(ms) * 0.99)],
        "max": ms[-1],
        "own": max(own for _, own in gaps) * 1000,
        "over_16": float(sum(gap > 16 for gap in ms)),
    }


def child(*words: str) -> dict[str, Any]:
    """One window in its own process."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.desk_sync", "--window", *words],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode or not done.stdout:
        raise SystemExit(f"{words}: exit {done.returncode}\n{done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def laptop(home: Path, url: str, code: str, records: int) -> None:
    """A store with so many households of invented people, joined to the team."""
    from ntmdesk.services import enrolling, unlocking
    from ntmdesk.services.surroundings import surroundings
    from ntmdesk.system.paths import find_paths

    paths = find_paths(str(home))
    made = unlocking.create(paths.home, PASSPHRASE, "Nguyễn Thị Đo", surroundings(paths.home))
    enrolling.enrol(made.store, made.author, url, code)
    for start in range(0, records, AT_ONCE):
        with made.store.begin(made.author) as uow:
            for number in range(start, min(records, start + AT_ONCE)):
                values = {"head_name": f"Trần Văn Số {number}", "code": f"beef-{number:05}", "members_n": 4}
                uow.records.add("household", values, id=str(uuid.uuid4()))
    made.store.close()


def one_round(folder: Path, n: int, place: str) -> dict[str, dict[str, Any]]:
    """A fresh server and two fresh laptops: one sends, one takes in."""
    from tests.together.server import RealServer

    server = RealServer(folder)
    server.team_add("T01")
    codes = [server.invite("T01", "volunteer")["code"].partition(".")[0] for _ in range(2)]
    server.start()
    try:
        laptop(folder / "sends", server.url, codes[0], n)
        laptop(folder / "takes", server.url, codes[1], 0)
        return {
            "bare": child("bare"),
            "sends": child("desk", str(folder / "sends"), place),
            "takes in": child("desk", str(folder / "takes"), place),
        }
    finally:
        server.stop()


def main() -> None:
    """Prints a table of medians over the rounds."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--n", type=int, default=10_000, help="households (10000)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--place", default="people", help="the page that stands open (people)")
    parser.add_argument("--window", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.window:
        what, *words = options.window
        print(json.dumps(bare() if what == "bare" else desk(*words)), flush=True)
        os._exit(0)
    rounds = []
    for _ in range(options.rounds):
        with tempfile.TemporaryDirectory(prefix="ntmdesk-desk-sync-") as folder:
            rounds.append(one_round(Path(folder), options.n, options.place))
    print(f"{options.n} households, page {options.place}, {load()}; each a median (greatest) of the rounds")
    print(
        "| | p99 ms | longest ms | most own work ms | gaps over 16 ms | sync s |\n|---|---|---|---|---|---|"
    )
    for who in ("bare", "sends", "takes in"):
        for when in ("rest", "sync") if who != "bare" else ("rest",):
            each = [turn[who][when] for turn in rounds]
            cells = [
                f"{statistics.median(e[key] for e in each):.1f} ({max(e[key] for e in each):.1f})"
                for key in ("p99", "max", "own", "over_16")
            ]
            seconds = f"{statistics.median(t[who]['seconds'] for t in rounds):.1f}" if when == "sync" else ""
            print(f"| {who}, {when} | {' | '.join(cells)} | {seconds} |")


if __name__ == "__main__":
    main()
