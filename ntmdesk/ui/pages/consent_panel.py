"""Asking for consent where it is needed, without leaving the page."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QLineEdit, QVBoxLayout, QWidget

from ntmdesk.domain.kinds import Catalogue
from ntmdesk.ui import theme
from ntmdesk.ui.translation import label
from ntmdesk.ui.widgets.button import Button
from ntmdesk.ui.widgets.chips import ChipGroup, ChipSpec
from ntmdesk.ui.widgets.field_label import FieldLabel
from ntmdesk.ui.widgets.flow import FlowLayout
from ntmdesk.ui.widgets.text import Text

TEXT_VERSION = "2026-1"
"""Version of the words below, kept with each consent."""
NEEDS_WITNESS = frozenset({"spoken", "thumbprint"})


class ConsentPanel(QFrame):
    """The words to read out, purposes of which none is ticked, how it was given, who stood by.

    ``given`` carries the fields of a consent without its subject.
    """

    given = Signal(dict)
    cancelled = Signal()

    def __init__(self, catalogue: Catalogue, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        rows = QVBoxLayout(self)
        rows.setContentsMargins(*(theme.px(12),) * 4)
        rows.setSpacing(theme.px(theme.GAP_M))
        self._title = Text(self.tr("Consent"), "heading")
        rows.addWidget(self._title)
        words = self.tr(
            "Read out: “The team writes down your name, birth, phone and what we helped you with, to support "
            "you and report figures. You may refuse, look at it, have it corrected or withdraw at any time.”"
        )
        rows.addWidget(Text(words, "muted"))
        self.purposes = ChipGroup(numbered=True)
        offered = [c for c in catalogue.choices("purposes").offered if c.extra.get("of_residents", True)]
        self.purposes.set_chips([ChipSpec(c.code, label(c.short), hint=label(c.label)) for c in offered])
        rows.addWidget(FieldLabel(self.tr("Agreed to"), self.purposes, self.tr("ask for each one")))
        rows.addWidget(self.purposes)
        self.channel = ChipGroup(numbered=True, single=True)
        channels = catalogue.choices("consent_channels").offered
        self.channel.set_chips([ChipSpec(c.code, label(c.label)) for c in channels])
        rows.addWidget(FieldLabel(self.tr("How it was given"), self.channel))
        rows.addWidget(self.channel)
        self.witness = QLineEdit()
        self.witness.setMaxLength(100)
        self._witness_label = FieldLabel(
            self.tr("Witness"), self.witness, self.tr("name of who stood by, not of the team")
        )
        rows.addWidget(self._witness_label)
        rows.addWidget(self.witness)
        self._problem = Text("", "problem")
        self._problem.hide()
        rows.addWidget(self._problem)
        foot = FlowLayout()
        self.accept = Button(self.tr("Record consent"), "primary", icon="check")
        self.cancel = Button(self.tr("Not now"), "quiet")
        foot.addWidget(self.accept)
        foot.addWidget(self.cancel)
        rows.addLayout(foot)
        self.accept.clicked.connect(self._accept)
        self.cancel.clicked.connect(self.cancelled)
        self.channel.changed.connect(lambda _: self._show_witness())
        self._show_witness()

    def ask(self, name: str, guardian_needed: bool = False) -> None:
        """Begin for a person; nothing is ticked."""
        self._title.setText(self.tr("Consent of {name}").format(name=name) if name else self.tr("Consent"))
        self.purposes.choose([])
        self.channel.choose([])
        self.witness.clear()
        hint = self.tr("a guardian signs for a child") if guardian_needed else ""
        self._say(hint)
        self._show_witness()
        self.show()
        self.purposes.focus_first()

    def values(self) -> dict[str, Any]:
        """Fields of the consent as chosen so far."""
        chosen = {
            "purposes": self.purposes.chosen(),
            "legal_basis": "consent",
            "channel": (self.channel.chosen() or [""])[0],
            "text_version": TEXT_VERSION,
        }
        if self.witness.text().strip() and not self.witness.isHidden():
            chosen["witness"] = self.witness.text().strip()
        return chosen

    def _accept(self) -> None:
        values = self.values()
        if not values["purposes"]:
            self._say(self.tr("Choose what the person agreed to."))
            self.purposes.focus_first()
        elif not values["channel"]:
            self._say(self.tr("Choose how it was given."))
            self.channel.focus_first()
        elif values["channel"] in NEEDS_WITNESS and "witness" not in values:
            self._say(self.tr("Spoken consent or a thumbprint needs a witness."))
            self.witness.setFocus()
        else:
            self._say("")
            self.given.emit(values)

    def _show_witness(self) -> None:
        needed = (self.channel.chosen() or [""])[0] in NEEDS_WITNESS
        self._witness_label.setVisible(needed)
        self.witness.setVisible(needed)

    def _say(self, words: str) -> None:
        self._problem.setText(words)
        self._problem.setVisible(bool(words))
