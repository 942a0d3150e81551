"""Small typed stand-ins for what a test must hold in its hand: work order, clock, network."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any

from tests.fake_archive import MemoryArchive, MemoryTransaction, Tables
from tests.fake_replica import MemoryReplica
from tests.fake_roads import FakeClock, FakeJudge, InlineExecutor, LocalTransport, LossyTransport

__all__ = [
    "FakeClock",
    "FakeJudge",
    "InlineExecutor",
    "LocalTransport",
    "LossyTransport",
    "ManualExecutor",
    "MemoryArchive",
    "MemoryReplica",
    "MemoryTransaction",
    "Tables",
]


class ManualExecutor(Executor):
    """Work waits until the test lets it run, in the order it came, on the test's own thread."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[Future[Any], Callable[[], Any]]] = deque()
        self._open = True

    @property
    def waiting(self) -> int:
        """How much work has not run yet."""
        return len(self._waiting)

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        if not self._open:
            raise RuntimeError("the executor was shut down")
        future: Future[Any] = Future()
        self._waiting.append((future, lambda: fn(*args, **kwargs)))
        return future

    def step(self) -> bool:
        """Run the oldest piece of work; False if there was none."""
        if not self._waiting:
            return False
        future, call = self._waiting.popleft()
        if future.set_running_or_notify_cancel():
            try:
                future.set_result(call())
            except BaseException as error:
                future.set_exception(error)
                raise
        return True

    def drain(self) -> int:
        """Run all work, also what it asks for meanwhile; how many pieces ran."""
        ran = 0
        while self.step():
            ran += 1
        return ran

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self._open = False
        if cancel_futures:
            for future, _ in self._waiting:
                future.cancel()
            self._waiting.clear()
        if wait:
            self.drain()
