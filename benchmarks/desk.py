"""The desk beside the bare minimum, side by side in one run: ``python -m benchmarks.desk``.

    python -m benchmarks.desk [--households 20000] [--residents 100000] [--visits 100000] [--rounds 5]

Start and memory against a bare PySide6 window, a save against a bare encrypted commit of the same bytes,
search per keystroke, a week's figures against a bare indexed scan of that week, page switches.  Every figure
that has a bare counterpart is a ratio within this run; the machine's load stands beside it.
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
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from benchmarks.big_hamlet import BigHamlet
from ntmdesk.domain.text import fold
from ntmdesk.services import home as home_page
from ntmdesk.services import unlocking, visits, weekly_log
from ntmdesk.services.clock import today
from ntmdesk.services.surroundings import surroundings
from ntmdesk.store import sqlcipher
from ntmdesk.store.database import Store
from ntmdesk.store.surroundings import Author

ROOT = Path(__file__).resolve().parents[1]
PASSPHRASE = "một câu chỉ dùng để đo"  # noqa: S105 - of an invented person


def load() -> str:
    """The machine's load now."""
    return f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors"


def spread(seconds: Iterable[float]) -> str:
    """Median, 95th percentile and maximum in ms."""
    ms = sorted(s * 1000 for s in seconds)
    at_95 = ms[min(len(ms) - 1, int(len(ms) * 0.95))]
    return f"median {statistics.median(ms):.2f} ms, p95 {at_95:.2f}, max {ms[-1]:.2f}"


def tell(what: str, text: str) -> None:
    """One line."""
    print(f"| {what} | {text} | {load()} |", flush=True)


