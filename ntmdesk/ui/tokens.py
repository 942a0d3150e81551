"""The colours and measures of the desk, as plain data; the only place that names a colour.

Two themes share the same token names.  ``PAIRS`` lists every text colour with the backgrounds it may stand
on; a test computes the WCAG 2.2 contrast of each and wants 4.5:1.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

LIGHT: Mapping[str, str] = MappingProxyType(
    {
        "bg": "#F5F7F6",
        "surface": "#FFFFFF",
        "text": "#17211D",
        "muted": "#5E6B65",
        "border": "#DDE4E0",
        "edge": "#86938D",  # border of a control: 3:1 against surface
        "hover": "#EEF2F0",
        "track": "#DDE4E0",
        "primary": "#0B7A63",
        "primary_deep": "#086350",
        "primary_soft": "#E3F2EE",
        "on_primary": "#FFFFFF",
        "amber": "#945700",
        "amber_soft": "#FDF1DC",
        "danger": "#B3372B",
        "danger_soft": "#FBE7E4",
        "info": "#2563A8",
        "info_soft": "#E6EFF9",
        "nav": "#10332B",
        "nav_active": "#1C4A3F",
        "nav_text": "#CFE3DC",
        "nav_strong": "#FFFFFF",
    }
)

DARK: Mapping[str, str] = MappingProxyType(
    {
        "bg": "#101513",
        "surface": "#18201D",
        "text": "#E6ECE9",
        "muted": "#98A6A0",
        "border": "#2A3530",
        "edge": "#66756E",
        "hover": "#1F2925",
        "track": "#2A3530",
        "primary": "#3FC1A2",
        "primary_deep": "#5FD0B5",
        "primary_soft": "#173A32",
        "on_primary": "#06231C",
        "amber": "#E9AE4B",
        "amber_soft": "#3A2C12",
        "danger": "#F08A7E",
        "danger_soft": "#3D1F1B",
        "info": "#7FB2EC",
        "info_soft": "#182B40",
        "nav": "#0B100E",
        "nav_active": "#1B2A25",
        "nav_text": "#A9BAB3",
        "nav_strong": "#E6ECE9",
    }
)

THEMES: Mapping[str, Mapping[str, str]] = MappingProxyType({"light": LIGHT, "dark": DARK})

CODE_INK, CODE_GROUND = "#000000", "#FFFFFF"
"""Of a QR code: its readers want it dark on white, whatever the theme."""

PAIRS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "text",
        ("bg", "surface", "hover", "primary_soft", "amber_soft", "danger_soft", "info_soft"),
    ),
    ("muted", ("bg", "surface", "hover", "primary_soft")),
    ("primary", ("bg", "surface", "hover", "primary_soft")),
    ("on_primary", ("primary", "primary_deep")),
    ("amber", ("bg", "surface", "amber_soft")),
    ("danger", ("bg", "surface", "danger_soft")),
    ("info", ("bg", "surface", "info_soft")),
    ("nav_text", ("nav", "nav_active")),
    ("nav_strong", ("nav", "nav_active")),
)
"""(text token, background tokens it may stand on)."""

EDGES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("edge", ("surface",)),
    ("primary", ("surface", "bg", "primary_soft", "hover")),
    ("nav_text", ("nav",)),
)
"""Outlines of controls and the focus ring: 3:1 (WCAG 1.4.11)."""

TONES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "good": ("primary", "primary_soft"),
        "amber": ("amber", "amber_soft"),
        "danger": ("danger", "danger_soft"),
        "info": ("info", "info_soft"),
        "plain": ("muted", "hover"),
    }
)
"""tone -> (text token, background token)."""

BODY_PT = 10.0
SMALL_PX = 12
HEADING_PX = 14
TITLE_PX = 19
GAP_S, GAP_M, GAP_L, GAP_XL = 4, 8, 14, 24
CARD_RADIUS, CONTROL_RADIUS = 10, 7
RAIL_WIDTH = 214
SCALES = (1.0, 1.25, 1.5, 1.75, 2.0)


def luminance(colour: str) -> float:
    """Relative luminance of ``#RRGGBB`` by WCAG 2.2, 0 (black) to 1 (white)."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two ``#RRGGBB`` colours, 1 to 21."""
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)
