"""The trash in words: what lies in it, of what kind, who put it there and when."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from ntmdesk.domain.dates import format_moment, local_date
from ntmdesk.services import trash
from ntmdesk.services.search import title_of
from ntmdesk.store.unit_of_work import UnitOfWork
from ntmdesk.ui.pages.moments import short_when
from ntmdesk.ui.pages.values import BLANK, person_words
from ntmdesk.ui.translation import label, language, translate
from ntmdesk.ui.widgets.timeline import TimelineItem

SHOWN = 200
"""Records listed, the last deleted first."""


def trash_items(uow: UnitOfWork, today: date) -> list[TimelineItem]:
    """The trash as items of a timeline; a key is (kind, id)."""
    rows = trash.lying(uow)[:SHOWN]
    names = {by: person_words(uow, by) for by in {str(row["_deleted_by"] or "") for row in rows}}
    return [_item(uow, row, names, today) for row in rows]


def _item(uow: UnitOfWork, row: Mapping[str, Any], names: Mapping[str, str], today: date) -> TimelineItem:
    at = datetime.fromisoformat(row["_deleted_at"]) if row["_deleted_at"] else None
    kind = label(uow.catalogue.kind(str(row["kind"])).label)
    told = deleted_words(names[str(row["_deleted_by"] or "")], format_moment(at) if at else "")
    return TimelineItem(
        short_when(local_date(at) if at else None, today),
        title_of(uow, row, language()),
        " · ".join(part for part in (kind, told) if part),
        key=(str(row["kind"]), str(row["id"])),
        state=str(row.get("state") or ""),
    )


def deleted_words(who: str, moment: str) -> str:
    """By whom and when something was deleted, as far as it is known; ``who``: a name or –."""
    if who != BLANK and moment:
        return translate("Trash", "deleted by {who}, {moment}").format(who=who, moment=moment)
    if who != BLANK:
        return translate("Trash", "deleted by {who}").format(who=who)
    return translate("Trash", "deleted {moment}").format(moment=moment) if moment else ""
