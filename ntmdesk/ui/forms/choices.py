"""Fields that choose: yes or no, one code, several codes, one record, several records."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox, QWidget

from ntmdesk.domain.kinds import ChoiceList, Field
from ntmdesk.ui import theme
from ntmdesk.ui.forms.editor import FieldEditor
from ntmdesk.ui.translation import label
from ntmdesk.ui.widgets.chips import ChipGroup, ChipSpec
from ntmdesk.ui.widgets.suggest_box import SuggestBox
from ntmdesk.ui.widgets.suggestions import Suggestion

AS_CHIPS = 5
"""A list up to this long is shown whole; a longer one drops down."""

Suggest = Callable[[str, str, Callable[[list[Suggestion]], None]], None]
"""``suggest(kind, text, deliver)``; an empty text with ``deliver`` asks for the first few."""


class YesNoEditor(FieldEditor):
    """Yes, no, or not known: blank is not no."""

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self.chips = ChipGroup(numbered=False, single=True)
        self.chips.set_chips([ChipSpec("yes", self.tr("Yes")), ChipSpec("no", self.tr("No"))])
        self.chips.changed.connect(lambda _: self.edited.emit())
        self.put(self.chips)

    def value(self) -> Any:
        chosen = self.chips.chosen()
        return chosen[0] == "yes" if chosen else None

    def set_value(self, value: Any) -> None:
        self.chips.choose([] if value is None else ["yes" if value else "no"])


class ChipsEditor(FieldEditor):
    """One code of a short list, or a set of codes.  A code this list does not know is kept and shown."""

    def __init__(
        self, field: Field, choices: ChoiceList, single: bool, parent: QWidget | None = None
    ) -> None:
        super().__init__(field, parent)
        self._choices = choices
        self._single = single
        self.wide = not single and len(choices.offered) > AS_CHIPS
        self.chips = ChipGroup(numbered=False, single=single)
        self.chips.changed.connect(lambda _: self.edited.emit())
        self._fill(())
        self.put(self.chips)

    def value(self) -> Any:
        chosen = self.chips.chosen()
        if self._single:
            return chosen[0] if chosen else None
        return chosen or None

    def set_value(self, value: Any) -> None:
        codes = [] if value is None else [str(value)] if self._single else [str(v) for v in value]
        self._fill(codes)
        self.chips.choose(codes)

    def _fill(self, codes: Sequence[str]) -> None:
        offered = [ChipSpec(c.code, label(c.short), hint=label(c.label)) for c in self._choices.offered]
        known = {spec.code for spec in offered}
        for code in codes:
            if code not in known:
                offered.append(ChipSpec(code, _words(self._choices, code)))
        self.chips.set_chips(offered)


class DropDownEditor(FieldEditor):
    """One code of a long list; typing goes to it, the wheel does not change it."""

    def __init__(self, field: Field, choices: ChoiceList, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self._choices = choices
        self.combo = _CalmCombo()
        self.combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.combo.setMinimumContentsLength(10)
        self.combo.addItem("–", None)
        for choice in choices.offered:
            self.combo.addItem(label(choice.label), choice.code)
        self.combo.activated.connect(lambda _: self.edited.emit())
        self.put(self.combo)

    def value(self) -> Any:
        return self.combo.currentData()

    def set_value(self, value: Any) -> None:
        at = self.combo.findData(value) if value is not None else 0
        if at < 0:
            self.combo.addItem(_words(self._choices, str(value)), value)
            at = self.combo.count() - 1
        self.combo.setCurrentIndex(at)


class ReferenceEditor(FieldEditor):
    """One record of another kind, found by typing."""

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self.box = SuggestBox(self.tr("Type to find"))
        self.suggest: Suggest | None = None
        self.name_of: Callable[[str, str, Callable[[str], None]], None] | None = None
        self.box.ask = self._ask
        self.box.picked.connect(lambda _: self.edited.emit())
        self.box.cleared.connect(self.edited)
        self.put(self.box.edit, self.box)

    def value(self) -> Any:
        picked = self.box.picked_suggestion()
        return picked.id if picked else None

    def set_value(self, value: Any) -> None:
        if value is None:
            self.box.set_picked(None)
            return
        code = str(value)
        self.box.set_picked(Suggestion(code, code))
        if self.name_of is not None:
            self.name_of(self.spec.refers, code, lambda words: self._named(code, words))

    def local_problem(self) -> str:
        return "bad_reference" if self.box.text().strip() and self.value() is None else ""

    def _ask(self, text: str) -> None:
        if self.suggest is not None:
            self.suggest(self.spec.refers, text, lambda rows: self.box.offer(text, rows))

    def _named(self, code: str, words: str) -> None:
        if self.value() == code and words:
            self.box.set_picked(Suggestion(code, words))


class ReferencesEditor(FieldEditor):
    """Several records: type to find, each becomes a chip; ticking it off takes it away."""

    wide = True

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self.box = SuggestBox(self.tr("Type to add"))
        self.suggest: Suggest | None = None
        self.name_of: Callable[[str, str, Callable[[str], None]], None] | None = None
        self._names: dict[str, str] = {}
        self.box.ask = self._ask
        self.box.picked.connect(self._add)
        self.chips = ChipGroup(numbered=False)
        self.chips.changed.connect(self._unticked)
        self.chips.setAccessibleName(label(field.label))
        self.put(self.box.edit, self.box)
        self.rows.insertWidget(1, self.chips)
        self._show()

    def value(self) -> Any:
        return list(self._names) or None

    def set_value(self, value: Any) -> None:
        self._names = {str(code): str(code) for code in value or ()}
        self._show()
        if self.name_of is not None:
            for code in list(self._names):
                self.name_of(self.spec.refers, code, partial(self._named, code))

    def set_read_only(self, read_only: bool) -> None:
        self.box.setEnabled(not read_only)
        self.chips.setEnabled(not read_only)

    def _ask(self, text: str) -> None:
        if self.suggest is not None:
            self.suggest(self.spec.refers, text, lambda rows: self.box.offer(text, rows))

    def _add(self, suggestion: Suggestion) -> None:
        self._names[suggestion.id] = suggestion.title
        self.box.set_picked(None)
        self._show()
        self.edited.emit()

    def _unticked(self, chosen: list[str]) -> None:
        self._names = {code: self._names[code] for code in self._names if code in chosen}
        self._show()
        self.edited.emit()

    def _named(self, code: str, words: str) -> None:
        if code in self._names and words:
            self._names[code] = words
            self._show()

    def _show(self) -> None:
        self.chips.set_chips([ChipSpec(code, words) for code, words in self._names.items()])
        self.chips.choose(self._names)
        self.chips.setVisible(bool(self._names))


class _CalmCombo(QComboBox):
    def __init__(self) -> None:
        super().__init__()
        self.setMaxVisibleItems(12)
        self.setMinimumWidth(theme.px(110))

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


def _words(choices: ChoiceList, code: str) -> str:
    choice = choices.get(code)
    return label(choice.label) if choice else code
