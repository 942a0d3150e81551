"""A batch that would take unusually much from the team is held until it is confirmed or taken back."""

from __future__ import annotations

from typing import Any

from ntmdesk.domain.mass_change import Loss
from ntmdesk.errors import UserError
from ntmdesk.store.database import Store
from ntmdesk.store.surroundings import PROGRAM
from ntmdesk.store.unit_of_work import UnitOfWork

__all__ = ["Loss"]


def held(uow: UnitOfWork) -> tuple[Loss, ...]:
    """What waits to be confirmed, by kind, the greatest first; nothing is sent while there is any."""
    return uow.losses.held()


def confirm(uow: UnitOfWork) -> None:
    """All that waits now is meant: it goes out with the next sync or bundle.  Later losses are asked anew."""
    uow.losses.confirm()


def take_back(uow: UnitOfWork) -> int:
    """Undoes what was held, as ordinary edits; how many records.

    UserError ``nothing_to_undo``; ``moved_on`` when somebody changed one of them since.
    """
    if not uow.losses.held():
        raise UserError("nothing_to_undo")
    return uow.losses.take_back()


def require_confirmed(store: Store, confirmed: bool = False) -> None:
    """Call before something leaves the machine.  ``confirmed``: the person has just said so.

    UserError ``confirm_needed`` (losses).
    """
    with store.look() as uow:
        losses = held(uow)
    if not losses:
        return
    if not confirmed:
        raise UserError("confirm_needed", **details(losses))
    with store.begin(PROGRAM) as uow:
        confirm(uow)


def details(losses: tuple[Loss, ...]) -> dict[str, Any]:
    """Of the code ``confirm_needed``: by kind, and in all."""
    return {
        "records": sum(loss.records for loss in losses),
        "losses": [
            {
                "kind": loss.kind,
                "deleted": loss.deleted,
                "blanked": loss.blanked,
                "living": loss.living,
            }
            for loss in losses
        ],
    }
