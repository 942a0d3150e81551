"""What people chose on this laptop: ``settings.json``, readable and mendable by hand.

One wrong value costs that value only; a file that cannot be read costs the settings only, and is kept
aside.  Keys this program does not know (a newer one wrote them) are kept.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ntmdesk.system.whole_files import doors, write_whole

_CHOICES: dict[str, tuple[str, ...]] = {
    "language": ("vi", "en"),
    "theme": ("system", "light", "dark"),
}
_RANGES = {
    "text_size": (75, 200),
    "auto_lock_minutes": (0, 240),
    "sync_minutes": (0, 24 * 60),
    "backups_kept": (1, 60),
    "week_cutoff": (1, 7),
}
_SWITCHES = frozenset({"pause_metered"})


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings with what they are when nobody chose.

    ``text_size``: per cent.  ``auto_lock_minutes``: idle minutes until the window locks, 0 never.
    ``sync_minutes``: between two tries in the background, 0 only by hand; ``pause_metered``: none on a line
    that is paid by volume.  ``backups_kept``: rotated backups.
    ``week_cutoff``: ISO weekday on which the reporting week closes.  ``person``: who worked last (a name the
    person chose for the slot), offered at unlock.  ``others``: keys of other versions, untouched.
    """

    language: str = "vi"
    theme: str = "system"
    text_size: int = 100
    auto_lock_minutes: int = 10
    sync_minutes: int = 15
    pause_metered: bool = False
    backups_kept: int = 7
    week_cutoff: int = 7
    person: str = ""
    others: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        for name in _KNOWN:
            if not _fits(name, getattr(self, name)):
                raise ValueError(f"setting {name}")


_KNOWN = tuple(one.name for one in fields(Settings) if one.name != "others")


def _fits(name: str, value: object) -> bool:
    if name in _CHOICES:
        return value in _CHOICES[name]
    if name in _RANGES:
        low, high = _RANGES[name]
        return type(value) is int and low <= value <= high
    if name in _SWITCHES:
        return type(value) is bool
    return isinstance(value, str) and len(value) <= 200


@dataclass(frozen=True, slots=True)
class Loaded:
    """Settings as read; ``wrong``: keys not taken; ``set_aside``: where a damaged file went."""

    settings: Settings
    wrong: tuple[str, ...] = ()
    set_aside: Path | None = None


def load_settings(path: Path) -> Loaded:
    """Reads the file; no file is no problem.  EnvironmentProblem where a damaged one cannot be kept aside."""
    try:
        with doors(path):
            document = json.loads(path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        return Loaded(Settings())
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        return Loaded(Settings(), set_aside=_keep_aside(path))
    taken = {name: document[name] for name in _KNOWN if name in document and _fits(name, document[name])}
    wrong = tuple(name for name in _KNOWN if name in document and name not in taken)
    others = {name: value for name, value in document.items() if name not in _KNOWN}
    return Loaded(Settings(**taken, others=MappingProxyType(others)), wrong)


def save_settings(path: Path, settings: Settings) -> None:
    """Writes the file whole or not at all.  EnvironmentProblem ``disk_full``, ``read_only``."""
    known = {name: getattr(settings, name) for name in _KNOWN}
    others = {name: value for name, value in settings.others.items() if name not in known}
    text = json.dumps({**known, **others}, ensure_ascii=False, indent=2)
    write_whole(path, (text + "\n").encode("utf-8"))


def _keep_aside(path: Path) -> Path:
    with doors(path):
        number = 1
        while (aside := path.with_name(f"{path.stem}.damaged-{number}{path.suffix}")).exists():
            number += 1
        path.rename(aside)
    return aside
