"""What the upper server refused: why, and mending it on the spot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from ntmdesk import messages
from ntmdesk.domain.dates import format_moment
from ntmdesk.domain.kinds import Catalogue
from ntmdesk.errors import AppError
from ntmdesk.services import records, syncing
from ntmdesk.services.search import place_of, title_of
from ntmdesk.store.unit_of_work import UnitOfWork
from ntmdesk.ui.jobs import Jobs
from ntmdesk.ui.messages import sentence
from ntmdesk.ui.models.flags import reason_words
from ntmdesk.ui.pages.entry_list import Entry, EntryList
from ntmdesk.ui.pages.values import field_of, field_words, value_words
from ntmdesk.ui.translation import label, language
from ntmdesk.ui.widgets.banner import Banner
from ntmdesk.ui.widgets.button import Button
from ntmdesk.ui.widgets.empty_state import EmptyState
from ntmdesk.ui.widgets.flow import FlowLayout
from ntmdesk.ui.widgets.text import Text

SHOWN = 3
"""Refused values seen at once."""


@dataclass(frozen=True, slots=True)
class RefusedValue:
    """One refused value in words.  ``plain``: its text where one line can edit it, else None."""

    dot: str
    kind: str
    id: str
    field: str
    title: str
    what: str
    words: str
    code: str
    when: str
    plain: str | None


def read_refused(uow: UnitOfWork) -> list[RefusedValue]:
    """Everything refused and not yet dealt with."""
    found = []
    for item in syncing.refused(uow):
        field = field_of(uow.catalogue, item.kind, item.field)
        simple = (
            field is not None
            and "/" not in item.field
            and field.type not in ("rows", "object", "reference", "references", "choices")
            and not isinstance(item.value, dict | list)
        )
        row = uow.records.get(item.kind, item.id, deleted=True)
        found.append(
            RefusedValue(
                item.dot.text,
                item.kind,
                item.id,
                item.field,
                title_of(uow, row),
                field_words(uow.catalogue, item.kind, item.field),
                value_words(uow, item.kind, item.field, item.value),
                item.code,
                format_moment(datetime.fromtimestamp(item.seen_at, UTC)) if item.seen_at else "",
                ("" if item.value is None else str(item.value)) if simple else None,
            )
        )
    return found


def _key(one: RefusedValue) -> str:
    """One save may have several values refused."""
    return f"{one.dot} {one.field}"


class RefusedInbox(QWidget):
    """``mended(words)`` after a value was sent again or given up; ``open_asked`` for the whole record."""

    mended = Signal(str)
    open_asked = Signal(str, object)

    def __init__(self, jobs: Jobs[Any], catalogue: Catalogue, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs, self._catalogue = jobs, catalogue
        self._items: dict[str, RefusedValue] = {}
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        self._nothing = EmptyState(
            "circle-check",
            self.tr("Nothing was refused"),
            self.tr("Values the server cannot take would wait here; the rest of the record goes through."),
        )
        rows.addWidget(self._nothing, 1)
        self.list = EntryList(self.tr("Refused values"))
        self.list.chosen.connect(lambda key: self._choose(str(key)))
        rows.addWidget(self.list)
        self._panel = QWidget()
        inner = QVBoxLayout(self._panel)
        inner.setContentsMargins(0, 0, 0, 0)
        self._what, self._why = Text("", "strong"), Text("", "body")
        self._value = Text("", "muted")
        self._banner = Banner()
        self.fixed = QLineEdit()
        self.fixed.setAccessibleName(self.tr("Mended value"))
        self.fixed.returnPressed.connect(self._send)
        foot = FlowLayout()
        self.send_button = Button(self.tr("Mend and send again"))
        self.send_button.clicked.connect(self._send)
        drop = Button(self.tr("Give it up"), "quiet")
        drop.clicked.connect(self._drop)
        whole = Button(self.tr("Open the record"), "quiet")
        whole.clicked.connect(self._open_record)
        for button in (self.send_button, whole, drop):
            foot.addWidget(button)
        for widget in (self._what, self._value, self._why, self._banner, self.fixed):
            inner.addWidget(widget)
        inner.addLayout(foot)
        rows.addWidget(self._panel)
        rows.addStretch(1)

    def show_refused(self, found: list[RefusedValue]) -> None:
        """Show these."""
        self._items = {_key(one): one for one in found}
        self._nothing.setVisible(not found)
        self.list.setVisible(bool(found))
        self._panel.setVisible(bool(found))
        entries = []
        for one in found:
            kind = self._catalogue.kinds.get(one.kind)
            name = label(kind.label) if kind else one.kind
            entries.append(Entry(_key(one), one.title, f"{name} · {one.what}", one.when, "danger"))
        self.list.show_entries(entries)
        self.list.fit(SHOWN)
        current = self.list.current()
        if current is not None:
            self._choose(str(current))

    def _choose(self, key: str) -> None:
        one = self._items.get(key)
        if one is None:
            return
        self._banner.dismiss()
        self._what.setText(f"{one.title} · {one.what}")
        self._value.setText(one.words)
        self._why.setText(reason_words(one.code))
        self.fixed.setVisible(one.plain is not None)
        self.send_button.setVisible(one.plain is not None)
        self.fixed.setText(one.plain or "")

    def _now(self) -> RefusedValue | None:
        return self._items.get(str(self.list.current()))

    def _send(self) -> None:
        one = self._now()
        if one is None or one.plain is None:
            return
        text = self.fixed.text().strip()

        def work(uow: UnitOfWork) -> None:
            value = records.read_value(uow, one.kind, one.field, text)
            syncing.send_again(uow, one.dot, value, one.field)

        self._jobs.run(
            work,
            lambda _: self.mended.emit(self.tr("Mended; it goes out with the next sync.")),
            self._failed,
            owner=self,
        )

    def _drop(self) -> None:
        one = self._now()
        if one is not None:
            dot, field = one.dot, one.field
            self._jobs.run(
                lambda uow: syncing.let_go(uow, dot, field),
                lambda _: self.mended.emit(self.tr("Given up; the value stays on this laptop only.")),
                self._failed,
                owner=self,
            )

    def _open_record(self) -> None:
        one = self._now()
        if one is not None:
            self.open_asked.emit(place_of(one.kind), {"kind": one.kind, "id": one.id})

    def _failed(self, error: AppError) -> None:
        problems = error.details.get("problems") or ()
        words = [messages.problem(p.code, p.details, language()) for p in problems]
        self._banner.tell("danger", " ".join([sentence(error), *words]))
