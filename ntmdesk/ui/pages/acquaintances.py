"""Getting to know the team's laptops where there is no server yet: greetings on a stick, codes read aloud."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QLineEdit, QWidget

from ntmdesk.errors import AppError
from ntmdesk.services import greetings
from ntmdesk.services.greetings import Greeted, Met
from ntmdesk.store.surroundings import Author
from ntmdesk.store.unit_of_work import UnitOfWork
from ntmdesk.ui import theme
from ntmdesk.ui.jobs import Jobs
from ntmdesk.ui.lanes import Line
from ntmdesk.ui.messages import sentence
from ntmdesk.ui.pages.entry_list import Entry, EntryList
from ntmdesk.ui.widgets.button import Button
from ntmdesk.ui.widgets.card import Card
from ntmdesk.ui.widgets.field_label import FieldLabel
from ntmdesk.ui.widgets.flow import FlowLayout
from ntmdesk.ui.widgets.text import Text


@dataclass(frozen=True, slots=True)
class Known:
    """This laptop's own code, and the laptops that were met."""

    code: str
    met: list[Met]


def read_known(uow: UnitOfWork) -> Known:
    """Who is known on this laptop."""
    return Known(greetings.own_code(uow), greetings.met(uow))


class AcquaintanceCard(Card):
    """``ask_where`` lets the person choose a file; ``told(tone, words)`` after something was done."""

    told = Signal(str, str)

    def __init__(
        self,
        jobs: Jobs[Any],
        line: Jobs[Line],
        author: Callable[[], Author],
        ask_where: Callable[[], Path | None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent=parent)
        self.set_title(self.tr("No server yet: get to know the team's laptops"))
        self._jobs, self._line, self._author, self._ask_where = jobs, line, author, ask_where
        self._compares = False
        steps = self.tr(
            "Write this laptop's greeting to the stick, take in your colleagues' greetings, then type the "
            "code each of them reads aloud. After that files go both ways."
        )
        self.add(Text(steps, "muted"))
        self.code = Text("", "title")
        self.add(FieldLabel(self.tr("The code of this laptop, to be read aloud"), self.code))
        self.add(self.code)
        out = FlowLayout()
        self.lead = QCheckBox(self.tr("I lead this team"))
        self.greet_button = Button(self.tr("Write the greeting…"), icon="upload")
        self.greet_button.clicked.connect(self._greet)
        out.addWidget(self.greet_button)
        out.addWidget(self.lead)
        self.add_layout(out)
        self.list = EntryList(self.tr("Laptops that were met"))
        self.list.setMinimumHeight(theme.px(58))
        self.list.setMaximumHeight(theme.px(110))
        self.add(self.list)
        self.typed = QLineEdit()
        self.typed.setPlaceholderText("ABCD-EFGH-IJKL")
        self.typed.setMinimumWidth(theme.px(220))
        self.typed.returnPressed.connect(self._confirm)
        self.confirm_button = Button(self.tr("Confirm"), icon="check")
        self.confirm_button.clicked.connect(self._confirm)
        self._label = FieldLabel(self.tr("The code a colleague reads aloud"), self.typed)
        self.add(self._label)
        across = FlowLayout()
        across.addWidget(self.typed)
        across.addWidget(self.confirm_button)
        self.add_layout(across)

    def compare(self) -> None:
        """Somebody new was met: the code is typed next."""
        self._compares = True

    def show_known(self, known: Known) -> None:
        """Show who is known."""
        self.code.setText(known.code)
        self.list.show_entries([self._entry(one) for one in known.met])
        self.list.setVisible(bool(known.met))
        to_compare = any(not one.confirmed for one in known.met)
        for widget in (self._label, self.typed, self.confirm_button):
            widget.setVisible(to_compare)
        if self._compares and to_compare:
            self.typed.setFocus()
        self._compares = False

    def _entry(self, one: Met) -> Entry:
        role = self.tr("leads the team") if one.leads else self.tr("member")
        if one.confirmed:
            return Entry(one.device, one.name, role, self.tr("known"), "good")
        return Entry(one.device, one.name, role, self.tr("code not compared"), "amber")

    def _greet(self) -> None:
        file = self._ask_where()
        if file is not None:
            self.greet_to(file)

    def greet_to(self, file: Path) -> None:
        """Write the greeting into a file."""
        lead, author = self.lead.isChecked(), self._author()
        self._line.run(
            lambda line: greetings.greet(line.store, author, file, lead=lead),
            self._greeted,
            self._failed,
            owner=self,
        )

    def _greeted(self, done: Greeted) -> None:
        words = self.tr("The greeting is in {file}. Read this code aloud: {code}")
        self.told.emit("good", words.format(file=Path(done.file).name, code=done.code))

    def _confirm(self) -> None:
        typed = self.typed.text()
        if typed.strip():
            self._jobs.run(
                lambda uow: greetings.confirm(uow, typed), self._confirmed, self._failed, owner=self
            )

    def _confirmed(self, met: Met) -> None:
        self.typed.clear()
        self.told.emit("good", self.tr("The laptop of {name} is known now.").format(name=met.name))

    def _failed(self, error: AppError) -> None:
        self.told.emit("amber", sentence(error))
