"""Pictures of every page of an open desk, for showing and for looking at."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QApplication

from ntmdesk.ui import theme
from ntmdesk.ui.desktop import Desktop

SIZE = (1366, 768)
PLACES = ("home", "people", "visit", "vneid", "training", "records", "weekly_log", "syncing", "settings")
PATIENCE_S = 20.0
"""How long one page may load before its picture is taken as it stands."""


def save_pictures(desk: Desktop, out: Path, size: tuple[int, int] = SIZE) -> list[Path]:
    """Save ``01-home-light.png`` … ``09-settings-dark.png``; the files in order.  OSError when one fails."""
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        raise RuntimeError("no application")
    out.mkdir(parents=True, exist_ok=True)
    desk.window.resize(*size)
    desk.window.show()
    made = []
    shown = [place for place in PLACES if desk.window.has_place(place)]
    for mode in ("light", "dark"):
        if mode != theme.mode():
            desk.rebuild(desk.settings, partial(theme.apply, app, mode, theme.scale()))
            desk.window.resize(*size)
        for number, place in enumerate(shown, start=1):
            desk.window.open_place(place)
            _settle(app, desk)
            path = out / f"{number:02d}-{place.replace('_', '-')}-{mode}.png"
            if not desk.window.grab().save(str(path)):
                raise OSError(path)
            made.append(path)
    return sorted(made)


def _settle(app: QApplication, desk: Desktop) -> None:
    """Let what the page asked for arrive and be drawn."""
    until = time.monotonic() + PATIENCE_S
    quiet = 0
    while quiet < 5 and time.monotonic() < until:
        app.processEvents()
        quiet = 0 if desk.jobs.working or desk.line.working else quiet + 1
        time.sleep(0.01)
