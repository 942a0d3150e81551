"""Where things lie on this machine."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from ntmdesk.system.whole_files import doors

_CARRIED = re.compile(r"onedrive|dropbox|google ?drive|googledrive|icloud|nextcloud|syncthing", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Paths:
    """A home folder and what lies in it; nothing is touched before ``prepare``."""

    home: Path

    @property
    def store(self) -> Path:
        """The encrypted store."""
        return self.home / "ntmdesk.db"

    @property
    def keys(self) -> Path:
        """The key slots of the people of this laptop."""
        return self.home / "keys.json"

    @property
    def settings(self) -> Path:
        """What people chose."""
        return self.home / "settings.json"

    @property
    def state(self) -> Path:
        """What the program remembers between two starts."""
        return self.home / "state.json"

    @property
    def logs(self) -> Path:
        """The folder of the logs."""
        return self.home / "logs"

    @property
    def backups(self) -> Path:
        """The folder of the rotated backups."""
        return self.home / "backups"

    @property
    def lock(self) -> Path:
        """The file that keeps two syncs of one store apart."""
        return self.home / "lock"

    def prepare(self) -> None:
        """Makes the folders, for this user alone.  EnvironmentProblem ``disk_full`` or ``read_only``."""
        with doors(self.home):
            for folder in (self.home, self.logs, self.backups):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def risks(self) -> tuple[str, ...]:
        """Why no store should be here: ``carried_folder`` (something copies it), ``network_folder``."""
        found = []
        if any(_CARRIED.search(part) for part in self.home.parts):
            found.append("carried_folder")
        if str(self.home).startswith(("\\\\", "//")):
            found.append("network_folder")
        return tuple(found)


def find_paths(home: str | Path | None = None) -> Paths:
    """The home given (``~`` understood), else the local data folder, never a roaming one.  Absolute."""
    if home is None or not str(home).strip():
        return Paths(platformdirs.user_data_path("ntmdesk", appauthor=False, roaming=False))
    return Paths(Path(os.path.abspath(Path(home).expanduser())))
