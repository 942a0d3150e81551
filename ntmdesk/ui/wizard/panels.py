"""What each step of the first run shows; a panel takes the answers so far and says the new ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QCheckBox, QLineEdit, QRadioButton, QVBoxLayout, QWidget

from ntmdesk.ui import theme
from ntmdesk.ui.translation import QT_TRANSLATE_NOOP, translated
from ntmdesk.ui.widgets.button import Button
from ntmdesk.ui.widgets.field_label import FieldLabel
from ntmdesk.ui.widgets.flow import FlowLayout
from ntmdesk.ui.widgets.text import Text
from ntmdesk.ui.wizard.steps import Answers, strength

STRENGTH = {
    "short": QT_TRANSLATE_NOOP("Passphrase", "Too short: at least 12 characters. A sentence is best."),
    "weak": QT_TRANSLATE_NOOP("Passphrase", "Weak: too few different letters, easy to guess."),
    "fair": QT_TRANSLATE_NOOP("Passphrase", "Fair: add a word or two and leave out your name."),
    "good": QT_TRANSLATE_NOOP("Passphrase", "Good."),
    "strong": QT_TRANSLATE_NOOP("Passphrase", "Strong."),
}


class Panel(QWidget):
    """``title`` and ``line`` stand above it; ``take`` reads it into the answers."""

    changed = Signal()
    title = ""
    line = ""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows = QVBoxLayout(self)
        self.rows.setContentsMargins(0, 0, 0, 0)
        self.rows.setSpacing(theme.px(theme.GAP_M))

    def take(self, answers: Answers) -> Answers:
        """The answers with what stands here."""
        return answers

    def field(self, label: str, value: str, hint: str = "") -> QLineEdit:
        """A labelled line at the end of the panel."""
        edit = QLineEdit(value)
        edit.textChanged.connect(lambda _: self.changed.emit())
        self.rows.addWidget(FieldLabel(label, edit, hint))
        self.rows.addWidget(edit)
        return edit

    def choices(self, options: Mapping[str, tuple[str, str]], chosen: str) -> Callable[[], str]:
        """One radio button a row with a line under it; returns what reads the choice."""
        group = QButtonGroup(self)
        buttons: dict[str, QRadioButton] = {}
        for code, (words, more) in options.items():
            button = QRadioButton(words)
            button.setChecked(code == chosen)
            button.setAccessibleDescription(more)
            group.addButton(button)
            buttons[code] = button
            self.rows.addWidget(button)
            if more:
                under = Text(more, "muted")
                under.setContentsMargins(theme.px(30), 0, 0, theme.px(theme.GAP_S))
                self.rows.addWidget(under)
        group.buttonClicked.connect(lambda _: self.changed.emit())
        return lambda: next((code for code, button in buttons.items() if button.isChecked()), chosen)


class LanguagePanel(Panel):
    """Vietnamese or English; said in both."""

    def __init__(self, answers: Answers) -> None:
        super().__init__()
        self.title = self.tr("Welcome")
        self.line = self.tr("Choose the language of the desk.")
        self._chosen = self.choices({"vi": ("Tiếng Việt", ""), "en": ("English", "")}, answers.language)

    def take(self, answers: Answers) -> Answers:
        return replace(answers, language=self._chosen())


class WayPanel(Panel):
    """How to begin."""

    def __init__(self, answers: Answers) -> None:
        super().__init__()
        self.title = self.tr("How do you want to begin?")
        self.line = self.tr("Nothing is lost by starting alone: what you record joins the team later.")
        self._chosen = self.choices(
            {
                "join": (
                    self.tr("Join my team with an invitation"),
                    self.tr("The team leader gave you an address and a code. Needs a network once."),
                ),
                "alone": (
                    self.tr("Start alone, join a team later"),
                    self.tr(
                        "Works without any network. The Sync page takes the invitation whenever it comes."
                    ),
                ),
                "demo": (
                    self.tr("Try it with the simulated hamlet"),
                    self.tr("Invented people and households in a place of their own; nothing is sent."),
                ),
            },
            answers.way,
        )

    def take(self, answers: Answers) -> Answers:
        return replace(answers, way=self._chosen())


class InvitationPanel(Panel):
    """Where the upper server is, and the one-time code."""

    def __init__(self, answers: Answers) -> None:
        super().__init__()
        self.title = self.tr("Your invitation")
        self.line = self.tr("Both are on the paper or message from the team leader.")
        self.url = self.field(self.tr("Address of the server"), answers.url, self.tr("begins with https://"))
        self.url.setPlaceholderText("https://")
        self.code = self.field(self.tr("Code"), answers.code, self.tr("works once"))

    def take(self, answers: Answers) -> Answers:
        return replace(answers, url=self.url.text().strip(), code=self.code.text().strip())


class PersonPanel(Panel):
    """Who works."""

    def __init__(self, answers: Answers) -> None:
        super().__init__()
        self.title = self.tr("Who are you?")
        self.line = self.tr("Everything you record carries your name. Other people can be added in Settings.")
        self.name = self.field(self.tr("Family and given name"), answers.name)

    def take(self, answers: Answers) -> Answers:
        return replace(answers, name=" ".join(self.name.text().split()))


class NewPassphrase(QWidget):
    """A new passphrase typed twice, shown or hidden, its strength said in words."""

    changed = Signal()

    def __init__(self, name: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = name
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(theme.px(theme.GAP_M))
        self.first, self.again = QLineEdit(), QLineEdit()
        for edit, label in (
            (self.first, self.tr("New passphrase")),
            (self.again, self.tr("The same once more")),
        ):
            edit.setEchoMode(QLineEdit.EchoMode.Password)
            edit.textChanged.connect(self._typed)
            rows.addWidget(FieldLabel(label, edit))
            rows.addWidget(edit)
        self.word = Text(translated("Passphrase", STRENGTH["short"]), "muted")
        rows.insertWidget(2, self.word)
        self.shown = QCheckBox(self.tr("Show what I type"))
        self.shown.toggled.connect(self._show)
        rows.addWidget(self.shown)

    def _typed(self) -> None:
        self.word.setText(translated("Passphrase", STRENGTH[strength(self.first.text(), self.name)]))
        self.changed.emit()

    def _show(self, on: bool) -> None:
        mode = QLineEdit.EchoMode.Normal if on else QLineEdit.EchoMode.Password
        self.first.setEchoMode(mode)
        self.again.setEchoMode(mode)


class PassphrasePanel(Panel):
    """The passphrase that locks the store."""

    def __init__(self, answers: Answers) -> None:
        super().__init__()
        self.title = self.tr("A passphrase of your own")
        self.line = self.tr("It locks everything recorded here. Nobody else knows it, not even the server.")
        self.pair = NewPassphrase(answers.name)
        self.pair.first.setText(answers.passphrase)
        self.pair.again.setText(answers.again)
        self.pair.changed.connect(self.changed)
        self.rows.addWidget(self.pair)

    def take(self, answers: Answers) -> Answers:
        return replace(answers, passphrase=self.pair.first.text(), again=self.pair.again.text())


class RecoveryPanel(Panel):
    """The recovery code, shown this once."""

    def __init__(
        self, answers: Answers, save: Callable[[str, str], object], print_out: Callable[[str, str], object]
    ) -> None:
        super().__init__()
        self.title = self.tr("Your recovery code")
        self.line = self.tr(
            "If the passphrase is forgotten, only this code opens the desk. It is shown once: write it down "
            "or print it, and keep it away from the laptop."
        )
        self.code = Text(answers.recovery_code, "heading").selectable()
        self.code.setWordWrap(True)
        self.code.setAccessibleName(self.tr("Recovery code"))
        self.rows.addWidget(self.code)
        foot = FlowLayout()
        for words, icon, call in (
            (self.tr("Print"), "printer", print_out),
            (self.tr("Save to a file…"), "save", save),
        ):
            button = Button(words, icon=icon)
            button.clicked.connect(lambda _=False, call=call: call(answers.name, answers.recovery_code))
            foot.addWidget(button)
        self.rows.addLayout(foot)


class TypedBackPanel(Panel):
    """Proof that the code was written down."""

    def __init__(self, answers: Answers) -> None:
        super().__init__()
        self.title = self.tr("Type the code back")
        self.line = self.tr("From the paper, to be sure that it can be read. Dashes do not matter.")
        self.typed = self.field(self.tr("Recovery code"), answers.typed_back)

    def take(self, answers: Answers) -> Answers:
        return replace(answers, typed_back=self.typed.text())


class TellingPanel(Panel):
    """Words only: joining, the simulated hamlet, the end."""

    def __init__(self, title: str, line: str) -> None:
        super().__init__()
        self.title, self.line = title, line
