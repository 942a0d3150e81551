"""How forms find the records that fields refer to, and what those are called."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject

from ntmdesk.domain.kinds import Catalogue
from ntmdesk.services import people, records
from ntmdesk.services.search import title_of
from ntmdesk.ui.jobs import Jobs
from ntmdesk.ui.translation import language
from ntmdesk.ui.widgets.suggestions import Suggestion

SHOWN = 12


class References(QObject):
    """``suggest`` and ``name_of`` in the shapes a form wants them."""

    def __init__(self, jobs: Jobs[Any], catalogue: Catalogue, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._catalogue = catalogue

    def suggest(self, kind: str, text: str, deliver: Callable[[list[Suggestion]], None]) -> None:
        """Records of ``kind`` that fit; the first few for an empty text."""
        if kind in ("resident", "household") and text.strip():
            self._jobs.latest(
                f"reference-{kind}",
                lambda uow: [s for s in people.suggest(uow, text, SHOWN * 2) if s.kind == kind],
                lambda found: deliver([suggestion(one) for one in found[:SHOWN]]),
                owner=self,
            )
            return

        def read(uow: Any) -> list[Suggestion]:
            rows = records.list_rows(uow, kind, search=text.strip() or None, limit=SHOWN).rows
            return [Suggestion(str(row["id"]), title_of(uow, row, language())) for row in rows]

        self._jobs.latest(f"reference-{kind}", read, deliver, owner=self)

    def name_of(self, kind: str, id: str, deliver: Callable[[str], None]) -> None:
        """The words a record is known by; nothing is delivered for one that is not here."""

        def read(uow: Any) -> str:
            found = uow.records.find(kind, id)
            return title_of(uow, uow.records.get(kind, found, deleted=True), language()) if found else ""

        self._jobs.look(read, deliver, owner=self)


def suggestion(found: people.Suggested) -> Suggestion:
    """A person or household as a row under a search field."""
    if found.kind == "household":
        return Suggestion(found.id, found.name, detail=found.lane, data=found)
    parts = [
        str(found.birth_year or ""),
        ", ".join(part for part in (found.lane, found.household_head) if part),
        found.number_tail,
    ]
    return Suggestion(found.id, found.name, detail=" · ".join(p for p in parts if p), data=found)
