"""A table of any kind of record: the order is an array of row numbers, the rows come by the page."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, Protocol

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from ntmdesk.domain.dates import format_date, moment_text
from ntmdesk.domain.identifiers import mask_id_number
from ntmdesk.domain.kinds import Catalogue, Field, Kind
from ntmdesk.domain.standings import standing_of
from ntmdesk.domain.telephones import mask_phone
from ntmdesk.ui.jobs import Jobs
from ntmdesk.ui.models.flags import flag_words
from ntmdesk.ui.models.titles import Peeking, titles
from ntmdesk.ui.translation import label, number
from ntmdesk.ui.widgets.pill import state_words

Index = QModelIndex | QPersistentModelIndex
Row = Mapping[str, Any]
PAGE = 256
PAGES_KEPT = 16
ROW = Qt.ItemDataRole.UserRole
TONE = Qt.ItemDataRole.UserRole + 1
"""Tone of a state cell, for the delegate."""
STATE = "state"
_NUMBERS = frozenset({"integer", "decimal"})


class RecordsOf(Peeking, Protocol):
    """The part of the records repository this model asks."""

    def keys(
        self,
        kind: str,
        where: Mapping[str, Any] | None = None,
        search: str | None = None,
        order: str | None = None,
    ) -> array[int]: ...

    def rows(self, rowids: Sequence[int]) -> list[Row]: ...


class Unit(Protocol):
    """A transaction, as far as this model looks into it."""

    @property
    def records(self) -> RecordsOf: ...


class RecordsModel(QAbstractTableModel):
    """Rows not yet there are shown as … and asked for; ``loaded`` tells the new total.

    ``columns``: names of fields, or ``state``; None takes the kind's own and the state.
    """

    loaded = Signal(int)

    def __init__(
        self,
        jobs: Jobs[Any],
        kind: Kind,
        catalogue: Catalogue,
        columns: Sequence[str] | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._kind = kind
        self._catalogue = catalogue
        self._columns = tuple(columns) if columns is not None else (*kind.columns, STATE)
        self._keys: array[int] = array("q")
        self._pages: dict[int, list[Row]] = {}
        self._asked: set[int] = set()
        self._round = 0
        self._where: Mapping[str, Any] | None = None
        self._search: str | None = None
        self._order: str | None = None
        self._names: dict[str, str] = {}

    @property
    def kind(self) -> Kind:
        """The kind shown."""
        return self._kind

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns."""
        return self._columns

    def show(
        self, where: Mapping[str, Any] | None = None, search: str | None = None, order: str | None = None
    ) -> None:
        """Load what fits; ``order`` is a field, ``-field`` for the other way, None the kind's own."""
        self._where, self._search, self._order = where, search, order
        self.reload()

    def reload(self) -> None:
        """Load the same again; the old rows stay until the new ones are there."""
        where, search, order, kind = self._where, self._search, self._order, self._kind.name

        def read(unit: Unit) -> tuple[array[int], list[Row], dict[str, str]]:
            keys = unit.records.keys(kind, where=where, search=search, order=order)
            rows = unit.records.rows(keys[:PAGE])
            return keys, rows, self._titles(unit, rows, frozenset())

        self._jobs.latest(f"records-{id(self)}", read, self._take, owner=self)

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Order by a column; -1 goes back to the kind's own order."""
        if not 0 <= column < len(self._columns) or self._columns[column] == STATE:
            wanted = None
        else:
            sign = "-" if order == Qt.SortOrder.DescendingOrder else ""
            wanted = sign + self._columns[column]
        if wanted != self._order:
            self._order = wanted
            self.reload()

    def row_at(self, row: int) -> Row | None:
        """The record in that row, None while it is not there yet."""
        if not 0 <= row < len(self._keys):
            return None
        page = self._pages.get(row // PAGE)
        return page[row % PAGE] if page is not None and row % PAGE < len(page) else None

    def id_at(self, row: int) -> str | None:
        """Id of the record in that row."""
        found = self.row_at(row)
        return str(found["id"]) if found is not None else None

    def row_of(self, record: str) -> int | None:
        """Row of a record among the pages that are there."""
        for page, rows in self._pages.items():
            for at, row in enumerate(rows):
                if row["id"] == record:
                    return page * PAGE + at
        return None

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's own signature
        return 0 if parent.isValid() else len(self._keys)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's own signature
        return 0 if parent.isValid() else len(self._columns)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(self._columns):
            return None
        field = self._kind.field(self._columns[section])
        if role == Qt.ItemDataRole.DisplayRole:
            return label(field.label) if field is not None else self.tr("State")
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self._alignment(field)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._keys):
            return None
        name = self._columns[index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self._alignment(self._kind.field(name))
        if role not in (
            Qt.ItemDataRole.DisplayRole,
            Qt.ItemDataRole.ToolTipRole,
            Qt.ItemDataRole.AccessibleTextRole,
            ROW,
            TONE,
        ):
            return None
        row = self.row_at(index.row())
        if row is None:
            if index.row() // PAGE in self._pages:
                return None
            self._ask(index.row() // PAGE)
            return "…" if role == Qt.ItemDataRole.DisplayRole else None
        if role == ROW:
            return row
        if name == STATE:
            words, tone = state_words(standing_of(row))
            if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
                return ": ".join(part for part in (words, flag_words(self._kind, row)) if part)
            return tone if role == TONE else words
        return None if role == TONE else self.words(self._kind.field(name), row.get(name))

    def words(self, field: Field | None, value: Any) -> str:
        """A value as a cell shows it; blank is empty, personal numbers are masked."""
        if value is None:
            return ""
        if field is None:
            return str(value)
        plain: dict[str, Callable[[], str]] = {
            "boolean": lambda: self.tr("Yes") if value else self.tr("No"),
            "date": lambda: _day_words(str(value)),
            "timestamp": lambda: moment_text(str(value)),
            "birth": lambda: "/".join(reversed(str(value).split("-"))),
            "id_number": lambda: mask_id_number(str(value)),
            "phone": lambda: mask_phone(str(value)),
            "choice": lambda: self._choice(field, str(value)),
            "choices": lambda: ", ".join(self._choice(field, str(code)) for code in value),
            "reference": lambda: self._names.get(str(value), ""),
            "references": lambda: ", ".join(self._names.get(str(v), "…") for v in value),
            "rows": lambda: str(len(value)),
            "object": lambda: "…",
        }
        if field.type in plain:
            return plain[field.type]()
        if field.type in _NUMBERS and isinstance(value, int | float):
            return number(value)
        return str(value)

    def _titles(self, unit: Unit, rows: list[Row], known: frozenset[str]) -> dict[str, str]:
        return titles(unit.records, self._catalogue, self._kind, rows, self._columns, known)

    def _take(self, result: tuple[array[int], list[Row], dict[str, str]]) -> None:
        self.beginResetModel()
        self._keys, first, names = result
        self._names.update(names)
        self._pages = {0: first} if first else {}
        self._asked.clear()
        self._round += 1
        self.endResetModel()
        self.loaded.emit(len(self._keys))

    def _ask(self, page: int) -> None:
        if page in self._asked:
            return
        self._asked.add(page)
        wanted, this_round = self._keys[page * PAGE : (page + 1) * PAGE], self._round

        known = frozenset(self._names)

        def read(unit: Unit) -> tuple[list[Row], dict[str, str]]:
            rows = unit.records.rows(wanted)
            return rows, self._titles(unit, rows, known)

        self._jobs.look(read, lambda found: self._put(page, *found, this_round), owner=self)

    def _put(self, page: int, rows: list[Row], names: dict[str, str], this_round: int) -> None:
        if this_round != self._round:
            return
        self._asked.discard(page)
        while len(self._pages) >= PAGES_KEPT:
            self._pages.pop(max(self._pages, key=lambda kept: abs(kept - page)))
        self._pages[page] = rows
        self._names.update(names)
        last = min((page + 1) * PAGE, len(self._keys)) - 1
        self.dataChanged.emit(self.index(page * PAGE, 0), self.index(last, len(self._columns) - 1))

    def _choice(self, field: Field, code: str) -> str:
        known = self._catalogue.lists.get(field.choices)
        choice = known.get(code) if known else None
        return label(choice.short) if choice else code

    @staticmethod
    def _alignment(field: Field | None) -> int:
        right = field is not None and field.type in _NUMBERS
        side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
        return int(side | Qt.AlignmentFlag.AlignVCenter)


def _day_words(text: str) -> str:
    try:
        return format_date(date.fromisoformat(text[:10]))
    except ValueError:
        return text
