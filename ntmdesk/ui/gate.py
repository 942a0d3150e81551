"""The window before the store is open: first run or unlock."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from ntmdesk.store.surroundings import Surroundings
from ntmdesk.system.settings import Settings
from ntmdesk.ui import theme
from ntmdesk.ui.jobs import Jobs
from ntmdesk.ui.lanes import Worker
from ntmdesk.ui.wizard.screens import Demo, Wizard
from ntmdesk.ui.wizard.unlock import Unlock


class Gate(QWidget):
    """``opened(store, author)``; the store belongs to the worker's thread."""

    opened = Signal(object, object)
    language_chosen = Signal(str)

    def __init__(
        self,
        home: Path,
        store_there: bool,
        jobs: Jobs[Worker],
        settings: Settings,
        surroundings: Callable[[], Surroundings],
        demo: Demo | None = None,
    ) -> None:
        super().__init__()
        self.setObjectName("window")
        self.setWindowTitle("ntmdesk")
        self.resize(theme.px(900), theme.px(640))
        self._jobs = jobs
        frame = QScrollArea()
        frame.setWidgetResizable(True)
        frame.setFrameShape(QFrame.Shape.NoFrame)
        frame.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addWidget(frame)
        self.wizard: Wizard | None = None
        self.unlock: Unlock | None = None
        inner: QWidget
        if store_there:
            self.unlock = Unlock(home, jobs, surroundings, settings.person)
            self.unlock.opened.connect(self.opened)
            inner = self.unlock
        else:
            self.wizard = Wizard(home, jobs, surroundings, settings.language, demo)
            self.wizard.opened.connect(self.opened)
            self.wizard.language_chosen.connect(self.language_chosen)
            inner = self.wizard
        inner.setObjectName("page")
        frame.setWidget(inner)

    def open_with(self, passphrase: str, person: str | None) -> None:
        """Try a passphrase from the environment; what is wrong with it is said on the screen."""
        if self.unlock is not None:
            self.unlock.try_open(passphrase, person)
