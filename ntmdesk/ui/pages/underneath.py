"""A sync changed the record of an open form: who changed what is told; where both typed, one is chosen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ntmdesk.domain.kinds import Catalogue, Kind
from ntmdesk.domain.rebasing import Rebased, changed_fields
from ntmdesk.services import records
from ntmdesk.store.unit_of_work import UnitOfWork
from ntmdesk.ui import theme
from ntmdesk.ui.jobs import Jobs
from ntmdesk.ui.pages.values import person_words, value_words
from ntmdesk.ui.translation import label, translate
from ntmdesk.ui.widgets.banner import Banner
from ntmdesk.ui.widgets.button import Button
from ntmdesk.ui.widgets.card import rule
from ntmdesk.ui.widgets.columns import Columns
from ntmdesk.ui.widgets.tall import Tall
from ntmdesk.ui.widgets.text import Text


class Rebasable(Protocol):
    """A form that can be shown a newer state of its record; as ``Form`` says."""

    @property
    def kind(self) -> Kind: ...
    def names(self) -> tuple[str, ...]: ...
    def given(self) -> dict[str, Any]: ...
    def touched(self) -> dict[str, Any]: ...
    def rebase(self, now: Mapping[str, Any]) -> Rebased: ...
    def take(self, name: str, value: Any) -> None: ...


@dataclass(frozen=True, slots=True)
class Underneath:
    """A record as it is now, read beside an open form.

    ``dots``: what saving must name once the form shows ``row``; ``who``: for each field that changed the name
    of who changed it; ``words``: for each of them (the value typed, the record's value) as people read them;
    ``gone``: somebody put it in the trash, "" or their name.  ``names``: every writer's id to their name.
    ``by_others``: somebody else than the person at work changed a field.
    """

    row: Mapping[str, Any]
    dots: Mapping[str, Any]
    who: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    gone: str | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    by_others: bool = False


def read_underneath(
    uow: UnitOfWork, kind: str, id: str, base: Mapping[str, Any], typed: Mapping[str, Any]
) -> Underneath:
    """The record now; ``base``: what the form was filled with, ``typed``: what was typed since.

    UserError ``not_found``.
    """
    row = records.get(uow, kind, id, deleted=True)
    who: dict[str, str] = {}
    deleter = ""
    for change in row["history"]:  # oldest first: the newest writer of a field is kept
        name = str(change["field"]).split("/")[0]
        if name == "_deleted":
            deleter = str(change["by"])
        who[name] = str(change["by"])
    changed = changed_fields(uow.catalogue.kind(kind), base, row)
    return Underneath(
        row,
        dict(uow.records.dots(kind, str(row["id"]))),
        {name: person_words(uow, who.get(name, "")) for name in changed},
        {
            name: (
                value_words(uow, kind, name, typed.get(name)),
                value_words(uow, kind, name, row.get(name)),
            )
            for name in changed
        },
        person_words(uow, deleter) if row.get("_deleted") else None,
        {by: person_words(uow, by) for by in {str(c["by"]) for c in row["history"]} if by},
        any(who.get(name) != uow.author.person for name in changed),
    )


class ChangedUnderneath(Tall):
    """Hidden until something changed.  ``settled`` when the last clash was chosen, ``restore_asked`` when a
    record that was put in the trash is wanted back."""

    settled = Signal()
    restore_asked = Signal()

    def __init__(self, catalogue: Catalogue, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._catalogue = catalogue
        self._clashes: dict[str, QWidget] = {}
        self._turn = 0
        self.choices: dict[str, tuple[Button, Button]] = {}
        self.banner = Banner()
        self.rows.addWidget(self.banner)
        self.hide()

    @property
    def pending(self) -> bool:
        """Something has to be chosen before the form may be saved."""
        return bool(self._clashes)

    def clear(self) -> None:
        """The form shows something else."""
        self._turn += 1
        for name in list(self._clashes):
            self._drop(name)
        self.banner.dismiss()
        self.hide()

    def look(
        self,
        jobs: Jobs[Any],
        record: tuple[str, str],
        form: Rebasable,
        then: Callable[[Underneath], None],
    ) -> None:
        """Read the record of an open form, (kind, id), and rebase the form on it, then call ``then``.

        What was read for a form that shows something else by now is dropped.
        """
        kind, id = record
        base, typed, turn = form.given(), form.touched(), self._turn

        def show(found: Underneath) -> None:
            if turn != self._turn or form.given() != base:
                return
            if found.gone is not None:
                self.tell_gone(found.gone)
                return
            self.rebase(form, found)
            then(found)

        jobs.latest(
            f"underneath-{kind}",
            lambda uow: read_underneath(uow, kind, id, base, typed),
            show,
            lambda _: None,
            owner=self,
        )

    def rebase(self, form: Rebasable, found: Underneath) -> bool:
        """Let the form show the record as it is now; False when nothing of it changed."""
        kind = form.kind.name
        names = [n for n in changed_fields(form.kind, form.given(), found.row) if n in form.names()]
        if not names:
            return False
        rebased = form.rebase(found.row)
        self.tell(kind, names, found)
        for name in list(self._clashes):
            if name in names and name not in rebased.clashes:
                self._drop(name)
        for name, theirs in rebased.clashes.items():
            self._drop(name)
            self._ask(kind, name, found, self._taker(form, name, theirs))
        return True

    def tell(self, kind: str, names: list[str], found: Underneath) -> None:
        """Say who changed which fields."""
        by_person: dict[str, list[str]] = {}
        for name in names:
            by_person.setdefault(found.who.get(name, ""), []).append(self._label(kind, name))
        said = [
            self.tr("{who} changed: {fields}").format(who=who, fields=", ".join(fields))
            for who, fields in by_person.items()
        ]
        self.show()
        self.banner.tell("info", ". ".join(said))

    def tell_gone(self, who: str) -> None:
        """Say that the record was put in the trash while it was open; what was typed stays."""
        self.show()
        self.banner.tell(
            "amber",
            self.tr("{who} put this record in the trash. What you typed is still here.").format(who=who),
            self.tr("Restore it to go on"),
            self.restore_asked.emit,
        )

    def ask_first(self) -> None:
        """A save was wanted while something is still to be chosen: go there."""
        for keep, _ in self.choices.values():
            keep.setFocus()
            return

    def _ask(self, kind: str, name: str, found: Underneath, take: Callable[[], None]) -> None:
        mine, theirs = found.words.get(name, ("", ""))
        who = found.who.get(name, "")
        box = Tall()
        box.rows.setSpacing(theme.px(theme.GAP_S))
        box.rows.addWidget(
            Text(
                self.tr("{field}: both of you changed it. Choose before saving.").format(
                    field=self._label(kind, name)
                ),
                "strong",
            )
        )
        sides = Columns(420, theme.GAP_M)
        keep = self._side(sides, self.tr("You typed"), mine, self.tr("Keep mine"))
        other = self._side(sides, who, theirs, self.tr("Take theirs"))
        keep.clicked.connect(lambda: self._chosen(name))
        other.clicked.connect(take)
        box.rows.addWidget(sides)
        box.rows.addWidget(rule())
        self._clashes[name], self.choices[name] = box, (keep, other)
        self.rows.addWidget(box)
        self.show()

    def _side(self, sides: Columns, title: str, words: str, button: str) -> Button:
        side = Tall()
        side.rows.setSpacing(theme.px(2))
        side.rows.addWidget(Text(title, "small"))
        side.rows.addWidget(Text(words, "body"))
        press = Button(button)
        press.setAccessibleDescription(f"{title}: {words}")
        side.rows.addWidget(press)
        sides.add(side)
        return press

    def _taker(self, form: Rebasable, name: str, theirs: Any) -> Callable[[], None]:
        def take() -> None:
            form.take(name, theirs)
            self._chosen(name)

        return take

    def _chosen(self, name: str) -> None:
        self._drop(name)
        if not self._clashes:
            self.banner.dismiss()
            self.hide()
            self.settled.emit()

    def _drop(self, name: str) -> None:
        box = self._clashes.pop(name, None)
        self.choices.pop(name, None)
        if box is not None:
            self.rows.removeWidget(box)
            box.hide()
            box.deleteLater()

    def _label(self, kind: str, name: str) -> str:
        field = self._catalogue.field(kind, name)
        return label(field.label)


def choose_first_words() -> str:
    """Said when a save must wait for a choice."""
    return translate("ChangedUnderneath", "Choose one of the two values first, then save.")
