"""How the visit page is laid out: an earlier draft on top, the form with its buttons, the past beside it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from ntmdesk.domain.kinds import Catalogue
from ntmdesk.ui import theme
from ntmdesk.ui.pages.draft_offer import DraftOffer
from ntmdesk.ui.pages.underneath import ChangedUnderneath
from ntmdesk.ui.pages.visit_form import VisitForm
from ntmdesk.ui.pages.visit_side import VisitSide
from ntmdesk.ui.widgets.button import Button
from ntmdesk.ui.widgets.card import Card
from ntmdesk.ui.widgets.columns import Columns
from ntmdesk.ui.widgets.flow import FlowLayout
from ntmdesk.ui.widgets.text import Text

NARROW = 780


class VisitSheet(QWidget):
    """Holds the parts; what they do is the page's."""

    def __init__(
        self, catalogue: Catalogue, today: Callable[[], date], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(theme.px(theme.GAP_L))
        self.offer = DraftOffer()
        rows.addWidget(self.offer)
        self.form = VisitForm(catalogue, today)
        self.side = VisitSide(catalogue)
        left = Card()
        self.underneath = ChangedUnderneath(catalogue)
        left.add(self.underneath)
        left.add(self.form)
        left.body.addStretch(1)
        left.add(self._foot())
        columns = Columns(NARROW)
        columns.add(left, 7)
        columns.add(self.side, 3)
        rows.addWidget(columns, 1)

    def say_draft(self, at: str) -> None:
        """When the draft was last kept; empty for no draft."""
        self._draft.setText(self.tr("Draft kept at {time}").format(time=at) if at else "")

    def _foot(self) -> QWidget:
        foot = QWidget()
        across = QHBoxLayout(foot)
        across.setContentsMargins(0, 0, 0, 0)
        buttons = QWidget()
        flow = FlowLayout(buttons, 10)
        self.save_next = Button(self.tr("Save and next household"), "primary", "Ctrl+Return")
        self.save_stay = Button(self.tr("Save"), keys="Ctrl+S")
        self.discard = Button(self.tr("Clear"), "quiet")
        self.delete = Button(self.tr("Delete"), "quiet", icon="trash-2")
        for button in (self.save_next, self.save_stay, self.discard, self.delete):
            flow.addWidget(button)
        self.delete.hide()
        self._draft = Text("", "small")
        across.addWidget(buttons, 1)
        across.addWidget(self._draft)
        return foot
