"""Settings: how the desk looks, who works on this laptop, locking, copies, whether the store is whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QCheckBox, QComboBox, QFileDialog, QVBoxLayout, QWidget

from ntmdesk import __version__
from ntmdesk.domain.dates import format_moment
from ntmdesk.errors import AppError
from ntmdesk.services import backups, checks, persons
from ntmdesk.services.backups import BackupDone
from ntmdesk.services.checks import Checked
from ntmdesk.store.surroundings import Author
from ntmdesk.store.unit_of_work import UnitOfWork
from ntmdesk.system.settings import Settings
from ntmdesk.ui import theme
from ntmdesk.ui.jobs import Jobs
from ntmdesk.ui.lanes import Line
from ntmdesk.ui.messages import sentence
from ntmdesk.ui.pages.laptop_people import LaptopPeople
from ntmdesk.ui.translation import QT_TRANSLATE_NOOP, translate, translated
from ntmdesk.ui.widgets.banner import Banner
from ntmdesk.ui.widgets.button import Button
from ntmdesk.ui.widgets.card import Card
from ntmdesk.ui.widgets.columns import Columns
from ntmdesk.ui.widgets.field_label import FieldLabel
from ntmdesk.ui.widgets.flow import FlowLayout
from ntmdesk.ui.widgets.page import Page
from ntmdesk.ui.widgets.pill import Pill
from ntmdesk.ui.widgets.progress_strip import ProgressStrip
from ntmdesk.ui.widgets.text import Text

SIZES = (100, 110, 125, 150, 175, 200)
LOCK_MINUTES = (5, 10, 15, 30, 60, 0)
SYNC_MINUTES = (5, 15, 30, 60, 0)
CHECKS = {
    "encryption": QT_TRANSLATE_NOOP("SettingsPage", "The file is encrypted"),
    "pages": QT_TRANSLATE_NOOP("SettingsPage", "Every page of the file can be read"),
    "structure": QT_TRANSLATE_NOOP("SettingsPage", "The tables are sound"),
    "references": QT_TRANSLATE_NOOP("SettingsPage", "Nothing points into the void"),
    "records": QT_TRANSLATE_NOOP("SettingsPage", "Every record matches its own sum"),
    "derived": QT_TRANSLATE_NOOP("SettingsPage", "Search finds every record"),
    "links": QT_TRANSLATE_NOOP("SettingsPage", "Links between records are complete"),
    "packets": QT_TRANSLATE_NOOP("SettingsPage", "What waits to be sent is whole"),
    "counter": QT_TRANSLATE_NOOP("SettingsPage", "The store was not set back"),
}
ADVICE = {
    "restore_backup": QT_TRANSLATE_NOOP(
        "SettingsPage", "copy the folder of the store aside, then restore the newest copy"
    ),
    "reopen": QT_TRANSLATE_NOOP("SettingsPage", "close the desk and open it again; it mends this by itself"),
}
LICENCES = (
    "Python (PSF), Qt/PySide6 (LGPL-3.0), SQLCipher (BSD), sqlite-utils (Apache-2.0), "
    "cryptography (Apache-2.0), msgspec (BSD), zstandard (BSD), requests (Apache-2.0), python-docx (MIT), "
    "Be Vietnam Pro (OFL-1.1), Lucide (ISC)"
)

AskFile = Callable[[QWidget, str], str]


def ask_backup_path(parent: QWidget, name: str) -> str:
    """Let the person choose where the copy goes."""
    chosen, _ = QFileDialog.getSaveFileName(parent, "", name)
    return chosen


class SettingsPage(Page):
    """``settings`` reads what is chosen now, ``change_settings`` keeps and wears it."""

    kinds = frozenset({"team"})

    def __init__(
        self,
        jobs: Jobs[Any],
        line: Jobs[Line],
        home: Path,
        settings: Callable[[], Settings],
        change_settings: Callable[[Settings], None],
        author: Callable[[], Author],
        ask: AskFile = ask_backup_path,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._jobs, self._line, self._home = jobs, line, home
        self._settings, self._change, self._ask = settings, change_settings, ask
        self.set_head(self.tr("Settings"), self.tr("What is chosen here holds for this laptop"))
        self._banner = Banner()
        self.rows.addWidget(self._banner)
        columns = Columns(740)
        left, right = QWidget(), QWidget()
        for side in (left, right):
            rows = QVBoxLayout(side)
            rows.setContentsMargins(0, 0, 0, 0)
            rows.setSpacing(theme.px(theme.GAP_L))
        self.people = LaptopPeople(line, home, author)
        self.people.told.connect(self._banner.tell)
        for side, card in (
            (left, self._build_looks()),
            (left, self._build_habits()),
            (left, self._build_about()),
            (right, self.people),
            (right, self._build_copies()),
            (right, self._build_check()),
        ):
            layout = side.layout()
            if layout is not None:
                layout.addWidget(card)
        for side in (left, right):
            layout = side.layout()
            if isinstance(layout, QVBoxLayout):
                layout.addStretch(1)
        columns.add(left, 1)
        columns.add(right, 1)
        self.rows.addWidget(columns, 1)

    def arrive(self, argument: object = None) -> None:
        self.refresh()

    def refresh(self) -> None:
        self.people.reload()
        last = backups.last(self._home)
        when = format_moment(last) if last else ""
        self._last.setText(
            self.tr("Newest copy: {when}").format(when=when) if last else self.tr("No copy was made yet.")
        )
        self._jobs.look(_contact, self._show_contact, lambda _: None, owner=self)

    @property
    def told_words(self) -> str:
        """What the banner says."""
        return self._banner.text

    def _build_looks(self) -> Card:
        card = Card(self.tr("Language and looks"))
        self.language = self._choice(
            card, self.tr("Language"), (("Tiếng Việt", "vi"), ("English", "en")), "language"
        )
        self.theme = self._choice(
            card,
            self.tr("Theme"),
            ((self.tr("As the system"), "system"), (self.tr("Light"), "light"), (self.tr("Dark"), "dark")),
            "theme",
        )
        self.text_size = self._choice(
            card, self.tr("Text size"), tuple((f"{size}%", size) for size in SIZES), "text_size"
        )
        return card

    def _build_habits(self) -> Card:
        card = Card(self.tr("Locking and syncing"))
        self.lock = self._choice(
            card,
            self.tr("Lock when nobody works"),
            tuple((self._minutes(n) if n else self.tr("never"), n) for n in LOCK_MINUTES),
            "auto_lock_minutes",
        )
        self.sync = self._choice(
            card,
            self.tr("Try to sync by itself"),
            tuple((self._minutes(n) if n else self.tr("only by hand"), n) for n in SYNC_MINUTES),
            "sync_minutes",
        )
        self.metered = QCheckBox(self.tr("Pause syncing on a network that is paid by volume"))
        self.metered.setChecked(self._settings().pause_metered)
        self.metered.clicked.connect(lambda on: self._chosen("pause_metered", on))
        card.add(self.metered)
        return card

    def _build_copies(self) -> Card:
        card = Card(self.tr("Copies of the store"))
        card.add(
            Text(
                self.tr("A copy is made by itself each day beside the store. Keep another on a USB stick."),
                "muted",
            )
        )
        self._last = Text("", "body")
        card.add(self._last)
        foot = FlowLayout()
        self.copy_button = Button(self.tr("Make a copy now…"), icon="save")
        self.copy_button.clicked.connect(self.copy_now)
        foot.addWidget(self.copy_button)
        card.add_layout(foot)
        self._progress = ProgressStrip()
        card.add(self._progress)
        card.add(
            Text(
                self.tr(
                    "To go back to a copy: close the desk and run “ntmdesk restore-backup FILE”. It asks for "
                    "the passphrase of then; what is here now is kept aside."
                ),
                "muted",
            )
        )
        return card

    def _build_check(self) -> Card:
        card = Card(self.tr("Is the store whole?"))
        foot = FlowLayout()
        self.check_button = Button(self.tr("Check the store"), icon="circle-check")
        self.check_button.clicked.connect(self.check_now)
        foot.addWidget(self.check_button)
        card.add_layout(foot)
        self._checked = QVBoxLayout()
        card.add_layout(self._checked)
        return card

    def _build_about(self) -> Card:
        card = Card(self.tr("About"))
        card.add(Text(self.tr("ntmdesk {version}").format(version=__version__), "strong"))
        card.add(Text(self.tr("Free software. It stands on: {parts}.").format(parts=LICENCES), "muted"))
        self._contact = Text("", "body")
        card.add(self._contact)
        return card

    def _choice(
        self, card: Card, words: str, options: tuple[tuple[str, object], ...], setting: str
    ) -> QComboBox:
        box = QComboBox()
        now = getattr(self._settings(), setting)
        for text, value in options:
            box.addItem(text, value)
        if box.findData(now) < 0:
            box.addItem(str(now), now)
        box.setCurrentIndex(box.findData(now))
        box.activated.connect(lambda _: self._chosen(setting, box.currentData()))
        card.add(FieldLabel(words, box))
        card.add(box)
        return box

    def _minutes(self, n: int) -> str:
        return self.tr("after {n} minutes").format(n=n)

    def _chosen(self, setting: str, value: object) -> None:
        try:
            self._change(replace(self._settings(), **{setting: value}))  # type: ignore[arg-type]
        except AppError as error:
            self._banner.tell("danger", sentence(error))

    def copy_now(self) -> None:
        """Ask where and make a copy that was opened and checked."""
        name = f"ntmdesk-{datetime.now().astimezone():%Y%m%d}{backups.ENDING}"
        path = self._ask(self, name)
        if not path:
            return
        target = Path(path if path.endswith(backups.ENDING) else f"{path}{backups.ENDING}")
        self.copy_button.setEnabled(False)
        self._progress.start(self.tr("Copying…"), can_stop=False)
        self._line.long(
            lambda line, step: backups.backup(line.store, target, step),
            self._copied,
            self._copy_failed,
            owner=self,
        )

    def check_now(self) -> None:
        """Look at the file, its pages and every record."""
        self.check_button.setEnabled(False)
        self._line.long(
            lambda line, step: checks.check(line.store, step),
            self._show_checked,
            self._check_failed,
            owner=self,
        )

    def _copied(self, done: BackupDone) -> None:
        self.copy_button.setEnabled(True)
        self._progress.finish()
        words = self.tr("Copied and checked: {n} records in {file}").format(n=done.records, file=done.file)
        self._banner.tell("good", words)
        self.refresh()

    def _copy_failed(self, error: AppError) -> None:
        self.copy_button.setEnabled(True)
        self._progress.finish()
        self._banner.tell("danger", sentence(error))

    def _show_checked(self, found: Checked) -> None:
        self.check_button.setEnabled(True)
        while (item := self._checked.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        tone = "good" if found.ok else "danger"
        words = self.tr("Everything is whole.") if found.ok else self.tr("Something is wrong; see below.")
        self._checked.addWidget(Pill(words, tone))
        for check in found.checks:
            name = translated("SettingsPage", CHECKS.get(check.name, check.name))
            advice = translated("SettingsPage", ADVICE.get(check.advice, check.advice))
            told = f"✓ {name}" if check.ok else f"✗ {name}: {advice}"
            self._checked.addWidget(Text(told, "muted" if check.ok else "problem"))

    def _check_failed(self, error: AppError) -> None:
        self.check_button.setEnabled(True)
        self._banner.tell("danger", sentence(error))

    def _show_contact(self, words: str) -> None:
        self._contact.setText(words)


def _contact(uow: UnitOfWork) -> str:
    team = persons.team_of(uow) or {}
    name = str(team.get("name") or "")
    if not name:
        return translate(
            "SettingsPage",
            "Questions about personal data: once you join a team, its leader and the commune answer them.",
        )
    return translate(
        "SettingsPage",
        "Questions about personal data: the leader of {team}, then the People's Committee of the commune.",
    ).format(team=name)
