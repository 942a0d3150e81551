"""Pictures of every page of an open desk, for showing and for looking at."""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QApplication, QWidget

from ntmdesk.store.unit_of_work import UnitOfWork
from ntmdesk.ui import theme
from ntmdesk.ui.desktop import Desktop
from ntmdesk.ui.gate import Gate

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
            if place == "people":
                _open_household(app, desk)
            made.append(_save(desk.window, out / f"{number:02d}-{place.replace('_', '-')}-{mode}.png"))
    return sorted(made)


def save_gates(gates: Mapping[str, Gate], out: Path, size: tuple[int, int] = SIZE) -> list[Path]:
    """Save ``00-unlock.png`` and the like: what stands before the store is open.  OSError when one fails."""
    out.mkdir(parents=True, exist_ok=True)
    made = []
    for name, gate in gates.items():
        gate.resize(*size)
        gate.show()
        QApplication.processEvents()
        made.append(_save(gate, out / f"00-{name}.png"))
        gate.close()
        gate.deleteLater()
    return made


def _save(widget: QWidget, path: Path) -> Path:
    if not widget.grab().save(str(path)):
        raise OSError(path)
    return path


def _open_household(app: QApplication, desk: Desktop) -> None:
    """Open the household that was visited last, with its timeline."""
    found: list[str] = []

    def newest(uow: UnitOfWork) -> list[str]:
        rows = uow.records.list("support_visit", order="-date", limit=20).rows
        return [str(row["household"]) for row in rows if row.get("household")]

    desk.jobs.look(newest, found.extend, owner=desk)
    _settle(app, desk)
    if found:
        desk.window.open_place("people", {"kind": "household", "id": found[0]})
        _settle(app, desk)


def _settle(app: QApplication, desk: Desktop) -> None:
    """Let what the page asked for arrive and be drawn."""
    until = time.monotonic() + PATIENCE_S
    quiet = 0
    while quiet < 5 and time.monotonic() < until:
        app.processEvents()
        quiet = 0 if desk.jobs.working or desk.line.working else quiet + 1
        time.sleep(0.01)
