"""The server's catalogue as a judge of single values."""

from __future__ import annotations

from collections.abc import Sequence

from sync.protocol.cells import Value, winning_value
from sync.protocol.kinds import Catalogue, Kind
from sync.protocol.kinds_cells import assemble
from sync.protocol.records import BORN, Record, is_deletion, plain
from sync.protocol.validation import judge_cell, validate, writer_of

REMEMBERED = 20_000
"""How many short values already judged are remembered."""


class CatalogueJudge:
    """Implements ``hub.ports.Judge``.  Safe from several threads: it only remembers."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.version = catalogue.version
        self.guarded = frozenset(
            name for name in catalogue.kinds if _is_guarded(catalogue, catalogue.kinds[name])
        )
        self._catalogue = catalogue
        self._fine: set[tuple[str, str, str]] = set()

    def judge(self, kind: str, cell: str, value: Value) -> str | None:
        """None = fine; ``unknown_...`` = later; any other code = refused."""
        if type(value) is not str or len(value) > 40:
            return judge_cell(self._catalogue, kind, cell, value)
        key = (kind, cell, value)
        if key in self._fine:
            return None
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
