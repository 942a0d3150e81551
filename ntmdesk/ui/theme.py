"""The appearance of the process: theme, scale, palette, font and style sheet, set once and changeable live.

A ``QApplication`` has one palette and one style sheet; this module is their only writer.  Widgets that paint
themselves ask ``colour`` and ``px`` inside ``paintEvent``, so a change of theme needs no bookkeeping there.
GUI thread only.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from PySide6.QtCore import QByteArray
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication

from ntmdesk.ui import shipped, tokens
from ntmdesk.ui.stylesheet import style_sheet

GAP_S, GAP_M, GAP_L, GAP_XL = tokens.GAP_S, tokens.GAP_M, tokens.GAP_L, tokens.GAP_XL
FAMILY = "Be Vietnam Pro"
WEIGHTS = ("400Regular", "500Medium", "600SemiBold", "700Bold")


class _Appearance:
    """What is in force now."""

    mode: str = "light"
    scale: float = 1.0
    listeners: list[Callable[[], None]] = []  # noqa: RUF012  one list for the process is the point


def colour(token: str) -> QColor:
    """The token's colour in the theme in force; ``KeyError`` for a name that is no token."""
    return QColor(hex_of(token))


def hex_of(token: str) -> str:
    """The token as ``#RRGGBB``."""
    return tokens.THEMES[_Appearance.mode][token]


def px(pixels: float) -> int:
    """Device-independent pixels at the text scale in force."""
    return round(pixels * _Appearance.scale)


def mode() -> str:
    """``light`` or ``dark``."""
    return _Appearance.mode


def scale() -> float:
    """Text scale, 1.0 to 2.0."""
    return _Appearance.scale


def font(size_px: float | None = None, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """A font for painting; ``None`` is body size."""
    made = QFont(FAMILY)
    if size_px is None:
        made.setPointSizeF(tokens.BODY_PT * _Appearance.scale)
    else:
        made.setPixelSize(max(1, px(size_px)))
    made.setWeight(weight)
    return made


def on_change(listener: Callable[[], None]) -> None:
    """Call ``listener`` after each change of theme or scale; registered for the life of the process."""
    if listener not in _Appearance.listeners:
        _Appearance.listeners.append(listener)


@cache
def load_fonts() -> None:
    """Register the shipped typeface; the default font of a bare system may lack Vietnamese letters."""
    for weight in WEIGHTS:
        data = shipped.read_bytes(f"fonts/BeVietnamPro_{weight}.ttf")
        if QFontDatabase.addApplicationFontFromData(QByteArray(data)) < 0:
            raise RuntimeError(f"font {weight} does not load")


def apply(app: QApplication, mode: str = "light", scale: float = 1.0) -> None:
    """Dress the whole application; ``mode`` light or dark, ``scale`` 1.0 to 2.0 (clipped)."""
    if mode not in tokens.THEMES:
        mode = "light"
    load_fonts()
    if app.style().objectName() != "fusion":
        app.setStyle("Fusion")
    _Appearance.mode, _Appearance.scale = mode, min(2.0, max(1.0, scale))
    app.setFont(font())
    app.setPalette(_palette())
    app.setStyleSheet(style_sheet(tokens.THEMES[mode], _Appearance.scale, shipped.control_images(mode)))
    for listener in _Appearance.listeners:
        listener()


def _palette() -> QPalette:
    roles = QPalette.ColorRole
    palette = QPalette()
    for role, token in (
        (roles.Window, "bg"),
        (roles.Base, "surface"),
        (roles.AlternateBase, "hover"),
        (roles.Button, "surface"),
        (roles.ToolTipBase, "surface"),
        (roles.WindowText, "text"),
        (roles.Text, "text"),
        (roles.ButtonText, "text"),
        (roles.ToolTipText, "text"),
        (roles.PlaceholderText, "muted"),
        (roles.Highlight, "primary"),
        (roles.HighlightedText, "on_primary"),
        (roles.Accent, "primary"),
        (roles.Link, "info"),
        (roles.LinkVisited, "info"),
        (roles.Mid, "border"),
        (roles.Dark, "edge"),
    ):
        palette.setColor(role, colour(token))
    for role in (roles.WindowText, roles.Text, roles.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, colour("muted"))
    return palette
