"""One register: its records as a table, found by typing, written out to a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QLineEdit, QVBoxLayout, QWidget

from ntmdesk.domain.kinds import Catalogue
from ntmdesk.domain.standings import NARROWED
from ntmdesk.errors import AppError
from ntmdesk.services import exports
from ntmdesk.ui import theme
from ntmdesk.ui.jobs import Jobs
from ntmdesk.ui.messages import sentence
from ntmdesk.ui.models.records import RecordsModel
from ntmdesk.ui.pages.imports import KINDS as IMPORTED
from ntmdesk.ui.pages.standing_chips import StandingFilter
from ntmdesk.ui.translation import label, number
from ntmdesk.ui.widgets.button import Button
from ntmdesk.ui.widgets.card import Card
from ntmdesk.ui.widgets.empty_state import EmptyState
from ntmdesk.ui.widgets.flow import FlowLayout
from ntmdesk.ui.widgets.records_table import RecordsTable
from ntmdesk.ui.widgets.text import Text

SERVER = "server"
"""Writer of kinds that only the upper server makes."""


def ask_where(parent: QWidget, title: str, name: str) -> Path | None:
    """The file a person wants written."""
    chosen, _ = QFileDialog.getSaveFileName(parent, title, name, "CSV (*.csv);;JSONL (*.jsonl)")
    return Path(chosen) if chosen else None


class Register(QWidget):
    """``opened`` carries a record's id, ``new_asked`` and ``import_asked`` the kind."""

    opened = Signal(str)
    new_asked = Signal(str)
    import_asked = Signal(str)
    closed = Signal()
    told = Signal(str, str)

    def __init__(
        self, jobs: Jobs[Any], catalogue: Catalogue, imports: bool, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._catalogue = catalogue
        self._imports = imports
        self._kind = ""
        self.model: RecordsModel | None = None
        self.table: RecordsTable | None = None
        self.ask_path: Callable[[str], Path | None] = lambda name: ask_where(self, self.tr("Export"), name)
        self._build()

    @property
    def kind(self) -> str:
        """Name of the kind shown."""
        return self._kind

    def show_kind(self, name: str) -> None:
        """Show the register of a kind."""
        if name == self._kind and self.model is not None:
            self.model.reload()
            return
        kind = self._catalogue.kind(name)
        self._kind = name
        self.search.clear()
        self.standing.choose([])
        for widget in (self.table,):
            if widget is not None:
                self._holder.removeWidget(widget)
                widget.hide()
                widget.deleteLater()
        self.model = RecordsModel(self._jobs, kind, self._catalogue, parent=self)
        self.table = RecordsTable(self.model)
        self.table.setMinimumHeight(theme.px(220))
        self.table.opened.connect(self.opened)
        self.model.loaded.connect(self._loaded)
        self._holder.addWidget(self.table, 1)
        self._card.set_title(label(kind.plural))
        self.new_button.setVisible(kind.writer != SERVER)
        self.import_button.setVisible(self._imports and name in IMPORTED)
        self.model.show()
        self.search.setFocus()

    def reload(self) -> None:
        """Load the same again."""
        if self.model is not None:
            self.model.reload()

    def export(self, path: Path) -> None:
        """Write what is shown to a ``.csv`` or ``.jsonl`` file."""
        kind, search = self._kind, self.search.text().strip() or None
        wanted = self.standing.wanted()
        where = {"state": wanted} if wanted else None
        self._jobs.look(
            lambda uow: exports.export(
                uow, kind, path, where=where, search=search, bom=path.suffix.lower() == ".csv"
            ),
            lambda done: self.told.emit(
                "good",
                self.tr("{n} records written to {file}").format(n=number(done.rows), file=path.name),
            ),
            self._fail,
            owner=self,
        )

    def _build(self) -> None:
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        self._card = Card()
        top = QWidget()
        flow = FlowLayout(top, 10)
        self.back = Button(self.tr("All registers"), "quiet", icon="arrow-left")
        self.new_button = Button(self.tr("New"), "primary", "Ctrl+N", "plus")
        self.export_button = Button(self.tr("Export"), icon="download")
        self.import_button = Button(self.tr("Import a list"), icon="upload")
        self.back.clicked.connect(self.closed)
        self.new_button.clicked.connect(lambda: self.new_asked.emit(self._kind))
        self.export_button.clicked.connect(self._export)
        self.import_button.clicked.connect(lambda: self.import_asked.emit(self._kind))
        for button in (self.back, self.new_button, self.export_button, self.import_button):
            flow.addWidget(button)
        self._card.add(top)
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("type to find, without marks"))
        self.search.setAccessibleName(self.tr("Find in this register"))
        self.search.textChanged.connect(lambda _: self._ask())
        self._card.add(self.search)
        self.standing = StandingFilter()
        self.standing.changed.connect(lambda _: self._ask())
        self._card.add(self.standing)
        self._count = Text("", "small")
        self._card.add(self._count)
        self._holder = QVBoxLayout()
        self._card.add_layout(self._holder, 1)
        self._none = EmptyState("inbox", self.tr("Nothing here yet"), "", self.tr("New"))
        self._none.asked.connect(lambda: self.new_asked.emit(self._kind))
        self._none.hide()
        self._card.add(self._none, 1)
        rows.addWidget(self._card, 1)

    def _ask(self) -> None:
        if self.model is not None:
            wanted = self.standing.wanted()
            where = {"state": wanted} if wanted else None
            self.model.show(where, self.search.text().strip() or None)

    def _count_standings(self) -> None:
        kind = self._kind
        self._jobs.latest(
            "register-standings",
            lambda uow: {code: uow.records.count(kind, {"state": code}) for code in NARROWED},
            self.standing.show_counts,
            owner=self,
        )

    def _loaded(self, total: int) -> None:
        self._count.setText(self.tr("{n} records; Enter opens, a heading sorts").format(n=number(total)))
        self._count.setVisible(total > 0)
        if self.table is not None:
            self.table.setVisible(total > 0)
        self._none.setVisible(total == 0)
        self._count_standings()
        if self.search.text().strip() or self.standing.wanted():
            self._none.say(self.tr("Nothing fits"), self.tr("Type less, or other words."))
        else:
            plural = label(self._catalogue.kind(self._kind).plural)
            self._none.say(
                self.tr("Nothing here yet"),
                self.tr("{register}: write down the first record.").format(register=plural),
            )

    def _export(self) -> None:
        path = self.ask_path(f"{self._kind}.csv")
        if path is not None:
            self.export(path)

    def _fail(self, error: AppError) -> None:
        self.told.emit("danger", sentence(error))
