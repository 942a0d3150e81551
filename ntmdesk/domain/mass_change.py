"""When a batch would delete or blank so much that a person has to say so first.

A slip of a script or of a tired evening must not empty the registers of a whole team; ordinary work must
never be asked.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

SHARE = 0.10
"""More than this share of a kind's living records is unusual."""

LEAST = 20
"""Fewer records than this are never unusual, whatever their share."""


@dataclass(frozen=True, slots=True)
class Loss:
    """What waits to be sent of one kind: records ``deleted``, records that lost values (``blanked``).

    A record that gained values too is among the latter where unusually many lost the same field.  ``living``:
    how many were alive before.
    """

    kind: str
    deleted: int
    blanked: int
    living: int

    @property
    def records(self) -> int:
        """Records that lose something."""
        return self.deleted + self.blanked


def unusual(loss: Loss) -> bool:
    """Whether a person has to confirm it before it leaves the machine."""
    return loss.records >= LEAST and loss.records > SHARE * loss.living


def unusual_losses(losses: Iterable[Loss]) -> tuple[Loss, ...]:
    """Those to be confirmed, the greatest first."""
    return tuple(sorted(filter(unusual, losses), key=lambda loss: (-loss.records, loss.kind)))
