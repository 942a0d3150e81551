"""The log of this laptop: what happened, in UTC, as ids and counts; never names, numbers or notes.

Files turn over at one megabyte, five are kept.  Values given to a message pass only if they are numbers
or look like an id; an exception is written as its type, its code and the lines it passed, without its text.
"""

from __future__ import annotations

import contextlib
import logging
import re
import time
import traceback
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType

from ntmdesk.system.whole_files import doors

HIDDEN = "…"
_SPOKEN = ("ntmdesk", "sync")
_ID = re.compile(r"[A-Za-z0-9_.:/\-]{1,80}", re.ASCII)
_NUMBER_OF_A_PERSON = re.compile(r"(?<![0-9a-f-])\+?\d{9,12}(?![0-9a-f-])")


def safe(value: object) -> object:
    """The value if it may stand in a log: a number, a truth, nothing, an id or a code; else a mark."""
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        return value if abs(value) < 10**8 else HIDDEN
    text = str(value)
    return text if _ID.fullmatch(text) and not _NUMBER_OF_A_PERSON.search(text) else HIDDEN


class PlainFormatter(logging.Formatter):
    """``2026-11-22T10:47:06Z INFO ntmdesk.services.syncing: sent 12``; one line, an exception below it."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%SZ")
        self.converter = time.gmtime

    def format(self, record: logging.LogRecord) -> str:
        copy = logging.makeLogRecord(record.__dict__)
        copy.msg, copy.args = _said(record), None
        copy.exc_text = None
        copy.stack_info = None
        return super().format(copy)

    def formatException(
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None],
    ) -> str:
        kind, error, trace = ei
        lines = [f"  {Path(at.filename).name}:{at.lineno} {at.name}" for at in traceback.extract_tb(trace)]
        code = safe(getattr(error, "code", "") or "-")
        return "\n".join([*lines, f"  {kind.__name__ if kind else ''} {code}".rstrip(" -")])


def _said(record: logging.LogRecord) -> str:
    message = str(record.msg).replace("\n", " ")
    if not record.args:
        return message
    args = record.args
    try:
        if isinstance(args, dict):
            return message % {key: safe(value) for key, value in args.items()}
        return message % tuple(safe(value) for value in args)
    except (TypeError, ValueError):
        return message  # a hidden text where the message wanted a number


class _Log(RotatingFileHandler):
    """Never in the way of work: a full disk or a file held by another process loses a line, nothing else."""

    def doRollover(self) -> None:
        with contextlib.suppress(OSError):
            super().doRollover()
        if self.stream is None:
            self.stream = self._open()

    def handleError(self, record: logging.LogRecord) -> None:
        del record


def start_logs(folder: Path, level: int = logging.INFO) -> logging.Handler:
    """Begins to write ``ntmdesk.log`` in the folder for this program's own loggers; libraries stay silent.

    Returns the handler, for ``stop_logs``.  EnvironmentProblem ``disk_full`` or ``read_only``.
    """
    with doors(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handler = _Log(
            folder / "ntmdesk.log", maxBytes=1_000_000, backupCount=5, encoding="utf-8", delay=False
        )
    handler.setFormatter(PlainFormatter())
    for name in _SPOKEN:
        logger = logging.getLogger(name)
        logger.addHandler(handler)
        logger.setLevel(level)
    return handler


def stop_logs(handler: logging.Handler) -> None:
    """Ends what ``start_logs`` began."""
    for name in _SPOKEN:
        logging.getLogger(name).removeHandler(handler)
    handler.close()