def clocked(work: Callable[[], object]) -> float:
    """Seconds of wall clock."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def started(what: str, home: Path | None = None) -> dict[str, Any]:
    """One start of a window in its own process."""
    words = [sys.executable, "-m", "benchmarks.desk_start", what, *([str(home)] if home else [])]
    environment = {
        **os.environ,
        "QT_QPA_PLATFORM": "offscreen",
        "BENCH_PASSPHRASE": PASSPHRASE,
        "BENCH_STARTED": str(time.time()),
        "PYTHONPYCACHEPREFIX": str(Path(tempfile.gettempdir()) / "ntmdesk-bench-pycache"),
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed program has its bytecode
    done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode or not done.stdout:
        raise SystemExit(f"{what}: exit {done.returncode}\n{done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def starts(home: Path, rounds: int) -> None:
    """Warm starts in turn: bare window, unlock screen, open desk; memory; page switches of the last."""
    started("bare")
    started("desk", home)
    bare, gates, desks = [], [], []
    for _ in range(rounds):
        bare.append(started("bare"))
        gates.append(started("gate", home))
        desks.append(started("desk", home))

    def ratio(ours: list[float]) -> str:
        each = [o / b["ready_s"] for o, b in zip(ours, bare, strict=True)]
        seconds, times = statistics.median(ours), statistics.median(each)
        return f"{seconds:.2f} s, {times:.2f} x bare ({min(each):.2f}-{max(each):.2f})"

    tell("bare window takes typing", f"{statistics.median(b['ready_s'] for b in bare):.2f} s")
    tell("unlock screen takes typing", ratio([g["ready_s"] for g in gates]))
    tell("desk takes typing, less derivation", ratio([d["ready_s"] - d["derivation_s"] for d in desks]))
    tell("home page complete, less derivation", ratio([d["settled_s"] - d["derivation_s"] for d in desks]))
    tell("key derivation", f"{statistics.median(d['derivation_s'] for d in desks):.2f} s")
    tell(
        "memory idle, MB",
        f"desk {statistics.median(d['memory_mb'] for d in desks):.0f}, all pages opened "
        f"{statistics.median(d['memory_all_pages_mb'] for d in desks):.0f}, unlock screen "
        f"{statistics.median(g['memory_mb'] for g in gates):.0f}, bare "
        f"{statistics.median(b['memory_mb'] for b in bare):.0f}",
    )
    tell("page switch, drawn", spread(s for d in desks for s in d["shown_s"]))
    tell("page switch, figures there", spread(s for d in desks for s in d["settled_page_s"]))
    slowest = sorted(desks[-1]["first_page_s"].items(), key=lambda pair: -pair[1])
    tell("page opened first time", ", ".join(f"{place} {s * 1000:.0f} ms" for place, s in slowest))


def saves(store: Store, author: Author, hamlet: BigHamlet, count: int = 60) -> None:
    """A visit with three services, durable, in turn with a bare encrypted commit of the same bytes."""
    path = store.home / "bare.db"
    bare = sqlcipher.connect(path, store.key, create=True)
    sqlcipher.set_up(bare)
    bare.execute("CREATE TABLE saved(id TEXT PRIMARY KEY, body BLOB)")
    ours: list[float] = []
    least: list[float] = []
    with store.look(author) as uow:
        on = today(uow)
    for _ in range(count):
        draft = visits.VisitDraft(hamlet.values_of_a_visit(on))
        made: list[str] = []

        def save(draft: visits.VisitDraft = draft, made: list[str] = made) -> None:
            with store.begin(author) as uow:
                made.append(visits.record(uow, draft).visit)

        ours.append(clocked(save))
        image = store.db.execute("SELECT cells FROM record WHERE id=?", (made[0],)).fetchone()[0].encode()

        def commit(id: str = made[0], image: bytes = image) -> None:
            bare.execute("BEGIN IMMEDIATE")
            bare.execute("INSERT INTO saved VALUES(?,?)", (id, image))
            bare.execute("COMMIT")

        least.append(clocked(commit))
    bare.close()
    each = statistics.median(ours) / statistics.median(least)
    tell("bare encrypted commit", spread(least))
    tell("save of a visit, 3 services", f"{spread(ours)}; {each:.2f} x bare")


def searches(store: Store, author: Author, hamlet: BigHamlet, people: int = 40) -> None:
    """Every keystroke of names, with marks and without, and of the tails of telephones."""
    typed: list[str] = []
    for name in hamlet.chance.sample(hamlet.names, people):
        text = name if len(typed) % 2 else fold(name)
        typed += [text[: n + 1] for n in range(len(text)) if not text[n].isspace()]
    typed += [f"{hamlet.chance.randrange(10**4):04}"[: n + 1] for _ in range(people) for n in range(4)]
    took = []
    for text in typed:
        with store.look(author) as uow:
            took.append((clocked(lambda: uow.search.people(text, 12)), text))  # noqa: B023
    tell(f"search, {len(typed)} keystrokes", spread(s for s, _ in took))
    worst = sorted(took, reverse=True)[:3]
    tell("slowest", ", ".join(f"{text!r} {s * 1000:.1f} ms" for s, text in worst))


def figures(store: Store, author: Author) -> None:
    """This week's log against one bare indexed scan of the week's visits."""
    ours: list[float] = []
    least: list[float] = []
    for _ in range(4):
        with store.look(author) as uow:
            week = weekly_log.week_of(uow)
            scan = "SELECT shown FROM record WHERE kind='support_visit' AND day BETWEEN ? AND ?"
            span = (week.start.isoformat(), week.end.isoformat())
            least.append(clocked(lambda: uow.db.execute(scan, span).fetchall()))  # noqa: B023
            ours.append(clocked(lambda: weekly_log.show(uow, week)))  # noqa: B023
    tell("bare scan of the week", spread(least))
    tell("weekly log, the first time", f"{ours[0] * 1000:.0f} ms, {ours[0] / least[0]:.1f} x its scan")
    again = statistics.median(ours[1:]) / statistics.median(least[1:])
    tell("weekly log, again", f"{spread(ours[1:])}; {again:.1f} x bare")
    with store.look(author) as uow:
        took = clocked(lambda: home_page.today_page(uow))
        tell("home page's figures", f"{took * 1000:.0f} ms, {took / statistics.median(least):.1f} x the scan")


def main() -> None:
    """Fills a store in a temporary folder, measures, prints a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--households", type=int, default=20_000)
    parser.add_argument("--residents", type=int, default=100_000)
    parser.add_argument("--visits", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ntmdesk-desk-") as folder:
        home = Path(folder)
        made = unlocking.create(home, PASSPHRASE, "Nguyễn Thị Đo", surroundings(home))
        store, author, hamlet = made.store, made.author, BigHamlet()
        seconds = clocked(
            lambda: hamlet.fill(store, author, options.households, options.residents, options.visits)
        )
        store.db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        print("| what | figure | machine |\n|---|---|---|")
        count = options.households + options.residents + options.visits
        tell("filled", f"{count} records in {seconds:.0f} s, {store.path.stat().st_size / 2**20:.0f} MiB")
        figures(store, author)
        saves(store, author, hamlet)
        searches(store, author, hamlet)
        store.close()
        starts(home, options.rounds)


if __name__ == "__main__":
    main()
