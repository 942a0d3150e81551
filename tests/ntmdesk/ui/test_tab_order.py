"""Tab goes as the eye reads, also over what appeared later."""

from __future__ import annotations

from PySide6.QtWidgets import (
    QButtonGroup,
    QGridLayout,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from ntmdesk.ui.widgets.tab_order import stops, thread


def test_a_row_made_last_is_reached_where_it_stands(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    rows = QVBoxLayout(window)
    first, last = QLineEdit(), QPushButton()
    rows.addWidget(first)
    rows.addWidget(last)
    window.show()
    between = QLineEdit()
    rows.insertWidget(1, between)
    between.show()
    assert stops(window) == [first, between, last]
    assert first.nextInFocusChain() is last
    thread(window)
    assert first.nextInFocusChain() is between
    assert between.nextInFocusChain() is last


def test_a_grid_is_read_row_by_row_and_what_cannot_be_used_is_passed(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    grid = QGridLayout(window)
    fields = {(row, column): QLineEdit() for row in (0, 1) for column in (0, 1)}
    for place in ((1, 1), (0, 1), (1, 0), (0, 0)):
        grid.addWidget(fields[place], *place)
    window.show()
    fields[0, 1].setEnabled(False)
    fields[1, 0].hide()
    assert stops(window) == [fields[0, 0], fields[1, 1]]


def test_a_choice_is_one_stop(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    rows = QVBoxLayout(window)
    group = QButtonGroup(window)
    choices = [QRadioButton(str(n)) for n in range(3)]
    for choice in choices:
        group.addButton(choice)
        rows.addWidget(choice)
    choices[1].setChecked(True)
    window.show()
    assert stops(window) == [choices[1]]
