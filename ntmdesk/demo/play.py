"""Plays the whole demo into a folder: the story, then the leader's window or pictures of it."""

from __future__ import annotations

import os
import platform
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from types import FrameType
from typing import Any

from ntmdesk.demo.processes import Children, Laptop, Verb
from ntmdesk.demo.story import Story, Told
from ntmdesk.demo.telling import Teller
from ntmdesk.errors import AppError, EnvironmentProblem

OWNED = ("server", "laptops", "lists", "pictures")


def play(out: Path, today: date, language: str, silent: bool, window: bool) -> dict[str, Any]:
    """Runs the demo and returns ``{"steps": [...], "files": [...]}``.

    What an earlier demo left in ``out`` is cleared away first; other files there are left alone.
    Raises AppError with the failing verb's own code.  Leaves no process behind, however it ends.
    """
    _clear(out)
    steps: list[dict[str, Any]] = []
    with _told_to_stop(), Children() as children:
        story = Story(children, out, today)
        teller = Teller(language, story.chapters + 1, silent)
        try:
            for told in story.tell():
                steps.append({"step": told.name, **told.facts})
                teller.tell(told)
            last = _window(story.leader, children) if window else _pictures(story.leader, out, children)
        except Verb as problem:
            raise AppError(problem.code, **problem.details) from None
        steps.append({"step": last.name, **last.facts})
        teller.tell(last)
        files = [*story.files, *sorted((out / "pictures").glob("*.png"))]
        teller.say("files", folder=out)
        teller.list([str(f.relative_to(out)) for f in files])
    return {"steps": steps, "files": [str(f) for f in files]}


def has_display() -> bool:
    """Whether a window can be opened here."""
    unix_without_one = os.name == "posix" and platform.system() != "Darwin"
    return not unix_without_one or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _clear(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name in OWNED:
            shutil.rmtree(out / name, ignore_errors=True)
        for old in (*out.glob("nhat-ky-tuan-*.docx"), *out.glob("nhat-ky-tuan-*.pdf")):
            old.unlink()
    except OSError as problem:
        raise EnvironmentProblem("read_only", path=str(out)) from problem


@contextmanager
def _told_to_stop() -> Iterator[None]:
    """Being asked to end in any way (Ctrl+C, SIGTERM, a closed terminal) unwinds, so that children are ended.

    Ctrl+C too is asked for by name: a program started in the background of a script inherits it ignored.
    """

    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    numbers = [n for n in (signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", None)) if n is not None]
    before = [signal.signal(n, stop) for n in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def _window(leader: Laptop, children: Children) -> Told:
    child = _open(leader, children, [], {})
    _, said = child.communicate()
    if child.returncode:
        raise Verb("failed", {"said": said[-800:]})
    return Told("window")


def _pictures(leader: Laptop, out: Path, children: Children) -> Told:
    folder = out / "pictures"
    folder.mkdir(exist_ok=True)
    child = _open(leader, children, ["--pictures", str(folder)], {"QT_QPA_PLATFORM": "offscreen"})
    _, said = child.communicate()
    made = sorted(folder.glob("*.png"))
    if child.returncode or not made:
        raise Verb("failed", {"said": said[-800:]})
    return Told("pictures", {"count": len(made)})


def _open(
    leader: Laptop, children: Children, words: list[str], more: dict[str, str]
) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "ntmdesk.app", "--home", str(leader.home), *words]
    return children.start(command, {"NTMDESK_PASSPHRASE": leader.passphrase, **more})
