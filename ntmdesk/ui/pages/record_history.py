"""Who changed what on a record, newest first; opened when asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from PySide6.QtWidgets import QVBoxLayout, QWidget

from ntmdesk.domain.dates import format_moment
from ntmdesk.domain.identifiers import mask_id_number
from ntmdesk.domain.kinds import Catalogue, Field
from ntmdesk.ui import theme
from ntmdesk.ui.pages.moments import choice_words
from ntmdesk.ui.translation import label
from ntmdesk.ui.widgets.button import Button
from ntmdesk.ui.widgets.timeline import Timeline, TimelineItem

SHOWN = 40
ROW = 42
LONG = 60


class RecordHistory(QWidget):
    """A button with the number of changes; pressed, the changes."""

    def __init__(self, catalogue: Catalogue, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._catalogue = catalogue
        self._names: Mapping[str, str] = {}
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        self.button = Button(self.tr("History"), "link", icon="history")
        self.button.setCheckable(True)
        self.button.toggled.connect(self._toggle)
        self.timeline = Timeline()
        self.timeline.setAccessibleName(self.tr("History"))
        self.timeline.hide()
        rows.addWidget(self.button)
        rows.addWidget(self.timeline)

    def show_changes(
        self, history: Sequence[Mapping[str, Any]], kind: str = "", names: Mapping[str, str] | None = None
    ) -> None:
        """``history`` as ``services.records.get`` gives it, oldest first; ``names``: writer's id to name."""
        self._names = names or {}
        newest = list(reversed(history))[:SHOWN]
        items = [self._item(change, kind) for change in newest]
        self.timeline.show_items(items)
        self.timeline.setFixedHeight(theme.px(ROW) * min(len(items), 6) + theme.px(6))
        self.setVisible(bool(items))
        self.button.setText(self.tr("History: {n} changes").format(n=len(history)))

    def _item(self, change: Mapping[str, Any], kind: str) -> TimelineItem:
        field_name = str(change.get("field", ""))
        at = str(change.get("at") or "")
        moment = format_moment(datetime.fromisoformat(at)) if at else "–"
        field = self._field(kind, field_name)
        if field_name == "_born":
            words = self.tr("Written down")
        elif field_name == "_deleted":
            words = self.tr("Put in the trash") if change.get("to") else self.tr("Restored")
        else:
            name = label(field.label) if field is not None else field_name
            words = self.tr("{field}: {before} → {after}").format(
                field=name,
                before=self._value(field, change.get("from")),
                after=self._value(field, change.get("to")),
            )
        who = self._names.get(str(change.get("by") or ""), "")
        return TimelineItem(moment[:5], words, detail=" · ".join(part for part in (moment, who) if part))

    def _field(self, kind: str, name: str) -> Field | None:
        known = self._catalogue.kinds.get(kind)
        return known.field(name.split("/")[0]) if known else None

    def _value(self, field: Field | None, value: Any) -> str:
        if value in (None, "", []):
            return "–"
        if field is not None and field.type == "id_number":
            return mask_id_number(str(value))
        if field is not None and field.choices and isinstance(value, str):
            return choice_words(self._catalogue, field.choices, value)
        if value is True:
            return self.tr("Yes")
        if isinstance(value, dict | list):
            return "…"
        text = str(value)
        return text if len(text) <= LONG else f"{text[:LONG]}…"

    def _toggle(self, on: bool) -> None:
        self.timeline.setVisible(on)
