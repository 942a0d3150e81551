"""Other registers: any kind of record, from its list to its form, to the trash and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from PySide6.QtWidgets import QStackedWidget, QWidget

from ntmdesk.domain.kinds import Catalogue
from ntmdesk.services import records
from ntmdesk.services.doubles import Double
from ntmdesk.ui import theme
from ntmdesk.ui.jobs import Jobs
from ntmdesk.ui.pages.imports import ImportPanel
from ntmdesk.ui.pages.record_editor import RecordEditor
from ntmdesk.ui.pages.register import Register
from ntmdesk.ui.pages.registers import INTERNAL, Registers
from ntmdesk.ui.pages.trash import trash_items
from ntmdesk.ui.translation import label
from ntmdesk.ui.widgets.button import Button
from ntmdesk.ui.widgets.card import Card
from ntmdesk.ui.widgets.empty_state import EmptyState
from ntmdesk.ui.widgets.page import Page
from ntmdesk.ui.widgets.timeline import Timeline, TimelineItem


class RecordsPage(Page):
    """``arrive`` takes ``kind`` with or without ``id``, ``new`` a kind, ``import`` a kind, or ``trash``.

    ``line``: the lane imports run on; without it lists cannot be imported.
    """

    def __init__(
        self,
        jobs: Jobs[Any],
        catalogue: Catalogue,
        today: Callable[[], date],
        line: Jobs[Any] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.kinds = frozenset(catalogue.kinds)
        self._jobs = jobs
        self._catalogue = catalogue
        self._today = today
        self._back_to: QWidget | None = None
        self._build(line)
        self._say_head()

    def arrive(self, argument: object = None) -> None:
        wanted = argument if isinstance(argument, Mapping) else {}
        if wanted.get("import") and self.importing is not None:
            self._import(str(wanted["import"]))
        elif wanted.get("new"):
            self._new(str(wanted["new"]))
        elif wanted.get("trash"):
            self._open_trash()
        elif wanted.get("kind") and wanted.get("id"):
            self._open(str(wanted["kind"]), str(wanted["id"]))
        elif wanted.get("kind"):
            self._open_register(str(wanted["kind"]))
        self.refresh()

    def refresh(self) -> None:
        shown = self.stack.currentWidget()
        if shown is self.registers:
            self._jobs.latest("register-counts", self._count, self._show_counts, owner=self)
        elif shown is self.register:
            self.register.reload()
        elif shown is self._editor_card:
            self.editor.refresh()
        elif shown is self._trash_card:
            self._load_trash()

    def leave(self) -> None:
        self.editor.leave()

    def _build(self, line: Jobs[Any] | None) -> None:
        self.stack = QStackedWidget()
        self.registers = Registers(self._catalogue)
        self.registers.asked.connect(self._open_register)
        self.registers.trash_asked.connect(self._open_trash)
        self.register = Register(self._jobs, self._catalogue, imports=line is not None)
        self.register.opened.connect(lambda id: self._open(self.register.kind, id))
        self.register.new_asked.connect(self._new)
        self.register.import_asked.connect(self._import)
        self.register.closed.connect(self._to_registers)
        self.register.told.connect(self.told)
        self._editor_card = Card()
        self.editor = RecordEditor(self._jobs, self._catalogue, self._today)
        self.editor.saved.connect(self._saved)
        self.editor.closed.connect(lambda kind, id: self._leave_editor())
        self.editor.use.connect(self._use)
        self.editor.told.connect(self.told)
        self.editor.undo_offered.connect(self.undo_offered)
        self._editor_card.add(self.editor, 1)
        self.importing: ImportPanel | None = None
        for widget in (self.registers, self.register, self._editor_card, self._build_trash()):
            self.stack.addWidget(widget)
        if line is not None:
            self.importing = ImportPanel(self._jobs, self._catalogue, line)
            self.importing.closed.connect(self._close_import)
            self.stack.addWidget(self.importing)
        self.rows.addWidget(self.stack, 1)

    def _build_trash(self) -> Card:
        self._trash_card = Card(self.tr("Trash"))
        back = Button(self.tr("All registers"), "link", icon="arrow-left")
        back.clicked.connect(self._to_registers)
        self._trash_card.set_action(back)
        self.trash = Timeline()
        self.trash.setAccessibleName(self.tr("Records in the trash"))
        self.trash.opened.connect(lambda key: self._open(str(key[0]), str(key[1])))
        self.trash.setMinimumHeight(theme.px(220))
        self._trash_none = EmptyState(
            "trash-2",
            self.tr("The trash is empty"),
            self.tr("What is deleted lies here and can be restored."),
        )
        self._trash_card.add(self.trash, 1)
        self._trash_card.add(self._trash_none, 1)
        return self._trash_card

    def _show_widget(self, widget: QWidget) -> None:
        self.stack.setCurrentWidget(widget)
        self._say_head()

    def _say_head(self) -> None:
        shown = self.stack.currentWidget()
        title, line = self.tr("Other registers"), self.tr("Every kind of record, by pillar")
        if shown is self.register and self.register.kind:
            title = label(self._catalogue.kind(self.register.kind).plural)
            line = self.tr("Ctrl+N writes down a new one")
        elif shown is self._trash_card:
            line = self.tr("Open a record to restore it")
        elif shown is self.importing:
            title = self.tr("Import a list")
            line = self.tr("Importing the same file again changes nothing")
        self.set_head(title, line)

    def _count(self, uow: Any) -> tuple[dict[str, int], int]:
        counts = {name: uow.records.count(name) for name in self._catalogue.kinds if name not in INTERNAL}
        return counts, len(records.deleted_rows(uow))

    def _show_counts(self, counted: tuple[dict[str, int], int]) -> None:
        self.registers.show_counts(*counted)

    def _to_registers(self) -> None:
        self._show_widget(self.registers)
        self.refresh()

    def _open_register(self, kind: str) -> None:
        self._show_widget(self.register)
        self.register.show_kind(kind)
        self._say_head()

    def _open(self, kind: str, id: str) -> None:
        self._remember()
        self.editor.open(kind, id)
        self._show_widget(self._editor_card)

    def _new(self, kind: str) -> None:
        self._remember()
        self.editor.new(kind)
        self._show_widget(self._editor_card)

    def _remember(self) -> None:
        shown = self.stack.currentWidget()
        if shown is not self._editor_card:
            self._back_to = shown

    def _leave_editor(self) -> None:
        self._show_widget(self._back_to or self.registers)
        self.refresh()

    def _saved(self, kind: str, id: str) -> None:
        if self._back_to is self._trash_card:
            self._leave_editor()
            return
        self._open_register(kind)

    def _use(self, double: Double) -> None:
        self._open(double.kind, double.id)

    def _import(self, kind: str) -> None:
        if self.importing is not None:
            self._remember()
            self._show_widget(self.importing)
            self.importing.begin(kind)

    def _close_import(self) -> None:
        if self.importing is not None:
            self._open_register(self.importing.kind)

    def _open_trash(self) -> None:
        self._show_widget(self._trash_card)
        self._load_trash()

    def _load_trash(self) -> None:
        today = self._today()
        self._jobs.latest("trash", lambda uow: trash_items(uow, today), self._show_trash, owner=self)

    def _show_trash(self, items: list[TimelineItem]) -> None:
        self.trash.show_items(items)
        self.trash.setVisible(bool(items))
        self._trash_none.setVisible(not items)
