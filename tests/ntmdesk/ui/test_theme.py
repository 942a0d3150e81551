"""Colours that can be read, sizes that scale."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import pytest
from PySide6.QtGui import QFontDatabase, QFontInfo, QRawFont
from PySide6.QtWidgets import QApplication, QLabel, QPushButton

from ntmdesk.ui import icons, shipped, theme, tokens
from ntmdesk.ui.application import make_application
from ntmdesk.ui.stylesheet import style_sheet

TOP = Path(__file__).parents[3]
READ = [(mode, ink, ground) for mode in tokens.THEMES for ink, grounds in tokens.PAIRS for ground in grounds]
SEEN = [(mode, ink, ground) for mode in tokens.THEMES for ink, grounds in tokens.EDGES for ground in grounds]


@pytest.mark.parametrize(("mode", "ink", "ground"), READ)
def test_text_can_be_read(mode: str, ink: str, ground: str) -> None:
    theme_of = tokens.THEMES[mode]
    assert tokens.contrast(theme_of[ink], theme_of[ground]) >= 4.5


@pytest.mark.parametrize(("mode", "ink", "ground"), SEEN)
def test_outlines_can_be_seen(mode: str, ink: str, ground: str) -> None:
    theme_of = tokens.THEMES[mode]
    assert tokens.contrast(theme_of[ink], theme_of[ground]) >= 3


def test_contrast_is_that_of_the_standard() -> None:
    assert tokens.contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert tokens.contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


def test_every_tone_is_a_pair_that_is_checked() -> None:
    pairs = {(ink, ground) for ink, grounds in tokens.PAIRS for ground in grounds}
    assert set(tokens.TONES.values()) <= pairs
    assert set(tokens.LIGHT) == set(tokens.DARK)


def test_nothing_else_names_a_colour() -> None:
    named = re.compile(r"#[0-9A-Fa-f]{6}\b|Qt\.GlobalColor\.(?!transparent)|QColor\(\s*[\"\d]")
    for path in (TOP / "ntmdesk" / "ui").rglob("*.py"):
        if path.name != "tokens.py" and not path.name.startswith("paper"):  # paper: black on white
            assert not named.search(path.read_text(encoding="utf-8")), path


def test_the_typeface_is_the_shipped_one(appearance: QApplication) -> None:
    assert QFontInfo(appearance.font()).family() == theme.FAMILY
    assert {"Regular", "Medium", "SemiBold", "Bold"} <= set(QFontDatabase.styles(theme.FAMILY))


def test_vietnamese_letters_are_in_it() -> None:
    font = QRawFont.fromFont(theme.font())
    assert all(font.supportsCharacter(ord(letter)) for letter in "ĂÂĐÊÔƠƯăâđêôơưẠẶỆỘỢỰẵẫễỗỡữỵ•–…“”·")


def test_a_theme_and_a_scale_reach_everything(appearance: QApplication) -> None:
    label, button = QLabel(), QPushButton()
    icons.dress(label, "house", "text", 18)
    icons.dress(button, "house", "primary", 18)
    before = label.pixmap().toImage()
    theme.apply(appearance, "dark", 2.0)
    assert theme.px(10) == 20
    assert theme.colour("text").name().upper() == tokens.DARK["text"]
    assert label.pixmap().toImage() != before
    assert button.iconSize().width() == 36
    assert appearance.palette().window().color() == theme.colour("bg")


@pytest.mark.parametrize("scale", [1.0, 1.25, 1.5, 1.75, 2.0])
def test_a_radio_button_is_round_at_every_size(scale: float) -> None:
    sheet = style_sheet(tokens.LIGHT, scale, defaultdict(str))
    sizes = re.search(r"QRadioButton::indicator \{ width: (\d+)px; height: \d+px;\s+border: 1px", sheet)
    radius = re.search(r"QRadioButton::indicator \{ border-radius: (\d+)px", sheet)
    assert sizes is not None
    assert radius is not None
    assert int(sizes[1]) + 1 <= 2 * int(radius[1]) <= int(sizes[1]) + 2


def test_scale_is_kept_between_once_and_twice(appearance: QApplication) -> None:
    theme.apply(appearance, "neon", 9)
    assert (theme.mode(), theme.scale()) == ("light", 2.0)


def test_every_shipped_icon_draws(qapp: QApplication) -> None:
    for name in shipped.names("icons", ".svg"):
        drawn = icons.pixmap(Path(name).stem, "text", 18).toImage()
        points = ((x, y) for x in range(drawn.width()) for y in range(drawn.height()))
        assert any(drawn.pixelColor(x, y).alpha() for x, y in points), name


def test_the_application_is_made_once(qapp: QApplication) -> None:
    assert make_application() is qapp
    assert not qapp.windowIcon().isNull()
