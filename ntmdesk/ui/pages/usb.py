"""Carrying by hand: what waits here copied to a USB stick, what came on one taken in."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain, count
from pathlib import Path
from typing import Any

from PySide6.QtCore import QStorageInfo
from PySide6.QtWidgets import QFileDialog, QWidget

from ntmdesk.domain.text import fold
from ntmdesk.errors import AppError
from ntmdesk.services import bundles, syncing
from ntmdesk.services.bundles import ENDING, Exported, Imported
from ntmdesk.services.syncing import Status
from ntmdesk.store.surroundings import Author
from ntmdesk.store.unit_of_work import UnitOfWork
from ntmdesk.ui.jobs import Job, Jobs, Step
from ntmdesk.ui.lanes import Line
from ntmdesk.ui.messages import sentence
from ntmdesk.ui.pages.acquaintances import AcquaintanceCard, Known, read_known
from ntmdesk.ui.pages.entry_list import Entry, EntryList
from ntmdesk.ui.widgets.banner import Banner
from ntmdesk.ui.widgets.button import Button
from ntmdesk.ui.widgets.card import Card
from ntmdesk.ui.widgets.choice_box import ChoiceBox
from ntmdesk.ui.widgets.columns import Columns
from ntmdesk.ui.widgets.field_label import FieldLabel
from ntmdesk.ui.widgets.flow import FlowLayout
from ntmdesk.ui.widgets.page import Page
from ntmdesk.ui.widgets.progress_strip import ProgressStrip
from ntmdesk.ui.widgets.text import Text

SHOWN = 6
"""Files of one taking in that are seen at once."""
_FILES = f"ntmdesk (*{ENDING} *.ntmg)"


@dataclass(frozen=True, slots=True)
class Read:
    """One reading of the page."""

    status: Status
    known: Known


@dataclass(frozen=True, slots=True)
class Came:
    """One file that was tried: what it brought, or why it was not taken."""

    name: str
    done: Imported | None
    error: AppError | None


def stick() -> str:
    """Where a file dialog begins: the first volume that is not this computer's own, else the person's
    folder."""
    own = ("/", "/home", "/boot", "/boot/efi", "C:/")
    for volume in QStorageInfo.mountedVolumes():
        place = volume.rootPath()
        device = bytes(volume.device().data())
        if volume.isReady() and not volume.isReadOnly() and place not in own and device.startswith(b"/dev/"):
            return place
        if volume.isReady() and re.fullmatch(r"[D-Z]:/", place):
            return place
    return str(Path.home())


def file_name(person: str, day: date) -> str:
    """A name that tells people whose file it is and of which day; letters that every stick can hold."""
    plain = re.sub(r"[^a-z0-9]+", "-", fold(person)).strip("-") or "ntmdesk"
    return f"{plain}-{day.isoformat()}{ENDING}"


def free(file: Path) -> Path:
    """That name, or with a number behind it the first that is not taken: two people of one name, or one who
    copies twice a day, do not write over each other's file."""
    numbered = (file.with_stem(f"{file.stem}-{n}") for n in count(2))
    return next(one for one in chain((file,), numbered) if not one.exists())


def with_ending(file: Path, ending: str) -> Path:
    """As typed, with the ending by which it is found again."""
    return file if file.suffix.lower() == ending else free(file.with_name(file.name + ending))


def ask_where(parent: QWidget, title: str, name: str) -> Path | None:
    """The file a person chooses to write."""
    offered = free(Path(stick()) / name)
    chosen, _ = QFileDialog.getSaveFileName(parent, title, str(offered), _FILES)
    return with_ending(Path(chosen), offered.suffix) if chosen else None


def ask_which(parent: QWidget, title: str) -> list[Path]:
    """The files a person chooses to take in."""
    chosen, _ = QFileDialog.getOpenFileNames(parent, title, stick(), _FILES)
    return [Path(name) for name in chosen]


