"""``demo``: the main job from start to end on a simulated hamlet, shown step by step."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ntmdesk.cli.answer import Answer
from ntmdesk.cli.desk import Desk

if TYPE_CHECKING:
    from ntmdesk.cli.verbs import Verbs


def register(verbs: Verbs) -> None:
    """Adds ``demo``."""
    parser = verbs.add(
        "demo",
        run,
        needs="nothing",
        help=("làm thử trọn việc chính với một thôn mô phỏng", "play the main job on a simulated hamlet"),
    )
    parser.add_argument("--out", metavar="DIR", default="demo-out")
    parser.add_argument("--no-window", action="store_true")


def run(desk: Desk, options: argparse.Namespace) -> Answer:
    """Plays the demo into ``--out``; without a display or window, pictures of the window are saved."""
    from datetime import UTC, datetime

    from ntmdesk.demo.play import has_display, play
    from ntmdesk.domain.dates import local_date

    window = has_display() and not options.no_window
    today = local_date(datetime.now(UTC))
    return Answer(play(Path(options.out).resolve(), today, desk.language, desk.json, window))
