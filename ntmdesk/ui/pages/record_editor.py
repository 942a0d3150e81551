"""One record of any kind in a form: new, changed, put in the trash, brought back, with its history."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ntmdesk.domain.kinds import Catalogue
from ntmdesk.domain.standings import standing_of
from ntmdesk.errors import AppError
from ntmdesk.services import consents, drafts, people, records
from ntmdesk.services.drafts import Draft
from ntmdesk.ui import theme
from ntmdesk.ui.forms.form import Form
from ntmdesk.ui.jobs import Jobs
from ntmdesk.ui.messages import sentence
from ntmdesk.ui.models.flags import flag_words
from ntmdesk.ui.pages.consent_panel import ConsentPanel
from ntmdesk.ui.pages.doubles_box import DoublesBox
from ntmdesk.ui.pages.draft_keeper import DraftKeeper
from ntmdesk.ui.pages.draft_offer import DraftOffer
from ntmdesk.ui.pages.problems import error_words, problems_of
from ntmdesk.ui.pages.record_history import RecordHistory
from ntmdesk.ui.pages.references import References
from ntmdesk.ui.pages.underneath import ChangedUnderneath, Underneath, choose_first_words
from ntmdesk.ui.translation import label
from ntmdesk.ui.widgets.button import Button
from ntmdesk.ui.widgets.flow import FlowLayout
from ntmdesk.ui.widgets.pill import Pill, state_words
from ntmdesk.ui.widgets.text import Text

Row = dict[str, Any]


class RecordEditor(QWidget):
    """``saved`` and ``closed`` carry kind and id (empty id: closed without saving)."""

    saved = Signal(str, str)
    closed = Signal(str, str)
    told = Signal(str, str)
    undo_offered = Signal(str, object)
    use = Signal(object)
    """A double was chosen instead of creating: the ``Double``."""

    def __init__(
        self,
        jobs: Jobs[Any],
        catalogue: Catalogue,
        today: Callable[[], date],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._catalogue = catalogue
        self._today = today
        self._references = References(jobs, catalogue, self)
        self._kind = ""
        self._id = ""
        self._dots: dict[str, Any] = {}
        self._row: Row = {}
        self._sure = False
        self._saving = False
        self.form: Form | None = None
        self.draft = DraftKeeper(jobs, "", self._worth_keeping, self)
        self._build()

    @property
    def record(self) -> tuple[str, str]:
        """Kind and id of what is shown; empty id for a new one."""
        return self._kind, self._id

    def new(self, kind: str, values: Mapping[str, Any] | None = None) -> None:
        """An empty form, with what the program fills in by itself and ``values``."""
        self._begin(kind, "")
        given = dict(values or {})

        def read(uow: Any) -> tuple[Row, str]:
            filled = records.fill_in(uow, kind, {**_defaults(self._catalogue, kind), **given})
            return filled, uow.author.role

        def show(found: tuple[Row, str]) -> None:
            filled, role = found
            form = self._make_form(role)
            form.set_values({name: value for name, value in filled.items() if name not in given})
            form.fill(given)
            form.focus_first()
            self.draft.look(self._offer)

        self._jobs.look(read, show, self._fail, owner=self)

    def open(self, kind: str, id: str) -> None:
        """The record, in the trash or not."""
        self._begin(kind, id)

        def read(uow: Any) -> tuple[Row, dict[str, Any], str, dict[str, str]]:
            found = uow.records.find(kind, id) or id
            row = records.get(uow, kind, found, deleted=True)
            return row, dict(uow.records.dots(kind, found)), uow.author.role, _writers(uow, row)

        self._jobs.look(read, self._show, self._fail, owner=self)

    def refresh(self) -> None:
        """The record may have changed underneath: show it without losing a letter that was typed."""
        if self._id and self.form is not None and not self._saving and not self._row.get("_deleted"):
            self.underneath.look(self._jobs, self.record, self.form, self._rebased)

    def save(self) -> None:
        """Write what was changed; what is wrong is said at its field."""
        form = self.form
        if form is None or self._saving:
            return
        if self.underneath.pending:
            self.told.emit("amber", choose_first_words())
            self.underneath.ask_first()
            return
        wrong = form.local_problems()
        form.show_problems(wrong)
        if wrong:
            form.focus_first_problem()
            return
        self.draft.stop()
        if not self._id:
            self._add(form.values())
            return
        changes = form.changed()
        if not changes:
            self.closed.emit(self._kind, self._id)
            return
        kind, id = self._kind, self._id
        seen = self._seen(changes)
        self._saving = True
        self._jobs.run(
            lambda uow: records.set_fields(uow, kind, id, changes, seen=seen),
            lambda row: self._saved(str(row["id"]), self.tr("Saved")),
            self._refused,
            owner=self,
        )

    def leave(self) -> None:
        """The page goes: keep what was begun."""
        self.draft.leave()

    def undo(self) -> None:
        """Take back the last save of the person at work."""
        self._jobs.run(
            records.undo,
            lambda _: self.told.emit("good", self.tr("Undone")),
            lambda error: self.told.emit("danger", sentence(error)),
            owner=self,
        )

    def _build(self) -> None:
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(theme.px(theme.GAP_L))
        head = QWidget()
        across = FlowLayout(head, 10)
        self._title = Text("", "heading")
        self._state = Pill()
        across.addWidget(self._title)
        across.addWidget(self._state)
        self._rows.addWidget(head)
        self._why = Text("", "body")
        self._why.hide()
        self._rows.addWidget(self._why)
        self.offer = DraftOffer()
        self.offer.taken.connect(self._take_draft)
        self.offer.dropped.connect(self._drop_draft)
        self._rows.addWidget(self.offer)
        self.underneath = ChangedUnderneath(self._catalogue)
        self.underneath.restore_asked.connect(self._restore_to_go_on)
        self._rows.addWidget(self.underneath)
        self._holder = QVBoxLayout()
        self._rows.addLayout(self._holder)
        self.doubles = DoublesBox()
        self.doubles.use.connect(self.use)
        self.doubles.go_on.connect(self._go_on)
        self._rows.addWidget(self.doubles)
        self.consent = ConsentPanel(self._catalogue)
        self.consent.given.connect(self._consent_given)
        self.consent.cancelled.connect(self.consent.hide)
        self.consent.hide()
        self._rows.addWidget(self.consent)
        foot = QWidget()
        flow = FlowLayout(foot, 10)
        self.save_button = Button(self.tr("Save"), "primary", "Ctrl+S")
        self.cancel_button = Button(self.tr("Close"))
        self.delete_button = Button(self.tr("Delete"), "quiet", icon="trash-2")
        self.restore_button = Button(self.tr("Restore"), icon="undo-2")
        self.save_button.clicked.connect(self.save)
        self.cancel_button.clicked.connect(self._close)
        self.delete_button.clicked.connect(self._delete)
        self.restore_button.clicked.connect(self._restore)
        for button in (self.save_button, self.cancel_button, self.restore_button, self.delete_button):
            flow.addWidget(button)
        self._rows.addWidget(foot)
        self.history = RecordHistory(self._catalogue)
        self._rows.addWidget(self.history)
        self._rows.addStretch(1)

    def _begin(self, kind: str, id: str) -> None:
        self.draft.set_aside()
        self.draft.page = f"record-{kind}"
        self._kind, self._id, self._dots, self._row = kind, id, {}, {}
        self._sure, self._saving = False, False
        if self.form is not None:
            self._holder.removeWidget(self.form)
            self.form.hide()
            self.form.deleteLater()
            self.form = None
        self.doubles.show_doubles([])
        self.consent.hide()
        self.underneath.clear()
        self.offer.hide()
        self.history.show_changes([])
        self._title.setText(self.tr("New: {kind}").format(kind=label(self._catalogue.kind(kind).label)))
        self._state.hide()
        self._why.hide()
        self._show_buttons(deleted=False)

    def _make_form(self, role: str) -> Form:
        kind = self._catalogue.kind(self._kind)
        writer = "leader" if role in ("leader", "") else "anyone"
        form = Form(kind, self._catalogue, self._today, may_write=writer)
        form.set_suggest(self._references.suggest)
        form.set_name_of(self._references.name_of)
        form.edited.connect(self._edited)
        form.set_read_only(False)
        self._holder.addWidget(form)
        self.form = form
        return form

    def _show(self, found: tuple[Row, dict[str, Any], str, dict[str, str]]) -> None:
        row, self._dots, role, names = found
        self._row = row
        self._id = str(row["id"])
        deleted = bool(row.get("_deleted"))
        form = self._make_form(role)
        fields = set(form.names())
        form.set_values({name: value for name, value in row.items() if name in fields})
        form.set_read_only(deleted)
        self._show_head(row, names)
        if not deleted:
            form.focus_first()

    def _rebased(self, found: Underneath) -> None:
        self._row, self._dots = dict(found.row), dict(found.dots)
        self._show_head(self._row, found.names)

    def _show_head(self, row: Row, names: Mapping[str, str]) -> None:
        deleted = bool(row.get("_deleted"))
        kind = self._catalogue.kind(self._kind)
        title = " · ".join(str(row[n]) for n in kind.title if row.get(n) and not _refers(kind, n))
        self._title.setText(title or label(kind.label))
        if deleted:
            self._state.show_state(self.tr("in the trash"), "danger")
        else:
            self._state.show_state(*state_words(standing_of(row)))
        self._state.show()
        self._why.setText(flag_words(kind, row))
        self._why.setVisible(bool(self._why.text()))
        self._show_buttons(deleted)
        self.history.show_changes(row.get("history") or [], self._kind, names)

    def _show_buttons(self, deleted: bool) -> None:
        self.save_button.setVisible(not deleted)
        self.restore_button.setVisible(deleted)
        self.delete_button.setVisible(bool(self._id) and not deleted)

    def _edited(self) -> None:
        self._sure = False
        self.offer.hide()
        if not self._id and not self._saving:
            self.draft.touch()

    def _worth_keeping(self) -> dict[str, Any] | None:
        """A new record's form, without numbers that no consent covers yet."""
        if self.form is None or self._id or self._saving or not self.form.is_dirty():
            return None
        values = self.form.values()
        shown = {n: v for n, v in values.items() if not _is_number(self._catalogue, self._kind, n)}
        return {"values": shown}

    def _add(self, values: Row) -> None:
        kind, sure, draft_id = self._kind, self._sure, self.draft.id
        self._saving = True

        def work(uow: Any) -> str:
            if kind == "household":
                id = people.add_household(uow, values, sure=sure).household
            elif kind == "resident":
                id = people.add_resident(uow, values, sure=sure)
            else:
                id = records.add(uow, kind, values)
            if draft_id:
                drafts.drop(uow, draft_id)
            return id

        self._jobs.run(work, lambda id: self._saved(id, self.tr("Written down")), self._refused, owner=self)

    def _saved(self, id: str, words: str) -> None:
        self._saving = False
        self.draft.forget()
        self.undo_offered.emit(words, self.undo)
        self.saved.emit(self._kind, id)

    def _refused(self, error: AppError) -> None:
        self._saving = False
        form = self.form
        if form is None:
            return
        if error.code == "invalid":
            left = form.show_problems(problems_of(error))
            form.focus_first_problem()
            if left or not problems_of(error):
                self.told.emit("danger", error_words(error, form.kind))
        elif error.code == "possible_doubles":
            self.doubles.show_doubles(error.details.get("doubles") or [])
            self.told.emit("amber", sentence(error))
        elif error.code == "consent_required":
            self.told.emit("amber", sentence(error))
            self.consent.ask(str(form.values().get("full_name", "")))
        else:
            self.told.emit("danger", sentence(error))

    def _fail(self, error: AppError) -> None:
        self.told.emit("danger", sentence(error))
        self.closed.emit(self._kind, "")

    def _go_on(self) -> None:
        self._sure = True
        self.doubles.show_doubles([])
        self.save()

    def _consent_given(self, values: dict[str, Any]) -> None:
        """Record the consent and the change it covers together."""
        form = self.form
        if form is None:
            return
        self.consent.hide()
        kind, id, sure, draft_id = self._kind, self._id, self._sure, self.draft.id
        changes = form.changed() if id else form.values()
        seen = self._seen(changes)
        self._saving = True

        def work(uow: Any) -> str:
            if kind != "resident":
                consents.add_consent(uow, values)
                return id
            if id:
                people.edit_resident(uow, id, changes, consent=values, seen=seen)
                return id
            added = people.add_resident(uow, changes, consent=values, sure=sure)
            if draft_id:
                drafts.drop(uow, draft_id)
            return added

        self._jobs.run(work, lambda done: self._saved(done, self.tr("Saved")), self._refused, owner=self)

    def _delete(self) -> None:
        kind, id = self._kind, self._id
        self._jobs.run(
            lambda uow: records.delete(uow, kind, id),
            lambda _: self._left(self.tr("In the trash; it can be restored")),
            self._refused,
            owner=self,
        )

    def _restore(self) -> None:
        kind, id = self._kind, self._id
        self._jobs.run(
            lambda uow: records.restore(uow, kind, id),
            lambda _: self._saved(id, self.tr("Restored")),
            self._refused,
            owner=self,
        )

    def _restore_to_go_on(self) -> None:
        kind, id = self._kind, self._id
        self._jobs.run(
            lambda uow: records.restore(uow, kind, id), lambda _: self.refresh(), self._refused, owner=self
        )

    def _seen(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        """The dots on the screen of the fields that are saved."""
        return {name: dot for name, dot in self._dots.items() if name.split("/")[0] in changes}

    def _left(self, words: str) -> None:
        self.undo_offered.emit(words, self.undo)
        self.closed.emit(self._kind, "")

    def _close(self) -> None:
        self.leave()
        self.closed.emit(self._kind, self._id)

    def _offer(self, draft: Draft | None) -> None:
        if draft is not None:
            when = draft.saved_at.strftime("%H:%M %d/%m")
            self.offer.offer(self.tr("A form from {when} was not saved").format(when=when))

    def _take_draft(self) -> None:
        self.offer.hide()
        if self.form is not None:
            self.form.fill(self.draft.take().get("values") or {})

    def _drop_draft(self) -> None:
        self.offer.hide()
        self.draft.drop()


def _defaults(catalogue: Catalogue, kind: str) -> Row:
    fields = catalogue.kind(kind).fields
    return {f.name: f.default for f in fields if f.default is not None}


def _is_number(catalogue: Catalogue, kind: str, name: str) -> bool:
    field = catalogue.kind(kind).field(name)
    return field is not None and field.type == "id_number"


def _refers(kind: Any, name: str) -> bool:
    field = kind.field(name)
    return field is not None and bool(field.refers)


def _writers(uow: Any, row: Row) -> dict[str, str]:
    """Names of who wrote on the record."""
    names = {uow.author.person: uow.author.name}
    for change in row.get("history") or ():
        by = str(change.get("by") or "")
        if by and by not in names:
            found = uow.records.find("member", by)
            member = uow.records.get("member", found, deleted=True) if found else {}
            names[by] = str(member.get("full_name", ""))
    return names
