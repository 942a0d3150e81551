"""Where things lie: local, chosen by --home, for this user alone."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs
import pytest

from ntmdesk.errors import EnvironmentProblem
from ntmdesk.system.paths import Paths, find_paths


def test_home_as_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert find_paths(tmp_path / "a").home == tmp_path / "a"
    assert find_paths("b/../c").home == tmp_path / "c"
    assert find_paths("~/d").home == tmp_path / "d"


@pytest.mark.parametrize("home", [None, "", " "])
def test_home_by_default_is_local(home: str | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: dict[str, object] = {}

    def local(name: str, **how: object) -> Path:
        asked.update(how, name=name)
        return tmp_path

    monkeypatch.setattr(platformdirs, "user_data_path", local)
    assert find_paths(home).home == tmp_path
    assert asked == {"name": "ntmdesk", "appauthor": False, "roaming": False}


def test_what_lies_in_it(tmp_path: Path) -> None:
    paths = Paths(tmp_path)
    places = [paths.store, paths.keys, paths.settings, paths.state, paths.logs, paths.backups, paths.lock]
    names = ["ntmdesk.db", "keys.json", "settings.json", "state.json", "logs", "backups", "lock"]
    assert places == [tmp_path / name for name in names]


def test_folders_are_made_for_this_user_alone(tmp_path: Path) -> None:
    paths = Paths(tmp_path / "deep" / "home")
    paths.prepare()
    paths.prepare()
    assert paths.logs.is_dir()
    assert paths.backups.is_dir()
    if os.name == "posix":
        assert paths.home.stat().st_mode & 0o077 == 0


def test_a_closed_folder_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(*_: object, **__: object) -> None:
        raise PermissionError(13, "closed")

    monkeypatch.setattr(Path, "mkdir", closed)
    with pytest.raises(EnvironmentProblem) as caught:
        Paths(tmp_path / "home").prepare()
    assert caught.value.code == "read_only"


@pytest.mark.parametrize(
    ("home", "risks"),
    [
        ("/home/hoa/.local/share/ntmdesk", ()),
        ("/home/hoa/OneDrive - Xa/ntmdesk", ("carried_folder",)),
        ("/home/hoa/Google Drive/ntmdesk", ("carried_folder",)),
        ("//office/share/ntmdesk", ("network_folder",)),
    ],
)
def test_risky_homes(home: str, risks: tuple[str, ...]) -> None:
    assert Paths(Path(home)).risks() == risks
