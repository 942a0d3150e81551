"""Work off the GUI thread, results home; the only threads of the window.

Two lanes exist, each an instance: the store's (one worker, its own connection) and the network's.  The sender
of the homeward signal lives in the GUI thread, so a lambda given as callback runs there as well.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import AbstractContextManager
from threading import Event
from typing import Any, Generic, TypeVar

import shiboken6
from PySide6.QtCore import QObject, Qt, Signal

from ntmdesk.errors import AppError

C = TypeVar("C")
T = TypeVar("T")
Open = Callable[[], AbstractContextManager[C]]
log = logging.getLogger(__name__)


class Cancelled(Exception):
    """Raised by ``Step.check`` after someone asked the job to stop; not an error."""


class Job:
    """One piece of work asked for; any thread."""

    def __init__(self) -> None:
        self._cancel = Event()
        self.finished = False

    def cancel(self) -> None:
        """Ask to stop: not yet started work never starts, running work sees it at its next ``step``."""
        self._cancel.set()

    @property
    def cancelled(self) -> bool:
        return self._cancel.is_set()


class Step:
    """What long work is handed beside its context; used in the worker."""

    def __init__(self, job: Job, tell: Callable[[int, int, str], None]) -> None:
        self._job = job
        self._tell = tell

    @property
    def cancelled(self) -> bool:
        return self._job.cancelled

    def check(self) -> None:
        """Raise ``Cancelled`` if the person asked to stop; call between batches."""
        if self._job.cancelled:
            raise Cancelled

    def tell(self, done: int, total: int, note: str = "") -> None:
        """Say how far the work is; ``total`` 0 = unknown."""
        self._tell(done, total, note)


class Jobs(QObject, Generic[C]):
    """A lane: work runs in the order it was asked, one at a time.

    ``begin`` opens a context for writing (one transaction, committed on leaving), ``look`` one for reading;
    both are called in the worker.  Callbacks run on the GUI thread.
    """

    changed = Signal(frozenset)
    """Kinds touched by a commit of this lane."""
    failed = Signal(object)
    """An ``AppError`` nobody else handles."""
    broken = Signal(object)
    """Any other exception: a bug, already logged."""
    busy = Signal(bool)
    _home = Signal(object)

    def __init__(
        self, begin: Open[C], executor: Executor, look: Open[C] | None = None, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._begin = begin
        self._look = look or begin
        self._executor = executor
        self._waiting = 0
        self._newest: dict[str, Job] = {}
        self._home.connect(self._deliver, Qt.ConnectionType.AutoConnection)

    def run(
        self,
        work: Callable[[C], T],
        on_result: Callable[[T], None],
        on_error: Callable[[AppError], None] | None = None,
        owner: QObject | None = None,
    ) -> Job:
        """Run ``work(context)`` in one write transaction."""
        return self._start(self._begin, lambda c, _: work(c), on_result, on_error, None, owner)

    def look(
        self,
        work: Callable[[C], T],
        on_result: Callable[[T], None],
        on_error: Callable[[AppError], None] | None = None,
        owner: QObject | None = None,
    ) -> Job:
        """Run ``work(context)`` in a read transaction."""
        return self._start(self._look, lambda c, _: work(c), on_result, on_error, None, owner)

    def latest(
        self,
        key: str,
        work: Callable[[C], T],
        on_result: Callable[[T], None],
        on_error: Callable[[AppError], None] | None = None,
        owner: QObject | None = None,
    ) -> Job:
        """Read; under one ``key`` only the newest is delivered and waiting older ones never run."""
        older = self._newest.get(key)
        if older is not None:
            older.cancel()
        job = self._start(self._look, lambda c, _: work(c), on_result, on_error, None, owner)
        if job.finished:
            self._newest.pop(key, None)
        else:
            self._newest[key] = job
        return job

    def long(
        self,
        work: Callable[[C, Step], T],
        on_result: Callable[[T], None],
        on_error: Callable[[AppError], None] | None = None,
        on_progress: Callable[[int, int, str], None] | None = None,
        owner: QObject | None = None,
    ) -> Job:
        """Run ``work(context, step)`` in a write context, with progress and a way to stop it."""
        return self._start(self._begin, work, on_result, on_error, on_progress, owner)

    @property
    def working(self) -> bool:
        """Something runs or waits."""
        return self._waiting > 0

    def close(self) -> None:
        """Stop taking work and wait for what is running; later callbacks are dropped."""
        for job in self._newest.values():
            job.cancel()
        self._executor.shutdown(wait=True, cancel_futures=True)

    def _start(
        self,
        opening: Open[C],
        work: Callable[[C, Step], T],
        on_result: Callable[[T], None],
        on_error: Callable[[AppError], None] | None,
        on_progress: Callable[[int, int, str], None] | None,
        owner: QObject | None,
    ) -> Job:
        job = Job()

        def wanted() -> bool:
            return not job.cancelled and (owner is None or shiboken6.isValid(owner))

        def tell(done: int, total: int, note: str) -> None:
            if on_progress is not None:
                self._send(lambda: on_progress(done, total, note) if wanted() else None)

        def in_worker() -> None:
            if job.cancelled:
                self._send(lambda: self._end(job, None))
                return
            touched: frozenset[str] = frozenset()
            ending: Callable[[], Any] | None
            context: Any = None
            try:
                with opening() as context:
                    result = work(context, Step(job, tell))
                touched = frozenset(getattr(context, "touched", ()))
                ending = lambda: on_result(result) if wanted() else None  # noqa: E731
            except Cancelled:
                ending = None
            except AppError as error:
                told = error
                ending = lambda: self._fail(told, on_error, wanted())  # noqa: E731
                if getattr(context, "lasting", False):
                    touched = frozenset(context.touched)
            except Exception as error:
                log.exception("work in the background failed")
                bug = error
                ending = lambda: self.broken.emit(bug)  # noqa: E731
            self._send(lambda: self._end(job, ending, touched))

        self._waiting += 1
        if self._waiting == 1:
            self.busy.emit(True)
        try:
            self._executor.submit(in_worker)
        except RuntimeError:  # closed meanwhile: the desk was locked while a page still heard of its work
            job.cancel()
            self._end(job, None)
        return job

    def _send(self, call: Callable[[], Any]) -> None:
        if shiboken6.isValid(self):
            self._home.emit(call)

    def _deliver(self, call: Callable[[], Any]) -> None:
        call()

    def _end(self, job: Job, ending: Callable[[], Any] | None, touched: frozenset[str] = frozenset()) -> None:
        job.finished = True
        self._newest = {key: newest for key, newest in self._newest.items() if newest is not job}
        self._waiting -= 1
        if self._waiting == 0:
            self.busy.emit(False)
        if ending is not None:
            ending()
        if touched:
            self.changed.emit(touched)

    def _fail(self, error: AppError, on_error: Callable[[AppError], None] | None, wanted: bool) -> None:
        if on_error is None:
            self.failed.emit(error)
        elif wanted:
            on_error(error)
