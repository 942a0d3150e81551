"""The ways from the sync page that need no internet: a collection point, a USB stick."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ntmdesk.ui.widgets.action_card import ActionCard
from ntmdesk.ui.widgets.columns import Columns


class SameRoom(Columns):
    """``asked`` carries the key of the place to open."""

    asked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(560, parent=parent)
        self.cards: list[ActionCard] = []
        for place, icon, title, line in (
            (
                "meet_point",
                "send",
                self.tr("Give in at a collection point"),
                self.tr("to the leader's laptop"),
            ),
            (
                "collection_point",
                "router",
                self.tr("Open a collection point"),
                self.tr("members give in to this laptop"),
            ),
            (
                "usb",
                "save",
                self.tr("Carry on a USB stick"),
                self.tr("no network at all"),
            ),
        ):
            card = ActionCard(icon, title, line, "")
            card.triggered.connect(lambda place=place: self.asked.emit(place))
            self.cards.append(card)
            self.add(card)
