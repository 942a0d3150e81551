"""Shipped files as the window needs them: bytes by name, and the few control images a style sheet must have
on disk because it takes colours from files only.
"""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from ntmdesk.system.assets import assets
from ntmdesk.ui import tokens

CONTROL_IMAGES = {"check": "on_primary", "chevron-down": "muted", "chevron-up": "muted"}
"""icon -> token it is drawn in."""


def read_bytes(name: str) -> bytes:
    """The shipped file ``name`` (relative, ``/`` between parts)."""
    return assets().read_bytes(name)


def names(folder: str, ending: str) -> list[str]:
    """Names of the files of ``folder`` that end so, sorted, each relative to the resources."""
    return assets().names(folder, ending)


@cache
def svg(icon: str, colour: str) -> bytes:
    """A shipped Lucide icon with its stroke recoloured and drawn 1.9 wide."""
    text = read_bytes(f"icons/{icon}.svg").decode("utf-8")
    return (
        text.replace("currentColor", colour).replace('stroke-width="2"', 'stroke-width="1.9"').encode("utf-8")
    )


@cache
def _image_folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="ntmdesk-look-")


@cache
def control_images(mode: str) -> dict[str, str]:
    """Icon name -> path of its recoloured copy for the style sheet; removed when the process ends."""
    folder = Path(_image_folder().name)
    images = {}
    for icon, token in CONTROL_IMAGES.items():
        path = folder / f"{icon}-{mode}.svg"
        path.write_bytes(svg(icon, tokens.THEMES[mode][token]))
        images[icon] = path.as_posix()
    return images
