"""A list of any length behind a view: Qt counts the rows by itself and asks Python for those it draws.

A view walks through all rows whenever it lays them out.  Each question that Python answers waits for its turn
while a lane computes, so that ten thousand of them are a standstill of a second; none is asked here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QStringListModel, Qt

Index = QModelIndex | QPersistentModelIndex
ITEM = Qt.ItemDataRole.UserRole
_SHOWN = frozenset({Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole})
_FLAGS = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren


class Line(Protocol):
    """What a row shows; ``words`` as a screen reader says it."""

    @property
    def id(self) -> str: ...

    @property
    def words(self) -> str: ...


L = TypeVar("L", bound=Line)


@dataclass(frozen=True, slots=True, eq=False)
class Lines(Generic[L]):
    """Lines in their order, each id once; ``at``: id to row.  Any thread."""

    all: tuple[L, ...]
    at: Mapping[str, int]

    @classmethod
    def of(cls, lines: Sequence[L]) -> Lines[L]:
        """With the rows looked up once, where nobody waits for it."""
        return cls(tuple(lines), {line.id: row for row, line in enumerate(lines)})


@dataclass(frozen=True, slots=True, eq=False)
class Change(Generic[L]):
    """How ``before`` becomes ``after``: ``gone`` lines leave at ``row``, ``come`` stand there instead.

    ``told_anew``: a line that stays says something else than before.
    """

    before: Lines[L]
    after: Lines[L]
    row: int
    gone: int
    come: int
    told_anew: bool


def change(before: Lines[L], after: Lines[L]) -> Change[L]:
    """Any thread; meant for the one that read ``after``."""
    old, new = before.all, after.all
    shorter = min(len(old), len(new))
    row = next((at for at in range(shorter) if old[at].id != new[at].id), shorter)
    end = next((n for n in range(shorter - row) if old[-1 - n].id != new[-1 - n].id), shorter - row)
    gone, come = len(old) - row - end, len(new) - row - end
    kept = zip((*old[:row], *old[row + gone :]), (*new[:row], *new[row + come :]), strict=True)
    return Change(before, after, row, gone, come, any(was != now for was, now in kept))


class LongList(QStringListModel, Generic[L]):
    """Keeps the view's selection and place where one stretch of lines came, went or says something else."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.lines: Lines[L] = Lines.of(())
        self._coming: Lines[L] | None = None
        # Before any view hears of it: rows and lines are never of different length when one is asked for.
        self.rowsInserted.connect(self._moved)
        self.rowsRemoved.connect(self._moved)

    def replace(self, lines: Lines[L]) -> None:
        """Other lines; a view forgets what was selected."""
        self.lines = lines
        self.setStringList([""] * len(lines.all))

    def follow(self, change: Change[L]) -> bool:
        """The change a step by itself where it is one; False: the lines were replaced."""
        if change.before is not self.lines or (change.gone and change.come):
            self.replace(change.after)
            return False
        self._coming = change.after
        if change.gone:
            self.removeRows(change.row, change.gone)
        elif change.come:
            self.insertRows(change.row, change.come)
        self._moved()
        if change.told_anew:
            self.dataChanged.emit(self.index(0), self.index(len(self.lines.all) - 1))
        return True

    def flags(self, index: Index) -> Qt.ItemFlag:
        return _FLAGS if index.isValid() else Qt.ItemFlag.NoItemFlags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self.lines.all):
            return None
        line = self.lines.all[index.row()]
        if role == ITEM:
            return line
        return line.words if role in _SHOWN else None

    def _moved(self, *_: object) -> None:
        if self._coming is not None:
            self.lines, self._coming = self._coming, None
