"""The editor of one cell of a record, as it is asked for outside of the record's form."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from PySide6.QtWidgets import QWidget

from ntmdesk.domain.kinds import Catalogue
from ntmdesk.ui.forms.value_editor import ValueEditor
from ntmdesk.ui.jobs import Jobs
from ntmdesk.ui.messages import problem_sentence
from ntmdesk.ui.pages.references import References
from ntmdesk.ui.pages.values import field_of, members_of
from ntmdesk.ui.widgets.banner import Banner


class CellEditor(ValueEditor):
    """A field in its own editor, a row or a group in those of its members; finds what references name."""

    def __init__(
        self, jobs: Jobs[Any], catalogue: Catalogue, today: Callable[[], date], parent: QWidget
    ) -> None:
        references = References(jobs, catalogue, parent)
        super().__init__(catalogue, today, references.suggest, references.name_of, parent)

    def show_cell(self, kind: str, cell: str, value: Any) -> None:
        """Begin with a value of this cell; empty for one that the catalogue does not know."""
        self.clear()
        members = members_of(self._catalogue, kind, cell)
        field = field_of(self._catalogue, kind, cell)
        if members:
            self.show_members(members, value)
        elif field is not None:
            self.show_field(field, value)

    def is_told_wrong(self, banner: Banner) -> bool:
        """Whether what is typed cannot be a value; then the banner says why."""
        problem = self.local_problem()
        if problem is not None:
            banner.tell("danger", problem_sentence(problem))
        return problem is not None
