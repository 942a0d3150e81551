"""The shipped files: catalogues, units, templates, icons, fonts, phrase books.

In every built form they lie inside the package at ``ntmdesk/_resources``; in a checkout at ``resources`` at
its top.  Names are relative to that, with ``/`` between parts; nothing outside can be named.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path, PurePosixPath, PureWindowsPath

from ntmdesk.errors import EnvironmentProblem


class Assets:
    """Files under one folder.  Raises EnvironmentProblem ``asset_missing`` (details: ``name``)."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    def path(self, name: str) -> Path:
        """Where the file is, for libraries that want a path; ``ValueError`` for a name that leaves."""
        pure = PurePosixPath(name)
        outside = pure.is_absolute() or ".." in pure.parts or PureWindowsPath(name).anchor or "\\" in name
        if outside or not pure.parts:
            raise ValueError("a shipped file has a relative name")
        path = self._root.joinpath(*pure.parts)
        if not path.resolve().is_relative_to(self._root):
            raise ValueError("a shipped file lies inside its folder")
        return path

    def exists(self, name: str) -> bool:
        """Whether there is such a file."""
        return self.path(name).is_file()

    def read_bytes(self, name: str) -> bytes:
        """The whole file."""
        try:
            return self.path(name).read_bytes()
        except OSError:
            raise EnvironmentProblem("asset_missing", name=name) from None

    def read_text(self, name: str) -> str:
        """The whole file as UTF-8."""
        try:
            return self.read_bytes(name).decode("utf-8")
        except UnicodeDecodeError:
            raise EnvironmentProblem("asset_missing", name=name) from None

    def names(self, folder: str, ending: str = "") -> list[str]:
        """The files in and below ``folder`` that end so, sorted, each with its full relative name."""
        top = self.path(folder)
        if not top.is_dir():
            raise EnvironmentProblem("asset_missing", name=folder)
        found = (path for path in top.rglob("*") if path.is_file() and path.name.endswith(ending))
        return sorted(path.relative_to(self._root).as_posix() for path in found)


@cache
def assets() -> Assets:
    """The files this program was shipped with."""
    package = Path(str(resources.files("ntmdesk")))
    packed = package / "_resources"
    return Assets(packed if packed.is_dir() else package.parent / "resources")
