"""A batch that would take unusually much from the team waits here: sent when confirmed, or taken back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ntmdesk.domain.kinds import Catalogue
from ntmdesk.errors import AppError
from ntmdesk.services import mass_change
from ntmdesk.services.mass_change import Loss
from ntmdesk.ui.jobs import Jobs
from ntmdesk.ui.messages import sentence
from ntmdesk.ui.translation import label, number
from ntmdesk.ui.widgets.banner import Banner
from ntmdesk.ui.widgets.button import Button
from ntmdesk.ui.widgets.card import Card
from ntmdesk.ui.widgets.flow import FlowLayout
from ntmdesk.ui.widgets.text import Text


class HeldCard(Card):
    """Hidden while nothing is held.  ``confirmed``: it may go out; ``told(words)`` after it was undone."""

    confirmed = Signal()
    told = Signal(str)

    def __init__(self, jobs: Jobs[Any], catalogue: Catalogue, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("Not sent yet: please look"), parent=parent)
        self._jobs, self._catalogue = jobs, catalogue
        self.words = Text("", "body")
        self.add(self.words)
        self.add(
            Text(self.tr("Nothing leaves this laptop until you choose. What is new still comes in."), "muted")
        )
        self._banner = Banner()
        self.add(self._banner)
        foot = FlowLayout()
        self.confirm_button = Button(self.tr("It is meant: send it"), icon="send")
        self.confirm_button.clicked.connect(self._confirm)
        self.undo_button = Button(self.tr("A mistake: take it back"), icon="undo-2")
        self.undo_button.clicked.connect(self._take_back)
        for button in (self.undo_button, self.confirm_button):
            foot.addWidget(button)
        self.add_layout(foot)
        self.hide()

    def show_losses(self, losses: Sequence[Loss]) -> None:
        """Show what is held, by kind; nothing hides the card."""
        self.words.setText("\n".join(self._line(loss) for loss in losses))
        self.setVisible(bool(losses))
        if not losses:
            self._banner.dismiss()

    def _line(self, loss: Loss) -> str:
        kind = self._catalogue.kinds.get(loss.kind)
        parts = []
        if loss.deleted:
            parts.append(self.tr("{n} deleted").format(n=number(loss.deleted)))
        if loss.blanked:
            parts.append(self.tr("{n} only blanked").format(n=number(loss.blanked)))
        return self.tr("{kind}: {what}, of {living} there are").format(
            kind=label(kind.plural) if kind else loss.kind,
            what=", ".join(parts),
            living=number(loss.living),
        )

    def _confirm(self) -> None:
        self._jobs.run(mass_change.confirm, lambda _: self.confirmed.emit(), self._failed, owner=self)

    def _take_back(self) -> None:
        def done(count: int) -> None:
            self.told.emit(self.tr("{n} records are as they were.").format(n=number(count)))

        self._jobs.run(mass_change.take_back, done, self._failed, owner=self)

    def _failed(self, error: AppError) -> None:
        self._banner.tell("danger", sentence(error))