class UsbPage(Page):
    """``author`` tells who is at work; ``today`` the day in Vietnam."""

    def __init__(
        self,
        jobs: Jobs[Any],
        line: Jobs[Line],
        author: Callable[[], Author],
        today: Callable[[], date],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._jobs, self._line, self._author, self._today = jobs, line, author, today
        self._job: Job | None = None
        self.kinds = frozenset({"household", "support_visit", "member"})
        self.set_head(self.tr("Carry on a USB stick"), self.tr("No network is needed; a file is enough"))
        columns = Columns(740)
        columns.add(self._build_out(), 1)
        columns.add(self._build_in(), 1)
        self.rows.addWidget(columns)
        self._progress = ProgressStrip()
        self._progress.cancelled.connect(self.stop)
        self.rows.addWidget(self._progress)
        self._banner = Banner()
        self.rows.addWidget(self._banner)
        self.came = Card(self.tr("What came"))
        self.list = EntryList(self.tr("What came"))
        self.came.add(self.list)
        self.rows.addWidget(self.came)
        self.came.hide()
        self.acquaintances = AcquaintanceCard(jobs, line, author, self._ask_greeting)
        self.acquaintances.told.connect(self._say)
        self.rows.addWidget(self.acquaintances)
        self.rows.addStretch(1)

    def arrive(self, argument: object = None) -> None:
        self.refresh()
        self.copy_button.setFocus()

    def refresh(self) -> None:
        def read(uow: UnitOfWork) -> Read:
            return Read(syncing.status(uow), read_known(uow))

        self._jobs.latest("usb", read, self._show, owner=self)

    def copy_out(self) -> None:
        """Ask for a place and write what waits there."""
        name = file_name(self._author().name, self._today())
        file = ask_where(self, self.tr("Copy to the USB stick"), name)
        if file is not None:
            self.copy_to(file)

    def copy_to(self, file: Path) -> None:
        """Write what waits into a file; who chose its name was asked whether it may be replaced."""
        if self._job is not None:
            return
        to = self.whom.code()
        self._begin(self.tr("Copying"))
        self._job = self._line.long(
            lambda line, _: bundles.export_bundle(line.store, file, to, replace=True),
            self._copied,
            self._failed,
            owner=self,
        )

    def take_in(self) -> None:
        """Ask for files and take each in."""
        files = ask_which(self, self.tr("Take in from the USB stick"))
        if files:
            self.take_files(files)

    def take_files(self, files: Sequence[Path]) -> None:
        """Take in files, one after the other; one that cannot be taken stops no other."""
        if self._job is not None:
            return

        def work(line: Line, step: Step) -> list[Came]:
            found: list[Came] = []
            for n, file in enumerate(files):
                step.check()
                step.tell(n, len(files))
                try:
                    found.append(Came(file.name, bundles.import_bundle(line.store, file), None))
                except AppError as error:
                    found.append(Came(file.name, None, error))
            line.everything_changed()
            return found

        self._begin(self.tr("Taking in"))
        self._job = self._line.long(work, self._taken, self._failed, self._progressed, owner=self)

    def stop(self) -> None:
        """Ask the running work to end; what was taken stays taken, the files stay as they are."""
        if self._job is not None:
            self._job.cancel()
            self._end()
            self._banner.tell("info", self.tr("Stopped. Nothing is lost; do it again any time."), seconds=8)
            self.refresh()

    @property
    def told_words(self) -> str:
        """What the banner of the page says."""
        return self._banner.text

    def _build_out(self) -> Card:
        card = Card(self.tr("Copy to USB"))
        self.waiting = Text("", "muted")
        card.add(self.waiting)
        self.whom = ChoiceBox(self.tr("For whom"))
        self.whom.offer(
            (
                ("server", self.tr("for the leader and the upper server")),
                ("team", self.tr("for everybody in the team")),
            )
        )
        self.whom.choose("server")
        card.add(FieldLabel(self.tr("For whom"), self.whom))
        card.add(self.whom)
        foot = FlowLayout()
        self.copy_button = Button(self.tr("Copy to USB…"), "primary", keys="Ctrl+S", icon="upload")
        self.copy_button.clicked.connect(self.copy_out)
        foot.addWidget(self.copy_button)
        card.add_layout(foot)
        return card

    def _build_in(self) -> Card:
        card = Card(self.tr("Take in from USB"))
        card.add(
            Text(
                self.tr("Choose the files of your colleagues or the answer of the server, all at once."),
                "muted",
            )
        )
        foot = FlowLayout()
        self.take_button = Button(self.tr("Take in from USB…"), "primary", keys="Ctrl+O", icon="download")
        self.take_button.clicked.connect(self.take_in)
        foot.addWidget(self.take_button)
        card.add_layout(foot)
        card.body.addStretch(1)
        return card

    def _show(self, read: Read) -> None:
        waiting = read.status.pending
        self.waiting.setText(
            self.tr("%n record(s) wait for a receipt; the file holds all of them.", "", waiting)
            if waiting
            else self.tr("Nothing waits here; the file tells what this laptop has read.")
        )
        self.acquaintances.setVisible(not read.status.enrolled)
        self.acquaintances.show_known(read.known)

    def _ask_greeting(self) -> Path | None:
        name = file_name(self._author().name, self._today()).replace(ENDING, ".ntmg")
        return ask_where(self, self.tr("Write the greeting"), name)

    def _begin(self, words: str) -> None:
        self._banner.dismiss()
        self._progress.start(words)
        self.copy_button.setEnabled(False)
        self.take_button.setEnabled(False)

    def _end(self) -> None:
        self._job = None
        self._progress.finish()
        self.copy_button.setEnabled(True)
        self.take_button.setEnabled(True)

    def _progressed(self, done: int, total: int, note: str) -> None:
        self._progress.step(done, total, "")

    def _copied(self, done: Exported) -> None:
        self._end()
        words = self.tr("{n} records are in {file}. They stay “on this laptop” until a receipt comes.")
        if not done.records:
            words = self.tr("{file} is written. Nothing waits here; it tells what this laptop has read.")
        self._banner.tell("good", words.format(n=done.records, file=Path(done.file).name))
        self.refresh()

    def _taken(self, found: list[Came]) -> None:
        self._end()
        self.list.show_entries([self._entry(n, came) for n, came in enumerate(found)])
        self.list.fit(SHOWN)
        reasons = [sentence(came.error) for came in found if came.error is not None]
        taken = [came.done for came in found if came.done is not None]
        new = sum(done.new for done in taken)
        greeted = sum(done.met is not None for done in taken)
        self.came.setVisible(
            greeted < len(found)
        )  # the card below tells greetings, beside the field for codes
        if reasons:
            words = self.tr("{bad} of {n} files could not be taken; the list says why.")
            words = words.format(bad=len(reasons), n=len(found))
            if len(set(reasons)) == 1:  # said whole: the list has room for its beginning only
                words = reasons[0] if len(found) == 1 else f"{words} {reasons[0]}"
            self._banner.tell("amber", words)
        elif greeted and greeted == len(taken):
            words = self.tr("%n greeting(s) came. Now type the code each colleague reads aloud.", "", greeted)
            self._banner.tell("good", words)
            self.acquaintances.compare()
        else:
            self._banner.tell("good", self.tr("%n record(s) are new on this laptop.", "", new), seconds=20)
        self.refresh()

    def _entry(self, at: int, came: Came) -> Entry:
        if came.error is not None:
            return Entry(at, came.name, sentence(came.error), self.tr("not taken"), "danger")
        done = came.done
        assert done is not None  # noqa: S101 - one of the two is there
        if done.met is not None:
            words = self.tr("a greeting of {name}: its code is still to be compared").format(
                name=done.met.name
            )
            return Entry(at, came.name, words, self.tr("to compare"), "amber")
        return Entry(at, came.name, self._brought(done), self.tr("taken"), "good")

    def _brought(self, done: Imported) -> str:
        unnamed = self.tr("the upper server") if done.by_server else self.tr("a laptop of the team")
        maker = done.maker or unnamed
        if done.sealed:
            words = self.tr("{name}: sealed to others; this laptop hands {n} records on")
            return words.format(name=maker, n=done.records)
        parts = [self.tr("{name}: {n} new").format(name=maker, n=done.new)]
        if done.receipts:
            parts.append(self.tr("{n} receipts").format(n=done.receipts))
        if done.carried:
            parts.append(self.tr("holds {n} files of this laptop").format(n=done.carried))
        if done.refused:
            parts.append(self.tr("{n} packets not taken").format(n=done.refused))
        if done.clone:
            parts.append(self.tr("another laptop works on a copy of this store"))
        return " · ".join(parts)

    def _say(self, tone: str, words: str) -> None:
        self._banner.tell(tone, words, seconds=0 if tone == "amber" else 20)
        self.refresh()

    def _failed(self, error: AppError) -> None:
        self._end()
        words = sentence(error)
        if error.code == "not_enrolled":  # the page itself offers a way
            words = self.tr("No laptop of the team is known here yet. Exchange greetings below first.")
        self._banner.tell("amber", words)
        self.refresh()
