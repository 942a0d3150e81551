"""Auto-lock by an injected clock."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QInputMethodEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QDialog, QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from ntmdesk.ui.idle import Idle


class Clock:
    """Seconds the test sets."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


def idle(minutes: int) -> tuple[Idle, Clock, list[int]]:
    clock, locked = Clock(), [0]

    def lock() -> None:
        locked[0] += 1

    made = Idle(lock, seconds=clock)
    made.watch(minutes)
    return made, clock, locked


def test_locks_once_after_the_minutes(qapp: QApplication) -> None:
    made, clock, locked = idle(10)
    clock.at = 599
    made.look()
    assert locked == [0]
    clock.at = 601
    made.look()
    assert locked == [1]
    assert not made._timer.isActive()


def test_what_others_wait_for_counts_as_a_touch_but_not_over_a_sleep(qapp: QApplication) -> None:
    made, clock, locked = idle(10)
    open_point = [True]
    made._busy = lambda: open_point[0]
    for clock.at in range(0, 3_000, 5):
        made.look()
    assert locked == [0]
    open_point[0] = False
    clock.at = 2_995 + 599
    made.look()
    assert locked == [0]
    clock.at += 2
    made.look()
    assert locked == [1]
    made.watch(10)
    open_point[0] = True
    clock.at += 3_600  # asleep
    made.look()
    assert locked == [2]


def test_keys_and_mouse_begin_the_wait_anew(qtbot: QtBot) -> None:
    widget = QLineEdit()
    qtbot.addWidget(widget)
    with qtbot.waitActive(widget):
        widget.show()
        widget.activateWindow()
    made, clock, locked = idle(10)
    window = widget.windowHandle()
    clock.at = 500
    key = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_A, Qt.KeyboardModifier.NoModifier, "a")
    QApplication.sendEvent(window, key)
    clock.at = 1000
    made.look()
    assert locked == [0]
    move = QMouseEvent(
        QEvent.Type.MouseMove,
        QPointF(1, 1),
        QPointF(1, 1),
        Qt.MouseButton.NoButton,
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(window, move)
    clock.at = 1599
    made.look()
    assert locked == [0]
    made.stop()
    QApplication.sendEvent(window, move)
    assert made.untouched() == 599, "nothing is watched any more"


def test_an_input_method_speaks_to_the_field_alone(qtbot: QtBot) -> None:
    made, clock, locked = idle(10)
    page = QWidget()
    rows = QVBoxLayout(page)
    first, second = QLineEdit(), QLineEdit()
    for field in (first, second):
        rows.addWidget(field)
    qtbot.addWidget(page)
    with qtbot.waitActive(page):
        page.show()
        page.activateWindow()
    for at, field in ((500, first), (1000, second), (1500, first)):
        field.setFocus()
        clock.at = at
        composed = QInputMethodEvent()
        composed.setCommitString("ệ")
        QApplication.sendEvent(field, composed)
        assert made.untouched() == 0
    clock.at = 2099
    made.look()
    assert locked == [0]
    made.stop()


def test_windows_that_open_later_are_watched_too(qtbot: QtBot) -> None:
    made, clock, _ = idle(10)
    dialog = QDialog()
    qtbot.addWidget(dialog)
    with qtbot.waitActive(dialog):
        dialog.show()
        dialog.activateWindow()
    clock.at = 300
    key = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_A, Qt.KeyboardModifier.NoModifier, "a")
    QApplication.sendEvent(dialog.windowHandle(), key)
    assert made.untouched() == 0
    made.stop()


def test_zero_never_locks(qapp: QApplication) -> None:
    made, clock, locked = idle(0)
    clock.at = 10**9
    made.look()
    assert locked == [0]
