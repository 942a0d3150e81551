"""The present life of the store: told once to a person when it is not the one it was."""

from __future__ import annotations

from ntmdesk.store import present_life
from ntmdesk.store.present_life import Life
from ntmdesk.store.unit_of_work import UnitOfWork

__all__ = ["Life"]


def untold(uow: UnitOfWork) -> Life | None:
    """Why the store took a new id, until somebody says that they know; None when there is nothing to tell."""
    return present_life.untold(uow)


def understood(uow: UnitOfWork) -> None:
    """The person has read it."""
    present_life.tell(uow)
