"""Half-filled forms: kept on every change, offered again after a crash, gone once the record is saved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ntmdesk.domain.periods import VIETNAM
from ntmdesk.store.drafts import Draft as Kept
from ntmdesk.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Draft:
    """One half-filled form of the person at work.  ``body`` is the page's own JSON."""

    id: str
    page: str
    body: dict[str, Any]
    saved_at: datetime


def save(uow: UnitOfWork, page: str, body: dict[str, Any], draft_id: str | None = None) -> str:
    """Keeps the form of the person at work, in place of ``draft_id`` when given; the draft's id."""
    return uow.drafts.save(page, draft_id, body)


def all_of(uow: UnitOfWork, page: str | None = None) -> list[Draft]:
    """The drafts of the person at work, newest first; of one page, or of all."""
    return [_draft(kept) for kept in uow.drafts.all(kind=page)]


def latest(uow: UnitOfWork, page: str) -> Draft | None:
    """The newest draft of a page, if there is one."""
    return next(iter(all_of(uow, page)), None)


def drop(uow: UnitOfWork, draft_id: str) -> None:
    """Forgets a draft; one that is not there is no error."""
    uow.drafts.drop(draft_id)


def _draft(kept: Kept) -> Draft:
    return Draft(kept.id, kept.kind, kept.body, datetime.fromtimestamp(kept.at, VIETNAM))
