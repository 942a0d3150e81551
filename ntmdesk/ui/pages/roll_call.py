"""The roll-call of one session: one field that takes whatever tells who is there, and the counts."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from ntmdesk.domain.kinds import Catalogue
from ntmdesk.domain.text import fold, sort_key
from ntmdesk.domain.training import Attendee
from ntmdesk.errors import AppError
from ntmdesk.services import records, training
from ntmdesk.services.suggestions import Suggested
from ntmdesk.services.training import Marked, RollCall
from ntmdesk.store.unit_of_work import UnitOfWork
from ntmdesk.ui import theme
from ntmdesk.ui.jobs import Jobs
from ntmdesk.ui.messages import sentence
from ntmdesk.ui.pages.entry_list import Entry, EntryList
from ntmdesk.ui.pages.moments import choice_words
from ntmdesk.ui.pages.roll_guest import Guest
from ntmdesk.ui.translation import short_date
from ntmdesk.ui.widgets.banner import Banner
from ntmdesk.ui.widgets.button import Button
from ntmdesk.ui.widgets.card import Card
from ntmdesk.ui.widgets.flow import FlowLayout
from ntmdesk.ui.widgets.suggest_box import SuggestBox
from ntmdesk.ui.widgets.suggestions import Suggestion
from ntmdesk.ui.widgets.text import Text

_SEPARATORS = re.compile(r"[\n\r\t;,]+")
_NUMBERING = re.compile(r"^\s*\d{1,3}\s*[.)\-]\s*")


@dataclass(frozen=True, slots=True)
class Pasted:
    """What became of a list: how many were marked, and the texts nobody or several people fit."""

    roll: RollCall
    marked: int
    open: tuple[str, ...]


def split_list(text: str) -> list[str]:
    """Names of a pasted list: one a line or between commas, with or without numbers in front."""
    parts = (_NUMBERING.sub("", part).strip() for part in _SEPARATORS.split(text))
    return list(dict.fromkeys(part for part in parts if part))


class RollCallPanel(Card):
    """Enter marks the only one who fits; otherwise the choices are shown, or the name is added as a guest."""

    edit_asked = Signal(object)
    delete_asked = Signal(str)
    told = Signal(str, str)
    undo_offered = Signal(str, object)

    def __init__(
        self,
        jobs: Jobs[Any],
        catalogue: Catalogue,
        today: Callable[[], date],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent=parent)
        self._jobs, self._catalogue, self._today = jobs, catalogue, today
        self.session = ""
        self._roll: RollCall | None = None
        self._build()

    def show_session(self, id: str) -> None:
        """Another session."""
        if id != self.session:
            self.session = id
            self.box.set_picked(None)
            self.guest.hide()
            self._open_names.hide()
            self._banner.dismiss()
        self.reload()

    def reload(self) -> None:
        """Read the session again."""
        id = self.session
        if id:
            self._jobs.latest(
                "roll", lambda uow: training.roll_call(uow, id), self._show, lambda _: None, owner=self
            )

    def paste(self, text: str) -> None:
        """Mark everybody of a list."""
        names, id = split_list(text), self.session
        if not id:
            return
        if not names:
            words = self.tr("Nothing to paste: copy the names first, then press again.")
            self._banner.tell("amber", words)
            return

        def work(uow: UnitOfWork) -> Pasted:
            marked, rest = 0, []
            roll = training.roll_call(uow, id)
            for name in names:
                one = training.mark_text(uow, id, name)
                roll = one.roll
                marked += one.marked is not None
                if one.marked is None and not _is_there(roll, name):
                    rest.append(name)
            return Pasted(roll, marked, tuple(rest))

        self._jobs.run(work, self._pasted, self._failed, owner=self)

    @property
    def told_words(self) -> str:
        """What the banner says."""
        return self._banner.text

    def _build(self) -> None:
        edit = Button(self.tr("Change the session"), "link")
        edit.clicked.connect(self._ask_edit)
        self.set_action(edit)
        self._line = Text("", "muted")
        self.add(self._line)
        self.add(self._build_counts())
        self.box = SuggestBox(
            self.tr("Name, given name, number or card, then Enter"),
            self.tr("Not in the register: add “{text}”"),
        )
        self.box.edit.setAccessibleName(self.tr("Who is here"))
        self.box.ask = self._suggest
        self.box.picked.connect(lambda found: self._mark(found.id))
        self.box.create_asked.connect(self._ask_guest)
        self.box.edit.entered.disconnect()
        self.box.edit.entered.connect(self._enter)
        self.box.edit.installEventFilter(self)
        self.add(self.box)
        self._banner = Banner()
        self.add(self._banner)
        self.guest = Guest(self._catalogue, self._today)
        self.guest.hide()
        self.guest.refused.connect(lambda words: self._banner.tell("amber", words))
        self.guest.given.connect(self._mark_guest)
        self.guest.left.connect(self._leave_guest)
        self.add(self.guest)
        self._open_names = EntryList(self.tr("Names still to be found"), compact=True)
        self._open_names.setMinimumHeight(theme.px(90))
        self._open_names.setMaximumHeight(theme.px(150))
        self._open_names.opened.connect(lambda key: self._look_up(str(key)))
        self._open_names.hide()
        self.add(self._open_names)
        self.present = EntryList(self.tr("People present"), compact=True)
        self.present.installEventFilter(self)
        self.add(self.present, 1)
        foot = FlowLayout()
        paste = Button(self.tr("Paste a list"), icon="copy")
        paste.clicked.connect(lambda: self.paste(QGuiApplication.clipboard().text()))
        self.remove_button = Button(self.tr("Not here after all"), keys="Delete", icon="x")
        self.remove_button.clicked.connect(self._remove_current)
        trash = Button(self.tr("Delete the session"), "quiet", icon="trash-2")
        trash.clicked.connect(lambda: self.delete_asked.emit(self.session))
        for button in (paste, self.remove_button, trash):
            foot.addWidget(button)
        self.add_layout(foot)

    def _ask_edit(self) -> None:
        if self._roll is not None:
            self.edit_asked.emit(self._roll)

    def _build_counts(self) -> QWidget:
        box = QWidget()
        across = QHBoxLayout(box)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(theme.px(theme.GAP_XL))
        self.counts: dict[str, Text] = {}
        for name, words in (
            ("attended", self.tr("present")),
            ("women", self.tr("women")),
            ("elders", self.tr("60 and over")),
        ):
            column = QVBoxLayout()
            column.setSpacing(0)
            figure, under = Text("–", "figure"), Text(words, "small")
            self.counts[name] = figure
            column.addWidget(figure)
            column.addWidget(under)
            across.addLayout(column)
        across.addStretch(1)
        return box

    def _show(self, roll: RollCall) -> None:
        fresh = {a.row_id for a in roll.present}
        before = {a.row_id for a in self._roll.present} if self._roll else set()
        self._roll = roll
        session = roll.session
        self.set_title(str(session.get("title") or ""))
        when = str(session.get("date") or "")
        planned = session.get("planned_n")
        parts = [
            _day_words(when),
            str(session.get("start") or ""),
            str(session.get("place") or ""),
            self.tr("{n} invited").format(n=planned) if planned is not None else "",
        ]
        self._line.setText(" · ".join(part for part in parts if part))
        for name, figure in self.counts.items():
            value = getattr(roll.counts, name)
            figure.setText("–" if value is None else str(value))
            figure.setAccessibleName(f"{figure.text()}")
        typed = bool(roll.counts.typed) and len(roll.present) < (roll.counts.attended or 0)
        self.set_note(self.tr("counts typed by hand") if typed else "")
        self.present.show_entries([self._entry(one) for one in sorted(roll.present, key=_by_name)])
        new = fresh - before
        if len(new) == 1 and before:
            self.present.choose(next(iter(new)), tell=False)
        self.remove_button.setEnabled(bool(roll.present))

    def _entry(self, one: Attendee) -> Entry:
        detail = " · ".join(part for part in (str(one.birth_year or ""), one.lane) if part)
        sex = choice_words(self._catalogue, "sexes", one.sex) if one.sex else ""
        if not one.resident:
            return Entry(one.row_id, one.name, detail or self.tr("not in the register"), sex or "?", "amber")
        return Entry(one.row_id, one.name, detail or "–", sex, "plain")

    def _suggest(self, text: str) -> None:
        id = self.session
        self._jobs.latest(
            "roll_suggest",
            lambda uow: training.suggest(uow, id, text),
            lambda found: self.box.offer(text, self._rows(found)),
            owner=self,
        )

    def _rows(self, found: list[Suggested]) -> list[Suggestion]:
        there = {a.resident for a in self._roll.present} if self._roll else set()
        rows = []
        for one in found:
            detail = " · ".join(p for p in (str(one.birth_year or ""), one.lane, one.household_head) if p)
            tail = self.tr("here already") if one.id in there else one.number_tail
            rows.append(Suggestion(one.id, one.name, detail, tail, one))
        return rows

    def _enter(self) -> None:
        text = self.box.text().strip()
        current = self.box.suggestions.current() if self.box.is_open() else None
        if current is not None and isinstance(current.data, Suggested):
            self._mark(current.id)
        elif current is not None:
            self._ask_guest(text)
        elif text:
            id = self.session
            self._jobs.run(
                lambda uow: training.mark_text(uow, id, text),
                lambda marked: self._marked_text(text, marked),
                self._failed,
                owner=self,
            )

    def _marked_text(self, text: str, marked: Marked) -> None:
        if marked.marked is not None:
            self._done(marked.roll)
            return
        self._show(marked.roll)
        if marked.choices:
            self.box.offer(self.box.text(), self._rows(marked.choices))
        elif _is_there(marked.roll, text):
            self.box.set_picked(None)
            self._banner.tell("info", self.tr("{name} is here already.").format(name=text), seconds=6)
        elif "|" in text:
            self.box.set_picked(None)
            self._banner.tell("amber", self.tr("The card fits nobody of the register. Type the name."))
        else:
            self._ask_guest(text)

    def _mark(self, resident: str) -> None:
        if self._roll and resident in {a.resident for a in self._roll.present}:
            self.box.set_picked(None)
            self._banner.tell("info", self.tr("Here already."), seconds=6)
            return
        id = self.session
        self._jobs.run(
            lambda uow: training.mark(uow, id, resident=resident), self._done, self._failed, owner=self
        )

    def _done(self, roll: RollCall) -> None:
        self._banner.dismiss()
        self.box.set_picked(None)
        self.box.setFocus()
        self._show(roll)

    def _ask_guest(self, name: str) -> None:
        self.box.put_away()
        self.guest.begin(name)

    def _mark_guest(self, name: str, sex: str, birth: str) -> None:
        id = self.session
        if self._roll is not None and any(
            fold(one.name) == fold(name) for one in self._roll.present if not one.resident
        ):
            words = self.tr("{name} is here already. For another one, add to the name what tells them apart.")
            self._banner.tell("amber", words.format(name=name))
            self.guest.name.setFocus()
            return

        def marked(roll: RollCall) -> None:
            self.guest.hide()
            self._done(roll)

        self._jobs.run(
            lambda uow: training.mark(uow, id, name=name, sex=sex or None, birth=birth or None),
            marked,
            self._failed,
            owner=self,
        )

    def _leave_guest(self) -> None:
        self.guest.hide()
        self.box.setFocus()

    def _pasted(self, done: Pasted) -> None:
        self._show(done.roll)
        self.box.set_picked(None)
        words = self.tr("{n} marked from the list.").format(n=done.marked)
        if done.open:
            words += " " + self.tr("{n} names fit nobody or several: Enter on one.").format(n=len(done.open))
        self._banner.tell("amber" if done.open else "good", words)
        self._open_names.show_entries([Entry(name, name) for name in done.open])
        self._open_names.setVisible(bool(done.open))

    def _look_up(self, name: str) -> None:
        rest = [e for e in self._open_names.entries() if e.key != name]
        self._open_names.show_entries(rest)
        self._open_names.setVisible(bool(rest))
        self.box.setFocus()
        self.box.set_text(name)
        self._suggest(name)

    def _remove_current(self) -> None:
        row, roll, id = self.present.current(), self._roll, self.session
        one = next((a for a in roll.present if a.row_id == row), None) if roll else None
        if one is None:
            return
        gone = one

        def work(uow: UnitOfWork) -> RollCall:
            if gone.resident:
                return training.mark(uow, id, resident=gone.resident, present=False)
            return training.mark(uow, id, name=gone.name, present=False)

        def done(roll: RollCall) -> None:
            self._show(roll)
            self.undo_offered.emit(self.tr("{name} taken off").format(name=gone.name), self._undo)

        self._jobs.run(work, done, self._failed, owner=self)

    def _undo(self) -> None:
        self._jobs.run(records.undo, lambda _: self.reload(), owner=self)

    def _failed(self, error: AppError) -> None:
        self._banner.tell("danger", sentence(error))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if (
            watched is self.box.edit
            and isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
            and event.matches(QKeySequence.StandardKey.Paste)
            and len(split_list(QGuiApplication.clipboard().text())) > 1
        ):
            self.paste(QGuiApplication.clipboard().text())
            return True
        return super().eventFilter(watched, event)


def _is_there(roll: RollCall, text: str) -> bool:
    wanted = fold(text)
    return any(fold(one.name) == wanted for one in roll.present)


def _day_words(iso: str) -> str:
    try:
        return short_date(date.fromisoformat(iso[:10]))
    except ValueError:
        return ""


def _by_name(one: Attendee) -> bytes:
    """As a list on paper stands, so that a name is found again; whoever was marked last is chosen in it."""
    return sort_key(one.name)
