"""The two lanes of an open store: each a thread with a connection of its own.

A ``Store`` belongs to the thread that opened it, so it is opened, used and closed inside the lane's worker;
the GUI thread holds ``Jobs`` and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ntmdesk.store.database import Store
from ntmdesk.store.surroundings import Author, Surroundings
from ntmdesk.store.unit_of_work import UnitOfWork
from ntmdesk.ui.jobs import Jobs


@dataclass
class Session:
    """Who works on which store.  ``author`` changes when joining a team gives the person a role."""

    home: Path
    key: bytes
    surroundings: Surroundings
    author: Author


@dataclass
class Line:
    """What work of the network lane is handed: its own open store, the person at work, kinds it changed."""

    store: Store
    author: Author
    touched: set[str] = field(default_factory=set)

    lasting = True
    """What is touched stays so, however the work ends: each of its transactions stood by itself."""

    @contextmanager
    def noticing(self) -> Iterator[None]:
        """Around work that may end early: what it changed in the store until then is told to the pages."""
        before = self._mark()
        try:
            yield
        finally:
            if self._mark() != before:
                self.everything_changed()

    def _mark(self) -> tuple[object, ...]:
        """Differs when a record, or what the server has said of one, is another."""
        with self.store.look() as uow:
            status = uow.peers.status()
            return uow.seq, uow.peers.unsent(), status["last_receipt"], status["pending"]

    def everything_changed(self) -> None:
        """Records came from outside; every page looks again."""
        self.touched |= set(self.store.catalogue.kinds)


class Worker:
    """One thread and the store opened in it; ``executor`` may be handed in by a test."""

    def __init__(self, name: str, executor: Executor | None = None) -> None:
        self.executor = executor or ThreadPoolExecutor(1, thread_name_prefix=f"ntmdesk-{name}")
        self._store: Store | None = None

    def take(self, store: Store) -> None:
        """Keep a store that was just opened in this worker; call inside it."""
        self._store = store

    def store(self, session: Session) -> Store:
        """The store, opened at the first use; call inside the worker."""
        if self._store is None:
            self._store = Store.open(session.home, session.key, session.surroundings)
        return self._store

    def drop(self) -> None:
        """Close the store; call inside the worker."""
        store, self._store = self._store, None
        if store is not None:
            store.close()

    def end(self, wait: bool) -> None:
        """Close the store after what runs now, and take no more work.  Any thread but the worker."""
        self.executor.submit(self.drop)
        self.executor.shutdown(wait=wait)


def reopening(session: Session) -> Callable[[], Store]:
    """Opens the session's store once more, in whatever thread it is called."""
    return lambda: Store.open(session.home, session.key, session.surroundings)


def gate_jobs(worker: Worker) -> Jobs[Worker]:
    """Jobs before a store is open: creating and unlocking run where the store will live."""

    @contextmanager
    def here() -> Iterator[Worker]:
        yield worker

    return Jobs(here, worker.executor)


def store_jobs(worker: Worker, session: Session) -> Jobs[UnitOfWork]:
    """The lane of records: transactions of the person at work."""

    def opening(way: str) -> Callable[[], AbstractContextManager[UnitOfWork]]:
        def opened() -> AbstractContextManager[UnitOfWork]:
            store = worker.store(session)
            return store.begin(session.author) if way == "begin" else store.look(session.author)

        return opened

    return Jobs(opening("begin"), worker.executor, opening("look"))


def line_jobs(worker: Worker, session: Session) -> Jobs[Line]:
    """The lane of the network, of backups and of checks: no transaction around the work."""

    @contextmanager
    def opened() -> Iterator[Line]:
        yield Line(worker.store(session), session.author)

    return Jobs(opened, worker.executor)
