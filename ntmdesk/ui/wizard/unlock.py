"""Opening the store: who, the passphrase, and the way in when it is forgotten."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from ntmdesk.errors import AppError
from ntmdesk.services import persons, unlocking
from ntmdesk.services.persons import Person
from ntmdesk.services.unlocking import Unlocked
from ntmdesk.store.surroundings import Surroundings
from ntmdesk.ui import theme
from ntmdesk.ui.jobs import Jobs
from ntmdesk.ui.lanes import Worker
from ntmdesk.ui.messages import sentence
from ntmdesk.ui.widgets.banner import Banner
from ntmdesk.ui.widgets.button import Button
from ntmdesk.ui.widgets.card import Card
from ntmdesk.ui.widgets.field_label import FieldLabel
from ntmdesk.ui.widgets.progress_strip import ProgressStrip
from ntmdesk.ui.widgets.text import Text
from ntmdesk.ui.wizard.panels import NewPassphrase
from ntmdesk.ui.wizard.steps import SHORTEST


class Unlock(QWidget):
    """``opened(store, author)`` when a passphrase or the recovery code fits.

    ``person``: who worked last; chosen beforehand when several people share the laptop.
    """

    opened = Signal(object, object)

    def __init__(
        self,
        home: Path,
        jobs: Jobs[Worker],
        surroundings: Callable[[], Surroundings],
        person: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._home, self._jobs, self._surroundings = home, jobs, surroundings
        self._people: list[Person] = []
        self._trouble: AppError | None = None
        try:
            self._people = persons.people(home)
        except AppError as error:
            self._trouble = error
        self._build(person)
        if self._trouble is not None:
            self._banner.tell("danger", sentence(self._trouble))

    def try_open(self, passphrase: str, person: str | None = None) -> None:
        """Open with a passphrase that came from elsewhere than the field."""
        wanted = person or self._person()

        def work(worker: Worker) -> Unlocked:
            found = unlocking.unlock(self._home, passphrase, self._surroundings(), wanted)
            worker.take(found.store)
            return found

        self._busy(True)
        self._jobs.run(work, self._done, self._failed, owner=self)

    def recover(self) -> None:
        """Open with the recovery code and the new passphrase of the form."""
        new = self._pair.first.text()
        if new != self._pair.again.text():
            self._banner.tell("amber", self.tr("The two passphrases differ. Type the second again."))
            return
        if len(new) < SHORTEST:
            self._banner.tell("amber", self.tr("The passphrase needs at least 12 characters."))
            return
        code, person = self.code.text(), self._person() or ""

        def work(worker: Worker) -> Unlocked:
            found = unlocking.unlock_by_recovery(self._home, code, self._surroundings(), person, new)
            worker.take(found.store)
            return found

        self._busy(True)
        self._jobs.run(work, self._done, self._failed, owner=self)

    @property
    def told(self) -> str:
        """What the banner says."""
        return self._banner.text

    def _build(self, person: str) -> None:
        rows = QVBoxLayout(self)
        rows.addStretch(1)
        self._card = Card()
        self._card.setMinimumWidth(theme.px(320))
        self._card.setMaximumWidth(theme.px(460))
        self._card.add(Text(self.tr("Open the desk"), "title"))
        self._line = Text(self.tr("Everything recorded here is encrypted."), "muted")
        self._card.add(self._line)
        self._banner = Banner()
        self._card.add(self._banner)
        self.who = QComboBox()
        for one in self._people:
            self.who.addItem(one.name, one.id)
        self.who.setCurrentIndex(max(0, self.who.findText(person)))
        if len(self._people) > 1:
            self._card.add(FieldLabel(self.tr("Who is at work"), self.who))
            self._card.add(self.who)
        elif self._people:
            self.who.setParent(self)
            self.who.hide()
            self._card.add(Text(self._people[0].name, "strong"))
        self._card.add(self._passphrase_part())
        self._card.add(self._recovery_part())
        self._progress = ProgressStrip()
        self._card.add(self._progress)
        across = QHBoxLayout()
        across.addStretch(1)
        across.addWidget(self._card, 6)
        across.addStretch(1)
        rows.addLayout(across)
        rows.addStretch(2)
        self.passphrase.setFocus()

    def _passphrase_part(self) -> QWidget:
        self._with_passphrase = QWidget()
        rows = QVBoxLayout(self._with_passphrase)
        rows.setContentsMargins(0, 0, 0, 0)
        self.passphrase = QLineEdit()
        self.passphrase.setEchoMode(QLineEdit.EchoMode.Password)
        self.passphrase.returnPressed.connect(self._open)
        rows.addWidget(FieldLabel(self.tr("Passphrase"), self.passphrase))
        rows.addWidget(self.passphrase)
        show = QCheckBox(self.tr("Show what I type"))
        show.toggled.connect(
            lambda on: self.passphrase.setEchoMode(
                QLineEdit.EchoMode.Normal if on else QLineEdit.EchoMode.Password
            )
        )
        rows.addWidget(show)
        foot = QHBoxLayout()
        forgotten = Button(self.tr("Passphrase forgotten?"), "quiet")
        forgotten.clicked.connect(lambda: self._show_recovery(True))
        self._open_button = Button(self.tr("Open"), "primary")
        self._open_button.clicked.connect(self._open)
        foot.addWidget(forgotten)
        foot.addStretch(1)
        foot.addWidget(self._open_button)
        rows.addLayout(foot)
        return self._with_passphrase

    def _recovery_part(self) -> QWidget:
        self._with_code = QWidget()
        rows = QVBoxLayout(self._with_code)
        rows.setContentsMargins(0, 0, 0, 0)
        self.code = QLineEdit()
        rows.addWidget(FieldLabel(self.tr("Recovery code"), self.code, self.tr("from the printed page")))
        rows.addWidget(self.code)
        self._pair = NewPassphrase()
        rows.addWidget(self._pair)
        foot = QHBoxLayout()
        back = Button(self.tr("Back"))
        back.clicked.connect(lambda: self._show_recovery(False))
        self._recover_button = Button(self.tr("Open with the code"), "primary")
        self._recover_button.clicked.connect(self.recover)
        foot.addWidget(back)
        foot.addStretch(1)
        foot.addWidget(self._recover_button)
        rows.addLayout(foot)
        self._with_code.hide()
        return self._with_code

    @property
    def pair(self) -> NewPassphrase:
        """The new passphrase of the recovery form."""
        return self._pair

    def _show_recovery(self, on: bool) -> None:
        self._banner.dismiss()
        self._with_code.setVisible(on)
        self._with_passphrase.setVisible(not on)
        (self.code if on else self.passphrase).setFocus()

    def _open(self) -> None:
        if self.passphrase.text():
            self.try_open(self.passphrase.text())

    def _person(self) -> str | None:
        id = self.who.currentData(Qt.ItemDataRole.UserRole)
        return str(id) if id else None

    def _busy(self, on: bool) -> None:
        self._card.setEnabled(not on)
        if on:
            self._banner.dismiss()
            self._progress.start(self.tr("Opening…"), can_stop=False)
        else:
            self._progress.finish()

    def _done(self, found: Unlocked) -> None:
        self.passphrase.clear()
        self.opened.emit(found.store, found.author)

    def _failed(self, error: AppError) -> None:
        self._busy(False)
        self._banner.tell("danger", sentence(error))
        field = self.passphrase if self._with_code.isHidden() else self.code
        field.selectAll()
        field.setFocus()
