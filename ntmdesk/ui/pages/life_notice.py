"""Told once when the store took a new id: what happened, that nothing is lost, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtWidgets import QWidget

from ntmdesk.services import lives
from ntmdesk.services.lives import Life
from ntmdesk.ui.jobs import Jobs
from ntmdesk.ui.pages.values import moment_words
from ntmdesk.ui.translation import QT_TRANSLATE_NOOP, translated
from ntmdesk.ui.widgets.button import Button
from ntmdesk.ui.widgets.card import Card
from ntmdesk.ui.widgets.flow import FlowLayout
from ntmdesk.ui.widgets.text import Text

COPY = (
    QT_TRANSLATE_NOOP("LifeNotice", "A copy of this store has sent under its number"),
    QT_TRANSLATE_NOOP(
        "LifeNotice",
        "The server holds what was sent under this laptop's number and is not here: an older copy"
        " of the folder was put back, or another laptop runs a copy of it.",
    ),
    QT_TRANSLATE_NOOP(
        "LifeNotice",
        "If an older copy was put back, press Sync now; what was recorded after it and never sent"
        " has to be written down again. If another laptop runs a copy, keep one of the two: on "
        "the other press Sync now once, then delete its folder and join the team again with a new"
        " invitation.",
    ),
)
MOVED = (
    QT_TRANSLATE_NOOP("LifeNotice", "The store was opened in another place"),
    QT_TRANSLATE_NOOP("LifeNotice", "Its folder was copied or moved to another laptop or another folder."),
    QT_TRANSLATE_NOOP(
        "LifeNotice",
        "If it was moved, there is nothing to do. If it was copied, use only one of the two: press Sync now "
        "once on the other, then delete that folder.",
    ),
)
OLDER = (
    QT_TRANSLATE_NOOP("LifeNotice", "An older copy of the store was put back"),
    QT_TRANSLATE_NOOP(
        "LifeNotice", "The store is older than the last thing this laptop saved: a backup was restored."
    ),
    QT_TRANSLATE_NOOP(
        "LifeNotice",
        "Press Sync now: what the server and colleagues have comes back. What was recorded after the backup "
        "and never sent has to be written down again.",
    ),
)
STORIES: Mapping[str, tuple[str, str, str]] = {
    "clone": COPY,
    "gap": COPY,
    "other_machine": MOVED,
    "other_folder": MOVED,
    "other_life": OLDER,
    "older_copy": OLDER,
    "no_witness": OLDER,
}
"""By reason of a new life: what happened in a few words, in a sentence, and what to do."""


class LifeNotice(Card):
    """Hidden while there is nothing to tell; a press on its button puts it away for good."""

    def __init__(self, jobs: Jobs[Any], parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self._jobs = jobs
        self.what, self.calm, self.todo = Text("", "body"), Text("", "muted"), Text("", "strong")
        for words in (self.what, self.calm, self.todo):
            words.setWordWrap(True)
            self.add(words)
        foot = FlowLayout()
        self.understood = Button(self.tr("I know"), icon="check")
        self.understood.clicked.connect(self._understood)
        foot.addWidget(self.understood)
        self.add_layout(foot)
        self.hide()

    def show_life(self, life: Life | None) -> None:
        """Tell of a new life; None hides the card."""
        self.setVisible(life is not None)
        if life is None:
            return
        title, what, todo = STORIES.get(life.reason, MOVED)
        self.set_title(translated("LifeNotice", title))
        self.set_note(moment_words(life.at))
        self.what.setText(translated("LifeNotice", what))
        self.calm.setText(
            self.tr(
                "What is here is not lost. This laptop has taken a new number by itself and offers again "
                "everything the server has not confirmed."
            )
        )
        self.todo.setText(translated("LifeNotice", todo))

    def _understood(self) -> None:
        self._jobs.run(lives.understood, lambda _: self.hide(), owner=self)
