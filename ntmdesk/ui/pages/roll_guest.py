"""Adding somebody to a roll-call who is not in the register."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QLineEdit, QVBoxLayout, QWidget

from ntmdesk.domain.births import BirthError, read_birth
from ntmdesk.domain.kinds import Catalogue
from ntmdesk.ui import theme
from ntmdesk.ui.translation import label
from ntmdesk.ui.widgets.button import Button
from ntmdesk.ui.widgets.field_label import FieldLabel
from ntmdesk.ui.widgets.flow import FlowLayout
from ntmdesk.ui.widgets.text import Text


class Guest(QWidget):
    """Somebody not in the register: name, and sex and year of birth if known."""

    given = Signal(str, str, str)
    refused = Signal(str)
    """Why it cannot be added as typed."""
    left = Signal()

    def __init__(self, catalogue: Catalogue, today: Callable[[], date]) -> None:
        super().__init__()
        self._today = today
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addWidget(Text(self.tr("Not in the register: they count for this session only."), "muted"))
        across = FlowLayout()
        self.name, self.year, self.sex = QLineEdit(), QLineEdit(), QComboBox()
        self.year.setMaximumWidth(theme.px(90))
        self.name.setMinimumWidth(theme.px(200))
        self.sex.addItem("–", "")
        for choice in catalogue.choices("sexes").choices:
            self.sex.addItem(label(choice.label), choice.code)
        for words, editor in (
            (self.tr("Name"), self.name),
            (self.tr("Sex"), self.sex),
            (self.tr("Year of birth"), self.year),
        ):
            box = QWidget()
            column = QVBoxLayout(box)
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(theme.px(2))
            column.addWidget(FieldLabel(words, editor))
            column.addWidget(editor)
            across.addWidget(box)
        rows.addLayout(across)
        foot = FlowLayout()
        add = Button(self.tr("Add to the session"), "primary")
        add.clicked.connect(self._give)
        back = Button(self.tr("Cancel"))
        back.clicked.connect(self.left)
        foot.addWidget(add)
        foot.addWidget(back)
        rows.addLayout(foot)
        self.name.returnPressed.connect(self.sex.setFocus)
        self.year.returnPressed.connect(self._give)

    def begin(self, name: str) -> None:
        """Ask about ``name``."""
        self.name.setText(name)
        self.year.clear()
        self.sex.setCurrentIndex(0)
        self.show()
        self.sex.setFocus(Qt.FocusReason.OtherFocusReason)

    def _give(self) -> None:
        name, birth = self.name.text().strip(), self.year.text().strip()
        if not name:
            self.refused.emit(self.tr("Type the name of the guest."))
            self.name.setFocus()
            return
        try:
            if birth:
                read_birth(birth, today=self._today())
        except BirthError:
            words = self.tr("“{text}” is no year of birth: such as 1960, or leave it empty.")
            self.refused.emit(words.format(text=birth))
            self.year.setFocus()
            self.year.selectAll()
            return
        self.given.emit(name, str(self.sex.currentData()), birth)
