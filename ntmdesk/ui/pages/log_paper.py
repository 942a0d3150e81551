"""The weekly log as paper: preview of its pages, DOCX and PDF, annexes only when asked for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QCheckBox, QFileDialog, QLabel, QScrollArea, QVBoxLayout, QWidget

from ntmdesk.errors import AppError
from ntmdesk.services import documents, weekly_log
from ntmdesk.services.documents import Document
from ntmdesk.services.weekly_log import LogView
from ntmdesk.store.unit_of_work import UnitOfWork
from ntmdesk.ui import paper, theme
from ntmdesk.ui.jobs import Jobs
from ntmdesk.ui.messages import sentence
from ntmdesk.ui.translation import label
from ntmdesk.ui.widgets.button import Button
from ntmdesk.ui.widgets.flow import FlowLayout
from ntmdesk.ui.widgets.text import Text

DOTS = 84

AskPath = Callable[[QWidget, str], str]
"""Where to write, from a proposed name; empty when nowhere."""


def ask_path(parent: QWidget, name: str) -> str:
    """Let the person choose in the system's own dialog."""
    chosen, _ = QFileDialog.getSaveFileName(parent, "", name)
    return chosen


class LogPaper(QWidget):
    """``line`` is the lane that draws and writes, so that the records' lane stays free."""

    told = Signal(str, str)

    def __init__(
        self,
        jobs: Jobs[Any],
        line: Jobs[Any],
        ask: AskPath = ask_path,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._jobs, self._line, self._ask = jobs, line, ask
        self._view: LogView | None = None
        self._shown_for: tuple[str, str, tuple[int, ...]] | None = None
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, theme.px(theme.GAP_M), 0, 0)
        foot = FlowLayout()
        self.docx = Button(self.tr("Export DOCX"), icon="file-text")
        self.docx.clicked.connect(lambda: self.export("docx"))
        self.pdf = Button(self.tr("Export PDF"), icon="printer")
        self.pdf.clicked.connect(lambda: self.export("pdf"))
        foot.addWidget(self.docx)
        foot.addWidget(self.pdf)
        rows.addLayout(foot)
        self._annexes = FlowLayout()
        rows.addLayout(self._annexes)
        self._boxes: dict[int, QCheckBox] = {}
        self._words = Text("", "muted")
        rows.addWidget(self._words)
        self._sheets = QWidget()
        self._sheets.setObjectName("scrolled")
        self._pages = QVBoxLayout(self._sheets)
        self._pages.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        frame = QScrollArea()
        frame.setWidgetResizable(True)
        frame.setAccessibleName(self.tr("Pages"))
        frame.setMinimumHeight(theme.px(260))
        frame.setWidget(self._sheets)
        rows.addWidget(frame, 1)

    def show_view(self, view: LogView) -> None:
        """The log to put on paper; drawn when ``draw`` is called."""
        self._view = view
        if not self._boxes:
            for annex in view.form.annexes:
                words = self.tr("Annex {n}: {what}").format(n=annex.number, what=label(annex.label))
                box = QCheckBox(words)
                box.toggled.connect(lambda _: self.draw())
                self._boxes[annex.number] = box
                self._annexes.addWidget(box)

    def chosen_annexes(self) -> tuple[int, ...]:
        """Numbers of the annexes that are ticked."""
        return tuple(number for number, box in self._boxes.items() if box.isChecked())

    def draw(self) -> None:
        """Draw the pages of the log as it stands."""
        view = self._view
        if view is None:
            return
        self._words.setText(self.tr("Drawing the pages…"))
        week, annexes = view.week, self.chosen_annexes()

        def drawn(document: Document) -> None:
            self._line.long(
                lambda context, step: paper.pictures(document, DOTS), self._show, self._failed, owner=self
            )

        self._jobs.latest(
            "log_paper",
            lambda uow: weekly_log.document(uow, week, annexes),
            drawn,
            self._failed,
            owner=self,
        )

    def export(self, ending: str) -> None:
        """Ask where, then write."""
        view = self._view
        if view is None:
            return
        path = self._ask(self, f"nhat-ky-tuan-{view.week.name}.{ending}")
        if not path:
            return
        target = Path(path if path.lower().endswith(f".{ending}") else f"{path}.{ending}")
        week, annexes = view.week, self.chosen_annexes()

        def read(uow: UnitOfWork) -> Document:
            return weekly_log.document(uow, week, annexes)

        def made(document: Document) -> None:
            self._line.long(
                lambda context, step: documents.write(document, target),
                lambda file: self.told.emit("good", self.tr("Written: {file}").format(file=str(file))),
                self._failed,
                owner=self,
            )

        self._jobs.look(read, made, self._failed, owner=self)

    def page_count(self) -> int:
        """Pages shown."""
        return self._pages.count()

    def _show(self, images: list[QImage]) -> None:
        while (item := self._pages.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self._words.setText(self.tr("{n} pages, as they will be printed").format(n=len(images)))
        for at, image in enumerate(images, start=1):
            sheet = QLabel()
            sheet.setObjectName("sheet")
            sheet.setPixmap(QPixmap.fromImage(image))
            sheet.setAccessibleName(self.tr("Page {n}").format(n=at))
            self._pages.addWidget(sheet)

    def _failed(self, error: AppError) -> None:
        self._words.setText("")
        self.told.emit("danger", sentence(error))
