"""How long work tells its progress and hears that it should stop, without knowing who listens."""

from __future__ import annotations

from typing import Protocol


class Step(Protocol):
    """Progress of one long piece of work; asked from the thread that does the work."""

    @property
    def cancelled(self) -> bool:
        """Whether a person asked to stop; work looks between batches."""

    def tell(self, done: int, total: int, note: str = "") -> None:
        """``done`` of ``total`` (0 = unknown); ``note`` is a code such as ``send`` or ``receive``."""


class Quiet:
    """Nobody listens and nobody stops."""

    cancelled = False

    def tell(self, done: int, total: int, note: str = "") -> None:
        """Says nothing."""


QUIET: Step = Quiet()
