"""A long list: counted by Qt, changed a step at a time where a step will do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QAbstractItemView, QListView
from pytestqt.qtbot import QtBot

from ntmdesk.ui.models.long_list import ITEM, Lines, LongList, change


@dataclass(frozen=True)
class Said:
    id: str
    words: str


def lines(ids: Sequence[str], words: str = "") -> Lines[Said]:
    return Lines.of([Said(id, words or id) for id in ids])


class Asked(LongList[Said]):
    """Notes what Qt asks Python."""

    def __init__(self) -> None:
        super().__init__()
        self.questions = 0

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:  # type: ignore[override]
        self.questions += 1
        return super().data(index, role)

    def flags(self, index: QModelIndex) -> Qt.ItemFlag:  # type: ignore[override]
        self.questions += 1
        return super().flags(index)


@pytest.mark.parametrize(
    ("before", "after", "step"),
    [
        ("", "", (0, 0, 0)),
        ("", "abc", (0, 0, 3)),
        ("abc", "", (0, 3, 0)),
        ("abc", "abc", (3, 0, 0)),
        ("abd", "abcd", (2, 0, 1)),
        ("abcd", "bcd", (0, 1, 0)),
        ("abcd", "ad", (1, 2, 0)),
        ("abc", "abxyc", (2, 0, 2)),
        ("abcd", "axcd", (1, 1, 1)),
        ("aaa", "a", (1, 2, 0)),
    ],
)
def test_what_left_and_what_came(qapp: object, before: str, after: str, step: tuple[int, int, int]) -> None:
    found = change(lines(before), lines(after))
    assert (found.row, found.gone, found.come) == step
    assert not found.told_anew
    assert change(lines(before), lines(after, "?")).told_anew == bool(len(after) - step[2])


def test_a_model_as_qt_wants_it(qapp: object) -> None:
    model: LongList[Said] = LongList()
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    for ids in ("abc", "abxyc", "xyc", "xyc", "qrs", "", "a"):
        model.follow(change(model.lines, lines(ids)))
        assert [model.index(row).data() for row in range(model.rowCount())] == list(ids)
    model.replace(lines("uvw", "said"))
    assert model.index(2).data(Qt.ItemDataRole.AccessibleTextRole) == "said"
    assert model.index(2).data(ITEM).id == "w"
    assert model.index(0).data(Qt.ItemDataRole.ToolTipRole) is None
    assert not model.flags(model.index(0)) & Qt.ItemFlag.ItemIsEditable, (
        "a screen reader says what can be edited"
    )


def test_a_change_of_other_lines_replaces_them(qapp: object) -> None:
    model: LongList[Said] = LongList()
    seen = lines("abc")
    model.replace(lines("xyz"))
    assert not model.follow(change(seen, lines("abcd")))
    assert [line.id for line in model.lines.all] == list("abcd")
    assert model.follow(change(model.lines, lines("abc")))


def test_what_is_chosen_stays_chosen_through_a_step(qtbot: QtBot) -> None:
    model: LongList[Said] = LongList()
    view = QListView()
    qtbot.addWidget(view)
    view.setModel(model)
    model.replace(lines("bcd"))
    view.setCurrentIndex(model.index(1))
    for ids in ("abcd", "abcde", "cde"):
        assert model.follow(change(model.lines, lines(ids)))
        assert view.currentIndex().data() == "c"
        assert view.selectionModel().isSelected(view.currentIndex())


def test_a_view_asks_for_what_it_draws_however_long_the_list_is(qtbot: QtBot) -> None:
    asked = []
    for count in (100, 20_000):
        model, view = Asked(), QListView()
        qtbot.addWidget(view)
        view.setUniformItemSizes(True)
        view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        view.setModel(model)
        view.resize(300, 400)
        view.show()
        model.replace(lines([str(number) for number in range(count)]))
        view.grab()
        view.scrollToBottom()
        view.grab()
        assert view.indexAt(view.viewport().rect().center()).row() > count - 40
        asked.append(model.questions)
    assert asked[1] <= asked[0] * 1.2
