"""A page in an active window, and the keys a person would press."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from ntmdesk.ui.widgets.page import Page
from tests.ntmdesk.ui.pages.village import Village


class Told:
    """What a page said to the window."""

    def __init__(self, page: Page) -> None:
        self.words: list[tuple[str, str]] = []
        self.undo: list[tuple[str, Callable[[], Any]]] = []
        self.gone: list[tuple[str, object]] = []
        page.told.connect(lambda tone, text: self.words.append((tone, text)))
        page.undo_offered.connect(lambda text, call: self.undo.append((text, call)))
        page.go.connect(lambda place, argument: self.gone.append((place, argument)))


def show(qtbot: QtBot, page: Page, village: Village, argument: object = None) -> Told:
    """Arrive on the page in an active window; everything asked for has happened."""
    told = Told(page)
    village.jobs.changed.connect(lambda kinds: page.refresh() if page.kinds & kinds else None)
    qtbot.addWidget(page)
    page.resize(1128, 680)
    page.show()
    page.activateWindow()
    qtbot.waitActive(page)
    page.arrive(argument)
    village.drain()
    QApplication.processEvents()
    return told


def press(text: str | Qt.Key, village: Village, control: bool = False) -> None:
    """Press keys wherever the focus is, then let everything asked for happen."""
    focused: QWidget | None = QApplication.focusWidget()
    assert focused is not None
    modifier = Qt.KeyboardModifier.ControlModifier if control else Qt.KeyboardModifier.NoModifier
    if isinstance(text, str):
        for letter in text:
            if letter.isascii():
                QTest.keyClicks(QApplication.focusWidget(), letter, modifier)
            else:
                composed = QInputMethodEvent()
                composed.setCommitString(letter)
                QApplication.sendEvent(QApplication.focusWidget(), composed)
            village.drain()
    else:
        QTest.keyClick(focused, text, modifier)
    village.drain()
