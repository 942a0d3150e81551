"""What the upper server refused: why, mending it on the spot, giving it up, writing all of it to a file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from ntmdesk.domain.kinds import Catalogue
from ntmdesk.errors import AppError
from ntmdesk.services import quarantine, syncing
from ntmdesk.services.search import place_of, title_of
from ntmdesk.store.unit_of_work import UnitOfWork
from ntmdesk.ui.jobs import Jobs
from ntmdesk.ui.pages.cell_editor import CellEditor
from ntmdesk.ui.pages.entry_list import Entry, EntryList
from ntmdesk.ui.pages.problems import error_words
from ntmdesk.ui.pages.register import ask_where
from ntmdesk.ui.pages.values import field_of, members_of, moment_words, value_words
from ntmdesk.ui.translation import label, language, number
from ntmdesk.ui.widgets.banner import Banner
from ntmdesk.ui.widgets.button import Button
from ntmdesk.ui.widgets.empty_state import EmptyState
from ntmdesk.ui.widgets.flow import FlowLayout
from ntmdesk.ui.widgets.text import Text

SHOWN = 3
"""Refused values seen at once."""
UNTYPED = frozenset({"rows", "object"})
"""Types of a whole field that cannot be mended here but in the record."""


@dataclass(frozen=True, slots=True)
class RefusedValue:
    """One refused value in words.

    ``value``: as it was written; ``why``: the server's reason; ``typed``: it can be mended on the spot.
    """

    dot: str
    kind: str
    id: str
    field: str
    title: str
    what: str
    words: str
    why: str
    when: str
    value: Any
    typed: bool


def read_refused(uow: UnitOfWork) -> list[RefusedValue]:
    """Everything refused and not yet dealt with."""
    found, waiting = [], syncing.refused(uow)
    for item in waiting:
        field = field_of(uow.catalogue, item.kind, item.field)
        simple = field is not None and "/" not in item.field and field.type not in UNTYPED
        inside = bool(members_of(uow.catalogue, item.kind, item.field))
        row = quarantine.titled(uow.records.get(item.kind, item.id, deleted=True), waiting)
        found.append(
            RefusedValue(
                item.dot.text,
                item.kind,
                item.id,
                item.field,
                title_of(uow, row, language()),
                quarantine.field_label(uow.catalogue.kinds.get(item.kind), item.field, language()),
                "" if item.field[:1] == "_" else value_words(uow, item.kind, item.field, item.value),
                quarantine.reason_of(uow, item, language()),
                moment_words(item.seen_at),
                item.value,
                inside or simple,
            )
        )
    return found


def _key(one: RefusedValue) -> str:
    """One save may have several values refused."""
    return f"{one.dot} {one.field}"


class RefusedInbox(QWidget):
    """``mended(words)`` after a value was sent again, ``given_up(words, undo)`` after one was given up,
    ``open_asked`` for the whole record."""

    mended = Signal(str)
    given_up = Signal(str, object)
    open_asked = Signal(str, object)

    def __init__(
        self,
        jobs: Jobs[Any],
        catalogue: Catalogue,
        today: Callable[[], date],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._jobs, self._catalogue = jobs, catalogue
        self._items: dict[str, RefusedValue] = {}
        self._current: RefusedValue | None = None
        self.ask_path: Callable[[str], Path | None] = lambda name: ask_where(self, self.tr("Export"), name)
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
        self.fixed = CellEditor(jobs, catalogue, today, self)
        for widget in (self._what, self._value, self._why, self._banner, self.fixed):
            inner.addWidget(widget)
        inner.addLayout(self._build_foot())
        inner.addLayout(self._build_export())
        rows.addWidget(self._panel)
        rows.addStretch(1)

    def show_refused(self, found: list[RefusedValue]) -> None:
        """Show these; one that is looked at and is as it was keeps what was typed for it."""
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
        self._choose(str(self.list.current()))

    def export(self, path: Path) -> None:
        """Write all refused values to a CSV file; personal numbers whole only when that is ticked."""
        reveal, spoken = self.reveal.isChecked(), language()

        def done(written: Any) -> None:
            self._banner.tell(
                "good",
                self.tr("{n} values written to {file}").format(n=number(written.rows), file=path.name),
                seconds=12,
            )

        self._jobs.look(
            lambda uow: quarantine.export_refused(uow, path, spoken, reveal), done, self._failed, owner=self
        )

    def _build_foot(self) -> FlowLayout:
        foot = FlowLayout()
        self.send_button = Button(self.tr("Mend and send again"))
        self.send_button.clicked.connect(self._send)
        self.drop_button = Button(self.tr("Give it up"), "quiet")
        self.drop_button.clicked.connect(self._drop)
        whole = Button(self.tr("Open the record"), "quiet")
        whole.clicked.connect(self._open_record)
        for button in (self.send_button, whole, self.drop_button):
            foot.addWidget(button)
        return foot

    def _build_export(self) -> FlowLayout:
        foot = FlowLayout()
        self.export_button = Button(self.tr("Write all of them to a file"), "quiet", icon="download")
        self.export_button.clicked.connect(self._export)
        self.reveal = QCheckBox(self.tr("with whole personal numbers"))
        self.reveal.setToolTip(self.tr("Keep such a file where only you can read it."))
        for widget in (self.export_button, self.reveal):
            foot.addWidget(widget)
        return foot

    def _choose(self, key: str) -> None:
        one = self._items.get(key)
        if one == self._current:
            return
        self._current = one
        self.fixed.clear()
        self._banner.dismiss()
        if one is None:
            return
        self._what.setText(f"{one.title} · {one.what}")
        self._value.setText(one.words)
        self._value.setVisible(bool(one.words))
        self._why.setText(one.why)
        self.send_button.setVisible(one.typed)
        self.fixed.setVisible(one.typed)
        if one.typed:
            self.fixed.show_cell(one.kind, one.field, one.value)

    def _send(self) -> None:
        one = self._current
        if one is None or not one.typed or self.fixed.is_told_wrong(self._banner):
            return
        value = self.fixed.value()
        self._jobs.run(
            lambda uow: syncing.send_again(uow, one.dot, value, one.field),
            lambda _: self.mended.emit(self.tr("Mended; it goes out with the next sync.")),
            self._failed,
            owner=self,
        )

    def _drop(self) -> None:
        one = self._current
        if one is None:
            return
        dot, field = one.dot, one.field

        def again() -> None:
            self._jobs.run(
                lambda uow: quarantine.take_up(uow, dot, field), lambda _: None, self._failed, owner=self
            )

        words = self.tr("Given up; the value stays on this laptop only.")
        self._jobs.run(
            lambda uow: syncing.let_go(uow, dot, field),
            lambda _: self.given_up.emit(words, again),
            self._failed,
            owner=self,
        )

    def _export(self) -> None:
        path = self.ask_path(self.tr("refused.csv"))
        if path is not None:
            self.export(path)

    def _open_record(self) -> None:
        one = self._current
        if one is not None:
            self.open_asked.emit(place_of(one.kind), {"kind": one.kind, "id": one.id})

    def _failed(self, error: AppError) -> None:
        one = self._current
        kind = self._catalogue.kinds.get(one.kind) if one is not None else None
        self._banner.tell("danger", error_words(error, kind))
