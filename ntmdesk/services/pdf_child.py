"""PDF by way of a child process, so that the process that asks never holds Qt."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from ntmdesk.errors import EnvironmentProblem
from ntmdesk.services.documents import Document, to_json
from ntmdesk.system.whole_files import told

PATIENCE = 120.0
"""Seconds after which a child that does not answer is ended."""


def command(out: Path) -> list[str]:
    """How the child is started; a frozen program starts itself with the same arguments."""
    return [sys.executable, "-m", "ntmdesk.ui.paper", str(out)]


def pdf_bytes(document: Document, patience: float = PATIENCE) -> bytes:
    """The document laid out as PDF.  EnvironmentProblem ``paper_failed`` when the child fails or hangs,
    ``disk_full`` or ``read_only`` when there is no room for its file."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONWARNINGS": "ignore"}
    try:
        with tempfile.TemporaryDirectory(prefix="ntmdesk-paper-") as folder:
            out = Path(folder) / "paper.pdf"
            try:
                done = subprocess.run(  # noqa: S603
                    command(out),
                    input=to_json(document),
                    capture_output=True,
                    env=environment,
                    timeout=patience,
                    check=False,
                    creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
                )
            except subprocess.TimeoutExpired as slow:
                raise EnvironmentProblem("paper_failed", reason="timeout") from slow
            if done.returncode != 0 or not out.exists():
                last = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
                raise EnvironmentProblem("paper_failed", exit=done.returncode, reason="".join(last)[:200])
            return out.read_bytes()
    except OSError as problem:
        raise told(problem, Path(tempfile.gettempdir()), folder=True) from problem
