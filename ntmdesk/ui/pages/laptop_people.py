"""Who may open the store of this laptop: adding a person, passphrases, a new recovery code."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from ntmdesk.errors import AppError
from ntmdesk.services import persons, unlocking
from ntmdesk.services.persons import Person
from ntmdesk.store.surroundings import Author
from ntmdesk.ui import theme
from ntmdesk.ui.jobs import Jobs
from ntmdesk.ui.lanes import Line
from ntmdesk.ui.messages import sentence
from ntmdesk.ui.pages.one_at_a_time import OneAtATime
from ntmdesk.ui.widgets.button import Button
from ntmdesk.ui.widgets.card import Card
from ntmdesk.ui.widgets.field_label import FieldLabel
from ntmdesk.ui.widgets.flow import FlowLayout
from ntmdesk.ui.widgets.text import Text
from ntmdesk.ui.wizard.panels import NewPassphrase
from ntmdesk.ui.wizard.recovery_paper import print_code, save_code
from ntmdesk.ui.wizard.steps import SHORTEST


class LaptopPeople(Card):
    """``told(tone, words)``.  All work with keys runs in the ``line`` lane: it takes a moment on purpose."""

    told = Signal(str, str)

    def __init__(
        self,
        line: Jobs[Line],
        home: Path,
        author: Callable[[], Author],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent=parent)
        self.set_title(self.tr("People on this laptop"))
        self._line, self._home, self._author = line, home, author
        self._people: list[Person] = []
        self._names = Text("", "body")
        self.add(self._names)
        self._forms = OneAtATime()
        self._nothing = QWidget()
        self._forms.add(self._nothing)
        foot = FlowLayout()
        self.add_button = Button(self.tr("Add a person"), icon="user-plus")
        self.add_button.clicked.connect(self._open_adding)
        self.change_button = Button(self.tr("Change my passphrase"), icon="key-round")
        self.change_button.clicked.connect(self._open_changing)
        self.code_button = Button(self.tr("New recovery code"), icon="lock")
        self.code_button.clicked.connect(self._new_code)
        for button in (self.add_button, self.change_button, self.code_button):
            foot.addWidget(button)
        self.add_layout(foot)
        self._adding = self._build_adding()
        self._changing = self._build_changing()
        self._code_box = self._build_code()
        for form in (self._adding, self._changing, self._code_box):
            self._forms.add(form)
        self.add(self._forms)

    def reload(self) -> None:
        """Read the names again."""
        try:
            self._people = persons.people(self._home)
        except AppError as error:
            self.told.emit("danger", sentence(error))
            return
        me = self._author().name
        names = [
            self.tr("{name} (at work now)").format(name=p.name) if p.name == me else p.name
            for p in self._people
        ]
        self._names.setText(" · ".join(names))

    @property
    def code_shown(self) -> str:
        """The recovery code on the screen; empty when none is."""
        return "" if self._code_box.isHidden() else self._code.text()

    def _build_adding(self) -> QWidget:
        form, rows = _form()
        self.name = QLineEdit()
        rows.addWidget(FieldLabel(self.tr("Family and given name"), self.name))
        rows.addWidget(self.name)
        self.new_person = NewPassphrase()
        rows.addWidget(self.new_person)
        self.save_person = Button(self.tr("Add"), "primary")
        self.save_person.clicked.connect(self._add)
        self._foot(rows, self.save_person)
        return form

    def _build_changing(self) -> QWidget:
        form, rows = _form()
        self.old = QLineEdit()
        self.old.setEchoMode(QLineEdit.EchoMode.Password)
        rows.addWidget(FieldLabel(self.tr("Present passphrase"), self.old))
        rows.addWidget(self.old)
        self.changed = NewPassphrase()
        rows.addWidget(self.changed)
        self.save_change = Button(self.tr("Change"), "primary")
        self.save_change.clicked.connect(self._change)
        self._foot(rows, self.save_change)
        return form

    def _build_code(self) -> QWidget:
        form, rows = _form()
        rows.addWidget(Text(self.tr("The former code no longer opens. Write this one down now."), "muted"))
        self._code = Text("", "heading").selectable()
        self._code.setWordWrap(True)
        self._code.setAccessibleName(self.tr("Recovery code"))
        rows.addWidget(self._code)
        foot = FlowLayout()
        for words, icon, call in (
            (self.tr("Print"), "printer", print_code),
            (self.tr("Save to a file…"), "save", save_code),
        ):
            button = Button(words, icon=icon)
            button.clicked.connect(self._hand_out(call))
            foot.addWidget(button)
        done = Button(self.tr("I have written it down"), "primary")
        done.clicked.connect(self._close)
        foot.addWidget(done)
        rows.addLayout(foot)
        return form

    def _hand_out(self, call: Callable[[QWidget, str, str], object]) -> Callable[[], None]:
        def now() -> None:
            wrong = call(self, self._author().name, self._code.text())
            if wrong:
                self.told.emit("danger", str(wrong))

        return now

    def _foot(self, rows: QVBoxLayout, save: Button) -> None:
        foot = FlowLayout()
        back = Button(self.tr("Cancel"))
        back.clicked.connect(self._close)
        foot.addWidget(save)
        foot.addWidget(back)
        rows.addLayout(foot)

    def _open_adding(self) -> None:
        self._open(self._adding, self.name)

    def _open_changing(self) -> None:
        self._open(self._changing, self.old)

    def _open(self, form: QWidget, first: QWidget) -> None:
        self._forms.show_only(form)
        first.setFocus()

    def _close(self) -> None:
        for edit in self.findChildren(QLineEdit):
            edit.clear()
        self._code.setText("")
        self._forms.show_only(self._nothing)
        self.add_button.setFocus()

    def _passphrase(self, pair: NewPassphrase) -> str | None:
        first = pair.first.text()
        if len(first) < SHORTEST:
            self.told.emit("amber", self.tr("The passphrase needs at least 12 characters."))
        elif first != pair.again.text():
            self.told.emit("amber", self.tr("The two passphrases differ. Type the second again."))
        else:
            return first
        return None

    def _add(self) -> None:
        name, passphrase = " ".join(self.name.text().split()), self._passphrase(self.new_person)
        if not name:
            self.told.emit("amber", self.tr("Type the person's name."))
            return
        if passphrase is None:
            return
        home = self._home

        def done(person: Person) -> None:
            self._close()
            self.told.emit("good", self.tr("{name} can open the desk now.").format(name=person.name))
            self.reload()

        self._line.long(
            lambda line, step: persons.add(line.store, home, name, passphrase), done, self._failed, owner=self
        )

    def _change(self) -> None:
        new, old, home = self._passphrase(self.changed), self.old.text(), self._home
        me = self._author().name
        if new is None:
            return

        def done(_: object) -> None:
            self._close()
            self.told.emit("good", self.tr("The passphrase is changed."))

        self._line.long(
            lambda line, step: unlocking.change_passphrase(home, me, old, new), done, self._failed, owner=self
        )

    def _new_code(self) -> None:
        def done(code: str) -> None:
            self._code.setText(code)
            self._forms.show_only(self._code_box)

        self._line.long(
            lambda line, step: unlocking.new_recovery_code(line.store), done, self._failed, owner=self
        )

    def _failed(self, error: AppError) -> None:
        self.told.emit("danger", sentence(error))


def _form() -> tuple[QWidget, QVBoxLayout]:
    form = QWidget()
    rows = QVBoxLayout(form)
    rows.setContentsMargins(0, theme.px(theme.GAP_M), 0, 0)
    rows.setSpacing(theme.px(theme.GAP_M))
    return form, rows
