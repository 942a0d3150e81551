"""The server's catalogue as a judge of single values."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sync.protocol.cells import Value, canonical, plain, winning_value
from sync.protocol.kinds import Catalogue, Kind, Rule
from sync.protocol.kinds_cells import assemble
from sync.protocol.records import Record
from sync.protocol.rules import broken_rules
from sync.protocol.validation import column_is_fine, judge_cell, validate, writer_of
from sync.protocol.values import ROW_ID

REMEMBERED = 20_000
"""How many values already found fine are remembered: choices, counts, lines of visits."""
SHORT = 12
"""Texts longer than this hardly come twice."""

FEW = 64
"""So few distinct values of a column are judged one by one."""

Ruled = tuple[Rule, frozenset[str]]
"""A rule between fields, with the parts of a record that it looks at."""


class CatalogueJudge:
    """Implements ``hub.ports.Judge``.  Safe from several threads: it only remembers."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.version = catalogue.version
        self.guarded = frozenset(
            name for name in catalogue.kinds if _is_guarded(catalogue, catalogue.kinds[name])
        )
        self._catalogue = catalogue
        self._fine: set[tuple[object, ...]] = set()
        self._rules = {kind.name: _rules_of(kind) for kind in catalogue.kinds.values()}

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

    def fine(self, kind: str, cell: str, values: Sequence[Value]) -> bool:
        """Whether all values of a column may stand; False: ask one by one."""
        types = set(map(type, values))
        if cell.endswith("/"):
            return types <= {str} and all(self.judge(kind, cell + key, True) is None for key in set(values))
        if types <= {str} or types <= {int} or types <= {bool}:
            distinct = set(values)
            if len(distinct) <= FEW or 4 * len(distinct) <= len(values):
                return all(self.judge(kind, cell, value) is None for value in distinct)
            if types == {str} and "/" not in cell and column_is_fine(self._catalogue, kind, cell, values):
                return True
        return all(self.judge(kind, cell, value) is None for value in values)

    def writer(self, kind: str, cell: str, value: Value) -> str:
        """Who may write this value."""
        return writer_of(self._catalogue, kind, cell, plain(value))

    def touches_rule(self, kind: str, cells: Collection[str]) -> bool:
        """Whether a change of these cells may break a rule between fields."""
        return bool(self._touched(kind, cells))

    def flags(self, record: Record, changed: Collection[str]) -> Sequence[tuple[str, str]]:
        """Broken rules between fields of a whole record that a changed cell takes part in."""
        touched = self._touched(record.kind, changed)
        if not touched:
            return ()
        kind = self._catalogue.kinds[record.kind]
        parts = frozenset[str]().union(*(of_rule for _, of_rule in touched))
        cells = {
            name: plain(winning_value(cell))
            for name, cell in record.cells.items()
            if cell.siblings and part_of(kind, name) in parts
        }
        if not any(
            True for _ in broken_rules(kind, assemble(kind, cells), None, rules=[r for r, _ in touched])
        ):
            return ()
        cells = {name: plain(winning_value(cell)) for name, cell in record.cells.items() if cell.siblings}
        problems = validate(self._catalogue, record.kind, assemble(kind, cells), strict=False)
        codes = {rule.code for rule, _ in touched}
        return tuple((p.field, p.code) for p in problems if p.rule and p.code in codes)

    def _touched(self, kind: str, cells: Collection[str]) -> list[Ruled]:
        rules = self._rules.get(kind)
        if not rules:
            return []
        changed = {part_of(self._catalogue.kinds[kind], cell) for cell in cells}
        return [ruled for ruled in rules if not ruled[1].isdisjoint(changed)]


def part_of(kind: Kind, cell: str) -> str:
    """The cell name of a field, without the row or element: what rules are looked up by."""
    base = cell.partition("/")[0]
    field = kind.field(base)
    return field.cell if field else base


def _rules_of(kind: Kind) -> list[Ruled]:
    """The rules whose breaking is flagged."""
    found: list[Ruled] = []
    for rule in kind.rules:
        names = (rule.rows,) if rule.rows else (*rule.fields, *((rule.when.field,) if rule.when else ()))
        if not rule.warning:
            found.append((rule, frozenset(part_of(kind, name) for name in names)))
    return found


def _is_guarded(catalogue: Catalogue, kind: Kind) -> bool:
    """Whether the kind, a field or a choice of it is not anyone's to write."""
    if kind.writer != "anyone" or any(f.writer != "anyone" for f in kind.fields):
        return True
    lists = [catalogue.choices(f.choices) for f in kind.fields if f.choices]
    return any(choice.writer != "anyone" for found in lists for choice in found.choices)
