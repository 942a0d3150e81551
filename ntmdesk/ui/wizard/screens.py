"""The first run: the frame around the steps, and the work between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from ntmdesk.errors import AppError
from ntmdesk.services import enrolling, unlocking
from ntmdesk.services.enrolling import Enrolled
from ntmdesk.services.unlocking import Created, Unlocked
from ntmdesk.store.surroundings import Author, Surroundings
from ntmdesk.ui import theme
from ntmdesk.ui.jobs import Jobs, Step
from ntmdesk.ui.lanes import Worker
from ntmdesk.ui.messages import sentence
from ntmdesk.ui.translation import QT_TRANSLATE_NOOP, translated
from ntmdesk.ui.widgets.banner import Banner
from ntmdesk.ui.widgets.button import Button
from ntmdesk.ui.widgets.card import Card
from ntmdesk.ui.widgets.progress_strip import ProgressStrip
from ntmdesk.ui.widgets.tab_order import stops
from ntmdesk.ui.widgets.text import Text
from ntmdesk.ui.wizard import steps
from ntmdesk.ui.wizard.panels import (
    InvitationPanel,
    LanguagePanel,
    Panel,
    PassphrasePanel,
    PersonPanel,
    RecoveryPanel,
    TellingPanel,
    TypedBackPanel,
    WayPanel,
)
from ntmdesk.ui.wizard.recovery_paper import print_code, save_code
from ntmdesk.ui.wizard.steps import Answers

_PROBLEMS = {
    "url_missing": QT_TRANSLATE_NOOP("Wizard", "Type the address of the server from the invitation."),
    "tls_required": QT_TRANSLATE_NOOP("Wizard", "The address must begin with https://."),
    "code_missing": QT_TRANSLATE_NOOP("Wizard", "Type the code from the invitation."),
    "name_missing": QT_TRANSLATE_NOOP("Wizard", "Type your name."),
    "passphrase_too_short": QT_TRANSLATE_NOOP("Wizard", "The passphrase needs at least 12 characters."),
    "passphrases_differ": QT_TRANSLATE_NOOP("Wizard", "The two passphrases differ. Type the second again."),
    "code_differs": QT_TRANSLATE_NOOP("Wizard", "That is not the code. Compare it letter by letter."),
}

Demo = Callable[[Worker], Unlocked]


class Wizard(QWidget):
    """``opened(store, author)`` when all is done; ``language_chosen`` as soon as it is.

    ``jobs`` runs in the thread where the store will live.  ``demo`` opens the simulated hamlet there; without
    it that way is not offered.
    """

    opened = Signal(object, object)
    language_chosen = Signal(str)

    def __init__(
        self,
        home: Path,
        jobs: Jobs[Worker],
        surroundings: Callable[[], Surroundings],
        language: str = "vi",
        demo: Demo | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._home, self._jobs, self._surroundings, self._demo = home, jobs, surroundings, demo
        self.answers = Answers(language=language)
        self.step = steps.FIRST
        self._made: Unlocked | None = None
        self._panel: Panel | None = None
        self._build()
        self.show_step(steps.FIRST)

    def show_step(self, step: str) -> None:
        """Show a step of the map with what is known so far."""
        self.step = step
        if self._panel is not None:
            self._panel.hide()
            self._panel.deleteLater()
        panel = self._make_panel(step)
        panel.changed.connect(self._changed)
        self._panel = panel
        self._card.body.insertWidget(3, panel)
        self._title.setText(panel.title)
        self._line.setText(panel.line)
        road = steps.road(self.answers)
        self._where.setText(
            self.tr("Step {n} of {all}").format(n=road.index(step) + 1, all=len(road)) if step in road else ""
        )
        self._back.setText(self.tr("Back"))
        self._next.setText(self._next_words(step))
        self._back.setVisible(steps.step_before(step, self.answers) is not None)
        self._later.setVisible(False)
        self._banner.dismiss()
        self._progress.finish()
        self._free(True)
        next(iter(stops(panel, shown=False)), self._next).setFocus()
        if step == "joining":
            self._join()

    def go_on(self) -> None:
        """Leave the step forwards, or say why not."""
        if self._panel is None:
            return
        self.answers = self._panel.take(self.answers)
        wrong = steps.problem(self.step, self.answers)
        if wrong:
            self._banner.tell("amber", translated("Wizard", _PROBLEMS[wrong]))
            return
        if self.step == "language":
            self.language_chosen.emit(self.answers.language)
            self._later.setText(self.tr("Join later"))
        if self.step == "passphrase":
            self._create()
        elif self.step == "demo":
            self._open_demo()
        elif self.step == "joining":
            self._join()
        elif self.step == steps.LAST:
            self._finish()
        else:
            self.show_step(steps.next_step(self.step, self.answers))

    def go_back(self) -> None:
        """As Back."""
        if self._panel is not None:
            self.answers = self._panel.take(self.answers)
        before = steps.step_before(self.step, self.answers)
        if before is not None:
            self.show_step(before)

    @property
    def problem(self) -> str:
        """What the banner says, for tests."""
        return self._banner.text

    @property
    def panel(self) -> Panel:
        """The panel shown."""
        assert self._panel is not None  # noqa: S101
        return self._panel

    def _build(self) -> None:
        rows = QVBoxLayout(self)
        rows.addStretch(1)
        self._card = Card()
        self._card.setMinimumWidth(theme.px(360))
        self._card.setMaximumWidth(theme.px(620))
        self._where = Text("", "small")
        self._title = Text("", "title")
        self._title.setWordWrap(True)
        self._line = Text("", "muted")
        for words in (self._where, self._title, self._line):
            self._card.add(words)
        self._banner = Banner()
        self._progress = ProgressStrip()
        self._card.add(self._banner)
        self._card.add(self._progress)
        foot = QHBoxLayout()
        self._back = Button(self.tr("Back"))
        self._later = Button(self.tr("Join later"))
        self._next = Button(self.tr("Next"), "primary", keys="Ctrl+Return")
        self._back.clicked.connect(self.go_back)
        self._later.clicked.connect(lambda: self.show_step(steps.LAST))
        self._next.clicked.connect(self.go_on)
        foot.addWidget(self._back)
        foot.addStretch(1)
        foot.addWidget(self._later)
        foot.addWidget(self._next)
        self._card.add_layout(foot)
        across = QHBoxLayout()
        across.addStretch(1)
        across.addWidget(self._card, 6)
        across.addStretch(1)
        rows.addLayout(across)
        rows.addStretch(2)

    def keyPressEvent(self, event: object) -> None:
        key = getattr(event, "key", lambda: None)()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._next.isEnabled():
            self.go_on()
        else:
            super().keyPressEvent(event)  # type: ignore[arg-type]

    def _make_panel(self, step: str) -> Panel:
        answers = self.answers
        if step == "recovery":
            return RecoveryPanel(
                answers,
                lambda name, code: save_code(self, name, code),
                lambda name, code: print_code(self, name, code),
            )
        if step == "joining":
            return TellingPanel(
                self.tr("Joining your team"),
                self.tr("The laptop says who it is and takes the team's records."),
            )
        if step == "demo":
            return TellingPanel(
                self.tr("The simulated hamlet"),
                self.tr(
                    "Everybody in it is invented. It lives in a folder of its own; when you start for real,"
                    " it stays behind."
                ),
            )
        if step == steps.LAST:
            return TellingPanel(
                self.tr("The desk is ready"),
                self.tr("Record the first household or visit with F2. Ctrl+K finds."),
            )
        kinds: dict[str, Callable[[Answers], Panel]] = {
            "language": LanguagePanel,
            "way": WayPanel,
            "invitation": InvitationPanel,
            "person": PersonPanel,
            "passphrase": PassphrasePanel,
            "typed_back": TypedBackPanel,
        }
        return kinds[step](answers)

    def _next_words(self, step: str) -> str:
        words = {
            "passphrase": self.tr("Create the store"),
            "recovery": self.tr("I have written it down"),
            "joining": self.tr("Try again"),
            "demo": self.tr("Open the simulated hamlet"),
            steps.LAST: self.tr("Open the desk"),
        }
        return words.get(step, self.tr("Next"))

    def _changed(self) -> None:
        self._banner.dismiss()

    def _free(self, on: bool) -> None:
        self._next.setEnabled(on)
        self._back.setEnabled(on)
        if self._panel is not None:
            self._panel.setEnabled(on)

    def _create(self) -> None:
        answers, home = self.answers, self._home

        def work(worker: Worker) -> Created:
            made = unlocking.create(home, answers.passphrase, answers.name, self._surroundings())
            worker.take(made.store)
            return made

        self._free(False)
        self._progress.start(self.tr("Creating the encrypted store…"), can_stop=False)
        self._jobs.run(work, self._created, self._failed, owner=self)

    def _created(self, made: Created) -> None:
        self._made = Unlocked(made.store, made.author)
        self.answers = replace(
            self.answers, passphrase="", again="", recovery_code=made.recovery_code, typed_back=""
        )
        self.show_step("recovery")

    def _join(self) -> None:
        made, answers = self._made, self.answers
        if made is None:
            return

        def work(_: Worker, step: Step) -> tuple[Enrolled, Author]:
            done = enrolling.enrol(made.store, made.author, answers.url, answers.code, step)
            return done, enrolling.author_after(made.store, made.author)

        def joined(found: tuple[Enrolled, Author]) -> None:
            done, author = found
            self._made = Unlocked(made.store, author)
            self.show_step(steps.LAST)
            if done.unsynced is not None:
                words = self.tr(
                    "You have joined the team. The first sync did not go through: {why} The next one does"
                    " the rest."
                )
                self._banner.tell("amber", words.format(why=sentence(done.unsynced)))

        self._free(False)
        self._progress.start(self.tr("Joining…"), can_stop=False)
        self._jobs.long(work, joined, self._not_joined, self._progress_told, owner=self)

    def _progress_told(self, done: int, total: int, note: str) -> None:
        self._progress.step(done, total)

    def _not_joined(self, error: AppError) -> None:
        self._failed(error)
        self._later.setVisible(True)

    def _open_demo(self) -> None:
        demo = self._demo
        if demo is None:
            return

        def opened(found: Unlocked) -> None:
            self._made = found
            self._finish()

        self._free(False)
        self._progress.start(self.tr("Inventing the hamlet…"), can_stop=False)
        self._jobs.run(demo, opened, self._failed, owner=self)

    def _failed(self, error: AppError) -> None:
        self._progress.finish()
        self._free(True)
        self._banner.tell("danger", sentence(error))

    def _finish(self) -> None:
        if self._made is not None:
            made, self._made = self._made, None
            self.opened.emit(made.store, made.author)
