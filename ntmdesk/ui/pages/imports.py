"""Lists in: choose a file, say which column is what, see what would happen, then let it happen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QGridLayout, QVBoxLayout, QWidget

from ntmdesk.domain.kinds import Catalogue
from ntmdesk.errors import AppError
from ntmdesk.services import imports, records
from ntmdesk.services.imports import Columns, Imported, Preview, Sheet
from ntmdesk.ui import theme
from ntmdesk.ui.jobs import Job, Jobs
from ntmdesk.ui.messages import sentence
from ntmdesk.ui.pages.import_doubles import TakenAnyway
from ntmdesk.ui.pages.import_rows import (
    COUNTED,
    ImportRows,
    action_words,
    doubled_line,
    held_line,
    planned_line,
    refused_line,
)
from ntmdesk.ui.translation import QT_TRANSLATE_NOOP, label, number, translated
from ntmdesk.ui.widgets.banner import Banner
from ntmdesk.ui.widgets.button import Button
from ntmdesk.ui.widgets.card import Card
from ntmdesk.ui.widgets.chips import ChipGroup, ChipSpec
from ntmdesk.ui.widgets.choice_box import ChoiceBox
from ntmdesk.ui.widgets.field_label import FieldLabel
from ntmdesk.ui.widgets.flow import FlowLayout
from ntmdesk.ui.widgets.pill import Pill
from ntmdesk.ui.widgets.progress_strip import ProgressStrip
from ntmdesk.ui.widgets.text import Text

KINDS = ("household", "resident")
LEAVE_OUT = ""
SAMPLES = 3
BESIDE: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "household": {},
        "resident": {
            "household_code": QT_TRANSLATE_NOOP("ImportPanel", "Code of the household"),
            "household_head": QT_TRANSLATE_NOOP("ImportPanel", "Head of the household"),
            "household_lane": QT_TRANSLATE_NOOP("ImportPanel", "Lane of the household"),
            "consent": QT_TRANSLATE_NOOP("ImportPanel", "Agreed (signed list)"),
        },
    }
)


@dataclass(frozen=True, slots=True)
class Opened:
    """A file as read: its table, and the columns proposed for it."""

    name: str
    sheet: Sheet
    columns: Columns


def ask_for_file(parent: QWidget, title: str) -> Path | None:
    """The file a person chooses."""
    name, _ = QFileDialog.getOpenFileName(parent, title, "", "CSV (*.csv *.txt *.tsv)")
    return Path(name) if name else None


class ImportPanel(QWidget):
    """``line``: a lane without a transaction of its own; its context has ``store author touched``."""

    told = Signal(str, str)
    closed = Signal()
    finished = Signal(str)
    """The kind of what was imported."""

    def __init__(
        self, jobs: Jobs[Any], catalogue: Catalogue, line: Jobs[Any], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._catalogue = catalogue
        self._line = line
        self._opened: Opened | None = None
        self._job: Job | None = None
        self._added: list[str] = []
        self._columns: Columns | None = None
        self._boxes: list[ChoiceBox] = []
        self.ask_file: Callable[[], Path | None] = lambda: ask_for_file(self, self.tr("Choose a list"))
        self._build()

    @property
    def kind(self) -> str:
        """What the rows of the list are."""
        return (self.kinds.chosen() or [KINDS[0]])[0]

    def begin(self, kind: str) -> None:
        """Start anew for lists of ``kind``."""
        self.kinds.choose([kind if kind in KINDS else KINDS[0]])
        self._opened = None
        self.banner.dismiss()
        self._show_opened()
        self.choose.setFocus()

    def read(self, path: Path) -> None:
        """Read a file and propose what its columns are."""
        kind, chosen = self.kind, self._catalogue.kind(self.kind)

        def work(_: Any, __: Any) -> Opened:
            sheet = imports.read(imports.read_file(path), kind)
            return Opened(path.name, sheet, imports.propose(kind, sheet.headings, known=chosen))

        self._line.long(work, self._take, self._not_read, owner=self)

    def run(self) -> None:
        """Write the rows down, batch by batch."""
        if self._opened is None or self._columns is None or self._job is not None:
            return
        kind, sheet, columns, sure = self.kind, self._opened.sheet, self._columns, self.anyway.lines()

        def work(line: Any, step: Any) -> tuple[Imported, list[str]]:
            with line.store.look() as uow:
                known = {str(row["id"]) for row in uow.records.list(kind).rows}
            try:
                begin = partial(line.store.begin, line.author)
                done = imports.run(begin, kind, sheet, columns, step=step, sure=sure)
                return done, [id for id in dict.fromkeys(done.ids) if id not in known]
            finally:
                line.touched |= {"household", "resident", "consent"}

        self.progress.start(self.tr("Importing"))
        self.go.setEnabled(False)
        self._job = self._line.long(
            work,
            self._done,
            self._stopped,
            on_progress=lambda done, total, _: self.progress.step(done, total),
            owner=self,
        )

    def take_back(self) -> None:
        """Put what was added into the trash; what was changed stays changed."""
        kind, added = self.kind, tuple(self._added)

        def work(line: Any, _: Any) -> int:
            with line.store.begin(line.author) as uow:
                for id in added:
                    records.delete(uow, kind, id)
            line.touched.add(kind)
            return len(added)

        self._line.long(work, self._taken_back, self._fail, owner=self)

    def _build(self) -> None:
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(theme.px(theme.GAP_L))
        self._build_choice(rows)
        self._build_columns(rows)
        self._build_preview(rows)
        rows.addStretch(1)

    def _build_choice(self, rows: QVBoxLayout) -> None:
        card = Card(self.tr("1. The list"))
        self.kinds = ChipGroup(numbered=False, single=True)
        specs = [ChipSpec(name, label(self._catalogue.kind(name).plural)) for name in KINDS]
        self.kinds.set_chips(specs)
        self.kinds.choose([KINDS[0]])
        self.kinds.changed.connect(self._kind_changed)
        card.add(FieldLabel(self.tr("A line of the list is"), self.kinds))
        card.add(self.kinds)
        words = self.tr(
            "A CSV file as Excel saves it (Save as, CSV UTF-8). The first line names the columns. Nothing is "
            "written before you have seen what will happen."
        )
        card.add(Text(words, "muted"))
        foot = QWidget()
        flow = FlowLayout(foot, 10)
        self.choose = Button(self.tr("Choose a file"), icon="upload")
        self.choose.clicked.connect(self._choose)
        self.back = Button(self.tr("Back"), "quiet", icon="arrow-left")
        self.back.clicked.connect(self.closed)
        flow.addWidget(self.choose)
        flow.addWidget(self.back)
        card.add(foot)
        self._file = Text("", "strong")
        card.add(self._file)
        self.banner = Banner()
        card.add(self.banner)
        rows.addWidget(card)

    def _build_columns(self, rows: QVBoxLayout) -> None:
        self._columns_card = Card(self.tr("2. What each column is"))
        self._columns_grid = QGridLayout()
        self._columns_grid.setHorizontalSpacing(theme.px(theme.GAP_L))
        self._columns_grid.setVerticalSpacing(theme.px(6))
        self._columns_card.add_layout(self._columns_grid)
        self._missing = Text("", "problem")
        self._columns_card.add(self._missing)
        self._columns_card.hide()
        rows.addWidget(self._columns_card)

    def _build_preview(self, rows: QVBoxLayout) -> None:
        self._preview_card = Card(self.tr("3. What will happen"))
        self._pills_holder = QWidget()
        self._pills = FlowLayout(self._pills_holder, 6)
        self._preview_card.add(self._pills_holder)
        self.rows_shown = ImportRows()
        self._preview_card.add(self.rows_shown, 1)
        self.anyway = TakenAnyway(self.rows_shown)
        self.anyway.changed.connect(self._columns_changed)
        self.progress = ProgressStrip()
        self.progress.cancelled.connect(self._cancel)
        self._preview_card.add(self.progress)
        foot = QWidget()
        flow = FlowLayout(foot, 10)
        self.go = Button(self.tr("Import"), "primary", "Ctrl+Return")
        self.go.clicked.connect(self.run)
        self.undo = Button(self.tr("Take back what was added"), icon="undo-2")
        self.undo.clicked.connect(self.take_back)
        self.undo.hide()
        for widget in (self.go, self.anyway, self.undo):
            flow.addWidget(widget)
        self._preview_card.add(foot)
        self._preview_card.hide()
        rows.addWidget(self._preview_card, 1)

    def _choose(self) -> None:
        path = self.ask_file()
        if path is not None:
            self.read(path)

    def _kind_changed(self, _: list[str]) -> None:
        if self._opened is not None:
            kind, sheet = self.kind, self._opened.sheet
            columns = imports.propose(kind, sheet.headings, known=self._catalogue.kind(kind))
            self._take(Opened(self._opened.name, sheet, columns))

    def _take(self, opened: Opened) -> None:
        self._opened = opened
        self._added = []
        self.anyway.forget()
        self.banner.dismiss()
        self._show_opened()

    def _not_read(self, error: AppError) -> None:
        """The former list must not be offered under the name of the one that was chosen."""
        self._opened = None
        self.anyway.forget()
        self._show_opened()
        self._fail(error)

    def _show_opened(self) -> None:
        opened = self._opened
        self._columns_card.setVisible(opened is not None)
        self._preview_card.setVisible(opened is not None)
        self.undo.hide()
        self.progress.finish()
        if opened is None:
            self._file.setText("")
            return
        told = self.tr("{file}: {n} lines").format(file=opened.name, n=number(len(opened.sheet.rows)))
        if opened.sheet.skipped:
            left_out = self.tr("{n} left out (empty, totals)").format(n=len(opened.sheet.skipped))
            told = f"{told} · {left_out}"
        self._file.setText(told)
        self._show_columns(opened)
        self._columns_changed()

    def _show_columns(self, opened: Opened) -> None:
        while (item := self._columns_grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self._boxes = []
        kind = self._catalogue.kind(self.kind)
        choices = [(f.name, label(f.label)) for f in kind.fields if f.type not in ("rows", "object")]
        choices += [(n, translated("ImportPanel", words)) for n, words in BESIDE[self.kind].items()]
        for at, heading in enumerate(opened.sheet.headings):
            samples = [row.cells[at] for row in opened.sheet.rows[:SAMPLES] if at < len(row.cells)]
            box = ChoiceBox(self.tr("Column {heading}").format(heading=heading))
            box.setMinimumContentsLength(18)
            box.offer(choices, blank=True)
            box.choose(opened.columns.columns.get(at, LEAVE_OUT))
            box.picked.connect(lambda _: self._columns_changed())
            name = Text(heading or self.tr("column {n}").format(n=at + 1), "strong")
            seen = Text(", ".join(self._masked(at, sample) for sample in samples if sample), "small")
            for column, widget in enumerate((name, box, seen)):
                self._columns_grid.addWidget(widget, at, column)
            self._boxes.append(box)
        self._columns_grid.setColumnStretch(2, 1)

    def _masked(self, column: int, sample: str) -> str:
        digits = sum(c.isdigit() for c in sample)
        return f"•••{sample[-3:]}" if digits >= 9 else sample[:24]

    def _columns_changed(self) -> None:
        opened = self._opened
        if opened is None:
            return
        chosen = {at: box.code() for at, box in enumerate(self._boxes) if box.code()}
        twice = {field for field in chosen.values() if list(chosen.values()).count(field) > 1}
        kind = self._catalogue.kind(self.kind)
        needed = ("head_name",) if self.kind == "household" else ("full_name",)
        missing = tuple(name for name in needed if name not in chosen.values())
        left = tuple(h for at, h in enumerate(opened.sheet.headings) if at not in chosen and h)
        self._columns = Columns(chosen, left, missing)
        said = []
        if missing:
            words = ", ".join(self._field_words(kind, name) for name in missing)
            said.append(self.tr("No column for: {fields}").format(fields=words))
        if twice:
            words = ", ".join(self._field_words(kind, name) for name in sorted(twice))
            said.append(self.tr("Two columns for: {fields}").format(fields=words))
        self._missing.setText(" ".join(said))
        self._missing.setVisible(bool(said))
        self._columns_card.set_note(self.tr("{n} columns left out").format(n=len(left)) if left else "")
        self.go.setEnabled(False)
        if said:
            self.rows_shown.show_lines([])
            return
        columns, name, sheet, sure = self._columns, self.kind, opened.sheet, self.anyway.lines()
        self._jobs.latest(
            "import-preview",
            lambda uow: imports.preview(uow, name, sheet, columns, limit=len(sheet.rows), sure=sure),
            self._show_preview,
            self._fail,
            owner=self,
        )

    @staticmethod
    def _field_words(kind: Any, name: str) -> str:
        field = kind.field(name)
        return label(field.label) if field else name

    def _show_preview(self, preview: Preview) -> None:
        self._preview_card.set_title(self.tr("3. What will happen"))
        self._show_counts(preview.counts)
        kind = self._catalogue.kind(self.kind)
        order = {"refuse": 0, "double": 1, "change": 2, "add": 3, "same": 4, "skip": 5}
        lines = sorted(preview.lines, key=lambda row: (order.get(row.action, 9), row.line))
        names = self._names()
        self.rows_shown.show_lines([planned_line(row, kind, names.get(row.line, "")) for row in lines])
        self.anyway.offer(double for row in lines for double in row.doubles[:1])
        todo = preview.counts.get("add", 0) + preview.counts.get("change", 0)
        self.go.setText(self.tr("Import {n} lines").format(n=number(todo)))
        self.go.setEnabled(todo > 0 and self._job is None)
        self.undo.hide()

    def _names(self) -> dict[int, str]:
        """Line of the file to the name that stands there."""
        if self._opened is None or self._columns is None:
            return {}
        named = [at for at, field in self._columns.columns.items() if field in ("head_name", "full_name")]
        rows = self._opened.sheet.rows
        return {row.line: row.cells[at] for at in named for row in rows if at < len(row.cells)}

    def _show_counts(self, counts: Mapping[str, int]) -> None:
        self._pills.clear()
        for action, tone in COUNTED:
            if counts.get(action):
                pill = Pill(f"{action_words(action)}: {number(counts[action])}", tone, self._pills_holder)
                self._pills.addWidget(pill)
                pill.show()

    def _cancel(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self.progress.finish(
                self.tr("Stopped. What was written stays; import the same file again to go on.")
            )
            self._job = None
            self.go.setEnabled(True)

    def _done(self, result: tuple[Imported, list[str]]) -> None:
        done, added = result
        self._added += added
        self._job = None
        self.progress.finish()
        counts = {
            "add": done.added,
            "change": done.changed,
            "same": done.same,
            "double": len(done.doubles),
            "refuse": len(done.refused),
        }
        self._preview_card.set_title(self.tr("4. What happened"))
        self._columns_card.hide()
        self._show_counts(counts)
        kind = self._catalogue.kind(self.kind)
        names = self._names()
        lines = [refused_line(one, kind, names.get(one.line, "")) for one in done.refused]
        lines += [doubled_line(one, names.get(one.line, "")) for one in done.doubles]
        held = [(line, flaw) for line, flaw in done.warnings if flaw.code == imports.HELD]
        lines += [held_line(line, flaw, kind, names.get(line, "")) for line, flaw in held]
        self.rows_shown.show_lines(lines)
        self.anyway.offer(done.doubles)
        self.undo.setVisible(bool(self._added))
        self.go.setEnabled(False)
        words = self.tr("Imported: {added} new, {changed} changed, {refused} not taken").format(
            added=done.added, changed=done.changed, refused=len(done.refused) + len(done.doubles)
        )
        self.banner.tell("amber" if done.refused or done.doubles or held else "good", words)
        self.finished.emit(self.kind)

    def _taken_back(self, count: int) -> None:
        self._added = []
        self.undo.hide()
        self.banner.tell("good", self.tr("{n} records are in the trash").format(n=count))

    def _stopped(self, error: AppError) -> None:
        self._job = None
        self.progress.finish()
        self.go.setEnabled(True)
        self._fail(error)

    def _fail(self, error: AppError) -> None:
        self.banner.tell("danger", sentence(error))
