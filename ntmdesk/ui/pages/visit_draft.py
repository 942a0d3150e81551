"""A visit that was begun and not saved: kept after each change, offered again, put back as it was."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import QObject, Signal

from ntmdesk.services.drafts import Draft
from ntmdesk.ui.jobs import Jobs
from ntmdesk.ui.pages.draft_keeper import Body, DraftKeeper
from ntmdesk.ui.pages.visit_reading import Who
from ntmdesk.ui.pages.visit_sheet import VisitSheet
from ntmdesk.ui.pages.visit_who import VisitWho
from ntmdesk.ui.translation import translate

PLACE = "visit"


def visit_words(who: str, services: int) -> str:
    """A visit in a few words: for whom, how many services."""
    count = translate("VisitDraft", "%n service(s)", "", services)
    return " · ".join(part for part in (who, count) if part)


class VisitDraftKeeper(DraftKeeper):
    """Keeps the form while ``new``: it holds a visit that was not written down yet and is not being saved.

    ``restored`` after a draft was put back into the form; ``undo_offered`` as a page's.
    """

    restored = Signal()
    undo_offered = Signal(str, object)

    def __init__(
        self,
        jobs: Jobs[Any],
        sheet: VisitSheet,
        who: VisitWho,
        new: Callable[[], bool],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(jobs, PLACE, self.worth_keeping, parent)
        self._sheet, self._form, self._who = sheet, sheet.form, who
        self._new = new
        self.kept.connect(sheet.say_draft)
        sheet.offer.taken.connect(self._take_found)
        sheet.offer.dropped.connect(self._drop_found)

    def look_for_one(self) -> None:
        """Offer what was begun before, if anything."""
        self.look(self._offer)

    def worth_keeping(self) -> Body | None:
        """The form as JSON, None when there is nothing in it that has to be kept."""
        if not self._new() or self._form.is_empty():
            return None
        new = self._form.new
        return {
            "values": self._form.values(),
            "who": self._who.chosen.body() if self._who.chosen is not None else None,
            "typed": self._form.who.text(),
            "new": None if new.isHidden() else new.state(),
        }

    def restore(self, body: Mapping[str, Any]) -> None:
        """Put a draft back into the form."""
        values, who = dict(body.get("values") or {}), body.get("who")
        self._form.begin(values)
        self._who.forget()
        if who:
            self._who.show_of(values, Who(**who))
        else:
            self._form.who.set_text(str(body.get("typed") or ""))
        if body.get("new"):
            self._form.new.restore(body["new"])
        self.restored.emit()

    def _offer(self, draft: Draft | None) -> None:
        if draft is None or not self._form.is_empty():
            self._sheet.offer.hide()
            return
        who = (draft.body.get("who") or {}).get("name") or draft.body.get("typed") or ""
        what = visit_words(str(who), len((draft.body.get("values") or {}).get("lines") or ()))
        when = draft.saved_at.strftime("%H:%M %d/%m")
        self._sheet.offer.offer(self.tr("Not saved yet, from {when}: {what}").format(when=when, what=what))

    def _take_found(self) -> None:
        self._sheet.offer.hide()
        self.restore(self.take())

    def _drop_found(self) -> None:
        self._sheet.offer.hide()
        body = self.drop()
        self.undo_offered.emit(self.tr("Draft dropped"), lambda: self.restore(body))
