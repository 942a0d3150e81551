"""One start of a window in its own process: ``python -m benchmarks.desk_start bare|gate|desk [HOME]``.

Prints one JSON line: seconds since the starter spawned it (``BENCH_STARTED``, seconds since 1970) until the
window takes typing, of these the key derivation, memory afterwards, and for ``desk`` the page switches.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

ROUNDS = 6
"""How often every page is opened; the first time counts apart."""


def memory_mb() -> float:
    """What the process holds now."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


def since_start() -> float:
    """Seconds since the starter let this process go."""
    return time.time() - float(os.environ["BENCH_STARTED"])


def bare() -> dict[str, Any]:
    """The least window: one line to type into."""
    from PySide6.QtWidgets import QApplication, QLineEdit, QMainWindow

    app = QApplication(["bare"])
    window = QMainWindow()
    field = QLineEdit()
    window.setCentralWidget(field)
    window.show()
    field.setFocus()
    app.processEvents()
    ready = since_start()
    rest(app, 0.5)
    return {"ready_s": ready, "memory_mb": memory_mb()}


def rest(app: Any, seconds: float) -> None:
    """Lets the window do what it does by itself."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        app.processEvents()
        time.sleep(0.01)


def gate(home: str) -> dict[str, Any]:
    """Until the unlock screen takes typing."""
    qt, app = program(home)
    app.start(None, None)
    qt.processEvents()
    ready = since_start()
    rest(qt, 0.5)
    app.end()
    return {"ready_s": ready, "memory_mb": memory_mb()}


def desk(home: str) -> dict[str, Any]:
    """Until the open desk's home page stands, then every page a few times."""
    from ntmdesk.store.vault import Vault

    derived = [0.0]
    opening = Vault.open

    def timed_opening(self: Vault, *words: Any) -> Any:
        started = time.perf_counter()
        try:
            return opening(self, *words)
        finally:
            derived[0] = time.perf_counter() - started

    Vault.open = timed_opening  # type: ignore[method-assign]
    qt, app = program(home)
    app.start(os.environ["BENCH_PASSPHRASE"], None)
    while app.desktop is None:
        qt.processEvents()
        time.sleep(0.001)
    qt.processEvents()
    window = since_start()
    settle(qt, app.desktop)
    settled = since_start()
    rest(qt, 1.0)
    idle = memory_mb()
    from ntmdesk.ui.page_pictures import PLACES

    places = [place for place in PLACES if app.desktop.window.has_place(place)]
    first: dict[str, float] = {}
    again: list[float] = []
    shown: list[float] = []
    for turn in range(ROUNDS):
        for place in places:
            started = time.perf_counter()
            app.desktop.window.open_place(place)
            qt.processEvents()
            drawn = time.perf_counter() - started
            settle(qt, app.desktop)
            took = time.perf_counter() - started
            if turn == 0:
                first[place] = took
            else:
                shown.append(drawn)
                again.append(took)
    after = memory_mb()
    app.end()
    return {
        "ready_s": window,
        "settled_s": settled,
        "derivation_s": derived[0],
        "memory_mb": idle,
        "memory_all_pages_mb": after,
        "first_page_s": first,
        "shown_s": shown,
        "settled_page_s": again,
    }


def program(home: str) -> tuple[Any, Any]:
    """The window's parts as ``ntmdesk.app`` puts them together."""
    from ntmdesk.app import App
    from ntmdesk.services.surroundings import surroundings
    from ntmdesk.system.paths import find_paths
    from ntmdesk.system.settings import load_settings
    from ntmdesk.ui.application import make_application

    paths = find_paths(home)
    settings = load_settings(paths.settings).settings
    qt = make_application(("ntmdesk",), settings.language, settings.theme, settings.text_size / 100)
    return qt, App(paths, settings, lambda: surroundings(paths.home))


def settle(qt: Any, desktop: Any) -> None:
    """Until nothing is asked for any more and everything that came is drawn."""
    quiet = 0
    until = time.monotonic() + 60
    while quiet < 2 and time.monotonic() < until:
        qt.processEvents()
        quiet = 0 if desktop.jobs.working or desktop.line.working else quiet + 1
        time.sleep(0.001)


if __name__ == "__main__":
    what, *rest_of_it = sys.argv[1:]
    found = bare() if what == "bare" else gate(*rest_of_it) if what == "gate" else desk(*rest_of_it)
    print(json.dumps(found), flush=True)
    os._exit(0)
