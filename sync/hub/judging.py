"""The server's catalogue as a judge of single values."""

from __future__ import annotations

from collections.abc import Sequence

from sync.protocol.cells import Value, canonical, winning_value
from sync.protocol.kinds import Catalogue, Kind
from sync.protocol.kinds_cells import assemble
from sync.protocol.records import BORN, Record, is_deletion, plain
from sync.protocol.validation import judge_cell, validate, writer_of
from sync.protocol.values import ROW_ID

REMEMBERED = 20_000
"""How many values already found fine are remembered: choices, counts, lines of visits."""
SHORT = 12
"""Texts longer than this hardly come twice."""


class CatalogueJudge:
    """Implements ``hub.ports.Judge``.  Safe from several threads: it only remembers."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.version = catalogue.version
        self.guarded = frozenset(
            name for name in catalogue.kinds if _is_guarded(catalogue, catalogue.kinds[name])
        )
        self._catalogue = catalogue
        self._fine: set[tuple[object, ...]] = set()

    def judge(self, kind: str, cell: str, value: Value) -> str | None:
        """None = fine; ``unknown_...`` = later; any other code = refused."""
        kind_of_value = type(value)
        if kind_of_value is bool or kind_of_value is int or (kind_of_value is str and len(value) <= SHORT):
            key: tuple[object, ...] = (kind, cell, kind_of_value, value)
            if key in self._fine:
                return None
        elif kind_of_value is dict:
            base, slash, element = cell.partition("/")
            if slash and not ROW_ID.fullmatch(element):
                return judge_cell(self._catalogue, kind, cell, value)
            key = (kind, base, slash, canonical(value))
            if key in self._fine:
                return None
        else:
            return judge_cell(self._catalogue, kind, cell, value)
        code = judge_cell(self._catalogue, kind, cell, value)
        if code is None:
            if len(self._fine) >= REMEMBERED:
                self._fine.clear()
            self._fine.add(key)
        return code

    def writer(self, kind: str, cell: str, value: Value) -> str:
        """Who may write this value."""
        return writer_of(self._catalogue, kind, cell, plain(value))

    def flags(self, record: Record) -> Sequence[tuple[str, str]]:
        """Broken rules between fields of a whole record."""
        kind = self._catalogue.kinds.get(record.kind)
        if kind is None or not kind.rules:
            return ()
        cells = {name: plain(winning_value(cell)) for name, cell in record.cells.items() if cell.siblings}
        problems = validate(self._catalogue, record.kind, assemble(kind, cells), strict=False)
        return tuple((p.field, p.code) for p in problems if p.rule and not p.warning)


def _is_guarded(catalogue: Catalogue, kind: Kind) -> bool:
    """Whether the kind, a field or a choice of it is not anyone's to write."""
    if kind.writer != "anyone" or any(f.writer != "anyone" for f in kind.fields):
        return True
    lists = [catalogue.choices(f.choices) for f in kind.fields if f.choices]
    return any(choice.writer != "anyone" for found in lists for choice in found.choices)


def reserved_code(name: str, value: Value) -> str | None:
    """Judges a value of a reserved cell that needs no signature."""
    if name == BORN:
        return None if value is True else "wrong_type"
    if name == "_deleted":
        return None if is_deletion(value) else "wrong_type"
    return "unknown_field"
