"""A member gives in at a collection point: which one, its code, what came of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from ntmdesk.errors import AppError
from ntmdesk.services import meeting
from ntmdesk.services.meeting import FoundPoint, MeetingNumbers, Search
from ntmdesk.ui import theme
from ntmdesk.ui.jobs import Job, Jobs, Step
from ntmdesk.ui.lanes import Line
from ntmdesk.ui.messages import sentence
from ntmdesk.ui.pages.entry_list import Entry, EntryList
from ntmdesk.ui.translation import QT_TRANSLATE_NOOP, translated
from ntmdesk.ui.widgets.banner import Banner
from ntmdesk.ui.widgets.button import Button
from ntmdesk.ui.widgets.card import Card
from ntmdesk.ui.widgets.columns import Columns
from ntmdesk.ui.widgets.field_label import FieldLabel
from ntmdesk.ui.widgets.flow import FlowLayout
from ntmdesk.ui.widgets.page import Page
from ntmdesk.ui.widgets.progress_strip import ProgressStrip
from ntmdesk.ui.widgets.text import Text

LOOK_AGAIN_MS = 500
"""How often the list of points follows what is heard."""
PATIENCE = 12
"""After so many looks at an empty room typing is offered; a network may let nothing be heard."""
STAGES = {
    "look": QT_TRANSLATE_NOOP("MeetPointPage", "looking for the point"),
    "send": QT_TRANSLATE_NOOP("MeetPointPage", "giving in"),
    "receive": QT_TRANSLATE_NOOP("MeetPointPage", "taking the answer in"),
}
CALM = frozenset({"point_closed", "point_dropped", "point_busy", "no_point", "no_discovery", "cancelled"})
"""Codes after which trying again is all there is to do."""


class MeetPointPage(Page):
    """``searching`` makes a search of the room; it runs while the page is shown."""

    def __init__(
        self,
        jobs: Jobs[Any],
        line: Jobs[Line],
        searching: Callable[[], Search] = Search,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._jobs, self._line, self._searching = jobs, line, searching
        self._job: Job | None = None
        self._search: Search | None = None
        self._here = False
        self._looks = 0
        self._points: dict[str, FoundPoint] = {}
        self.set_head(
            self.tr("Give in at a collection point"),
            self.tr("No internet is needed: the same wifi as the leader's laptop"),
        )
        columns = Columns(740)
        columns.add(self._build_form(), 3)
        columns.add(self._build_found(), 2)
        self.rows.addWidget(columns, 1)
        self._clock = QTimer(self)
        self._clock.setInterval(LOOK_AGAIN_MS)
        self._clock.timeout.connect(self._look)

    def arrive(self, argument: object = None) -> None:
        self.code.setFocus()
        if not self._here:
            self._here, self._looks = True, 0
            self._say_found(self.tr("Looking for collection points in this network…"))
            self._jobs.look(lambda _: self._searching(), self._begun, self._not_begun)

    def leave(self) -> None:
        self._here = False
        self._clock.stop()
        search, self._search = self._search, None
        if search is not None:
            self._jobs.look(lambda _: search.close(), lambda _: None)

    def meet_now(self) -> None:
        """Give everything in that waits; progress is told and it may be stopped."""
        if self._job is not None:
            return
        code, place = self.code.text(), self.address.text().strip()
        try:
            meeting.check_code(code)
        except AppError as error:
            self._banner.tell("amber", sentence(error))
            self.code.setFocus()
            return

        def work(line: Line, step: Step) -> MeetingNumbers:
            numbers = meeting.meet(line.store, code, self._places_of(place), step)
            line.everything_changed()
            return numbers

        self._banner.dismiss()
        self._progress.start(self.tr("Giving in"))
        self.meet_button.setEnabled(False)
        self._job = self._line.long(work, self._met, self._failed, self._progressed, owner=self)

    def stop(self) -> None:
        """Ask the running meeting to end; nothing is lost."""
        if self._job is not None:
            self._job.cancel()
            self._end()
            self._banner.tell("info", self.tr("Stopped. Nothing is lost; give in again any time."), seconds=8)

    @property
    def told_words(self) -> str:
        """What the banner of the page says."""
        return self._banner.text

    def _build_form(self) -> Card:
        card = Card()
        card.add(
            Text(
                self.tr("Type the code shown on the leader's laptop, or scan its QR code into this field."),
                "muted",
            )
        )
        self.code, self.address = QLineEdit(), QLineEdit()
        self.code.setPlaceholderText("7KQF-2M9X-PP3T-34ZC")
        self.address.setPlaceholderText("192.168.1.7:8765")
        hints = (self.tr("capitals and spaces do not matter"), self.tr("only if the list stays empty"))
        for words, editor, hint in (
            (self.tr("Code of the point"), self.code, hints[0]),
            (self.tr("Address"), self.address, hints[1]),
        ):
            box = QWidget()
            rows = QVBoxLayout(box)
            rows.setContentsMargins(0, 0, 0, 0)
            rows.setSpacing(theme.px(2))
            rows.addWidget(FieldLabel(words, editor, hint))
            rows.addWidget(editor)
            editor.returnPressed.connect(self.meet_now)
            card.add(box)
        foot = FlowLayout()
        self.meet_button = Button(self.tr("Give in"), "primary", keys="Ctrl+Return", icon="send")
        self.meet_button.clicked.connect(self.meet_now)
        foot.addWidget(self.meet_button)
        card.add_layout(foot)
        self._progress = ProgressStrip()
        self._progress.cancelled.connect(self.stop)
        card.add(self._progress)
        self._banner = Banner()
        card.add(self._banner)
        card.body.addStretch(1)
        return card

    def _build_found(self) -> Card:
        card = Card(self.tr("Collection points in this network"))
        self.found = Text("", "muted")
        card.add(self.found)
        self.list = EntryList(self.tr("Collection points in this network"))
        self.list.chosen.connect(lambda key: self._choose(str(key)))
        self.list.opened.connect(lambda key: self._choose(str(key)))
        self.list.clicked.connect(lambda _: self._choose(str(self.list.current())))
        card.add(self.list, 1)
        card.body.addStretch(1)
        self.list.hide()
        return card

    def _begun(self, search: Search) -> None:
        if not self._here or self._search is not None:
            self._jobs.look(lambda _: search.close(), lambda _: None)
            return
        self._search = search
        self._clock.start()
        self._look()

    def _not_begun(self, error: AppError) -> None:
        self._say_found(sentence(error))

    def _look(self) -> None:
        if self._search is None:
            return
        found = {point.name: point for point in self._search.points()}
        self._looks = 0 if found else self._looks + 1
        if self._looks == PATIENCE:
            self._say_found(
                self.tr(
                    "No point is seen yet. Type the address shown on the leader's laptop, or keep looking."
                )
            )
        if found == self._points:
            return
        self._points = found
        self.list.show_entries([self._entry(point) for point in found.values()])
        self.list.setVisible(bool(found))
        self._say_found("" if found else self.tr("Looking for collection points in this network…"))

    def _entry(self, point: FoundPoint) -> Entry:
        if not point.readable:
            return Entry(
                point.name, point.name, self.tr("a newer program; install the new version"), "", "amber"
            )
        return Entry(point.name, point.name, "   ".join(point.addresses))

    def _choose(self, name: str) -> None:
        point = self._points.get(name)
        if point is not None and point.readable and point.addresses:
            self.address.setText(point.addresses[0])

    def _places_of(self, place: str) -> str:
        """What was typed; for a point of the list all its addresses."""
        for point in self._points.values():
            if place in point.addresses:
                return " ".join(point.addresses)
        return place

    def _say_found(self, words: str) -> None:
        self.found.setText(words)
        self.found.setVisible(bool(words))

    def _progressed(self, done: int, total: int, note: str) -> None:
        self._progress.step(done, total, translated("MeetPointPage", STAGES[note]) if note in STAGES else "")

    def _end(self) -> None:
        self._job = None
        self._progress.finish()
        self.meet_button.setEnabled(True)

    def _met(self, numbers: MeetingNumbers) -> None:
        self._end()
        self.code.clear()
        parts = [
            self.tr("{point} took {n} records.").format(point=numbers.point, n=numbers.sent)
            if numbers.sent
            else self.tr("{point}: nothing to give in.").format(point=numbers.point)
        ]
        if numbers.received:
            parts.append(self.tr("{n} came to this laptop.").format(n=numbers.received))
        if numbers.conflicts:
            parts.append(self.tr("{n} to choose on the Sync page.").format(n=numbers.conflicts))
        if numbers.clone:
            parts.append(sentence(AppError("clone")))
        self._banner.tell("amber" if numbers.clone else "good", " ".join(parts))

    def _failed(self, error: AppError) -> None:
        self._end()
        self._banner.tell("info" if error.code in CALM else "amber", sentence(error))
