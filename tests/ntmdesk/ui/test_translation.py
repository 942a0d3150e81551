"""Every word of the window is said in Vietnamese."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import re
import subprocess
import sys
from datetime import date
from pathlib import Path
from types import ModuleType

import pytest
from PySide6.QtCore import QCoreApplication, QObject
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from ntmdesk.ui import translation
from ntmdesk.ui.translation import PhraseTranslator

SCRIPT = Path(__file__).parents[3] / "scripts" / "translate"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    loader = importlib.machinery.SourceFileLoader("translate_script", str(SCRIPT))
    spec = importlib.util.spec_from_loader("translate_script", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


def test_nothing_is_left_in_english() -> None:
    done = subprocess.run([sys.executable, str(SCRIPT)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_scan_finds_words_and_faults(script: ModuleType, tmp_path: Path) -> None:
    script.TOP = tmp_path
    file = tmp_path / "page.py"
    file.write_text(
        "T = QT_TRANSLATE_NOOP('Dates', 'Monday')\n"
        "class Page:\n"
        "    def show(self):\n"
        "        self.tr('Save'); translate('Other', 'Open'); text.translate(table)\n"
        "        self.tr(f'{n} rows'); self.tr(words); translate('Page', words)\n",
        encoding="utf-8",
    )
    found, faults = script.scan([file])
    assert set(found) == {("Dates", "Monday"), ("Page", "Save"), ("Other", "Open")}
    assert len(faults) == 3


class Speaker(QObject):
    """Says what it is asked."""

    def say(self, source: str, n: int = -1) -> str:
        return self.tr(source, "", n)


class LoudSpeaker(Speaker):
    """Inherits its words."""


def test_phrases_by_context_then_for_all(qapp: QObject) -> None:
    phrases = {
        ("Speaker", "Home"): "Nhà",
        ("*", "Save"): "Lưu",
        ("Speaker", "%n row(s)"): ["%n row", "%n rows"],
    }
    translator = PhraseTranslator(phrases)
    QCoreApplication.installTranslator(translator)
    try:
        assert Speaker().say("Home") == "Nhà"
        assert LoudSpeaker().say("Home") == "Nhà"
        assert Speaker().say("Save") == "Lưu"
        assert Speaker().say("Nobody says this") == "Nobody says this"
        assert Speaker().say("%n row(s)", 1) == "1 row"
        assert Speaker().say("%n row(s)", 3) == "3 rows"
    finally:
        QCoreApplication.removeTranslator(translator)


def test_standard_buttons_speak(qtbot: QtBot) -> None:
    box = QMessageBox()
    qtbot.addWidget(box)
    box.setStandardButtons(QMessageBox.StandardButton.Yes | QMessageBox.StandardButton.Cancel)
    assert {button.text().replace("&", "") for button in box.buttons()} == {"Có", "Hủy"}


def test_language_changes_words_and_numbers() -> None:
    day = date(2026, 11, 22)
    assert translation.long_date(day) == "Chủ nhật 22/11/2026"
    assert translation.number(1234.5) == "1.234,5"
    assert translation.label({"vi": "Hộ", "en": "Household"}) == "Hộ"
    translation.install("en")
    assert translation.language() == "en"
    assert translation.long_date(day) == "Sunday 22/11/2026"
    assert translation.number(1234.5) == "1,234.5"
    assert translation.label({"vi": "Hộ", "en": "Household"}) == "Household"
    translation.install("xx")
    assert translation.language() == "vi"


def test_a_label_without_the_language_falls_back() -> None:
    assert translation.label({"km": "x"}) == "x"
    assert translation.label({}) == ""


def test_tone_marks_stand_where_the_books_put_them() -> None:
    """``xóa``, ``khóa``, ``hủy``: one way of writing in window, messages and catalogues."""
    top = Path(__file__).resolve().parents[3]
    other = re.compile(r"\b\w*?(?<!q)(?:o[àáảãạèéẻẽẹ]|u[ỳýỷỹỵ])\b", re.IGNORECASE)
    files = [
        *(top / "resources" / "translations").rglob("*.toml"),
        *(top / "resources" / "catalogues").rglob("*.toml"),
        *(top / "ntmdesk" / "messages").glob("*.py"),
    ]
    assert {file.name: found for file in files if (found := other.findall(file.read_text("utf-8")))} == {}
