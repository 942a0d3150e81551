"""Keeps a half-filled form a moment after each change, and finds it again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from ntmdesk.services import drafts
from ntmdesk.services.clock import now
from ntmdesk.services.drafts import Draft
from ntmdesk.ui.jobs import Jobs

SAVE_AFTER_MS = 700
"""Rest after a change before the form is kept."""

Body = dict[str, Any]


class DraftKeeper(QObject):
    """One form's draft.  ``body`` gives the form as JSON, None when there is nothing worth keeping.

    ``kept`` tells the time it was kept (``14:05``), empty when the draft was dropped.
    """

    kept = Signal(str)

    def __init__(
        self, jobs: Jobs[Any], page: str, body: Callable[[], Body | None], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._body = body
        self.page = page
        self.id: str | None = None
        self._turn = 0
        self.found: Draft | None = None
        self.pause = QTimer(self)
        self.pause.setSingleShot(True)
        self.pause.setInterval(SAVE_AFTER_MS)
        self.pause.timeout.connect(self.keep)

    def touch(self) -> None:
        """The form changed: keep it soon."""
        self.pause.start()

    def stop(self) -> None:
        """Do not keep what was touched."""
        self.pause.stop()

    def leave(self) -> None:
        """The page goes: keep now what was touched."""
        if self.pause.isActive():
            self.pause.stop()
            self.keep()

    def keep(self) -> None:
        """Keep the form as it is; an empty one drops its draft."""
        body, id, page, turn = self._body(), self.id, self.page, self._turn
        if body is None and id is None:
            return

        def work(uow: Any) -> tuple[str | None, str]:
            if body is None:
                drafts.drop(uow, str(id))
                return None, ""
            return drafts.save(uow, page, body, id), now(uow).strftime("%H:%M")

        self._jobs.run(work, lambda done: self._done(done, turn), owner=self)

    def forget(self) -> None:
        """The form was saved or begun anew: its next draft is another."""
        self.pause.stop()
        self.id = None
        self._turn += 1

    def set_aside(self) -> None:
        """Another form takes its place: keep what was touched, to be offered again."""
        self.leave()
        self.forget()

    def look(self, on_found: Callable[[Draft | None], None]) -> None:
        """Find the newest draft of this page."""

        def show(draft: Draft | None) -> None:
            self.found = draft if draft is not None and draft.id != self.id else None
            on_found(self.found)

        page = self.page
        self._jobs.look(lambda uow: drafts.latest(uow, page), show, owner=self)

    def take(self) -> Body:
        """Go on with what was found; its body."""
        found, self.found = self.found, None
        if found is None:
            return {}
        self.id = found.id
        return found.body

    def drop(self) -> Body:
        """Forget what was found; its body, for undoing that."""
        found, self.found = self.found, None
        if found is None:
            return {}
        self._jobs.run(lambda uow: drafts.drop(uow, found.id), lambda _: None, owner=self)
        return found.body

    def _done(self, done: tuple[str | None, str], turn: int) -> None:
        if turn == self._turn:
            self.id = done[0]
            self.kept.emit(done[1])
